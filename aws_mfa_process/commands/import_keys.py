"""``import``: static keys out of the AWS files, into the system keyring."""

import os
from argparse import ArgumentParser, Namespace

from aws_mfa_process import aws_files, keystore, memo
from aws_mfa_process.commands.people import confirm, endpoint, say
from aws_mfa_process.context import Context, open_context
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.keystore import Stored
from aws_mfa_process.sts import STS

HELP = "move access keys from the AWS credentials file into the system keyring"

_NAMES = ("aws_access_key_id", "aws_secret_access_key")
_LARGEST_BYTES = 1_000_000


def configure(parser: ArgumentParser) -> None:
    """Take the profiles."""
    parser.add_argument(
        "profiles", metavar="PROFILE", nargs="*", help="profiles to move; none: all with keys"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--keep", action="store_true", help="leave the keys in the file too")
    parser.add_argument("--undo", action="store_true", help="write the pairs back into the file")


def run(arguments: Namespace) -> int:
    """Store, read back, check with AWS, and only then take the lines out of the file.

    Raises:
        MFAProcessError: The profile at hand was left as it was; those before it are done.
    """
    context = open_context()
    for path in memo.config_paths():
        aws_files.remove_leftovers(path)
    if arguments.undo:
        if not arguments.profiles:
            raise ConfigError("--undo needs the names of profiles")
        for profile in arguments.profiles:
            _undo(context, profile)
        return 0
    profiles = arguments.profiles or [
        name for name, values in context.files.profiles.items() if _is_static(values)
    ]
    if not profiles:
        say("No profile has an access key in the AWS files.")
    for profile in profiles:
        _import(context, profile, arguments)
    return 0


def _is_static(values: object) -> bool:
    assert isinstance(values, dict)  # noqa: S101 - the reader makes them
    return all(values.get(name) for name in _NAMES) and not values.get("aws_session_token")


def _import(context: Context, profile: str, arguments: Namespace) -> None:
    values = context.files.profiles.get(profile)
    if values is None or not _is_static(values):
        raise ConfigError(f"profile {profile} has no access key in the AWS files")
    keys = SourceCredentials(*(values[name] for name in _NAMES))
    last = keys.access_key_id[-4:]
    action = "Copy" if arguments.keep else "Move"
    confirm(f"{action} the key …{last} of profile {profile} to the keyring?", is_sure=arguments.yes)
    arn = STS(endpoint(context, profile)).caller_arn(keys)
    keystore.write(context.cache, profile, Stored(keys))
    say(f"Stored the key …{last} of {arn} for profile {profile}.")
    if not arguments.keep:
        for path, section in _places(profile):
            text = aws_files.read(path)
            new = aws_files.without_settings(text, section, _NAMES)
            if new != text:
                aws_files.write(path, new)
                say(f"Removed it from {path}.")
        for path in _files_with(keys.secret_access_key):
            say(f"Warning: {path} still holds the secret; delete that file.")
    context.cache.remove_memos()


def _undo(context: Context, profile: str) -> None:
    keys = keystore.read(context.cache, profile)
    path = memo.config_paths()[1]
    settings = dict(zip(_NAMES, keys, strict=False))
    aws_files.write(path, aws_files.with_settings(aws_files.read(path), profile, settings))
    say(f"Wrote the key …{keys.access_key_id[-4:]} back to [{profile}] of {path}.")
    say(f"It is still in the keyring: {memo.APP} remove {profile} takes it out.")


def _places(profile: str) -> list[tuple[str, str]]:
    """Return where a profile's keys may stand: file and section."""
    config, credentials = memo.config_paths()
    section = "default" if profile == "default" else f"profile {profile}"
    return [(credentials, profile), (config, section)]


def _files_with(secret: str) -> list[str]:
    """Return the files beside the AWS files that hold a secret: editors' copies, for example."""
    found = []
    for folder in sorted({os.path.dirname(os.path.realpath(path)) for path in memo.config_paths()}):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.getsize(path) < _LARGEST_BYTES:
                with open(path, "rb") as file:
                    if secret.encode() in file.read():
                        found.append(path)
    return found

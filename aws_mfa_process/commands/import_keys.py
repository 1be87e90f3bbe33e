"""``import``: move static keys from the AWS files to the system keyring."""

import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from aws_mfa_process import APP, sealed
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.screens.talk import agrees, confirm, say
from aws_mfa_process.commands.wizard.profile import Wanted, add_write, set_up
from aws_mfa_process.config import edit
from aws_mfa_process.config.profiles import Settings, profile_of_section, session_token
from aws_mfa_process.config.text import with_settings, without_settings
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError, PersonNeededError, STSError
from aws_mfa_process.keys import pairs
from aws_mfa_process.keys.pairs import Stored

HELP = "move access keys from the AWS credentials file into the system keyring"

_NAMES = ("aws_access_key_id", "aws_secret_access_key")
_LARGEST_BYTES = 1_000_000


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "profiles", metavar="PROFILE", nargs="*", help="profiles to move; none: all with keys"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--keep", action="store_true", help="leave the keys in the file too")
    add_write(parser)
    parser.add_argument("--undo", action="store_true", help="write the pairs back into the file")


def run(arguments: Namespace) -> int:
    """Check with AWS, store, read back, and only then take the lines out of the file.

    Raises:
        MFAProcessError: At least one profile was left as it was.
    """
    context = open_context()
    for path in sealed.config_paths():
        edit.remove_leftovers(path)
    if arguments.undo:
        if not arguments.profiles:
            raise ConfigError(
                "--undo needs the names of profiles", hint=f"{APP} import --undo PROFILE"
            )
        for profile in arguments.profiles:
            _undo(context, profile, is_sure=arguments.yes)
        return 0
    files = context.files
    profiles = arguments.profiles or [
        name for name in files.profiles if _is_static(files.keys_of(name))
    ]
    for profile in profiles:
        values = files.keys_of(profile)
        if not _is_static(values):
            kind = "only a temporary key" if session_token(values) else "no access key"
            raise ConfigError(
                f"profile {profile} has {kind} in the AWS files",
                hint=f"see which keys are in the keyring: {APP} list",
            )
    if profiles:
        _import_all(context, profiles, arguments)
    else:
        say("No profile has an access key in the AWS files.")
    return 0


def _is_static(values: Settings) -> bool:
    return all(map(values.get, _NAMES)) and not session_token(values)


def _import_all(context: Context, profiles: list[str], arguments: Namespace) -> None:
    """Import one profile after the other; a key that AWS refuses does not stop the others."""
    refusals: list[STSError] = []
    moved: dict[str, tuple[SourceCredentials, str]] = {}
    for profile in profiles:
        keys = SourceCredentials(*(context.files.keys_of(profile)[name] for name in _NAMES))
        try:
            arn = _import(context, profile, keys, arguments)
        except STSError as error:
            say(f"Left profile {profile} as it was: {error.message}.")
            refusals.append(error)
        else:
            moved |= {profile: (keys, arn)} if arn else {}
    for path, reason in (
        [] if arguments.keep else _places_with([keys for keys, _ in moved.values()])
    ):
        say(f"Warning: {path} still holds the secret{reason}.")
    for profile, (keys, arn) in moved.items():
        set_up(context, profile, keys, arn, Wanted(arguments.write))
        _tell_next(profile, is_kept=arguments.keep)
    if refusals:
        raise refusals[0]
    if not moved:
        raise PersonNeededError("nothing was changed", hint="answer y, or give --yes")


def _tell_next(profile: str, *, is_kept: bool) -> None:
    name = shlex.quote(profile)
    say(f"{APP} rotate {name} makes a new key, so that old copies of this one are worthless.")
    if not is_kept:
        say(f"{APP} import --undo {name} writes the key back.")


def _import(context: Context, profile: str, keys: SourceCredentials, arguments: Namespace) -> str:
    """Import one profile; return whose key it is, empty if the person did not want it."""
    last = key_tail(keys.access_key_id)
    stored = pairs.find(context.cache, profile)
    is_new = stored is None or stored.keys != keys
    way = "Copy" if arguments.keep else "Move"
    question = f"{way} the key {last} of profile {profile} to the keyring"
    if stored is not None and is_new:
        question += f", in place of {key_tail(stored.keys.access_key_id)}"
    if not agrees(f"{question}?", is_sure=arguments.yes):
        return ""
    arn = STS(context.endpoint(profile)).caller_arn(keys)
    if is_new:
        pairs.write(context.cache, profile, Stored(keys))
    say(f"Stored the key {last} of {arn} for profile {profile}.")
    for path, is_section in [] if arguments.keep else _places(profile):
        if edit.edit(path, _remover(is_section, keys)):
            say(f"Removed it from {path}.")
    return arn


def _remover(is_section: Callable[[str], bool], keys: SourceCredentials) -> Callable[[str], str]:
    """Return what removes just these keys: a pair that another file overrides stays."""
    pair = dict(zip(_NAMES, keys, strict=False))

    def is_unwanted(section: str, name: str, value: str) -> bool:
        return is_section(section) and pair.get(name) == value

    return lambda text: without_settings(text, is_unwanted)


def _undo(context: Context, profile: str, *, is_sure: bool) -> None:
    keys = pairs.read(context.cache, profile).keys
    last = key_tail(keys.access_key_id)
    there = context.files.keys_of(profile).get(_NAMES[0], keys.access_key_id)
    if there != keys.access_key_id:
        question = f"Replace the key {key_tail(there)} of profile {profile} by {last}?"
        confirm(question, is_sure=is_sure)
    settings = dict(zip(_NAMES, keys, strict=False))
    path, is_section = _places(profile)[0]
    edit.edit(path, lambda text: with_settings(text, profile, settings, is_section), is_secret=True)
    say(f"Wrote the key {last} back to [{profile}] of {path}.")
    say(f"It is still in the keyring: {APP} remove {shlex.quote(profile)} takes it out.")


def _places(profile: str) -> list[tuple[str, Callable[[str], bool]]]:
    """Return where a profile's keys may stand: the credentials file, the config file."""
    config, credentials = sealed.config_paths()
    return [
        (credentials, lambda section: section == profile),
        (config, lambda section: profile_of_section(section) == profile),
    ]


def _places_with(pairs: list[SourceCredentials]) -> list[tuple[str, str]]:
    """Return the files beside the AWS files that hold a secret, and what to do about each."""
    secrets = [keys.secret_access_key.encode() for keys in pairs]
    own = [os.path.realpath(path) for path in sealed.config_paths()]
    found = []
    for folder in sorted({os.path.dirname(path) for path in own}):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            if any(secret in _content(path) for secret in secrets):
                is_own = os.path.realpath(path) in own
                reason = ", in another profile or a comment" if is_own else "; delete that file"
                found.append((path, reason))
    return found


def _content(path: str) -> bytes:
    """Return what stands in a file that may be an editor's copy; nothing if it cannot be read."""
    try:
        if os.path.isfile(path) and os.path.getsize(path) < _LARGEST_BYTES:
            with open(path, "rb") as file:
                return file.read()
    except OSError:
        pass
    return b""

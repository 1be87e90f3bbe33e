"""``add``: store a key pair in the system keyring."""

import json
import re
import sys
from argparse import ArgumentParser, Namespace

from aws_mfa_process.aws.sts import STS
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.screens.talk import ask, confirm, say
from aws_mfa_process.commands.wizard.profile import (
    Wanted,
    Writer,
    add_make_device,
    add_write,
    check_name,
    check_new,
    making_of,
    set_up,
)
from aws_mfa_process.config import edit, settings
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.keys import pairs
from aws_mfa_process.keys.pairs import Stored

HELP = "store the access key of an IAM user in the system keyring"

_INSTEAD = "give the pair with --stdin: JSON, or the key id and the secret on two lines"
_ID = re.compile("[A-Za-z0-9]{16,128}")
_SECRET = re.compile("[ -~]+")
_ID_FORM = "it has 16 to 128 letters and digits; a user's own starts with AKIA"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("profile", metavar="PROFILE", help="profile that is to have the key")
    parser.add_argument(
        "--stdin",
        action="store_true",
        help="read the pair from standard input: JSON with access_key_id and secret_access_key"
        " (or as AWS writes them), or two lines",
    )
    parser.add_argument(
        "--mfa-serial", metavar="ARN", default="", help="the MFA device, where IAM does not tell it"
    )
    add_make_device(parser)
    add_write(parser)
    parser.add_argument(
        "--role-arn", metavar="ARN", default="", help="the role of a profile for SDKs"
    )
    parser.add_argument(
        "--as", dest="name", metavar="NAME", default="", help="name of that profile"
    )
    parser.add_argument("--yes", action="store_true", help="replace another key without asking")


def run(arguments: Namespace) -> int:
    """Add a pair.

    Raises:
        MFAProcessError: The pair was not stored.
    """
    add(arguments, edit.edit)
    return 0


def add(arguments: Namespace, write: Writer, *, is_proved: bool = False) -> None:
    """Check a pair with AWS, store it and say what belongs in the config, or write it.

    The keyring is looked into first: nobody types a secret that cannot be stored.

    Args:
        arguments: As they are declared here.
        write: Changes the config.
        is_proved: A login follows by itself.

    Raises:
        MFAProcessError: The pair was not stored.
    """
    context = open_context()
    profile = arguments.profile
    check_name(profile)
    if arguments.mfa_serial:
        settings.mfa_serials({"mfa_serial": arguments.mfa_serial}, "")
    if arguments.role_arn:
        settings.role_arn({"role_arn": arguments.role_arn}, "")
    wanted = Wanted(
        arguments.write,
        arguments.mfa_serial,
        arguments.role_arn,
        arguments.name,
        making_of(arguments),
        write,
        is_proved,
    )
    check_new(context, profile, wanted)
    old = stored(context, profile)
    keys = pair_of(_standard_input()) if arguments.stdin else _ask_pair()
    arn = store(context, profile, keys, old, is_sure=arguments.yes)
    set_up(context, profile, keys, arn, wanted)


def stored(context: Context, profile: str) -> Stored | None:
    """Return what the keyring holds for a profile, and none if that is no pair of ours.

    Raises:
        PersonNeededError: There is no keyring to use.
    """
    try:
        return pairs.find(context.cache, profile)
    except pairs.NotOurPairError:
        return None


def store(
    context: Context, profile: str, keys: SourceCredentials, old: Stored | None, *, is_sure: bool
) -> str:
    """Check a pair with AWS, store it, and return the ARN of the user whose it is.

    Raises:
        MFAProcessError: AWS does not take it, or a person does not want it in place of the old one.
    """
    arn = STS(context.endpoint(profile)).caller_arn(keys)
    if ":user/" not in arn:
        raise ConfigError(
            f"these are the credentials of {arn}, not of an IAM user",
            hint="only an IAM user's access key can be used with an MFA device",
        )
    last, instead = key_tail(keys.access_key_id), ""
    if old is not None and old.keys.access_key_id != keys.access_key_id:
        instead = f", in place of {key_tail(old.keys.access_key_id)}"
        confirm(f"Store the key {last} for profile {profile}{instead}?", is_sure=is_sure)
    if old is None or old.keys != keys:
        pairs.write(context.cache, profile, Stored(keys))
    say(f"Stored the key {last} of {arn} for profile {profile}{instead}.")
    return arn


def _ask_pair() -> SourceCredentials:
    return with_secret(ask("Access key id: ", instead=_INSTEAD))


def with_secret(key_id: str) -> SourceCredentials:
    """Ask for the secret of a key; only if its id is one.

    Raises:
        MFAProcessError: It is none, or nobody answers.
    """
    if not _ID.fullmatch(key_id):
        raise ConfigError("this is not an access key id", hint=_ID_FORM)
    _refuse_temporary(key_id)
    secret = ask("Secret access key (not shown): ", is_secret=True, instead=_INSTEAD)
    if not _SECRET.fullmatch(secret):
        raise ConfigError(
            "this is not a secret access key",
            hint="it is what AWS showed once, when the key was made: letters, digits, + and /",
        )
    return SourceCredentials(key_id, secret)


def _standard_input() -> bytes:
    return sys.stdin.buffer.read() if sys.stdin else b""


def pair_of(data: bytes) -> SourceCredentials:
    """Read a pair: JSON as AWS, aws-vault or we write it, or two lines.

    Raises:
        ConfigError: It is none.
    """
    text = data.decode("utf-8-sig", "replace")
    try:
        document = json.loads(text)
        document = document.get("AccessKey", document)
        key_id = document.get("access_key_id") or document.get("AccessKeyId") or ""
        secret = document.get("secret_access_key") or document.get("SecretAccessKey") or ""
    except (ValueError, AttributeError, RecursionError):
        key_id, secret = [*text.split("\n"), "", ""][:2]
    keys = SourceCredentials(str(key_id).strip(), str(secret).strip())
    if not (_ID.fullmatch(keys.access_key_id) and _SECRET.fullmatch(keys.secret_access_key)):
        raise ConfigError("this is not an access key id and its secret", hint=_INSTEAD)
    _refuse_temporary(keys.access_key_id)
    return keys


def _refuse_temporary(key_id: str) -> None:
    if key_id.startswith("ASIA"):
        raise ConfigError(
            "this is a temporary key, which ends by itself",
            hint="store the user's own access key: its id starts with AKIA",
        )

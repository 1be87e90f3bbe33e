"""``logout``: forget sessions."""

from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP
from aws_mfa_process.commands.context import open_context
from aws_mfa_process.commands.talk import say
from aws_mfa_process.errors import ConfigError, MFAProcessError

HELP = "forget sessions"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles."""
    parser.add_argument(
        "profiles",
        metavar="PROFILE",
        nargs="*",
        help="profiles to log out: their MFA session and every role session that came from it,"
        " of other profiles too",
    )
    parser.add_argument("--all", action="store_true", help="every session of every profile")


def run(arguments: Namespace) -> int:
    """Remove the sessions of each profile: its MFA session and every role derived from it."""
    if bool(arguments.profiles) == arguments.all:
        raise ConfigError("name the profiles to log out, or give --all", hint=f"{APP} logout --all")
    context = open_context()
    keys = [context.chain_as_sdk(profile).links[0].key for profile in arguments.profiles]
    marks = [{name: key[name] for name in ("source", "mfa_serial")} for key in keys]
    try:
        count = sum(context.cache.forget(mark) for mark in marks or [{}])
    except OSError as error:
        raise MFAProcessError(
            f"the sessions in {context.cache.folder} cannot be removed: {error.strerror}",
            hint="make the folder your own (mode 0700) and try again",
        ) from None
    say(f"{count} session{'' if count == 1 else 's'} forgotten")
    return 0

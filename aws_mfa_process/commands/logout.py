"""``logout``: forget sessions."""

from argparse import ArgumentParser, Namespace

from aws_mfa_process.chain import session_key
from aws_mfa_process.context import open_context
from aws_mfa_process.errors import ConfigError, MFAProcessError

HELP = "forget sessions"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles."""
    parser.add_argument("profiles", metavar="PROFILE", nargs="*", help="profiles to log out")
    parser.add_argument("--all", action="store_true", help="every session of every profile")


def run(arguments: Namespace) -> int:
    """Remove the sessions of each profile: its MFA session and every role derived from it.

    A renewal that runs is waited for, so that it does not bring one back.

    Raises:
        ConfigError: Neither a profile nor ``--all`` is given, or a profile does not exist.
        MFAProcessError: They cannot be removed.
    """
    if bool(arguments.profiles) == arguments.all:
        raise ConfigError("name the profiles to log out, or give --all")
    context = open_context()
    keys = [session_key(context.chain_as_sdk(profile)) for profile in arguments.profiles]
    sources = [(key["source"], key["mfa_serial"]) for key in keys]
    found = [
        entry
        for entry in context.cache.entries("session")
        if arguments.all or (entry.key["source"], entry.key["mfa_serial"]) in sources
    ]
    try:
        for entry in found:
            context.cache.remove_session(entry)
        context.cache.remove_memos()
    except OSError as error:
        raise MFAProcessError(
            f"the sessions in {context.cache.folder} cannot be removed: {error.strerror}",
            hint="make the folder your own (mode 0700) and try again",
        ) from None
    count = len(found)
    print(f"{count} session{'' if count == 1 else 's'} forgotten")  # noqa: T201 - for a person
    return 0

"""``logout``: forget sessions."""

from argparse import ArgumentParser, Namespace

from aws_mfa_process.chain import session_key
from aws_mfa_process.context import open_context
from aws_mfa_process.errors import ConfigError

HELP = "forget sessions"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles."""
    parser.add_argument("profiles", metavar="PROFILE", nargs="*", help="profiles to log out")
    parser.add_argument("--all", action="store_true", help="every session of every profile")


def run(arguments: Namespace) -> int:
    """Remove the sessions of each profile: its MFA session and every role derived from it.

    Raises:
        ConfigError: Neither a profile nor ``--all`` is given, or a profile does not exist.
    """
    if bool(arguments.profiles) == arguments.all:
        raise ConfigError("name the profiles to log out, or give --all")
    context = open_context()
    keys = [session_key(context.chain_as_sdk(profile)) for profile in arguments.profiles]
    sources = [(key["source"], key["mfa_serial"]) for key in keys]
    count = 0
    for entry in list(context.cache.entries("session")):
        if arguments.all or (entry.key["source"], entry.key["mfa_serial"]) in sources:
            context.cache.remove(entry.path)
            count += 1
    context.cache.remove_memos()
    print(f"{count} session{'' if count == 1 else 's'} forgotten")  # noqa: T201 - for a person
    return 0

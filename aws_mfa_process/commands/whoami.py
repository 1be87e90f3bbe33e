"""``whoami``: who a profile is at AWS."""

from argparse import ArgumentParser, Namespace

from aws_mfa_process.commands.chosen import add_profile, choose
from aws_mfa_process.commands.talk import say

HELP = "show account, role and session of a profile"


def configure(parser: ArgumentParser) -> None:
    """Take a profile."""
    add_profile(parser)


def run(arguments: Namespace) -> int:
    """Say who the profile is."""
    chosen = choose(arguments, "whoami")
    session = chosen.load()
    say(session.account_id)
    return 0

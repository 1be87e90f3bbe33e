"""``whoami``: who a profile is at AWS, as AWS itself says."""

import json
import time
from argparse import ArgumentParser, Namespace
from typing import NamedTuple

from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.judge import in_shell
from aws_mfa_process.chain.model import account_id
from aws_mfa_process.commands.profiles.chosen import Chosen, add_profile, choose
from aws_mfa_process.commands.screens.talk import say, warn
from aws_mfa_process.commands.screens.times import clock
from aws_mfa_process.credentials import utc_time

HELP = "show account, role and session of a profile, as AWS sees them"

_ASSUMED = "assumed-role"


class Identity(NamedTuple):
    """Who a profile is; what is not known or not there is None. The fields of ``--json``.

    Attributes:
        profile: Its name.
        account_id: Twelve digits.
        account_name: The setting of that name in the profile.
        arn: As AWS gives it.
        role: Name of the role, with its path.
        user: Name of the IAM user, where no role was assumed.
        session_name: Of the role session.
        source_identity: Set on the way to the role.
        until: End of the session, UTC, ``YYYY-MM-DDTHH:MM:SSZ``.
    """

    profile: str
    account_id: str
    account_name: str | None
    arn: str
    role: str | None
    user: str | None
    session_name: str | None
    source_identity: str | None
    until: str


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_profile(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--account", action="store_true", help="print the account's number alone")
    shown.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Namespace) -> int:
    """Ask AWS who the profile is, and say it; warn of what beats the profile in this shell."""
    chosen = choose(arguments, "whoami")
    session = chosen.load()
    arn = STS(chosen.chain.endpoint).caller_arn(session)
    identity = identity_of(chosen, arn, session.expiration)
    if arguments.account:
        say(identity.account_id)
    elif arguments.json:
        say(json.dumps(identity._asdict(), indent=2))
    else:
        say(f"{_sentence(identity)}, until {clock(session.expiration, time.time())}\n{arn}")
    for verdict in in_shell(chosen.view):
        warn(verdict.sentence, verdict.hint)
    return 0


def identity_of(chosen: Chosen, arn: str, expiration: int) -> Identity:
    """Return who a profile is, from what AWS says and what the chain knows besides.

    Args:
        chosen: The profile.
        arn: Of GetCallerIdentity; that of a role session has no path of the role.
        expiration: Of the session, seconds since the epoch.
    """
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    roles = chosen.chain.roles
    is_role = kind == _ASSUMED
    role, _, session_name = name.partition("/") if is_role else ("", "", "")
    asked = roles[-1].role_arn.partition(":role/")[2] if roles else ""
    identities = [it.source_identity for it in roles if it.source_identity]
    return Identity(
        profile=chosen.profile,
        account_id=account_id(arn),
        account_name=chosen.view.settings(chosen.profile).get("account_name"),
        arn=arn,
        role=(asked if asked.endswith(role) else role) or None,
        user=name if kind == "user" else None,
        session_name=session_name or None,
        source_identity=identities[-1] if identities else None,
        until=utc_time(expiration),
    )


def _sentence(identity: Identity) -> str:
    account = identity.account_id
    if identity.account_name:
        account += f" ({identity.account_name})"
    if identity.role is None:
        return f"{account}  {identity.arn.split(':', 5)[-1]}"
    source = f", source identity {identity.source_identity}" if identity.source_identity else ""
    return f"{account}  role/{identity.role} as {identity.session_name}{source}"

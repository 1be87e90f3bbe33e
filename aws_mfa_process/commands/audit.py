"""``audit``: whom MFA does not bind in an account of IAM, and why; nothing is changed."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence

from aws_mfa_process import APP
from aws_mfa_process.aws.account import read_account
from aws_mfa_process.aws.inventory import DeniedError, Inventory
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.model import account_id
from aws_mfa_process.commands.profiles.as_it_is import reader_of
from aws_mfa_process.commands.profiles.chosen import Named, add_profile, named
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Line, Notes
from aws_mfa_process.commands.screens.talk import note, say
from aws_mfa_process.errors import SessionRejectedError, STSError
from aws_mfa_process.policy.audit.account import Account, User
from aws_mfa_process.policy.audit.findings import Finding, of_account
from aws_mfa_process.policy.audit.titles import TITLES

HELP = "find out whom MFA does not bind in an account, and why"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_profile(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON")
    shown.add_argument("--csv", action="store_true", help="print CSV, one line for each finding")


def run(arguments: Namespace) -> int:
    """Read the account, judge and tell; 1 if something is found.

    Raises:
        STSError: The profile may not list users, or AWS cannot be reached.
    """
    wanted = named(arguments, "audit")
    is_data = arguments.json or arguments.csv
    account = _account(wanted, is_silent=is_data)
    found = of_account(account, int(time.time()))
    if is_data:
        from aws_mfa_process.commands.formats.audit import csv_of, json_of  # noqa: PLC0415 - for scripts

        text = json_of if arguments.json else csv_of
        say(text(account, found))
        if arguments.csv:  # its lines have no room for it
            for unseen in account.unseen:
                note(f"not looked at: {unseen}")
    else:
        screen.show(list(_blocks(account, found)))
    return 1 if found else 0


def _account(wanted: Named, *, is_silent: bool) -> Account:
    """Read the account of a profile; the account of its MFA device is a bastion."""
    reader = reader_of(wanted)
    shown = _as_they_come if is_silent or not screen.is_drawn() else _drawn
    try:
        arn = STS(reader.endpoint).caller_arn(reader.credentials)
        account = read_account(
            Inventory(reader.endpoint, reader.credentials),
            account_id(arn),
            arn.split(":")[1],
            shown,
        )
    except DeniedError as error:
        raise STSError(
            f"profile {wanted.request.profile} may not look at IAM: {error} is denied",
            hint=f"give it the policy SecurityAudit, or name another one: {APP} audit PROFILE",
        ) from None
    except SessionRejectedError as error:  # also in the middle of it
        raise STSError(str(error), hint=reader.renewal) from None
    return account._replace(bastions=(reader.mfa_account_id,))


def _as_they_come(users: Iterable[User], _total: int) -> Iterable[User]:
    return users


def _drawn(users: Iterable[User], total: int) -> Iterable[User]:
    from aws_mfa_process.commands.screens import drawn  # noqa: PLC0415 - rich is heavy

    return drawn.progress("Users", users, total)


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _blocks(account: Account, found: list[Finding]) -> Iterator[Block]:
    """Yield what is shown: the gravest first, each kind of thing together."""
    looked = f"{_count(account.users, 'user')} and {_count(account.roles, 'role')}"
    count = _count(found, "thing") if found else "Nothing"
    yield Line(f"{count} found in account {account.account_id}: {looked}")
    for number, title in TITLES.items():
        groups: dict[str, list[Finding]] = {}
        for finding in found:
            if finding.id == number:
                groups.setdefault(finding.hint, []).append(finding)
        for hint, findings in groups.items():
            yield Line()
            yield Line(f"{number}  {title}", "person")
            yield Notes(tuple((it.name, it.sentence, "") for it in findings))
            yield Line(f"  mend: {hint}", "lives")
    yield Line()
    for text in account.unseen:
        yield Line(f"Not looked at: {text}.", "dim")

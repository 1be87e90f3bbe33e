"""A list of accounts, and the block of profiles in the config file that it makes.

Its one rule: pure; nothing outside of the two marks is changed.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from aws_mfa_process import APP
from aws_mfa_process.config.names import close_match
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

COLUMNS = ("account", "name", "roles", "region")
NAMES = "{name}-{role}"
"""How profiles are named, if nothing else is said."""
_START = f"# made by {APP} setup accounts: change nothing here"
_END = "# made until here"
_BLOCK = re.compile(rf"(?ms)^{re.escape(_START)}\r?\n.*?^{re.escape(_END)}(\r?\n|\Z)")
_NAME = re.compile(r"[\w.@+-]+", re.ASCII)
_ROLE = re.compile(r"[\w+=,.@/-]+", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]*", re.ASCII)
_FIELDS = ("account", "name", "role")


class Account(NamedTuple):
    """One line of the list.

    Attributes:
        account: Twelve digits.
        name: As people know it.
        roles: Names of roles, with their paths.
        region: Empty: none.
    """

    account: str
    name: str
    roles: tuple[str, ...]
    region: str


class Entry(NamedTuple):
    """One profile of the block."""

    profile: str
    account: Account
    role: str


def accounts_of(text: str, path: str) -> list[Account]:
    r"""Return the accounts of a list with the columns `COLUMNS`, in any order.

    Raises:
        ConfigError: A line is not as it should be; it is named.

    >>> accounts_of("account,name,roles,region\n222222222222,prod,Admin Ops,\n", "x")
    [Account(account='222222222222', name='prod', roles=('Admin', 'Ops'), region='')]
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    names = [name.strip() for name in rows.fieldnames or ()]
    missing = [name for name in COLUMNS[:3] if name not in names]
    if missing:
        raise ConfigError(
            f"{path} has no column {missing[0]}", hint=f"its first line is {','.join(COLUMNS)}"
        )
    found = []
    for values in rows:
        row = {str(key).strip(): str(text or "").strip() for key, text in values.items() if key}
        if any(row.values()):
            found.append(_account(row, f"{path} line {rows.line_num}"))
    return found


def _account(row: dict[str, str], place: str) -> Account:
    roles = tuple(name.removeprefix("role/") for name in row["roles"].split())
    if not re.fullmatch(r"\d{12}", row["account"], re.ASCII):
        raise ConfigError(
            f"{place}: the account has not twelve digits",
            hint="a spreadsheet may have taken zeros away from its start: make the column text",
        )
    if not row["name"] or not row["name"].isprintable():
        raise ConfigError(
            f"{place}: the account has no name in one line", hint="give it one, such as prod"
        )
    if not roles or not all(map(_ROLE.fullmatch, roles)):
        raise ConfigError(
            f"{place}: roles are names of roles, with blanks between them", hint="such as Admin Ops"
        )
    if not _REGION.fullmatch(row.get("region", "")):
        raise ConfigError(f"{place}: that is no region", hint="write one such as eu-central-1")
    return Account(row["account"], row["name"], roles, row.get("region", ""))


def entries_of(accounts: Sequence[Account], template: str) -> list[Entry]:
    """Return a profile for each role.

    Raises:
        ConfigError: The template has an unknown field, or a name cannot be used or stands for two.
    """
    for field in re.findall(r"\{(.*?)\}", template):
        if field not in _FIELDS:
            meant = close_match(field, _FIELDS)
            raise ConfigError(
                f"the template has an unknown field {field!r}",
                hint=f"did you mean {meant}?" if meant else f"there are {', '.join(_FIELDS)}",
            )
    found: dict[str, Entry] = {}
    for account in accounts:
        for role in account.roles:
            entry = Entry(_name(template, account, role), account, role)
            other = found.setdefault(entry.profile, entry)
            if other is not entry:
                raise ConfigError(
                    f"profile {entry.profile} would stand for {other.account.account} and"
                    f" {account.account}, or for two roles",
                    hint="make names differ: --names '{name}-{account}-{role}'",
                )
    return list(found.values())


def _name(template: str, account: Account, role: str) -> str:
    fields = {"account": account.account, "name": account.name, "role": role.rsplit("/", 1)[-1]}
    name = re.sub(r"\{(.*?)\}", lambda field: fields[field[1]], template)
    name = re.sub(r"\s+", "-", name)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a profile in a line that every SDK takes",
            hint="use letters, digits, . _ - @ +",
        )
    return name


def block_of(entries: Sequence[Entry], command: str, partition: str) -> str:
    """Return the block of some profiles.

    Args:
        entries: The profiles.
        command: What each line starts with, ``--role-arn`` follows.
        partition: Of the ARNs.
    """
    lines = [line for entry in entries for line in _lines(entry, command, partition)]
    return "\n".join([_START, *lines, _END, ""])


def _lines(entry: Entry, command: str, partition: str) -> Iterator[str]:
    account = entry.account
    yield f"[profile {entry.profile}]"
    yield f"account_name = {account.name}"
    if account.region:
        yield f"region = {account.region}"
    arn = f"arn:{partition}:iam::{account.account}:role/{entry.role}"
    yield f"credential_process = {command} --role-arn {arn}"


def without_block(text: str) -> str:
    """Return a text without the block, if there is one."""
    return _BLOCK.sub("", text)


def with_block(text: str, block: str) -> str:
    r"""Return a text with the block in its place, or at the end.

    >>> one = with_block("[default]\n", block_of([], "", ""))
    >>> with_block(one, block_of([], "", "")) == one
    True
    """
    if "\r\n" in text:
        block = block.replace("\n", "\r\n")
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _: block, text, count=1)
    end = "\r\n" if "\r\n" in text else "\n"
    closed = text if not text or text.endswith("\n") else text + end
    return closed + (end if text else "") + block

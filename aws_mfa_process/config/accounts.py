"""Accounts of a list, and the profiles that they make.

Its one rule: pure; whatever a list says, each name and ARN is one that cannot mean anything else
in a config file.
"""

import re
from collections.abc import Mapping, Sequence

from aws_mfa_process.config.names import close_match
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

COLUMNS = ("account", "name", "roles", "region")
NAMES = "{name}-{role}"
"""How profiles are named, if nothing else is said."""
_NAME = re.compile(r"[\w.@+][\w.@+-]*", re.ASCII)
_ROLE = re.compile(r"[\w+=,.@/-]+", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]*", re.ASCII)
_FIELDS = ("account", "name", "role")


class Account(NamedTuple):
    """One entry of the list.

    Attributes:
        account: Twelve digits.
        name: As people know it; the account itself where nobody has named it.
        roles: Names of roles, with their paths.
        region: Empty: none.
    """

    account: str
    name: str
    roles: tuple[str, ...]
    region: str


class Entry(NamedTuple):
    """One profile of a block."""

    profile: str
    account: Account
    role: str


def account_of(
    values: Mapping[str, str], roles: Sequence[str], place: str, *, is_free: bool = False
) -> Account:
    """Return an account of a list.

    Args:
        values: By column; ``region`` may be missing.
        roles: Names of roles.
        place: Where it stands, for errors.
        is_free: It need not have a role.

    Raises:
        ConfigError: It is not as it should be.
    """
    if not re.fullmatch(r"\d{12}", values["account"], re.ASCII):
        raise ConfigError(
            f"{place}: the account has not twelve digits",
            hint="a spreadsheet or a program may have taken zeros away from its start: make it text"
            " there",
        )
    name = values["name"]
    if not name or not name.isprintable():
        raise ConfigError(
            f"{place}: the account has no name in one line", hint="give it one, such as prod"
        )
    if not _REGION.fullmatch(values.get("region", "")):
        raise ConfigError(f"{place}: that is no region", hint="write one such as eu-central-1")
    names = role_names(roles, place) if roles or not is_free else ()
    return Account(values["account"], name, names, values.get("region", ""))


def role_names(roles: Sequence[str], place: str) -> tuple[str, ...]:
    """Return names of roles, with their paths, each once.

    Raises:
        ConfigError: There is none, or one cannot be a name.
    """
    names = tuple(dict.fromkeys(name.removeprefix("role/") for name in roles))
    if not names or not all(map(_ROLE.fullmatch, names)):
        raise ConfigError(
            f"{place}: roles are names of roles, with blanks between them",
            hint="such as Admin Ops; where the list has none: --roles 'Admin Ops'",
        )
    return names


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
            if other != entry:
                raise ConfigError(
                    f"profile {entry.profile} would stand for {other.account.account}"
                    f" {other.role} and {account.account} {role}",
                    hint="make names differ: --names '{name}-{account}-{role}'",
                )
    return list(found.values())


def _name(template: str, account: Account, role: str) -> str:
    fields = {"account": account.account, "name": account.name, "role": role.rsplit("/", 1)[-1]}
    name = re.sub(r"\{(.*?)\}", lambda field: fields[field[1]], template)
    name = re.sub(r"\s+", "-", name)
    if not _NAME.fullmatch(name) or name == "default":
        raise ConfigError(
            f"{name!r} cannot be the name of a profile in a line that every SDK takes",
            hint="use letters, digits, . _ - @ +, and another name than default; or name profiles"
            " by account: --names '{account}-{role}'",
        )
    return name

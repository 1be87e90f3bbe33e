"""What a policy document is filled in with: options first, then what the AWS config says.

Rule: nothing that IAM would read as a pattern gets into a name by accident.
"""

import re
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from aws_mfa_process import APP
from aws_mfa_process.config import arns
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.config.profiles import Profiles, Settings
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.policy.catalogue import Entry
from aws_mfa_process.policy.names import Names

_NAME: Final = r"[\w+=,.@-]{1,64}"
_FORMS: Final = {
    "account": (r"\d{12}", "has 12 digits"),
    "user": (_NAME, "is the name of a user, without their path"),
    "path": (
        r"/([!-#%-)+->@-~]{1,510}/)?",
        "starts and ends with a slash, and is ASCII without *, ? and $: /team/",
    ),
    "external_id": (r"[\w+=,.@:/-]{2,1224}", "has 2 to 1224 letters, digits or signs of +=,.@:/-"),
    "mfa_age": (r"[1-9]\d{0,5}", "is 1 to 999999 seconds, in digits"),
}
"""What options must look like, and how that is told.

Source: IAM API Reference, "CreateUser"; STS API Reference, "AssumeRole".
"""
_OPTIONS: Final = (*_FORMS, "role", "enrol_in_console", "format")
_ROLE: Final = re.compile(
    r"arn:(aws[a-z-]*):iam::(\d{12}|\*):role/[\w+=,.@*/-]+|[\w+=,.@*-]{1,64}", re.ASCII
)
_ROLE_NAMES: Final = {"role-trust": "bastion-role", "agent-trust": "agent"}


class Filled(NamedTuple):
    """What is filled in, and what is said of it.

    Attributes:
        role_name: Of the role that a trust policy is for, after its path; empty for other
            documents.
        said: What was found in the config, a clause; empty if nothing was.
    """

    names: Names
    role_name: str
    said: str


def filled_in(files: Profiles, entry: Entry, arguments: Namespace) -> Filled:
    """Find what a document is filled in with.

    Raises:
        ConfigError: An option has a wrong form or no place in the document, or the account must
            be known and is not.
    """
    _check(entry, arguments)
    settings = list(_settings(files))
    serials = [serial for it in settings for serial in arns.devices(it.get("mfa_serial", ""))]
    devices = [it for it in serials if it.startswith("arn:") and arns.is_arn(it, "mfa")]
    partition = _partition([*(arguments.role or ()), *devices, *_roles(settings)])
    accounts = {arn.split(":")[4] for arn in devices}
    found = accounts.pop() if len(accounts) == 1 else ""
    account = arguments.account or ("account" in entry.takes and found) or ""
    if entry.kind == "trust" and not account:
        raise ConfigError(
            "no account is known whose users the role should trust",
            hint=f"{APP} policy {arguments.name} --account ID",
        )
    given = tuple(_role_arn(role, partition) for role in arguments.role or ())
    takes_known = entry.kind != "trust" and "role" in entry.takes
    roles = given or (_roles(settings) if takes_known else ())
    names = Names(
        account=account,
        roles=roles,
        user=arguments.user or "",
        path=arguments.path or "",
        external_id=arguments.external_id or _external_id(entry, roles, settings),
        mfa_age_seconds=int(arguments.mfa_age or 0),
        partition=partition,
        enrols_in_console=arguments.enrol_in_console,
    )
    role_name = roles[0].partition(":role/")[2] if roles else _ROLE_NAMES.get(arguments.name, "")
    is_found = bool(account) and not arguments.account
    return Filled(names, role_name, _said(names, is_found=is_found, has_roles=not given))


def refuse_options(arguments: Namespace, takes: tuple[str, ...] = ()) -> None:
    """Refuse the first option that has no place in what is printed.

    Raises:
        ConfigError: There is one.
    """
    for name in _OPTIONS:
        if getattr(arguments, name) not in (None, False) and name not in takes:
            raise ConfigError(
                f"--{name.replace('_', '-')} has no place in {arguments.name}",
                hint=f"leave it out: {APP} policy {arguments.name}",
            )


def _check(entry: Entry, arguments: Namespace) -> None:
    """Check the form of the options, and that each has a place in the document."""
    refuse_options(arguments, ("format", *entry.takes))
    for name, (form, told) in _FORMS.items():
        value = getattr(arguments, name)
        if value is not None and not re.fullmatch(form, value, re.ASCII):
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(
                f"the value of {option} is wrong: a right one {told}", hint=f"{APP} policy --help"
            )
    roles = arguments.role or ()
    if not all(_ROLE.fullmatch(role) for role in roles):
        raise ConfigError(
            "the value of --role is wrong: a right one is the ARN of a role, or its name",
            hint=f"{APP} policy --help",
        )
    if entry.kind == "trust" and (len(roles) > 1 or "*" in "".join(roles)):
        raise ConfigError(
            "a trust policy is for one role", hint=f"{APP} policy {arguments.name} --role NAME"
        )


def _settings(files: Profiles) -> Iterator[Settings]:
    """Yield the settings of each profile, those in its line of ours over its own."""
    for name, values in files.profiles.items():
        try:
            line = own_line(name, values.get("credential_process", ""))
        except ConfigError:  # doctor tells what is wrong with it
            line = None
        yield {**values, **(line.overrides if line else {})}


def _partition(names: Iterable[str]) -> str:
    """Return the partition of the first ARN among names: a document is for one of them."""
    return next((it.split(":")[1] for it in names if it.startswith("arn:")), "aws")


def _role_arn(role: str, partition: str) -> str:
    return role if role.startswith("arn:") else f"arn:{partition}:iam::*:role/{role}"


def _roles(settings: list[Settings]) -> tuple[str, ...]:
    """Return the roles of the config, each once."""
    named = (values.get("role_arn", "") for values in settings)
    return tuple(dict.fromkeys(arn for arn in named if arns.is_arn(arn, "role")))


def _external_id(entry: Entry, roles: tuple[str, ...], settings: list[Settings]) -> str:
    """Return the external id that the config gives with the role of a trust policy."""
    if "external_id" not in entry.takes:
        return ""
    ids = {it.get("external_id", "") for it in settings if it.get("role_arn") in roles}
    return ids.pop() if len(ids) == 1 else ""


def _said(names: Names, *, is_found: bool, has_roles: bool) -> str:
    account = f"account {names.account}" if is_found else ""
    count = len(names.roles)
    roles = f"{count} role{'' if count == 1 else 's'}" if has_roles and count else ""
    found = " and ".join(filter(None, (account, roles)))
    return f"{found} as in the AWS config" if found else ""

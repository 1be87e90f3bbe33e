"""Standings of profiles as they are shown: a bar for each MFA session, a row for each profile."""

import re
import time
from collections.abc import Iterable

from aws_mfa_process import APP
from aws_mfa_process.chain.model import MFA, Chain
from aws_mfa_process.commands.profiles.standing import Standing
from aws_mfa_process.commands.screens.screen import (
    ENDS_SECONDS,
    Bar,
    Cell,
    Line,
    Notes,
    Style,
    Table,
)
from aws_mfa_process.commands.screens.times import clock, left
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.display import device_names
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.store.failures import Failure
from aws_mfa_process.values import NamedTuple

_HEADER = ("PROFILE", "ACCOUNT", "ROLE", "SESSION", "NEXT")
_NAMES = (0, 2)
_SPARE = (1, 2)
_NOT_AUTHORIZED = r"User: \S+ is not authorized to perform: sts:AssumeRole on resource: \S+"


def device_name(serial: str) -> str:
    """Return the name by which a person knows a device.

    >>> device_name("arn:aws:iam::111111111111:mfa/alice"), device_name("GAHT12345678")
    ('alice', 'GAHT12345678')
    """
    return serial.rsplit("/", 1)[-1]


def names_of(mfa: MFA) -> str:
    """Return the names of devices of which each may give the code."""
    return " or ".join(device_names(mfa.listed))


def table(standings: Iterable[Standing]) -> Table:
    """Return the table of profiles."""
    header = tuple(Cell(text, "dim", is_number=text == "SESSION") for text in _HEADER)
    return Table((header, *(_row(it) for it in standings)), _NAMES, _SPARE)


def _row(standing: Standing) -> tuple[Cell, ...]:
    account, role = standing.role
    named = f"{standing.account_name} ({account})" if standing.account_name and account else ""
    return (
        Cell(standing.profile),
        Cell(named or account or "-", short=account),
        Cell(role or "-"),
        _session_cell(standing.session),
        Cell(standing.sentence, _next_style(standing), short=standing.word),
    )


def _session_cell(session: SessionCredentials | None) -> Cell:
    seconds = session.expiration - time.time() if session else 0
    style: Style = "lives" if seconds > ENDS_SECONDS else "ends"
    return Cell(left(seconds), style if session else "dim", is_number=True)


def _next_style(standing: Standing) -> Style:
    step = standing.next
    has_failed = step == "made" and standing.has_failed
    needs_person = (
        has_failed
        or step == "fails"
        or (step == "code" and standing.session is None and not _has_process(standing.chain))
    )
    return "person" if needs_person else ""


def _has_process(chain: Chain | None) -> bool:
    return chain is not None and chain.mfa is not None and bool(chain.mfa.process)


def bars(standings: Iterable[Standing]) -> list[Bar]:
    """Return a bar for each MFA session that profiles start with."""
    found = {}
    for standing in standings:
        chain = standing.chain
        if chain is not None and chain.mfa is not None and standing.mfa_key:
            found[standing.mfa_key] = (names_of(chain.mfa), standing.code_session)
    width = max((len(name) for name, _ in found.values()), default=0)
    return [_bar(f"{name:{width}}", session) for name, session in found.values()]


def _bar(name: str, session: SessionCredentials | None) -> Bar:
    now, title = time.time(), f"{name}  MFA session"
    if session is None:
        return Bar(title, 0, Cell(f"none; {APP} login asks for the code now", "person"))
    seconds = session.expiration - now
    told = f"{left(seconds)}, until {clock(session.expiration, now)}"
    style: Style = "lives" if seconds > ENDS_SECONDS else "ends"
    return Bar(title, seconds / (session.expiration - session.issued_at), Cell(told, style))


def notes(found: Iterable[tuple[str, str, str]], style: Style = "") -> Notes:
    """Return notes; a hint that several share, one after the other, stands once, below them."""
    told = list(found)
    following = [hint for _, _, hint in told[1:]]
    kept = zip(told, [*following, ""], strict=True)
    return Notes(tuple((it[0], it[1], "" if it[2] == then else it[2]) for it, then in kept), style)


def first_step(standings: Iterable[Standing]) -> list[Line]:
    """Return what comes next where no profile uses this program; nothing where one does."""
    found = {it.judgement.outcome: it for it in standings}
    if not found.keys().isdisjoint(("served", "opaque")):
        return []
    if not found.keys().isdisjoint(("shadowed", "broken")):
        return [Line(f"Next: {APP} doctor says what mends them.")]
    source = found.get("source")
    if source is None or "unserved" in found or source.chain is None or source.chain.mfa is None:
        return [Line(f"To begin: {APP} setup")]
    return step_to_roles(source.chain.source.profile)


def step_to_roles(keys: str) -> list[Line]:
    """Return what comes next where there is a key and an MFA device, and no profile of a role."""
    return [
        Line(f"Next: {APP} setup discover, for the roles that your policies name;"),
        Line(f"or {APP} setup accounts FILE, for those of a list; or write a"),
        Line(f"profile with role_arn and source_profile = {keys}, then {APP} setup."),
    ]


class Failed(NamedTuple):
    """What has failed, told once.

    Attributes:
        who: The MFA device, where several profiles share the failure; else the profile.
        number: How many profiles it concerns.
        profile: The one whose try was the last.
        chain: Of that profile.
    """

    who: str
    number: int
    profile: str
    chain: Chain | None
    failure: Failure


def failed(standings: Iterable[Standing]) -> list[Failed]:
    """Return what has failed of late: for each profile, but once where it is the device's."""
    found: dict[tuple[str, str], Failed] = {}
    for it in standings:
        if it.failure is None:
            continue
        last = Failed(it.profile, 1, it.profile, it.chain, it.failure)
        mfa = it.chain.mfa if it.chain is not None and it.shares_failure else None
        if mfa is None:
            found[it.profile, ""] = last
            continue
        key = mfa.key_serial, it.failure.error.message
        if (before := found.get(key)) is not None:
            last = max(before, last, key=_last_told)
            last = last._replace(who=names_of(mfa), number=before.number + 1)
        found[key] = last
    return list(found.values())


def _last_told(it: Failed) -> tuple[bool, float]:
    return bool(it.failure.error.hint), it.failure.at


def reason(error: MFAProcessError, chain: Chain | None) -> str:
    """Return why something failed, in the words that are left where the role is known.

    >>> reason(MFAProcessError("AWS does not know the key"), None)
    'AWS does not know the key'
    """
    roles = chain.roles if chain is not None else ()
    return refusal(error, *(role.role_arn for role in roles))


def refusal(error: MFAProcessError, *role_arns: str) -> str:
    """Return the same where only the ARN of a role is known."""
    message = error.message
    for arn in role_arns:
        message = message.removeprefix(f"AWS refused to let you assume {arn}: ")
    return re.sub(_NOT_AUTHORIZED, "you may not assume it", message)

"""What is found in an account: each thing with a number that does not change, and what mends it."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from aws_mfa_process import APP
from aws_mfa_process.display import key_tail, listed
from aws_mfa_process.policy.audit.account import AccessKey, Account, Role, User
from aws_mfa_process.policy.audit.circumstances import MFA_KEY
from aws_mfa_process.policy.audit.cover import (
    Asker,
    Cover,
    Outcome,
    asker_of,
    cover,
    may_change_others,
    may_enrol,
)
from aws_mfa_process.policy.audit.trust import Entry, entries
from aws_mfa_process.policy.audit.why import told

Kind = Literal["user", "role", "root"]
_DAY_SECONDS: Final = 86400
_OLDEST_DAYS: Final = 90
_DENY: Final = (
    f"attach to the user, or to a group of theirs, what {APP} policy deny-without-mfa prints"
)
_LOOK: Final = "look at what is named, or let the audit read it"
_TRUST: Final = f"let its trust policy be what {APP} policy role-trust prints"


class Finding(NamedTuple):
    """One thing that is found.

    Attributes:
        id: ``AMP`` and three digits.
        kind: Of what it is said.
        name: Of the user or the role; ``root``.
        arn: Likewise; empty for root.
        access_key_id: Of the key that it is about; empty if it is not about one.
        sentence: What is found, and why; without the name.
        hint: What mends it.
    """

    id: str
    kind: Kind
    name: str
    arn: str
    sentence: str
    hint: str
    access_key_id: str = ""


def of_account(account: Account, now: int) -> list[Finding]:
    """Return all that is found: of the root user, of users, of roles, each in order of their names.

    Args:
        account: As it was read.
        now: Seconds since the epoch.
    """
    found = list(of_root(account))
    for user in sorted(account.users, key=lambda it: it.name):
        found += of_user(user, account, now)
    for role in sorted(account.roles, key=lambda it: it.name):
        found += of_role(role, account, now)
    return found


def of_root(account: Account) -> Iterator[Finding]:
    """Yield what is found of the root user."""
    root = account.root
    if root.has_keys:
        yield Finding(
            "AMP106",
            "root",
            "root",
            "",
            "the root user has access keys, which no policy of the account restricts",
            "sign in as root, and delete them under Security credentials",
        )
    if root.has_mfa is False and root.has_password is not False:
        yield Finding(
            "AMP107",
            "root",
            "root",
            "",
            "the root user has no MFA device",
            "sign in as root, and assign one under Security credentials",
        )


def of_user(user: User, account: Account, now: int) -> list[Finding]:
    """Return what is found of a user, the gravest first.

    Args:
        user: The user.
        account: Theirs.
        now: Seconds since the epoch.
    """
    asker = asker_of(user, account, now)
    found: list[Finding] = []
    if user.active_keys or user.keys is None:
        found += _of_cover(asker)
    found += _of_devices(asker)
    for key in user.active_keys:
        found += _of_key(user, key, now)
    if user.own:
        names = listed(user.own)
        text = f"policies are attached to the user directly: {names}"
        hint = "attach them to a group, and put the user into it"
        found.append(_of(user, "AMP113", text, hint))
    return found


def of_role(role: Role, account: Account, now: int) -> Iterator[Finding]:
    """Yield what is found of a role; roles of AWS's own are none."""
    if role.is_of_aws:
        return
    if not role.trust.is_readable:
        yield _of_trust(role, "AMP112", "its trust policy could not be read")
        return
    every = list(entries(role, account, now))
    is_open = [it for it in every if it.outcome is Outcome.OPEN]
    own = [it.principal for it in is_open if it.is_own]
    others = [it.principal for it in is_open if not (it.is_own or it.needs_external_id)]
    if own:
        yield _of_trust(role, "AMP110", f"{_told(own)} may assume it without MFA{_why(is_open)}")
    if others:
        text = f"{_told(others)}, of another account, may assume it without MFA or an external id"
        yield _of_trust(role, "AMP111", text)
    yield from _doubts(role, every)


def _why(every: list[Entry]) -> str:
    """Return which conditions on MFA ask for none."""
    reasons = dict.fromkeys(it.why for it in every if it.why)
    return f": {'; '.join(reasons)}" if reasons else ""


def _doubts(role: Role, every: Iterable[Entry]) -> Iterator[Finding]:
    unknown = [it for it in every if it.outcome is Outcome.NOT_KNOWN]
    if unknown:
        who = _told([it.principal for it in unknown])
        text = f"whether {who} may assume it without MFA cannot be told: {unknown[0].why}"
        yield _of_trust(role, "AMP112", text)


def _of_trust(role: Role, number: str, text: str) -> Finding:
    return Finding(number, "role", role.name, role.arn, text, _TRUST)


def _told(principals: list[str]) -> str:
    return listed(["everybody" if it == "*" else it for it in principals])


def _of(user: User, number: str, text: str, hint: str, key: str = "") -> Finding:
    return Finding(number, "user", user.name, user.arn, text, hint, key)


def _of_cover(asker: Asker) -> Iterator[Finding]:
    """Yield what a key of the user does without MFA."""
    user = asker.user
    found = cover(asker)
    if user.keys is None and found.outcome is not Outcome.CLOSED:
        text = "whether the user has an active key could not be read, and MFA would not bind it"
        yield _of(user, "AMP103", text, _DENY)
        return
    if user.keys is None:
        return
    if found.outcome is Outcome.OPEN:
        yield _of(user, "AMP101", _passes(found), _DENY)
        return
    if found.outcome is Outcome.NOT_KNOWN:
        text = f"whether MFA binds the user's keys cannot be told: {found.why}"
        yield _of(user, "AMP103", text, _LOOK)
    others = may_change_others(asker)
    if others.outcome is Outcome.NOT_KNOWN and found.outcome is Outcome.CLOSED:
        text = f"whether a key changes MFA devices of other users cannot be told: {others.why}"
        yield _of(user, "AMP103", text, _LOOK)
    if others.outcome is Outcome.OPEN and others.call is not None:
        text = f"{_passes(others)}, so that a key enables or resyncs devices of other users"
        yield _of(user, "AMP114", text, _DENY)


def _passes(found: Cover) -> str:
    """Return how a call passes, by what, and why nothing stops it."""
    if found.call is None:
        return ""
    call = found.call
    verdict = found.verdict
    on = f" on {call.resource}" if verdict.kind == "resource" else ""
    by = told(verdict.policy, verdict.sid) if verdict.policy else "the policies together"
    given = ", ".join(f"{key} is {value}" for key, value in found.given if key != MFA_KEY)
    where = f" (where {given})" if given else ""
    return f"{call.shown}{on} is allowed {found.way}{where}, by {by}; {found.why}"


def _of_devices(asker: Asker) -> Iterator[Finding]:
    """Yield what is found of the user's devices."""
    user = asker.user
    if not user.devices:
        yield from _of_enrolment(asker)
    has_way_in = bool(user.active_keys) or bool(user.has_password)
    if user.devices is None or not has_way_in:
        return
    if user.devices:
        if not any(":mfa/" in it or not it.startswith("arn:") for it in user.devices):
            text = "the only MFA device is a passkey or a security key, which gives no codes"
            hint = "add a virtual MFA device as well: AWS STS takes six digits only"
            yield _of(user, "AMP105", text, hint)
        return
    has = [
        *(["an active key"] if user.active_keys else []),
        *(["a password"] if user.has_password else []),
    ]
    hint = "let the user enable one: IAM console, Security credentials, Assign MFA device"
    yield _of(user, "AMP104", f"the user has {' and '.join(has)}, and no MFA device", hint)


def _of_enrolment(asker: Asker) -> Iterator[Finding]:
    """Yield whether a key enrols a device for a user who has none, or may have none."""
    user = asker.user
    if user.keys is not None and not user.active_keys:
        return
    enrols = may_enrol(asker)
    if enrols.outcome is Outcome.NOT_KNOWN:
        text = f"whether the key makes and enables a device cannot be told: {enrols.why}"
        yield _of(user, "AMP103", text, _LOOK)
    elif enrols.outcome is Outcome.OPEN and (user.keys is None or user.devices is None):
        what = "an active key" if user.keys is None else "an MFA device"
        text = f"whether the user has {what} could not be read, and a key may enable a device"
        yield _of(user, "AMP103", text, _LOOK)
    elif enrols.outcome is Outcome.OPEN:
        text = "whoever has the key may enable a device of their own, and then passes as MFA"
        hint = "enable the user's device now, or switch the key off until that is done"
        yield _of(user, "AMP102", text, hint)


def _of_key(user: User, key: AccessKey, now: int) -> Iterator[Finding]:
    """Yield what is found of an active key."""
    tail = key_tail(key.access_key_id)
    days = (now - key.created_at) // _DAY_SECONDS
    if key.created_at and now - key.created_at > _OLDEST_DAYS * _DAY_SECONDS:
        text = f"the key {tail} is {days} days old"
        hint = f"let the user replace it with {APP} rotate PROFILE"
        yield _of(user, "AMP108", text, hint, key.access_key_id)
    if key.last_used_at == 0:
        text = f"the key {tail} was never used"
        hint = "delete it, unless somebody is about to use it"
        yield _of(user, "AMP109", text, hint, key.access_key_id)

"""Does MFA bind the keys of a user? Decided call by call, under all policies that have a say.

Rule: a key is open if one call beyond what enrolment needs passes without MFA; it is covered only
if each call that could pass is known not to.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from aws_mfa_process.policy.audit.account import Account, Role, User
from aws_mfa_process.policy.audit.calls import Call, calls, names, resources
from aws_mfa_process.policy.audit.circumstances import Way, chosen, circumstances, of_user, ways
from aws_mfa_process.policy.audit.vocabulary import ASSUME_ROLE
from aws_mfa_process.policy.audit.why import doubt, escape
from aws_mfa_process.policy.document import Policy, Statement
from aws_mfa_process.policy.evaluate import (
    CLOSED,
    Decision,
    Policies,
    Request,
    Verdict,
    evaluate,
)
from aws_mfa_process.policy.principals import ACCOUNT, NOBODY, Caller, named


class Outcome(Enum):
    """What becomes of a question about all calls of a kind."""

    OPEN = "a call passes"
    CLOSED = "no call passes"
    NOT_KNOWN = "that cannot be told"


class Cover(NamedTuple):
    """The answer, and for a call that passes which, how and why.

    Attributes:
        call: The call; None if none passes.
        way: How it is sent.
        verdict: What lets it pass.
        given: What the call has to bear, by condition key.
        why: Why nothing stops it; or why that cannot be told.
    """

    outcome: Outcome
    call: Call | None = None
    way: str = ""
    verdict: Verdict = Verdict(Decision.NOT_ALLOWED)
    given: tuple[tuple[str, str], ...] = ()
    why: str = ""


class Asker(NamedTuple):
    """A user as the one who asks.

    Attributes:
        known: Condition keys of each call.
        policies: Those that have a say, but for policies on resources.
        ways: How to come without MFA.
    """

    user: User
    account: Account
    known: dict[str, tuple[str, ...] | None]
    policies: Policies
    ways: tuple[Way, ...]

    @property
    def others(self) -> list[Policy]:
        """Policies that allow nothing by themselves."""
        levels = [policy for level in self.policies.organization for policy in level]
        return [*([self.user.boundary] if self.user.boundary else []), *levels]

    @property
    def statements(self) -> list[tuple[Statement, Policy]]:
        """All statements that have a say."""
        every = (*self.user.identity, *self.others)
        return [(statement, policy) for policy in every for statement in policy.statements]


def asker_of(user: User, account: Account, now: int) -> Asker:
    """Return a user as the one who asks, at a time in seconds since the epoch."""
    policies = Policies(
        identity=user.identity, boundary=user.boundary, organization=account.organization
    )
    of_roles = (role.trust for role in account.roles)
    statements = (it for policy in (*every(policies), *of_roles) for it in policy.statements)
    return Asker(user, account, of_user(user, account, now, statements), policies, ways(now))


def cover(asker: Asker) -> Cover:
    """Tell whether a key of a user does anything without MFA but to enrol a device."""
    return _first_open(asker, (*_own_calls(asker), *_role_calls(asker)))


def may_enrol(asker: Asker) -> Cover:
    """Tell whether whoever has a key of the user may make a device and enable it."""
    user, account = asker.user, asker.account
    place = f"arn:{account.partition}:iam::{account.account_id}"
    found = {
        cover.outcome: cover
        for cover in (
            _any(asker, "iam:EnableMFADevice", user.arn),
            _any(asker, "iam:CreateVirtualMFADevice", f"{place}:mfa/*"),
        )
    }
    order = (Outcome.CLOSED, Outcome.NOT_KNOWN, Outcome.OPEN)
    return next(found[outcome] for outcome in order if outcome in found)


def may_change_others(asker: Asker) -> Cover:
    """Tell whether a key of the user changes devices of other users without MFA."""
    account = asker.account
    shape = f"arn:{account.partition}:iam::{account.account_id}:user/*"
    found = [
        (Call(action, arn, action), asker.policies)
        for action in ("iam:EnableMFADevice", "iam:ResyncMFADevice")
        for arn in _resources(asker, action, shape)
        if arn.rpartition("/")[2] != asker.user.name
    ]
    return _first_open(asker, found, asker.ways[:1])


def _any(asker: Asker, action: str, shape: str) -> Cover:
    """Tell whether the key alone makes a call on something of a form."""
    found = [
        (Call(action, arn, action), asker.policies) for arn in _resources(asker, action, shape)
    ]
    return _first_open(asker, found, asker.ways[:1])


def _resources(asker: Asker, action: str, shape: str) -> list[str]:
    matching = [pair for pair in asker.statements if names(pair[0].action, action)]
    return resources(shape, matching, asker.known)


def _own_calls(asker: Asker) -> Iterator[tuple[Call, Policies]]:
    for call in calls(asker.user.identity, asker.others, asker.account, asker.known):
        yield call, asker.policies


def _role_calls(asker: Asker) -> Iterator[tuple[Call, Policies]]:
    """Yield the call that assumes each role that may let the user in: its trust policy decides."""
    identity = asker.user.identity
    is_allowed = not all(policy.is_readable for policy in identity) or any(
        statement.is_allow and names(statement.action, ASSUME_ROLE)
        for policy in identity
        for statement in policy.statements
    )
    for role in asker.account.roles:
        if role.is_of_aws or not role.trust.is_readable:  # the latter is told of the role
            continue
        if _trusts(asker, role) <= (NOBODY if is_allowed else ACCOUNT):
            continue
        policies = asker.policies._replace(resource=role.trust, resource_decides=True)
        yield Call(ASSUME_ROLE, role.arn, ASSUME_ROLE), policies


def _trusts(asker: Asker, role: Role) -> int:
    """Return how closely the trust policy of a role names the user; see `principals.named`."""
    caller, has_boundary = _caller(asker), asker.user.boundary is not None
    named_by = (it.principal for it in role.trust.statements if it.is_allow and it.principal)
    return max((named(it, caller, has_boundary=has_boundary) for it in named_by), default=NOBODY)


def _caller(asker: Asker) -> Caller:
    return Caller(asker.account.account_id, asker.user.arn)


def _first_open(
    asker: Asker, found: Sequence[tuple[Call, Policies]], some: Sequence[Way] = ()
) -> Cover:
    """Return the first call that passes; else whether all of them are known not to."""
    doubts: list[Cover] = []
    for call, policies in found:
        for way in some or asker.ways:
            if not way.can(call.action):
                continue
            cover = ask(asker, way, call, policies)
            if cover.outcome is Outcome.OPEN:
                return cover
            if cover.outcome is Outcome.NOT_KNOWN:
                doubts.append(cover)
    return doubts[0] if doubts else Cover(Outcome.CLOSED)


def ask(asker: Asker, way: Way, call: Call, policies: Policies) -> Cover:
    """Tell whether one call passes, under any circumstances."""
    known = {**asker.known, **way.context}
    caller = _caller(asker)
    matching = [
        (statement, policy)
        for policy in every(policies)
        for statement in policy.statements
        if names(statement.action, call.action)
    ]
    found = circumstances(known, (test for statement, _ in matching for test in statement.tests))
    before = evaluate(Request(call.action, call.resource, found.before), caller, policies)
    if before.decision in CLOSED:
        return Cover(Outcome.CLOSED, call)
    unknown = None
    for context in found.contexts:
        verdict = evaluate(Request(call.action, call.resource, context), caller, policies)
        if verdict.decision is Decision.ALLOWED:
            given = tuple(chosen(context, known).items())
            if not call.is_certain:
                why = f"nobody here knows whether {call.action} acts on a resource"
                return Cover(Outcome.NOT_KNOWN, call, way.name, verdict, given, why)
            why = escape(call.action, call.resource, context, every(policies))
            return Cover(Outcome.OPEN, call, way.name, verdict, given, why)
        if verdict.decision is Decision.UNKNOWN and unknown is None:
            unknown = doubt(call.action, call.resource, context, every(policies))
    if unknown is None and not found.is_complete:
        unknown = "its conditions can be met in more ways than are tried"
    return Cover(Outcome.NOT_KNOWN if unknown else Outcome.CLOSED, call, why=unknown or "")


def every(policies: Policies) -> list[Policy]:
    """Return all policies that have a say."""
    single = [policy for policy in (policies.boundary, policies.resource) if policy]
    levels = [policy for level in policies.organization for policy in level]
    return [*policies.identity, *single, *levels]

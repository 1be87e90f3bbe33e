"""May they? The one answer to it, for the practice AWS and for `audit`.

Rule: pure, and complete only where its arguments are: what is not known makes the answer
``UNKNOWN`` where it could change it.

Source: IAM User Guide, "How AWS enforcement code logic evaluates requests".
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

from aws_mfa_process.policy.conditions import holds
from aws_mfa_process.policy.document import Policy, Statement
from aws_mfa_process.policy.principals import ACCOUNT, ITSELF, NOBODY, ROLE, Caller, named
from aws_mfa_process.policy.three import Three, all_of, any_of
from aws_mfa_process.policy.wildcard import Context, action_matches, resource_matches

UNGOVERNED: Final = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
"""Calls that no policy allows or denies, in small letters."""


class Request(NamedTuple):
    """One call, on one resource.

    Attributes:
        action: For example ``sts:AssumeRole``.
        resource: ARN; ``*`` for a call that acts on no resource.
        context: Condition keys in small letters, with their values; see `wildcard.Context`.
    """

    action: str
    resource: str
    context: Context


class Policies(NamedTuple):
    """All policies that have a say in a call.

    Attributes:
        identity: Of the user and their groups, or of the role; managed and inline.
        boundary: The permissions boundary; None if there is none.
        session: Policies that came with AssumeRole; None if there were none.
        organization: Service and resource control policies, one sequence for each level (root,
            each unit, account) and kind; each level must allow.
        resource: The policy on the resource; None if it has none.
        resource_account_id: Whose the resource is; empty for the caller's account.
        resource_decides: Without an Allow in the resource's policy nobody may, as with the trust
            policy of a role and the policy of a KMS key.
    """

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Sequence[Policy] | None = None
    organization: Sequence[Sequence[Policy]] = ()
    resource: Policy | None = None
    resource_account_id: str = ""
    resource_decides: bool = False


class Decision(Enum):
    """What becomes of a call."""

    ALLOWED = "allowed"
    DENIED = "denied by a statement"
    NOT_ALLOWED = "allowed by none"
    UNKNOWN = "not known"


CLOSED: Final = (Decision.DENIED, Decision.NOT_ALLOWED)
"""What stays so whatever becomes known."""


class Verdict(NamedTuple):
    """What becomes of a call, and why.

    Attributes:
        kind: Which policies decided: ``identity``, ``boundary``, ``session``, ``organization``
            or ``resource``.
        policy: Name of the policy whose statement decided; empty if none did.
        sid: Of that statement; may be empty.
    """

    decision: Decision
    kind: str = "identity"
    policy: str = ""
    sid: str = ""

    @property
    def is_allowed(self) -> bool:
        """The call passes; what is not known does not."""
        return self.decision is Decision.ALLOWED


class _Match(NamedTuple):
    """A statement that applies to the request, or may."""

    policy: Policy
    statement: Statement | None
    applies: Three
    names: int = ITSELF


def evaluate(request: Request, caller: Caller, policies: Policies) -> Verdict:
    """Decide on a call as AWS does.

    Args:
        request: The call.
        caller: Who asks.
        policies: What has a say. Of the root user of an account: an ``identity`` policy that
            allows everything, since none can bind them.

    Returns:
        The verdict. ``UNKNOWN`` only if with what is not known the call might pass and might not.
    """
    if request.action.lower() in UNGOVERNED:
        return Verdict(Decision.ALLOWED)
    matched = {
        kind: [match for policy in found for match in _matches(policy, request, caller, policies)]
        for kind, found in _by_kind(policies).items()
    }
    for kind, matches in matched.items():
        for match in matches:
            if match.applies and match.statement and not match.statement.is_allow:
                return _verdict(Decision.DENIED, kind, match)
    is_denied = any_of(
        match.applies
        for matches in matched.values()
        for match in matches
        if match.statement is None or not match.statement.is_allow
    )
    is_allowed, kind = _allowed(request, caller, policies, matched)
    if is_allowed is False:
        return Verdict(Decision.NOT_ALLOWED, kind)
    if is_allowed is None or is_denied is None:
        return Verdict(Decision.UNKNOWN, kind)
    first = next((match for match in matched[kind] if _grants(match)), None)
    return _verdict(Decision.ALLOWED, kind, first) if first else Verdict(Decision.ALLOWED, kind)


def _by_kind(policies: Policies) -> dict[str, list[Policy]]:
    """Return all policies, in the order in which a denial is looked for."""
    return {
        "organization": [policy for level in policies.organization for policy in level],
        "resource": [policies.resource] if policies.resource else [],
        "identity": list(policies.identity),
        "boundary": [policies.boundary] if policies.boundary else [],
        "session": list(policies.session or ()),
    }


def _allowed(
    request: Request, caller: Caller, policies: Policies, matched: dict[str, list[_Match]]
) -> tuple[Three, str]:
    """Tell whether a call is allowed where nothing denies it, and by, or for want of, what."""
    levels = all_of(
        _allow(match for policy in level for match in _matches(policy, request, caller, policies))
        for level in policies.organization
    )
    if levels is False:
        return False, "organization"
    own = {
        "identity": _allow(matched["identity"]),
        "boundary": policies.boundary is None or _allow(matched["boundary"]),
        "session": policies.session is None or _allow(matched["session"]),
    }
    lacking = next((kind for kind, allow in own.items() if allow is False), "identity")
    limits = all_of([own["boundary"], own["session"]])
    there = {level: _allow(matched["resource"], level) for level in (ACCOUNT, ROLE, ITSELF)}
    if caller.kind == "AWS" and policies.resource_account_id not in ("", caller.account_id):
        by_both = all_of([*own.values(), there[ACCOUNT]])
        kind = "resource" if there[ACCOUNT] is False else lacking
        return all_of([levels, by_both]), kind
    by_resource = any_of([there[ITSELF], all_of([there[ROLE], limits])])
    by_identity = all_of(own.values())
    if policies.resource_decides:
        by_identity = all_of([by_identity, there[ACCOUNT]])
        if there[ACCOUNT] is False:
            return False, "resource"
    kind = "resource" if by_resource and not by_identity else lacking
    return all_of([levels, any_of([by_resource, by_identity])]), kind


def _allow(matches: Iterable[_Match], least: int = NOBODY) -> Three:
    """Tell whether one of the statements allows, and names the caller as closely as that."""
    return any_of(
        match.applies
        for match in matches
        if (match.statement is None or match.statement.is_allow) and match.names >= least
    )


def _matches(
    policy: Policy, request: Request, caller: Caller, policies: Policies
) -> Iterator[_Match]:
    """Yield the statements of a policy that apply, or may."""
    if not policy.is_readable:
        yield _Match(policy, None, None)
    for statement in policy.statements:
        names = ITSELF
        if statement.principal is not None:
            has_boundary = policies.boundary is not None
            names = named(statement.principal, caller, has_boundary=has_boundary)
        if names == NOBODY:
            continue
        applies = _applies(statement, request, has_variables=policy.has_variables)
        if applies is not False:
            yield _Match(policy, statement, applies, names)


def _applies(statement: Statement, request: Request, *, has_variables: bool) -> Three:
    context = request.context
    if not action_matches(statement.action, request.action):
        return False
    on: Three = True
    if statement.resource is not None:
        variables = context if has_variables else None
        on = resource_matches(statement.resource, request.resource, variables)
    if on is False:
        return False
    tests = (holds(test, context, has_variables=has_variables) for test in statement.tests)
    return all_of([on, all_of(tests)])


def _grants(match: _Match) -> bool:
    return bool(match.applies and match.statement and match.statement.is_allow)


def _verdict(decision: Decision, kind: str, match: _Match) -> Verdict:
    sid = match.statement.sid if match.statement else ""
    return Verdict(decision, kind, match.policy.name, sid)

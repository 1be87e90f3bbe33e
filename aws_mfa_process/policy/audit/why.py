"""Why a denial without MFA did not stop a call, and why an answer is not known: for people."""

from collections.abc import Iterable, Iterator

from aws_mfa_process.policy.audit.calls import names
from aws_mfa_process.policy.audit.circumstances import MFA_KEY, MFA_KEYS
from aws_mfa_process.policy.conditions import holds
from aws_mfa_process.policy.document import Policy, Statement, Test
from aws_mfa_process.policy.wildcard import Context, resource_matches

_NAMES = {
    "aws:multifactorauthpresent": "aws:MultiFactorAuthPresent",
    "aws:multifactorauthage": "aws:MultiFactorAuthAge",
}


def told(policy: str, sid: str) -> str:
    """Return how a statement is named.

    >>> told("policy bastion", "NoMFA"), told("policy bastion", "")
    ('statement NoMFA of policy bastion', 'a statement of policy bastion')
    """
    return f"{f'statement {sid}' if sid else 'a statement'} of {policy}"


def escape(action: str, resource: str, context: Context, policies: Iterable[Policy]) -> str:
    """Return why neither a denial nor a condition on MFA stops a call."""
    call, every = (action, resource), list(policies)
    reasons = [
        f"{told(policy.name, statement.sid)} {_missed(statement, policy, call, context)}"
        for policy in every
        for statement in policy.statements
        if not statement.is_allow and any(test.key in MFA_KEYS for test in statement.tests)
    ]
    reasons = [*weak(action, context, every), *reasons]
    return "; ".join(dict.fromkeys(reasons)) or "no policy denies anything without MFA"


def weak(action: str, context: Context, policies: Iterable[Policy]) -> list[str]:
    """Return the conditions on MFA with which policies allow an action that has none."""
    return [
        f"{test.operator} on {_NAMES[test.key]} holds where that is {_state(test, context)}"
        for policy in policies
        for statement in policy.statements
        if statement.is_allow and names(statement.action, action)
        for test in statement.tests
        if test.key in MFA_KEYS and holds(test, context, has_variables=policy.has_variables)
    ]


def _missed(statement: Statement, policy: Policy, call: tuple[str, str], context: Context) -> str:
    """Return what keeps a denial from a call."""
    action, resource = call
    if not names(statement.action, action):
        return "exempts it" if statement.action.is_negated else "does not name it"
    variables = context if policy.has_variables else None
    if statement.resource and not resource_matches(statement.resource, resource, variables):
        return "is limited to other resources"
    for test in statement.tests:
        if holds(test, context, has_variables=policy.has_variables) is False:
            return f"does not match: {_failed(test, context)}"
    return "does not match"


def _failed(test: Test, context: Context) -> str:
    """Return why a test is false, in words for the keys of MFA."""
    name = _NAMES.get(test.key, test.key)
    if test.key == MFA_KEY and not context.get(test.key) and test.operator.lower() == "bool":
        return f"{name} is absent, which takes BoolIfExists and not Bool"
    wanted = " or ".join(test.values)
    return f"{name} is {_state(test, context)}, and {test.operator} asks for {wanted}"


def _state(test: Test, context: Context) -> str:
    values = context.get(test.key, ())
    return values[0] if values else "absent"


def doubt(action: str, resource: str, context: Context, policies: Iterable[Policy]) -> str:
    """Return why nobody can tell what becomes of a call."""
    every = list(policies)
    closed = [policy.name for policy in every if not policy.is_readable]
    if closed:
        return f"{', '.join(dict.fromkeys(closed))} could not be read"
    return next(_unknown(action, resource, context, every), "a condition is not understood")


def _unknown(
    action: str, resource: str, context: Context, policies: Iterable[Policy]
) -> Iterator[str]:
    for policy in policies:
        for statement in policy.statements:
            if not names(statement.action, action):
                continue
            where = told(policy.name, statement.sid)
            variables = context if policy.has_variables else None
            if (
                statement.resource
                and resource_matches(statement.resource, resource, variables) is None
            ):
                yield f"{where} names resources in a way whose effect is not documented"
            for test in statement.tests:
                if holds(test, context, has_variables=policy.has_variables) is None:
                    yield f"{where} tests {_NAMES.get(test.key, test.key)} with {test.operator}"

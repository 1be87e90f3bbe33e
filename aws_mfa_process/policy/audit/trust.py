"""Whom does a role let in without MFA? Its trust policy alone is judged.

Rule: what callers may do today does not count: a trust that asks for no MFA lets in whoever gets
the permission tomorrow.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from aws_mfa_process.policy.audit.account import Account, Role
from aws_mfa_process.policy.audit.circumstances import Way, circumstances, of_call, ways
from aws_mfa_process.policy.audit.cover import Outcome
from aws_mfa_process.policy.audit.meet import WORD
from aws_mfa_process.policy.audit.vocabulary import ASSUME_ROLE
from aws_mfa_process.policy.audit.why import doubt, weak
from aws_mfa_process.policy.document import parse
from aws_mfa_process.policy.evaluate import CLOSED, Decision, Policies, Request, evaluate
from aws_mfa_process.policy.principals import Caller

_ANYTHING: Final = parse(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    }
)
_ARN: Final = re.compile(r"arn:[\w-]+:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role)(.*)")
_ELSEWHERE: Final = "000000000000"
_EXTERNAL_ID: Final = "sts:externalid"


class Entry(NamedTuple):
    """What becomes of one whom a trust policy names, who comes without MFA.

    Attributes:
        principal: As the policy names them; ``*`` for everybody.
        is_own: They are of the account, of a bastion, or anybody.
        needs_external_id: They come in only with the external id.
        why: Why that cannot be told; or which condition on MFA does not ask for it.
    """

    principal: str
    outcome: Outcome
    is_own: bool
    needs_external_id: bool = False
    why: str = ""


class _Who(NamedTuple):
    """A caller who stands for a principal.

    Attributes:
        known: Condition keys; what is not there may be anything.
    """

    caller: Caller
    known: dict[str, tuple[str, ...] | None]
    ways: tuple[Way, ...]


def entries(role: Role, account: Account, now: int) -> Iterator[Entry]:
    """Yield what becomes of each principal that a role trusts; services and federations are none.

    Args:
        role: Whose trust policy can be read.
        account: Of the role.
        now: Seconds since the epoch.
    """
    named = [
        "AWS:*" if statement.principal.is_negated else pattern
        for statement in role.trust.statements
        if statement.is_allow and statement.principal is not None
        for pattern in statement.principal.patterns
    ]
    for pattern in dict.fromkeys(named):
        kind, _, text = pattern.partition(":")
        who = _who(text, account, now) if kind == "AWS" else None
        if who is not None:
            is_own = text == "*" or who.caller.account_id in (account.account_id, *account.bastions)
            yield _entry(role, account, text, who, now)._replace(is_own=is_own)


def _who(principal: str, account: Account, now: int) -> _Who | None:
    """Return one who stands for a principal; None for one that matches nobody."""
    partition = account.partition
    both = ways(now)
    if principal == "*":
        arn = f"arn:{partition}:iam::{_ELSEWHERE}:user/{WORD}"
        return _Who(Caller(_ELSEWHERE, arn), {}, both)
    if re.fullmatch(r"\d{12}", principal):
        principal = f"arn:{partition}:iam::{principal}:root"
    found = _ARN.fullmatch(principal)
    if not found:
        return None
    account_id, kind, rest = found.groups()
    known: dict[str, tuple[str, ...] | None] = {"aws:principalaccount": (account_id,)}
    if kind == "root":
        arn = f"arn:{partition}:iam::{account_id}:user/{WORD}"
        return _Who(Caller(account_id, arn), known, both)
    if kind == "user":
        name = principal.rpartition("/")[2]
        known |= {"aws:principalarn": (principal,), "aws:username": (name,)}
        return _Who(Caller(account_id, principal), known | {"aws:principaltype": ("User",)}, both)
    name, _, session = rest.rpartition("/")[2], "", WORD
    role_arn = principal
    if kind == "assumed-role":
        name, _, session = rest.lstrip("/").partition("/")
        role_arn = f"arn:{partition}:iam::{account_id}:role/{name}"
    arn = f"arn:{partition}:sts::{account_id}:assumed-role/{name}/{session}"
    known |= {"aws:principalarn": (role_arn,), "aws:principaltype": ("AssumedRole",)}
    return _Who(Caller(account_id, arn, role_arn), known, both[1:])


def _entry(role: Role, account: Account, principal: str, who: _Who, now: int) -> Entry:
    policies = Policies(
        identity=[_ANYTHING],
        resource=role.trust,
        resource_account_id=account.account_id,
        resource_decides=True,
    )
    tests = [test for statement in role.trust.statements for test in statement.tests]
    outcome, why, needs_external_id = Outcome.CLOSED, "", True
    for way in who.ways:
        known = {**of_call(now), **who.known, **way.context}
        found = circumstances(known, tests, is_anybody=True)
        before = Request(ASSUME_ROLE, role.arn, found.before)
        if evaluate(before, who.caller, policies).decision in CLOSED:
            continue
        for context in found.contexts:
            request = Request(ASSUME_ROLE, role.arn, context)
            decision = evaluate(request, who.caller, policies).decision
            if decision is Decision.ALLOWED:
                if outcome is not Outcome.OPEN:
                    why = "; ".join(dict.fromkeys(weak(ASSUME_ROLE, context, [role.trust])))
                outcome = Outcome.OPEN
                needs_external_id = needs_external_id and _is_the_one(context.get(_EXTERNAL_ID))
            elif decision is Decision.UNKNOWN and outcome is Outcome.CLOSED:
                outcome = Outcome.NOT_KNOWN
                why = doubt(ASSUME_ROLE, role.arn, context, [role.trust])
        if outcome is Outcome.CLOSED and not found.is_complete:
            outcome = Outcome.NOT_KNOWN
            why = "its conditions can be met in more ways than are tried"
    return Entry(principal, outcome, is_own=False, needs_external_id=needs_external_id, why=why)


def _is_the_one(external_id: tuple[str, ...] | None) -> bool:
    """Tell whether an external id is there that the policy names: any other one is no secret."""
    return external_id not in (None, (), (WORD,))

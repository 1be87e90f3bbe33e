"""What AWS documents of policies, one rule a case."""

import time
from typing import Any

import pytest

from aws_mfa_process.policy.document import Policy, PolicyError, parse, unreadable
from aws_mfa_process.policy.evaluate import Decision, Policies, Request, Verdict, evaluate
from aws_mfa_process.policy.principals import Caller
from aws_mfa_process.policy.wildcard import Context, filled, matches, matches_arn

ACCOUNT = "111111111111"
ALICE = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Admin"
SESSION = Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/alice", ROLE)
SERVICE = Caller("", "ec2.amazonaws.com", kind="Service")
ALLOWED, DENIED, NOT_ALLOWED, UNKNOWN = Decision

MFA = "aws:MultiFactorAuthPresent"
ABSENT: Context = {}
FALSE: Context = {MFA.lower(): ("false",)}
TRUE: Context = {MFA.lower(): ("true",)}
NOT_KNOWN: Context = {MFA.lower(): None}


def policy(*statements: dict[str, Any], version: str = "2012-10-17", name: str = "p") -> Policy:
    return parse({"Version": version, "Statement": list(statements)}, name)


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    found = {"Effect": effect, "Action": "*", "Resource": "*", **more}
    return {name: value for name, value in found.items() if value is not None}


EVERYTHING = policy(statement(), name="everything")


def decide(
    *identity: Policy,
    action: str = "s3:GetObject",
    on: str = "arn:aws:s3:::bucket/key",
    context: Context | None = None,
    caller: Caller = ALICE,
    **more: Any,  # noqa: ANN401 - the rest of Policies
) -> Verdict:
    return evaluate(Request(action, on, context or {}), caller, Policies(identity=identity, **more))


def with_test(operator: str, key: str, *values: str) -> Policy:
    return policy(statement(Condition={operator: {key: list(values)}}))


@pytest.mark.parametrize(
    ("effect", "operator", "value", "decisions"),
    [  # for keys that are absent, false, true, not known
        ("Deny", "BoolIfExists", "false", [DENIED, DENIED, ALLOWED, UNKNOWN]),
        ("Deny", "Bool", "false", [ALLOWED, DENIED, ALLOWED, UNKNOWN]),
        ("Deny", "Null", "true", [DENIED, ALLOWED, ALLOWED, UNKNOWN]),
        ("Allow", "Bool", "true", [NOT_ALLOWED, NOT_ALLOWED, ALLOWED, UNKNOWN]),
        ("Allow", "BoolIfExists", "true", [ALLOWED, NOT_ALLOWED, ALLOWED, UNKNOWN]),
        ("Allow", "Null", "false", [NOT_ALLOWED, ALLOWED, ALLOWED, UNKNOWN]),
        ("Allow", "bool", "TRUE", [NOT_ALLOWED, NOT_ALLOWED, ALLOWED, UNKNOWN]),
    ],
)
def test_what_each_way_of_writing_mfa_does(
    effect: str, operator: str, value: str, decisions: list[Decision]
) -> None:
    """Only BoolIfExists denies all that is without MFA, only Bool allows nothing without it."""
    tested = policy(statement(effect, Condition={operator: {MFA: value}}))
    found = [tested] if effect == "Allow" else [EVERYTHING, tested]
    contexts: list[Context] = [ABSENT, FALSE, TRUE, NOT_KNOWN]
    assert [decide(*found, context=context).decision for context in contexts] == decisions


@pytest.mark.parametrize(
    ("operator", "values", "given", "decision"),
    [
        ("NumericLessThan", ["3600"], ("3599",), ALLOWED),
        ("NumericLessThan", ["3600"], ("3600",), NOT_ALLOWED),
        ("NumericLessThan", ["3600"], (), NOT_ALLOWED),
        ("NumericLessThanIfExists", ["3600"], (), ALLOWED),
        ("NumericLessThan", ["an hour"], ("1",), UNKNOWN),
        ("StringNotEquals", ["a", "b"], ("b",), NOT_ALLOWED),
        ("StringNotEquals", ["a", "b"], ("c",), ALLOWED),
        ("StringNotEquals", ["a"], (), ALLOWED),
        ("StringEquals", ["A"], ("a",), NOT_ALLOWED),
        ("StringEqualsIgnoreCase", ["A"], ("a",), ALLOWED),
        ("StringEquals", ["a*"], ("ab",), NOT_ALLOWED),
        ("StringEquals", ["a*?"], ("a*?",), ALLOWED),
        ("StringLike", ["?*"], ("",), NOT_ALLOWED),
        ("StringLike", ["?*"], ("x",), ALLOWED),
        ("StringLike", ["${aws:username}"], ("alice",), ALLOWED),
        ("StringLike", ["${aws:nothing}"], ("",), NOT_ALLOWED),
        ("StringNotLike", ["${aws:nothing}"], ("a",), UNKNOWN),
        ("StringNotLike", ["${aws:nothing}", "a"], ("a",), NOT_ALLOWED),
        ("StringLike", ["${aws:nothing, 'x'}"], ("x",), ALLOWED),
        ("StringLike", ["${*}"], ("x",), NOT_ALLOWED),
        ("ArnLike", ["arn:*:iam::*:user/*"], ("arn:aws:iam::111111111111:user/a/b",), ALLOWED),
        ("ArnLike", ["arn:*:user/*"], ("arn:aws:iam::111111111111:user/a",), UNKNOWN),
        ("ArnEquals", ["arn:aws:sns:*:1:t"], ("arn:aws:sns:a:b:1:t",), NOT_ALLOWED),
        ("ForAllValues:StringEquals", ["a"], (), ALLOWED),
        ("ForAllValues:StringEquals", ["a"], ("a", "b"), NOT_ALLOWED),
        ("ForAnyValue:StringEquals", ["a"], (), NOT_ALLOWED),
        ("ForAnyValue:StringEquals", ["a"], ("a", "b"), ALLOWED),
        ("IpAddress", ["192.0.2.0/24"], ("192.0.2.7",), ALLOWED),
        ("NotIpAddress", ["192.0.2.0/24"], ("192.0.2.7",), NOT_ALLOWED),
        ("NotIpAddress", ["192.0.2.0/24"], ("2001:db8::1",), ALLOWED),
        ("IpAddress", ["192.0.2.0/24", "2001:db8::/32"], ("2001:db8::1",), ALLOWED),
        ("IpAddress", ["192.0.2"], ("192.0.2.7",), UNKNOWN),
        ("DateLessThan", ["2027-01-01T00:00:00Z"], ("2026-01-01T00:00:00Z",), ALLOWED),
        ("DateLessThan", ["2026"], ("2026-01-01T00:00:00Z",), NOT_ALLOWED),
        ("DateGreaterThan", ["1767225600"], ("2026-06",), ALLOWED),
        ("DateGreaterThan", ["soon"], ("2026-06",), UNKNOWN),
        ("BinaryEquals", ["QmluYXJ5"], ("QmluYXJ5",), ALLOWED),
        ("StringSomehow", ["a"], ("a",), UNKNOWN),
        ("NullIfExists", ["true"], ("a",), UNKNOWN),
        ("ForAllValues:Null", ["true"], ("a",), ALLOWED),
        ("ForAnyValue:Null", ["false"], ("a",), NOT_ALLOWED),
        ("StringEquals", [], ("a",), NOT_ALLOWED),
        ("StringEqualsIfExists", [], (), ALLOWED),
        ("No operator", ["a"], ("a",), UNKNOWN),
    ],
)
def test_condition_operators(
    operator: str, values: list[str], given: tuple[str, ...], decision: Decision
) -> None:
    """What each makes of values, of absent keys, and of what it does not understand."""
    context = {"a:key": given, "aws:username": ("alice",)}
    assert decide(with_test(operator, "A:Key", *values), context=context).decision is decision


@pytest.mark.parametrize(
    ("pattern", "arn", "is_match"),
    [
        ("*", "arn:aws:s3:::b", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/k/l", True),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/kl", False),
        ("arn:aws:s3:::B/*", "arn:aws:s3:::b/k", False),
        ("arn:aws:s3:::*/z*/l", "arn:aws:s3:::b/za/l", True),
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/alice", True),
        ("arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::1:user/a/alice", True),
        ("arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::1:user/a/malice", False),
        ("arn:aws:iam::*:user/${aws:userid}", "arn:aws:iam::1:user/", False),
        ("arn:aws:sqs:*:1:*", "arn:aws:sqs:a:b:1:c", False),
        ("s3:*", "arn:aws:s3:::b", None),
        ("arn:aws:s3:::b", "*", False),
        ("*", "*", True),
    ],
)
def test_resources(pattern: str, arn: str, is_match: bool | None) -> None:
    """Wildcards, variables and case; what is no ARN is not known."""
    decisions = {True: ALLOWED, False: NOT_ALLOWED, None: UNKNOWN}
    context = {"aws:username": ("alice",)}
    found = decide(policy(statement(Resource=pattern)), on=arn, context=context)
    assert found.decision is decisions[is_match]
    opposite = {True: NOT_ALLOWED, False: ALLOWED, None: UNKNOWN}
    is_odd = "${aws:userid}" in pattern  # a NotResource whose variable has no value
    negated = policy(statement(Resource=None, NotResource=pattern))
    found = decide(negated, on=arn, context=context)
    assert found.decision is (UNKNOWN if is_odd else opposite[is_match])


def test_variables_need_their_version() -> None:
    """In a document of 2008, or of no version, ${…} is plain text."""
    written = statement(Resource="arn:aws:s3:::b/${aws:username}")
    for version in ("2008-10-17", None):
        top = {"Version": version} if version else {}
        old = parse({**top, "Statement": written})
        context = {"aws:username": ("alice",)}
        decision = decide(old, on="arn:aws:s3:::b/alice", context=context).decision
        assert decision is NOT_ALLOWED


@pytest.mark.parametrize(
    ("written", "action", "is_match"),
    [
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
        ("IAM:listaccesskeys", "iam:ListAccessKeys", True),
        ("iam:Get????", "iam:GetUser", True),
        ("iam:Get????", "iam:GetUsers", False),
        ("*", "sts:AssumeRole", True),
    ],
)
def test_actions(written: str, action: str, is_match: bool) -> None:
    """Wildcards, and case does not count; NotAction is the opposite."""
    assert decide(policy(statement(Action=written)), action=action).is_allowed is is_match
    negated = policy(statement(Action=None, NotAction=[written, "x:y"]))
    assert decide(negated, action=action).is_allowed is not is_match


def test_an_explicit_deny_ends_it() -> None:
    """Wherever it stands, and the verdict names the statement."""
    deny = policy(statement("Deny", Sid="No"), name="deny")
    on_it = policy(statement("Deny", Sid="No", Principal="*"), name="deny")
    cases: list[dict[str, Any]] = [
        {"boundary": deny},
        {"session": [EVERYTHING, deny]},
        {"organization": [[EVERYTHING, deny]]},
        {"resource": on_it},
    ]
    for more in cases:
        found = decide(EVERYTHING, **more)
        assert (found.decision, found.policy, found.sid) == (DENIED, "deny", "No")
        assert found.kind == next(iter(more))
    assert decide(EVERYTHING, deny) == Verdict(DENIED, "identity", "deny", "No")


def test_every_limit_must_allow() -> None:
    """Boundary, session policies, and each level of an organization."""
    nothing = policy(statement(Action="x:y"))
    cases: dict[str, Any] = {
        "boundary": nothing,
        "session": [nothing],
        "organization": [[EVERYTHING], [nothing]],
    }
    for kind, limit in cases.items():
        assert decide(EVERYTHING, **{kind: limit}) == Verdict(NOT_ALLOWED, kind)
    more: dict[str, Any] = {"boundary": EVERYTHING, "session": [nothing, EVERYTHING]}
    levels = [[EVERYTHING], [nothing, EVERYTHING]]
    found = decide(EVERYTHING, **more, organization=levels)
    assert found == Verdict(ALLOWED, "identity", "everything")


def trust(*principals: str, **more: Any) -> Policy:  # noqa: ANN401 - JSON
    principal = {"AWS": list(principals)}
    return policy(statement(Resource=None, Principal=principal, **more), name="trust")


@pytest.mark.parametrize(
    ("principal", "alone", "with_identity"),
    [
        (ALICE.arn, ALLOWED, ALLOWED),
        (ACCOUNT, NOT_ALLOWED, ALLOWED),
        (f"arn:aws:iam::{ACCOUNT}:root", NOT_ALLOWED, ALLOWED),
        ("222222222222", NOT_ALLOWED, NOT_ALLOWED),
        ("*", ALLOWED, ALLOWED),
        ("AIDAEXAMPLEEXAMPLE", NOT_ALLOWED, NOT_ALLOWED),
    ],
)
def test_a_trust_policy_in_the_own_account(
    principal: str, alone: Decision, with_identity: Decision
) -> None:
    """The user by name needs nothing else, the account leaves it to the user's policies."""
    for identity, decision in (((), alone), ((EVERYTHING,), with_identity)):
        assert assume(*identity, on_role=trust(principal)).decision is decision


def assume(*identity: Policy, on_role: Policy, **more: Any) -> Verdict:  # noqa: ANN401
    found = {"caller": ALICE, "account": ACCOUNT, **more}
    policies = Policies(
        identity,
        found.get("boundary"),
        resource=on_role,
        resource_account_id=found["account"],
        resource_decides=True,
    )
    return evaluate(Request("sts:AssumeRole", ROLE, {}), found["caller"], policies)


def test_another_account_needs_both_sides() -> None:
    """The caller's policies and the resource's, whoever the latter names."""
    for principal in (ALICE.arn, ACCOUNT, "*"):
        other: dict[str, Any] = {"on_role": trust(principal), "account": "222222222222"}
        assert assume(**other) == Verdict(NOT_ALLOWED, "identity")
        assert assume(EVERYTHING, **other).decision is ALLOWED
    other = {"on_role": trust("333333333333"), "account": "222222222222"}
    assert assume(EVERYTHING, **other) == Verdict(NOT_ALLOWED, "resource")


def test_a_role_by_name_is_still_limited() -> None:
    """A grant to the role does not pass over its boundary; one to the session does."""
    nothing = policy(statement(Action="x:y"))
    for principal, decision in ((ROLE, NOT_ALLOWED), (SESSION.arn, ALLOWED)):
        found = assume(on_role=trust(principal), caller=SESSION, boundary=nothing)
        assert found.decision is decision
    assert assume(on_role=trust(ROLE), caller=SESSION).decision is ALLOWED


def test_everybody_but() -> None:
    """NotPrincipal spares who is listed with account and role, unless they have a boundary."""
    names = [SESSION.arn, ROLE, ACCOUNT]
    deny = policy(
        statement(Resource=None, Principal="*"),
        statement("Deny", Resource=None, NotPrincipal={"AWS": names}),
    )
    assert assume(on_role=deny, caller=SESSION).decision is ALLOWED
    assert assume(on_role=deny, caller=SESSION, boundary=EVERYTHING).decision is DENIED
    assert assume(on_role=deny).decision is DENIED


def test_services_are_principals_too() -> None:
    """A trust policy for a service trusts no user, and the other way round."""
    service = policy(statement(Resource=None, Principal={"Service": SERVICE.arn}))
    assert assume(on_role=service, caller=SERVICE).decision is ALLOWED
    assert assume(EVERYTHING, on_role=service).decision is NOT_ALLOWED
    assert assume(on_role=trust(ACCOUNT), caller=SERVICE).decision is NOT_ALLOWED


def test_a_policy_that_could_not_be_read_is_not_known() -> None:
    """It may allow and it may deny; where the rest decides, it does not matter."""
    hidden = unreadable("hidden")
    assert decide(hidden).decision is UNKNOWN
    assert decide(EVERYTHING, hidden).decision is UNKNOWN
    deny = policy(statement("Deny"))
    assert decide(hidden, deny).decision is DENIED
    assert decide(hidden, organization=[[policy()]]).decision is NOT_ALLOWED


def test_calls_that_no_policy_governs() -> None:
    """GetCallerIdentity and GetSessionToken pass, denied or not."""
    deny = policy(statement("Deny"))
    for action in ("sts:GetCallerIdentity", "sts:getsessiontoken"):
        assert decide(deny, action=action, resource="*").is_allowed


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        '{"Statement": 1}',
        '{"Statement": [1]}',
        '{"Version": "2026-01-01", "Statement": []}',
        '{"Statement": [], "Comment": "x"}',
        '{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": [{}]}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "1"}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "*", "NotPrincipal": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Condition": []}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": "true"}}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Condiion": {}}}',
        '{"Statement": {"Effect": "Deny", "NotAction": [], "Resource": "*"}}',
        '{"Statement": {"Effect": "Deny", "Action": "*", "NotResource": []}}',
    ],
)
def test_what_is_no_policy(document: str) -> None:
    """IAM would not have taken it, so nothing is made of it."""
    with pytest.raises(PolicyError):
        parse(document)


def test_json_types_are_texts() -> None:
    """A value is as good as a list of it, true as "true", 3600 as "3600"."""
    condition = {"Bool": {MFA: True}, "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}
    context = {**TRUE, "aws:multifactorauthage": ("5",)}
    assert decide(policy(statement(Condition=condition)), context=context).is_allowed


def test_no_pattern_takes_long() -> None:
    """Stars without end against a text that almost matches."""
    _, pattern = filled("*a" * 1000 + "*b", None)
    started = time.monotonic()
    assert not matches(pattern, "a" * 5000)
    assert matches_arn(f"arn:aws:s3:::{pattern}", "arn:aws:s3:::" + "a" * 5000 + "b")
    assert time.monotonic() - started < 5

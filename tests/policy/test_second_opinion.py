"""Our evaluator and a simulator that nobody here wrote come to the same decision."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_mfa_process.policy.document import parse
from aws_mfa_process.policy.evaluate import Decision, Policies, Request, Verdict, evaluate
from aws_mfa_process.policy.principals import Caller
from support.simulator import Simulator, simulator

OWN, OTHER = "111111111111", "222222222222"
USER = f"arn:aws:iam::{OWN}:user/team/alice"
ROLE = f"arn:aws:iam::{OWN}:role/Admin"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/Admin/alice"
SAID = {
    "Allowed": Decision.ALLOWED,
    "ImplicitlyDenied": Decision.NOT_ALLOWED,
    "ExplicitlyDenied": Decision.DENIED,
}
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
ACTIONS = ("iam:GetUser", "iam:CreateAccessKey", "s3:GetObject", "sts:AssumeRole")
ACTION_PATTERNS = (*ACTIONS, *"***", "iam:*", "IAM:get*", "s3:Get?bject", "sts:*Role", "iam:Get*r")
RESOURCES = {
    account: (
        f"arn:aws:iam::{account}:user/alice",
        f"arn:aws:iam::{account}:user/team/alice",
        f"arn:aws:iam::{account}:role/Admin",
        f"arn:aws:s3:::bucket-{account}/a/b",
    )
    for account in (OWN, OTHER)
}
RESOURCE_PATTERNS = (
    "*",
    "arn:aws:iam::*:*",
    f"arn:aws:iam::{OWN}:*",
    "arn:aws:iam::*:role/Ad???",
    "arn:aws:s3:::bucket-*/*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:user/*/${aws:username}",
    "arn:aws:s3:::bucket-*/${aws:PrincipalTag/folder, 'a'}/*",
    "arn:*:iam::*:user/${AWS:UserName}",
    "arn:aws:s3:::*${*}",
)
WITHOUT_VARIABLES = 5
"""So many patterns may stand in a NotResource: with a variable in it ours may say: not known."""
CONTEXT: dict[str, st.SearchStrategy[str] | st.SearchStrategy[list[str]]] = {
    "aws:MultiFactorAuthPresent": st.sampled_from(["true", "false"]),
    "aws:MultiFactorAuthAge": st.sampled_from(["0", "5", "3600", "3601"]),
    "aws:username": st.sampled_from(["alice", "bob"]),
    "aws:PrincipalTag/folder": st.sampled_from(["a", "b", "*"]),
    "aws:PrincipalArn": st.sampled_from([USER, ROLE]),
    "aws:SourceIp": st.sampled_from(["192.0.2.7", "10.0.0.1"]),
    "aws:CurrentTime": st.sampled_from(["2026-01-01T00:00:00Z", "2027-06-01T12:00:00Z"]),
    "sts:ExternalId": st.sampled_from(["one", "One", "two"]),
    "sts:SourceIdentity": st.sampled_from(["alice", "*"]),
    "aws:TagKeys": st.lists(st.sampled_from(["a", "b", "team"]), min_size=1, max_size=3),
}
TEXTS = ("alice", "bob", "One", "one", "a", "*", "?*", "t*m", "${aws:username}", "tw?")
TEXT_OPERATORS = {
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
}
VALUES: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "aws:MultiFactorAuthPresent": ({"Bool"}, ("true", "false", "True")),
    "aws:MultiFactorAuthAge": (
        {
            f"Numeric{name}"
            for name in (
                "Equals",
                "NotEquals",
                "LessThan",
                "LessThanEquals",
                "GreaterThan",
                "GreaterThanEquals",
            )
        },
        ("0", "3600", "5"),
    ),
    "aws:PrincipalArn": (
        {"ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"},
        (
            USER,
            "arn:*:iam::*:user/*",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::*:user/*/${aws:username}",
        ),
    ),
    "aws:SourceIp": ({"IpAddress", "NotIpAddress"}, ("192.0.2.0/24", "10.0.0.1")),
    "aws:CurrentTime": (
        {"DateGreaterThan", "DateLessThan", "DateLessThanEquals", "DateEquals"},
        ("2026-06-01T00:00:00Z", "2026-01-01T00:00:00Z", "2028-01-01"),
    ),
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one line of a condition."""
    key = draw(st.sampled_from(list(CONTEXT)))
    operators, values = VALUES.get(key, (TEXT_OPERATORS, TEXTS))
    operator = draw(st.sampled_from([*sorted(operators), "Null"]))
    if operator == "Null":
        return {"Null": {key: draw(st.sampled_from(["true", "false"]))}}
    if_exists = draw(st.sampled_from(["", "IfExists"]))
    over = ""
    if key == "aws:TagKeys":
        over, if_exists = draw(st.sampled_from(["ForAnyValue:", "ForAllValues:"])), ""
    if "Not" in operator:  # with a variable without a value ours says: not known
        values = tuple(value for value in values if "${" not in value)
    wanted = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        key = key.swapcase() if "Tag/" not in key else key
    return {f"{over}{operator}{if_exists}": {key: wanted}}


@st.composite
def statements(
    draw: st.DrawFn,
    *,
    on_resource: bool = False,
    is_trust: bool = False,
    names_session: bool = False,
) -> dict[str, Any]:
    """Draw a statement."""
    effects = ["Allow", "Allow", "Allow", "Deny"]  # else next to nothing would be allowed
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(effects))}
    listed = st.lists(st.sampled_from(ACTION_PATTERNS), min_size=1, max_size=2)
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(listed)
    if not is_trust:
        element = draw(st.sampled_from(["Resource", "Resource", "NotResource"]))
        patterns = RESOURCE_PATTERNS[: None if element == "Resource" else WITHOUT_VARIABLES]
        found[element] = draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=2))
    if on_resource:
        names = [USER, ROLE, OWN, f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{OTHER}:root"]
        names += ["*", SESSION] if names_session else []
        listed = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
        found["Principal"] = {"AWS": draw(listed)}
    how_many = draw(st.sampled_from([0, 0, 1, 2]))
    for test in draw(st.lists(conditions(), min_size=how_many, max_size=how_many)):
        for operator, keys in test.items():
            found.setdefault("Condition", {}).setdefault(operator, {}).update(keys)
    return found


def documents(**kind: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a policy document."""
    return st.lists(statements(**kind), min_size=1, max_size=3).map(
        lambda drawn: {"Version": "2012-10-17", "Statement": drawn}
    )


@pytest.fixture(scope="module")
def other(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """The simulator, once for all examples."""
    with simulator(request.config) as running:
        yield running


def ours(drawn: Mapping[str, Any]) -> Verdict:
    """Ask our evaluator."""
    is_role = drawn["principal"] == SESSION
    context = {
        key.lower(): value and tuple([value] if isinstance(value, str) else value)
        for key, value in drawn["context"].items()
    }
    resource = drawn["resource"]["resource"]
    policies = Policies(
        identity=[parse(document) for document in drawn["identity"]],
        boundary=parse(drawn["boundary"]) if drawn["boundary"] else None,
        session=[parse(drawn["session"])] if drawn["session"] else None,
        organization=[[parse(document) for document in level] for level in drawn["organization"]],
        resource=parse(drawn["resource_policy"]) if drawn["resource_policy"] else None,
        resource_account_id=drawn["resource"]["accountId"],
        resource_decides=":role/" in resource,
    )
    caller = Caller(OWN, drawn["principal"], ROLE if is_role else "")
    return evaluate(Request(drawn["action"], resource, context), caller, policies)


@st.composite
def simulations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a request and all policies around it."""
    account = draw(st.sampled_from([OWN, OWN, OTHER]))
    action = draw(st.sampled_from(ACTIONS))
    is_trust = action == "sts:AssumeRole"
    resources = [it for it in RESOURCES[account] if is_trust == (":role/" in it)]
    principal = draw(st.sampled_from([USER, SESSION]))
    level = st.lists(documents() | st.just(EVERYTHING), min_size=1, max_size=2)
    session = draw(st.none() | documents()) if principal == SESSION else None
    # The simulator lets a session policy limit what a resource gives to the session itself, AWS's
    # documentation does not.
    trust = documents(on_resource=True, is_trust=is_trust, names_session=session is None)
    return {
        "principal": principal,
        "action": action,
        "resource": {"resource": draw(st.sampled_from(resources)), "accountId": account},
        "context": draw(st.fixed_dictionaries({}, optional=CONTEXT)),
        "identity": draw(st.lists(documents(), min_size=1, max_size=2)),
        "boundary": draw(st.none() | documents()),
        "session": session,
        "organization": draw(st.just([]) | st.lists(level, min_size=1, max_size=2)),
        "resource_policy": draw(trust if is_trust else st.none() | trust),  # a role has one
    }


@settings(max_examples=300, derandomize=True)  # what differs is settled by reading, not by luck
@given(drawn=simulations())
def test_both_decide_alike(other: Simulator, drawn: dict[str, Any]) -> None:
    """Users and sessions, own and other account, all kinds of policies and conditions."""
    assert ours(drawn).decision == SAID[other.ask(drawn)]


@given(drawn=simulations(), data=st.data())
def test_what_is_not_known_decides_nothing(drawn: dict[str, Any], data: st.DataObject) -> None:
    """With a key that nobody knows, a call passes or not as with every value, or is not known."""
    key = data.draw(st.sampled_from(list(CONTEXT)))
    known = {name: value for name, value in drawn["context"].items() if name != key}
    found = ours({**drawn, "context": {**known, key: None}})
    value = data.draw(st.none() | CONTEXT[key])
    decided = ours({**drawn, "context": known if value is None else {**known, key: value}})
    assert found.decision is Decision.UNKNOWN or found.is_allowed == decided.is_allowed

"""The calls that stand for all others are enough: where none of them passes, no other one does."""

import itertools
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aws_mfa_process.policy.audit.account import Account, User
from aws_mfa_process.policy.audit.cover import Asker, Outcome, asker_of, cover
from aws_mfa_process.policy.document import Policy, parse
from aws_mfa_process.policy.evaluate import Request, evaluate
from aws_mfa_process.policy.principals import Caller

ACCOUNT = "222222222222"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
MFA = "aws:MultiFactorAuthPresent"
USERS = [ALICE, f"arn:aws:iam::{ACCOUNT}:user/bob", f"arn:aws:iam::{ACCOUNT}:user/team/malice"]
CALLS = {
    "s3:GetObject": ["arn:aws:s3:::data/a", "arn:aws:s3:::data/b/x", "arn:aws:s3:::other/zz"],
    "s3:PutObject": ["arn:aws:s3:::data/a", "arn:aws:s3:::other/x"],
    "s3:ListBucket": ["arn:aws:s3:::data", "arn:aws:s3:::other"],
    "s3:ListAllMyBuckets": ["arn:aws:s3:::*"],
    "ec2:DescribeInstances": ["*"],
    "ec2:StopInstances": [
        f"arn:aws:ec2:{region}:{ACCOUNT}:instance/{name}"
        for region in ("eu-central-1", "us-east-1")
        for name in ("i-1", "i-9")
    ],
    "iam:CreateAccessKey": USERS,
    "iam:DeactivateMFADevice": USERS,
    "iam:ListRoles": ["*"],
    "sts:AssumeRole": [
        "arn:aws:iam::333333333333:role/x",
        "arn:aws:iam::444444444444:role/y/z",
    ],
    "sts:GetFederationToken": [f"arn:aws:sts::{ACCOUNT}:federated-user/q"],
    "kms:Decrypt": [f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1"],
}
ACTIONS = (
    *CALLS,
    *("*", "s3:*", "s3:Get*", "s3:*Object", "s3:List*", "ec2:*", "ec2:Describe*", "iam:*"),
    *("iam:*MFADevice", "iam:GetUser", "iam:EnableMFADevice", "sts:*", "kms:*", "*:Get*"),
)
RESOURCES = (
    *("*", "arn:*:iam::*:*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:user/${aws:username}"),
    *("arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::*:user/*${aws:username}"),
    *("arn:aws:iam::*:role/*", "arn:aws:iam::333333333333:role/*", "arn:aws:kms:*:*:key/*"),
    *("arn:aws:s3:::*", "arn:aws:s3:::data/*", "arn:aws:s3:::data*", "arn:aws:s3:::*/x"),
    *("arn:aws:ec2:eu-central-1:*:instance/*", "arn:aws:ec2:*:*:instance/i-1"),
)
TESTS: tuple[dict[str, dict[str, Any]], ...] = (
    *({operator: {MFA: it}} for operator in ("Bool", "BoolIfExists") for it in ("true", "false")),
    *({"Null": {MFA: it}} for it in ("true", "false")),
    *({"Null": {"aws:TokenIssueTime": "true"}}, {"Null": {"s3:prefix": "true"}}),
    *({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {"StringLike": {"s3:prefix": "a*"}}),
    *({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {"StringNotLike": {"s3:prefix": "a*"}}),
    {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}},
    {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}},
    {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
    {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "300"}},
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/25"}},
    {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "2001:db8::/33"]}},
    {"StringLike": {"s3:prefix": "*b"}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}},
)
WAYS: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
    ("key", {}),
    ("session", {MFA.lower(): ("false",), "aws:tokenissuetime": ("2026-01-01T00:00:00Z",)}),
)
PLACES = tuple(
    itertools.product(
        ("eu-central-1", "eu-west-1", "us-east-1"),
        ("192.0.2.9", "192.0.2.200", "8.8.8.8", "2001:db8:8000::1", None),
        (None, "ab", "b"),
        ((), ("a",), ("a", "z")),
    )
)


@st.composite
def statements(draw: st.DrawFn, effect: str = "") -> dict[str, object]:
    """Make a statement of what is above."""
    some = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4, unique=True)
    on = st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True)
    condition: dict[str, dict[str, object]] = {}
    for test in draw(st.lists(st.sampled_from(TESTS), max_size=2)):
        for operator, keys in test.items():
            condition.setdefault(operator, {}).update(keys)
    return {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(some),
        draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"])): draw(on),
        "Condition": condition,
    }


def documents(most: int, effect: str = "") -> st.SearchStrategy[Policy]:
    made = st.lists(statements(effect), min_size=1, max_size=most)
    return made.map(lambda them: parse({"Version": "2012-10-17", "Statement": them}, "p"))


def passes(asker: Asker) -> str:
    """Return a call without MFA that passes, of all that there are here; empty if none does."""
    caller = Caller(ACCOUNT, ALICE)
    for action, resources in CALLS.items():
        service = action.partition(":")[0]
        for resource, (way, known), place in itertools.product(resources, WAYS, PLACES):
            if way == "session" and service in ("iam", "sts") and action != "sts:AssumeRole":
                continue
            region, address, prefix, tag_keys = place
            context = {**asker.known, **known, "aws:requestedregion": (region,)}
            context["aws:sourceip"] = (address,) if address else ()
            context["aws:tagkeys"] = tag_keys
            context["s3:prefix"] = (prefix,) if prefix else ()
            request = Request(action, resource, context)
            if evaluate(request, caller, asker.policies).is_allowed:
                return f"{action} on {resource}, {way}, {place}"
    return ""


@settings(max_examples=60)
@given(
    st.lists(documents(3), min_size=1, max_size=3),
    st.none() | documents(2, "Allow"),
    st.just(()) | documents(2).map(lambda it: ((it,),)),
)
def test_where_a_key_is_told_to_be_bound_nothing_passes(
    identity: list[Policy], boundary: Policy | None, organization: tuple[tuple[Policy, ...], ...]
) -> None:
    """Every call of a list is tried with the key and with a session of it, from every place."""
    user = User("alice", ALICE, identity=tuple(identity), boundary=boundary)
    account = Account(ACCOUNT, "aws", (user,), organization=organization, organization_id="")
    asker = asker_of(user, account, int(time.time()))
    if cover(asker).outcome is Outcome.CLOSED:
        assert passes(asker) == ""

"""Which calls stand for all, and what is decided on them: pure."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.policy.audit.account import AccessKey, Account, Role, User
from aws_mfa_process.policy.audit.findings import of_role, of_user
from aws_mfa_process.policy.audit.meet import meet
from aws_mfa_process.policy.document import Policy, parse
from aws_mfa_process.policy.wildcard import filled, matches

ACCOUNT = "222222222222"
NOW = int(time.time())
MFA = "aws:MultiFactorAuthPresent"
EXEMPT = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"]
PIECES = st.lists(st.sampled_from(["a", "b", "*", "?"]), max_size=6).map("".join)
TEXTS = st.lists(st.sampled_from(["a", "b", "X"]), max_size=6).map("".join)


@given(PIECES, PIECES, TEXTS)
def test_two_patterns_meet_where_a_text_fits_both(one: str, other: str, text: str) -> None:
    """What is given fits both; nothing is given only where no text does."""
    first, second = filled(one, None)[1], filled(other, None)[1]
    found = meet(first, second)
    if found is None:
        assert not (matches(first, text) and matches(second, text))
    else:
        assert matches(first, found)
        assert matches(second, found)


def policy(*statements: dict[str, Any], name: str = "p") -> Policy:
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, name)


def allow(action: object, on: object = "*", **condition: object) -> Policy:
    return policy({"Effect": "Allow", "Action": action, "Resource": on, "Condition": condition})


def deny(*, operator: str = "BoolIfExists", value: str = "false", **more: object) -> Policy:
    found = {"Effect": "Deny", "Resource": "*", "Condition": {operator: {MFA: value}}, **more}
    return policy(found if "Action" in more else {"NotAction": EXEMPT, **found})


def numbers(
    *identity: Policy,
    path: str = "/",
    boundary: Policy | None = None,
    organization: tuple[tuple[Policy, ...], ...] = (),
) -> list[str]:
    key = AccessKey("AKIA", is_active=True, created_at=NOW, last_used_at=NOW)
    arn = f"arn:aws:iam::{ACCOUNT}:user{path}alice"
    user = User("alice", arn, identity=identity, keys=(key,), devices=("arn:aws:iam::2:mfa/a",))
    user = user._replace(boundary=boundary)
    account = Account(ACCOUNT, "aws", (user,), organization=organization, organization_id="")
    return [it.id for it in of_user(user, account, NOW) if it.id != "AMP114"]


OPEN, NOT_KNOWN = ["AMP101"], ["AMP103"]
CLOSED: list[str] = []


@pytest.mark.parametrize(
    ("identity", "wanted"),
    [
        ([], CLOSED),
        ([allow("*")], OPEN),
        ([allow("*"), deny()], CLOSED),
        ([allow("*"), deny(NotAction=[*EXEMPT, "s3:*"])], OPEN),
        ([allow("*"), deny(NotAction=[*EXEMPT, "iam:List*"])], OPEN),
        ([allow("*"), deny(NotAction=[*EXEMPT, "iam:ListUsers"])], CLOSED),
        ([allow("*"), deny(NotAction=[*EXEMPT, "iam:DeactivateMFADevice"])], OPEN),
        ([allow("*"), deny(NotAction=[*EXEMPT, "sts:GetFederationToken"])], OPEN),
        (
            [allow("*"), deny(NotAction=[*EXEMPT, "kms:*"]), deny(NotAction=[*EXEMPT, "s3:*"])],
            CLOSED,
        ),
        ([allow("*"), deny(NotAction=["s3:Get*"]), deny(NotAction=["s3:*Object"])], OPEN),
        ([allow("foo:Bar"), deny(Resource="arn:aws:foo:*:*:*")], NOT_KNOWN),
        ([allow("foo:Bar", "arn:aws:foo:*:*:x/*"), deny(Resource="arn:aws:foo:*:*:*")], CLOSED),
        ([allow("foo:Bar", "arn:aws:foo:*:*:x/*"), deny(Resource="arn:aws:foo:*:*:x/y")], OPEN),
        ([allow("ec2:*"), deny(Action="ec2:*", Resource="arn:aws:ec2:*:*:*")], OPEN),
        ([allow("s3:GetObject"), deny(Action="s3:*", Resource="arn:aws:s3:::*")], CLOSED),
        ([allow("s3:GetObject"), deny(Action="s3:*", Resource="arn:aws:s3:::a/*")], OPEN),
        (
            [allow("s3:*", "arn:aws:s3:::a/*"), deny(Action="s3:*", Resource="arn:aws:s3:::a*")],
            CLOSED,
        ),
        ([allow("s3:ListAllMyBuckets", "arn:aws:s3:::a")], CLOSED),
        ([allow("s3:ListAllMyBuckets", "arn:aws:s3:::*")], OPEN),  # as in AWS's examples
        ([allow("s3:List*", "arn:aws:s3:::a")], OPEN),
        ([allow("s3:*", "*", Bool={MFA: "true"})], CLOSED),
        ([allow("s3:*", "*", Bool={MFA: "true"}), allow("s3:Get*", "arn:aws:s3:::public/*")], OPEN),
        ([allow("*", "*", StringEquals={"aws:PrincipalOrgID": "o-1"})], CLOSED),
        ([allow("*", "*", Null={"aws:TokenIssueTime": "false"})], OPEN),
        ([allow("iam:*", "*", Null={"aws:TokenIssueTime": "false"})], CLOSED),
        ([allow("*", "*", DateLessThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"})], CLOSED),
        ([allow("*", "*", StringEquals={"aws:username": "bob"})], CLOSED),
        ([allow("*", "*", StringEquals={"aws:UserAgent": "x"})], OPEN),
        ([allow("*", "*", StringEquals={"aws:CalledVia": "athena.amazonaws.com"})], CLOSED),
        ([allow("*", "*", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}})], OPEN),
        ([allow("*"), deny(operator="BoolSomehow")], NOT_KNOWN),
        ([allow("*"), deny(operator="BoolSomehow"), deny()], CLOSED),
        ([allow(["iam:List*MFADevices", "iam:EnableM*", "iam:GetUse?", "sts:GetC*"])], CLOSED),
        ([allow(["iam:*MFADevice"])], OPEN),
        ([allow("iam:GetUser*")], OPEN),
        ([allow("iam:ActionOfTomorrow")], OPEN),
        ([allow("iam:*OfTomorrow"), deny(NotAction=["iam:ActionOfTomorrow"])], OPEN),
        ([allow(["sts:TagSession", "sts:SetSourceIdentity"])], CLOSED),
        ([allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/gone")], CLOSED),
        ([allow("sts:AssumeRole", "arn:aws:iam::333333333333:role/x")], OPEN),
    ],
)
def test_what_binds_a_key(identity: list[Policy], wanted: list[str]) -> None:
    """Each way in which a denial binds a key, or does not."""
    assert numbers(*identity) == wanted


def within(*networks: str) -> dict[str, object]:
    return {"IpAddress": {"aws:SourceIp": list(networks)}}


def denied(**condition: object) -> Policy:
    """Return a denial without MFA that has a further condition."""
    found = {"Effect": "Deny", "Resource": "*", "NotAction": EXEMPT}
    return policy({**found, "Condition": {"BoolIfExists": {MFA: "false"}, **condition}})


OFFICE = "192.0.2.0/24"
REGIONS = [f"region-{number}" for number in range(20)]
NETWORKS = [f"198.51.{number}.0/24" for number in range(20)]
AGENT, KEYS = "aws:UserAgent", "aws:TagKeys"


@pytest.mark.parametrize(
    ("identity", "wanted"),
    [
        ([allow("*"), denied(**within("0.0.0.0/0"))], OPEN),  # there is IPv6
        ([allow("*"), denied(**within("0.0.0.0/0", "::/0"))], OPEN),  # there are VPC endpoints
        ([allow("*", "*", **within(OFFICE)), denied(**within("192.0.2.0/25"))], OPEN),
        ([allow("*", "*", **within(OFFICE)), denied(**within("192.0.2.128/25"))], OPEN),
        ([allow("*", "*", **within(OFFICE)), denied(**within("192.0.0.0/16"))], CLOSED),
        ([allow("*"), denied(NotIpAddress={"aws:SourceIp": NETWORKS})], OPEN),
        (
            [
                allow("*", "*", StringEquals={"aws:RequestedRegion": REGIONS}),
                denied(StringEquals={"aws:RequestedRegion": REGIONS[:-1]}),
            ],
            OPEN,
        ),
        (
            [
                allow("*", "*", StringEquals={"aws:RequestedRegion": REGIONS}, **within(*NETWORKS)),
                deny(),
            ],
            CLOSED,
        ),
        (
            [allow("*", "*", StringLike={AGENT: "a*"}), denied(StringNotLike={AGENT: "*b"})],
            OPEN,
        ),
        (
            [allow("*", "*", StringLike={AGENT: "a*"}), denied(StringLike={AGENT: "?*"})],
            CLOSED,
        ),
        (
            [
                allow("*", "*", **{"ForAnyValue:StringEquals": {KEYS: "a"}}),
                denied(**{"ForAllValues:StringEquals": {KEYS: "a"}}),
            ],
            OPEN,
        ),
        (
            [allow("*", "*", StringEquals={"s3:prefix": "${aws:RequestTag/x}"})],
            OPEN,
        ),
        (
            [
                allow("*", "*", NumericLessThan={"s3:max-keys": "10"}),
                denied(NumericLessThan={"s3:max-keys": "10"}),
            ],
            CLOSED,
        ),
        (
            [
                allow("*", "*", NumericLessThan={"s3:max-keys": "10"}),
                denied(NumericLessThan={"s3:max-keys": "9"}),
            ],
            OPEN,
        ),
    ],
)
def test_what_a_caller_chooses_may_be_what_passes(
    identity: list[Policy], wanted: list[str]
) -> None:
    """A denial with a further condition holds where that does, and nowhere else."""
    assert numbers(*identity) == wanted


@pytest.mark.parametrize(
    ("path", "on", "wanted"),
    [
        ("/", "user/${aws:username}", OPEN),
        ("/team/", "user/${aws:username}", CLOSED),
        ("/team/", "user/*/${aws:username}", OPEN),
        ("/", "user/*/${aws:username}", CLOSED),
        ("/", "user/*${aws:username}", OPEN),
    ],
)
def test_a_user_with_a_path_has_another_arn(path: str, on: str, wanted: list[str]) -> None:
    """A policy on oneself that leaves the path out allows nothing to a user with one."""
    mine = allow("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:{on}")
    assert numbers(mine, path=path) == wanted


def test_a_boundary_limits() -> None:
    """It grants nothing, and takes what it does not name."""
    assert numbers(allow("*"), boundary=policy()) == CLOSED
    assert numbers(allow("s3:*"), boundary=allow("ec2:*")) == CLOSED
    assert numbers(allow("s3:*"), boundary=allow("s3:Get*")) == OPEN
    assert numbers(allow("s3:Put*"), boundary=allow("s3:*Object")) == OPEN
    assert numbers(allow("*"), boundary=policy(), organization=((allow("*"),),)) == CLOSED


def test_many_conditions_are_not_taken_for_covered() -> None:
    """Where all ways to meet conditions are too many to be tried, that is told."""
    tests = {f"aws:RequestTag/{letter}": list("abcdef") for letter in "uvwxyz"}
    odd = [f"aws:RequestTag/{letter}" for letter in "uvwxyz"]
    closed = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    every = policy(
        {**closed, "Condition": {"StringEquals": tests}},
        {**closed, "Condition": {"Null": dict.fromkeys(odd, "true")}},
        {**closed, "Condition": {"StringLike": {odd[0]: "*"}}},
        {**closed, "Condition": {"Null": {odd[0]: "true"}}},
    )
    assert numbers(allow("*"), every) == NOT_KNOWN


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"StringEquals": {"sts:ExternalId": "one"}}, []),
        ({"StringLike": {"sts:ExternalId": "?*"}}, ["AMP111"]),
        ({"Null": {"sts:ExternalId": "false"}}, ["AMP111"]),
        ({"StringNotEquals": {"sts:ExternalId": "one"}}, ["AMP111"]),
        ({"StringEqualsIfExists": {"sts:ExternalId": "one"}}, ["AMP111"]),
        ({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, ["AMP111"]),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, ["AMP111"]),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, []),
        ({"ForAllValues:Null": {MFA: "false"}}, ["AMP111"]),
        ({"ForAnyValue:Null": {MFA: "false"}}, []),
    ],
)
def test_a_trust_that_asks_for_something_else(
    condition: dict[str, object], wanted: list[str]
) -> None:
    """What everybody has or chooses keeps nobody out; an external id does that is the one."""
    found = {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": condition}
    trust = policy({**found, "Principal": {"AWS": "333333333333"}})
    role = Role("x", f"arn:aws:iam::{ACCOUNT}:role/x", "/", trust)
    assert [it.id for it in of_role(role, Account(ACCOUNT, "aws"), NOW)] == wanted


def test_a_role_that_nobody_can_read() -> None:
    """Its trust is told as not known; one of AWS's own is passed over."""
    closed = Policy("the trust of x", (), is_readable=False)
    account = Account(ACCOUNT, "aws")
    role = Role("x", f"arn:aws:iam::{ACCOUNT}:role/x", "/", closed)
    assert [it.id for it in of_role(role, account, NOW)] == ["AMP112"]
    assert list(of_role(role._replace(path="/aws-service-role/x/"), account, NOW)) == []

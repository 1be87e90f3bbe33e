"""Policies of many shapes, each with what it does to calls without MFA.

That is known from how each was written; no evaluator is asked.
"""

from typing import Any, NamedTuple

from aws_mfa_process.policy import documents
from aws_mfa_process.policy.names import Names

Json = dict[str, Any]

ACCOUNT = "222222222222"
BASTION, ELSEWHERE = "111111111111", "333333333333"
MFA, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"

Pairs = frozenset[tuple[str, str]]
"""Calls: how they are sent (the key, a session without a code), and the service."""
SERVICES = ("s3", "ec2", "iam", "sts")
ALL: Pairs = frozenset(
    (way, service)
    for way in ("key", "session")
    for service in SERVICES
    if (way, service) != ("session", "iam")  # which AWS does not take
)
NONE: Pairs = frozenset()
ENROL = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
]
OWN = ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"]


def pairs(*services: str, ways: tuple[str, ...] = ("key", "session")) -> Pairs:
    return frozenset(it for it in ALL if it[1] in services and it[0] in ways)


def by(way: str) -> Pairs:
    return pairs(*SERVICES, ways=(way,))


class Part(NamedTuple):
    """A policy, and what it does.

    Attributes:
        versions: Documents; the last one counts.
        passes: What it allows, or as a denial leaves.
        enrols: Whether it allows, or leaves, to enrol a device of one's own.
        others: Whether it allows, or leaves, to enable devices of others.
        kind: ``allow``, ``deny``, or ``unknown``: nobody can tell.
    """

    name: str
    versions: tuple[Any, ...]
    passes: Pairs
    enrols: bool
    others: bool
    kind: str

    @property
    def is_malformed(self) -> bool:
        return isinstance(self.versions[-1], str)


def policy(*statements: Json, version: str = "2012-10-17") -> Json:
    return {"Version": version, "Statement": list(statements)}


def allows(action: object, resource: object = "*", condition: Json | None = None) -> Json:
    found: Json = {"Effect": "Allow", "Action": action, "Resource": resource}
    return policy({**found, "Condition": condition} if condition else found)


def denial(condition: Json, exempt: list[str] = ENROL, **more: object) -> Json:
    found: Json = {"Effect": "Deny", "Resource": "*", "Condition": condition, **more}
    return found if "Action" in more else {**found, "NotAction": exempt}


def allow(
    name: str, passes: Pairs, *versions: object, enrols: bool = False, others: bool = False
) -> Part:
    return Part(name, versions, passes, enrols, others, "allow")


def deny(
    name: str, passes: Pairs, *versions: object, enrols: bool = True, others: bool = True
) -> Part:
    return Part(name, versions, passes, enrols, others, "deny")


WITHOUT = {"BoolIfExists": {MFA: "false"}}
TAG = {"StringEquals": {"aws:PrincipalTag/Team": "blue"}}
REGION = {"StringEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}
S3 = pairs("s3")
SCOPE = [f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}", OWN[1]]

ALLOWS = [
    allow("admin", ALL, allows("*"), enrols=True, others=True),
    allow("s3-all", S3, allows("s3:*")),
    allow("s3-object", S3, allows("s3:GetObject", "arn:aws:s3:::data/*")),
    allow("ec2-case", pairs("ec2"), allows("EC2:describe*")),
    allow("own-keys", pairs("iam"), allows(["iam:CreateAccessKey", "iam:ListAccessKeys"], SCOPE)),
    allow(
        "not-iam",
        pairs("s3", "ec2", "sts"),
        policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    ),
    allow(
        "s3-bool-if-exists",
        pairs("s3", ways=("key",)),
        allows("s3:*", "*", {"BoolIfExists": {MFA: "true"}}),
    ),
    allow(
        "s3-not-null", pairs("s3", ways=("session",)), allows("s3:*", "*", {"Null": {MFA: "false"}})
    ),
    allow("iam-not-null", NONE, allows("iam:*", "*", {"Null": {MFA: "false"}})),
    allow("all-with-mfa", NONE, allows("*", "*", {"Bool": {MFA: "true"}})),
    allow("all-with-mfa-as-text", NONE, allows("*", "*", {"StringEquals": {MFA: "true"}})),
    allow("s3-recent", NONE, allows("s3:*", "*", {"NumericLessThan": {AGE: "3600"}})),
    allow(
        "s3-recent-if-exists", S3, allows("s3:*", "*", {"NumericLessThanIfExists": {AGE: "3600"}})
    ),
    allow("s3-region", S3, allows("s3:*", "*", REGION)),
    allow("s3-blue", S3, allows("s3:*", "*", TAG)),
    allow(
        "s3-prefix",
        S3,
        allows(
            "s3:ListBucket", "arn:aws:s3:::b", {"StringLike": {"s3:prefix": "${aws:username}/*"}}
        ),
    ),
    allow(
        "assume-elsewhere",
        pairs("sts"),
        allows("sts:AssumeRole", f"arn:aws:iam::{ELSEWHERE}:role/*"),
    ),
    allow(
        "assume-open", pairs("sts"), allows("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/own-*")
    ),
    allow("assume-here", NONE, allows("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/with-mfa")),
    allow(
        "enrol-own",
        NONE,
        policy(
            {"Effect": "Allow", "Action": ENROL, "Resource": OWN},
            {
                "Effect": "Allow",
                "Action": "iam:CreateVirtualMFADevice",
                "Resource": "arn:aws:iam::*:mfa/*",
            },
        ),
        enrols=True,
    ),
    allow("enrol-anybody", NONE, allows(ENROL), enrols=True, others=True),
    allow("see-oneself", NONE, allows(["iam:GetUser", "iam:ListMFADevices"], OWN)),
    allow("was-admin", NONE, allows("*"), allows("iam:GetUser")),
    allow("nowhere", NONE, allows("s3:GetObject", "arn:aws:ec2:*:*:instance/*")),
]
COMPLETE = [
    deny("guard-aws", NONE, policy(denial(WITHOUT))),
    deny("guard-all", NONE, policy(denial(WITHOUT, Action="*")), enrols=False, others=False),
    deny("guard-text", NONE, policy(denial({"StringNotEquals": {MFA: "true"}}))),
    deny("guard-age", NONE, policy(denial({"NumericGreaterThanIfExists": {AGE: "3600"}}))),
    deny(
        "guard-two",
        NONE,
        policy(denial({"Bool": {MFA: "false"}}), denial({"Null": {MFA: "true"}})),
    ),
    deny(
        "guard-split",
        NONE,
        policy(
            denial(WITHOUT, [*ENROL, "s3:GetObject"]), denial(WITHOUT, [*ENROL, "ec2:*", "s3:Put*"])
        ),
    ),
    deny("guard-ours", NONE, documents.deny_without_mfa(Names(ACCOUNT)), others=False),
    deny("guard-new", NONE, policy(denial({"Bool": {MFA: "false"}})), policy(denial(WITHOUT))),
    deny("guard-like", NONE, policy(denial({"StringLikeIfExists": {MFA: "f*"}}))),
]
LEAKY = [
    deny("leak-bool", by("key"), policy(denial({"Bool": {MFA: "false"}}))),
    deny("leak-null", by("session"), policy(denial({"Null": {MFA: "true"}}))),
    deny("leak-text", by("key"), policy(denial({"StringEquals": {MFA: "false"}}))),
    deny(
        "leak-resource", ALL, policy(denial(WITHOUT, Action="*", Resource="arn:aws:s3:::secret/*"))
    ),
    deny("leak-s3", S3, policy(denial(WITHOUT, [*ENROL, "S3:*"]))),
    deny("leak-get", S3, policy(denial(WITHOUT, [*ENROL, "s3:GetO*", "s3:List*"]))),
    deny(
        "leak-2008",
        ALL,
        policy(
            denial({**WITHOUT, "StringEquals": {"aws:username": "${aws:username}"}}),
            version="2008-10-17",
        ),
    ),
    deny(
        "leak-robots",
        ALL,
        policy(denial({**WITHOUT, "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:user/robots/*"}})),
    ),
    deny("leak-true", by("session"), policy(denial({"BoolIfExists": {MFA: "true"}}))),
    deny("leak-others", pairs("ec2", "iam", "sts"), policy(denial(WITHOUT, Action="s3:*"))),
    deny(
        "leak-old",
        ALL,
        policy(denial(WITHOUT)),
        policy({"Effect": "Deny", "Action": "aws-portal:*", "Resource": "*"}),
    ),
    deny("leak-via", ALL, policy(denial({**WITHOUT, "Bool": {"aws:ViaAWSService": "true"}}))),
    deny(
        "leak-office",
        ALL,
        policy(denial({**WITHOUT, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}})),
    ),
]
UNKNOWN = [
    Part(
        "odd-operator",
        (policy(denial({"BoolSomehow": {MFA: "false"}})),),
        ALL,
        True,
        True,
        "unknown",
    ),
    Part("odd-text", ("{no policy",), ALL, True, True, "unknown"),
]
PARTS = [*ALLOWS, *COMPLETE, *LEAKY, *UNKNOWN]
BOUNDARIES = {
    "limit-nothing": (ALL, True, allows("*")),
    "limit-s3": (S3, False, allows("s3:*")),
    "limit-ec2": (pairs("ec2"), False, allows("ec2:*")),
    "limit-all": (NONE, False, allows("iam:GetUser")),
    "limit-mfa": (NONE, False, allows("*", "*", {"Bool": {MFA: "true"}})),
    "limit-denies": (NONE, True, policy(allows("*")["Statement"][0], denial(WITHOUT))),
}


MFA_TRUE = {"Bool": {MFA: "true"}}


def trust(principal: object, condition: Json | None = None, *more: Json) -> Json:
    found: Json = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return policy({**found, "Condition": condition} if condition else found, *more)


def of_account(account: str) -> Json:
    return {"AWS": f"arn:aws:iam::{account}:root"}


GUARD = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Condition": WITHOUT,
}
EXTERNAL = {"StringEquals": {"sts:ExternalId": "one"}}
TRUSTS: dict[str, tuple[Json, set[str]]] = {
    "with-mfa": (trust(of_account(ACCOUNT), MFA_TRUE), set()),
    "own-open": (trust(of_account(ACCOUNT)), {"AMP110"}),
    "own-number": (trust({"AWS": ACCOUNT}), {"AMP110"}),
    "own-if-exists": (trust(of_account(ACCOUNT), {"BoolIfExists": {MFA: "true"}}), {"AMP110"}),
    "own-not-null": (trust(of_account(ACCOUNT), {"Null": {MFA: "false"}}), {"AMP110"}),
    "own-text": (trust(of_account(ACCOUNT), {"StringEquals": {MFA: "true"}}), set()),
    "own-recent": (trust(of_account(ACCOUNT), {"NumericLessThan": {AGE: "900"}}), set()),
    "own-guarded": (trust(of_account(ACCOUNT), None, GUARD), set()),
    "own-odd": (trust(of_account(ACCOUNT), {"BoolSomehow": {MFA: "true"}}), {"AMP112"}),
    "own-recent-if-exists": (
        trust(of_account(ACCOUNT), {"NumericLessThanIfExists": {AGE: "900"}}),
        {"AMP110"},
    ),
    "one-user": (
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}),
        {"AMP110"},
    ),
    "one-role": (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/team/job"}), {"AMP110"}),
    "gone-user": (trust({"AWS": "AIDAGONEGONEGONEGONE"}), set()),
    "bastion-open": (trust(of_account(BASTION)), {"AMP110"}),
    "bastion-external-id": (trust(of_account(BASTION), EXTERNAL), {"AMP110"}),
    "bastion-mfa": (trust(of_account(BASTION), {**MFA_TRUE, **EXTERNAL}), set()),
    "bastion-named": (
        trust(
            of_account(BASTION),
            {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{BASTION}:user/team/*"}},
        ),
        {"AMP110"},
    ),
    "vendor-open": (trust(of_account(ELSEWHERE)), {"AMP111"}),
    "vendor-external-id": (trust(of_account(ELSEWHERE), EXTERNAL), set()),
    "vendor-mfa": (trust(of_account(ELSEWHERE), MFA_TRUE), set()),
    "everybody-mfa": (trust("*", MFA_TRUE), set()),
    "service": (trust({"Service": "ec2.amazonaws.com"}), set()),
    "federated": (trust({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/x"}), set()),
}

"""The documents that ``policy`` prints, as what their JSON says.

Rule: one list of what is exempt from MFA, and one way to say «without MFA», for all of them: a
call is free only where each attached document frees it.

Source: IAM User Guide, "AWS: Allows MFA-authenticated IAM users to manage their own MFA device" and
"Secure API access with MFA".
"""

from typing import Any, Final

from aws_mfa_process.policy.names import USERNAME, Names
from aws_mfa_process.policy.read_only import HIDDEN, READ

Json = dict[str, Any]
_MFA: Final = "aws:MultiFactorAuthPresent"
_MFA_AGE: Final = "aws:MultiFactorAuthAge"
_WITH_MFA: Final = {"Bool": {_MFA: "true"}}
_WITHOUT_MFA: Final = {"BoolIfExists": {_MFA: "false", "aws:ViaAWSService": "false"}}
"""The key is absent from calls with access keys. A call that a service makes for a user is let
through: the user's own call before it has been judged."""
_READ_OWN_DEVICE: Final = ["iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices"]
_ENROL_OWN: Final = ["iam:EnableMFADevice", "iam:ResyncMFADevice"]
_OWN_ALONE: Final = [*_ENROL_OWN, *_READ_OWN_DEVICE]
EXEMPT: Final = [
    "iam:CreateVirtualMFADevice",
    *_OWN_ALONE,
    "iam:ListVirtualMFADevices",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
]
"""What works without MFA: what it takes to get a device and a session. Never the removal of one.

STS asks no policy for the last two; other evaluators and simulators do.
"""
_CHANGE_KEYS: Final = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"]
_READ_KEYS: Final = ["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"]
_REMOVE_DEVICE: Final = ["iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"]
_READ_ONESELF: Final = [
    *_READ_OWN_DEVICE,
    *_READ_KEYS,
    "iam:GetUserPolicy",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
]
_BECOME: Final = ["sts:AssumeRole", "sts:SetSourceIdentity"]


def bastion_group(names: Names) -> Json:
    """A group whose users may take on roles with MFA, see themselves and change their keys."""
    return _document(
        _allow("AssumeRolesWithMFA", _BECOME, names.all_roles, _WITH_MFA),
        _allow("ReadOneself", _READ_ONESELF, names.own_user),
        _allow("ChangeOwnKeysWithMFA", _CHANGE_KEYS, names.own_user, _WITH_MFA),
        *_denials(names),
    )


def deny_without_mfa(names: Names) -> Json:
    """Nothing without MFA, but what it takes to enrol a device of one's own."""
    return _document(*_denials(names))


def role_trust(names: Names) -> Json:
    """A role that lets users of the bastion account in, with MFA."""
    condition: Json = {**_WITH_MFA}
    if names.mfa_age_seconds:
        condition["NumericLessThan"] = {_MFA_AGE: str(names.mfa_age_seconds)}
    if names.path and not names.user:
        condition["ArnLike"] = {"aws:PrincipalArn": names.arn(f"user{names.path}*")}
    assumed = {**condition}
    if names.external_id:
        assumed["StringEquals"] = {"sts:ExternalId": names.external_id}
    signed = {**condition, "StringEquals": {"sts:SourceIdentity": names.user or USERNAME}}
    trusted = _trusted(names)
    return _document(
        _trust("AssumeWithMFA", "sts:AssumeRole", trusted, assumed),
        _trust("OwnNameAsSourceIdentity", "sts:SetSourceIdentity", trusted, signed),
    )


def self_manage_mfa(names: Names) -> Json:
    """Each user enrols devices of any name, for nobody else, and removes them with MFA."""
    own_device = [names.arn(f"mfa/{names.user or USERNAME}")]
    remove_own, delete_device = ([action] for action in _REMOVE_DEVICE)
    return _document(
        _allow("CreateDevice", ["iam:CreateVirtualMFADevice"], [names.arn("mfa/*")]),
        _allow("SeeDevices", ["iam:ListVirtualMFADevices"], ["*"]),
        _allow("EnrolOwnDevice", _OWN_ALONE, names.own_user),
        _allow("RemoveOwnDeviceWithMFA", remove_own, names.own_user, _WITH_MFA),
        _allow("DeleteOwnDeviceWithMFA", delete_device, own_device, _WITH_MFA),
        _deny("NeverRemoveWithoutMFA", _REMOVE_DEVICE, _WITHOUT_MFA),
        _not_of_others(names),
        *_in_console(names),
    )


def organization_scp(_names: Names) -> Json:
    """The same from above: no user of any account without MFA; roles and services as before."""
    users, federated = "arn:*:iam::*:user/*", "arn:*:sts::*:federated-user/*"
    of_any = {**_WITHOUT_MFA, "ArnLike": {"aws:PrincipalArn": [users, federated]}}
    of_users = {**_WITHOUT_MFA, "ArnLike": {"aws:PrincipalArn": users}}
    own = ["arn:*:iam::*:user/" + USERNAME, "arn:*:iam::*:user/*/" + USERNAME]
    return _document(
        _statement("Deny", "UsersWithoutMFA", {"NotAction": EXEMPT, "Resource": "*"}, of_any),
        _statement(
            "Deny", "NobodyElseWithoutMFA", {"Action": _OWN_ALONE, "NotResource": own}, of_users
        ),
    )


def rotate_own_keys(names: Names) -> Json:
    """Each user changes their own access keys, with MFA."""
    return _document(
        _allow("SeeOwnKeys", ["iam:GetUser", *_READ_KEYS], names.own_user),
        _allow("ChangeOwnKeysWithMFA", _CHANGE_KEYS, names.own_user, _WITH_MFA),
        _deny("NeverChangeWithoutMFA", _CHANGE_KEYS, _WITHOUT_MFA),
    )


def agent_guardrail(_names: Names) -> Json:
    """A role for a program without a person: it reads, no secrets, and is known by name."""
    named = {"StringLike": {"aws:SourceIdentity": "?*"}}
    return _document(
        _allow("ReadWithSourceIdentity", READ, ["*"], named),
        _statement("Deny", "NothingButReading", {"NotAction": READ, "Resource": "*"}),
        _deny("NoSecrets", HIDDEN),
        _deny("NothingWithoutSourceIdentity", ["*"], {"Null": {"aws:SourceIdentity": "true"}}),
    )


def agent_trust(names: Names) -> Json:
    """Trust of the role for a program: a person starts it, with MFA and a source identity."""
    condition = {**_WITH_MFA, "StringLike": {"sts:SourceIdentity": "?*"}}
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    return _document(_trust("StartedByAPerson", actions, _trusted(names), condition))


def _denials(names: Names) -> list[Json]:
    exempt = {"NotAction": EXEMPT, "Resource": "*"}
    return [
        _statement("Deny", "NothingElseWithoutMFA", exempt, _WITHOUT_MFA),
        _not_of_others(names),
        *_in_console(names),
    ]


def _not_of_others(names: Names) -> Json:
    """Keep what is exempt to oneself: an administrator's stolen key enrols nobody else."""
    others = {"Action": _OWN_ALONE, "NotResource": names.own_user}
    return _statement("Deny", "NobodyElseWithoutMFA", others, _WITHOUT_MFA)


def _in_console(names: Names) -> list[Json]:
    """Close the way by which a stolen key without a device enrols one."""
    if not names.enrols_in_console:
        return []
    enrolment = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]
    by_keys = {"Null": {"aws:TokenIssueTime": "true"}}  # AWS's own test for long-term keys
    return [_deny("NoEnrolmentWithAccessKeys", enrolment, by_keys)]


def _trusted(names: Names) -> str:
    if not names.user:
        return names.arn("root")
    return names.arn(f"user{names.path or '/'}{names.user}")


def _document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(
    sid: str, actions: list[str], resources: list[str], condition: Json | None = None
) -> Json:
    return _statement("Allow", sid, {"Action": actions, "Resource": resources}, condition)


def _deny(sid: str, actions: list[str], condition: Json | None = None) -> Json:
    return _statement("Deny", sid, {"Action": actions, "Resource": "*"}, condition)


def _trust(sid: str, actions: str | list[str], principal: str, condition: Json) -> Json:
    return _statement("Allow", sid, {"Principal": {"AWS": principal}, "Action": actions}, condition)


def _statement(effect: str, sid: str, parts: Json, condition: Json | None = None) -> Json:
    found = {"Sid": sid, "Effect": effect, **parts}
    return {**found, "Condition": condition} if condition else found

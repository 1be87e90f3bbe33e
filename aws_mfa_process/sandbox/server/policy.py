"""What the policies of the practice world's user allow: next to nothing, but to get MFA.

The group policy of the bastion account denies everything without MFA but the few calls that a
person needs to get MFA; with MFA it allows sts:AssumeRole, her own keys and devices,
and to read her own policies.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from aws_mfa_process.policy.document import Policy, parse
from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.authorisation import Asked, decide, refusal
from aws_mfa_process.sandbox.server.iam import ACTIONS as SELF_SERVICE
from aws_mfa_process.sandbox.server.identities import invalid_token
from aws_mfa_process.sandbox.server.state import Query

WITHOUT_MFA: Final = frozenset(
    {
        "CreateVirtualMFADevice",
        "EnableMFADevice",
        "GetUser",
        "ListMFADevices",
        "ListVirtualMFADevices",
    }
)
"""The exemptions of AWS's own example, as far as there are such calls here.

Source:
    IAM User Guide, "Allows MFA-authenticated IAM users to manage their own MFA device".
"""
_NAMES: Final = {"GET /": "ListAllMyBuckets"}
"""Calls of S3 that have no name in the request; all others are called ``*``."""


@lru_cache
def alices(
    without_mfa: Collection[str], denied: Collection[str], *, has_one_name: bool
) -> Sequence[Policy]:
    """Return the policies of the user.

    Args:
        without_mfa: Calls of IAM that need no MFA.
        denied: Calls of IAM that are denied.
        has_one_name: Her devices must be named as she is, as AWS's example had it until November
            2022.
    """
    start = f"arn:aws:iam::{ALICE.account_id}"
    about_device = ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"]
    device = f"{start}:mfa/" + ("${aws:username}" if has_one_name else "*")
    roles = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    free = [*(f"iam:{action}" for action in without_mfa), "sts:GetSessionToken"]
    allowed = {
        (*(f"iam:{action}" for action in SELF_SERVICE),): f"{start}:user/${{aws:username}}",
        (*about_device,): device,
        ("iam:ListVirtualMFADevices",): "*",
        (*roles,): "arn:aws:iam::*:role/*",
    }
    deny = {
        "Effect": "Deny",
        "NotAction": free,
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        for actions, resource in allowed.items()
    ]
    if denied:
        actions = [f"iam:{action}" for action in denied]
        statements.append({"Effect": "Deny", "Action": actions, "Resource": "*"})
    return [parse({"Version": "2012-10-17", "Statement": [*statements, deny]}, "people")]


def authorise(query: Query, service: str, action: str, user_name: str) -> None:
    """Let a call of the user pass or refuse it. STS judges its own calls.

    Args:
        query: The call.
        service: From the credential scope.
        action: Name of the call.
        user_name: Whom an IAM call is about.

    Raises:
        AWSError: The policies do not allow the call; or it is a call of IAM with a session of a
            user who gave no code, which IAM does not know.

    Source:
        STS API Reference, GetSessionToken: what its credentials cannot be used for.
    """
    identity = query.identity
    if service == "iam" and identity.is_session and not identity.has_mfa:
        raise invalid_token()
    name = f"{service}:{_NAMES.get(action, '*') if ' ' in action else action}"
    resource = _resource(query, action, user_name) if service == "iam" else "*"
    asked = Asked(name, resource)
    verdict = decide(query, identity, asked)
    if not verdict.is_allowed:
        raise refusal(identity, asked, verdict)


def _resource(query: Query, action: str, user_name: str) -> str:
    """Return the ARN that a call of IAM is about; ``*`` if it is about none."""
    start = f"arn:aws:iam::{ALICE.account_id}"
    parameters = query.parameters
    if "VirtualMFADeviceName" in parameters:
        return f"{start}:mfa{parameters.get('Path', '/')}{parameters['VirtualMFADeviceName']}"
    if action == "DeleteVirtualMFADevice":
        return parameters.get("SerialNumber", "*")
    is_about_user = action in SELF_SERVICE and action != "ListVirtualMFADevices"
    return f"{start}:user/{user_name}" if is_about_user else "*"

"""What the identity policies allow: the user almost nothing, a role everything in its account.

The group policy of the bastion account denies everything without MFA but the few calls
that a person needs to get MFA; with MFA it allows sts:AssumeRole, her own keys and devices.
"""

from collections.abc import Collection, Mapping
from typing import Final

from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.iam import ACTIONS as SELF_SERVICE
from aws_mfa_process.sandbox.server.identities import Identity, invalid_token
from aws_mfa_process.sandbox.server.replies import access_denied

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
NAME_NOBODY: Final = frozenset(
    {
        "CreateVirtualMFADevice",
        "DeleteVirtualMFADevice",
        "GetAccessKeyLastUsed",
        "ListVirtualMFADevices",
    }
)
"""Calls of IAM that have no ``UserName``."""
_NAMES: Final = {"GET /": "ListAllMyBuckets"}
"""Calls of S3 that have no name in the request; all others are called ``*``."""


def authorise(
    identity: Identity, service: str, action: str, user_name: str, without_mfa: Collection[str]
) -> None:
    """Let a call pass or refuse it. STS judges its own calls.

    Args:
        identity: The caller.
        service: From the credential scope.
        action: Name of the call.
        user_name: Whom an IAM call is about.
        without_mfa: Calls of IAM about herself that need no MFA.

    Raises:
        AWSError: The policies of the caller do not allow the call; or it is a call of IAM with
            the session of a user who gave no code, which IAM does not know.

    Source:
        STS API Reference, GetSessionToken: what its credentials cannot be used for.
    """
    if identity.role:
        return
    if service == "iam" and identity.is_session and not identity.has_mfa:
        raise invalid_token()
    is_own = service == "iam" and action in SELF_SERVICE and user_name == ALICE.name
    if is_own and (identity.has_mfa or action in without_mfa):
        return
    name = f"{service}:{_NAMES.get(action, '*') if ' ' in action else action}"
    denied = f"User: {identity.arn} is not authorized to perform: {name}"
    if identity.has_mfa:
        raise access_denied(f"{denied} because no identity-based policy allows the {name} action")
    raise access_denied(f"{denied} with an explicit deny in an identity-based policy")


def authorise_device(identity: Identity, action: str, parameters: Mapping[str, str]) -> None:
    """Refuse a device with another name than the user's, as the example did before November 2022.

    Raises:
        AWSError: The policies of the caller do not allow the call.
    """
    name = parameters.get("VirtualMFADeviceName", ALICE.name)
    if name != ALICE.name and not identity.role:
        raise access_denied(
            f"User: {identity.arn} is not authorized to perform: iam:{action} on resource: "
            f"arn:aws:iam::{ALICE.account_id}:mfa/{name} because no identity-based policy allows "
            f"the iam:{action} action"
        )

"""What the identity policies allow: the user almost nothing, a role everything in its account.

The group policy of the bastion account denies everything without MFA but the few calls
that a person needs to get MFA; with MFA it allows sts:AssumeRole, her own keys, and to read her own
policies.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.iam import ACTIONS as SELF_SERVICE
from aws_mfa_process.sandbox.server.identities import Identity, invalid_token
from aws_mfa_process.sandbox.server.replies import access_denied

_WITHOUT_MFA: Final = frozenset({"GetUser", "ListMFADevices"})
_NAMES: Final = {"GET /": "ListAllMyBuckets"}
"""Calls of S3 that have no name in the request; all others are called ``*``."""


def authorise(
    identity: Identity, service: str, action: str, user_name: str, denied_actions: AbstractSet[str]
) -> None:
    """Let a call pass or refuse it. STS judges its own calls.

    Args:
        identity: The caller.
        service: From the credential scope.
        action: Name of the call.
        user_name: Whom an IAM call is about.
        denied_actions: Calls of IAM that are not allowed all the same.

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
    is_allowed = action in SELF_SERVICE and action not in denied_actions
    is_own = service == "iam" and is_allowed and user_name == ALICE.name
    if is_own and (identity.has_mfa or action in _WITHOUT_MFA):
        return
    name = f"{service}:{_NAMES.get(action, '*') if ' ' in action else action}"
    denied = f"User: {identity.arn} is not authorized to perform: {name}"
    if identity.has_mfa:
        raise access_denied(f"{denied} because no identity-based policy allows the {name} action")
    raise access_denied(f"{denied} with an explicit deny in an identity-based policy")

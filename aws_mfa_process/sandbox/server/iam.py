"""IAM as far as the user may manage herself: her MFA device and her access keys."""

from datetime import UTC, datetime
from typing import Final

from aws_mfa_process.sandbox.server import user_policies
from aws_mfa_process.sandbox.server.access_keys import AccessKey
from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.replies import page, validation_error
from aws_mfa_process.sandbox.server.state import Query

_USER_CREATED: Final = "2024-01-15T09:00:00Z"


def get_user(_query: Query) -> dict[str, object]:
    """Describe the user."""
    user = {
        "Path": "/",
        "UserName": ALICE.name,
        "UserId": ALICE.user_id,
        "Arn": ALICE.arn,
        "CreateDate": _USER_CREATED,
    }
    return {"User": user}


def list_mfa_devices(query: Query) -> dict[str, object]:
    """List the user's devices."""
    devices = [
        {"UserName": ALICE.name, "SerialNumber": serial, "EnableDate": _USER_CREATED}
        for serial in query.mfa_serials
    ]
    return page("MFADevices", devices, query.parameters, query.page_size)


def create_access_key(query: Query) -> dict[str, object]:
    """Make a second key; the only reply that ever shows its secret.

    Raises:
        AWSError: There are two already.
    """
    key = query.state.access_keys.create(query.now, query.key_delay_seconds)
    return {"AccessKey": {**_describe(key), "SecretAccessKey": key.secret_access_key}}


def list_access_keys(query: Query) -> dict[str, object]:
    """List the keys, without their secrets."""
    keys = [_describe(key) for key in query.state.access_keys.all()]
    return page("AccessKeyMetadata", keys, query.parameters, query.page_size)


def update_access_key(query: Query) -> dict[str, object]:
    """Switch a key on or off.

    Raises:
        AWSError: No such key, or no such status.
    """
    status = query.parameters.get("Status", "")
    if status not in {"Active", "Inactive"}:
        raise validation_error(
            f"1 validation error detected: Value '{status}' at 'status' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Active, Inactive]"
        )
    query.state.access_keys.set_active(_key_id(query), is_active=status == "Active")
    return {}


def delete_access_key(query: Query) -> dict[str, object]:
    """Forget a key.

    Raises:
        AWSError: No such key.
    """
    query.state.access_keys.delete(_key_id(query))
    return {}


def get_access_key_last_used(query: Query) -> dict[str, object]:
    """Tell when, for what and where a key was used last.

    Raises:
        AWSError: No such key.
    """
    key = query.state.access_keys.get(_key_id(query))
    if key.last_used is None:
        last_used = {"ServiceName": "N/A", "Region": "N/A"}
    else:
        used, service, region = key.last_used
        last_used = {"LastUsedDate": _spell(used), "ServiceName": service, "Region": region}
    return {"UserName": ALICE.name, "AccessKeyLastUsed": last_used}


ACTIONS: Final = {
    **user_policies.ACTIONS,
    "CreateAccessKey": create_access_key,
    "DeleteAccessKey": delete_access_key,
    "GetAccessKeyLastUsed": get_access_key_last_used,
    "GetUser": get_user,
    "ListAccessKeys": list_access_keys,
    "ListMFADevices": list_mfa_devices,
    "UpdateAccessKey": update_access_key,
}
NAMELESS: Final = frozenset({"GetAccessKeyLastUsed", *user_policies.NAMELESS})
"""Calls that name no user: their resource is another one."""


def _key_id(query: Query) -> str:
    if "AccessKeyId" not in query.parameters:
        raise validation_error("AccessKeyId must not be null")
    return query.parameters["AccessKeyId"]


def _describe(key: AccessKey) -> dict[str, object]:
    return {
        "UserName": ALICE.name,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.is_active else "Inactive",
        "CreateDate": _spell(key.created),
    }


def _spell(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

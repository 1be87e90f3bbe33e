"""IAM as far as the user may manage herself: her MFA devices and her access keys."""

import base64
import io
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import segno

from aws_mfa_process.sandbox.server import user_policies
from aws_mfa_process.sandbox.server.access_keys import AccessKey
from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.replies import AWSError, page, validation_error
from aws_mfa_process.sandbox.server.state import Query
from aws_mfa_process.sandbox.server.virtual_devices import VirtualDevice, without_mfa

_USER_CREATED: Final = "2024-01-15T09:00:00Z"
_DEVICES_QUOTA: Final = 8


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
    found = [(serial, _USER_CREATED) for serial in query.mfa_serials]
    found += [
        (it.serial, _spell(it.enabled_at)) for it in _made(query) if it.enabled_at is not None
    ]
    devices = [
        {"UserName": ALICE.name, "SerialNumber": serial, "EnableDate": date}
        for serial, date in found
    ]
    return page("MFADevices", devices, query.parameters, query.page_size)


def create_virtual_mfa_device(query: Query) -> dict[str, object]:
    """Make a device; the only reply that ever shows its seed.

    Raises:
        AWSError: There is one of that name.
    """
    name = _parameter(query, "VirtualMFADeviceName")
    path = query.parameters.get("Path", "/")
    serial = f"arn:aws:iam::{ALICE.account_id}:mfa{path}{name}"
    made = query.state.virtual_devices.create(serial, tuple(query.mfa_serials))
    picture = io.BytesIO()
    uri = f"otpauth://totp/{name}@{ALICE.account_id}?secret={made.seed}"
    segno.make_qr(uri).save(picture, kind="png", scale=4)
    secrets = {"Base32StringSeed": made.seed.encode(), "QRCodePNG": picture.getvalue()}
    spelled = {key: base64.b64encode(data).decode() for key, data in secrets.items()}
    return {"VirtualMFADevice": {"SerialNumber": serial, **spelled}}


def enable_mfa_device(query: Query) -> dict[str, object]:
    """Give a device to the user.

    Raises:
        AWSError: The codes are not good; or she has one already and has not used it, or eight.
    """
    serial = _parameter(query, "SerialNumber")
    first, second = (_parameter(query, f"AuthenticationCode{number}") for number in (1, 2))
    own = len(query.mfa_serials) + sum(it.enabled_at is not None for it in _made(query))
    if own and not query.identity.has_mfa:
        raise without_mfa()
    if own >= _DEVICES_QUOTA:
        message = f"Cannot exceed quota for MFADevicesPerUser: {_DEVICES_QUOTA}"
        raise AWSError("LimitExceeded", message, HTTPStatus.CONFLICT)
    query.state.virtual_devices.enable(serial, (first, second), query.now)
    return {}


def deactivate_mfa_device(query: Query) -> dict[str, object]:
    """Take a device away from the user; the one she began with is then forgotten.

    Raises:
        AWSError: It is not hers, or she has not used one.
    """
    serial = _parameter(query, "SerialNumber")
    if not query.identity.has_mfa:
        raise without_mfa()
    if not query.state.virtual_devices.disable(serial):
        if serial not in query.mfa_serials:
            raise AWSError("NoSuchEntity", "MFA Device invalid for user.", HTTPStatus.NOT_FOUND)
        query.mfa_serials.remove(serial)
    return {}


def delete_virtual_mfa_device(query: Query) -> dict[str, object]:
    """Forget a device that belongs to nobody.

    Raises:
        AWSError: There is none, or it belongs to the user.
    """
    serial = _parameter(query, "SerialNumber")
    if serial in query.mfa_serials:
        message = "MFA VirtualDevice in use. Must deactivate first."
        raise AWSError("DeleteConflict", message, HTTPStatus.CONFLICT)
    query.state.virtual_devices.delete(serial)
    return {}


def list_virtual_mfa_devices(query: Query) -> dict[str, object]:
    """List the devices of the account, as ``AssignmentStatus`` wants: all, if nothing.

    Source:
        IAM API Reference, ListVirtualMFADevices.
    """
    status = query.parameters.get("AssignmentStatus", "Any")
    user = get_user(query)["User"]
    devices: list[dict[str, object]] = [
        {"SerialNumber": serial, "User": user, "EnableDate": _USER_CREATED}
        for serial in query.mfa_serials
        if ":mfa/" in serial
    ]
    for it in _made(query):
        mark = {} if it.enabled_at is None else {"User": user, "EnableDate": _spell(it.enabled_at)}
        devices.append({"SerialNumber": it.serial, **mark})
    wanted = {"Assigned": (True,), "Unassigned": (False,)}.get(status, (True, False))
    devices = [it for it in devices if ("User" in it) in wanted]
    return page("VirtualMFADevices", devices, query.parameters, query.page_size)


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
    "CreateVirtualMFADevice": create_virtual_mfa_device,
    "DeactivateMFADevice": deactivate_mfa_device,
    "DeleteAccessKey": delete_access_key,
    "DeleteVirtualMFADevice": delete_virtual_mfa_device,
    "EnableMFADevice": enable_mfa_device,
    "GetAccessKeyLastUsed": get_access_key_last_used,
    "GetUser": get_user,
    "ListAccessKeys": list_access_keys,
    "ListMFADevices": list_mfa_devices,
    "ListVirtualMFADevices": list_virtual_mfa_devices,
    "UpdateAccessKey": update_access_key,
}
NAMELESS: Final = frozenset(
    {
        "CreateVirtualMFADevice",
        "DeleteVirtualMFADevice",
        "GetAccessKeyLastUsed",
        "ListVirtualMFADevices",
        *user_policies.NAMELESS,
    }
)
"""Calls of IAM that have no ``UserName``."""


def _made(query: Query) -> list[VirtualDevice]:
    return query.state.virtual_devices.all()


def _key_id(query: Query) -> str:
    return _parameter(query, "AccessKeyId")


def _parameter(query: Query, name: str) -> str:
    if name not in query.parameters:
        raise validation_error(f"{name} must not be null")
    return query.parameters[name]


def _describe(key: AccessKey) -> dict[str, object]:
    return {
        "UserName": ALICE.name,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.is_active else "Inactive",
        "CreateDate": _spell(key.created),
    }


def _spell(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

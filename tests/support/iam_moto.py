"""An account that a test makes up, put into moto behind the practice AWS."""

from datetime import UTC, datetime
from urllib.parse import unquote

from moto.iam.models import IAMBackend, MFADevice, iam_backends

from support.iam_world import Json, World

_REGION = "us-east-1"


def fill(world: World) -> None:
    """Make users, groups, roles and policies; who has called IAM before has loaded moto."""
    iam = iam_backends[world.account_id]["aws"]
    for policy in world.lists["Policies"]:
        first, *others = reversed(policy["PolicyVersionList"])
        made = iam.create_policy("", "/", unquote(first["Document"]), policy["PolicyName"], [])
        for version in others:
            iam.create_policy_version(made.arn, unquote(version["Document"]), set_as_default=True)
    for group in world.lists["GroupDetailList"]:
        _group(iam, group)
    for user in world.lists["UserDetailList"]:
        _user(iam, user)
        _ways_in(iam, user["UserName"], world)
    for role in world.lists["RoleDetailList"]:
        text = unquote(role["AssumeRolePolicyDocument"])
        iam.create_role(role["RoleName"], text, role["Path"], None, "", [], "3600")


def _group(iam: IAMBackend, group: Json) -> None:
    name = group["GroupName"]
    iam.create_group(name)
    for inline in group["GroupPolicyList"]:
        iam.put_group_policy(name, inline["PolicyName"], unquote(inline["PolicyDocument"]))
    for attached in group["AttachedManagedPolicies"]:
        iam.attach_group_policy(attached["PolicyArn"], name)


def _user(iam: IAMBackend, user: Json) -> None:
    name = user["UserName"]
    iam.create_user(_REGION, name, user["Path"], user["Tags"])
    for group in user["GroupList"]:
        iam.add_user_to_group(group, name)
    for inline in user["UserPolicyList"]:
        iam.put_user_policy(name, inline["PolicyName"], unquote(inline["PolicyDocument"]))
    for attached in user["AttachedManagedPolicies"]:
        iam.attach_user_policy(attached["PolicyArn"], name)


def _ways_in(iam: IAMBackend, name: str, world: World) -> None:
    """Give a user keys, devices and a password."""
    for key_id, status, created, used in world.keys[name]:
        key = iam.create_access_key(name, status=status)
        key.access_key_id, key.create_date = key_id, _time(created)
        key.last_used = _time(used) if used else None  # type: ignore[assignment]
    for serial in world.devices[name]:
        if ":mfa/" in serial:
            iam.create_virtual_mfa_device(serial.rpartition("/")[2], "/")
            iam.enable_mfa_device(name, serial, "", "")
        else:
            iam.users[name].mfa_devices[serial] = MFADevice(serial, "", "")
    if name in world.passwords:
        iam.create_login_profile(name, "a password")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)

"""An account of IAM, read whole, as the values that are judged.

Its one rule: AWS's names of fields stand here and in the files that it calls, and go no further.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from aws_mfa_process.aws.inventory import AbsentError, Inventory, together
from aws_mfa_process.aws.listing import listing
from aws_mfa_process.aws.organization import organization
from aws_mfa_process.credentials import seconds_of
from aws_mfa_process.policy.audit.account import AccessKey, Account, Role, Root, User
from aws_mfa_process.policy.document import Policy, PolicyError, parse, unreadable

Json = dict[str, Any]
Shown = Callable[[Iterable[User], int], Iterable[User]]
"""Shows how far the reading of so many users is, and hands them on."""
_WANTED = ["User", "Group", "Role", "LocalManagedPolicy"]
_ROOT = "<root_account>"
_KEYS = ("access_key_1", "access_key_2")
_RESOURCES = (
    "policies on buckets, keys and other resources, which may let a user in by name",
    "resource control policies of the organization",
)


class _Read(NamedTuple):
    """What is there before users are read one by one.

    Attributes:
        details: As GetAccountAuthorizationDetails gives them.
        managed: Managed policies by ARN.
        groups: Policies of groups by name.
        report: Rows of the credential report by user; None if there is none for us.
        virtual: Serial numbers of virtual MFA devices by user, read at once.
    """

    details: Json
    managed: dict[str, Policy]
    groups: dict[str, tuple[Policy, ...]]
    report: dict[str, dict[str, str]] | None
    virtual: dict[str, tuple[str, ...]]


def read_account(inventory: Inventory, account_id: str, partition: str, shown: Shown) -> Account:
    """Read an account.

    Args:
        inventory: Makes the calls.
        account_id: Whose IAM it is, twelve digits.
        partition: Of that account.
        shown: Shows how far it is.

    Raises:
        DeniedError: Not even the users may be listed.
        MFAProcessError: A call failed, but for being denied.
    """
    read = _read(inventory)
    details = read.details["UserDetailList"]
    users = together(lambda detail: _user(inventory, read, detail), details)
    every = tuple(shown(users, len(details)))
    above = organization(inventory, account_id)
    root = _root(inventory, read)
    unseen = [f"{call} is denied" for call in inventory.denied]
    if read.report is None and "iam:GetCredentialReport" not in inventory.denied:
        unseen.append("there is no credential report")
    return Account(
        account_id=account_id,
        partition=partition,
        users=every,
        roles=tuple(_role(detail) for detail in read.details["RoleDetailList"]),
        root=root,
        organization=above.levels,
        organization_id=above.id,
        unseen=(*unseen, *above.unseen, *_RESOURCES),
    )


def _read(inventory: Inventory) -> _Read:
    details = inventory.ask_or_none("get_account_authorization_details", Filter=_WANTED)
    details = {**_EMPTY, **(listing(inventory) if details is None else details)}
    managed = _managed(inventory, details)
    groups = {
        it["GroupName"]: tuple(_policies(it, "Group", managed)) for it in details["GroupDetailList"]
    }
    content = inventory.report()
    rows = csv.DictReader(io.StringIO(content)) if content is not None else None
    report = None if rows is None else {row.get("user") or "": row for row in rows}
    return _Read(details, managed, groups, report, _virtual(inventory))


_EMPTY: Json = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}


def _virtual(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    answer = inventory.ask_or_none("list_virtual_mfa_devices", AssignmentStatus="Assigned")
    found: dict[str, tuple[str, ...]] = {}
    for device in (answer or {}).get("VirtualMFADevices", []):
        name = device.get("User", {}).get("UserName", "")
        found[name] = (*found.get(name, ()), str(device["SerialNumber"]))
    return found


def _managed(inventory: Inventory, details: Json) -> dict[str, Policy]:
    """Return the managed policies that count, by ARN, each in its default version."""
    found = {}
    for policy in details["Policies"]:
        versions = policy.get("PolicyVersionList", [])
        document = next((it["Document"] for it in versions if it.get("IsDefaultVersion")), None)
        found[policy["Arn"]] = _policy(document, _called(policy["Arn"]))
    owners = [*details["UserDetailList"], *details["GroupDetailList"]]
    wanted = [
        it["PolicyArn"] for owner in owners for it in owner.get("AttachedManagedPolicies", [])
    ]
    wanted += [arn for owner in owners if (arn := _boundary_arn(owner))]
    missing = [arn for arn in dict.fromkeys(wanted) if arn not in found]
    documents = together(lambda arn: _document(inventory, arn), missing)
    for arn, document in zip(missing, documents, strict=True):
        found[arn] = _policy(document, _called(arn))
    return found


def _document(inventory: Inventory, arn: str) -> object:
    """Return the default version of a managed policy; None if it cannot be read."""
    try:
        policy = inventory.ask_or_none("get_policy", PolicyArn=arn)
        if policy is None:
            return None
        version = policy["Policy"]["DefaultVersionId"]
        read = inventory.ask_or_none("get_policy_version", PolicyArn=arn, VersionId=version)
    except (AbsentError, KeyError):
        return None
    return read["PolicyVersion"].get("Document") if read else None


def _called(arn: str) -> str:
    return f"policy {arn.rpartition('/')[2]}"


def _policy(document: object, name: str) -> Policy:
    """Return a policy; what IAM would not have taken, or was denied, is unreadable."""
    try:
        return parse(document, name) if isinstance(document, str | dict) else unreadable(name)
    except PolicyError:
        return unreadable(name)


def _boundary_arn(owner: Json) -> str:
    return str((owner.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""))


def _policies(owner: Json, kind: str, managed: dict[str, Policy]) -> Iterator[Policy]:
    """Yield the policies of a user or a group itself."""
    for inline in owner.get(f"{kind}PolicyList", []):
        name = f"inline policy {inline['PolicyName']}"
        if inline.get("IsMissing"):
            name = inline["PolicyName"]
        elif kind == "Group":
            name += f" of group {owner['GroupName']}"
        yield _policy(inline.get("PolicyDocument"), name)
    for attached in owner.get("AttachedManagedPolicies", []):
        yield managed[attached["PolicyArn"]]


def _user(inventory: Inventory, read: _Read, detail: Json) -> User:
    """Return a user: policies, and now keys and devices, since the report may be hours old."""
    name = detail["UserName"]
    own = tuple(_policies(detail, "User", read.managed))
    of_groups = [
        read.groups.get(group, (unreadable(f"policies of group {group}"),))
        for group in detail.get("GroupList", [])
    ]
    row = (read.report or {}).get(name)
    try:
        devices = read.virtual.get(name) or _devices(inventory, name, row)
        keys = _keys(inventory, name, row)
        has_password = _has_password(inventory, name, row)
    except AbsentError:  # the user was deleted meanwhile
        devices, keys, has_password = (), (), False
    return User(
        name=name,
        arn=detail["Arn"],
        user_id=detail.get("UserId", ""),
        identity=(*own, *(policy for policies in of_groups for policy in policies)),
        own=tuple(_own_names(detail)),
        boundary=_boundary(detail, read.managed),
        tags=_tags(detail),
        keys=keys,
        devices=devices,
        has_password=has_password,
    )


def _own_names(detail: Json) -> Iterator[str]:
    for inline in detail.get("UserPolicyList", []):
        if not inline.get("IsMissing"):
            yield f"{inline['PolicyName']} (inline)"
    for attached in detail.get("AttachedManagedPolicies", []):
        yield attached["PolicyArn"].rpartition("/")[2]


def _tags(detail: Json) -> tuple[tuple[str, str], ...] | None:
    """Return the tags; None if nobody told them."""
    found = tuple((tag["Key"], tag["Value"]) for tag in detail.get("Tags", []))
    return found if _is_told(detail) else None


def _is_told(detail: Json) -> bool:
    """Tell whether all is there of a user; the boundary is empty where GetUser was denied."""
    return detail.get("PermissionsBoundary") != {}


def _boundary(detail: Json, managed: dict[str, Policy]) -> Policy | None:
    """Return the boundary; one of which nobody told whether it is there is unreadable."""
    arn = _boundary_arn(detail)
    if arn:
        return managed[arn]
    return None if _is_told(detail) else unreadable(f"permissions boundary of {detail['UserName']}")


def _devices(inventory: Inventory, name: str, row: dict[str, str] | None) -> tuple[str, ...] | None:
    """Return the devices of a user who has no virtual one."""
    answer = inventory.ask_or_none("list_mfa_devices", UserName=name)
    if answer is not None:
        return tuple(str(it["SerialNumber"]) for it in answer.get("MFADevices", []))
    if row is None:
        return None
    return ("of the credential report",) if row.get("mfa_active") == "true" else ()


def _keys(
    inventory: Inventory, name: str, row: dict[str, str] | None
) -> tuple[AccessKey, ...] | None:
    """Return the user's keys, with the last use of those that are active."""
    reported = list(_reported(row or {}))
    answer = inventory.ask_or_none("list_access_keys", UserName=name)
    if answer is None:
        return tuple(reported) if row is not None else None
    found = []
    for key in answer.get("AccessKeyMetadata", []):
        created = seconds_of(str(key["CreateDate"]))
        is_active = key["Status"] == "Active"
        same = [it.last_used_at for it in reported if it.created_at == created]
        used = same[0] if len(same) == 1 else 0
        if is_active and not used:
            used = _last_used(inventory, key["AccessKeyId"])
        found.append(AccessKey(key["AccessKeyId"], is_active, created, used))
    return tuple(found)


def _last_used(inventory: Inventory, access_key_id: str) -> int | None:
    """Return when a key was last used: 0 never, None if nobody tells."""
    try:
        answer = inventory.ask_or_none("get_access_key_last_used", AccessKeyId=access_key_id)
    except AbsentError:  # the key was deleted meanwhile
        return None
    if answer is None:
        return None
    return seconds_of(str(answer.get("AccessKeyLastUsed", {}).get("LastUsedDate", "")))


def _reported(row: dict[str, str]) -> Iterator[AccessKey]:
    """Yield the keys of a row of the credential report, which has no ids."""
    for key in _KEYS:
        created = seconds_of(row.get(f"{key}_last_rotated") or "")
        if created or row.get(f"{key}_active") == "true":
            used = seconds_of(row.get(f"{key}_last_used_date") or "")
            yield AccessKey("", row.get(f"{key}_active") == "true", created, used)


def _has_password(inventory: Inventory, name: str, row: dict[str, str] | None) -> bool | None:
    if row is not None:
        return row.get("password_enabled") == "true"
    try:
        answer = inventory.ask_or_none("get_login_profile", UserName=name)
    except AbsentError:
        return False
    return None if answer is None else True


def _role(detail: Json) -> Role:
    trust = _policy(detail.get("AssumeRolePolicyDocument"), f"the trust of {detail['RoleName']}")
    return Role(detail["RoleName"], detail["Arn"], detail.get("Path", "/"), trust)


def _root(inventory: Inventory, read: _Read) -> Root:
    """Return what is known of the root user: of now, else as the report has it.

    That there is no device is told only where both say so.
    """
    told = (inventory.ask_or_none("get_account_summary") or {}).get("SummaryMap", {})
    row = (read.report or {}).get(_ROOT, {})
    has_keys = any(row.get(f"{key}_active") == "true" for key in _KEYS) if row else None
    if "AccountAccessKeysPresent" in told:
        has_keys = bool(told["AccountAccessKeysPresent"])
    has_mfa = row["mfa_active"] == "true" if "mfa_active" in row else None
    has_password = row.get("password_enabled") != "false"
    return Root(has_keys, has_mfa or bool(told.get("AccountMFAEnabled")) or has_mfa, has_password)

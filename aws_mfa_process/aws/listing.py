"""All users, groups and roles in the form of GetAccountAuthorizationDetails, without that call.

Its one rule: what a denied call would have told stands there as a policy without a document, so
that nobody takes it for nothing. What is deleted while it is read is left out.
"""

from collections.abc import Callable
from typing import Any

from aws_mfa_process.aws.inventory import AbsentError, Inventory, together

Json = dict[str, Any]


def listing(inventory: Inventory) -> Json:
    """Return what the single calls tell.

    Raises:
        DeniedError: Users cannot be listed.
    """
    users = inventory.ask("list_users").get("Users", [])
    groups = (inventory.ask_or_none("list_groups") or {}).get("Groups", [])
    roles = (inventory.ask_or_none("list_roles") or {}).get("Roles", [])
    return {
        "UserDetailList": _each(_user, inventory, users),
        "GroupDetailList": _each(_group, inventory, groups),
        "RoleDetailList": roles,
        "Policies": [],
    }


def _each(
    read: Callable[[Inventory, Json], Json], inventory: Inventory, owners: list[Json]
) -> list[Json]:
    """Return what is read of each that is still there."""

    def read_or_none(owner: Json) -> Json | None:
        try:
            return read(inventory, owner)
        except AbsentError:
            return None

    return [found for found in together(read_or_none, owners) if found is not None]


def _user(inventory: Inventory, user: Json) -> Json:
    name = user["UserName"]
    detail = inventory.ask_or_none("get_user", UserName=name)
    groups = inventory.ask_or_none("list_groups_for_user", UserName=name)
    known = detail.get("User", {}) if detail else {"PermissionsBoundary": {}}
    found = {**user, **known, **_policies(inventory, "user", name)}
    found["GroupList"] = [it["GroupName"] for it in (groups or {}).get("Groups", [])]
    if groups is None:
        found["UserPolicyList"].append(_closed("policies of the groups of", name))
    return found


def _group(inventory: Inventory, group: Json) -> Json:
    return {**group, **_policies(inventory, "group", group["GroupName"])}


def _policies(inventory: Inventory, kind: str, name: str) -> Json:
    """Return inline and attached policies of a user or a group."""
    word = kind.title()
    owner = {f"{word}Name": name}
    inline = inventory.ask_or_none(f"list_{kind}_policies", **owner)
    attached = inventory.ask_or_none(f"list_attached_{kind}_policies", **owner)
    found = []
    for policy in (inline or {}).get("PolicyNames", []):
        try:
            read = inventory.ask_or_none(f"get_{kind}_policy", **owner, PolicyName=policy)
        except AbsentError:
            continue
        document = read.get("PolicyDocument") if read else None
        found.append({"PolicyName": policy, "PolicyDocument": document})
    if inline is None:
        found.append(_closed("inline policies of", name))
    if attached is None:
        found.append(_closed("attached policies of", name))
    managed = (attached or {}).get("AttachedPolicies", [])
    return {f"{word}PolicyList": found, "AttachedManagedPolicies": managed}


def _closed(what: str, name: str) -> Json:
    return {"PolicyName": f"{what} {name}", "PolicyDocument": None, "IsMissing": True}

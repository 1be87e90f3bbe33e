"""IAM as far as the user may read which policies hold for her."""

import json
from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import quote

from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.policy_documents import Document, Managed, Owner
from aws_mfa_process.sandbox.server.replies import no_such_entity, page
from aws_mfa_process.sandbox.server.state import Query

T = TypeVar("T")

_CREATED: Final = "2024-01-15T09:00:00Z"


def list_policies(query: Query) -> dict[str, object]:
    """List the inline policies of the user or a group."""
    names = list(_owner(query).inline)
    return page("PolicyNames", names, query.parameters, query.page_size)


def get_inline(query: Query) -> dict[str, object]:
    """Show an inline policy of the user or a group.

    Raises:
        AWSError: There is none of that name.
    """
    name = query.parameters.get("PolicyName", "")
    document = _found(_owner(query).inline, name, "policy")
    owner = "GroupName" if "GroupName" in query.parameters else "UserName"
    return {
        owner: query.parameters.get(owner, ALICE.name),
        "PolicyName": name,
        "PolicyDocument": _quoted(document),
    }


def list_attached(query: Query) -> dict[str, object]:
    """List the managed policies that are attached to the user or a group."""
    attached = [
        {"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in _owner(query).attached
    ]
    return page("AttachedPolicies", attached, query.parameters, query.page_size)


def list_groups(query: Query) -> dict[str, object]:
    """List the groups of the user."""
    groups = [
        {
            "Path": "/",
            "GroupName": name,
            "GroupId": "AGPASANDBOXGROUPEXAMP",
            "Arn": f"arn:aws:iam::{ALICE.account_id}:group/{name}",
            "CreateDate": _CREATED,
        }
        for name in query.policies.groups
    ]
    return page("Groups", groups, query.parameters, query.page_size)


def get_policy(query: Query) -> dict[str, object]:
    """Describe a managed policy.

    Raises:
        AWSError: There is none with that ARN.
    """
    policy = _managed(query)
    described = {
        "PolicyName": policy.name,
        "PolicyId": "ANPASANDBOXPOLICYEXAM",
        "Arn": policy.arn,
        "Path": "/",
        "DefaultVersionId": policy.default,
        "AttachmentCount": 1,
        "IsAttachable": True,
        "CreateDate": _CREATED,
        "UpdateDate": _CREATED,
    }
    return {"Policy": described}


def get_policy_version(query: Query) -> dict[str, object]:
    """Show a version of a managed policy.

    Raises:
        AWSError: There is no such policy or version.
    """
    policy = _managed(query)
    version = query.parameters.get("VersionId", "")
    shown = {
        "Document": _quoted(_found(policy.versions, version, "policy version")),
        "VersionId": version,
        "IsDefaultVersion": version == policy.default,
        "CreateDate": _CREATED,
    }
    return {"PolicyVersion": shown}


ACTIONS: Final = {
    "GetGroupPolicy": get_inline,
    "GetPolicy": get_policy,
    "GetPolicyVersion": get_policy_version,
    "GetUserPolicy": get_inline,
    "ListAttachedGroupPolicies": list_attached,
    "ListAttachedUserPolicies": list_attached,
    "ListGroupPolicies": list_policies,
    "ListGroupsForUser": list_groups,
    "ListUserPolicies": list_policies,
}
NAMELESS: Final = frozenset(
    {
        "GetGroupPolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "ListAttachedGroupPolicies",
        "ListGroupPolicies",
    }
)
"""Calls about a group or a managed policy."""


def _owner(query: Query) -> Owner:
    if "GroupName" not in query.parameters:
        return query.policies.user
    return _found(query.policies.groups, query.parameters["GroupName"], "group")


def _managed(query: Query) -> Managed:
    return _found(query.policies.managed, query.parameters.get("PolicyArn", ""), "policy")


def _found(things: Mapping[str, T], name: str, what: str) -> T:
    if name not in things:
        raise no_such_entity(f"The {what} {name} cannot be found.")
    return things[name]


def _quoted(document: Document) -> str:
    return quote(json.dumps(document))

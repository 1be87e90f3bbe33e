"""The forms in which a document is printed: JSON, Terraform, CloudFormation.

Rule: each form says the same; only what ``${…}`` means to its reader differs.

Source: Terraform, "Strings and Templates" (``$${``); CloudFormation User Guide, ``Fn::Sub``, which
alone looks at ``${…}``.
"""

import json
from collections.abc import Callable
from typing import Any, Final, Literal

Json = dict[str, Any]
Kind = Literal["managed", "trust", "organization"]
"""What AWS keeps a document as: a managed policy, a role's trust policy, an SCP."""


def as_json(document: Json, kind: Kind, name: str) -> str:
    """Return the document itself; an SCP without blanks, as AWS counts them there."""
    del name
    return _compact(document) if kind == "organization" else _indented(document)


def as_terraform(document: Json, kind: Kind, name: str) -> str:
    """Return a resource of the AWS provider.

    Args:
        document: What its JSON says.
        kind: Which resource it becomes.
        name: Of the policy or role; the path of a role before it, if it has one.
    """
    path, name = _path_and_name(name)
    resource, argument, more = {
        "managed": ("aws_iam_policy", "policy", ""),
        "trust": ("aws_iam_role", "assume_role_policy", ""),
        "organization": (
            "aws_organizations_policy",
            "content",
            '  type = "SERVICE_CONTROL_POLICY"\n',
        ),
    }[kind]
    label = "".join(it if it.isascii() and it.isalnum() else "_" for it in name)
    label = label if label[0].isalpha() else f"_{label}"
    text = json.dumps(document, indent=2, separators=(",", " : "))  # as terraform fmt has it
    value = text.replace("${", "$${").replace("%{", "%%{").replace("\n", "\n  ")
    more += f"  path = {json.dumps(path)}\n" if path else ""
    return (
        f'resource "{resource}" "{label}" {{\n'
        f'  name = "{name}"\n{more}'
        f"  {argument} = jsonencode({value})\n"
        "}"
    )


def as_cloudformation(document: Json, kind: Kind, name: str) -> str:
    """Return a template with one resource; arguments as for `as_terraform`."""
    resource: Json
    path, name = _path_and_name(name)
    match kind:
        case "managed":
            properties = {"ManagedPolicyName": name, "PolicyDocument": document}
            resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
        case "trust":
            properties = {"RoleName": name, "AssumeRolePolicyDocument": document}
            properties |= {"Path": path} if path else {}
            resource = {"Type": "AWS::IAM::Role", "Properties": properties}
        case "organization":
            properties = {"Name": name, "Type": "SERVICE_CONTROL_POLICY", "Content": document}
            resource = {"Type": "AWS::Organizations::Policy", "Properties": properties}
    label = "".join(it for it in name.title() if it.isascii() and it.isalnum()) or "Role"
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {label: resource}}
    return _indented(template)


FORMS: Final[dict[str, Callable[[Json, Kind, str], str]]] = {
    "json": as_json,
    "terraform": as_terraform,
    "cloudformation": as_cloudformation,
}


def _path_and_name(name: str) -> tuple[str, str]:
    """Split a name; the path is empty where it is that of everything without one.

    >>> _path_and_name("team/Work"), _path_and_name("Work")
    (('/team/', 'Work'), ('', 'Work'))
    """
    path, _, name = name.rpartition("/")
    return f"/{path}/" if path else "", name


def _indented(value: Json) -> str:
    return json.dumps(value, indent=2)


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))

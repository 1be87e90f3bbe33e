"""Calls of services by users and roles that were made here, and by roles of the practice world.

Rule: first the policies, then what AWS itself asks of MFA devices, then moto answers.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.server.authorisation import Asked, decide, refusal
from aws_mfa_process.sandbox.server.identities import invalid_token
from aws_mfa_process.sandbox.server.members import Members
from aws_mfa_process.sandbox.server.moto_backend import MotoBackend
from aws_mfa_process.sandbox.server.replies import AWSError
from aws_mfa_process.sandbox.server.state import Query
from aws_mfa_process.sandbox.server.virtual_devices import without_mfa

_OF_ONESELF: Final = re.compile(
    "(Get|Update)User|(Create|Update|Delete)AccessKey|ListAccessKeys|ListMFADevices|"
    "(Enable|Deactivate|Resync)MFADevice|List(SSHPublicKeys|SigningCertificates)|ChangePassword"
)
"""Calls of IAM that are about the caller where they name nobody."""
_KINDS: Final = {"VirtualMFADeviceName": "mfa", "GroupName": "group", "RoleName": "role"}
"""Which parameter names what a call is about, the first that there is."""
_S3: Final = {
    ("GET", 0): "ListAllMyBuckets",
    ("PUT", 1): "CreateBucket",
    ("GET", 1): "ListBucket",
    ("HEAD", 1): "ListBucket",
    ("DELETE", 1): "DeleteBucket",
    ("PUT", 2): "PutObject",
    ("GET", 2): "GetObject",
    ("HEAD", 2): "GetObject",
    ("DELETE", 2): "DeleteObject",
}
"""Actions of S3 by method and number of parts of the path."""


def answer(
    query: Query, moto: MotoBackend, request: Request, service: str, action: str
) -> Response:
    """Answer a call of any service but STS.

    Raises:
        AWSError: The policies do not allow it, or it is a call of IAM that needs a session with
            MFA.
    """
    identity = query.identity
    if service == "iam" and identity.is_session and not identity.has_mfa and not identity.role:
        raise invalid_token()
    is_own = service == "iam" and identity.is_member and _OF_ONESELF.fullmatch(action)
    implied = {"UserName": identity.user_name}
    more = implied if is_own and "UserName" not in query.parameters else {}
    parameters = {**more, **query.parameters}
    asked = _asked(query, request, f"{service}:{action}", parameters)
    verdict = decide(query, identity, asked)
    if not verdict.is_allowed:
        raise refusal(identity, asked, verdict)
    if service == "iam":
        _check_device(query, action, parameters)
    try:
        return moto.answer(request, identity.account_id, more)
    except NotImplementedError:
        message = f"The practice AWS does not do {action}; the real AWS does."
        raise AWSError("NotImplemented", message, HTTPStatus.NOT_IMPLEMENTED) from None


def _asked(query: Query, request: Request, name: str, parameters: Mapping[str, str]) -> Asked:
    """Return what a call asks for: a REST service other than S3 names no action."""
    service, _, action = name.partition(":")
    if service == "iam":
        account_id = query.identity.account_id
        return Asked(name, _resource(action, parameters, account_id, query.members))
    if service == "s3":
        return _of_s3(request)
    return Asked(f"{service}:*" if " " in action else name, "*")


def _check_device(query: Query, action: str, parameters: Mapping[str, str]) -> None:
    """Ask of a device what AWS asks: good codes, and MFA of who has one already.

    Source:
        AWS security bulletin AWS-2023-001.
    """
    identity = query.identity
    is_own = parameters.get("UserName") == identity.user_name
    if (
        action in ("EnableMFADevice", "DeactivateMFADevice")
        and is_own
        and not identity.has_mfa
        and query.members.has_device(identity)
    ):
        raise without_mfa()
    if action in ("EnableMFADevice", "ResyncMFADevice"):
        codes = (parameters["AuthenticationCode1"], parameters["AuthenticationCode2"])
        serial = parameters["SerialNumber"]
        if not query.members.codes_fit(identity.account_id, serial, codes, query.now):
            message = "Authentication code for device is not valid."
            raise AWSError("InvalidAuthenticationCode", message, HTTPStatus.FORBIDDEN)


def _resource(action: str, parameters: Mapping[str, str], account_id: str, members: Members) -> str:
    """Return the ARN that a call of IAM is about; ``*`` if it is about none.

    Source:
        Service Authorization Reference, "Actions, resources, and condition keys for IAM".
    """
    path = parameters.get("Path", "/")
    if action == "DeleteVirtualMFADevice":
        return parameters["SerialNumber"]
    name = parameters.get("UserName", "")
    if "AccessKeyId" in parameters and not name:
        name = members.owner_of_key(account_id, parameters["AccessKeyId"])
    for given, kind in _KINDS.items():
        if given in parameters:
            return f"arn:aws:iam::{account_id}:{kind}{path}{parameters[given]}"
    if name and action != "CreateUser":
        return members.user_arn(account_id, name)
    if name or "PolicyName" in parameters:
        kind = "user" if name else "policy"
        return f"arn:aws:iam::{account_id}:{kind}{path}{name or parameters['PolicyName']}"
    return parameters.get("PolicyArn", "*")


def _of_s3(request: Request) -> Asked:
    path = request.path.strip("/")
    bucket, _, key = path.partition("/")
    name = _S3.get((request.method, bool(bucket) + bool(key)), "*")
    return Asked(f"s3:{name}", f"arn:aws:s3:::{path}" if bucket else "*")

"""What the practice AWS answers with: XML of the query protocol, errors in each service's form."""

import json
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

_NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}


class AWSError(Exception):
    """A refusal as AWS words it.

    Attributes:
        code: AWS's error code, for example ``AccessDenied``.
        message: AWS's text, blanks and all.
        status: HTTP status.
    """

    def __init__(self, code: str, message: str, status: int) -> None:
        """Keep the three parts of an AWS error."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def access_denied(message: str) -> AWSError:
    """Word a refusal by a policy or by the MFA check: 403 ``AccessDenied``."""
    return AWSError("AccessDenied", message, HTTPStatus.FORBIDDEN)


def no_such_entity(message: str) -> AWSError:
    """Word a refusal of what IAM does not have: 404 ``NoSuchEntity``."""
    return AWSError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)


def validation_error(message: str) -> AWSError:
    """Word a refusal of a parameter: 400 ``ValidationError``."""
    return AWSError("ValidationError", message, HTTPStatus.BAD_REQUEST)


def success(service: str, action: str, result: Mapping[str, object]) -> Response:
    """Answer a call of the query protocol.

    Args:
        service: ``sts`` or ``iam``.
        action: Name of the call; the elements are named after it.
        result: The reply's members; a list becomes ``<member>`` elements.
    """
    body = {f"{action}Result": result, "ResponseMetadata": {"RequestId": str(uuid.uuid4())}}
    name = f"{action}Response"
    xml = f'<{name} xmlns="{_NAMESPACES[service]}">{_xml(body)}</{name}>'
    return Response(xml, content_type="text/xml")


def page(
    name: str, items: Sequence[object], parameters: Mapping[str, str], size: int
) -> dict[str, object]:
    """Return a page of a list, and the marker of the next one.

    Args:
        name: Of the list.
        items: All of it.
        parameters: Of the call.
        size: How many entries AWS gives at once.
    """
    start = int(parameters.get("Marker", "0"))
    end = start + min(int(parameters.get("MaxItems", size)), size)
    is_truncated = end < len(items)
    marker = {"Marker": str(end)} if is_truncated else {}
    return {name: items[start:end], "IsTruncated": is_truncated, **marker}


def form_of(service: str, request: Request) -> str:
    """Tell in which form a service answers.

    Args:
        service: From the credential scope; empty for a request that is not signed.
        request: Tells services of the query protocol from those of JSON.

    Returns:
        ``s3``, ``ec2``, ``query``, ``json`` or ``rest-json``.
    """
    if service in {"s3", "ec2"}:
        return service
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if service in _NAMESPACES or is_form or "Action" in request.args:
        return "query"
    return "json" if "X-Amz-Target" in request.headers else "rest-json"


def failure(error: AWSError, form: str) -> Response:
    """Answer with an error in the form that the service's clients parse."""
    request_id = str(uuid.uuid4())
    parts = {"Code": error.code, "Message": error.message}
    match form:
        case "s3":
            xml = _xml({"Error": {**parts, "RequestId": request_id}})
        case "ec2":
            xml = _xml({"Response": {"Errors": {"Error": parts}, "RequestID": request_id}})
        case "query":
            reply = {"Error": {"Type": "Sender", **parts}, "RequestId": request_id}
            xml = _xml({"ErrorResponse": reply})
        case _:
            text = json.dumps({"__type": error.code, "message": error.message})
            response = Response(text, error.status, content_type="application/x-amz-json-1.1")
            response.headers["x-amzn-ErrorType"] = error.code
            return response
    return Response(xml, error.status, content_type="text/xml")


def _xml(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(member)}</{name}>" for name, member in value.items())
    if isinstance(value, list | tuple):
        return "".join(f"<member>{_xml(member)}</member>" for member in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))

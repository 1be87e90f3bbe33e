"""What the network and a tired AWS do to a call."""

import socket
from collections.abc import Callable
from http import HTTPStatus

from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.server.controls import Fault
from aws_mfa_process.sandbox.server.replies import AWSError, failure

_LOGIN_PAGE = "<!DOCTYPE html><html><body><h1>Welcome to the hotel network</h1></body></html>"


def drop(request: Request) -> Response:
    """End the connection without a word.

    Raises:
        ConnectionResetError: Always; the server then lets go of the connection.
    """
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def apply(
    fault: Fault,
    request: Request,
    process: Callable[[], Response],
    wait: Callable[[float], object],
) -> Response:
    """Let a call go wrong.

    Args:
        fault: How.
        request: The call.
        process: Answers the call as if nothing were wrong.
        wait: Waits some seconds.

    Raises:
        ConnectionResetError: The fault is a dropped connection.
        AWSError: The fault is an error of AWS.
    """
    match fault.kind:
        case "drop":
            return drop(request)
        case "lost_reply":
            process()
            return drop(request)
        case "hang":
            wait(fault.seconds)
            return process()
        case "captive_portal":
            return Response(_LOGIN_PAGE, content_type="text/html")
        case "html511":
            status = HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED
            return Response(_LOGIN_PAGE, status, content_type="text/html")
        case "s3_error":
            error = AWSError("AccessDenied", "Access Denied.", HTTPStatus.FORBIDDEN)
            return failure(error, "s3")
        case kind:
            raise AWSError(*_ERRORS[kind])


_ERRORS = {
    "http500": (
        "InternalFailure",
        "The request processing has failed because of an unknown error.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    ),
    "http503": (
        "ServiceUnavailable",
        "The request has failed due to a temporary failure of the server.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    "limit": (
        "LimitExceeded",
        "Cannot exceed quota for MFADevicesPerUser: 8",
        HTTPStatus.CONFLICT,
    ),
    "throttling": ("Throttling", "Rate exceeded", HTTPStatus.BAD_REQUEST),
}

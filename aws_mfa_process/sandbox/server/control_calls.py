"""What a practice AWS that runs in another process says of itself, over HTTP."""

import dataclasses
import json
import secrets
from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.folder import TOKEN_HEADER
from aws_mfa_process.sandbox.server.controls import Controls
from aws_mfa_process.sandbox.server.device import STEP_SECONDS

PREFIX: Final = "/_sandbox/"


def answer(request: Request, controls: Controls) -> Response:
    """Answer a control call, in JSON.

    ``GET code``, ``GET unused-code``, ``GET calls``. Who asks has to show the practice's token: it
    is in the environment of the practice shell and in the practice's folder.
    """
    given = request.headers.get(TOKEN_HEADER, "").encode("utf-8", "surrogateescape")
    if not secrets.compare_digest(given, controls.token.encode()):
        return _json(
            {"error": f"{TOKEN_HEADER} is not that of this practice"}, HTTPStatus.FORBIDDEN
        )
    name = f"{request.method} {request.path.removeprefix(PREFIX)}"
    if name not in _CALLS:
        return _json({"error": f"no such control: {name}"}, HTTPStatus.NOT_FOUND)
    return _json(_CALLS[name](controls))


def _code(controls: Controls) -> object:
    now = controls.now()
    return {
        "code": controls.authenticator.code(now),
        "seconds_left": STEP_SECONDS - int(now) % STEP_SECONDS,
        "is_used": controls.authenticator.is_used(now),
    }


def _unused_code(controls: Controls) -> object:
    return {"code": controls.code()}


def _calls(controls: Controls) -> object:
    return [dataclasses.asdict(call) for call in controls.calls]


_CALLS: Final = {
    "GET code": _code,
    "GET unused-code": _unused_code,
    "GET calls": _calls,
}


def _json(value: object, status: int = HTTPStatus.OK) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")

"""The test controls over HTTP, for a practice AWS that runs in another process."""

import dataclasses
import json
from http import HTTPStatus
from typing import Any, Final

from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.controls import KNOBS, Controls
from aws_mfa_process.sandbox.device import STEP_SECONDS

PREFIX: Final = "/_sandbox/"


def answer(request: Request, controls: Controls) -> Response:
    """Answer a control call, in JSON.

    ``GET code?step=N``, ``GET unused-code``, ``GET calls``, ``POST knobs`` (an object of
    them), ``POST fail`` (the arguments of `Controls.fail`), ``POST reset``.
    """
    name = f"{request.method} {request.path.removeprefix(PREFIX)}"
    if name not in _CALLS:
        return _json({"error": f"no such control: {name}"}, HTTPStatus.NOT_FOUND)
    try:
        return _json(_CALLS[name](request, controls))
    except (TypeError, ValueError) as error:
        return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)


def _code(request: Request, controls: Controls) -> object:
    now = controls.now()
    step = request.args.get("step", 0, type=int)
    return {
        "code": controls.state.device.code(now, step),
        "seconds_left": STEP_SECONDS - int(now) % STEP_SECONDS,
        "is_used": controls.state.device.is_used(now, step),
    }


def _unused_code(_request: Request, controls: Controls) -> object:
    return {"code": controls.code()}


def _calls(_request: Request, controls: Controls) -> object:
    return [dataclasses.asdict(call) for call in controls.calls]


def _knobs(request: Request, controls: Controls) -> object:
    for knob, value in _body(request).items():
        if knob not in KNOBS:
            raise ValueError(f"no such knob: {knob}")
        setattr(controls, knob, float(value))
    return {knob: getattr(controls, knob) for knob in KNOBS}


def _fail(request: Request, controls: Controls) -> object:
    controls.fail(**_body(request))
    return {}


def _reset(_request: Request, controls: Controls) -> object:
    controls.reset()
    return {}


_CALLS: Final = {
    "GET code": _code,
    "GET unused-code": _unused_code,
    "GET calls": _calls,
    "POST knobs": _knobs,
    "POST fail": _fail,
    "POST reset": _reset,
}


def _body(request: Request) -> dict[str, Any]:
    return dict(request.get_json(force=True))


def _json(value: object, status: int = HTTPStatus.OK) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")

"""The WSGI front: who calls, may they, and who answers."""

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.server import control_calls, faults, iam, member_calls, policy, sts
from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.controls import Call, Controls
from aws_mfa_process.sandbox.server.identities import USER, Identity, invalid_token
from aws_mfa_process.sandbox.server.login import Login
from aws_mfa_process.sandbox.server.refusals import reworded
from aws_mfa_process.sandbox.server.replies import AWSError, failure, form_of, success
from aws_mfa_process.sandbox.server.signature import (
    Signature,
    check_signature,
    check_time,
    read_signature,
)
from aws_mfa_process.sandbox.server.sso import SSO
from aws_mfa_process.sandbox.server.state import Query

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


_LONGEST_BODY = 1 << 20
_SHOWN = ("SessionDuration", "Destination", "Issuer")
"""Parameters of a sign-in that are no secrets."""


class Front:
    """The practice AWS as one WSGI application.

    Attributes:
        closing: Set when the server ends, so that nobody goes on waiting.
    """

    def __init__(self, controls: Controls) -> None:
        """Nothing is started."""
        self._controls = controls
        self.closing = threading.Event()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.max_content_length = _LONGEST_BODY
        try:
            response = self._refusal(request) or self._response(request)
        except ConnectionError:  # a fault that was asked for
            raise
        except Exception as error:  # noqa: BLE001 - whatever a client has sent
            text = f"not understood ({type(error).__name__})"
            response = Response(text, HTTPStatus.BAD_REQUEST)
        response.date = datetime.fromtimestamp(self._controls.now(), UTC)
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        """Let who is asked answer."""
        state = self._controls.state
        if request.path.startswith(control_calls.PREFIX):
            return control_calls.answer(request, self._controls)
        if state.login.is_here(request):
            return self._answer_login(request, state.login)
        if state.sso.is_here(request):
            return self._answer_login(request, state.sso)
        if state.console.is_here(request):
            return self._answer_browser(request)
        return self._answer(request)

    def _refusal(self, request: Request) -> Response | None:
        """Refuse whoever calls us by another name, as a web page may, and what is no request."""
        try:
            request.get_data()
        except HTTPException as error:
            return Response("no request", error.code)
        own = request.environ["werkzeug.socket"].getsockname()
        is_own = request.environ.get("HTTP_HOST") == f"{own[0]}:{own[1]}"
        return None if is_own else Response("not my name", HTTPStatus.MISDIRECTED_REQUEST)

    def _answer_browser(self, request: Request) -> Response:
        """Answer what is not signed: who wants to sign in, and who has."""
        controls = self._controls
        state, now = controls.state, controls.now()
        action = request.values.get("Action") or f"{request.method} {request.path}"
        shown = {name: request.values[name] for name in _SHOWN if name in request.values}
        agent = request.headers.get("User-Agent", "")
        controls.calls.append(Call("signin", action, "", "", agent, now, shown))

        def process() -> Response:
            return state.console.answer(request, state.sessions, now)

        fault = controls.take_fault(action)
        try:
            return faults.apply(fault, request, process, self.closing.wait) if fault else process()
        except AWSError as error:
            return failure(error, "query")

    def _answer_login(self, request: Request, login: Login | SSO) -> Response:
        """Answer who signs in from a command line; a call has the name that its model gives it."""
        controls = self._controls
        state, now = controls.state, controls.now()
        action = login.action(request)
        body = request.get_json(force=True, silent=True)
        grant = body.get("grantType", "") if isinstance(body, dict) else ""
        shown = {"grantType": str(grant)} if grant else {}
        agent = request.headers.get("User-Agent", "")
        service = "signin" if isinstance(login, Login) else "sso"
        controls.calls.append(Call(service, action, "", "", agent, now, shown))

        def process() -> Response:
            return login.answer(request, state.sessions, now)

        fault = controls.take_fault(action)
        try:
            return faults.apply(fault, request, process, self.closing.wait) if fault else process()
        except AWSError as error:
            return failure(error, "rest-json")

    def _answer(self, request: Request) -> Response:
        service = ""
        try:
            signature = read_signature(request)
            service = signature.service
            parameters = _parameters(request)
            action = parameters.get("Action") or _action(request)
            self._record(signature, request, action, parameters)
            state = self._controls.state
            if service == "sts":
                self.closing.wait(self._controls.latency_seconds)
            fault = self._controls.take_fault(action)

            def process() -> Response:
                if self._controls.state is not state:  # a reset while this one was held up
                    return Response(status=503)
                return self._process(request, signature, action, parameters)

            return faults.apply(fault, request, process, self.closing.wait) if fault else process()
        except AWSError as error:
            form = form_of(service, request)
            return failure(reworded(error, form), form)

    def _process(
        self, request: Request, signature: Signature, action: str, parameters: dict[str, str]
    ) -> Response:
        identity = self._authenticate(signature, request)
        query = Query(
            state=self._controls.state,
            identity=identity,
            parameters=parameters,
            now=self._controls.now(),
            key_delay_seconds=self._controls.key_delay_seconds,
            mfa_serials=self._controls.mfa_serials,
            device_delay_seconds=self._controls.device_delay_seconds,
            page_size=self._controls.page_size,
            members=self._controls.members,
            is_via_service=self._controls.via_service,
            scps=self._controls.scps,
            alices=policy.alices(
                frozenset(self._controls.without_mfa),
                frozenset(self._controls.denied_actions),
                has_one_name=self._controls.own_device_name,
            ),
            policies=self._controls.policies,
        )
        service = signature.service
        if service == "sts":
            return success("sts", action, sts.answer(action, query))
        if identity.role or identity.is_member:
            return member_calls.answer(query, self._controls.moto, request, service, action)
        is_implied = not self._controls.names_user or action in iam.NAMELESS
        user_name = parameters.get("UserName", ALICE.name if is_implied else "")
        policy.authorise(query, service, action, user_name)
        return success("iam", action, iam.ACTIONS[action](query))

    def _authenticate(self, signature: Signature, request: Request) -> Identity:
        now = self._controls.now()
        keys = self._controls.state.access_keys
        session = member = None
        if signature.access_key_id.startswith("ASIA"):
            session = self._controls.state.sessions.get(
                signature.access_key_id, signature.session_token
            )
            secret, identity = session.secret_access_key, session.identity
        elif signature.session_token:  # long-term keys have none
            raise invalid_token()
        elif member := self._controls.members.user_of_key(signature.access_key_id):
            identity, secret = member
        else:
            secret, identity = keys.usable(signature.access_key_id, now).secret_access_key, USER
        check_time(signature, time.time() + self._controls.signature_skew_seconds)
        check_signature(signature, request, secret)
        if session:
            session.check_alive(now)
        elif not member:
            keys.record_use(signature.access_key_id, now, signature.service, signature.region)
        return identity

    def _record(
        self, signature: Signature, request: Request, action: str, parameters: dict[str, str]
    ) -> None:
        hidden = {"Action", "Version", "TokenCode", "AuthenticationCode1", "AuthenticationCode2"}
        call = Call(
            service=signature.service,
            action=action,
            access_key_id=signature.access_key_id,
            region=signature.region,
            user_agent=request.headers.get("User-Agent", ""),
            time=self._controls.now(),
            parameters={name: text for name, text in parameters.items() if name not in hidden},
        )
        self._controls.calls.append(call)


def _parameters(request: Request) -> dict[str, str]:
    """Read the parameters of the query protocol, which every other protocol has none of."""
    if request.mimetype == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))
    if "Action" in request.args:
        return request.args.to_dict()
    return {}


def _action(request: Request) -> str:
    target = request.headers.get("X-Amz-Target", "")
    return target.rpartition(".")[2] or f"{request.method} {request.path}"

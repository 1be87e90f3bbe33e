"""IAM Identity Center: ``aws sso login`` in a browser or with a device code, and roles from that.

Rule: a code works once, a refresh token works once. Whoever opens the address of the sign-in is the
user, and may be in each role of the practice world.

Source:
    botocore's models of ``sso-oidc`` and ``sso``.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.server.accounts import ALICE, HOUR_SECONDS, ROLES
from aws_mfa_process.sandbox.server.identities import Identity, Sessions

BEARER: Final = "practice.sso_bearer_token"
"""Of the WSGI environment: the server leaves headers with underscores out."""
ACCESS_SECONDS: Final = HOUR_SECONDS
_REGISTRATION_SECONDS: Final = 90 * 24 * HOUR_SECONDS
_CODE_SECONDS: Final = 600
_DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_CALLS: Final = {
    "/client/register": "RegisterClient",
    "/device_authorization": "StartDeviceAuthorization",
    "/token": "CreateToken",
    "/federation/credentials": "GetRoleCredentials",
    "/authorize": "GET /authorize",
    "/device": "GET /device",
}


@dataclass
class Pending:
    """A sign-in that has begun.

    Attributes:
        wanted: What was asked for.
        is_allowed: The person has agreed.
    """

    wanted: Mapping[str, str] = field(default_factory=dict)
    is_allowed: bool = False


class SSO:
    """Codes and tokens that were given out."""

    def __init__(self) -> None:
        """Start with nobody signed in."""
        self._lock = threading.Lock()
        self._codes: dict[str, Pending] = {}
        self._refresh: set[str] = set()
        self._access: dict[str, float] = {}

    def is_here(self, request: Request) -> bool:
        """Tell whether a request is one of a browser that signs in, or of who waits for that."""
        return request.path in _CALLS

    def action(self, request: Request) -> str:
        """Return the name of the call."""
        return _CALLS[request.path]

    def end_all(self) -> None:
        """Let the user sign out everywhere."""
        with self._lock:
            self._refresh.clear()
            self._access.clear()

    def answer(self, request: Request, sessions: Sessions, now: float) -> Response:
        """Answer one request, at a time in seconds since the epoch."""
        body = request.get_json(force=True, silent=True)
        given: Mapping[str, Any] = body if isinstance(body, dict) else {}
        with self._lock:
            match self.action(request):
                case "RegisterClient":
                    return _json(
                        clientId=secrets.token_urlsafe(16),
                        clientSecret=secrets.token_urlsafe(64),
                        clientIdIssuedAt=int(now),
                        clientSecretExpiresAt=int(now) + _REGISTRATION_SECONDS,
                    )
                case "StartDeviceAuthorization":
                    return self._device(request)
                case "CreateToken":
                    return self._token(given, now)
                case "GetRoleCredentials":
                    return self._role(request, sessions, now)
                case "GET /authorize":
                    return self._authorize(request)
                case _:
                    self._codes[request.args["user_code"]].is_allowed = True
                    return Response("<!DOCTYPE html><p>Request approved</p>", mimetype="text/html")

    def _device(self, request: Request) -> Response:
        code = secrets.token_urlsafe(6)
        self._codes[code] = Pending()
        page = f"{request.host_url}device"
        return _json(
            deviceCode=code,
            userCode=code,
            verificationUri=page,
            verificationUriComplete=f"{page}?user_code={code}",
            expiresIn=_CODE_SECONDS,
            interval=1,
        )

    def _authorize(self, request: Request) -> Response:
        wanted = request.args.to_dict()
        code = secrets.token_urlsafe(16)
        self._codes[code] = Pending(wanted, is_allowed=True)
        given = urlencode({"code": code, "state": wanted["state"]})
        return redirect(f"{wanted['redirect_uri']}?{given}")

    def _token(self, given: Mapping[str, Any], now: float) -> Response:
        grant = given.get("grantType")
        if grant == "refresh_token":
            token = str(given.get("refreshToken"))
            if token not in self._refresh:
                return _refused("InvalidGrantException", "Invalid refresh token provided")
            self._refresh.discard(token)
        else:
            name = "deviceCode" if grant == _DEVICE_CODE else "code"
            pending = self._codes.get(str(given.get(name)))
            if pending is None:
                return _refused("InvalidGrantException", "Invalid grant provided")
            if not pending.is_allowed:
                return _refused("AuthorizationPendingException", "The person has not agreed yet")
            challenge = pending.wanted.get("code_challenge", "")
            if challenge and _digest(str(given.get("codeVerifier"))) != challenge:
                return _refused("InvalidGrantException", "PKCE verification failed")
            del self._codes[str(given[name])]
        access, refresh = secrets.token_urlsafe(64), secrets.token_urlsafe(64)
        self._access[access] = now + ACCESS_SECONDS
        self._refresh.add(refresh)
        return _json(
            accessToken=access, tokenType="Bearer", expiresIn=ACCESS_SECONDS, refreshToken=refresh
        )

    def _role(self, request: Request, sessions: Sessions, now: float) -> Response:
        ends = self._access.get(request.environ.get(BEARER, ""), 0)
        if ends <= now:
            return _refused("UnauthorizedException", "Session token not found or invalid", 401)
        account, name = (request.args.get(it, "") for it in ("account_id", "role_name"))
        role = next(
            (it for it in ROLES.values() if (it.account_id, it.name) == (account, name)), None
        )
        if role is None:
            return _refused("ForbiddenException", "No access", HTTPStatus.FORBIDDEN)
        identity = Identity(
            account_id=role.account_id,
            arn=f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{ALICE.name}",
            user_id=f"{role.role_id}:{ALICE.name}",
            role=role,
            is_session=True,
        )
        session = sessions.create(identity, now + HOUR_SECONDS)
        return _json(
            roleCredentials={
                "accessKeyId": session.access_key_id,
                "secretAccessKey": session.secret_access_key,
                "sessionToken": session.session_token,
                "expiration": int(session.expiration) * 1000,
            }
        )


def _digest(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _json(**values: object) -> Response:
    return Response(json.dumps(values), content_type="application/json")


def _refused(kind: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> Response:
    text = json.dumps({"error": kind, "error_description": message, "message": message})
    response = Response(text, status, content_type="application/json")
    response.headers["x-amzn-ErrorType"] = kind
    return response

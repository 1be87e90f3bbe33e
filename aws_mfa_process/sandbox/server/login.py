"""AWS's sign-in for the command line: ``aws login``, with keys of 15 minutes and a refresh token.

Rule: a code works once, a refresh token works once, and both only with the key that asked for them.
Whoever opens the address of the sign-in is the user, who has a passkey.

Source:
    botocore's model of ``signin``; the AWS CLI user guide, «Sign in with console credentials»;
    RFC 7636 (PKCE) and RFC 9449 (DPoP).
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.server.identities import USER, Sessions

AUTHORIZE: Final = "/v1/authorize"
CONFIRM: Final = "/v1/sessions/confirmation"
TOKEN: Final = "/v1/token"
KEY_SECONDS: Final = 900
LOGIN_SECONDS: Final = 12 * 3600
_CODE_SECONDS: Final = 300
_PROOF_SECONDS: Final = 300
_CLIENTS: Final = (
    "arn:aws:signin:::devtools/same-device",
    "arn:aws:signin:::devtools/cross-device",
)


class RefusedError(Exception):
    """What the sign-in says no to.

    Attributes:
        error: AWS's word for it.
    """

    def __init__(self, error: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.error = error
        self.message = message


@dataclass(frozen=True)
class Grant:
    """What a code, or a refresh token, stands for.

    Attributes:
        wanted: What was asked for with the code.
        ends: When the login ends, seconds since the epoch; of a code, when that does.
        key: Digest of the key that proved itself first; empty for a code.
    """

    client_id: str
    wanted: Mapping[str, str]
    ends: float
    key: str = ""


class Login:
    """Codes and refresh tokens that were given out."""

    def __init__(self) -> None:
        """Start with nobody signed in."""
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}

    def is_here(self, request: Request) -> bool:
        """Tell whether a request is one of a browser that signs in, or of who waits for that."""
        return request.path in (AUTHORIZE, CONFIRM, TOKEN)

    def action(self, request: Request) -> str:
        """Return the name of the call."""
        return "CreateOAuth2Token" if request.path == TOKEN else f"GET {request.path}"

    def answer(self, request: Request, sessions: Sessions, now: float) -> Response:
        """Answer one request, at a time in seconds since the epoch."""
        try:
            if request.path == AUTHORIZE:
                return self._authorize(request, now)
            if request.path == CONFIRM:
                return _confirm(request)
            return self._token(request, sessions, now)
        except RefusedError as error:
            return _refused(error)

    def end_all(self) -> None:
        """Let the user change her password: no refresh token works any more."""
        with self._lock:
            self._tokens.clear()

    def _authorize(self, request: Request, now: float) -> Response:
        wanted = request.args.to_dict()
        for name, text in {
            "response_type": "code",
            "code_challenge_method": "SHA-256",
            "scope": "openid",
        }.items():
            if wanted.get(name) != text:
                raise RefusedError("INVALID_REQUEST", f"{name} must be {text}")
        if wanted.get("client_id") not in _CLIENTS:
            raise RefusedError("INVALID_REQUEST", "client_id is unknown")
        if not all(wanted.get(name) for name in ("redirect_uri", "state", "code_challenge")):
            raise RefusedError("INVALID_REQUEST", "a parameter is missing")
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Grant(wanted["client_id"], wanted, now + _CODE_SECONDS)
        given = urlencode({"code": code, "state": wanted["state"]})
        return redirect(f"{wanted['redirect_uri']}?{given}")

    def _token(self, request: Request, sessions: Sessions, now: float) -> Response:
        body = _body(request)
        key = _proven_key(request)
        is_code = body.get("grantType") == "authorization_code"
        if not is_code and body.get("grantType") != "refresh_token":
            raise RefusedError("INVALID_REQUEST", "grantType is unknown")
        with self._lock:  # one of many that come at once is the first
            grant = self._codes_grant(body, now) if is_code else self._grant(body, key, now)
            token = secrets.token_urlsafe(64)
            ends = now + LOGIN_SECONDS if is_code else grant.ends
            self._tokens[token] = replace(grant, key=key, ends=ends)
        identity = replace(USER, is_session=True, has_mfa=True, mfa_at=now)
        session = sessions.create(identity, now + KEY_SECONDS)
        answer: dict[str, object] = {
            "accessToken": {
                "accessKeyId": session.access_key_id,
                "secretAccessKey": session.secret_access_key,
                "sessionToken": session.session_token,
            },
            "tokenType": "aws_sigv4",
            "expiresIn": KEY_SECONDS,
            "refreshToken": token,
        }
        if is_code:
            answer["idToken"] = _id_token(now)
        return Response(json.dumps(answer), content_type="application/json")

    def _codes_grant(self, body: Mapping[str, Any], now: float) -> Grant:
        grant = self._codes.pop(str(body.get("code")), None)
        if grant is None or grant.ends <= now:
            raise RefusedError("AUTHCODE_EXPIRED", "The code is not valid, or no more")
        digest = hashlib.sha256(str(body.get("codeVerifier")).encode()).digest()
        challenge = grant.wanted["code_challenge"]
        is_same = body.get("redirectUri") == grant.wanted["redirect_uri"]
        if _encoded(digest) != challenge or body.get("clientId") != grant.client_id or not is_same:
            raise RefusedError("INVALID_REQUEST", "The code was asked for by somebody else")
        return grant

    def _grant(self, body: Mapping[str, Any], key: str, now: float) -> Grant:
        grant = self._tokens.get(str(body.get("refreshToken")))
        if grant is None or grant.ends <= now:
            raise RefusedError("TOKEN_EXPIRED", "The refresh token is not valid, or no more")
        if grant.key != key or grant.client_id != body.get("clientId"):
            raise RefusedError("INVALID_REQUEST", "The refresh token is another client's")
        del self._tokens[str(body["refreshToken"])]
        return grant


def _body(request: Request) -> Mapping[str, Any]:
    found = request.get_json(force=True, silent=True)
    if request.method != "POST" or not isinstance(found, dict):
        raise RefusedError("INVALID_REQUEST", "The request is not JSON")
    return found


def _proven_key(request: Request) -> str:
    """Return the digest of the key that has signed the request's proof.

    Raises:
        RefusedError: There is no proof, or it is one of another request, of another time, or not
            signed by the key that it names.
    """
    try:
        head, payload, signature = request.headers["DPoP"].split(".")
        named, proof = json.loads(_decoded(head)), json.loads(_decoded(payload))
        x, y = (int.from_bytes(_decoded(named["jwk"][name]), "big") for name in ("x", "y"))
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        r, s = (int.from_bytes(half, "big") for half in _halves(_decoded(signature)))
        signed = utils.encode_dss_signature(r, s)
        key.verify(signed, f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
        is_for_us = proof["htm"] == "POST" and proof["htu"] == request.base_url
        is_now = abs(proof["iat"] - time.time()) < _PROOF_SECONDS
    except (LookupError, ValueError, TypeError, InvalidSignature):
        raise RefusedError("INVALID_REQUEST", "The proof of the key is not valid") from None
    if not (is_for_us and is_now and named.get("typ") == "dpop+jwt"):
        raise RefusedError("INVALID_REQUEST", "The proof of the key is for something else")
    return hashlib.sha256(json.dumps(named["jwk"], sort_keys=True).encode()).hexdigest()


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    middle = len(signature) // 2
    return signature[:middle], signature[middle:]


def _id_token(now: float) -> str:
    """Return a token that names the user; nobody checks its signature."""
    claims = {"sub": USER.arn, "iat": int(now), "exp": int(now) + LOGIN_SECONDS}
    parts = [{"alg": "ES256", "typ": "JWT"}, claims, {}]
    return ".".join(_encoded(json.dumps(part).encode()) for part in parts)


def _confirm(request: Request) -> Response:
    """Show a browser on another machine what is to be typed where ``aws login`` waits."""
    text = urlencode({name: request.args.get(name, "") for name in ("state", "code")})
    shown = base64.b64encode(text.encode()).decode()
    return Response(f'<!DOCTYPE html><p id="code">{shown}</p>', content_type="text/html")


def _refused(error: RefusedError) -> Response:
    is_form = error.error == "INVALID_REQUEST"
    status = HTTPStatus.BAD_REQUEST if is_form else HTTPStatus.FORBIDDEN
    text = json.dumps({"error": error.error, "message": error.message})
    response = Response(text, status, content_type="application/json")
    kind = "ValidationException" if is_form else "AccessDeniedException"
    response.headers["x-amzn-ErrorType"] = kind
    return response


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

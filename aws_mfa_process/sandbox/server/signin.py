"""AWS's sign-in and the console behind it: who has a session of a role gets in.

Rule: what is refused is refused as AWS does, with a page that says little.
"""

import json
import secrets
import time
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Final

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.server.accounts import HOUR_SECONDS
from aws_mfa_process.sandbox.server.identities import Identity, Session, Sessions
from aws_mfa_process.sandbox.server.replies import AWSError

FEDERATION: Final = "/federation"
SWITCH: Final = "/switchrole"
_COOKIE: Final = "practice-console"
_TOKEN_SECONDS: Final = 900
_DURATION: Final = range(900, 12 * HOUR_SECONDS + 1)
_PAGE: Final = """\
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p id="said">{said}</p></body></html>
"""


@dataclass(frozen=True)
class SignIn:
    """Who may come in, or is in.

    Attributes:
        ends: Seconds since the epoch.
    """

    identity: Identity
    console_ends: float
    ends: float


class Console:
    """Sign-in tokens and the browsers that are signed in."""

    def __init__(self) -> None:
        """Start with nobody signed in."""
        self._tokens: dict[str, SignIn] = {}
        self._browsers: dict[str, SignIn] = {}

    def is_here(self, request: Request) -> bool:
        """Tell whether a request is one of a browser, and not of an SDK."""
        is_signed = "Authorization" in request.headers or "X-Amz-Signature" in request.args
        is_own = request.path in (FEDERATION, SWITCH) or _COOKIE in request.cookies
        return is_own and not is_signed

    def answer(self, request: Request, sessions: Sessions, now: float) -> Response:
        """Answer a browser, or who wants a token for one.

        Args:
            request: One that `is_here`.
            sessions: All that STS has given out.
            now: Seconds since the epoch, by the server's clock.
        """
        if request.path == SWITCH:
            return _switch_page(request)
        if request.path != FEDERATION:
            return self._console(request, now)
        action = request.values.get("Action", "")
        if action == "getSigninToken":
            return self._token(request, sessions, now)
        if action == "login":
            return self._login(request, now)
        return _page("Bad request", "There is no such action.", HTTPStatus.BAD_REQUEST)

    def _token(self, request: Request, sessions: Sessions, now: float) -> Response:
        """Give a token for a session of a role.

        Source:
            IAM user guide, «Enable custom identity broker access to the AWS console», and «Compare
            AWS STS credentials»: those of GetSessionToken are not let in.
        """
        session = _session_of(request.values.get("Session", ""), sessions)
        duration = request.values.get("SessionDuration")
        if session is None or session.identity.role is None or session.expiration <= now:
            return _refused("Invalid credentials parameter")
        ends = session.expiration
        if duration is not None:
            is_good = duration.isascii() and duration.isdigit() and int(duration) in _DURATION
            if not is_good or session.identity.is_chained:
                return _refused("Invalid SessionDuration parameter")
            ends = now + int(duration)
        token = secrets.token_urlsafe(96)
        self._tokens[token] = SignIn(session.identity, ends, now + _TOKEN_SECONDS)
        return Response(json.dumps({"SigninToken": token}), content_type="application/json")

    def _login(self, request: Request, now: float) -> Response:
        """Let a browser in and send it to the page that it wants.

        AWS says how long a token is good, and not that it works but once.
        """
        sign_in = self._tokens.get(request.values.get("SigninToken", ""))
        if sign_in is None or sign_in.ends <= now:
            return _refused("The token is not valid, or no more")
        wanted = request.values.get("Destination", "")
        if not wanted.startswith(request.host_url):
            return _refused("The destination is not the console")
        response = redirect(wanted)
        name = secrets.token_urlsafe(32)
        self._browsers[name] = sign_in
        response.set_cookie(_COOKIE, name, httponly=True, samesite="Lax")
        return response

    def _console(self, request: Request, now: float) -> Response:
        sign_in = self._browsers.get(request.cookies.get(_COOKIE, ""))
        if sign_in is None or sign_in.console_ends <= now:
            said = "Your session has ended. Sign in again."
            return _page("Signed out", said, HTTPStatus.UNAUTHORIZED)
        identity = sign_in.identity
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(sign_in.console_ends))
        region = request.args.get("region", "no region")
        said = f"Signed in as {identity.arn} until {until}: {request.path} in {region}"
        return _page(f"Practice console of {identity.account_id}", said)


def _session_of(text: str, sessions: Sessions) -> Session | None:
    """Return the session of three values in JSON; None: they are those of none."""
    try:
        given = json.loads(text)
        session = sessions.get(given["sessionId"], given["sessionToken"])
    except (ValueError, LookupError, TypeError, AWSError):
        return None
    return session if session.secret_access_key == given.get("sessionKey") else None


def _switch_page(request: Request) -> Response:
    names = ("account", "roleName", "displayName", "color")
    account, role, name, colour = (request.args.get(it, "") for it in names)
    said = f"Account {account}, role {role}, shown as {name} in #{colour}"
    return _page("Switch role", f"{said}. The practice console has no user to switch from.")


def _refused(why: str) -> Response:
    return _page("Bad request", why, HTTPStatus.BAD_REQUEST)


def _page(title: str, said: str, status: int = HTTPStatus.OK) -> Response:
    text = _PAGE.format(title=escape(title), said=escape(said))
    return Response(text, status, content_type="text/html")

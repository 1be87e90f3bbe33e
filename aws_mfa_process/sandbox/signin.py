"""The sign-in endpoint, which trades a role session for a URL to the console.

``/federation`` with ``Action=getSigninToken``, then with ``Action=login``, is not signed:
the session credentials themselves stand in the request.
"""

import html
import json
import secrets
from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Request, Response

from aws_mfa_process.sandbox.replies import AWSError
from aws_mfa_process.sandbox.state import SigninToken, State

PATH: Final = "/federation"

_SESSION_SECONDS: Final = range(900, 43201)
_TOKEN_SECONDS: Final = 900


def answer(request: Request, state: State, now: float) -> Response:
    """Answer one request of the console's federation.

    What is wrong gets a page of status 400 that gives no reason, as from AWS: credentials that
    are unknown, expired or a user's instead of a role's; a duration out of range; an old token.

    Args:
        request: With its parameters in the query string or the body.
        state: Knows the sessions.
        now: Seconds since the epoch.

    Source:
        IAM User Guide, "Enable custom identity broker access to the AWS console": parameters,
        900 to 43200 seconds, a token that is good for 15 minutes.
    """
    actions = {"getSigninToken": _signin_token, "login": _login}
    try:
        return actions[request.values["Action"]](request, state, now)
    except (AWSError, LookupError, TypeError, ValueError):
        return _page("400 Bad Request", HTTPStatus.BAD_REQUEST)


def _signin_token(request: Request, state: State, now: float) -> Response:
    given = json.loads(request.values["Session"])
    session = state.sessions.get(given["sessionId"], given["sessionToken"])
    session.check_alive(now)
    seconds = int(request.values.get("SessionDuration", _TOKEN_SECONDS))
    if (
        session.identity.role is None
        or session.secret_access_key != given["sessionKey"]
        or seconds not in _SESSION_SECONDS
    ):
        raise ValueError
    token = secrets.token_urlsafe(300)
    state.signin_tokens[token] = SigninToken(session.identity, now + _TOKEN_SECONDS)
    return Response(json.dumps({"SigninToken": token}), content_type="application/json")


def _login(request: Request, state: State, now: float) -> Response:
    token = state.signin_tokens[request.values["SigninToken"]]
    if token.expiration <= now:
        raise ValueError
    return _page(f"{token.identity.arn} at {request.values['Destination']}", HTTPStatus.OK)


def _page(title: str, status: int) -> Response:
    page = f"<!DOCTYPE html><html><body><h1>{html.escape(title)}</h1></body></html>"
    return Response(page, status, content_type="text/html")

"""AWS's sign-in: a role session becomes a token that signs a browser in.

Its one rule: the session goes in the body of a POST, never in an address, and of what comes back
only the token is used: no answer is shown.
"""

import json
import time
from urllib.parse import urlencode

import botocore.exceptions
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from aws_mfa_process import __version__, debug
from aws_mfa_process.aws import failed
from aws_mfa_process.aws.service import (
    ca_bundle,
    check_network,
    failure_of,
    refuse_empty_bundle,
)
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import STSError
from aws_mfa_process.values import Any

_OK = 200
_REFUSED = (400, 401, 403)
_SERVER_FAILED = range(500, 511)
"""511 comes from a network that wants to be signed in to."""


def signin_token(
    endpoint: Endpoint, address: str, session: SessionCredentials, seconds: int | None
) -> str:
    """Return a sign-in token, a secret that is good for 15 minutes.

    Args:
        endpoint: The profile whose network settings hold, the region and the explicit address of
            the sign-in, if there is one.
        address: Of the sign-in, without a path.
        session: Of a role.
        seconds: Life of the console session, 900 to 43200, which AWS takes for a role that an IAM
            user's keys have assumed; None: as long as the session lives.

    Raises:
        STSError: AWS refused or gave no token.
        NotSentError: It could not be reached.
        ConfigError: The network settings of the profile cannot be used.

    Source:
        IAM user guide, «Enable custom identity broker access to the AWS console».
    """
    secrets = (session.secret_access_key, session.session_token)
    call = failed.Call("sign-in", endpoint, endpoint.url, secrets)
    started = time.time()
    try:
        status, content = _post(call, f"{address}/federation", _form(session, seconds))
    except (BotoCoreError, ValueError) as error:
        raise failure_of(error, call) from None
    finally:
        debug.note(f"getSigninToken at {call.name()} took {time.time() - started:.3f} s")
    if status in _REFUSED:
        asked = "" if seconds is None else f" for {seconds} seconds"
        raise STSError(
            f"{call.name()} did not let the session of the role in{asked} (HTTP {status})",
            hint="try it without --duration" if asked else "try it without a session: --switch",
        )
    if status in _SERVER_FAILED:
        raise STSError(f"{call.name()} failed (HTTP {status})", hint="try again in a minute")
    token = _token_in(content) if status == _OK else ""
    if not token:
        raise failed.error_of(call, failed.NOT_AWS)
    return token


def _form(session: SessionCredentials, seconds: int | None) -> str:
    values = {
        "sessionId": session.access_key_id,
        "sessionKey": session.secret_access_key,
        "sessionToken": session.session_token,
    }
    form = {"Action": "getSigninToken", "Session": json.dumps(values, separators=(",", ":"))}
    return urlencode(form | ({} if seconds is None else {"SessionDuration": str(seconds)}))


def _post(call: failed.Call, url: str, form: str) -> tuple[int, bytes]:
    """Send a form with the network settings of a profile; return HTTP status and answer."""
    settings = botocore.session.Session(profile=call.endpoint.profile or None)
    refuse_empty_bundle(settings, call.profile())
    check_network(settings, call, url)
    _, bundle = ca_bundle(settings, call.profile())
    network: dict[str, Any] = {  # wider than botocore's stubs have it
        "verify": bundle or True,
        "proxies": get_environ_proxies(url),
        "timeout": (failed.CONNECT_SECONDS, failed.READ_SECONDS),
    }
    http = URLLib3Session(**network)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": f"aws-mfa-process/{__version__}",
    }
    request = AWSRequest(method="POST", url=url, data=form.encode(), headers=headers)
    answer = http.send(request.prepare())
    return answer.status_code, answer.content


def _token_in(content: bytes) -> str:
    """Return the token of an answer; empty: there is none that could be part of an address."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    token = document.get("SigninToken") if isinstance(document, dict) else None
    is_token = isinstance(token, str) and token.isascii() and token.isprintable()
    return token if is_token and token else ""

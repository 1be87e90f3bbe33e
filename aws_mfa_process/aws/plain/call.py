"""The plain call: decide, sign, send, read; what it cannot do is left to botocore.

Its one rule: with an MFA code, a request that may have left is never sent again, by either way.
"""

import os
import time
from collections.abc import Callable, Mapping

from aws_mfa_process import __version__, debug
from aws_mfa_process.aws import failed
from aws_mfa_process.aws.plain import wire
from aws_mfa_process.aws.plain.answer import refusal_in, result_of
from aws_mfa_process.aws.plain.facts import facts
from aws_mfa_process.aws.plain.place import BotocoreOnlyError, Place, place_of
from aws_mfa_process.aws.plain.signature import form_of, signed
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials
from aws_mfa_process.values import Any

_SHORTEST = {
    "RoleArn": 20,
    "RoleSessionName": 2,
    "ExternalId": 2,
    "SourceIdentity": 2,
    "SerialNumber": 9,
    "TokenCode": 6,
    "Key": 1,
}
"""Below these lengths botocore has an error of its own (STS API reference)."""
_LEAST_SECONDS = 900
_AGAIN_STATUSES = (429, 500, 502, 503, 504)
# fmt: off
_THROTTLED = frozenset((
    "PriorRequestNotComplete", "Throttling", "ThrottlingException", "ThrottledException",
    "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
    "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
    "EC2ThrottledException", "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
))
# fmt: on
_AGAIN_CODES = _THROTTLED | {"RequestTimeout", "RequestTimeoutException", "IDPCommunicationError"}
"""What botocore tries again (``retries/standard.py``)."""
_PAUSE_SECONDS, _THROTTLED_SECONDS = 0.05, 1
_WISH_SECONDS = 5
"""As much longer AWS may have us wait."""
_TRIES = 2


class RefusedError(Exception):
    """AWS said no."""

    def __init__(self, response: dict[str, Any]) -> None:
        """Keep the answer, in the shape that botocore gives it."""
        super().__init__()
        self.response = response


def prepare(endpoint: Endpoint) -> None:
    """Make what a call will need, without a connection.

    Raises:
        BotocoreOnlyError: Only botocore can do the call.
    """
    wire.prepare(place_of(endpoint, facts()))


def call(
    asked: failed.Call,
    action: str,
    parameters: Mapping[str, Any],
    credentials: AnyCredentials,
    deadline: float,
) -> dict[str, Any]:
    """Make a call and return its result, texts and mappings by AWS's names.

    Args:
        asked: Whom it is for, and whether it has a code.
        action: As AWS names it.
        parameters: Likewise.
        credentials: Whose call it is.
        deadline: By ``time.monotonic``; all ends by then.

    Raises:
        BotocoreOnlyError: Only botocore can do it; nothing has left.
        UnsentError: Nothing has left (`wire`).
        RefusedError: AWS said no.
        STSError: No answer came.
    """
    place = place_of(asked.endpoint, facts())
    _refuse_short(parameters)
    try:
        body = form_of(action, parameters)
    except UnicodeEncodeError:
        raise BotocoreOnlyError("a parameter that is no text") from None

    def attempt() -> dict[str, Any]:
        started = time.time()
        try:
            headers = _headers(place, body, credentials, started)
            return _read(wire.post(place, headers, body, deadline), action)
        finally:
            if debug.is_wanted():
                debug.note(f"{action} at {asked.name()} took {time.time() - started:.3f} s")

    try:
        return _tried(attempt, 1 if asked.has_code else _TRIES, deadline)
    except wire.LostError as error:
        way = failed.TOO_LATE if error.is_late else failed.CLOSED
        raise failed.error_of(asked, way) from None
    except wire.OddError:
        raise failed.error_of(asked, failed.NOT_AWS) from None


def _tried(attempt: Callable[[], dict[str, Any]], tries: int, deadline: float) -> dict[str, Any]:
    """Return what an attempt gives, made anew where that may bring an answer."""
    while True:
        tries -= 1
        try:
            return attempt()
        except (RefusedError, wire.LostError, wire.UnsentError) as error:
            pause = _pause_seconds(error)
            if not tries or time.monotonic() + pause >= deadline or not _may_pass(error):
                raise
        time.sleep(pause)


def _read(answer: wire.Answer, action: str) -> dict[str, Any]:
    refusal = refusal_in(answer)
    if refusal is not None:
        raise RefusedError(refusal)
    return result_of(answer, action)


def _headers(place: Place, body: bytes, credentials: AnyCredentials, now: float) -> dict[str, str]:
    app = f" app/{place.app}" if place.app else ""
    return {
        **signed(place, body, credentials, now),
        "accept-encoding": "identity",
        "user-agent": f"aws-mfa-process/{__version__}{app}",
        "connection": "close",
    }


def _refuse_short(parameters: Mapping[str, Any]) -> None:
    """Leave to botocore what it refuses to send."""
    seconds = parameters.get("DurationSeconds", _LEAST_SECONDS)
    texts = [(name, str(parameters[name])) for name in _SHORTEST if name in parameters]
    texts += [("RoleArn", item["arn"]) for item in parameters.get("PolicyArns", ())]
    texts += [("Key", tag["Key"]) for tag in parameters.get("Tags", ())]
    texts += [("Key", key) for key in parameters.get("TransitiveTagKeys", ())]
    if seconds < _LEAST_SECONDS or any(len(text) < _SHORTEST[name] for name, text in texts):
        raise BotocoreOnlyError("a parameter below the minimum")


def _may_pass(error: Exception) -> bool:
    """Tell whether another try may bring an answer."""
    if isinstance(error, wire.UnsentError):
        return error.is_late
    if not isinstance(error, RefusedError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status in _AGAIN_STATUSES or _code(error) in _AGAIN_CODES


def _pause_seconds(error: Exception) -> float:
    """Return how long to wait before another try.

    Source:
        botocore ``retries/standard.py``, ``ExponentialBackoff``.
    """
    most = _THROTTLED_SECONDS if _code(error) in _THROTTLED else _PAUSE_SECONDS
    pause = most * os.urandom(1)[0] / 255
    return max(pause, min(_wish_seconds(error), pause + _WISH_SECONDS))


def _wish_seconds(error: Exception) -> float:
    """Return how long AWS would have us wait; 0: it does not say."""
    if not isinstance(error, RefusedError):
        return 0
    wish = error.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-retry-after", "")
    try:
        return int(wish) / 1000
    except (ValueError, OverflowError):
        return 0


def _code(error: Exception) -> str:
    """Return the code with which AWS said no; empty: it did not."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, RefusedError) else ""

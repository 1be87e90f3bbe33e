"""The plain call: decide, sign, send, read; what it cannot do is left to botocore.

Its one rule: with an MFA code, a request that may have left is never sent again, by either way.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from aws_mfa_process import __version__, debug
from aws_mfa_process.aws import failed
from aws_mfa_process.aws.plain import wire
from aws_mfa_process.aws.plain.answer import refusal_in, result_of
from aws_mfa_process.aws.plain.facts import facts
from aws_mfa_process.aws.plain.place import BotocoreOnlyError, Place, place_of
from aws_mfa_process.aws.plain.signature import form_of, signed
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials

_SHORTEST = {
    "RoleArn": 20,
    "RoleSessionName": 2,
    "ExternalId": 2,
    "SourceIdentity": 2,
    "SerialNumber": 9,
    "TokenCode": 6,
}
"""Below these lengths botocore has an error of its own (STS API reference)."""
_LEAST_SECONDS = 900
_AGAIN_STATUSES = (429, 500, 502, 503, 504)
# fmt: off
_AGAIN_CODES = frozenset((
    "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "Throttling",
    "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
    "LimitExceededException", "SlowDown", "EC2ThrottledException", "IDPCommunicationError",
    "ProvisionedThroughputExceededException", "TransactionInProgressException",
))
# fmt: on
"""What botocore tries again (``retries/standard.py``)."""
_PAUSE_SECONDS = 0.05


class SendAgainError(Exception):
    """Nothing came of a call that may be made once more."""


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
    asked: failed.Call, action: str, parameters: Mapping[str, Any], credentials: AnyCredentials
) -> dict[str, Any]:
    """Make a call and return its result, texts and mappings by AWS's names.

    Args:
        asked: Whom it is for, and whether it has a code.
        action: As AWS names it.
        parameters: Likewise.
        credentials: Whose call it is.

    Raises:
        BotocoreOnlyError: Only botocore can do it; nothing has left.
        SendAgainError: Nothing came of it, and it may be made once more.
        RefusedError: AWS said no.
        STSError: No answer came, and the call must not be made again.
    """
    place = place_of(asked.endpoint, facts())
    _refuse_short(parameters)
    body = form_of(action, parameters)
    headers = {
        **signed(place, body, credentials, time.time()),
        "accept-encoding": "identity",
        "user-agent": _user_agent(place),
        "connection": "close",
    }
    started = time.time()
    try:
        answer = _sent(asked, place, headers, body)
        refusal = refusal_in(answer)
        if refusal is None:
            return result_of(answer, action)
    except wire.OddError:
        raise failed.error_of(asked, failed.NOT_AWS) from None
    finally:
        debug.note(f"{action} at {asked.name()} took {time.time() - started:.3f} s")
    if not asked.has_code and _is_passing(refusal):
        time.sleep(_PAUSE_SECONDS * os.urandom(1)[0] / 255)
        raise SendAgainError
    raise RefusedError(refusal)


def _sent(asked: failed.Call, place: Place, headers: Mapping[str, str], body: bytes) -> wire.Answer:
    """Return the answer to a request that is sent once."""
    try:
        return wire.post(place, headers, body)
    except wire.UnsentError as error:
        if error.is_late and asked.has_code:  # or a person would wait twice
            raise failed.error_of(asked, failed.NOT_REACHED) from None
        raise BotocoreOnlyError("it could not be sent") from None
    except wire.LostError as error:
        if not asked.has_code:
            raise SendAgainError from None
        way = failed.TOO_LATE if error.is_late else failed.CLOSED
        raise failed.error_of(asked, way) from None


def _refuse_short(parameters: Mapping[str, Any]) -> None:
    """Leave to botocore what it refuses to send."""
    seconds = parameters.get("DurationSeconds", _LEAST_SECONDS)
    texts = [(name, str(parameters[name])) for name in _SHORTEST if name in parameters]
    texts += [("RoleArn", item["arn"]) for item in parameters.get("PolicyArns", ())]
    if seconds < _LEAST_SECONDS or any(len(text) < _SHORTEST[name] for name, text in texts):
        raise BotocoreOnlyError("a parameter below the minimum")


def _user_agent(place: Place) -> str:
    return f"aws-mfa-process/{__version__}" + (f" app/{place.app}" if place.app else "")


def _is_passing(refusal: Mapping[str, Any]) -> bool:
    """Tell whether another try may bring an answer."""
    code = refusal["Error"].get("Code", "")
    status = refusal["ResponseMetadata"]["HTTPStatusCode"]
    debug.note(f"answered {status} {code}")
    return status in _AGAIN_STATUSES or code in _AGAIN_CODES

"""Whether STS can be reached, and what its clock says: a call without a signature.

Its one rule: no credentials are loaded or sent. The call goes the way that botocore has for the
profile: address, proxy and certificates.
"""

import re
from email.utils import parsedate_to_datetime

import botocore.exceptions
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aws_mfa_process.aws import failed
from aws_mfa_process.aws.service import MISREAD, check_network, failure_of, refuse_empty_bundle
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.errors import MFAProcessError, NotSentError
from aws_mfa_process.values import Any

_LATE = (botocore.exceptions.ReadTimeoutError, botocore.exceptions.ConnectTimeoutError)
_NOBODY = "unsigned"
"""Else botocore would look for credentials, though it signs nothing."""


def their_time(endpoint: Endpoint, seconds: float) -> float:
    """Return the time by the clock of STS, which refuses the call, in seconds since the epoch.

    Args:
        endpoint: Which STS.
        seconds: To connect, and then to be answered.

    Returns:
        0 where the answer does not tell.

    Raises:
        MFAProcessError: No answer came, or the settings do not allow a call.
    """
    call = failed.Call("sts", endpoint, endpoint.url)
    config = Config(
        signature_version=UNSIGNED,
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"total_max_attempts": 1},
    )
    try:
        session = botocore.session.Session(profile=endpoint.profile or None)
        refuse_empty_bundle(session, call.profile())
        client: Any = session.create_client(
            "sts",
            region_name=endpoint.region,
            endpoint_url=endpoint.url or None,
            aws_access_key_id=_NOBODY,
            aws_secret_access_key=_NOBODY,
            config=config,
        )
        check_network(session, call, client.meta.endpoint_url)
        response = dict(client.get_caller_identity())
    except ClientError as error:
        response = dict(error.response)
    except _LATE:
        raise late(endpoint, seconds) from None
    except OSError as error:
        raise failed.cannot_be_called(
            call, f"{error.filename}: {error.strerror}", "let the setting name a file"
        ) from None
    except (BotoCoreError, ValueError, botocore.parsers.ResponseParserError, *MISREAD) as error:
        raise failure_of(error, call) from None
    return _time_of(str(response["ResponseMetadata"].get("HTTPHeaders", {}).get("date", "")))


def late(endpoint: Endpoint, seconds: float) -> MFAProcessError:
    """Return the error for an STS that does not answer in time."""
    name = failed.Call("sts", endpoint, endpoint.url).name()
    return NotSentError(
        f"{name} did not answer within {seconds:g} seconds", hint="check network and proxy"
    )


def _time_of(date: str) -> float:
    """Return the time in a ``Date`` header; 0 where there is none.

    >>> _time_of("Fri, 27 Nov 2026 08:30:00 GMT"), _time_of("")
    (1795768200.0, 0)
    """
    if not re.search("GMT|UTC|[+-][0-9]{4}", date):
        return 0
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0

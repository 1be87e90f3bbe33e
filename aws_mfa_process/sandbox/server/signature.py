"""Signature Version 4, from the server's side: read it, and compute what it should have been.

The arithmetic is botocore's own; only the list of signed headers comes from the request.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from werkzeug.wrappers import Request

from aws_mfa_process.sandbox.server.replies import AWSError

_FORM: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/"
    r"aws4_request, ?SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]+)"
)
_TIME: Final = "%Y%m%dT%H%M%SZ"
_LIFE_SECONDS: Final = 900
_FUTURE_SECONDS: Final = 300


@dataclass(frozen=True)
class Signature:
    """What a signed request says about itself.

    Attributes:
        time: When it was signed, ``YYYYMMDDTHHMMSSZ``.
        headers: Names of the signed headers, lower case.
        life_seconds: How long after its time it is good.
        is_presigned: It stands in the query string, not in a header.
    """

    access_key_id: str
    region: str
    service: str
    session_token: str
    time: str
    headers: tuple[str, ...]
    value: str
    life_seconds: int
    is_presigned: bool


def read_signature(request: Request) -> Signature:
    """Read the signature of a request, from its header or its query string.

    Raises:
        AWSError: There is none, or it has another form.
    """
    is_presigned = "X-Amz-Signature" in request.args
    if is_presigned:
        query = request.args
        header = (
            f"{query.get('X-Amz-Algorithm')} Credential={query.get('X-Amz-Credential')},"
            f"SignedHeaders={query.get('X-Amz-SignedHeaders')},Signature={query['X-Amz-Signature']}"
        )
    else:
        header = request.headers.get("Authorization", "")
    if not header:
        message = "Request is missing Authentication Token"
        raise AWSError("MissingAuthenticationToken", message, HTTPStatus.FORBIDDEN)
    match = _FORM.fullmatch(header)
    if match is None:
        message = "Authorization header requires the form of Signature Version 4."
        raise AWSError("IncompleteSignature", message, HTTPStatus.BAD_REQUEST)
    source = request.args if is_presigned else request.headers
    return Signature(
        access_key_id=match["key"],
        region=match["region"],
        service=match["service"],
        session_token=source.get("X-Amz-Security-Token", ""),
        time=source.get("X-Amz-Date", ""),
        headers=tuple(match["headers"].split(";")),
        value=match["signature"],
        life_seconds=request.args.get("X-Amz-Expires", _LIFE_SECONDS, type=int)
        if is_presigned
        else _LIFE_SECONDS,
        is_presigned=is_presigned,
    )


def check_time(signature: Signature, now: float) -> None:
    """Refuse a request that was signed too long ago or too far ahead.

    Args:
        signature: Of the request.
        now: The server's idea of the time, seconds since the epoch.

    Raises:
        AWSError: More than 15 minutes ago (a presigned URL says how long it is good), or more
            than 5 minutes ahead.
    """
    try:
        signed = datetime.strptime(signature.time, _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _does_not_match("Date must be in ISO-8601 'basic format'.") from None
    text = signature.time
    life = signature.life_seconds
    if signed < now - life:
        limit = f"{_spell(now - life)} ({_spell(now)} - {life // 60} min.)"
        raise _does_not_match(f"Signature expired: {text} is now earlier than {limit}")
    if signed > now + _FUTURE_SECONDS:
        limit = f"{_spell(now + _FUTURE_SECONDS)} ({_spell(now)} + 5 min.)"
        raise _does_not_match(f"Signature not yet current: {text} is still later than {limit}")


def check_signature(signature: Signature, request: Request, secret_access_key: str) -> None:
    """Compute the signature again and compare.

    Raises:
        AWSError: It differs.
    """
    kind = _S3Verifier if signature.service.startswith("s3") else _Verifier
    verifier = kind(signature, secret_access_key)
    if not hmac.compare_digest(verifier.expected(request), signature.value):
        raise _does_not_match(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details."
        )


class _Verifier(SigV4Auth):
    """botocore's signer, told which headers the client signed."""

    def __init__(self, signature: Signature, secret_access_key: str) -> None:
        credentials = Credentials(signature.access_key_id, secret_access_key)
        super().__init__(credentials, signature.service, signature.region)
        self._signed = signature

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in self._signed.headers:
            headers[name] = request.headers.get(name, "")
        return headers

    def expected(self, request: Request) -> str:
        path, _, query = request.environ["REQUEST_URI"].partition("?")
        pairs = [pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature=")]
        signed = AWSRequest(
            method=request.method,
            url=f"http://{request.host}{path}?{'&'.join(pairs)}",
            data=request.get_data(),
            headers=dict(request.headers),
        )
        signed.context["timestamp"] = self._signed.time
        if self._signed.is_presigned and self._signed.service == "s3":
            signed.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        text = self.string_to_sign(signed, self.canonical_request(signed))
        return str(self.signature(text, signed))


class _S3Verifier(_Verifier, S3SigV4Auth):
    """The same for S3, whose paths are signed as they are."""


def _spell(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime(_TIME)


def _does_not_match(message: str) -> AWSError:
    return AWSError("SignatureDoesNotMatch", message, HTTPStatus.FORBIDDEN)

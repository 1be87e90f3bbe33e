"""One call of an AWS Query API as bytes: the form, and its signature (Signature Version 4).

Its one rule: it is pure; tests hold it to botocore, byte for byte.
"""

import hmac
import time
from collections.abc import Iterator, Mapping

from aws_mfa_process.aws.plain.place import Place
from aws_mfa_process.credentials import AnyCredentials
from aws_mfa_process.store.digests import sha256
from aws_mfa_process.values import Any

_VERSION = "2011-06-15"
_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_ENCODED = {
    byte: chr(byte) if byte in _PLAIN else "+" if byte == ord(" ") else f"%{byte:02X}"
    for byte in range(256)
}


def form_of(action: str, parameters: Mapping[str, Any]) -> bytes:
    """Return the body of a call.

    Args:
        action: As AWS names it.
        parameters: Likewise; texts, numbers, lists of texts or of mappings.

    Source:
        AWS Query protocol, as botocore ``serialize.py``, ``QuerySerializer``, writes it.
    """
    pairs = [("Action", action), ("Version", _VERSION), *_pairs("", parameters)]
    return "&".join(f"{_encoded(name)}={_encoded(text)}" for name, text in pairs).encode()


def _pairs(start: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in parameters.items():
        if not isinstance(value, list):
            yield f"{start}{name}", str(value)
            continue
        for number, item in enumerate(value, start=1):
            member = f"{start}{name}.member.{number}"
            if isinstance(item, Mapping):
                yield from _pairs(f"{member}.", item)
            else:
                yield member, str(item)


def _encoded(text: str) -> str:
    return "".join(_ENCODED[byte] for byte in text.encode())


def signed(place: Place, body: bytes, credentials: AnyCredentials, now: float) -> dict[str, str]:
    """Return the headers that a signature needs, with the signature.

    Args:
        place: Where the call goes.
        body: Of the call.
        credentials: Whose call it is.
        now: Seconds since the epoch.

    Source:
        AWS Signature Version 4; botocore ``auth.py``, ``SigV4Auth``.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    headers = {"content-type": _TYPE, "host": place.authority, "x-amz-date": stamp}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(headers)
    lines = [f"{name}:{' '.join(text.split())}" for name, text in headers.items()]
    canonical = "\n".join(["POST", place.path, "", *lines, "", names, _digest(body)])
    scope = f"{stamp[:8]}/{place.region}/sts/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, _digest(canonical.encode())])
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()

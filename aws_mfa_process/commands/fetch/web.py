"""A list from an https address.

Its one rule: only https, wherever it is led; all of it within a time and a length, however slowly
it comes.
"""

import base64
import http.client
import os
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from aws_mfa_process import __version__
from aws_mfa_process.commands.fetch.place import Place
from aws_mfa_process.errors import ConfigError, MFAProcessError

_MOST_SECONDS = 20
_PART_BYTES = 65536
_AGAIN = "check network and proxy; then try again"
_REFUSED = (401, 403, 407)
_GONE = (404, 410)
_REDIRECTS = range(300, 400)

_SENTENCES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((ssl.SSLError,), "does not speak TLS as it must"),
    ((socket.gaierror,), "has a host that nobody knows"),
    ((TimeoutError,), f"did not come within {_MOST_SECONDS} seconds"),
    (
        (http.client.HTTPException, ConnectionResetError, BrokenPipeError),
        "gave an answer that is not whole, or none of HTTP",
    ),
)
"""What brings no answer, from the special to the general."""


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https alone."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - as urllib has it
        self,
        req: urllib.request.Request,
        fp: Any,  # noqa: ANN401 - as urllib has it
        code: int,
        msg: str,
        headers: Any,  # noqa: ANN401 - same
        newurl: str,
    ) -> urllib.request.Request | None:
        is_https = newurl.lower().startswith("https://")
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        return found if is_https else None


def fetch(place: Place, environ: Mapping[str, str], most_bytes: int) -> bytes:
    """Return what stands at an address, or a little more than ``most_bytes`` of it.

    Proxies are those of the environment, certificates those of the system or of AWS_CA_BUNDLE.

    Raises:
        ConfigError: The certificates cannot be read.
        MFAProcessError: It cannot be had.
    """
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=_context(environ)), _OnlyHttps()
    )
    request = urllib.request.Request(place.address)  # noqa: S310 - https, see place
    request.add_header("User-Agent", f"aws-mfa-process/{__version__}")
    request.add_header("Accept-Encoding", "identity")
    if place.user_info:
        user, _, password = place.user_info.partition(":")
        pair = f"{unquote(user)}:{unquote(password)}".encode()
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    results: list[bytes | Exception] = []

    def work() -> None:
        try:
            results.append(_body(opener, request, most_bytes))
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            results.append(error)

    thread = threading.Thread(target=work, daemon=True)  # one that hangs ends with the process
    thread.start()
    thread.join(_MOST_SECONDS)
    result = results[0] if results else TimeoutError()
    if isinstance(result, bytes):
        _refuse_page(result, place.shown)
        return result
    raise _failure(result, place.shown) from None


def _body(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, most_bytes: int
) -> bytes:
    with opener.open(request, timeout=_MOST_SECONDS) as answer:
        body = b""
        while len(body) <= most_bytes and (part := answer.read(_PART_BYTES)):
            body += part
        if len(body) <= most_bytes and answer.length:
            raise http.client.IncompleteRead(body, answer.length)
        return body


def _context(environ: Mapping[str, str]) -> ssl.SSLContext:
    bundle = environ.get("AWS_CA_BUNDLE", "")
    try:
        folder = bundle if bundle and os.path.isdir(bundle) else None
        file = None if folder else bundle or None
        context = ssl.create_default_context(cafile=file, capath=folder)
    except (OSError, ValueError):
        raise ConfigError(
            f"AWS_CA_BUNDLE is {bundle}: no certificate can be read from it",
            hint="let it name a file of certificates in PEM form, or take it away",
        ) from None
    # As in calls of AWS: what a company issues often lacks what Python 3.13 and newer ask for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _refuse_page(body: bytes, shown: str) -> None:
    start = body[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise MFAProcessError(
            f"what answered for {shown} is a web page and no list: a sign-in, perhaps",
            hint="give the address of the raw file; or sign in to the network in a browser first",
        )


def _failure(error: Exception, shown: str) -> MFAProcessError:
    """Return our error; texts of others are not shown, since they may hold an address."""
    if isinstance(error, MFAProcessError):
        return error
    if isinstance(error, urllib.error.HTTPError):
        return _refusal(error.code, shown)
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return MFAProcessError(
            f"{shown}: the TLS certificate cannot be verified: {reason.verify_message}",
            hint="set AWS_CA_BUNDLE to the certificate of your proxy or company, if it is that",
        )
    sentence = next((text for kinds, text in _SENTENCES if isinstance(reason, kinds)), "")
    why = getattr(reason, "strerror", None) or "the connection failed"
    return MFAProcessError(f"{shown} {sentence or f'cannot be reached: {why}'}", hint=_AGAIN)


def _refusal(status: int, shown: str) -> MFAProcessError:
    if status in _REFUSED:
        return MFAProcessError(
            f"{shown} is not given to you (HTTP {status})",
            hint="fetch it as you usually do, and give the path of the file",
        )
    if status in _REDIRECTS:
        return MFAProcessError(
            f"{shown} leads round in circles, or to an address that is not https (HTTP {status})",
            hint="give the https:// address of the list itself",
        )
    if status in _GONE:
        return MFAProcessError(f"{shown} is not there (HTTP {status})", hint="correct the address")
    return MFAProcessError(f"{shown} was not given (HTTP {status})", hint="try again in a minute")

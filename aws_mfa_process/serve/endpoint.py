"""A container credentials endpoint on loopback, for one command.

Its one rule: it lives as long as its context, on a port of its own, with a token of its own.

Source:
    AWS SDKs reference guide, «Container credential provider».
"""

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aws_mfa_process import APP, debug
from aws_mfa_process.credentials import SessionCredentials, utc_time
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.serve import token_file
from aws_mfa_process.serve.rules import HOST, PATH, Asked, refusal_of

_TOKEN_BYTES = 32
_REQUEST_SECONDS = 5
_POLL_SECONDS = 3600
"""Nothing is looked for but requests: the thread ends with the process."""


@contextlib.contextmanager
def served(get: Callable[[], SessionCredentials]) -> Iterator[Mapping[str, str]]:
    """Serve what a function gives, and return the variables by which an SDK finds it.

    The process is to end with the block.

    The function is called in threads and waits no longer than an SDK does.

    Raises:
        MFAProcessError: No port is free, or there is no place for the token.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with _Server(get, token) as server, token_file.written(server.server_port, token) as path:
        thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        thread.start()
        yield {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{HOST}:{server.server_port}{PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }


class _Server(ThreadingHTTPServer):
    """One thread a request; none is waited for at the end."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # a build may start many programs at once

    def __init__(self, get: Callable[[], SessionCredentials], token: str) -> None:
        self.get = get
        self.token = token
        try:
            super().__init__((HOST, 0), _Handler)
        except OSError as error:
            raise MFAProcessError(
                f"nothing can be served on {HOST}: {error.strerror}",
                hint="run it without --server",
            ) from None

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Say nothing: the command's standard error is not ours."""
        del request, client_address
        debug.note("endpoint: a request could not be answered")


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: _Server
    timeout = _REQUEST_SECONDS

    def do_GET(self) -> None:
        """Give the credentials to who may have them."""
        asked = Asked(
            self.path,
            self.headers.get_all("Host", []),
            self.headers.get_all("Authorization", []),
        )
        refusal = refusal_of(asked, self.server.server_port, self.server.token)
        if refusal is not None:
            self._reply(refusal.status, {"code": refusal.code, "message": refusal.message})
            return
        try:
            session = self.server.get()
        except MFAProcessError as error:
            message = f"{APP}: {error.message}; {error.hint}"
            self._reply(
                HTTPStatus.SERVICE_UNAVAILABLE,
                {"code": "CredentialsNotAvailable", "message": message},
            )
        else:
            self._reply(HTTPStatus.OK, document(session))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no GET, or no HTTP."""
        del message, explain
        is_method = code == HTTPStatus.NOT_IMPLEMENTED
        status = HTTPStatus.METHOD_NOT_ALLOWED if is_method else HTTPStatus(code)
        self._reply(status, {"code": "BadRequest", "message": status.phrase})

    def _reply(self, status: HTTPStatus, body: Mapping[str, str]) -> None:
        data = json.dumps(body).encode("ascii")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def version_string(self) -> str:
        """Name the program, without versions."""
        return APP

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as above
        """Say nothing: the command's standard error is not ours."""


def document(session: SessionCredentials) -> dict[str, str]:
    """Return what SDKs read from a container credentials endpoint."""
    found = {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": utc_time(session.expiration),
    }
    return {**found, "AccountId": session.account_id} if session.account_id else found

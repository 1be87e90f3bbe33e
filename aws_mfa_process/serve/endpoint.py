"""A container credentials endpoint on loopback, for one command.

Its one rule: it lives as long as its context, on a port of its own, with a token of its own.

Source:
    AWS SDKs reference guide, «Container credential provider».
"""

import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import HTTPServer
from typing import Any

from aws_mfa_process import APP, debug
from aws_mfa_process.credentials import SessionCredentials, utc_time
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.loopback.bounded import Bounded, TimedHandler
from aws_mfa_process.loopback.owner import NOBODY, SUPERUSER, owner_of
from aws_mfa_process.serve import token_file
from aws_mfa_process.serve.rules import HOST, PATH, Asked, refusal_of

_TOKEN_BYTES = 32
_POLL_SECONDS = 3600
"""Nothing is looked for but requests: the thread ends with the process."""
_PAUSE_SECONDS = 0.5


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
        threading.Thread(target=server.serve, daemon=True).start()
        yield {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{HOST}:{server.server_port}{PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }


class _Server(Bounded, HTTPServer):
    """Serves our own user, and the superuser for what runs with ``sudo``."""

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

    def serve(self) -> None:
        """Serve as long as the process lives, also where the system refuses to wait."""
        while True:
            try:
                self.serve_forever(_POLL_SECONDS)
            except OSError as error:
                debug.note(f"endpoint: {error.strerror}")
                time.sleep(_PAUSE_SECONDS)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401 - as there
        """Tell whether a connection may stay: one that is known to be another user's may not."""
        del request
        if not hasattr(os, "getuid"):
            return True
        owner = owner_of(client_address[1], self.server_port)
        return owner in (None, NOBODY, SUPERUSER, os.getuid())

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as there
        """Say nothing: the command's standard error is not ours."""
        del request, client_address
        debug.note("endpoint: a request could not be answered")


class _Handler(TimedHandler):
    """One request."""

    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - so it is found
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

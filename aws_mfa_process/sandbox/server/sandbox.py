"""The practice AWS as a server on loopback, one thread a request."""

import threading
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from aws_mfa_process.loopback.bounded import Bounded, TimedHandler
from aws_mfa_process.sandbox.server import aws_config
from aws_mfa_process.sandbox.server.accounts import ALICE, ROLES, User
from aws_mfa_process.sandbox.server.controls import Controls
from aws_mfa_process.sandbox.server.front import Front
from aws_mfa_process.sandbox.server.sso import BEARER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HOST: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 10
_MOST_CONNECTIONS: Final = 512


class Sandbox(Controls):
    """A practice AWS, running from its first line until `close`.

    Only one should run in a process, since moto keeps its state in module globals.

    Attributes:
        endpoint_url: Where it listens.
        access_key_id: Long-term key of the user.
        secret_access_key: Its secret, an example of AWS's documentation.
        mfa_serial: The user's MFA device.
        mfa_seed: Base32 secret of that device.
        role_arns: The roles by name: Admin, Developer, ReadOnly, Deep, Young.
    """

    def __init__(self, user: User = ALICE) -> None:
        """Listen on a free port of 127.0.0.1 and serve."""
        super().__init__(user)
        self.access_key_id = user.access_key_id
        self.secret_access_key = user.secret_access_key
        self.mfa_serial = user.mfa_serial
        self.mfa_seed = user.mfa_seed
        self.role_arns = {role.name: role.arn for role in ROLES.values()}
        self._front = Front(self)
        self._server = _Server(_HOST, 0, self._front, _QuietHandler)
        self.endpoint_url = f"http://{_HOST}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        """Give itself; it runs already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Stop listening; whoever waits for a slow answer gets it at once."""
        self._front.closing.set()
        self._server.shutdown()
        self._thread.join()

    def write_config(self, folder: Path, command: str) -> None:
        """Write an AWS config for this server.

        Args:
            folder: Gets the files ``config`` and ``credentials``.
            command: The credential process, as it stands in the config.
        """
        aws_config.write(folder, command, self.endpoint_url, self.user)


class _Server(Bounded, ThreadedWSGIServer):
    """A server that has an end for clients that stay."""

    most_connections = _MOST_CONNECTIONS


class _QuietHandler(TimedHandler, WSGIRequestHandler):
    """Serves without a line on stderr for each request, and waits for no part of one for ever."""

    server: _Server
    timeout = _PATIENCE_SECONDS

    def make_environ(self) -> "WSGIEnvironment":
        """Return what WSGI has of a request, with the one header whose name has an underscore."""
        environ = super().make_environ()
        environ[BEARER] = self.headers.get("x-amz-sso_bearer_token", "")
        return environ

    def run_wsgi(self) -> None:
        """Answer, also what has no address that can be read."""
        try:
            super().run_wsgi()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - as there
        pass

"""The practice AWS as a server on loopback, one thread a request."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from aws_mfa_process.sandbox.server import aws_config
from aws_mfa_process.sandbox.server.accounts import ALICE, ROLES
from aws_mfa_process.sandbox.server.controls import Controls
from aws_mfa_process.sandbox.server.front import Front
from aws_mfa_process.sandbox.server.sso import BEARER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HOST: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.05


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

    access_key_id = ALICE.access_key_id
    secret_access_key = ALICE.secret_access_key
    mfa_serial = ALICE.mfa_serial
    mfa_seed = ALICE.mfa_seed

    def __init__(self) -> None:
        """Listen on a free port of 127.0.0.1 and serve."""
        super().__init__()
        self.role_arns = {role.name: role.arn for role in ROLES.values()}
        self._front = Front(self)
        self._server = make_server(
            _HOST, 0, self._front, threaded=True, request_handler=_QuietHandler
        )
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
        aws_config.write(folder, command, self.endpoint_url)


class _QuietHandler(WSGIRequestHandler):
    """Serves without a line on stderr for each request."""

    def make_environ(self) -> "WSGIEnvironment":
        """Return what WSGI has of a request, with the one header whose name has an underscore."""
        environ = super().make_environ()
        environ[BEARER] = self.headers.get("x-amz-sso_bearer_token", "")
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

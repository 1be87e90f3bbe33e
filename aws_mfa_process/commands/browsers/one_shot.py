"""A page on loopback that is given once, to a program of our own user: it leads to an address.

Its one rule: the address stands in no argument list. The page's own address does, and a stranger
who reads it there is told from our browser by the owner of the connection.
"""

import hmac
import os
import secrets
import socket
import threading
from http import HTTPStatus
from http.server import HTTPServer
from typing import Self

from aws_mfa_process.loopback.bounded import Bounded, TimedHandler
from aws_mfa_process.loopback.owner import SUPERUSER, owner_of

_HOST = "127.0.0.1"
_REQUEST_SECONDS = 10


class OneShotPage(Bounded, HTTPServer):
    """The page, from its making until the end of its context.

    Attributes:
        url: Where it is.
        given: Set when it has been given.
    """

    def __init__(self, address: str, *, is_relayed: bool = False) -> None:
        """Listen on a free port, for whoever asks with the right path.

        Args:
            address: Where the page leads.
            is_relayed: A system program brings the browser's request (WSL).

        Raises:
            OSError: There is no port.
        """
        super().__init__((_HOST, 0), _Handler)
        self.address = address
        self.path = f"/{secrets.token_urlsafe(32)}"
        self.url = f"http://{_HOST}:{self.server_port}{self.path}"
        self.given = threading.Event()
        self.taken = threading.Lock()
        self._users = {os.getuid(), *([SUPERUSER] if is_relayed else [])}

    def __enter__(self) -> Self:
        """Serve."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Serve no more."""
        self.shutdown()
        self.server_close()

    def verify_request(
        self,
        request: socket.socket | tuple[bytes, socket.socket],
        client_address: object,
    ) -> bool:
        """Tell whether a connection is one of our own user's."""
        del request
        port = client_address[1] if isinstance(client_address, tuple) else 0
        owner = owner_of(int(port), self.server_port)
        return owner is None or owner in self._users


class _Handler(TimedHandler):
    server: OneShotPage
    timeout = _REQUEST_SECONDS

    def do_GET(self) -> None:  # noqa: N802 - so it is found
        """Lead to the address, once."""
        is_right = hmac.compare_digest(self.path.encode(), self.server.path.encode())
        if not is_right or not self.server.taken.acquire(blocking=False):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", self.server.address)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.given.set()

    def log_message(self, *_: object) -> None:
        """Keep no log."""

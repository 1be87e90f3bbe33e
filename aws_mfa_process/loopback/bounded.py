"""A server of HTTP on loopback that no client can put out of action.

Its one rule: a request has one deadline, and the connections have places; where all are taken, the
one that has been longest about its request makes room.
"""

import contextlib
import io
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, ClassVar

_PAUSE_SECONDS = 0.1


class Bounded(ThreadingMixIn, TCPServer):
    """One thread a connection; none is waited for at the end.

    Attributes:
        most_connections: How many places there are.
        reading: The connections whose request is not whole yet, the oldest first.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # a build may start many programs at once
    most_connections = 128

    def __init__(self, *where: Any) -> None:  # noqa: ANN401 - as there
        """Listen; nothing is served yet."""
        self.reading: dict[socket.socket, None] = {}
        self._places = threading.BoundedSemaphore(self.most_connections)
        super().__init__(*where)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; where the system has no room for one, wait a little.

        Raises:
            OSError: It has not; the server goes on.
        """
        try:
            return super().get_request()
        except OSError:
            self._let_oldest_go()
            time.sleep(_PAUSE_SECONDS)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Serve a connection if there is a place, or one becomes free."""
        if not self._places.acquire(blocking=False):
            self._let_oldest_go()
            if not self._places.acquire(timeout=_PAUSE_SECONDS):
                self.shutdown_request(request)
                return
        self.reading[request] = None
        try:
            super().process_request(request, client_address)
        except BaseException:  # there is no thread for it
            self._leave(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Serve one connection, and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._leave(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as there
        """Say nothing: a client may leave, and the terminal is not ours."""

    def _let_oldest_go(self) -> None:
        for connection in list(self.reading)[:1]:
            with contextlib.suppress(OSError):  # it has ended just now
                connection.shutdown(socket.SHUT_RDWR)

    def _leave(self, connection: socket.socket) -> None:
        self.reading.pop(connection, None)
        self._places.release()


class TimedHandler(BaseHTTPRequestHandler):
    """One request, which is whole within ``timeout`` seconds, however it drips."""

    server: Bounded
    timeout: ClassVar[float] = 5

    def setup(self) -> None:
        """Read against a clock that starts now."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_Timed(self.connection, time.monotonic() + self.timeout))

    def parse_request(self) -> bool:
        """Read the head; whoever has sent it makes no room for others."""
        is_request = super().parse_request()
        self.server.reading.pop(self.connection, None)
        return is_request


class _Timed(io.RawIOBase):
    """What comes in on a connection until a time."""

    def __init__(self, connection: socket.socket, ends: float) -> None:
        super().__init__()
        self._connection = connection
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - as there
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)

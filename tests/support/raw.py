"""A server that sends the bytes it is told to, and may hang up in the middle."""

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from typing import Self

_RESET = struct.pack("ii", 1, 0)


class Raw:
    """A server on loopback that answers each request with the same bytes.

    Attributes:
        requests: What each connection has brought.
        left: How many have gone before they had the whole answer.
        url: Its address.
    """

    def __init__(
        self,
        answer: bytes,
        *,
        heard_bytes: int | None = None,
        is_reset: bool = False,
        is_held: bool = False,
        pause_seconds: float = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Listen and serve until closed.

        Args:
            answer: Sent when a request is there.
            heard_bytes: Hang up without an answer after so many bytes of a request.
            is_reset: Hang up by a reset.
            is_held: Do not hang up after an answer.
            pause_seconds: Send one byte at a time, and wait so long after each.
            tls: Speak TLS.
        """
        self.requests: list[bytes] = []
        self.left = 0
        self._answer, self._heard_bytes = answer, heard_bytes
        self._is_reset, self._is_held, self._tls = is_reset, is_held, tls
        self._pause_seconds = pause_seconds
        self._held: list[socket.socket] = []
        self._is_over = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving and close."""
        self._is_over = True
        with contextlib.suppress(OSError):  # wakes the one that waits
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(30)
        for connection in (self._listener, *self._held):
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self._tls is not None:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                self._converse(connection)
            except OSError:
                connection.close()

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        self.requests.append(b"")
        while not self._is_heard(data := self.requests[-1]):
            most = 65536 if self._heard_bytes is None else self._heard_bytes - len(data)
            part = connection.recv(most)
            if not part:
                break
            self.requests[-1] += part
        if self._heard_bytes is None:
            self._send(connection)
        if self._is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if self._is_held:
            self._held.append(connection)
            return
        if self._heard_bytes is None and not self._is_reset:
            connection.shutdown(socket.SHUT_WR)
        connection.close()

    def _send(self, connection: socket.socket) -> None:
        if not self._pause_seconds:
            try:
                connection.sendall(self._answer)
            except OSError:
                self.left += 1
                raise
            return
        for byte in self._answer:
            if self._is_over:
                return
            connection.sendall(bytes([byte]))
            time.sleep(self._pause_seconds)

    def _is_heard(self, data: bytes) -> bool:
        if self._heard_bytes is not None:
            return len(data) >= self._heard_bytes
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        return length is not None and len(body) >= int(length[1])


def answer_of(
    body: bytes | str, status: str = "200 OK", *headers: str, length: bool = True
) -> bytes:
    """Return an HTTP answer.

    Args:
        body: Of it.
        status: And the reason.
        headers: Besides ``Content-Length``.
        length: Whether it tells its length; it ends with the connection anyway.
    """
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + body

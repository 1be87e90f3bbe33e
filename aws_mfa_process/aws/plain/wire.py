"""One HTTP request over one connection, and its answer.

Its one rule: it says whether anything of the request can have left, and it ends by its deadline
whatever the other side does.
"""

import os
import socket
import time
from _thread import allocate_lock, start_new_thread
from collections.abc import Mapping

from aws_mfa_process.aws.plain.place import Place
from aws_mfa_process.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    _Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

CONNECT_SECONDS = 10
READ_SECONDS = 15
_STEP_SECONDS = 0.5
"""A signal that comes just before a wait is seen behind it, as Ctrl-C on Windows always is."""
_HEAD_BYTES = 64 * 1024
_HEADERS = 100
"""Lines with the last one, which is empty, as http.client takes them."""
_BODY_BYTES = 1024 * 1024
_PART_BYTES = 64 * 1024
_CONTINUES = 10
_CONTINUE, _OK = 100, 200
_BODILESS = (204, 304)
_contexts: "dict[str, ssl.SSLContext]" = {}


class UnsentError(Exception):
    """Nothing has left: no address, no connection, no trust."""

    def __init__(self, *, is_late: bool = False) -> None:
        """Note whether the time was over."""
        super().__init__()
        self.is_late = is_late


class LostError(Exception):
    """The request may have arrived, and there is no whole answer in HTTP."""

    def __init__(self, *, is_late: bool = False) -> None:
        """Note whether the time was over."""
        super().__init__()
        self.is_late = is_late


class OddError(Exception):
    """What came is HTTP, and no answer of the kind that was asked for."""


class Answer(NamedTuple):
    """An HTTP answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def prepare(place: Place) -> None:
    """Make what a connection needs, without opening one."""
    if place.scheme == "https":
        _context(place.bundle)


def post(place: Place, headers: Mapping[str, str], body: bytes, deadline: float) -> Answer:
    """Send a request once and return its answer.

    Args:
        place: Where it goes.
        headers: Besides ``Content-Length``.
        body: As it goes.
        deadline: By ``time.monotonic``; all ends by then.

    Raises:
        UnsentError: Nothing has left.
        LostError: The answer did not come, not whole, or not in HTTP.
        OddError: It is HTTP of a kind that is not read here.
    """
    head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    lines = f"POST {place.path} HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n"
    with _connected(place, deadline) as connection:
        try:
            _send(connection, lines.encode("ascii") + body, deadline)
        except TimeoutError:
            raise LostError(is_late=True) from None
        except OSError:  # an answer may have come before the end of the request
            pass
        return _Reader(connection, deadline).answer()


def _connected(place: Place, deadline: float) -> socket.socket:
    """Return a connection; each address of the host is tried."""
    is_late = False
    host = place.host.encode()  # as text it would load a codec
    try:
        context = _context(place.bundle) if place.scheme == "https" else None
    except OSError:
        raise UnsentError from None
    for family, kind, protocol, _, address in _addresses(host, place.port, deadline):
        connection = None
        try:
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(_left(deadline, CONNECT_SECONDS))
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                return connection
            connection = context.wrap_socket(
                connection, server_hostname=host, do_handshake_on_connect=False
            )
            connection.settimeout(_left(deadline, CONNECT_SECONDS))
            connection.do_handshake()
        except OSError as error:
            is_late = is_late or isinstance(error, TimeoutError)
            if connection is not None:
                connection.close()
        else:
            return connection
    raise UnsentError(is_late=is_late)


def _addresses(host: bytes, port: int, deadline: float) -> "list[_Address]":
    """Return the addresses of a host; whoever knows them may take longer than we wait."""
    found: list[_Address] = []
    is_over = allocate_lock()

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError:
            pass
        finally:
            is_over.release()

    is_over.acquire()
    start_new_thread(look, ())
    if not is_over.acquire(timeout=_left(deadline, CONNECT_SECONDS)):
        raise UnsentError(is_late=True)
    if not found:
        raise UnsentError
    return found


def _send(connection: socket.socket, data: bytes, deadline: float) -> None:
    """Send all; over TLS ``sendall`` would begin its time anew with each part."""
    sent = 0
    while sent < len(data):
        connection.settimeout(_left(deadline, READ_SECONDS))
        sent += connection.send(data[sent:])


def _left(deadline: float, most: float) -> float:
    return max(0.001, min(most, deadline - time.monotonic()))


def _context(bundle: str) -> "ssl.SSLContext":
    """Return what botocore's connections have: TLS 1.2 or newer, certificate and name verified.

    Source:
        botocore ``httpsession.py``, ``create_urllib3_context``.
    """
    if bundle not in _contexts:
        import ssl  # noqa: PLC0415 - not for http

        if not os.path.isfile(bundle):  # a pipe would be waited for
            raise FileNotFoundError(bundle)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
        context.post_handshake_auth = True
        context.set_alpn_protocols(["http/1.1"])
        context.load_verify_locations(bundle)
        _contexts[bundle] = context
    return _contexts[bundle]


class _Reader:
    """What comes over a connection, in parts of known length."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._data = b""
        self._head_bytes = 0

    def answer(self) -> Answer:
        """Read one answer, past those that only say to go on."""
        for _ in range(_CONTINUES):
            status = self._status()
            headers = self._headers()
            if status == _CONTINUE:
                continue
            if status < _OK:  # another answer follows, of which botocore knows nothing
                raise OddError
            body = b"" if status in _BODILESS else self._body(headers)
            return Answer(status, headers, body)
        raise LostError

    def _status(self) -> int:
        words = self._line().split(b" ", 2)
        is_http = len(words) > 1 and words[0] in (b"HTTP/1.1", b"HTTP/1.0")
        if not is_http or len(words[1]) != 3 or not words[1].isdigit():  # noqa: PLR2004 - HTTP
            raise LostError
        return int(words[1])

    def _headers(self) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, colon, text = line.decode("latin-1").partition(":")
            is_name = name.isascii() and name.isprintable() and " " not in name
            is_odd = not (colon and name and is_name) or b"\r" in line  # readers differ there
            name, text = name.lower(), text.lstrip(" \t")  # http.client keeps blanks at the end
            is_twice = name in ("content-length", "transfer-encoding") and name in headers
            if is_odd or (is_twice and headers[name] != text):
                raise LostError
            headers[name] = text
        raise LostError

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise OddError
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            if coding.lower() != "chunked":
                raise OddError
            return self._chunks()
        if length is not None:
            return self._exactly(_number(length.rstrip(" \t"), "0123456789", 10))
        while self._more():
            if len(self._data) > _BODY_BYTES:
                raise OddError
        return self._data

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size = self._line().partition(b";")[0].strip().decode("latin-1")
            count = _number(size, "0123456789abcdefABCDEF", 16)
            if not count:
                break
            body += self._exactly(count)
            if self._exactly(2) != b"\r\n":
                raise LostError
            if len(body) > _BODY_BYTES:
                raise OddError
        while self._line():
            pass
        return body

    def _line(self) -> bytes:
        """Return the bytes before the next line's end; lines share one limit."""
        while b"\n" not in self._data:
            if len(self._data) + self._head_bytes > _HEAD_BYTES or not self._more():
                raise LostError
        line, _, self._data = self._data.partition(b"\n")
        self._head_bytes += len(line) + 1
        if self._head_bytes > _HEAD_BYTES:
            raise LostError
        return line.removesuffix(b"\r")

    def _exactly(self, count: int) -> bytes:
        if count > _BODY_BYTES:
            raise OddError
        while len(self._data) < count:
            if not self._more():
                raise LostError
        found, self._data = self._data[:count], self._data[count:]
        return found

    def _more(self) -> bool:
        """Read a part; tell whether there was one."""
        step = min(_STEP_SECONDS, READ_SECONDS)
        for _ in range(round(READ_SECONDS / step)):
            left = self._deadline - time.monotonic()
            if left <= 0:
                break
            self._connection.settimeout(min(left, step))
            try:
                part = self._connection.recv(_PART_BYTES)
            except TimeoutError:
                continue
            except OSError:
                raise LostError from None
            self._data += part
            return bool(part)
        raise LostError(is_late=True)


def _number(text: str, digits: str, base: int) -> int:
    if not text or len(text) > 16 or not set(text) <= set(digits):  # noqa: PLR2004 - more than any
        raise LostError
    return int(text, base)

"""A web server of a test's own that answers each path as it is told to."""

import contextlib
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from support.loopback import Loopback

Answer = Callable[[BaseHTTPRequestHandler], None]


class Web(Loopback):
    """A server on loopback.

    Attributes:
        answers: What each path is answered with; others are 404.
        seen: Path and ``Authorization`` of each request.
        host: Its address and port.
        url: Its address.
    """

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        """Listen and serve until closed; without ``tls`` plainly."""
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, str]] = []
        answers, seen = self.answers, self.seen

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                if tls is not None:  # in the thread of the connection
                    self.request = tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self) -> None:
                with contextlib.suppress(OSError):
                    super().finish()
                self.request.close()

            def do_GET(self) -> None:
                seen.append((self.path, self.headers.get("Authorization", "")))
                answers.get(self.path.partition("?")[0], gives("", 404))(self)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)
        self.host = self.url.removeprefix("http://")
        self.url = f"{'https' if tls else 'http'}://{self.host}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Write nothing of who hangs up."""


def gives(body: str | bytes, status: int = 200, length: int | None = None, **names: str) -> Answer:
    """Return an answer with a body and headers; it may tell another length."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        for name, text in names.items():
            handler.send_header(name, text)
        handler.send_header("Content-Length", str(len(data) if length is None else length))
        handler.end_headers()
        handler.wfile.write(data)

    return answer

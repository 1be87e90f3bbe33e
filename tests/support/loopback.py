"""Servers that a test makes up."""

import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Loopback(ThreadingHTTPServer):
    """A server of a test's own, on loopback."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Listen and serve until closed."""
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        """Stop serving and close."""
        self.shutdown()
        self.server_close()


class Refusing(Loopback):
    """A server that says no to every call, and repeats the code and the session of the call."""

    def __init__(self, code: str, clock_offset_seconds: float = 0) -> None:
        """Listen and serve until closed."""
        self.heard: list[str] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                told = parse_qs(self.rfile.read(length).decode())
                heard.append(told.get("TokenCode", [""])[0] or self.headers["X-Amz-Security-Token"])
                document = (
                    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
                    f"<Type>Sender</Type><Code>{code}</Code>"
                    f"<Message>Values {heard[-1]}\n are not taken</Message>"
                    "</Error><RequestId>1</RequestId></ErrorResponse>"
                )
                self.send_response_only(403)
                self.send_header("Date", formatdate(time.time() + clock_offset_seconds))
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                self.wfile.write(document.encode())

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


class Giving(Loopback):
    """An STS that answers every call as if it were one action.

    Attributes:
        heard: The bodies of the calls.
    """

    def __init__(self, action: str, result: Callable[[int], str]) -> None:
        """Listen and serve until closed; ``result`` is told the number of the call, from 1 on."""
        self.heard: list[str] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                document = (
                    f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                    f"<{action}Result>{result(len(heard))}</{action}Result></{action}Response>"
                )
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                self.wfile.write(document.encode())

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)

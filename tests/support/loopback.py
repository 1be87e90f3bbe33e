"""Servers that a test makes up."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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

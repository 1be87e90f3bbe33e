"""A proxy that tunnels TLS."""

import select
import socket
from http.server import BaseHTTPRequestHandler

from support.loopback import Loopback


class Tunnel(Loopback):
    """A proxy on loopback that leads every CONNECT to one address.

    Attributes:
        asked: The hosts and ports that were asked for.
    """

    def __init__(self, port: int) -> None:
        """Listen and serve until closed."""
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                asked.append(self.path)
                with socket.create_connection(("127.0.0.1", port)) as far:
                    self.send_response_only(200)
                    self.end_headers()
                    ends = {self.connection: far, far: self.connection}
                    while True:
                        for ready in select.select(list(ends), [], [], 30)[0]:
                            data = ready.recv(65536)
                            if not data:
                                return
                            ends[ready].sendall(data)

        super().__init__(Handler)

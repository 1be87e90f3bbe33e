"""What ``exec --server`` runs: a command that waits, and a test that asks in its place."""

import http.client
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from support.home import Home
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

WAIT = """\
import json, os, sys, time
place = sys.argv[1]
with open(place + ".tmp", "w") as file:
    json.dump(dict(os.environ), file)
os.rename(place + ".tmp", place)
while os.path.exists(place):
    time.sleep(0.02)
"""
"""Writes its variables into a file and ends when that is removed."""


class Reply(NamedTuple):
    """What an endpoint answers."""

    status: int
    body: dict[str, str]


class Served:
    """``exec --server`` with a command that waits."""

    def __init__(self, home: Home, *options: str, profile: str = "prod") -> None:
        self._place = home.path / f"variables-{len(list(home.path.glob('variables-*')))}"
        waiting = [sys.executable, "-c", WAIT, str(self._place)]
        self.process = home.start("exec", profile, "--server", *options, "--", *waiting)
        wait_until(lambda: self._place.exists() or self.process.poll() is not None)
        assert self._place.exists(), self.process.communicate()
        self.environ: Mapping[str, str] = json.loads(self._place.read_text())
        self.token = self.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        self.token_file = Path(self.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
        address = urlsplit(self.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
        self.host, self.path, self.port = str(address.netloc), address.path, int(address.port or 0)

    def ask(
        self, method: str = "GET", path: str = "", headers: list[tuple[str, str]] | None = None
    ) -> Reply:
        """Send one request; without headers those that an SDK sends."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, path or self.path, skip_host=True)
        usual = [("Host", self.host), ("Authorization", self.token)]
        for name, text in usual if headers is None else headers:
            connection.putheader(name, text)
        connection.endheaders()
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return Reply(answer.status, json.loads(text) if text else {})

    def end(self) -> tuple[int, bytes]:
        """Let the command end; return the exit status and what stood on standard error."""
        self._place.unlink(missing_ok=True)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said

    def kill(self) -> None:
        """Kill the program, not the command, and then let that end."""
        self.process.kill()
        self.process.wait()
        self._place.unlink()
        self.process.communicate()

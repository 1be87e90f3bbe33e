"""A code is sent once: what cannot be read afterwards does not make it a new one."""

import contextlib
import os
import socket
import ssl
import threading
from pathlib import Path

import pytest

from support.certificates import Authority
from support.home import Home, assert_refused
from support.practice import KEYS, PracticeAWS
from support.raw import Raw, answer_of
from support.ways import BOTOCORE, PLAIN, Told, Ways

BODIES = {
    "nothing": b"",
    "no XML": b"{}",
    "no text": b"\xff\xfe\x00",
    "a NUL": b"<a>\x00</a>",
    "an encoding of several bytes": b'<?xml version="1.0" encoding="euc-jp"?><a>\xff</a>',
    "an encoding without bytes": b'<?xml version="1.0" encoding="utf-7"?><a/>',
    "an unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a/>',
    "no credentials": b"<R><GetSessionTokenResult><Credentials>x</Credentials>"
    b"</GetSessionTokenResult></R>",
}
STATUSES = ("200 OK", "403 Forbidden")


class Garbled:
    """A server that hears a request over TLS and answers with what is no TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.heard = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                with self._context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(65536)
                    self.heard += 1
                    os.write(connection.fileno(), b"HTTP/1.1 200 OK\r\n\r\n")

    def close(self) -> None:
        """Stop serving."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Both ways."""
    return Ways(tmp_path, monkeypatch)


@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_answer_that_cannot_be_read_came_after_the_code(ways: Ways, way: str, body: bytes) -> None:
    """Whatever the status: the failure is never one that says that nothing was sent."""
    for status in STATUSES:
        with Raw(answer_of(body, status)) as server:
            found = ways.call(way, server.url)
        assert isinstance(found, Told)
        assert found.kind not in ("ConfigError", "NotSentError"), (status, found)
        assert len(server.requests) == 1


@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_tls_that_breaks_after_the_request(
    ways: Ways, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request was heard, so its code is used."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))
    server = Garbled(authority.server(["IP:127.0.0.1"]))
    found = ways.call(way, server.url)
    server.close()
    assert isinstance(found, Told)
    assert found.kind == "STSError"
    assert server.heard == 1


def test_code_of_an_unreadable_answer_is_not_sent_again(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """Given once more, it is refused here; also where botocore does the call."""
    config = practice.aws / "config"
    whole = config.read_text()
    for number, setting in enumerate(("", "some_setting = x\n")):
        config.write_text(whole.replace("region =", f"{setting}region ="))
        with Raw(answer_of(BODIES["an encoding of several bytes"])) as server:
            line = (*KEYS, "--mfa-code", sandbox.code(number))
            environ = {"AWS_ENDPOINT_URL_STS": server.url}
            assert_refused(practice.run(*line, environ=environ), 1, "is not AWS STS")
            done = practice.run(*line, environ=environ)
            assert_refused(done, 1, "That code was used already")
            assert len(server.requests) == 1

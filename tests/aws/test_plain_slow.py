"""Servers that take their time: the call ends by its deadline, whatever they send."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_mfa_process.aws import failed
from aws_mfa_process.aws.plain import wire
from support.documents import DOCUMENT
from support.raw import Raw, answer_of
from support.ways import BOTOCORE, PLAIN, Told, Ways, assert_told

LATE = "did not answer in time"
UNREACHED = "cannot be reached"
SLOWLY = 0.02
CHUNK = "1\r\nx\r\n" * 10000
DRIPPED = {
    "head": b"HTTP/1.1 200 OK\r\nA: " + b"x" * 60000,
    "headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10000,
    "body with a length": answer_of("x" * 60000),
    "body until the end": answer_of("x" * 60000, length=False),
    "chunks": answer_of(CHUNK, "200 OK", "Transfer-Encoding: chunked", length=False),
    "continues": b"HTTP/1.1 100 Continue\r\n\r\n" * 3000,
}


@pytest.fixture
def ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ways:
    return Ways(tmp_path, monkeypatch)


@pytest.mark.parametrize("has_code", [True, False], ids=["code", "no code"])
@pytest.mark.parametrize("name", DRIPPED)
@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_answer_that_drips_ends_the_call(
    ways: Ways, monkeypatch: pytest.MonkeyPatch, way: str, name: str, has_code: bool
) -> None:
    """A server that always sends a little more is not waited for, and not asked again."""
    monkeypatch.setattr(failed, "CALL_SECONDS", 0.3 if way == PLAIN else 1)
    with Raw(DRIPPED[name], pause_seconds=SLOWLY) as server:
        assert_told(ways.call(way, server.url, has_code=has_code), LATE)
        assert len(server.requests) == 1


@pytest.mark.parametrize("has_code", [True, False], ids=["code", "no code"])
def test_answer_that_does_not_come_ends_the_call(
    ways: Ways, monkeypatch: pytest.MonkeyPatch, has_code: bool
) -> None:
    """Silence is waited for once with a code, and a second time without."""
    monkeypatch.setattr(wire, "READ_SECONDS", 0.2)
    with Raw(b"", is_held=True) as server:
        assert_told(ways.call(PLAIN, server.url, has_code=has_code), LATE)
    assert len(server.requests) == (1 if has_code else 2)


def test_answer_that_is_slow_but_comes_is_taken(ways: Ways) -> None:
    """As long as the deadline holds, each byte is as good as many at once."""
    with Raw(answer_of(DOCUMENT), pause_seconds=0.0001) as server:
        assert_told(ways.call(PLAIN, server.url), "given")


@pytest.mark.parametrize(
    "answer",
    [
        answer_of(DOCUMENT),
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        answer_of("0\r\n\r\n", "200 OK", "Transfer-Encoding: chunked", length=False),
        b"garbage\r\n",
        answer_of("", "200 OK", "Content-Encoding: gzip", length=False),
        answer_of("", "200 OK", "Content-Length: 99999999", length=False),
    ],
)
def test_whole_answer_is_not_waited_for(ways: Ways, answer: bytes) -> None:
    """What says itself where it ends is read so far, though the server does not hang up."""
    with Raw(answer, is_held=True) as server:
        found = ways.call(PLAIN, server.url)
    assert not isinstance(found, Told) or LATE not in found.message


@pytest.fixture
def full() -> Iterator[str]:
    """A server that takes connections and never reads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_handshake_that_does_not_come_leaves_the_code_unused(
    ways: Ways, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    """Nothing has left before TLS stands, so the code can be used again."""
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 0.2)
    found = ways.call(PLAIN, f"https://{full}")
    assert_told(found, UNREACHED)
    assert isinstance(found, Told)
    assert found.kind == "NotSentError"
    assert "next code" not in found.hint


@pytest.mark.parametrize("has_code", [True, False], ids=["code", "no code"])
def test_name_that_is_looked_up_for_long_leaves_the_code_unused(
    ways: Ways, monkeypatch: pytest.MonkeyPatch, has_code: bool
) -> None:
    """As when a VPN is down: nobody waits for a second look, and nothing has left."""
    gone = threading.Event()
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [gone.wait(60)][:0])
    told = ways.call(PLAIN, "https://sts.example.test", has_code=has_code)
    gone.set()
    assert_told(told, UNREACHED)
    assert isinstance(told, Told)
    assert told.kind == "NotSentError"
    assert "next code" not in told.hint


def test_both_ways_together_have_one_deadline(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    """What botocore does after us has the time that is left."""
    real = socket.getaddrinfo

    def failing(*_: object, **__: object) -> object:
        monkeypatch.setattr(socket, "getaddrinfo", real)
        time.sleep(1.5)
        raise socket.gaierror(socket.EAI_AGAIN, "no")

    monkeypatch.setattr(failed, "CALL_SECONDS", 2)
    monkeypatch.setattr(socket, "getaddrinfo", failing)
    with Raw(b"", is_held=True) as server:
        started = time.monotonic()
        assert_told(ways.call(PLAIN, server.url), LATE)
        assert time.monotonic() - started < 3.4

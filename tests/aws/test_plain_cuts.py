"""A connection that breaks at any byte: a code leaves once, any other call twice at most."""

import os
import random
from pathlib import Path

import pytest

from support.documents import DOCUMENT
from support.raw import Raw, answer_of
from support.ways import BOTOCORE, CODE, PLAIN, Told, Ways

ANSWER = answer_of(DOCUMENT, "200 OK", "Content-Type: text/xml")
SOME = 61
CLOSED = "closed the connection without an answer"


@pytest.fixture
def ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ways:
    return Ways(tmp_path, monkeypatch)


def request_of(ways: Ways, way: str) -> bytes:
    """Return a whole request, as a server gets it."""
    with Raw(ANSWER) as server:
        ways.call(way, server.url)
    (request,) = server.requests
    assert f"TokenCode={CODE}".encode() in request
    return request


def places(length: int, way: str) -> range:
    """Return where to cut: at each byte, and through botocore, which takes its time, at some.

    Those are others in each run; ``AWS_MFA_PROCESS_TEST_EACH_BYTE`` takes them all.
    """
    if way == PLAIN or os.environ.get("AWS_MFA_PROCESS_TEST_EACH_BYTE"):
        return range(1, length)
    return range(random.randint(1, SOME), length, SOME)


@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_code_is_sent_once_wherever_the_request_is_cut(
    ways: Ways, way: str, is_reset: bool
) -> None:
    """Whatever a server has read of a request when it hangs up, no other one follows."""
    for count in places(len(request_of(ways, way)), way):
        with Raw(b"", heard_bytes=count, is_reset=is_reset) as server:
            found = ways.call(way, server.url)
        assert isinstance(found, Told)
        assert CLOSED in found.message, count
        assert "next code" in found.hint
        assert len(server.requests) == 1, count


@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_code_is_sent_once_wherever_the_answer_is_cut(ways: Ways, way: str, is_reset: bool) -> None:
    """Whatever of an answer came when the server hangs up, the code is not sent again."""
    for count in places(len(ANSWER), way):
        with Raw(ANSWER[:count], is_reset=is_reset) as server:
            found = ways.call(way, server.url)
        assert isinstance(found, Told), count
        assert found.status == 1
        assert "next code" in found.hint
        assert len(server.requests) == 1, count


@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_call_without_a_code_is_sent_twice_at_most(ways: Ways, way: str) -> None:
    """Without a code a broken connection is tried once more, and not a third time."""
    for count in (0, 1, 100, 400):
        with Raw(b"", heard_bytes=count) as server:
            found = ways.call(way, server.url, has_code=False)
        assert isinstance(found, Told)
        assert CLOSED in found.message
        assert len(server.requests) == 2
    for count in (0, 20, len(ANSWER) - 1):
        with Raw(ANSWER[:count]) as server:
            ways.call(way, server.url, has_code=False)
        assert 1 <= len(server.requests) <= 2

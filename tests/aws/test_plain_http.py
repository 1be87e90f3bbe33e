"""How an answer may come over HTTP: the plain call reads it as botocore does, or not at all."""

from pathlib import Path

import pytest

from aws_mfa_process.aws import body
from support.documents import DOCUMENT, GIVEN, NOT_STS
from support.raw import Raw
from support.ways import BOTOCORE, PLAIN, Case, Ways, assert_agree, assert_told

CLOSED = "closed the connection without an answer"
BODY = DOCUMENT.encode()
LENGTH = f"Content-Length: {len(BODY)}"
HEAD = "HTTP/1.1 200 OK\r\n"


def plainly(*lines: str, body: bytes = BODY) -> bytes:
    """Return an answer with these lines before its body."""
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1") + body


def chunked(*parts: bytes, extension: str = "", trailers: str = "", more: str = "") -> bytes:
    """Return an answer in chunks."""
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension.encode(), part) for part in parts)
    head = f"{HEAD}{more}Transfer-Encoding: chunked\r\n\r\n".encode()
    return head + chunks + f"0\r\n{trailers}\r\n".encode()


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ANSWERS: dict[str, Case] = {
    "a length": (plainly("HTTP/1.1 200 OK", LENGTH), GIVEN),
    "no length": (plainly("HTTP/1.1 200 OK"), GIVEN),
    "chunks": (chunked(BODY[:7], BODY[7:100], BODY[100:]), GIVEN),
    "chunks of a byte": (chunked(*(BODY[n : n + 1] for n in range(len(BODY)))), GIVEN),
    "chunk extensions": (chunked(BODY, extension=';a="b"'), GIVEN),
    "chunk size with a space": (chunked(BODY, extension="  "), GIVEN),
    "chunk size with zeros": (chunked(BODY).replace(b"\r\n\r\n", b"\r\n\r\n000", 1), GIVEN),
    "trailers": (chunked(BODY, trailers="A: b\r\nC: d\r\n"), GIVEN),
    "Chunked in capitals": (chunked(BODY).replace(b"chunked", b"CHUNKED"), GIVEN),
    "chunks and a length": (chunked(BODY, more="Content-Length: 3\r\n"), GIVEN),
    "chunk size that is none": (
        chunked(BODY, extension="").replace(b"\r\n\r\n", b"\r\n\r\nx", 1),
        CLOSED,
    ),
    "chunk size below nothing": (chunked(BODY).replace(b"\r\n\r\n", b"\r\n\r\n-", 1), CLOSED),
    "chunk size without end": (
        plainly("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"f" * 70000),
        CLOSED,
    ),
    "huge chunk": (
        plainly("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"fffffffff\r\nabc"),
        NOT_STS,
        CLOSED,
    ),
    "chunk longer than its size": (chunked(BODY).replace(BODY, BODY + b"x"), CLOSED),
    "chunks that end early": (chunked(BODY)[:-100], CLOSED),
    "chunks without the last": (chunked(BODY)[:-5], CLOSED),
    "chunks without the last line": (chunked(BODY)[:-2], CLOSED, GIVEN),
    "two codings": (chunked(BODY).replace(b"chunked", b"gzip, chunked"), NOT_STS, GIVEN),
    "length twice": (plainly("HTTP/1.1 200 OK", LENGTH, LENGTH), GIVEN),
    "two lengths": (plainly("HTTP/1.1 200 OK", LENGTH, "Content-Length: 5"), CLOSED),
    "length too short": (plainly("HTTP/1.1 200 OK", "Content-Length: 100"), NOT_STS),
    "length too long": (plainly("HTTP/1.1 200 OK", "Content-Length: 9999"), CLOSED, GIVEN),
    "huge length": (plainly("HTTP/1.1 200 OK", "Content-Length: 9999999999"), NOT_STS, GIVEN),
    "negative length": (plainly("HTTP/1.1 200 OK", "Content-Length: -1"), CLOSED, GIVEN),
    "length in words": (plainly("HTTP/1.1 200 OK", "Content-Length: many"), CLOSED, GIVEN),
    "length with a plus": (
        plainly("HTTP/1.1 200 OK", f"Content-Length: +{len(BODY)}"),
        CLOSED,
        GIVEN,
    ),
    "length in another script": (
        plainly("HTTP/1.1 200 OK", "Content-Length: \u00b2"),
        CLOSED,
        GIVEN,
    ),
    "empty length": (plainly("HTTP/1.1 200 OK", "Content-Length:"), CLOSED, GIVEN),
    "100 first": (CONTINUE + plainly("HTTP/1.1 200 OK", LENGTH), GIVEN),
    "100 nine times": (CONTINUE * 9 + plainly("HTTP/1.1 200 OK", LENGTH), GIVEN),
    "100 without end": (CONTINUE * 30000, CLOSED),
    "103 first": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + plainly("HTTP/1.1 200 OK", LENGTH),
        NOT_STS,
    ),
    "101": (plainly("HTTP/1.1 101 Switching Protocols", "Upgrade: x"), NOT_STS),
    "line feeds": (plainly("HTTP/1.1 200 OK", LENGTH).replace(b"\r\n", b"\n"), GIVEN),
    "folded header": (plainly("HTTP/1.1 200 OK", "A: b", "  c", LENGTH), CLOSED, GIVEN),
    "folded first line": (plainly("HTTP/1.1 200 OK", "  c", LENGTH), CLOSED, GIVEN),
    "blank before a colon": (plainly("HTTP/1.1 200 OK", "A : b", LENGTH), CLOSED, GIVEN),
    "carriage return within": (plainly("HTTP/1.1 200 OK", "A: b\rC: d", LENGTH), CLOSED, GIVEN),
    "carriage return first": (plainly("HTTP/1.1 200 OK", "\rA: b", LENGTH), CLOSED, GIVEN),
    "no reason": (plainly("HTTP/1.1 200", LENGTH), GIVEN),
    "reason with blanks": (plainly("HTTP/1.1 200 O  K ", LENGTH), GIVEN),
    "two blanks": (plainly("HTTP/1.1  200 OK", LENGTH), CLOSED, GIVEN),
    "HTTP/1.0": (plainly("HTTP/1.0 200 OK"), GIVEN),
    "HTTP/2": (plainly("HTTP/2 200 OK", LENGTH), CLOSED),
    "HTTP/1.2": (plainly("HTTP/1.2 200 OK", LENGTH), CLOSED, GIVEN),
    "ICY": (plainly("ICY 200 OK", LENGTH), CLOSED),
    "status of two digits": (plainly("HTTP/1.1 20 OK", LENGTH), CLOSED),
    "status of four digits": (plainly("HTTP/1.1 2000 OK", LENGTH), CLOSED),
    "status in words": (plainly("HTTP/1.1 two OK", LENGTH), CLOSED),
    "status 099": (plainly("HTTP/1.1 099 OK", LENGTH), NOT_STS, CLOSED),
    "names in any case": (plainly("HTTP/1.1 200 OK", LENGTH.upper()), GIVEN),
    "no blank after a colon": (plainly("HTTP/1.1 200 OK", LENGTH.replace(" ", "")), GIVEN),
    "header without a colon": (plainly("HTTP/1.1 200 OK", "hello", LENGTH), CLOSED, GIVEN),
    "header of another alphabet": (plainly("HTTP/1.1 200 OK", "X: \u00fc\u00ff", LENGTH), GIVEN),
    "header of 60 KiB": (plainly("HTTP/1.1 200 OK", f"A: {'x' * 61440}", LENGTH), GIVEN),
    "header of 70 KiB": (plainly("HTTP/1.1 200 OK", f"A: {'x' * 71680}", LENGTH), CLOSED),
    "90 headers": (plainly("HTTP/1.1 200 OK", *(f"A{n}: b" for n in range(90)), LENGTH), GIVEN),
    "20000 headers": (
        plainly("HTTP/1.1 200 OK", *(f"A{n}: b" for n in range(20000)), LENGTH),
        CLOSED,
    ),
    "gzip": (plainly("HTTP/1.1 200 OK", "Content-Encoding: gzip", LENGTH), NOT_STS, GIVEN),
    "identity": (plainly("HTTP/1.1 200 OK", "Content-Encoding: identity", LENGTH), GIVEN),
    "201": (plainly("HTTP/1.1 201 Created", LENGTH), NOT_STS, GIVEN),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", NOT_STS),
    "206": (plainly("HTTP/1.1 206 Partial", LENGTH), NOT_STS, GIVEN),
    "300": (plainly("HTTP/1.1 300 Many", LENGTH), NOT_STS),
    "301": (plainly("HTTP/1.1 301 Moved", LENGTH, "Location: https://other.invalid/"), NOT_STS),
    "302": (plainly("HTTP/1.1 302 Found", LENGTH, "Location: /other"), NOT_STS),
    "304": (b"HTTP/1.1 304 Not Modified\r\n\r\n", NOT_STS),
    "307": (plainly("HTTP/1.1 307 Moved", LENGTH, "Location: /other"), NOT_STS),
    "308": (plainly("HTTP/1.1 308 Moved", LENGTH, "Location: /other"), NOT_STS),
    "nothing": (b"", CLOSED),
    "line end": (b"\r\n", CLOSED),
    "line ends first": (b"\r\n\r\n" + plainly("HTTP/1.1 200 OK", LENGTH), CLOSED),
    "garbage": (b"\x00\xff\x80garbage", CLOSED),
    "lines of garbage": (b"\x00\xff\x80garbage\r\n" * 9, CLOSED),
    "greeting of mail": (b"220 mail.example ESMTP\r\n", CLOSED),
    "greeting of ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", CLOSED),
    "alert of TLS": (b"\x15\x03\x01\x00\x02\x02\x16", CLOSED),
    "frame of HTTP/2": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", CLOSED),
    "line without end": (b"HTTP/1.1 200 " + b"x" * 300000, CLOSED),
    "first line only": (b"HTTP/1.1 200 OK\r\n", CLOSED, NOT_STS),
    "cut first line": (b"HTTP/1.1 200 O", CLOSED, NOT_STS),
    "cut head": (plainly("HTTP/1.1 200 OK", LENGTH)[:30], CLOSED, NOT_STS),
    "body only": (BODY, CLOSED),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What botocore cannot read, or reads only with luck, is not taken."""
    answer, *words = ANSWERS[name]
    assert_agree(Ways(tmp_path, monkeypatch), answer, *words)


@pytest.mark.parametrize(
    "answer",
    [plainly("HTTP/1.1 200 OK", body=b"x" * 2**25), chunked(*[b"x" * 2**16] * 2**9)],
    ids=["to the end", "in chunks"],
)
def test_answer_without_an_end_is_not_read_on(
    answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past one MiB nothing more is taken, whatever the server still has; by botocore past 64."""
    ways = Ways(tmp_path, monkeypatch)
    monkeypatch.setattr(body, "_MOST_BYTES", 2**20)
    for way in (PLAIN, BOTOCORE):
        with Raw(answer) as server:
            assert_told(ways.call(way, server.url), NOT_STS)
        assert (len(server.requests), server.left) == (1, 1), way

"""Bytes of all kinds where an answer should be: they are read as others read them, or refused."""

import contextlib
import http.client
import socket
import time
import tracemalloc
from typing import Any

import botocore.parsers
import botocore.session
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aws_mfa_process.aws.plain.answer import refusal_in, result_of
from aws_mfa_process.aws.plain.wire import Answer, LostError, OddError, _Reader
from support.documents import DOCUMENT, XMLNS
from support.raw import Raw, answer_of

ACTION = "GetSessionToken"
MODEL = botocore.session.Session().get_service_model("sts").operation_model(ACTION)
CHUNKED = "Transfer-Encoding: chunked"
LINES = [
    "HTTP/1.1 200 OK", "HTTP/1.0 200", "HTTP/1.1 403 F", "HTTP/1.1 100 C", "HTTP/1.1 204 N",
    "HTTP/1.1 103 E", "HTTP/1.1", "Content-Length: 5", "Content-Length: 0", "Content-Length: -5",
    "content-length:5", "Content-Length : 5", "Content-Length: 5, 5", "Content-Length: 0x5",
    "Content-Length: 99999999999", CHUNKED, "transfer-encoding:\tCHUNKED ", f"X{CHUNKED}",
    f" {CHUNKED}", "Transfer-Encoding: identity", "Content-Encoding: gzip", "A: b", "A", ":", " x",
    "\tContent-Length: 3", "", "5", "5;a=b", "0", "0;x", "-5", "+5", "0x5", "5 ", "fffff", "hello",
    "<R>", "\x00", "\x85", "\x1c", "\x0b", "A: b\rContent-Length: 3", "A: \u00ff",
]  # fmt: skip
"""What heads and chunks are made of."""
ENDS = st.sampled_from(["\r\n"] * 6 + ["\n", "\r", "", "\n\r"])
HTTP = st.builds(
    lambda start, lines: "".join([start, *(f"{line}{end}" for line, end in lines)]).encode(
        "latin-1"
    ),
    st.sampled_from(["", *(["HTTP/1.1 200 OK\r\n"] * 3), f"HTTP/1.1 200 OK\r\n{CHUNKED}\r\n\r\n"]),
    st.lists(st.tuples(st.sampled_from(LINES), ENDS), max_size=14),
)
ERROR = (
    f"<ErrorResponse{XMLNS}><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No"
    "</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)
PIECES = [
    "<Credentials>", "</Credentials>", "<AccessKeyId>", "</AccessKeyId>", "<Error>", "</Error>",
    "<Code>", "</Code>", "<a:Code>", "<SessionToken/>", "<GetSessionTokenResult>",
    "</GetSessionTokenResult>", "<!-- x -->", "<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&#43;",
    "&#0;", "&x;", "<!DOCTYPE a [<!ENTITY x 'y'>]>", "<?xml version='1.0'?>", "<?x?>", "\ufeff",
    "<x:", "xmlns:x='y'", " ", "\n", "<", ">", "&", "'", "\x00", "\u00fc", "<a>", "</a>",
]  # fmt: skip
"""What is put into documents."""
CHANGE = st.tuples(
    st.integers(0, 600),
    st.integers(0, 40),
    st.sampled_from(PIECES).map(str.encode) | st.binary(max_size=4),
)


def changed(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Return data with some parts replaced."""
    for start, length, piece in changes:
        data = data[:start] + piece + data[start + length :]
    return data


def documents(text: str) -> st.SearchStrategy[bytes]:
    """Return a document, and what can become of it."""
    return st.lists(CHANGE, max_size=4).map(lambda changes: changed(text.encode(), changes))


def pair(data: bytes) -> socket.socket:
    """Return a connection over which these bytes come."""
    far, near = socket.socketpair()
    with far:
        far.settimeout(5)
        far.sendall(data)
    return near


def answer_in(data: bytes) -> Answer | None:
    """Return the answer that the plain call reads; None: it refuses."""
    with pair(data) as connection:
        try:
            return _Reader(connection, time.monotonic() + 30).answer()
        except (LostError, OddError):
            return None


def assert_read_by_others(data: bytes) -> None:
    """Check that an answer which is read is the one that http.client reads."""
    answer = answer_in(data)
    if answer is None:
        return
    with pair(data) as connection:
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        assert answer.status == response.status
        assert answer.body == response.read()


@given(HTTP | st.binary() | documents(answer_of(DOCUMENT).decode()))
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc")
@example(b"HTTP/1.1 200 OK\n\rContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcdefg")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n x\r\n\r\nabcdefg")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\n0\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 99 + b"\r\nabc")
@example(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100 + b"\r\nabc")
@example(b"HTTP/1.1 200 OK\r\na b: c\r\nContent-Length: 5\r\n\r\nabcdefg")
def test_answer_is_read_as_http_client_reads_it(data: bytes) -> None:
    """Whatever comes, it is refused or read as Python's own reader does it."""
    assert_read_by_others(data)


def by_botocore(status: int, body: bytes) -> Any:  # noqa: ANN401 - as there
    """Return what botocore finds in a document, with times as texts."""
    factory = botocore.parsers.ResponseParserFactory()
    factory.set_parser_defaults(timestamp_parser=str)
    shape = MODEL.output_shape
    assert shape is not None
    response = {"status_code": status, "headers": {}, "body": body}
    return factory.create_parser("query").parse(response, shape)


@given(documents(DOCUMENT) | st.binary())
@example(DOCUMENT.replace('xmlns="', 'xmlns="}').encode())
def test_result_is_read_as_botocore_reads_it(body: bytes) -> None:
    """Whatever the document, its credentials are refused or those that botocore finds."""
    try:
        found = result_of(Answer(200, {}, body), ACTION).get("Credentials")
    except OddError:
        return
    if isinstance(found, dict):
        theirs = by_botocore(200, body).get("Credentials", {})
        for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"):
            ours = found.get(name)
            assert not isinstance(ours, str) or ours == theirs[name]


@given(st.sampled_from([400, 403, 500, 503, 511]), documents(ERROR) | st.binary())
@example(403, b"\x0b" + ERROR.encode())
def test_refusal_is_read_as_botocore_reads_it(status: int, body: bytes) -> None:
    """Whatever the document, it is no answer or the refusal that botocore finds."""
    try:
        found = refusal_in(Answer(status, {}, body))
    except OddError:
        return
    assert found is not None
    theirs = by_botocore(status, body).get("Error", {})
    assert found["Error"].get("Code", "") == (theirs.get("Code") or "")
    if theirs.get("Code") != str(status):  # then botocore gives a message of its own
        assert found["Error"].get("Message", "") == (theirs.get("Message") or "")


MIB = 2**20
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKS = HEAD + f"{CHUNKED}\r\n\r\n".encode()
FLOODS = {
    "body": (HEAD + b"\r\n", b"x" * 64),
    "line": (b"", b"x" * 64),
    "headers": (HEAD, b"A: b\r\n" * 10),
    "chunks": (CHUNKS, b"1\r\nx\r\n" * 10),
    "big chunks": (CHUNKS, b"30\r\n" + b"x" * 48 + b"\r\n"),
    "trailers": (CHUNKS + b"0\r\n", b"A: b\r\n" * 10),
}
"""How an answer begins, and what comes then without end."""
BULKY = {
    "members": "".join(f"<a{n}/>" for n in range(110000)),
    "one member": "<a>" + "\n" * (MIB - 1000) + "</a>",
    "attributes": "<a" + "".join(f" a{n}=''" for n in range(90000)) + "/>",
    "nesting": "<a>" * 140000 + "</a>" * 140000,
    "references": "<a>" + "&#43;" * 200000 + "</a>",
    "comments": "<!---->" * 140000,
    "namespaces": "<a" + "".join(f" xmlns:a{n}='x'" for n in range(50000)) + "/>",
}


@pytest.mark.parametrize("name", FLOODS)
def test_flood_is_not_kept(name: str) -> None:
    """Of what does not end no more is kept than an answer may have."""
    start, more = FLOODS[name]
    with Raw(start + more * MIB) as server:
        tracemalloc.start()
        try:
            with socket.create_connection(
                ("127.0.0.1", int(server.url.rpartition(":")[2]))
            ) as near:
                near.sendall(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
                with pytest.raises((LostError, OddError)):
                    _Reader(near, time.monotonic() + 30).answer()
            assert tracemalloc.get_traced_memory()[1] < 8 * MIB
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("name", BULKY)
def test_bulky_document_is_read_in_little(name: str) -> None:
    """The largest documents take some memory, and none takes much."""
    body = DOCUMENT.replace("<Credentials>", f"{BULKY[name]}<Credentials>").encode()
    tracemalloc.start()
    try:
        with contextlib.suppress(OddError):
            result_of(Answer(200, {}, body), ACTION)
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()

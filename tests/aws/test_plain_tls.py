"""TLS: the plain call trusts whom botocore trusts, and sends nothing to anybody else."""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from support.certificates import Authority
from support.documents import DOCUMENT, GIVEN
from support.raw import Raw, answer_of
from support.ways import BOTOCORE, PLAIN, Told, Ways, assert_told

HOST = "sts.example.test"
UNTRUSTED = "the TLS certificate cannot be verified"
NO_TLS = "does not speak TLS as it must"
CERTIFICATES: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "the host": ([HOST], {}, GIVEN),
    "the host among others": (["a.test", HOST, "IP:10.0.0.1"], {}, GIVEN),
    "the host in capitals": ([HOST.upper()], {}, GIVEN),
    "wildcard": (["*.example.test"], {}, GIVEN),
    "common name": ([], {"common_name": HOST}, GIVEN),
    "wildcard of two levels": (["*.test"], {}, UNTRUSTED),
    "wildcard in the middle": (["sts.*.test"], {}, UNTRUSTED),
    "another host": (["other.example.test"], {}, UNTRUSTED),
    "common name beside another host": (["a.test"], {"common_name": HOST}, UNTRUSTED),
    "longer host": ([f"{HOST}.evil.test"], {}, UNTRUSTED),
    "shorter host": (["example.test"], {}, UNTRUSTED),
    "no host": ([], {}, UNTRUSTED),
    "address of the host": (["IP:127.0.0.1"], {}, UNTRUSTED),
    "expired": ([HOST], {"days": -10}, UNTRUSTED),
    "not yet valid": ([HOST], {"days": 10}, UNTRUSTED),
    "signed by itself": ([HOST], {"is_self_signed": True}, UNTRUSTED),
}


@pytest.fixture
def ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Both ways, in a world where a host of a test's own is here."""
    real = socket.getaddrinfo

    def here(host: str | bytes, *rest: Any, **more: Any) -> object:  # noqa: ANN401 - as there
        is_ours = host in (HOST, HOST.encode())
        return real("127.0.0.1" if is_ours else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    monkeypatch.setenv("no_proxy", f"127.0.0.1,{HOST}")
    return Ways(tmp_path, monkeypatch)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that is trusted."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))
    return authority


def assert_agree(ways: Ways, context: ssl.SSLContext, expected: str, host: str = HOST) -> None:
    """Check what both ways make of a server; what they do not trust gets nothing from them."""
    with Raw(answer_of(DOCUMENT), tls=context) as server:
        url = server.url.replace("127.0.0.1", host)
        found = [ways.call(way, url) for way in (PLAIN, BOTOCORE)]
    assert found[0] == found[1]
    assert_told(found[0], expected)
    assert all(server.requests) if expected == GIVEN else not any(server.requests)
    if isinstance(found[0], Told):
        assert found[0].kind == "NotSentError"
        assert "next code" not in found[0].hint


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificate(ways: Ways, authority: Authority, name: str) -> None:
    """A certificate of the host that is signed and valid is taken, and no other."""
    names, options, expected = CERTIFICATES[name]
    assert_agree(ways, authority.server(names, **options), expected)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["IP:127.0.0.1"], GIVEN),
        (["127.0.0.1"], UNTRUSTED),
        (["IP:127.0.0.2"], UNTRUSTED),
        (["*.0.0.1"], UNTRUSTED),
    ],
)
def test_certificate_of_an_address(
    ways: Ways, authority: Authority, names: list[str], expected: str
) -> None:
    """An address is found in a certificate as an address only."""
    assert_agree(ways, authority.server(names), expected, "127.0.0.1")


def test_certificate_of_nobody_known(ways: Ways, authority: Authority, tmp_path: Path) -> None:
    """An authority is trusted by its certificate, and not by its name."""
    (tmp_path / "other").mkdir()
    assert_agree(ways, Authority(tmp_path / "other").server([HOST]), UNTRUSTED)
    assert authority.bundle.exists()


def test_certificate_that_only_the_system_trusts(
    ways: Ways, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What OpenSSL would trust by its own variables counts for neither way."""
    monkeypatch.delenv("AWS_CA_BUNDLE")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(authority.bundle))
    assert_agree(ways, authority.server([HOST]), UNTRUSTED)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    assert_agree(ways, authority.server([HOST]), GIVEN)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (ssl.TLSVersion.TLSv1_1, NO_TLS),
        (ssl.TLSVersion.TLSv1_2, GIVEN),
        (ssl.TLSVersion.TLSv1_3, GIVEN),
    ],
    ids=["1.1", "1.2", "1.3"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_version(ways: Ways, authority: Authority, version: ssl.TLSVersion, expected: str) -> None:
    """TLS is 1.2 or newer."""
    context = authority.server([HOST])
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    assert_agree(ways, context, expected)


@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_server_that_wants_a_certificate_of_ours(
    ways: Ways, authority: Authority, way: str
) -> None:
    """Where we are not trusted the call may have been read, and is not sent again."""
    context = authority.server([HOST])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.bundle)
    with Raw(answer_of(DOCUMENT), tls=context) as server:
        found = ways.call(way, server.url.replace("127.0.0.1", HOST))
    assert isinstance(found, Told)
    assert not any(server.requests)


@pytest.mark.parametrize("length", [False, True], ids=["until the end", "a length"])
@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_end_without_a_goodbye(ways: Ways, authority: Authority, way: str, length: bool) -> None:
    """Servers that hang up without ending TLS are many; the answer says itself if it is whole."""
    context = authority.server([HOST])
    with Raw(answer_of(DOCUMENT, length=length), tls=context) as server:
        assert_told(ways.call(way, server.url.replace("127.0.0.1", HOST)), GIVEN)


def test_connection_that_breaks_while_a_request_is_sent(
    ways: Ways, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS has stood then, so a code may have arrived: it is no fault of TLS."""

    def broken(*_: object) -> int:
        raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol")

    monkeypatch.setattr(ssl.SSLSocket, "sendall", broken)
    with Raw(answer_of(DOCUMENT), tls=authority.server([HOST])) as server:
        found = ways.call(BOTOCORE, server.url.replace("127.0.0.1", HOST))
    assert_told(found, "closed the connection without an answer")

"""``setup accounts`` with a list from somewhere else: https, standard input."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from support.account_lists import LIST, SUM, ok, run
from support.home import Home, assert_refused
from support.tunnel import Tunnel
from support.web import Web, gives


def test_a_list_of_an_address_has_a_check_sum(practice: Home, web: Web) -> None:
    """By option or behind #; the block notes the command that follows the list."""
    address = f"{web.url}/accounts.csv"
    ok(practice, address, "--sha256", SUM.upper())
    config = (practice.aws / "config").read_text()
    again = f"# again: aws-mfa-process setup accounts {address} --profile bastion-keys"
    assert f"change nothing here\n{again} --sha256 {SUM}\n[profile prod-Admin]" in config
    assert ok(practice, f"{address}#sha256={SUM}") == "Nothing to change.\n"
    done = practice.run("setup", "accounts")
    assert_refused(done, 2, "no list is named", f"the last one: {again[9:]} --sha256 {SUM}")


def test_without_the_right_check_sum_nothing_is_changed(practice: Home, web: Web) -> None:
    """The one that is there is told, to be given once somebody has looked."""
    before = (practice.aws / "config").read_bytes()
    address = f"{web.url}/accounts.csv"
    assert_refused(
        run(practice, address), 2, f"no check sum is given for {address}", f"--sha256 {SUM}"
    )
    other = "0" * 64
    done = run(practice, f"{address}#sha256={other}")
    assert_refused(done, 2, f"{address} has the check sum {SUM}, and not {other}", "was meant")
    done = run(practice, f"{address}#sha256={other}", "--sha256", SUM)
    assert_refused(done, 2, "two different check sums", "--sha256")
    assert_refused(
        run(practice, address, "--sha256", "12"), 2, "64 hexadecimal digits", "sha256sum"
    )
    assert (practice.aws / "config").read_bytes() == before


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("/none", "is not there (HTTP 404)", "correct the address"),
        ("/secret", "is not given to you (HTTP 403)", "the path of the file"),
        ("/broken", "was not given (HTTP 503)", "try again"),
        ("/page", "is a web page and no list", "raw file"),
        ("/short", "gave an answer that is not whole", "try again"),
        ("/to-http", "or to an address that is not https (HTTP 302)", "https://"),
        ("/to-file", "or to an address that is not https (HTTP 302)", "https://"),
        ("/round", "leads round in circles", ""),
        ("/nonsense", "gave an answer that is not whole, or none of HTTP", ""),
    ],
)
def test_what_brings_no_list_is_told(
    practice: Home, web: Web, path: str, message: str, hint: str
) -> None:
    """In one sentence, with exit status 1."""

    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    web.answers |= {
        "/secret": gives("", 403),
        "/broken": gives("", 503),
        "/page": gives("\n<!DOCTYPE html><title>Sign in</title>"),
        "/short": gives(LIST, length=len(LIST) + 1),
        "/to-http": gives("", 302, Location="http://127.0.0.1/accounts.csv"),
        "/to-file": gives("", 302, Location="file:///etc/passwd"),
        "/round": gives("", 302, Location=f"{web.url}/round"),
        "/nonsense": nonsense,
    }
    done = run(practice, web.url + path, "--sha256", SUM)
    assert_refused(done, 1, message, hint)


def test_redirects_lead_to_https_without_the_password(practice: Home, web: Web) -> None:
    """A password goes to the first address alone, and is shown nowhere."""
    web.answers["/moved"] = gives("", 302, Location=f"{web.url}/accounts.csv?token=s3cret")
    address = f"https://al:p%40ss@{web.host}/moved?key=s3cret#sha256={SUM}"
    out = ok(practice, address)
    assert web.seen == [
        ("/moved?key=s3cret", "Basic YWw6cEBzcw=="),
        ("/accounts.csv?token=s3cret", ""),
    ]
    config = (practice.aws / "config").read_text()
    assert f"setup accounts 'https://{web.host}/moved?...' --profile" in config
    for done in (run(practice, address.replace("moved", "none")), run(practice, address[:-1])):
        assert done.status != 0
        out += done.err + done.out
    assert "p%40ss" not in out + config
    assert "s3cret" not in out + config


def test_a_server_is_verified(practice: Home, web: Web, tmp_path: Path) -> None:
    """By the system's certificates or those that are named; who is not there is told."""
    address = f"{web.url}/accounts.csv"
    (tmp_path / "empty").touch()
    environ = {"AWS_CA_BUNDLE": ""}
    done = run(practice, address, "--sha256", SUM, **environ)
    assert_refused(done, 1, "the TLS certificate cannot be verified", "AWS_CA_BUNDLE")
    done = run(practice, address, "--sha256", SUM, AWS_CA_BUNDLE=str(tmp_path / "empty"))
    assert_refused(done, 2, "no certificate can be read from it", "PEM")
    with Web(None) as plain:
        done = run(practice, f"https://{plain.host}", "--sha256", SUM)
    assert_refused(done, 1, "does not speak TLS as it must", "")
    done = run(practice, f"https://{plain.host}", "--sha256", SUM)
    assert_refused(done, 1, "cannot be reached: Connection refused", "proxy")


def test_a_proxy_of_the_environment_is_used(practice: Home, web: Web) -> None:
    """As other programs use it."""
    with Tunnel(web.server_port) as tunnel:
        proxies = {"https_proxy": tunnel.url, "no_proxy": ""}
        ok(practice, f"https://127.0.0.1/accounts.csv#sha256={SUM}", **proxies)
        assert tunnel.asked == ["127.0.0.1:443"]


def test_a_long_or_slow_answer_is_not_waited_for(practice: Home, web: Web) -> None:
    """A body of 100 MB is left after four; a server that drips has 20 seconds."""
    done_dripping = threading.Event()

    def huge(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(100):
                handler.wfile.write(b"x" * 1024 * 1024)

    def dripping(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            while not done_dripping.wait(0.2):
                handler.wfile.write(b"H")

    web.answers |= {"/huge": huge, "/dripping": dripping}
    done = run(practice, f"{web.url}/huge", "--sha256", SUM)
    assert_refused(done, 2, "is longer than 4 MiB", "")
    done = run(practice, f"{web.url}/dripping", "--sha256", SUM)
    done_dripping.set()
    assert_refused(done, 1, "did not come within 20 seconds", "")


@pytest.mark.parametrize(
    ("address", "message", "hint"),
    [
        ("http://host/accounts.csv", "not read through http", "https://"),
        ("ftp://host/accounts.csv", "of this kind", ""),
        ("git+http://host/a.git#path=x", "of this kind", ""),
        ("git+ext://sh -c id#path=x", "of this kind", ""),
        ("ext::sh -c id", "cannot be read: No such file", ""),
        ("git@host:org/a.git", "is how git writes", "git+ssh://git@host/org/a.git#path="),
        ("https://host/org/a.git", "seems to be a git repository", "git+https://"),
        ("git+https://host/a.git", "no file of the git repository", "#path=accounts.csv"),
        ("git+https://host/a.git#path=a%0A[profile%20x]", "no file of the git repository", ""),
        ("git+https://host/a.git?x#path=x", "has no ?", ""),
        ("git+https://host/a.git@--upload-pack=id#path=x", "no name of a branch", ""),
        ("git+https://host/a.git@#path=x", "no name of a branch", ""),
        ("git+ssh://-oProxyCommand=id/a.git#path=x", "cannot be read", "%XX"),
        ("git+ssh://-oProxyCommand=id@host/a.git#path=x", "no password in an address", ""),
        ("git+ssh://al:s3cret@host/a.git#path=x", "no password in an address", ""),
        ("git+file://host/a.git#path=x", "a path of this machine", ""),
        ("git+https://host/a.git#subdirectory=x", "behind # there is path", ""),
        ("https://al:s3/cret@host/a.csv", "the address of the list cannot be read", "%XX"),
        ("https:///a.csv", "the address of the list cannot be read", ""),
        ("https://host/a.csv#md5=12", "behind # there is sha256", ""),
        ("https://host/a b.csv", "the address of the list cannot be read", "%20"),
    ],
)
def test_odd_addresses_are_refused(practice: Home, address: str, message: str, hint: str) -> None:
    """Before anything is fetched; none is shown that could hold a password."""
    done = run(practice, address)
    assert_refused(done, 2, message, hint)
    assert "s3" not in done.err.replace("sha256", "")


def test_standard_input_and_pipes(practice: Home) -> None:
    """``-`` is standard input; a check sum holds for it too."""
    text = json.dumps([{"account": "222222222222", "name": "prod", "roles": ["Admin"]}])
    ok(practice, "-", text=text)
    done = run(practice, "-", "--sha256", SUM, text=text)
    assert_refused(done, 2, "standard input has the check sum", "")
    done = run(practice, "/dev/zero")
    assert_refused(done, 2, "/dev/zero is longer than 4 MiB", "")
    assert_refused(run(practice, "/"), 2, "/ is a folder, and no list", "git+file:///#path=")

"""The page that a browser is given once."""

import http.client
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from aws_mfa_process.commands.browsers.browser import Browser, open_address
from aws_mfa_process.commands.browsers.one_shot import OneShotPage
from aws_mfa_process.commands.browsers.ways_in import Opened
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.loopback.owner import NOBODY, owner_of
from support.parts import missing, need

ADDRESS = "https://signin.example/federation?SigninToken=secret"
FETCH = """\
exec 3<>/dev/tcp/127.0.0.1/$0
printf 'GET %s HTTP/1.0\\r\\n\\r\\n' "$1" >&3
head -n 1 <&3 2>/dev/null
"""
"""By bash, as the interpreter of the tests may be one that another user cannot run."""


def get(url: str, method: str = "GET", path: str = "") -> tuple[int, str | None]:
    """Return status and target of a request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    try:
        connection.request(method, path or parts.path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Location"]
    finally:
        connection.close()


def test_it_is_given_once() -> None:
    """The right path leads to the address, and then to nothing."""
    with OneShotPage(ADDRESS) as page:
        assert get(page.url, path="/") == (404, None)
        assert get(page.url, path="/favicon.ico") == (404, None)
        assert get(page.url, "POST") == (501, None)
        assert get(page.url, "HEAD") == (501, None)
        assert not page.given.is_set()
        assert get(page.url) == (302, ADDRESS)
        assert page.given.wait(30)
        assert get(page.url) == (404, None)
    with pytest.raises(ConnectionRefusedError):
        get(page.url)


def test_no_two_pages_have_one_path() -> None:
    """Nobody can guess where it is."""
    with OneShotPage(ADDRESS) as one, OneShotPage(ADDRESS) as other:
        assert len(one.path) > 40
        assert one.path != other.path


def test_a_connection_that_says_nothing_holds_up_nobody() -> None:
    """Browsers open connections that they may never use."""
    with OneShotPage(ADDRESS) as page:
        idle = [http.client.HTTPConnection(urlsplit(page.url).netloc) for _ in range(3)]
        for connection in idle:
            connection.connect()
        assert get(page.url) == (302, ADDRESS)
        for connection in idle:
            connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_another_user_is_told_by_the_connection() -> None:
    """Who has read the page's address in an argument list gets nothing, and spoils nothing."""
    if os.geteuid():
        missing("root, who can be another user")
    with OneShotPage(ADDRESS) as page:
        parts = urlsplit(page.url)
        fetch = [need("bash"), "-c", FETCH, str(parts.port), parts.path]
        stranger = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *fetch]
        done = subprocess.run(stranger, capture_output=True, text=True, cwd="/", check=False)
        assert (done.stdout, done.stderr) == ("", "")
        assert not page.given.is_set()
        done = subprocess.run(fetch, capture_output=True, text=True, check=True)
        assert " 302 " in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_a_connection_of_nobody_has_no_owner() -> None:
    """What is in no table is not ours."""
    assert owner_of(1, 2) == NOBODY


def test_a_browser_gets_the_address_where_it_wants_it() -> None:
    """In the place of ``%s``, as other programs read $BROWSER, or at the end."""
    assert Browser(("a", "-x")).command_for("u") == ["a", "-x", "u"]
    assert Browser(("a", "--url=%s", "b")).command_for("u") == ["a", "--url=u", "b"]


def test_a_browser_that_never_comes_is_told() -> None:
    """One that ends well without having opened the page is waited for, but not for ever."""
    with pytest.raises(MFAProcessError, match="true has not opened the page within 1 seconds"):
        open_address(Browser(("true",)), ADDRESS, "try --print", seconds=1)


def test_what_is_opened_is_shown_by_no_repr() -> None:
    """A traceback or a log has no use for the address."""
    assert repr(Opened(ADDRESS, "Opened it.", "")) == "Opened(Opened it.)"

"""While a person types the call is made ready, so that Enter is followed by it alone."""

import json
import re
import sys
from pathlib import Path

import pexpect
import pytest

from support.certificates import Authority
from support.documents import DOCUMENT, KEY_ID
from support.home import PROGRAM, Home
from support.parts import need
from support.practice import KEYS
from support.raw import Raw, answer_of
from support.strace import FOLLOW
from support.terminal import QUESTION
from support.waiting import wait_until

CODE = "123456"
CONNECT = re.compile(r"connect\(\d+, \{sa_family=AF_INET6?,")
MODULE = re.compile(r'openat\([^"]*"[^"]+\.(?:pyc?|so)[^"]*".* = \d+')


@pytest.mark.skipif(sys.platform != "linux", reason="looks on with strace")
def test_enter_is_followed_by_the_call_alone(practice: Home, tmp_path: Path) -> None:
    """Modules and certificates are read before the code is there, and nobody is called."""
    authority = Authority(tmp_path)
    log = tmp_path / "trace"
    options = (*FOLLOW, "-e", "trace=openat,connect", "-o", str(log))
    with Raw(answer_of(DOCUMENT), tls=authority.server(["IP:127.0.0.1"])) as server:
        environ = {"AWS_CA_BUNDLE": str(authority.bundle), "AWS_ENDPOINT_URL_STS": server.url}
        line = (*options, PROGRAM, *KEYS)
        terminal = practice.terminal(*line, program=need("strace"), environ=environ)
        terminal.expect(QUESTION)
        wait_until(lambda: str(authority.bundle) in log.read_text())
        before = log.read_text()
        assert MODULE.search(before)
        assert CONNECT.search(before) is None
        assert server.requests == []
        terminal.sendline(CODE)
        terminal.expect(pexpect.EOF)
        (request,) = server.requests
    assert f"TokenCode={CODE}".encode() in request
    assert json.loads(str(terminal.before).strip().splitlines()[-1])["AccessKeyId"] == KEY_ID
    after = log.read_text().removeprefix(before).partition("connect(")[0]
    assert MODULE.findall(after) == []
    assert str(authority.bundle) not in after

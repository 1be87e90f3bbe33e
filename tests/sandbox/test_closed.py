"""The practice AWS is closed to web pages, other users, and clients that hang or leave."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from aws_mfa_process.sandbox.folder import TOKEN_HEADER
from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.aws_config import ROLE_PROFILES
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.disk import full_disk
from support.home import PROGRAM, Home, Result, assert_refused
from support.parts import missing
from support.practice import KEYS
from support.waiting import wait_until

SERVER = [sys.executable, "-m", "aws_mfa_process.sandbox.server", "program"]
"""How a practice starts it."""


def port_of(endpoint_url: str) -> int:
    """Return the port of an address."""
    return int(endpoint_url.rpartition(":")[2])


def status_of(port: int, path: str, **headers: str) -> int:
    """Ask for a path and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with connection.getresponse() as reply:
        reply.read()
        status = reply.status
    connection.close()
    return status


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:{}", "localhost:{}", "127.0.0.1", "127.0.0.1:1", ""]
)
@pytest.mark.parametrize("path", ["/", "/_sandbox/code", "/federation?Action=login", "/switchrole"])
def test_another_name_is_refused(sandbox: Sandbox, name: str, path: str) -> None:
    """A web page whose name leads to this machine gets nothing, not even a code."""
    port = port_of(sandbox.endpoint_url)
    headers = {"Host": name.format(port), TOKEN_HEADER: sandbox.token}
    assert status_of(port, path, **headers) == HTTPStatus.MISDIRECTED_REQUEST
    assert sandbox.calls == []


@pytest.mark.parametrize("token", [None, "", "x"])
@pytest.mark.parametrize("control", ["code", "unused-code", "calls", "nothing"])
def test_controls_want_the_token(sandbox: Sandbox, control: str, token: str | None) -> None:
    """Whoever has only the address sees neither codes nor calls."""
    headers = {} if token is None else {TOKEN_HEADER: token}
    status = status_of(port_of(sandbox.endpoint_url), f"/_sandbox/{control}", **headers)
    assert status == HTTPStatus.FORBIDDEN


def practice_of(home: Home) -> tuple["subprocess.Popen[bytes]", dict[str, Any]]:
    """Start a practice; return its process and where it is."""
    runtime = home.path / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    process = subprocess.Popen(
        SERVER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**home.environ, "XDG_RUNTIME_DIR": str(runtime)},
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_each_practice_has_keys_of_its_own(home: Home) -> None:
    """Neither those of the documentation nor those of another practice, and its own token."""
    seen = set()
    for _ in range(2):
        process, where = practice_of(home)
        folder = Path(where["folder"])
        credentials = (folder / "credentials").read_text()
        secrets = [line.partition(" = ")[2] for line in credentials.splitlines() if " = " in line]
        seen |= {*secrets, where["token"]}
        assert len(secrets) == 2
        environ = {"XDG_RUNTIME_DIR": str(home.path / "runtime")}
        done = home.run("sandbox", "code", environ=environ)
        assert (done.status, len(done.out)) == (0, 7), done
        known = [Device(ALICE.mfa_seed).code(time.time(), step) for step in (-2, -1, 0, 1)]
        assert done.out.strip() not in known
        process.communicate()
    assert len(seen) == 6
    assert seen.isdisjoint({ALICE.access_key_id, ALICE.secret_access_key})


def test_user_without_a_home_finds_no_practice() -> None:
    """A user whom the system does not know, without HOME: that there is none is told, no fault."""
    line = [*_as_nobody_known(), PROGRAM, "sandbox", "code"]
    done = subprocess.run(line, capture_output=True, text=True, cwd="/", check=False)
    assert_refused(Result(done.returncode, done.stdout, done.stderr), 2, "no practice AWS runs")


def _as_nobody_known() -> list[str]:
    """Return what runs a program as such a user; not every interpreter can be run by all users."""
    start = ["env", "-i", f"PATH={os.environ['PATH']}"]
    ways = (
        [*start, "setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"],
        [*start, "unshare", "--user", "--map-user=4321", "--map-group=4321"],
    )
    tried = [sys.executable, "-c", "import os; assert os.getuid() == 4321"]
    done = (subprocess.run([*way, *tried], capture_output=True, check=False) for way in ways)
    found = (way for way, one in zip(ways, done, strict=True) if not one.returncode)
    return next(found, None) or missing("root or user namespaces, to be a user that is not known")


def test_practice_on_a_full_disk_is_told(home: Home) -> None:
    """In one sentence that says what is wanting, without a traceback of the server."""
    runtime = home.path / "runtime"
    runtime.mkdir(mode=0o700)
    with full_disk(runtime):
        done = home.run("sandbox", environ={"XDG_RUNTIME_DIR": str(runtime), "SHELL": "/bin/sh"})
        assert not list(runtime.glob("*/practice-*"))
    assert_refused(done, 1, "the practice AWS did not start: ", "look at the limits")
    assert "No space left on device" in done.err


LEAVING = {
    "nothing": b"",
    "half a line": b"POST / HT",
    "half a head": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le",
    "half a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nAction=",
    "no HTTP": b"\x16\x03\x01\x00\xff\xff\xff\r\n\r\n",
    "an odd length": b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    "an endless body": b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nA",
    "an unknown version": b"GET / HTTP/9.9\r\n\r\n",
    "a whole call": b"GET /_sandbox/calls HTTP/1.1\r\nHost: x\r\n\r\n",
}


def test_clients_that_leave_print_nothing(home: Home) -> None:
    """Whatever part of a request they have sent, and whether they hang up or break off."""
    process, where = practice_of(home)
    address = ("127.0.0.1", port_of(where["endpoint_url"]))
    for data in LEAVING.values():
        for is_reset in (False, True):
            with socket.create_connection(address, 30) as client:
                client.sendall(data)
                if is_reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                else:
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass
    environ = {"XDG_RUNTIME_DIR": str(home.path / "runtime")}
    assert home.run("sandbox", "code", environ=environ).status == 0  # it goes on
    out, err = process.communicate()
    assert (out, err, process.returncode) == (b"", b"", 0)


@pytest.mark.parametrize("data", [LEAVING["half a line"], LEAVING["half a body"]])
def test_half_a_request_is_not_waited_for_without_end(sandbox: Sandbox, data: bytes) -> None:
    """The server hangs up, and its thread ends."""
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", port_of(sandbox.endpoint_url)), 60) as client:
        client.sendall(data)
        began = time.monotonic()
        while client.recv(65536):
            pass
        assert time.monotonic() - began < 55
    wait_until(lambda: threading.active_count() <= before)


def test_more_connections_than_places_make_room(sandbox: Sandbox) -> None:
    """Whoever opens them without end takes no more than the places, and nobody waits for one."""
    address = ("127.0.0.1", port_of(sandbox.endpoint_url))
    before = threading.active_count()
    clients = [socket.create_connection(address, 30) for _ in range(600)]
    wait_until(lambda: threading.active_count() - before > 400)
    assert clients[0].recv(1) == b""  # the oldest
    assert threading.active_count() - before <= 513
    assert status_of(address[1], "/_sandbox/code", **{TOKEN_HEADER: sandbox.token}) == HTTPStatus.OK
    for client in clients:
        client.close()
    wait_until(lambda: threading.active_count() <= before)
    assert status_of(address[1], "/_sandbox/code", **{TOKEN_HEADER: sandbox.token}) == HTTPStatus.OK


def test_endless_body_is_refused(sandbox: Sandbox) -> None:
    """A request may have a mebibyte."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(sandbox.endpoint_url), timeout=30)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(2**40))
    connection.endheaders()
    with connection.getresponse() as reply:
        assert reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    connection.close()
    assert sandbox.calls == []


PATHS = (
    "/", "//[", "http://[x", "/%ff%00", "/_sandbox/code", "/_sandbox/%ff", "/federation",
    "/switchrole", "/v1/authorize", "/v1/sessions/confirmation", "/v1/token", "/client/register",
    "/authorize", "/device_authorization", "/device", "/token", "/federation/credentials",
    "/bucket/key",
)  # fmt: skip
WORDS = (
    "", "x", "%ff", "%00", "null", "[]", "{}", "1", "-1", "9" * 400, "%0d%0aA:b", "openid", "code",
    "SHA-256", "arn:aws:signin:::devtools/same-device",
    "%7B%22sessionId%22:[],%22sessionToken%22:%7B%7D%7D", "getSigninToken", "login",
    "GetSessionToken", "AssumeRole", "http://[x", "٣",
)  # fmt: skip
NAMES = (
    "Action", "Session", "SessionDuration", "SigninToken", "Destination", "response_type", "scope",
    "state", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "user_code",
    "account_id", "role_name", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Expires",
    "X-Amz-Algorithm", "RoleArn",
)  # fmt: skip
SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260101/r/{}/aws4_request, SignedHeaders={}, Signature={}"
HEADERS = (
    "X-Practice-Token: \xe9", "x-amz-sso_bearer_token: \xff", "X-Amz-Date: \xe9",
    "X-Amz-Date: 00000101T000000Z", "X-Amz-Date: 20269999T999999Z", "X-Amz-Security-Token: \xe9",
    "X-Amz-Target: \xff.\xff", "Cookie: \xff=\xff", "Cookie: practice-console=\xff", "DPoP: a.b.c",
    "DPoP: \xff", "DPoP: e30.e30.e30", "Expect: 100-continue", "Content-Type: application/json",
    "Content-Type: application/x-www-form-urlencoded; charset=nope",
    "Content-Type: multipart/form-data", "Content-Type: multipart/form-data; boundary=x",
    "Authorization: \xff", "Authorization: Basic x", "Transfer-Encoding: chunked",
    "User-Agent: \xe9", "Host: 127.0.0.1", "Range: bytes=9-1", "X-Forwarded-Host: \xff",
    "Content-Encoding: gzip",
)  # fmt: skip
BODIES = (
    "", "{}", "null", "[1]", "\xff", "{" * 5000, '{"grantType":{}}',
    '{"grantType":"refresh_token"}',
    '{"grantType":"authorization_code","code":[],"codeVerifier":"\\ud800"}',
    '{"code":1,"deviceCode":{}}', "Action=AssumeRole&RoleArn=%ff", "Action=%ff&Marker=x",
    "--x\r\n\r\n", "5\r\nab", "zz\r\n",
)  # fmt: skip


def random_request(random: Random, host: str, key_id: str) -> bytes:
    """Make a request up whose parts are each of a kind that the practice AWS knows, or of none."""
    query = "&".join(
        f"{random.choice(NAMES)}={random.choice(WORDS)}" for _ in range(random.randrange(8))
    )
    headers = [f"Host: {host}", *random.sample(HEADERS, random.randrange(5))]
    if random.random() < 0.3:
        parts = (random.choice(["A", "\xe9", key_id]), random.choice(["sts", "iam", "s3", "\xe9"]))
        names = random.choice(["host", "host;x-amz-date", "\xe9", ";"])
        headers.append(
            f"Authorization: {SIGNED.format(*parts, names, random.choice(['0', 'f' * 64]))}"
        )
    body = random.choice(BODIES)
    length = random.choice([len(body)] * 9 + ["-1"])
    method = random.choice(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "X", "\xe9"])
    first = f"{method} {random.choice(PATHS)}?{query} HTTP/1.1"
    head = "\r\n".join([first, *headers, f"Content-Length: {length}"])
    return f"{head}\r\n\r\n{body}".encode("latin-1", "ignore")


def test_whatever_is_sent_is_answered_and_nothing_printed(home: Home) -> None:
    """Requests of any client on this machine, at random: an answer of HTTP, no fault, no word."""
    process, where = practice_of(home)
    port = port_of(where["endpoint_url"])
    text = (Path(where["folder"]) / "credentials").read_text()
    key_id = text.partition("aws_access_key_id = ")[2].split()[0]

    for seed in range(400):
        data = random_request(Random(seed), f"127.0.0.1:{port}", key_id)
        with socket.create_connection(("127.0.0.1", port), 30) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            reply = b"".join(iter(lambda: client.recv(65536), b""))
        statuses = re.findall(rb"^HTTP/1\.[01] (\d{3}) ", reply, re.MULTILINE)
        assert statuses, (seed, data)
        assert statuses[-1] < b"500", (seed, data, reply)
    assert process.communicate() == (b"", b"")


def test_what_a_library_prints_goes_nowhere(home: Home) -> None:
    """moto tells of services that it does not know: nobody reads that, and a pipe would fill."""
    process, where = practice_of(home)
    config = {
        "AWS_CONFIG_FILE": f"{where['folder']}/config",
        "AWS_SHARED_CREDENTIALS_FILE": f"{where['folder']}/credentials",
        "XDG_RUNTIME_DIR": str(home.path / "runtime"),
    }
    code = home.run("sandbox", "code", environ=config).out.strip()
    line = [*KEYS, "--role-arn", ROLE_PROFILES["prod"].arn, "--mfa-code", code]
    done = home.run(*line, environ=config)
    assert done.status == 0, done
    keys = json.loads(done.out)
    signer = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    request = AWSRequest("GET", f"{where['endpoint_url']}/x")
    SigV4Auth(signer, "unknown", "eu-central-1").add_auth(request)
    headers = {name.replace("-", "_"): text for name, text in request.headers.items()}
    assert status_of(port_of(where["endpoint_url"]), "/x", **headers) == HTTPStatus.BAD_REQUEST
    assert process.communicate() == (b"", b"")

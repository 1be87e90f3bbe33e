"""The practice AWS is closed to web pages, other users, and clients that hang or leave."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from aws_mfa_process.sandbox.folder import TOKEN_HEADER
from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import Home
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


def test_more_connections_than_places_are_closed(sandbox: Sandbox) -> None:
    """Whoever opens them without end takes no more than the places, and they become free again."""
    address = ("127.0.0.1", port_of(sandbox.endpoint_url))
    before = threading.active_count()
    clients = [socket.create_connection(address, 30) for _ in range(600)]
    wait_until(lambda: threading.active_count() - before > 400)
    assert clients[-1].recv(1) == b""
    assert threading.active_count() - before <= 513
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

"""The endpoint of ``exec --server``: who gets an answer, and what it does when a code is needed."""

import os
import re
import resource
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.disk import full_disk
from support.home import PROGRAM, Home, processes
from support.parts import missing, need
from support.practice import KEYS, PracticeAWS, actions
from support.served import Served
from support.strace import system_calls
from support.terminal import answer_prompt
from support.waiting import wait_until

ADMIN = "arn:aws:sts::222222222222:assumed-role/Admin/alice"


@pytest.fixture
def runtime(practice: Home) -> Home:
    """A home directory with a runtime folder, as a login has it."""
    folder = practice.path / "run"
    folder.mkdir(mode=0o700)
    practice.environ["XDG_RUNTIME_DIR"] = str(folder)
    return practice


def log_in(home: Home, sandbox: Sandbox) -> None:
    """Give a code, so that nothing asks."""
    done = home.run(*KEYS, "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")


@pytest.fixture
def served(runtime: Home, sandbox: Sandbox) -> Iterator[Served]:
    """An endpoint for a command that waits."""
    log_in(runtime, sandbox)
    served = Served(runtime)
    yield served
    served.end()


def left_in(home: Home) -> list[str]:
    """Return what lies in our runtime folder."""
    folder = home.path / "run" / "aws-mfa-process"
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_the_command_gets_the_session(served: Served, sandbox: Sandbox) -> None:
    """What an SDK sends is answered with the role's session."""
    reply = served.ask()
    assert reply.status == 200
    assert reply.body["AccessKeyId"].startswith("ASIA")
    assert set(reply.body) == {
        "AccessKeyId",
        "SecretAccessKey",
        "Token",
        "Expiration",
        "AccountId",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", reply.body["Expiration"])
    assert served.ask(
        headers=[("host", f"localhost:{served.port}"), ("authorization", served.token)]
    )
    assert actions(sandbox).count("AssumeRole") == 1


def test_nobody_else_gets_anything(served: Served) -> None:
    """A wrong token, a foreign Host, another method or path get no credentials and no hint."""
    host, token = ("Host", served.host), ("Authorization", served.token)
    wrong = ("Authorization", served.token[:-1] + "x")
    cases: list[tuple[int, str, str, list[tuple[str, str]]]] = [
        (403, "GET", "", [host]),
        (403, "GET", "", [host, wrong]),
        (403, "GET", "", [host, ("Authorization", "")]),
        (403, "GET", "", [host, ("Authorization", f"Bearer {served.token}")]),
        (403, "GET", "", [host, ("Authorization", "t\u00f6ken")]),
        (403, "GET", "", [host, token, token]),
        (403, "GET", "", [token]),
        (403, "GET", "", [("Host", "evil.example"), token]),
        (403, "GET", "", [("Host", f"evil.example:{served.port}"), token]),
        (403, "GET", "", [("Host", "127.0.0.1"), token]),
        (403, "GET", "", [host, host, token]),
        (404, "GET", "/", [host, token]),
        (404, "GET", f"{served.path}/", [host, token]),
        (404, "GET", f"{served.path}?a=b", [host, token]),
        (404, "GET", f"http://{served.host}{served.path}", [host, token]),
        (405, "POST", "", [host, token]),
        (405, "PUT", "", [host, token]),
        (405, "HEAD", "", [host, token]),
        (405, "OPTIONS", "", [host, token]),
        (405, "BREW", "", [host, token]),
    ]
    for status, method, path, headers in cases:
        reply = served.ask(method, path, headers)
        assert reply.status == status, (method, path, headers)
        assert "AccessKeyId" not in reply.body
        assert method == "HEAD" or set(reply.body) == {"code", "message"}
    assert served.ask().status == 200


def test_what_is_no_request_holds_up_nobody(served: Served) -> None:
    """Whoever connects and says nothing, or nonsense, is in nobody's way, and seen by nobody."""
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(5)]
    idle[0].sendall(b"\x00\xff\r\n\r\n")
    idle[1].close()
    assert served.ask().status == 200
    for connection in idle:
        connection.close()
    assert served.end() == (0, b"")


def drip(connections: list[socket.socket]) -> int:
    """Send one more byte of a header on each connection; return how many are left."""
    for connection in list(connections):
        try:
            connection.sendall(b"a")
        except OSError:
            connection.close()
            connections.remove(connection)
    return len(connections)


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process")
def test_requests_without_end_hold_up_nobody(served: Served) -> None:
    """More than the system has files for us, a byte now and then: they make room, and have an end.

    None of it is waited for with a busy processor.
    """
    resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE, (256, 256))
    dripping = []
    for _ in range(300):
        dripping.append(socket.create_connection(("127.0.0.1", served.port), 10))
        dripping[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
    assert served.ask().status == 200
    began, busy = time.monotonic(), processor_seconds(served.process.pid)
    while drip(dripping):
        assert served.ask().status == 200
        assert time.monotonic() - began < 15
        time.sleep(0.5)
    assert processor_seconds(served.process.pid) - busy < 2
    assert served.end() == (0, b"")


def processor_seconds(process: int) -> float:
    """Return how long a process has kept a processor busy."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_another_users_connections_are_closed_at_once(served: Served) -> None:
    """They take no place from the command, and get no answer whatever they send."""
    if os.geteuid():
        missing("root, who can be another user")
    asks = (
        "import socket, sys; c = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 30);"
        " print(c.recv(100))"
    )
    line = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/env"]
    python = [need("python3", "/usr/bin:/usr/local/bin"), "-c", asks, str(served.port)]
    began = time.monotonic()
    done = subprocess.run([*line, *python], capture_output=True, cwd="/", check=False)
    assert done.stdout.strip() in (b"b''", b""), done  # in the second case it was reset
    assert time.monotonic() - began < 4
    assert served.ask().status == 200


@pytest.mark.parametrize(
    "name",
    ["exec-99999999999999999999", "exec-70000", "exec-0", "exec-\u00b2", "exec-\u0663", "exec-x"],
)
def test_an_odd_folder_beside_is_no_obstacle(runtime: Home, sandbox: Sandbox, name: str) -> None:
    """Whatever lies where the tokens are, the command is run."""
    log_in(runtime, sandbox)
    (runtime.path / "run" / "aws-mfa-process" / name).mkdir(parents=True, mode=0o700)
    done = runtime.run("exec", "prod", "--server", "--", "true")
    assert (done.status, done.err) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_a_wait_that_fails_is_waited_anew(runtime: Home, sandbox: Sandbox) -> None:
    """The system refuses to tell who asks: nothing is printed, and the server goes on."""
    log_in(runtime, sandbox)
    assert runtime.run("export", "prod").status == 0  # so that nothing else is waited for
    script = (
        "import os, socket, time; time.sleep(1);"
        " place = os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'].split('/')[2].split(':');"
        " print(socket.create_connection((place[0], int(place[1]))).recv(1))"
    )
    line = ("exec", "prod", "--server", "--", sys.executable, "-c", script)
    done, calls = system_calls(runtime, "poll", "error=EIO:when=1", *line)
    assert done == (0, "b''\n", "")
    assert calls.count("EIO") == 2  # of the server, and of the connection, which is let go


def test_many_ask_at_once(served: Served) -> None:
    """A build that starts a hundred programs has a hundred answers."""
    with ThreadPoolExecutor(100) as pool:
        replies = list(pool.map(lambda _: served.ask(), range(100)))
    assert {reply.status for reply in replies} == {200}


def test_the_token_is_private_and_goes_with_the_command(served: Served, runtime: Home) -> None:
    """256 bits in a 0600 file in a 0700 folder; port and file end with the command."""
    file = served.token_file
    assert file.read_text() == served.token
    assert len(served.token) == 43  # 32 bytes in base64, without the sign that fills up
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.is_relative_to(runtime.environ["XDG_RUNTIME_DIR"])
    assert served.end() == (0, b"")
    assert left_in(runtime) == []
    assert processes(runtime) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port))


def test_two_at_once_have_each_their_own(served: Served, runtime: Home) -> None:
    """Each command has a port and a token; that of another one opens nothing."""
    other = Served(runtime)
    assert (other.port, other.token) != (served.port, served.token)
    reply = other.ask(headers=[("Host", other.host), ("Authorization", served.token)])
    assert reply.status == 403
    other.end()


def test_what_a_killed_one_leaves_is_removed(runtime: Home, sandbox: Sandbox) -> None:
    """The token of an endpoint that was killed is of no use, and goes with the next one."""
    log_in(runtime, sandbox)
    killed = Served(runtime)
    killed.kill()
    assert killed.token_file.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", killed.port))
    served = Served(runtime)
    assert not killed.token_file.exists()
    assert served.ask().status == 200
    served.end()
    assert left_in(runtime) == []


def test_without_a_runtime_folder_the_token_is_private_too(
    practice: Home, sandbox: Sandbox
) -> None:
    """Where the runtime folder is open to others, the token lies in a folder of its own."""
    log_in(practice, sandbox)
    practice.environ["XDG_RUNTIME_DIR"] = "/dev/null/none"
    served = Served(practice)
    assert stat.S_IMODE(served.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(served.token_file.parent.stat().st_mode) == 0o700
    served.end()
    assert not served.token_file.parent.exists()


def test_a_full_runtime_folder_is_no_obstacle(runtime: Home, sandbox: Sandbox) -> None:
    """The token lies elsewhere then, and what was begun in the runtime folder is gone."""
    log_in(runtime, sandbox)
    with full_disk(runtime.path / "run"):
        served = Served(runtime)
        assert not served.token_file.is_relative_to(runtime.path / "run")
        assert served.ask().status == 200
        assert served.end() == (0, b"")
        assert left_in(runtime) == []
    assert not served.token_file.parent.exists()


def test_a_needed_code_is_told_at_once(served: Served, runtime: Home, sandbox: Sandbox) -> None:
    """Where nobody can be asked, the SDK is told so before it gives up; later it finds a code."""
    assert runtime.run("logout", "--all").status == 0
    reply = served.ask()
    assert reply.status == 503
    assert set(reply.body) == {"code", "message"}
    wait_until(lambda: "neither a terminal" in served.ask().body["message"])
    message = served.ask().body["message"]
    assert message.startswith("aws-mfa-process: profile prod needs an MFA code, but there is")
    assert message.endswith("run aws-mfa-process login prod in a terminal")
    log_in(runtime, sandbox)
    wait_until(lambda: served.ask().status == 200)
    assert served.end() == (0, b"")


def test_a_slow_aws_holds_up_no_sdk(served: Served, runtime: Home, sandbox: PracticeAWS) -> None:
    """While STS does not answer the SDK is told to try again, and one call is made for all."""
    assert runtime.run("logout", "--all").status == 0
    log_in(runtime, sandbox)
    sandbox.calls.clear()
    with sandbox.held():
        replies = [served.ask() for _ in range(3)]
    assert {reply.status for reply in replies} == {503}
    told = "aws-mfa-process: the credentials are being made; try again"
    assert {reply.body["message"] for reply in replies} == {told}
    wait_until(lambda: served.ask().status == 200)
    assert actions(sandbox).count("AssumeRole") == 1


JOB = """\
import boto3, os, sys, time
print(boto3.Session().client("sts").get_caller_identity()["Arn"], flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
print("AGAIN", boto3.Session().client("sts").get_caller_identity()["Arn"], flush=True)
"""


def test_the_question_stands_on_the_terminal(runtime: Home, sandbox: Sandbox) -> None:
    """A command that needs a code anew in the middle goes on as soon as it is typed."""
    log_in(runtime, sandbox)
    place = runtime.path / "go"
    terminal = runtime.terminal(
        "exec", "prod", "--server", "--", sys.executable, "-c", JOB, str(place)
    )
    terminal.expect_exact(ADMIN)
    assert runtime.run("logout", "--all").status == 0
    place.touch()
    terminal.expect_exact(f"for {os.path.basename(sys.executable)}")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact(f"AGAIN {ADMIN}")
    assert "error" not in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0


def test_the_question_ends_with_the_command(runtime: Home, sandbox: Sandbox) -> None:
    """A command that does not wait for the code leaves no question behind."""
    log_in(runtime, sandbox)
    script = (
        f"import subprocess, urllib.request, os; subprocess.run([{PROGRAM!r}, 'logout', '--all']);"
        " r = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],"
        " headers={'Authorization': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']})\n"
        "try: urllib.request.urlopen(r)\n"
        "except OSError as e: print(e.code, e.read().decode())\n"
        "import time; time.sleep(60)"
    )
    terminal = runtime.terminal("exec", "prod", "--server", "--", sys.executable, "-c", script)
    terminal.expect_exact("wants the MFA code of alice")
    terminal.expect_exact("503 {")
    terminal.kill(15)
    terminal.read()
    terminal.close()
    assert terminal.signalstatus == 15
    assert processes(runtime) == []
    assert left_in(runtime) == []


READS = f"""\
import os, subprocess, threading, urllib.request
subprocess.run([{PROGRAM!r}, "logout", "--all"], stdout=subprocess.DEVNULL)
url = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
headers = {{"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}}
def ask():
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(url, headers=headers))
        except OSError as error:
            text = error.read().decode()
            print("TOLD", text, flush=True)
            if "desktop" in text:
                return
threading.Thread(target=ask).start()
print("READ", os.read(0, 100).decode())
"""


def test_no_question_where_the_command_reads(runtime: Home, sandbox: Sandbox) -> None:
    """A line that the command waits for on the terminal is the command's, and no code."""
    log_in(runtime, sandbox)
    terminal = runtime.terminal("exec", "prod", "--server", "--", sys.executable, "-c", READS)
    terminal.expect_exact("there is no desktop to ask on")
    terminal.sendline("mine")
    terminal.expect_exact("READ mine")
    assert "wants the MFA code" not in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0

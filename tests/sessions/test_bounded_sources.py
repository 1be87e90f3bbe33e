"""A source that misbehaves: bounded in time and memory, nothing left behind, one sentence."""

import contextlib
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler

import pexpect
import pytest

from support.home import PROGRAM, Home, Result, assert_refused, processes
from support.login import with_login_at
from support.loopback import Loopback
from support.practice import PracticeAWS
from support.raw import Raw
from support.waiting import wait_until

ROLE = "arn:aws:iam::222222222222:role/Admin"
KEYS = {"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "s", "SessionToken": "t"}
MOST_MEMORY_KIB = 150_000
"""More than an interpreter with botocore, far less than what is sent."""
MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def printed(**more: object) -> str:
    """Return a line of a script that prints credentials."""
    return f"echo '{json.dumps({**KEYS, **more})}'"


LATER = printed(Expiration="2099-01-01T00:00:00Z")
SCRIPTS = {
    "1 GB": ("head -c 1000000000 /dev/zero", "printed more than 64 KiB"),
    "much to standard error": ("head -c 400000000 /dev/zero >&2; exit 1", "failed"),
    "without an end": ("exec cat /dev/zero", "printed more than 64 KiB"),
    "random": ("head -c 5000 /dev/urandom", "did not print JSON"),
    "deep": ("yes [ | head -c 60000", "did not print JSON"),
    "ended": (printed(Expiration="2020-01-01T00:00:00Z"), "gives credentials that have ended"),
    "no time": (printed(Expiration="tomorrow"), "an Expiration that is no time"),
    "no zone": (printed(Expiration="2099-01-01T00:00:00"), "an Expiration that is no time"),
    "year 10000": (
        printed(Expiration="9999-12-31T23:59:59-12:00"),
        "an Expiration that is no time",
    ),
    "the same": (printed(Expiration="9999-12-31 23:59:59-12:00"), "an Expiration that is no time"),
    "a number": (printed(Expiration=4070908800), "an Expiration that is no time"),
    "hangs": ("sleep 1000 & sleep 1000", "gave no answer within 45 seconds"),
}


def other(home: Home, script: str) -> None:
    """Write a profile whose other program is a script of the shell."""
    program = home.path / "other"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    home.config(f"[profile f]\ncredential_process = {program}\n")


def measured(home: Home, *arguments: str) -> Result:
    """Run the program; the memory that it and what it started had is checked."""
    done = home.run("-c", MEASURE, PROGRAM, *arguments, program=sys.executable, timeout=100)
    *said, kib = done.err.splitlines()
    assert int(kib) < MOST_MEMORY_KIB
    return done._replace(err="".join(f"{line}\n" for line in said))


@pytest.mark.parametrize(("script", "reason"), SCRIPTS.values(), ids=list(SCRIPTS))
def test_what_another_program_prints_is_bounded(home: Home, script: str, reason: str) -> None:
    """Whatever it prints, one sentence says what it did, and nothing of it runs on."""
    other(home, script)
    done = measured(home, "--profile", "f")
    assert_refused(done, 3, reason, "[profile f]")
    assert "cannot be had: its credential_process" in done.err
    wait_until(lambda: not processes(home))


def test_children_of_another_program_end_with_it(home: Home) -> None:
    """What it has started and left behind keeps nobody waiting, and goes on no longer."""
    other(home, f"sleep 1000 & {LATER}")
    done = home.run("--profile", "f")
    assert json.loads(done.out)["Expiration"] == "2099-01-01T00:00:00Z"
    wait_until(lambda: not processes(home))


def test_children_of_another_program_on_a_terminal_end_with_it(home: Home) -> None:
    """There they share the process group of the shell's job, of which nothing else is ended."""
    gone = "setsid sh -c 'touch $0.gone; exec sleep 1000' $0 & until [ -e $0.gone ]; do :; done"
    other(home, f"sleep 1000 & sleep 1000 & {gone}; {LATER}")
    script = f"sleep 1000 & {PROGRAM} --profile f; read line; kill $! && echo there"
    terminal = home.terminal("-c", script, program="/bin/sh")
    terminal.expect("2099-01-01T00:00:00Z")
    wait_until(lambda: len(processes(home)) == 3)  # the shell, its own sleep, and the agent
    terminal.sendline()
    terminal.expect("there")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    for process in processes(home):
        os.kill(process, signal.SIGKILL)


def test_agent_of_another_program_keeps_nobody_waiting(home: Home) -> None:
    """What leaves its session on purpose, with the pipes open, is let be and not awaited."""
    other(home, f"setsid sleep 1000 & {LATER}")
    done = home.run("--profile", "f", timeout=30)
    assert json.loads(done.out)["SessionToken"] == "t"


def test_other_program_on_a_terminal_may_ask_there(home: Home) -> None:
    """It reads the terminal that it shares with us."""
    other(home, f"read line </dev/tty; [ $line = yes ] || exit 1; {LATER}")
    terminal = home.terminal("--profile", "f")
    terminal.sendline("yes")
    terminal.expect("2099-01-01T00:00:00Z")
    terminal.expect(pexpect.EOF)
    terminal.wait()


def test_other_program_on_a_terminal_ends_with_us(home: Home) -> None:
    """Ctrl-C and other signals end it, and all that it has started."""
    other(home, "sh -c 'sleep 1000; true'; cat /dev/zero")
    for number, status in {signal.SIGINT: 130, signal.SIGTERM: 128 + signal.SIGTERM}.items():
        terminal = home.terminal("--profile", "f")
        wait_until(lambda: len(processes(home)) > 3)
        terminal.kill(number)
        terminal.expect(pexpect.EOF)
        terminal.wait()
        assert terminal.exitstatus == status
        wait_until(lambda: not processes(home))


def test_locale_that_cannot_write_another_programs_line(home: Home) -> None:
    """That is the locale's fault, and told as that."""
    home.config("[profile f]\ncredential_process = /bin/echÖ x\n")
    home.environ |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert_refused(home.run("--profile", "f"), 3, "this locale cannot write", "[profile f]")


def test_zero_byte_in_another_programs_line(home: Home) -> None:
    """No program can be given one; that is a fault of the config."""
    home.config("[profile f]\ncredential_process = /bin/echo a\0b\n")
    assert_refused(home.run("--profile", "f"), 3, "cannot be run: a zero byte", "[profile f]")


class Endless(Loopback):
    """A service that answers with a gigabyte."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response_only(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                with contextlib.suppress(OSError):
                    for _ in range(1000):
                        self.wfile.write(b"0" * 1_000_000)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


def test_sign_in_service_that_sends_a_gigabyte(home: Home, sandbox: PracticeAWS) -> None:
    """Its answer is too long, which is said; the memory of the machine is not its."""
    with Endless() as service:
        with_login_at(home, sandbox, service.url)
        done = home.run("--profile", "console", timeout=100)
    assert_refused(done, 3, "the credentials of profile console cannot be had: ")
    wait_until(lambda: not processes(home))


@pytest.mark.parametrize("content", [b"\0" * 5000, b"[" * 5000, b"{}", b"<html>"])
def test_sign_in_service_that_answers_junk(
    home: Home, sandbox: PracticeAWS, content: bytes
) -> None:
    """It is told in a sentence, with the command that signs in."""
    length = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content)
    with Raw(length + content) as service:
        with_login_at(home, sandbox, service.url)
        done = home.run("--profile", "console")
    assert_refused(done, 3, "the credentials of profile console cannot be had: ")

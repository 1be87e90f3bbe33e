"""Many processes at once: one question, one call, one answer for all; and nobody left behind."""

import itertools
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pexpect
import pytest

from aws_mfa_process import sealed
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import Home
from support.parts import need
from support.practice import KEYS, PracticeAWS, actions, role
from support.strace import kill_before, steps_of
from support.terminal import QUESTION, answer_prompt
from support.waiting import finish, is_waiting, wait_until

Line = Sequence[str]
HEAVY = {"botocore", "boto3", "keyring", "urllib3", "ssl", "_ssl", "logging", "argparse", "email"}


class CodeCommand:
    """A command that prints a code and counts how often it was asked."""

    def __init__(self, home: Home, sandbox: Sandbox) -> None:
        self._log = home.path / "asked"
        script = home.path / "code"
        oathtool = need("oathtool")
        script.write_text(
            f"#!/bin/sh\necho asked >>{self._log}\nexec {oathtool} --totp -b {sandbox.mfa_seed}\n"
        )
        script.chmod(0o700)
        self.option = ("--mfa-process", str(script))

    def count(self) -> int:
        """Tell how often it was asked."""
        return self._log.read_text().count("asked") if self._log.exists() else 0


def spelled(line: Line, number: int) -> list[str]:
    """Return one of several spellings of a command line: alike in meaning, not in memo."""
    pairs = [f"{name}={value}" for name, value in zip(line[::2], line[1::2], strict=True)]
    return pairs[number % len(pairs) :] + pairs[: number % len(pairs)]


@pytest.mark.parametrize("is_alike", [True, False], ids=["same line", "several spellings"])
def test_fifty_cold_processes_need_one_code(
    practice: Home, sandbox: Sandbox, *, is_alike: bool
) -> None:
    """Fifty processes on an empty cache: one code, two calls, the same bytes for all."""
    command = CodeCommand(practice, sandbox)
    sandbox.latency_seconds = 0.1
    line = (*role(sandbox), *command.option)
    lines = [list(line) if is_alike else spelled(line, number) for number in range(50)]
    ended = finish([practice.start(*words) for words in lines])
    assert {(status, err) for status, _, err in ended} == {(0, b"")}
    assert len({out for _, out, _ in ended}) == 1
    assert json.loads(ended[0][1])["AccountId"] == "222222222222"
    assert command.count() == 1
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


def test_processes_for_several_roles_need_one_code(practice: Home, sandbox: Sandbox) -> None:
    """Ten processes for three roles: one code, one session, each role assumed once."""
    command = CodeCommand(practice, sandbox)
    sandbox.latency_seconds = 0.1
    lines = [
        role(sandbox),
        role(sandbox, "Developer"),
        (*role(sandbox, "ReadOnly"), "--external-id", "sandbox-audit"),
    ]
    started = [practice.start(*lines[number % 3], *command.option) for number in range(10)]
    ended = finish(started)
    assert {(status, err) for status, _, err in ended} == {(0, b"")}
    assert len({out for _, out, _ in ended}) == 3
    assert command.count() == 1
    assert sorted(actions(sandbox)) == ["AssumeRole"] * 3 + ["GetSessionToken"]


def test_one_answer_on_a_terminal_serves_all_who_wait(practice: Home, sandbox: Sandbox) -> None:
    """Processes without a terminal wait for the one that has one, instead of failing."""
    terminal = practice.terminal(*role(sandbox))
    terminal.expect(QUESTION)
    waiters = [practice.start(*role(sandbox, "Developer")) for _ in range(3)]
    waiters += [practice.start(*role(sandbox)) for _ in range(3)]
    for waiter in waiters:
        wait_until(partial(is_waiting, waiter.pid))
    terminal.sendline(sandbox.code())
    terminal.expect('"AccountId":"222222222222"')
    terminal.wait()
    ended = finish(waiters)
    assert {(status, err) for status, _, err in ended} == {(0, b"")}
    accounts = [json.loads(out)["AccountId"] for _, out, _ in ended]
    assert accounts == ["333333333333"] * 3 + ["222222222222"] * 3
    assert actions(sandbox).count("GetSessionToken") == 1


@pytest.mark.parametrize(("key", "status"), [("\x04", 3), ("\x03", 130)])
def test_cancel_answers_all_who_wait(
    practice: Home, sandbox: Sandbox, key: str, status: int
) -> None:
    """A cancel ends everybody's wait, with exit status 3 and without another question."""
    terminal = practice.terminal(*role(sandbox))
    terminal.expect(QUESTION)
    waiters = [practice.start(*role(sandbox, name)) for name in ("Developer", "Deep", "Admin")]
    for waiter in waiters:
        wait_until(partial(is_waiting, waiter.pid))
    terminal.send(key)
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == status
    started = time.monotonic()
    ended = finish(waiters)
    assert time.monotonic() - started < 5
    assert [(status, out) for status, out, _ in ended] == [(3, b"")] * 3
    assert all(b"was cancelled" in err for _, _, err in ended)
    assert sandbox.calls == []


def test_ctrl_c_without_a_question_is_nobody_else_s(practice: Home, sandbox: PracticeAWS) -> None:
    """A process that is interrupted while it calls AWS leaves the call to one of those who wait."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    line = role(sandbox, "Developer")
    with sandbox.held():
        first = practice.start(*line)
        wait_until(lambda: actions(sandbox) == ["GetSessionToken", "AssumeRole"])
        second = practice.start(*line, "--region", "eu-west-1")
        wait_until(lambda: is_waiting(second.pid))
        first.send_signal(signal.SIGINT)
        ((status, _, _),) = finish([first])
    assert status == 130
    ((status, _, _),) = finish([second])
    assert status == 0


def test_failure_answers_all_who_wait(practice: Home, sandbox: PracticeAWS) -> None:
    """When AWS fails the one who calls, all who wait fail with it; nobody sends another code."""
    command = CodeCommand(practice, sandbox)
    sandbox.fail("GetSessionToken", "http503", times=10)
    with sandbox.held():
        started = [
            practice.start(*role(sandbox, name), *command.option)
            for name in ("Admin", "Developer", "Deep")
            for _ in range(2)
        ]
        wait_until(lambda: sum(is_waiting(process.pid) for process in started) == 5)
    ended = finish(started)
    assert {(status, out) for status, out, _ in ended} == {(1, b"")}
    assert all(b"HTTP 503" in err for _, _, err in ended)
    assert actions(sandbox) == ["GetSessionToken"]
    assert command.count() == 1


def first_to_ask(*terminals: "pexpect.spawn[str]") -> "pexpect.spawn[str]":
    """Return the terminal on which the question appears."""
    for terminal in itertools.islice(itertools.cycle(terminals), 200):
        if not terminal.expect([QUESTION, pexpect.TIMEOUT], timeout=0.2):
            return terminal
    pytest.fail("nobody asked")


def test_prompt_that_is_killed_is_taken_over(practice: Home, sandbox: Sandbox) -> None:
    """When the process that asks is killed, one that waits on another terminal asks instead."""
    first = practice.terminal(*role(sandbox))
    first.expect(QUESTION)
    second = practice.terminal(*role(sandbox))
    third = practice.terminal(*role(sandbox, "Developer"))
    for waiter in (second, third):
        wait_until(partial(is_waiting, waiter.pid or 0))
    first.kill(signal.SIGKILL)
    first_to_ask(second, third).sendline(sandbox.code())
    second.expect('"AccountId":"222222222222"')
    third.expect('"AccountId":"333333333333"')
    assert actions(sandbox).count("GetSessionToken") == 1
    for terminal in (first, second, third):
        terminal.close()


def test_another_device_is_not_waited_for(practice: Home, sandbox: Sandbox) -> None:
    """A question for one device keeps nobody of another device waiting."""
    with (practice.aws / "config").open("a") as file:
        file.write("\n[profile other]\nmfa_serial = GAHT12345678\n")
    with (practice.aws / "credentials").open("a") as file:
        file.write("\n[other]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n")
    terminal = practice.terminal(*role(sandbox))
    terminal.expect(QUESTION)
    assert practice.run("--profile", "other", timeout=10).status == 3
    assert terminal.isalive()
    terminal.close()


def test_stored_role_is_not_kept_waiting_by_a_question(practice: Home, sandbox: Sandbox) -> None:
    """While somebody is asked for a new session, what is stored and fresh is answered."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    for entry in practice.cache.glob("session-*"):
        if b'"roles"' not in entry.read_bytes():
            entry.unlink()
    terminal = practice.terminal(*role(sandbox, "Developer"))
    terminal.expect(QUESTION)
    assert practice.run(*role(sandbox), timeout=10).status == 0
    terminal.close()


@pytest.mark.parametrize("is_alike", [True, False], ids=["same line", "another role"])
def test_waiting_is_cheap(practice: Home, sandbox: Sandbox, *, is_alike: bool) -> None:
    """Who waits has loaded neither botocore nor keyring, nor anything else that is heavy."""
    terminal = practice.terminal(*role(sandbox))
    terminal.expect(QUESTION)
    waiter = practice.start(
        *role(sandbox, "Admin" if is_alike else "Developer"),
        environ={"PYTHONPROFILEIMPORTTIME": "1"},
    )
    wait_until(lambda: is_waiting(waiter.pid))
    maps = Path(f"/proc/{waiter.pid}/maps").read_text(encoding="utf-8")
    assert re.findall(r"\S*(?:_ssl|_hashlib|libcrypto)\S*", maps) == []
    waiter.kill()
    _, err = waiter.communicate()
    loaded = {line.rpartition("|")[2].strip() for line in err.decode().splitlines()}
    assert "aws_mfa_process.memo" in loaded
    assert ("aws_mfa_process.cli" in loaded) == (not is_alike)
    assert HEAVY.isdisjoint({name.partition(".")[0] for name in loaded})
    terminal.close()


def assert_nothing_is_torn(home: Home) -> None:
    """Check that each document that has its name is whole."""
    for path in home.cache.glob("*"):  # nothing where there is no folder
        is_document = re.fullmatch(
            r"(?:memo|session|codes|failure|renewal)-[0-9a-f]{32}", path.name
        )
        if is_document:
            assert sealed.read_sealed(str(path)) is not None


STEPS = ("flock", "ftruncate", "vfork", "sendto", "renameat")
"""What a call does to the world: locks, the command, AWS, files. Between two of them nothing
changes, so a kill before each one is a kill at every step."""


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_call_killed_at_any_step_leaves_nothing_torn(practice: Home, sandbox: Sandbox) -> None:
    """Killed anywhere, all entries are whole; no lock is stuck, and the next code is taken."""
    code = practice.path / "code"
    line = (*role(sandbox), "--mfa-process", f"cat {code}")
    code.write_text(sandbox.code())
    steps = steps_of(practice, STEPS, *line)
    assert {name for name, _ in steps} == set(STEPS)
    shutil.rmtree(practice.cache)
    for step in [("mkdir", 1), *steps]:
        for path in (*practice.cache.glob("session-*"), *practice.cache.glob("memo-*")):
            path.unlink()
        sandbox.clock_offset_seconds += 30
        code.write_text(sandbox.code())
        kill_before(practice, step, *line)
        assert_nothing_is_torn(practice)
    first = practice.run(*line)
    assert (first.status, first.err) == (0, "")
    assert practice.run(*line) == first


def test_three_wrong_codes_answer_all_who_wait(practice: Home, sandbox: Sandbox) -> None:
    """A person who has failed three times is not asked again for each of those who waited."""
    terminal = practice.terminal(*role(sandbox))
    terminal.expect(QUESTION)
    others = [("--mfa-mode", "direct"), ("--session-duration-seconds", "900"), ()]
    waiters = [practice.start(*role(sandbox, "Developer"), *more) for more in others]
    for waiter in waiters:
        wait_until(partial(is_waiting, waiter.pid))
    terminal.sendline("12345")
    for text in ("abcdef", "12345"):
        answer_prompt(terminal, text)
    terminal.expect("was accepted: A code is six digits")
    terminal.expect(pexpect.EOF)
    ended = finish(waiters)
    assert [(status, out) for status, out, _ in ended] == [(1, b"")] * 3
    assert all(b"no MFA code of " in err for _, _, err in ended)
    assert all(b"hint: try again with the six digits that alice shows" in err for *_, err in ended)
    assert sandbox.calls == []


def test_an_answer_starts_the_sweep_and_does_not_wait_for_it(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """Once an hour what is expired goes, after an answer; a warm answer sweeps nothing."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    stale = practice.cache / "memo-stale"
    stale.touch()
    os.utime(stale, (0, 0))
    os.utime(practice.cache / "swept", (0, 0))
    assert practice.run(*KEYS).status == 0
    assert practice.run(*role(sandbox)).status == 0
    wait_until(lambda: not stale.exists())

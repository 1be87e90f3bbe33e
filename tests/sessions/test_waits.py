"""No wait is without an end: whatever holds a lock, and whether there are locks at all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aws_mfa_process.config.edit import edit
from support.home import Home, assert_refused
from support.practice import KEYS, PracticeAWS, role
from support.strace import system_calls
from support.terminal import QUESTION
from support.waiting import is_stopped, wait_until

if TYPE_CHECKING:
    import pexpect

SOON = 20
"""Seconds: much less than a wait for a lock takes at its longest, also on a busy machine."""
HOLD = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDWR if os.path.isfile(sys.argv[1]) else os.O_RDONLY)
fcntl.flock(file, fcntl.LOCK_EX)
if len(sys.argv) > 2:
    os.ftruncate(file, 0)
    os.pwrite(file, str(os.getpid()).encode(), 0)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path, *, is_named: bool = False) -> Iterator[None]:
    """Let another process hold a lock, and say who it is, if it is named."""
    command = [sys.executable, "-c", HOLD, str(path), *(["named"] if is_named else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()


@pytest.fixture
def stored(practice: Home, sandbox: PracticeAWS) -> Home:
    """A home with the session of a role, all its locks, and no memo."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    assert practice.run(*role(sandbox)).status == 0
    remove_memos(practice)
    return practice


def remove_memos(home: Home) -> None:
    """Remove the memos, but not their locks."""
    for path in home.cache.glob("memo-*"):
        if not path.suffix:
            path.unlink()


def test_stored_session_is_served_whatever_is_locked(stored: Home, sandbox: PracticeAWS) -> None:
    """Somebody holds each of our locks for ever."""
    with ExitStack() as stack:
        for path in stored.cache.glob("*lock*"):
            stack.enter_context(held(path))
        done = stored.run(*role(sandbox), timeout=SOON)
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("error", ["EPERM", "EACCES", "ENOLCK", "ENOSYS", "EIO"])
def test_forbidden_locks_hold_nobody_up(stored: Home, sandbox: PracticeAWS, error: str) -> None:
    """Where the system refuses locks, what is stored is served and what is not is made."""
    began = time.monotonic()
    done, calls = system_calls(stored, "flock", f"error={error}", *role(sandbox))
    assert (done.status, done.err) == (0, "")
    assert error in calls
    done, _ = system_calls(stored, "flock", f"error={error}", *role(sandbox, "Developer"))
    assert (done.status, done.err) == (0, "")
    assert time.monotonic() - began < 2 * SOON


def stopped(home: Home, *line: str) -> tuple["pexpect.spawn[str]", int]:
    """Return a process that asks, and its number, after it was stopped."""
    asking = home.terminal(*line)
    asking.expect(QUESTION)
    number = asking.pid or 0
    os.kill(number, signal.SIGSTOP)
    wait_until(lambda: is_stopped(number))
    return asking, number


def test_stopped_holder_is_named_at_once(practice: Home, sandbox: PracticeAWS) -> None:
    """Whoever asks and is stopped is named, with what to do; the others do not wait for it."""
    asking, number = stopped(practice, *role(sandbox))
    for line in (role(sandbox), role(sandbox, "Developer"), KEYS):
        done = practice.run(*line, timeout=SOON)
        assert_refused(done, 3, f"process {number} is making this", f"kill -9 {number}")
    done = practice.run("login", "bastion", "--mfa-code", sandbox.code(), timeout=SOON)
    assert done.status == 3
    assert f"process {number} is making this session" in done.err
    os.kill(number, signal.SIGKILL)
    asking.close()
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0


def test_stored_session_is_served_though_its_maker_is_stopped(
    stored: Home, sandbox: PracticeAWS
) -> None:
    """Who is stopped with the lock of an equal line keeps nobody from what is there."""
    for path in stored.cache.glob("session-*"):
        path.rename(path.with_name(f"kept-{path.name}"))
    asking, number = stopped(stored, *role(sandbox))
    for path in stored.cache.glob("kept-*"):
        path.rename(path.with_name(path.name.removeprefix("kept-")))
    done = stored.run(*role(sandbox), timeout=SOON)
    assert (done.status, done.err) == (0, "")
    os.kill(number, signal.SIGKILL)
    asking.close()


def test_all_waits_together_take_a_minute(practice: Home, sandbox: PracticeAWS) -> None:
    """Locks of the same line, of the role and of its MFA session are held: one minute, exit 3."""
    practice.run(*role(sandbox), timeout=SOON)  # nobody answers; the locks are there
    with ExitStack() as stack:
        for path in practice.cache.glob("*lock*"):
            stack.enter_context(held(path, is_named=True))
        done = practice.run(*role(sandbox), timeout=60 + SOON)
    assert_refused(done, 3, "has been asking for more than a minute", "answer its question")


def test_edit_does_not_wait_for_ever(home: Home) -> None:
    """Somebody holds the lock of the folder: the edit compares, and is done."""
    path = home.aws / "config"
    path.write_text("old")
    with held(home.aws):
        assert edit(str(path), lambda _: "new")
    assert path.read_text() == "new"

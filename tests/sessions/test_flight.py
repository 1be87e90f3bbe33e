"""`lock` and `flight`: one works, all get the answer, and nobody waits for the dead."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aws_mfa_process.errors import (
    CannotAskError,
    ConfigError,
    MFAProcessError,
    PersonNeededError,
    QuestionInterruptedError,
    STSError,
    WrongCodeError,
)
from aws_mfa_process.sessions.flight import Flight
from aws_mfa_process.store import failures
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.lock import Lock
from aws_mfa_process.store.write import make_folder
from support.waiting import wait_until

KEY = {"mfa_serial": "GAHT1"}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache whose folder does not exist yet."""
    return Cache(str(tmp_path / "cache"))


def nothing() -> None:
    """Find nothing."""


def work_that(error: BaseException) -> Callable[[], str]:
    """Return work that fails."""

    def work() -> str:
        raise error

    return work


HOLD = """
import sys, time
from aws_mfa_process.store.lock import Lock
with Lock(sys.argv[1]) as lock:
    print(lock.try_acquire(), flush=True)
    time.sleep(60)
"""


def test_lock_has_one_holder(tmp_path: Path) -> None:
    """A lock is held by one; released or left, it is free; its file stays."""
    path = str(tmp_path / "lock")
    one, two = Lock(path), Lock(path)
    assert one.try_acquire()
    assert one.try_acquire()
    assert not two.try_acquire()
    one.release()
    one.release()
    with two:
        assert two.try_acquire()
        assert not one.try_acquire()
    assert one.try_acquire()
    one.release()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """The kernel frees the lock when its holder dies, however it dies."""
    path = str(tmp_path / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with Lock(path) as lock:
            assert not lock.try_acquire()
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            assert lock.try_acquire()


def test_link_is_no_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in the place of a lock file is not followed; the lock is in the runtime folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with Lock(str(tmp_path / "lock")) as one, Lock(str(tmp_path / "lock")) as two:
        assert one.try_acquire()
        assert not two.try_acquire()
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "aws-mfa-process" / "lock").is_file()


def test_look_comes_before_work(cache: Cache) -> None:
    """What is found is the answer; nothing is locked or made for it."""
    assert Flight(cache, KEY).run(lambda: "found", work_that(ValueError())) == "found"
    assert not os.path.exists(cache.folder)


def test_work_is_done_where_nothing_is_found(cache: Cache) -> None:
    """Without another process, work is done at once, and again the next time."""
    answers = iter(["one", "two"])
    assert Flight(cache, KEY).run(nothing, lambda: next(answers)) == "one"
    assert Flight(cache, KEY).run(nothing, lambda: next(answers)) == "two"


def test_one_works_and_all_get_the_answer(cache: Cache) -> None:
    """Of many that want the same thing at once, one works; the others find what it did."""
    done: list[str] = []

    def work() -> str:
        time.sleep(0.2)
        done.append("worked")
        return "worked"

    def look() -> str | None:
        return done[0] if done else None

    got: list[str] = []
    threads = [
        threading.Thread(target=lambda: got.append(Flight(cache, KEY).run(look, work)))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done, got) == (["worked"], ["worked"] * 10)


WAIT = """
import json, sys, time
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.sessions.flight import Flight
print("started", flush=True)
try:
    answer = Flight(Cache(sys.argv[1]), {"mfa_serial": "GAHT1"}).run(lambda: None, lambda: "own")
except MFAProcessError as error:
    answer = [error.exit_code, error.message, error.hint]
print(json.dumps(answer), flush=True)
"""


def outcome_of_waiting(cache: Cache, error: BaseException) -> object:
    """Let a process wait while work fails here; return what it gets."""
    waiters: list[subprocess.Popen[str]] = []

    def work() -> str:
        command = [sys.executable, "-c", WAIT, cache.folder]
        waiters.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert waiters[0].stdout is not None
        assert waiters[0].stdout.readline() == "started\n"
        time.sleep(0.3)
        raise error

    with pytest.raises(type(error)):
        Flight(cache, KEY).run(nothing, work)
    out, _ = waiters[0].communicate(timeout=20)
    outcome: object = json.loads(out)
    return outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (PersonNeededError("cancelled", hint="h"), [3, "cancelled", "h"]),
        (ConfigError("wrong"), [2, "wrong", ""]),
        (STSError("refused", hint="h"), [1, "refused", "h"]),
        (WrongCodeError("refused"), "own"),
        (KeyboardInterrupt(), "own"),
        (
            QuestionInterruptedError(),
            [3, "the question for the MFA code was cancelled", "try again and type the code"],
        ),
        (CannotAskError("no terminal here"), "own"),
        (ValueError("a fault"), "own"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_who_waited_fails_with_the_worker(
    cache: Cache, error: BaseException, outcome: object
) -> None:
    """A failure answers all who waited, unless it says nothing about them: then they try."""
    assert outcome_of_waiting(cache, error) == outcome


def test_failures_of_the_past_are_nobody_s(cache: Cache) -> None:
    """A process that starts after a failure works itself; it can see what happened."""
    before = time.time()
    with pytest.raises(STSError):
        Flight(cache, KEY).run(nothing, work_that(STSError("refused", hint="h")))
    command = [sys.executable, "-c", WAIT, cache.folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == 'started\n"own"\n'
    failure = failures.read(cache, KEY)
    assert failure is not None
    assert type(failure.error) is STSError
    assert (failure.error.message, failure.error.hint) == ("refused", "h")
    assert before <= failure.at <= time.time()
    assert failure.process_group == os.getpgrp()


def test_failure_from_the_future_is_nobody_s(cache: Cache) -> None:
    """A failure that came before the clock was set back does not last until it is caught up."""
    with pytest.raises(STSError):
        Flight(cache, KEY).run(nothing, work_that(STSError("the clock is 20 minutes ahead")))
    failure = dict(cache.read("failure", KEY) or {})
    cache.write("failure", KEY, {**failure, "at": time.time() + 1200})
    assert Flight(cache, KEY).run(nothing, lambda: "own") == "own"


def test_a_device_shares_what_the_person_did(cache: Cache) -> None:
    """All who wait for a device are told of a refusal; of trouble with one session they are not."""
    flight = Flight(cache, KEY, is_start=True)
    with pytest.raises(STSError):
        flight.run(nothing, work_that(STSError("refused")))
    assert failures.read(cache, KEY) is None
    with pytest.raises(PersonNeededError):
        flight.run(nothing, work_that(PersonNeededError("cancelled")))
    assert failures.read(cache, KEY) is not None


def test_who_cannot_ask_leaves_the_last_refusal_as_it_was(cache: Cache) -> None:
    """Being answered with somebody's refusal does not make it last longer."""
    flight = Flight(cache, KEY)
    with pytest.raises(PersonNeededError):
        flight.run(nothing, work_that(PersonNeededError("cancelled")))
    first = failures.read(cache, KEY)
    command = [sys.executable, "-c", WAIT.replace('lambda: "own"', "fail"), cache.folder]
    command[2] = (
        "from aws_mfa_process.errors import CannotAskError\n"
        'def fail(): raise CannotAskError("cancelled")\n' + command[2]
    )
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == 'started\n[3, "cancelled", ""]\n'
    assert repr(failures.read(cache, KEY)) == repr(first)


def test_dead_worker_is_replaced(cache: Cache) -> None:
    """Who waited for a process that is killed works in its place."""
    make_folder(cache.folder)
    path = cache.path_of("lock", KEY)
    command = [sys.executable, "-c", HOLD, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        answers: list[str] = []
        thread = threading.Thread(
            target=lambda: answers.append(Flight(cache, KEY).run(nothing, lambda: "own"))
        )
        thread.start()
        time.sleep(0.2)
        assert answers == []
        holder.kill()
        wait_until(lambda: answers == ["own"])
        thread.join()


def test_answer_that_comes_while_waiting_is_taken_at_once(cache: Cache) -> None:
    """Who waits sees an answer as soon as it is there, not when the lock is free."""
    make_folder(cache.folder)
    command = [sys.executable, "-c", HOLD, cache.path_of("lock", KEY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        threading.Timer(0.3, lambda: cache.write("thing", KEY, {"answer": "there"})).start()

        def look() -> str | None:
            document = cache.read("thing", KEY)
            return None if document is None else str(document["answer"])

        assert Flight(cache, KEY).run(look, lambda: "own") == "there"
        assert holder.poll() is None
        holder.kill()


def test_without_a_folder_for_locks_work_is_done_unlocked(tmp_path: Path) -> None:
    """Where no lock can be made, the answer is worth more than the order."""
    (tmp_path / "cache").touch()
    cache = Cache(str(tmp_path / "cache"))
    flight = Flight(cache, KEY)
    assert flight.run(nothing, lambda: "own") == "own"
    with pytest.raises(MFAProcessError, match="refused"):
        flight.run(nothing, work_that(STSError("refused")))
    assert failures.read(cache, KEY) is None

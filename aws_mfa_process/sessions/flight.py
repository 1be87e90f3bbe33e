"""Single flight: of all processes that want the same thing, one works and all get the answer.

Its one rule: look, take the lock, look again, work. Who waits only reads small files; when the
work fails, those who were waiting fail with it instead of trying one after the other.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from aws_mfa_process import STARTED, memo
from aws_mfa_process.errors import MFAProcessError, PersonNeededError, QuestionInterruptedError
from aws_mfa_process.signals import pausable, unpausable
from aws_mfa_process.store import failures
from aws_mfa_process.store.cache import Cache, Key
from aws_mfa_process.store.lock import Lock
from aws_mfa_process.values import NoReturn, TypeVar

T = TypeVar("T")

_deadlines: list[float] = []
"""By when the outermost flight has to have waited, by ``time.monotonic``."""


class Flight:
    """The right to work on one thing."""

    def __init__(self, cache: Cache, key: Key, *, is_start: bool = False) -> None:
        """Name the thing.

        If sessions start with it, an MFA device or a login, of failures only those of the person
        and the device concern all who wait.
        """
        self._cache = cache
        self._key = key
        self._scopes = ("device",) if is_start else ("device", "session")
        self._lock = Lock(cache.path_of("lock", key))

    def run(
        self, look: Callable[[], T | None], work: Callable[[], T], *, is_on_request: bool = False
    ) -> T:
        """Return what ``look`` finds, else what ``work`` gives, called with the lock held.

        If somebody wants just this work, the failures of others are not ours.

        Raises:
            MFAProcessError: As ``work`` raised it, here or in the process that was waited for.
            PersonNeededError: Another process held the lock for 60 seconds, or is stopped.
        """
        found = look()
        if found is not None:
            return found
        with self._lock, _waiting_until() as deadline:
            for number, is_ours in enumerate(self._tries(deadline)):
                found = look()
                if found is not None:
                    return found
                if not is_on_request:
                    self._raise_failure_of_others()
                if is_ours:
                    self._lock.note_holder()
                    return self._work(work)
                if number and self._lock.is_stopped():
                    self._raise_stopped()
            raise PersonNeededError(
                f"{self._holder()} has been asking for more than a minute",
                hint="answer its question, or end it",
            )

    def _tries(self, deadline: float) -> Iterator[bool]:
        return self._lock.tries(deadline - time.monotonic(), _sleep)

    def _raise_stopped(self) -> NoReturn:
        number = self._lock.holder()
        raise PersonNeededError(
            f"process {number} is making this session, and it is stopped",
            hint=f"let it go on (fg in its terminal, or kill -CONT {number}), or end it (kill -9"
            f" {number})",
        )

    def worker(self) -> str:
        """Return who works on it now, such as ``process 4242``; empty for nobody."""
        with self._lock:
            return "" if self._lock.try_acquire() else self._holder()

    def _holder(self) -> str:
        number = self._lock.holder()
        return f"process {number}" if number else "another process"

    def _raise_failure_of_others(self) -> None:
        failure = failures.read(self._cache, self._key)
        if failure is None or failure.error.shared_by not in self._scopes:
            return
        if STARTED <= failure.at <= time.time():  # else from before a clock was set back
            raise failure.error

    def _work(self, work: Callable[[], T]) -> T:
        try:
            with unpausable():
                return work()
        except MFAProcessError as error:
            if error.shared_by in self._scopes:
                failures.write(self._cache, self._key, error)
            raise
        except QuestionInterruptedError:
            cancel = PersonNeededError(
                "the question for the MFA code was cancelled", hint="try again and type the code"
            )
            failures.write(self._cache, self._key, cancel)
            raise


@contextlib.contextmanager
def _waiting_until() -> Iterator[float]:
    """Give the time by which all waits are over: also those for what the work needs."""
    outermost = _deadlines[:1]  # a copy: threads of one process have flights of their own
    if outermost:
        yield outermost[0]
        return
    deadline = time.monotonic() + memo.WAIT_SECONDS - memo.waited_seconds()
    _deadlines.append(deadline)
    try:
        yield deadline
    finally:
        _deadlines.clear()


def _sleep(seconds: float) -> None:
    with pausable():
        time.sleep(seconds)

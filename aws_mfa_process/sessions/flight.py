"""Single flight: of all processes that want the same thing, one works and all get the answer.

Its one rule: look, take the lock, look again, work. Who waits only reads small files; when the
work fails, those who were waiting fail with it instead of trying one after the other.
"""

import time
from collections.abc import Callable

from aws_mfa_process import STARTED
from aws_mfa_process.errors import MFAProcessError, PersonNeededError, QuestionInterruptedError
from aws_mfa_process.signals import pausable, unpausable
from aws_mfa_process.store import failures
from aws_mfa_process.store.cache import Cache, Key
from aws_mfa_process.store.lock import Lock
from aws_mfa_process.values import TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 150


class Flight:
    """The right to work on one thing."""

    def __init__(self, cache: Cache, key: Key, *, is_device: bool = False) -> None:
        """Name the thing.

        If it is an MFA device and not a session, of failures only those of the person and the
        device concern all who wait.
        """
        self._cache = cache
        self._key = key
        self._scopes = ("device",) if is_device else ("device", "session")
        self._lock = Lock(cache.path_of("lock", key))

    def run(
        self, look: Callable[[], T | None], work: Callable[[], T], *, is_on_request: bool = False
    ) -> T:
        """Return what ``look`` finds, else what ``work`` gives, called with the lock held.

        If somebody wants just this work, the failures of others are not ours.

        Raises:
            MFAProcessError: As ``work`` raised it, here or in the process that was waited for.
            PersonNeededError: Another process held the lock for 150 seconds.
        """
        found = look()
        if found is not None:
            return found
        with self._lock:
            for is_ours in self._lock.tries(_WAIT_SECONDS, _sleep):
                found = look()
                if found is not None:
                    return found
                if not is_on_request:
                    self._raise_failure_of_others()
                if is_ours:
                    self._lock.note_holder()
                    return self._work(work)
            raise PersonNeededError(
                f"{self._holder()} has been asking for more than two minutes",
                hint="answer its question, or end it",
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


def _sleep(seconds: float) -> None:
    with pausable():
        time.sleep(seconds)

"""Single flight: of all processes that want the same thing, one works and all get the answer.

Its one rule: look, take the lock, look again, work. Who waits only reads small files; when the
work fails, those who were waiting fail with it instead of trying one after the other.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from aws_mfa_process import STARTED, debug
from aws_mfa_process.errors import (
    CannotAskError,
    CodesRefusedError,
    ConfigError,
    MFAProcessError,
    NotSentError,
    PersonNeededError,
    ProgramFailedError,
    QuestionInterruptedError,
    STSError,
    WrongCodeError,
)
from aws_mfa_process.signals import pausable, unpausable
from aws_mfa_process.store.cache import Cache, Key
from aws_mfa_process.store.failures import Failure, process_group
from aws_mfa_process.store.lock import Lock

T = TypeVar("T")

_WAIT_SECONDS = 150
_POLL_SECONDS = 0.03
_SLOW_POLL_SECONDS = 0.25
_CLASSES = {
    kind.__name__: kind
    for kind in (
        STSError,
        CodesRefusedError,
        NotSentError,
        ConfigError,
        PersonNeededError,
        ProgramFailedError,
    )
}


class Flight:
    """The right to work on one thing."""

    def __init__(
        self,
        cache: Cache,
        key: Key,
        shared: tuple[type[MFAProcessError], ...] = (MFAProcessError,),
        heeded: tuple[type[MFAProcessError], ...] = (MFAProcessError,),
    ) -> None:
        """Name the thing.

        Args:
            cache: Where lock and failures are kept.
            key: What is worked on.
            shared: The failures that all who waited get.
            heeded: The failures of others that are ours too, if they came after our start.
        """
        self.cache = cache
        self.key = key
        self._shared = shared
        self._heeded = heeded
        self._lock = Lock(cache.path_of("lock", key))

    def run(self, look: Callable[[], T | None], work: Callable[[], T]) -> T:
        """Return what ``look`` finds, else what ``work`` gives.

        Args:
            look: Cheap; finds what another process has done meanwhile.
            work: Called with the lock held.

        Raises:
            MFAProcessError: As ``work`` raised it, here or in the process that was waited for.
            PersonNeededError: Another process held the lock for 150 seconds.
        """
        found = look()
        if found is not None:
            return found
        started = time.monotonic()
        holder = 0
        with self._lock:
            while True:
                is_ours = self._try_lock()
                if holder != self._lock.holder():  # one by one, each has its time
                    holder, started = self._lock.holder(), time.monotonic()
                waited = time.monotonic() - started
                found = look()
                if found is not None:
                    return found
                self._raise_failure_since(STARTED)
                if is_ours:
                    return self._work(work)
                if waited > _WAIT_SECONDS:
                    raise PersonNeededError(
                        f"{self._holder()} has been asking for more than two minutes",
                        hint="answer its question, or end it",
                    )
                with pausable():
                    time.sleep(min(max(_POLL_SECONDS, waited / 10), _SLOW_POLL_SECONDS))

    def worker(self) -> str:
        """Return who works on it now, such as ``process 4242``; empty for nobody."""
        with self._lock:
            if self._try_lock():
                return ""
            return self._holder()

    def _holder(self) -> str:
        number = self._lock.holder()
        return f"process {number}" if number else "another process"

    def last_failure(self) -> Failure | None:
        """Return the last failure that was shared."""
        document = self.cache.read("failure", self.key)
        if document is None:
            return None
        try:
            kind = _CLASSES.get(document["error"], MFAProcessError)
            error = kind(document["message"], hint=document["hint"])
            return Failure(error, document["at"], document["process_group"])
        except (KeyError, TypeError):  # another version's
            return None

    def _try_lock(self) -> bool:
        """Take the lock; where none can be made, work without one."""
        try:
            self.cache.make_folder()
            return self._lock.try_acquire()
        except OSError as error:
            debug.note(f"no lock: {error.strerror}")
            return True

    def _raise_failure_since(self, started: float) -> None:
        failure = self.last_failure()
        if failure is None or not isinstance(failure.error, self._heeded):
            return
        if started <= failure.at <= time.time():  # else from before a clock was set back
            raise failure.error

    def _work(self, work: Callable[[], T]) -> T:
        try:
            with unpausable():
                return work()
        except (CannotAskError, WrongCodeError):
            raise
        except self._shared as error:
            self._share(error)
            raise
        except QuestionInterruptedError:
            self._share(PersonNeededError("the question for the MFA code was cancelled"))
            raise

    def _share(self, error: MFAProcessError) -> None:
        document = {
            "at": time.time(),
            "error": _name_of(error),
            "message": error.message,
            "hint": error.hint,
            "process_group": process_group(),
        }
        try:
            self.cache.write("failure", self.key, document)
        except OSError as failure:
            debug.note(f"a failure could not be shared: {failure.strerror}")


def _name_of(error: MFAProcessError) -> str:
    """Return the name of the nearest class that can be made anew from a message and a hint."""
    return next((kind.__name__ for kind in type(error).mro() if kind.__name__ in _CLASSES), "")

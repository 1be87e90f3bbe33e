"""A lock between processes that the kernel frees when its holder dies.

Its one rule: the lock file stays where it is. Removing it would let two holders in, one on each
of two files of the same name. Imports little: processes that only wait load it.
"""

import os
import sys
import time

from aws_mfa_process.store import write

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

_NUMBER_LENGTH = 20
_POLL_SECONDS = 0.03
_SLOW_POLL_SECONDS = 0.25


class Lock:
    """An exclusive advisory lock on one file."""

    def __init__(self, path: str) -> None:
        """Name the file; it and its folder are made by the first try."""
        self.path = path
        self._descriptor = -1

    def try_acquire(self) -> bool:
        """Take the lock if no other process (or other `Lock` of this one) holds it.

        Where no lock can be made it is taken too: then nobody is kept waiting.
        """
        try:
            if self._descriptor < 0:
                write.make_folder(os.path.dirname(self.path))
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                self._descriptor = os.open(self.path, flags, 0o600)
        except OSError:
            return True
        return self._is_taken()

    def tries(
        self, seconds: float, sleep: "Callable[[float], None]" = time.sleep
    ) -> "Iterator[bool]":
        """Try to take the lock again and again, waiting some seconds for each of its holders.

        Yields:
            After each try, whether the lock is ours; then that was the last one.
        """
        holder, started = -1, 0.0
        waited = 0.0
        while waited <= seconds:
            is_ours = self.try_acquire()
            if holder != self.holder():
                holder, started = self.holder(), time.monotonic()
            yield is_ours
            if is_ours:
                return
            waited = time.monotonic() - started
            sleep(min(max(_POLL_SECONDS, waited / 10), _SLOW_POLL_SECONDS))

    def holder(self) -> int:
        """Return the number of the process that holds the lock; 0 where it is not known."""
        try:
            with open(self.path, "rb") as file:
                return int(file.read(_NUMBER_LENGTH))
        except (OSError, ValueError):
            return 0

    def release(self) -> None:
        """Give the lock back, if it is held, and close its file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "Self":
        """Hold nothing yet: see `try_acquire`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        self.release()

    def _is_taken(self) -> bool:
        """Lock the open file; a file system without locks keeps nobody waiting."""
        try:
            if sys.platform == "win32":
                msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return not is_held(error, sys.platform)
        return True

    def note_holder(self) -> None:
        """Write down who we are, for those who wait; Windows lets nobody read a locked file."""
        if sys.platform != "win32":
            try:
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)
            except OSError:
                pass


def is_held(error: OSError, platform: str) -> bool:
    """Tell whether a lock could not be taken because another process has it.

    Windows tells it in several ways; elsewhere there is one, and others mean that the file system
    has no locks.
    """
    return platform == "win32" or isinstance(error, BlockingIOError)

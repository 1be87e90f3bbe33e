"""A lock between processes that the kernel frees when its holder dies.

Its one rule: the lock file stays where it is. Removing it would let two holders in, one on
each of two files of the same name.
"""

import contextlib
import os
import sys
from typing import Self

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


_NUMBER_LENGTH = 20


class Lock:
    """An exclusive advisory lock on one file."""

    def __init__(self, path: str) -> None:
        """Name the file; it is made by the first `try_acquire`."""
        self.path = path
        self._descriptor = -1

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it.

        Returns:
            False when another process (or another `Lock` of this one) holds it.

        Raises:
            OSError: The lock file cannot be made, opened or locked.
        """
        if self._descriptor < 0:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            self._descriptor = os.open(self.path, flags, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        self._note_holder()
        return True

    def holder(self) -> int:
        """Return the number of the process that holds the lock; 0 where it is not known."""
        try:
            with open(self.path, "rb") as file:
                return int(file.read(_NUMBER_LENGTH))
        except (OSError, ValueError):
            return 0

    def _note_holder(self) -> None:
        """Write down who we are; Windows lets nobody read a locked file."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                number = str(os.getpid()).encode()
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, number, 0)

    def release(self) -> None:
        """Give the lock back, if it is held, and close its file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """Hold nothing yet: see `try_acquire`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        self.release()

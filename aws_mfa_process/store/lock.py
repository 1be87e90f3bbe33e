"""A lock between processes that the kernel frees when its holder dies.

Its one rule: the lock file stays where it is. Removing it would let two holders in, one on each
of two files of the same name. Imports little: processes that only wait load it.
"""

import os
import stat
import sys
import time

from aws_mfa_process import APP, sealed
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
        self._others: list[str] | None = None
        self._descriptor = -1

    def try_acquire(self) -> bool:
        """Take the lock if no other process (or other `Lock` of this one) holds it.

        Where no lock can be made in its folder one in the user's runtime folder takes its place.
        Where none can be made there either it is taken too: then nobody is kept waiting.
        """
        while True:
            try:
                if self._descriptor < 0:
                    self._descriptor = _opened(self.path)
                _take(self._descriptor)
            except OSError as error:
                if self._descriptor >= 0 and is_held(error, sys.platform):
                    return False
            else:
                return True
            self.release()
            if self._others is None:
                self._others = _other_places(os.path.basename(self.path))
            if not self._others:
                return True
            self.path = self._others.pop(0)

    def tries(
        self, seconds: float, sleep: "Callable[[float], None]" = time.sleep
    ) -> "Iterator[bool]":
        """Try to take the lock again and again, for some seconds, and once in any case.

        Yields:
            After each try, whether the lock is ours; then that was the last one.
        """
        started = time.monotonic()
        waited = 0.0
        while True:
            is_ours = self.try_acquire()
            yield is_ours
            if is_ours or waited >= seconds:
                return
            sleep(min(max(_POLL_SECONDS, waited / 10), _SLOW_POLL_SECONDS))
            waited = time.monotonic() - started

    def holder(self) -> int:
        """Return the number of the process that holds the lock; 0 where it is not known."""
        if (
            sys.platform == "win32" or self._descriptor < 0
        ):  # Windows lets nobody read a locked file
            return 0
        try:
            return int(os.pread(self._descriptor, _NUMBER_LENGTH, 0))
        except (OSError, ValueError):
            return 0

    def is_stopped(self) -> bool:
        """Tell whether the process that holds the lock is stopped, and so may hold it for ever.

        Source:
            The state in proc_pid_stat(5); elsewhere than on Linux it is not known.
        """
        try:
            with open(f"/proc/{self.holder() or 'none'}/stat", "rb") as file:
                return file.read().rpartition(b")")[2].split()[0] == b"T"
        except (OSError, IndexError):
            return False

    def is_at_work(self) -> bool:
        """Tell whether the process that holds the lock has said who it is, lives and goes on."""
        number = self.holder()
        try:
            if number and sys.platform != "win32":
                os.kill(number, 0)
        except OSError:
            return False
        return number > 0 and not self.is_stopped()

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

    def note_holder(self) -> None:
        """Write down who we are, for those who wait."""
        if sys.platform != "win32":
            try:
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)
            except OSError:
                pass


def _opened(path: str) -> int:
    """Return a descriptor of a lock file that is ours and closed to others.

    One that somebody else can open could be held for ever, so it is replaced.

    Raises:
        OSError: There can be none.
    """
    write.make_folder(os.path.dirname(path))
    write.remove_foreign(path)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    status = os.fstat(descriptor)
    if not (stat.S_ISREG(status.st_mode) and sealed.is_private(status)):
        os.close(descriptor)
        os.unlink(path)
        descriptor = os.open(path, flags | os.O_EXCL, 0o600)
    if not status.st_mode & stat.S_IWUSR and hasattr(os, "fchmod"):
        os.fchmod(descriptor, 0o600)  # whatever the umask
    return descriptor


def _take(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _other_places(name: str) -> list[str]:
    """Return where a lock may be that cannot be in its own folder; first the runtime folder."""
    if sys.platform == "win32":
        return []
    us = os.geteuid()
    runtime = [os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{us}"]
    folders = [os.path.join(it, APP) for it in runtime if os.path.isabs(it) and os.path.isdir(it)]
    temporaries = [os.environ.get("TMPDIR", ""), "/tmp"]  # noqa: S108 - a folder of ours in it
    folders += [os.path.join(it, f"{APP}-{us}") for it in temporaries if os.path.isabs(it)]
    return [os.path.join(it, name) for it in dict.fromkeys(folders)]


def is_held(error: OSError, platform: str) -> bool:
    """Tell whether a lock could not be taken because another process has it.

    Windows tells it in several ways; elsewhere there is one, and others mean that the file system
    has no locks.
    """
    return platform == "win32" or isinstance(error, BlockingIOError)

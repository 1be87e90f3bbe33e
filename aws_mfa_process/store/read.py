"""How a file is opened to be read that may be anything: a pipe without end, a device, a stranger's.

Its one rule: nobody waits for what never comes. Its functions are openers for `open`.
"""

import errno
import os
import stat
import time

from aws_mfa_process import sealed
from aws_mfa_process.store import write

_MOST_BYTES = 16 * 1024 * 1024
_PIPE_SECONDS = 10
_STEP_SECONDS = 0.5
"""On Windows Ctrl-C is seen between two steps."""


def regular(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file, or the one that a link leads to; a pipe keeps what is in it.

    Raises:
        OSError: It is none, or cannot be read.
    """
    _refuse_irregular(os.stat(path), path)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        _refuse_irregular(os.fstat(descriptor), path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def own(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file that is ours and closed to others, in such a folder; no link.

    Raises:
        OSError: It is none, or cannot be read.
    """
    folder = os.path.dirname(path)
    why = write.obstacle(folder)
    if why:
        raise PermissionError(errno.EACCES, why, path)
    is_closed = sealed.is_private(os.stat(folder))
    descriptor = regular(path, flags | getattr(os, "O_NOFOLLOW", 0))
    if not (is_closed and sealed.is_private(os.fstat(descriptor))):
        os.close(descriptor)
        raise PermissionError(errno.EACCES, "it is not yours alone (mode 0600 in 0700)", path)
    return descriptor


def all_of(path: str) -> bytes:
    """Return what stands in a file, or comes out of a pipe within 10 seconds.

    Raises:
        OSError: It cannot be read, has more than 16 MiB, or no end in time.
    """
    if stat.S_ISREG(os.stat(path).st_mode):
        with open(path, "rb", opener=regular) as file:
            data = file.read(_MOST_BYTES + 1)
    else:
        data = _in_time(path)
    if len(data) > _MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {_MOST_BYTES >> 20} MiB", path)
    return data


def _in_time(path: str) -> bytes:
    """Read what may never come in a thread, which is left to itself when the time is over."""
    import threading

    found: list[bytes | OSError] = []

    def run() -> None:
        try:
            with open(path, "rb") as file:
                found.append(file.read(_MOST_BYTES + 1))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    end = time.monotonic() + _PIPE_SECONDS
    while thread.is_alive() and time.monotonic() < end:
        thread.join(_STEP_SECONDS)
    if not found:
        raise TimeoutError(
            errno.ETIMEDOUT, f"it has not ended within {_PIPE_SECONDS} seconds", path
        )
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def _refuse_irregular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", path)

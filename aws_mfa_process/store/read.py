"""How a file is opened to be read that may be anything: a pipe without end, a device, a stranger's.

Its one rule: nobody waits for what never comes. Its functions are openers for `open`.
"""

import errno
import os
import stat

from aws_mfa_process import sealed
from aws_mfa_process.store import write


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


def _refuse_irregular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", path)

"""The debug log: what was decided, on request, in a 0600 file, without secrets.

Its one rule: callers pass names, times and codes of errors, never the values of credentials;
a traceback is written as places in the code, without the text of the exception.
"""

import contextlib
import errno
import os
import stat
import time

from aws_mfa_process import DEBUG_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO


def is_wanted() -> bool:
    """Tell whether somebody has set ``AWS_MFA_PROCESS_DEBUG``."""
    return bool(os.environ.get(DEBUG_VARIABLE))


def note(text: str) -> None:
    """Append a line to the file that ``AWS_MFA_PROCESS_DEBUG`` names, if it is set."""
    path = os.environ.get(DEBUG_VARIABLE)
    if not path:
        return
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"{stamp} {os.getpid()} {text}\n".encode("utf-8", "backslashreplace")
    with contextlib.suppress(OSError), _open(path) as file:
        file.write(line)


def trouble() -> str:
    """Return why the debug file cannot be written; empty where it can, or is not wanted."""
    path = os.environ.get(DEBUG_VARIABLE)
    try:
        if path:
            _open(path).close()
    except OSError as error:
        return f"{DEBUG_VARIABLE} is {path}, which cannot be written: {error.strerror}"
    return ""


def _open(path: str) -> "IO[bytes]":
    """Open a file to append to: one that we make, 0600, or a regular one of our own.

    Neither is a link followed nor a pipe waited for, and nothing that was there is changed.

    Raises:
        OSError: There can be none.
    """
    path = os.path.expanduser(path)
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if os.path.lexists(path):
        _refuse_foreign(os.lstat(path))
        descriptor = os.open(path, flags)
    else:
        us = os.geteuid() if hasattr(os, "geteuid") else None
        if us == 0 and os.stat(os.path.dirname(path) or ".").st_uid:
            raise PermissionError(errno.EACCES, "its folder belongs to somebody else")
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)  # whatever the umask
    file = open(descriptor, "wb")  # noqa: SIM115 - for callers
    try:
        _refuse_foreign(os.fstat(descriptor))
    except OSError:
        file.close()
        raise
    return file


def _refuse_foreign(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_nlink > 1):
        raise PermissionError(errno.EACCES, "it is not a file of your own alone")


def note_failure(error: BaseException) -> None:
    """Append where an unexpected exception came from: type, files, lines."""
    import traceback

    note(f"unexpected {type(error).__name__}")
    for frame in traceback.extract_tb(error.__traceback__):
        note(f"  {frame.filename}:{frame.lineno} in {frame.name}")

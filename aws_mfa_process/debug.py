"""The debug log: what was decided, on request, in a 0600 file, without secrets.

Its one rule: callers pass names, times and codes of errors, never the values of credentials;
a traceback is written as places in the code, without the text of the exception.
"""

import contextlib
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
    """Open a file to append to; a regular one is closed to others, a device stays as it is."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody reads keeps nobody waiting
    file = open(os.open(os.path.expanduser(path), flags, 0o600), "wb")  # noqa: SIM115 - for callers
    if hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fchmod(file.fileno(), 0o600)
    return file


def note_failure(error: BaseException) -> None:
    """Append where an unexpected exception came from: type, files, lines."""
    import traceback

    note(f"unexpected {type(error).__name__}")
    for frame in traceback.extract_tb(error.__traceback__):
        note(f"  {frame.filename}:{frame.lineno} in {frame.name}")

"""The debug log: what was decided, on request, in a 0600 file, without secrets.

Its one rule: callers pass names, times and codes of errors, never the values of credentials;
a traceback is written as places in the code, without the text of the exception.
"""

import contextlib
import os
import time

from aws_mfa_process import DEBUG_VARIABLE


def note(text: str) -> None:
    """Append a line to the file that ``AWS_MFA_PROCESS_DEBUG`` names, if it is set."""
    path = os.environ.get(DEBUG_VARIABLE)
    if not path:
        return
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"{stamp} {os.getpid()} {text}\n".encode("utf-8", "backslashreplace")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with (
        contextlib.suppress(OSError),
        open(os.open(os.path.expanduser(path), flags, 0o600), "wb") as file,
    ):
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), 0o600)
        file.write(line)


def note_failure(error: BaseException) -> None:
    """Append where an unexpected exception came from: type, files, lines."""
    import traceback

    note(f"unexpected {type(error).__name__}")
    for frame in traceback.extract_tb(error.__traceback__):
        note(f"  {frame.filename}:{frame.lineno} in {frame.name}")

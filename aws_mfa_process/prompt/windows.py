"""A question on the Windows console, through ``CONIN$`` and ``CONOUT$``.

Written after Microsoft's documentation of the console and of ``msvcrt``; it has not been run.
"""

import sys
import time

from aws_mfa_process.errors import PersonNeededError

_POLL_SECONDS = 0.05
_BACKSPACE = "\b"
_CANCEL = ("\x03", "\x04", "\x1a", "\x1b")


def is_usable() -> bool:
    """Tell whether this process has a console that can be opened."""
    try:
        with open("CONIN$", "rb"), open("CONOUT$", "wb"):
            return True
    except OSError:
        return False


def ask(text: str, deadline: float) -> str:
    """Show a text on the console and return the line that is typed, without echo.

    Args:
        text: Shown as it is.
        deadline: When to give up, by ``time.monotonic()``.

    Raises:
        PersonNeededError: No answer in time, or cancelled (Ctrl-C, Ctrl-Z, Esc).
    """
    if sys.platform != "win32":
        raise PersonNeededError("there is no Windows console")
    import msvcrt  # noqa: PLC0415 - exists on Windows only

    with open("CONOUT$", "w", encoding="utf-8") as console:
        console.write(text)
        console.flush()
        line = LineEditor()
        while time.monotonic() < deadline:
            if not msvcrt.kbhit():
                time.sleep(_POLL_SECONDS)
            elif line.is_done_after(msvcrt.getwch()):
                console.write("\r\n")
                return line.text
    raise PersonNeededError("nobody typed the MFA code in time")


class LineEditor:
    """The little of line editing that six digits need."""

    def __init__(self) -> None:
        """Start with an empty line."""
        self.text = ""

    def is_done_after(self, key: str) -> bool:
        """Take one key; tell whether the line is complete.

        Raises:
            PersonNeededError: The key cancels.
        """
        if key in _CANCEL:
            raise PersonNeededError("the question for the MFA code was cancelled")
        if key in "\r\n":
            return True
        self.text = self.text[:-1] if key == _BACKSPACE else self.text + key
        return False

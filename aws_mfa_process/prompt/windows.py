"""A question on the Windows console, through ``CONIN$`` and ``CONOUT$``.

Written after Microsoft's documentation of the console and of ``msvcrt``; it has not been run.
"""

import sys
import time

from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.prompt.editor import LineEditor

_POLL_SECONDS = 0.05


def is_usable() -> bool:
    """Tell whether this process has a console that can be opened."""
    try:
        with open("CONIN$", "rb"), open("CONOUT$", "wb"):
            return True
    except OSError:
        return False


def tell(text: str) -> None:
    """Show a line on the console."""
    with open("CONOUT$", "w", encoding="utf-8") as console:
        console.write(f"{text}\n")


def ask(text: str, deadline: float) -> str:
    """Show a text on the console; return the line that is typed, an empty one for a cancel.

    Args:
        text: Shown as it is.
        deadline: When to give up, by ``time.monotonic()``.

    Raises:
        PersonNeededError: No answer in time.
        KeyboardInterrupt: Ctrl-C.
    """
    if sys.platform != "win32":
        raise PersonNeededError("there is no Windows console")
    import msvcrt  # noqa: PLC0415 - exists on Windows only

    with open("CONOUT$", "w", encoding="utf-8") as console:
        console.write(text)
        line = LineEditor()
        while not line.is_done and time.monotonic() < deadline:
            console.flush()
            if msvcrt.kbhit():
                console.write(line.take(msvcrt.getwch()))
            else:
                time.sleep(_POLL_SECONDS)
        console.write("\n")
    if not line.is_done:
        raise PersonNeededError("nobody typed the MFA code in time")
    return line.text

"""A pseudo-terminal with a person before it who types one MFA code whenever asked."""

import os
import pty
import re
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_mfa_process.errors import MFAProcessError

QUESTION: Final = r"Code(?: \(\d+ s\))?: "
"""How the program asks, as a pattern."""


@dataclass(frozen=True)
class Transcript:
    """What a program showed on its terminal.

    Attributes:
        seconds: How long it ran, typing included.
        questions: How often it asked for a code.
        exit_code: Negative for a signal.
    """

    text: str
    seconds: float
    questions: int
    exit_code: int


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    mfa_code: Callable[[], str],
    patience_seconds: float = 300,
) -> Transcript:
    """Run a program on a terminal of its own.

    Args:
        command: Program and arguments.
        environment: All of its environment.
        mfa_code: Gives the code to type.
        patience_seconds: How long it may run.

    Raises:
        MFAProcessError: It ran longer than that, and is ended.
    """
    started = time.monotonic()
    pid, terminal = pty.fork()
    if not pid:  # pragma: no cover - becomes the program
        try:
            os.execvpe(command[0], list(command), dict(environment))
        finally:
            os._exit(127)
    shown = b""
    questions = 0
    try:
        while chunk := _read(terminal, started + patience_seconds):
            shown += chunk
            if len(re.findall(QUESTION.encode(), shown)) > questions:
                questions += 1
                os.write(terminal, mfa_code().encode() + b"\n")
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    exit_code = os.waitstatus_to_exitcode(status)
    text = re.sub("\r+\n", "\n", shown.decode())
    return Transcript(text, time.monotonic() - started, questions, exit_code)


def _read(terminal: int, deadline: float) -> bytes:
    """Read what is shown next; nothing when the program has ended."""
    ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
    if not ready:
        raise MFAProcessError("a program did not end in time", hint="try it once more")
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        return b""

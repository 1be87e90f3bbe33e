"""A question on the controlling terminal, whatever the caller did with our standard streams.

Its one rule: read only what is meant for us. Before every read we are still in the terminal's
foreground and our parent still lives; else a key meant for the shell would be ours. The terminal
is left as it was found.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

from aws_mfa_process import memo
from aws_mfa_process.errors import CannotAskError, PersonNeededError
from aws_mfa_process.prompt import Question
from aws_mfa_process.prompt.caller import plain

if sys.platform != "win32":
    import termios

CALLER_SECONDS = 55
"""A question ends before the Go SDKs and Terraform give up, at 60 seconds."""
LOGIN_SECONDS = 300
"""A question that a person asked for by a command has more time."""
_PATH = "/dev/tty"
_POLL_SECONDS = 0.2
_LINE_LENGTH = 1024


def is_usable() -> bool:
    """Tell whether there is a terminal and we are in its foreground process group."""
    if sys.platform == "win32":
        from aws_mfa_process.prompt import console  # noqa: PLC0415

        return console.is_usable()
    try:
        descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return _is_foreground(descriptor)
    finally:
        os.close(descriptor)


class Terminal:
    """A person at the terminal."""

    tries = 3
    is_clockwork = False
    is_window = False

    def __init__(self, question: Question) -> None:
        """Keep the question; a caller's patience runs since we were started."""
        self._question = question
        usual = LOGIN_SECONDS if question.is_login else CALLER_SECONDS
        spent = 0.0 if question.is_login else time.time() - memo.STARTED
        self._deadline = time.monotonic() + (question.seconds or usual) - spent

    def get(self, why: str) -> str:
        """Ask, and return the line that was typed.

        Raises:
            PersonNeededError: No answer in time, cancelled with Ctrl-D, or the terminal is no
                longer ours.
            KeyboardInterrupt: Ctrl-C.
        """
        if sys.platform == "win32":
            from aws_mfa_process.prompt import console  # noqa: PLC0415

            return console.ask(prompt_text(self._question, why), self._deadline)
        return ask(prompt_text(self._question, why), self._deadline)


def prompt_text(question: Question, why: str) -> str:
    """Return the line that is shown.

    >>> prompt_text(Question("GAHT1", "prod", "", "terraform (42)", None, False), "")
    'MFA code for GAHT1 (profile prod, for terraform (42)): '
    """
    first = f"{why}. " if why else ""
    caller = f", for {question.caller}" if question.caller else ""
    return (
        f"{first}MFA code for {plain(question.serial, 120)}"
        f" (profile {plain(question.profile)}{caller}): "
    )


def ask(text: str, deadline: float) -> str:
    """Show a text on the terminal and return the line that is typed, without echo.

    Args:
        text: Shown as it is.
        deadline: When to give up, by ``time.monotonic()``.

    Raises:
        PersonNeededError: See `Terminal.get`.
        KeyboardInterrupt: Ctrl-C.
    """
    parent = os.getppid()
    descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
    try:
        with _quiet_terminal(descriptor, text):
            line = _read_line(descriptor, parent, deadline)
    finally:
        os.close(descriptor)
    if not line:
        raise PersonNeededError("the question for the MFA code was cancelled")
    return line.decode("ascii", "replace")


def _read_line(descriptor: int, parent: int, deadline: float) -> bytes:
    """Return the next line, empty at Ctrl-D."""
    while time.monotonic() < deadline:
        ready, _, _ = select.select([descriptor], [], [], _POLL_SECONDS)
        if os.getppid() != parent:
            raise CannotAskError("the program that asked for the MFA code has gone")
        if ready and _is_foreground(descriptor):
            return os.read(descriptor, _LINE_LENGTH)
        if ready:
            time.sleep(_POLL_SECONDS)
    raise PersonNeededError("nobody typed the MFA code in time")


def _is_foreground(descriptor: int) -> bool:
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False


@contextlib.contextmanager
def _quiet_terminal(descriptor: int, text: str) -> Iterator[None]:
    """Switch echo off for the time of a question, and back on however it ends.

    SIGTTIN and SIGTTOU would stop the caller's whole job, so they are ignored; SIGTERM and
    SIGHUP end the question in order; Ctrl-Z restores the terminal while we are stopped.
    """
    before = termios.tcgetattr(descriptor)
    quiet = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]

    def show() -> None:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
        os.write(descriptor, text.encode("utf-8", "replace"))

    def restore() -> None:
        with contextlib.suppress(OSError, termios.error):
            if termios.tcgetattr(descriptor)[3] == quiet[3]:
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
            if _is_foreground(descriptor):
                os.write(descriptor, b"\n")

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, stop)
        show()

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        sys.exit(128 + number)

    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None] | signal.Handlers] = {
        signal.SIGTTIN: signal.SIG_IGN,
        signal.SIGTTOU: signal.SIG_IGN,
        signal.SIGTERM: end,
        signal.SIGHUP: end,
        signal.SIGTSTP: stop,
    }
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        show()
        yield
    finally:
        restore()
        for number, handler in old.items():
            signal.signal(number, handler)

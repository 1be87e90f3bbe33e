"""A question on the controlling terminal, whatever the caller did with our standard streams.

Its one rule: read only what is meant for us. Before every read we are still in the terminal's
foreground, it still gives lines and our parent still lives; else a key meant for the shell or for
another program would be ours.
"""

import contextlib
import os
import stat
import sys
import time
from collections.abc import Callable
from typing import Self

from aws_mfa_process import PARENT, STARTED
from aws_mfa_process.display import plain
from aws_mfa_process.errors import CannotAskError, PersonNeededError
from aws_mfa_process.pause import PausedError, stopped_seconds
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.prompt.screen import Screen, is_foreground, opened, readable, reads_lines

if sys.platform != "win32":
    import termios

CALLER_SECONDS = 55
"""A question ends before the Go SDKs and Terraform give up, at 60 seconds."""
LOGIN_SECONDS = 300
"""A question that a person asked for by a command has more time."""
_STDOUT = 1
_POLL_SECONDS = 0.2
_AWAY_SECONDS = 2
_LINE_LENGTH = 1024


def is_usable(*, is_wanted: bool) -> bool:
    """Tell whether there is a terminal, we are in its foreground and our parent still lives.

    Args:
        is_wanted: A person chose the terminal, so that it is used too while another program
            reads its keys.
    """
    if sys.platform == "win32":
        from aws_mfa_process.prompt import windows  # noqa: PLC0415

        return windows.is_usable()
    with contextlib.suppress(OSError, termios.error), opened() as descriptor:
        is_ours = os.getppid() == PARENT and is_foreground(descriptor)
        return is_ours and (is_wanted or reads_lines(descriptor))
    return False


def is_taken() -> bool:
    """Tell whether beside us another program reads the terminal key by key, as an editor does."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, termios.error), opened() as descriptor:
            return is_foreground(descriptor) and not reads_lines(descriptor)
    return False


class Terminal:
    """A person at the terminal."""

    tries = 3
    is_person = True
    is_window = False

    def __init__(self, question: Question, *, is_wanted: bool) -> None:
        """Keep the question; a caller's patience runs since we were started.

        Args:
            question: What a person is told.
            is_wanted: As of `is_usable`.
        """
        self._question = question
        self._is_wanted = is_wanted
        usual = LOGIN_SECONDS if question.is_login else CALLER_SECONDS
        spent = 0.0 if question.is_login else time.time() - STARTED - stopped_seconds()
        self._deadline = time.monotonic() + (question.seconds or usual) - spent

    def get(self, why: str) -> str:
        """Ask, and return the line that was typed.

        Raises:
            CannotAskError: The terminal or the caller has gone, another program reads the
                terminal's keys, or no time is left.
            PersonNeededError: No answer in time, or cancelled with Ctrl-D.
            PausedError: Ctrl-Z, or the job has been moved to the background.
            KeyboardInterrupt: Ctrl-C.
        """

        def text() -> str:
            left = round(self._deadline - time.monotonic())
            return prompt_text(self._question, why, max(left, 1))

        if time.monotonic() >= self._deadline:
            raise CannotAskError("no time was left to ask for the MFA code")
        if sys.platform == "win32":
            from aws_mfa_process.prompt import windows  # noqa: PLC0415

            return windows.ask(text(), self._deadline)
        return ask(text, self._deadline, is_wanted=self._is_wanted)


def prompt_text(question: Question, why: str, seconds: int) -> str:
    """Return the line that is shown.

    >>> question = Question("GAHT1", "prod", "arn:aws:iam::2:role/R", "make (4)", None, False)
    >>> prompt_text(question, "", 55)
    'MFA code for GAHT1 (profile prod, role 2:role/R, for make (4), 55 s): '
    """
    role = question.role_arn.split(":", 4)[-1]
    about = [
        f"profile {plain(question.profile)}",
        f"role {plain(role, 80)}" if role else "",
        f"for {plain(question.caller, 60)}" if question.caller else "",
        f"{seconds} s",
    ]
    first = f"{why}. " if why else ""
    shown = ", ".join(part for part in about if part)
    return f"{first}MFA code for {plain(question.serial, 120)} ({shown}): "


def ask(text: Callable[[], str], deadline: float, *, is_wanted: bool) -> str:
    """Show a text on the terminal and return the line that is typed, without echo.

    Args:
        text: Gives what is shown, as it is.
        deadline: When to give up, by ``time.monotonic()``.
        is_wanted: As of `is_usable`.

    Raises:
        CannotAskError: As `Terminal.get`, and so the others.
        PersonNeededError: No answer.
        PausedError: Others may ask now.
        KeyboardInterrupt: Ctrl-C.
    """
    try:
        with Screen(text, is_wanted=is_wanted) as screen, _Caller() as caller:
            line = _read_line(screen, caller, deadline)
    except (OSError, ValueError, termios.error):
        raise CannotAskError("the terminal has gone") from None
    if not line:
        raise PersonNeededError("the question for the MFA code was cancelled")
    return line.decode("ascii", "replace")


def _read_line(screen: Screen, caller: "_Caller", deadline: float) -> bytes:
    """Return the next line, empty at Ctrl-D."""
    away_from = time.monotonic() + _AWAY_SECONDS
    while time.monotonic() < deadline:
        is_ours = screen.is_ours()
        if is_ours and not screen.is_shown and screen.has_turn():
            line = screen.typed_ahead()
            if line:
                return line
            screen.show()
        if is_ours:
            away_from = time.monotonic() + _AWAY_SECONDS
        elif time.monotonic() > away_from:
            raise PausedError(is_stopped=False)
        if _is_line_there(screen, caller):
            return os.read(screen.descriptor, _LINE_LENGTH)
    if not screen.is_shown:
        raise CannotAskError("another question stood on the terminal until no time was left")
    raise PersonNeededError("nobody typed the MFA code in time")


def _is_line_there(screen: Screen, caller: "_Caller") -> bool:
    """Wait a moment; tell whether there is a line that is meant for us.

    Raises:
        CannotAskError: The caller has gone.
    """
    watched = [screen.descriptor, *caller.descriptors]
    ready = readable(watched, _POLL_SECONDS)
    if os.getppid() != PARENT:
        screen.restore()
        raise CannotAskError("the program that asked for the MFA code has gone")
    if _STDOUT in ready:
        screen.unhide()
        caller.descriptors.remove(_STDOUT)
    if screen.descriptor not in ready:
        return False
    if screen.is_shown and screen.is_ours():
        return True
    time.sleep(_POLL_SECONDS)
    return False


class _Caller:
    """The program that waits for us.

    Its end must be seen at once: a shell that goes on keeps for itself what it finds as the state
    of its terminal, and that must not be ours.

    Attributes:
        descriptors: Are readable when it ends, and when it no longer reads our answer, which is
            some time before, if only a moment.
    """

    def __init__(self) -> None:
        self._pidfd = -1
        self.descriptors: list[int] = []

    def __enter__(self) -> Self:
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._pidfd = os.pidfd_open(PARENT)
                self.descriptors.append(self._pidfd)
        with contextlib.suppress(OSError):
            mode = os.fstat(_STDOUT).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                self.descriptors.append(_STDOUT)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)

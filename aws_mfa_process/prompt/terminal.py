"""A question on the controlling terminal, whatever the caller did with our standard streams.

Its one rule: read only what is meant for us. Before every read our parent still lives, we are in
the terminal's foreground and no other program has begun to read its keys.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable

from aws_mfa_process import PARENT, STARTED, signals
from aws_mfa_process.errors import CannotAskError, PersonNeededError
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.prompt.screen import (
    Screen,
    controlling_terminal,
    is_foreground,
    is_free,
    opened,
    terminal_path,
)

CALLER_SECONDS = 55
"""A question ends before the Go SDKs and Terraform give up, at 60 seconds."""
LOGIN_SECONDS = 300
"""A question that a person asked for by a command has more time."""
_POLL_SECONDS = 0.2
_AWAY_SECONDS = 2
_asked: list[Question] = []
"""The questions that were shown here."""


def is_usable(*, is_chosen: bool) -> bool:
    """Tell whether there is a terminal, we are in its foreground and our parent still lives.

    One that a person chose is used too while another program reads its keys.
    """
    if sys.platform == "win32":
        from aws_mfa_process.prompt import windows  # noqa: PLC0415

        return windows.is_usable()
    with contextlib.suppress(OSError), opened() as descriptor:
        is_ours = os.getppid() == PARENT and is_foreground(descriptor)
        return is_ours and (is_chosen or is_free(descriptor))
    return False


def obstacle() -> str:
    """Say why no question can stand on the terminal that we have; empty: there is none."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError), opened() as descriptor:
            if os.getppid() != PARENT:
                return "the program that asked for it has gone"
            if not is_foreground(descriptor):
                return "this job is in the background of its terminal"
            return "another program reads the keys of the terminal"
    return ""


def is_read() -> bool:
    """Tell whether another program is seen to wait for a line of our terminal."""
    if sys.platform != "linux":
        return False
    from aws_mfa_process.prompt import readers  # noqa: PLC0415 - few ask beside another program

    with contextlib.suppress(OSError), opened() as descriptor:
        return readers.is_read(os.tcgetpgrp(descriptor), controlling_terminal())
    return False


def path() -> str:
    """Return the file of the terminal, as a program without one needs it; empty: not known."""
    return terminal_path() if sys.platform == "linux" else ""


def has_asked() -> bool:
    """Tell whether this process has shown a question on the terminal."""
    return bool(_asked)


def tell(text: str, *, is_chosen: bool) -> None:
    """Show printable lines where a question could stand now; nobody sees it where none could."""
    if not is_usable(is_chosen=is_chosen):
        return
    if sys.platform == "win32":
        from aws_mfa_process.prompt import windows  # noqa: PLC0415

        windows.tell(text)
        return
    with contextlib.suppress(OSError), opened() as descriptor:
        os.set_blocking(descriptor, False)  # Ctrl-S holds up nobody
        lines = "".join(f"{line}\r\n" for line in text.splitlines())
        os.write(descriptor, lines.encode("utf-8", "replace"))


class Terminal:
    """A person at the terminal."""

    tries = 3
    is_person = True
    knows_devices = True
    is_window = False

    def __init__(self, question: Question, *, is_chosen: bool) -> None:
        """Keep the question; a caller's patience runs since we were started."""
        self._question = question
        self._is_chosen = is_chosen
        usual = LOGIN_SECONDS if question.is_login else CALLER_SECONDS
        spent = 0.0 if question.is_login else time.time() - STARTED - signals.stopped_seconds()
        self._deadline = time.monotonic() + (question.seconds or usual) - spent

    def get(self, why: str, serials: tuple[str, ...]) -> str:
        """Ask, and return the line that was typed.

        Raises:
            CannotAskError: The terminal or the caller has gone, another program reads the
                terminal's keys, or no time is left.
            PersonNeededError: No answer in time, or cancelled with Ctrl-D.
            PausedError: Ctrl-Z, or the job has been moved to the background.
            KeyboardInterrupt: Ctrl-C.
        """
        question = self._question.of(serials)

        def text() -> str:
            _asked.append(question)
            left = round(self._deadline - time.monotonic())
            return prompt_text(question, why, max(left, 1))

        if time.monotonic() >= self._deadline:
            raise CannotAskError("no time was left to ask for the MFA code")
        if sys.platform == "win32":
            from aws_mfa_process.prompt import windows  # noqa: PLC0415

            line = windows.ask(text(), self._deadline)
        else:
            line = _ask(text, self._deadline, is_chosen=self._is_chosen)
        if not line:
            raise PersonNeededError("the question for the MFA code was cancelled")
        return line


def prompt_text(question: Question, why: str, seconds: int) -> str:
    r"""Return the lines that are shown; of several devices each time for which one.

    >>> question = Question("GAHT1", "prod", "", "make (4)", None, False)
    >>> prompt_text(question, "", 55)
    'prod wants the MFA code of GAHT1, for make (4)\r\nCode (55 s): '
    """
    left = "" if question.is_login else f" ({seconds} s)"
    lines = [why] if why else [question.heading, question.warning]
    if question.other:
        instead = f"Enter alone asks for the code of {question.other} instead"
        lines = [why, question.heading, *([] if why else [question.warning]), instead]
    return "".join(f"{line}\r\n" for line in lines if line) + f"Code{left}: "


def _ask(text: Callable[[], str], deadline: float, *, is_chosen: bool) -> str:
    try:
        with (
            opened() as descriptor,
            signals.as_exceptions(),
            signals.pausable(),
            contextlib.closing(Screen(descriptor, text, is_chosen=is_chosen)) as screen,
        ):
            return _line(screen, deadline)
    except OSError:
        raise CannotAskError("the terminal has gone") from None


def _line(screen: Screen, deadline: float) -> str:
    """Return the next line, an empty one for a cancel."""
    away_from = time.monotonic() + _AWAY_SECONDS
    while time.monotonic() < deadline:
        line = None
        if screen.is_ours():
            away_from = time.monotonic() + _AWAY_SECONDS
            line = screen.ask()
        elif time.monotonic() > away_from:
            raise signals.PausedError(is_stopped=False)
        if line is None and screen.is_readable(_POLL_SECONDS):
            if screen.is_ours() and screen.is_shown:
                line = screen.read()
            else:  # what is typed is for others
                time.sleep(_POLL_SECONDS)
        if line is not None:
            return line
    if not screen.is_shown:
        raise CannotAskError("another question stood on the terminal until no time was left")
    raise PersonNeededError("nobody typed the MFA code in time")

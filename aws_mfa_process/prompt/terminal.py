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
from aws_mfa_process.display import plain
from aws_mfa_process.errors import CannotAskError, PersonNeededError
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.prompt.screen import Screen, is_foreground, opened, reads_lines

CALLER_SECONDS = 55
"""A question ends before the Go SDKs and Terraform give up, at 60 seconds."""
LOGIN_SECONDS = 300
"""A question that a person asked for by a command has more time."""
_POLL_SECONDS = 0.2
_AWAY_SECONDS = 2


def is_usable(*, is_chosen: bool) -> bool:
    """Tell whether there is a terminal, we are in its foreground and our parent still lives.

    One that a person chose is used too while another program reads its keys.
    """
    if sys.platform == "win32":
        from aws_mfa_process.prompt import windows  # noqa: PLC0415

        return windows.is_usable()
    with contextlib.suppress(OSError), opened() as descriptor:
        is_ours = os.getppid() == PARENT and is_foreground(descriptor)
        return is_ours and (is_chosen or reads_lines(descriptor))
    return False


def is_taken() -> bool:
    """Tell whether beside us another program reads the terminal key by key, as an editor does."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError), opened() as descriptor:
            return is_foreground(descriptor) and not reads_lines(descriptor)
    return False


def tell(text: str, *, is_chosen: bool) -> None:
    """Show a printable line where a question could stand now; nobody sees it where none could."""
    if not is_usable(is_chosen=is_chosen):
        return
    if sys.platform == "win32":
        from aws_mfa_process.prompt import windows  # noqa: PLC0415

        windows.tell(text)
        return
    with contextlib.suppress(OSError), opened() as descriptor:
        os.set_blocking(descriptor, False)  # Ctrl-S holds up nobody
        os.write(descriptor, f"{text}\r\n".encode("utf-8", "replace"))


class Terminal:
    """A person at the terminal."""

    tries = 3
    is_person = True
    is_window = False

    def __init__(self, question: Question, *, is_chosen: bool) -> None:
        """Keep the question; a caller's patience runs since we were started."""
        self._question = question
        self._is_chosen = is_chosen
        usual = LOGIN_SECONDS if question.is_login else CALLER_SECONDS
        spent = 0.0 if question.is_login else time.time() - STARTED - signals.stopped_seconds()
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

            line = windows.ask(text(), self._deadline)
        else:
            line = _ask(text, self._deadline, is_chosen=self._is_chosen)
        if not line:
            raise PersonNeededError("the question for the MFA code was cancelled")
        return line


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

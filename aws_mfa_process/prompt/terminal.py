"""A question on the controlling terminal, whatever the caller did with our standard streams.

Its one rule: read only what is meant for us. Before every read we are still in the terminal's
foreground, it still gives lines and our parent still lives; else a key meant for the shell or for
another program would be ours. One question stands there at a time. The terminal is left as it was
found.
"""

import contextlib
import os
import select
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

from aws_mfa_process import memo
from aws_mfa_process.cache import Cache
from aws_mfa_process.errors import CannotAskError, PersonNeededError
from aws_mfa_process.lock import Lock
from aws_mfa_process.pause import PausedError
from aws_mfa_process.prompt import Question, digits, login_hint
from aws_mfa_process.prompt.caller import plain

if sys.platform != "win32":
    import termios

CALLER_SECONDS = 55
"""A question ends before the Go SDKs and Terraform give up, at 60 seconds."""
LOGIN_SECONDS = 300
"""A question that a person asked for by a command has more time."""
_PATH = "/dev/tty"
_STDOUT = 1
_POLL_SECONDS = 0.2
_AWAY_SECONDS = 2
_LINE_LENGTH = 1024
_FILES = 65536
_MEND_SECONDS = 120
_MEND_POLL_SECONDS = 0.002


def is_usable(*, is_wanted: bool) -> bool:
    """Tell whether there is a terminal, we are in its foreground and our parent still lives.

    Args:
        is_wanted: A person chose the terminal, so that it is used too while another program
            reads its keys.
    """
    if sys.platform == "win32":
        from aws_mfa_process.prompt import console  # noqa: PLC0415

        return console.is_usable()
    with contextlib.suppress(OSError, termios.error), _opened() as descriptor:
        is_ours = os.getppid() == memo.PARENT and _is_foreground(descriptor)
        return is_ours and (is_wanted or _reads_lines(descriptor))
    return False


def is_taken() -> bool:
    """Tell whether beside us another program reads the terminal key by key, as an editor does."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, termios.error), _opened() as descriptor:
            return _is_foreground(descriptor) and not _reads_lines(descriptor)
    return False


@contextlib.contextmanager
def _opened() -> Iterator[int]:
    descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


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
        spent = 0.0 if question.is_login else time.time() - memo.STARTED
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
        try:
            if sys.platform == "win32":
                from aws_mfa_process.prompt import console  # noqa: PLC0415

                return console.ask(text(), self._deadline)
            return ask(text, self._deadline, is_wanted=self._is_wanted)
        except PersonNeededError as error:
            if not self._question.is_login:
                error.hint = login_hint(self._question.login)
            raise


def prompt_text(question: Question, why: str, seconds: int) -> str:
    """Return the line that is shown.

    >>> question = Question("GAHT1", "prod", "arn:aws:iam::2:role/R", "make (4)", None, False, "")
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
        with _Screen(text, is_wanted=is_wanted) as screen, _Caller() as caller:
            line = _read_line(screen, caller, deadline)
    except (OSError, termios.error):
        raise CannotAskError("the terminal has gone") from None
    if not line:
        raise PersonNeededError("the question for the MFA code was cancelled")
    return line.decode("ascii", "replace")


def _read_line(screen: "_Screen", caller: "_Caller", deadline: float) -> bytes:
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


def _is_line_there(screen: "_Screen", caller: "_Caller") -> bool:
    """Wait a moment; tell whether there is a line that is meant for us.

    Raises:
        CannotAskError: The caller has gone.
    """
    watched = [screen.descriptor, *caller.descriptors]
    ready = _readable(watched, _POLL_SECONDS)
    if os.getppid() != memo.PARENT:
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


def _readable(descriptors: list[int], seconds: float) -> list[int]:
    """Wait; return what can be read, or has lost its other end.

    A caller may leave us so many files that ours have numbers over those that select takes.
    """
    if sys.platform == "darwin":  # its poll knows no terminals
        return select.select(descriptors, [], [], seconds)[0]
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(seconds * 1000)]


def _reads_lines(descriptor: int) -> bool:
    """Tell whether the terminal gives whole lines, as a shell leaves it to the programs it runs."""
    return bool(termios.tcgetattr(descriptor)[3] & termios.ICANON)


def _is_foreground(descriptor: int) -> bool:
    """Tell whether the terminal is ours now.

    Raises:
        OSError: There is no terminal any more.
    """
    return os.tcgetpgrp(descriptor) == os.getpgrp()


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
                self._pidfd = os.pidfd_open(memo.PARENT)
                self.descriptors.append(self._pidfd)
        with contextlib.suppress(OSError):
            mode = os.fstat(_STDOUT).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                self.descriptors.append(_STDOUT)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)


class _Screen:
    """The terminal while we ask: whole lines without echo, but only while it is ours.

    It is ours in the foreground, and while no other question stands there: of two, each would get
    keys that are meant for the other.

    SIGTTIN and SIGTTOU would stop the caller's whole job, so they are ignored; SIGTERM, SIGQUIT
    and SIGHUP end the question in order; Ctrl-Z makes way for others.
    """

    def __init__(self, text: Callable[[], str], *, is_wanted: bool) -> None:
        self._text = text
        self._is_wanted = is_wanted
        self._hides = True
        self._found: list[Any] = []
        self._quiet: list[Any] = []
        self.is_shown = False
        self._handlers: dict[int, Any] = {}
        self._turn = Lock(os.path.join(memo.cache_dir(), f"lock-terminal-{os.getsid(0)}"))

    def __enter__(self) -> Self:
        self.descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
        for number in (signal.SIGTTIN, signal.SIGTTOU):
            self._handlers[number] = signal.signal(number, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
            if signal.getsignal(number) != signal.SIG_IGN:
                handler = self._stop if number == signal.SIGTSTP else self._end
                self._handlers[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self.descriptor)

    def is_ours(self) -> bool:
        """Tell whether we are in the foreground; where we are not, all is taken back.

        Raises:
            CannotAskError: Another program has begun to read the terminal key by key.
        """
        if not _is_foreground(self.descriptor):
            self.restore()
            return False
        if not _reads_lines(self.descriptor) and (self.is_shown or not self._is_wanted):
            self.restore()
            raise CannotAskError("another program reads the keys of the terminal")
        return True

    def has_turn(self) -> bool:
        """Take the turn, if no other question stands there; without a lock there is no order."""
        try:
            Cache(memo.cache_dir()).make_folder()
            return self._turn.try_acquire()
        except OSError:
            return True

    def typed_ahead(self) -> bytes:
        """Return a code that was typed before the question; other lines are nothing to us."""
        while _reads_lines(self.descriptor) and _readable([self.descriptor], 0):
            line = os.read(self.descriptor, _LINE_LENGTH)
            if not line or digits(line.decode("ascii", "replace")):
                return line
        return b""

    def show(self) -> None:
        """Ask."""
        self._found = termios.tcgetattr(self.descriptor)
        echo = 0 if self._hides else self._found[3] & termios.ECHO
        flags = self._found[3] & ~termios.ECHO | termios.ICANON | termios.ISIG | echo
        self._quiet = [self._found[0] | termios.ICRNL, *self._found[1:3], flags, *self._found[4:]]
        self.is_shown = True
        termios.tcsetattr(self.descriptor, termios.TCSANOW, self._quiet)
        os.write(self.descriptor, self._text().encode("utf-8", "replace"))

    def unhide(self) -> None:
        """Give the echo back; what is typed may still be a code."""
        self._hides = False
        self._give_back()

    def restore(self) -> None:
        """Leave the terminal as it was found, unless somebody else has changed it since."""
        if self.is_shown:
            self.is_shown = False
            with contextlib.suppress(OSError, termios.error):
                if not self._give_back():
                    self._give_back_later()
                if _is_foreground(self.descriptor):
                    os.write(self.descriptor, b"\n")
            self._turn.release()

    def _give_back(self) -> bool:
        """Set what was found in the place of what we set; tell whether lines are read again."""
        now = termios.tcgetattr(self.descriptor)[3]
        if now == self._quiet[3]:
            termios.tcsetattr(self.descriptor, termios.TCSANOW, self._found)
        return bool(now & termios.ICANON) or now == self._quiet[3]

    def _give_back_later(self) -> None:
        """Let a process wait for the end of a shell's line editor.

        A shell that was faster than we has found our state and will set it again when a line is
        typed.
        """
        if os.fork():
            return
        try:
            os.setsid()
            self.descriptor = os.dup2(self.descriptor, 0)
            os.closerange(1, _FILES)
            end = time.monotonic() + _MEND_SECONDS
            while not self._give_back() and time.monotonic() < end:
                time.sleep(_MEND_POLL_SECONDS)
        finally:
            os._exit(0)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.restore()
        raise PausedError(is_stopped=True)

    def _end(self, number: int, frame: FrameType | None) -> None:
        del frame
        sys.exit(128 + number)

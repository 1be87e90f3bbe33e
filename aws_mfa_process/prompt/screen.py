"""The controlling terminal while a question stands on it.

Its one rule: it is left as it was found, also when it is taken from us; and one question stands
there at a time.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

from aws_mfa_process import sealed, signals
from aws_mfa_process.config.settings import digits
from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.pause import PausedError
from aws_mfa_process.store.lock import Lock

if sys.platform != "win32":
    import termios

_PATH = "/dev/tty"
_LINE_LENGTH = 1024
_FILES = 65536
"""More files than a caller has open; the system's limit may be a thousand million."""
_MEND_SECONDS = 120
_MEND_POLL_SECONDS = 0.002


@contextlib.contextmanager
def opened() -> Iterator[int]:
    """Give a descriptor of the terminal.

    Raises:
        OSError: There is none.
    """
    descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def readable(descriptors: list[int], seconds: float) -> list[int]:
    """Wait; return what can be read, or has lost its other end.

    A caller may leave us so many files that ours have numbers over those that select takes.
    """
    if sys.platform == "darwin":  # its poll knows no terminals
        return select.select(descriptors, [], [], seconds)[0]
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(seconds * 1000)]


def reads_lines(descriptor: int) -> bool:
    """Tell whether the terminal gives whole lines, as a shell leaves it to the programs it runs."""
    return bool(termios.tcgetattr(descriptor)[3] & termios.ICANON)


def is_foreground(descriptor: int) -> bool:
    """Tell whether the terminal is ours now.

    Raises:
        OSError: There is no terminal any more.
    """
    return os.tcgetpgrp(descriptor) == os.getpgrp()


class Screen:
    """The terminal while we ask: whole lines without echo, but only while it is ours.

    It is ours in the foreground, and while no other question stands there: of two, each would get
    keys that are meant for the other.

    SIGTTIN and SIGTTOU would stop the caller's whole job, so they are ignored; Ctrl-C, SIGTERM,
    SIGQUIT and SIGHUP end the question in order; Ctrl-Z makes way for others. A second signal does
    not come between the first one and the terminal.
    """

    def __init__(self, text: Callable[[], str], *, is_wanted: bool) -> None:
        """Take no notice of the terminal yet.

        Args:
            text: Gives what is shown, as it is.
            is_wanted: A person chose the terminal, whoever else reads its keys.
        """
        self._text = text
        self._is_wanted = is_wanted
        self._hides = True
        self._found: list[Any] = []
        self._quiet: list[Any] = []
        self.is_shown = False
        self._handlers: dict[int, Any] = {}
        self._turn = Lock(os.path.join(sealed.cache_dir(), f"lock-terminal-{os.getsid(0)}"))

    def __enter__(self) -> Self:
        """Open the terminal and heed its signals; nothing is shown yet."""
        self.descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
        try:
            self._heed_signals()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _heed_signals(self) -> None:
        for number in (signal.SIGTTIN, signal.SIGTTOU):
            self._handlers[number] = signal.signal(number, signal.SIG_IGN)
        for number in (
            signal.SIGINT,
            signal.SIGTERM,
            signal.SIGQUIT,
            signal.SIGHUP,
            signal.SIGTSTP,
        ):
            handler = signal.getsignal(number)
            if handler != signal.SIG_IGN:
                self._handlers[number] = handler
                signal.signal(number, self._leave)

    def __exit__(self, *_: object) -> None:
        """Leave the terminal and the signals as they were found."""
        with signals.held():
            self._put_back()
            os.close(self.descriptor)

    def _put_back(self) -> None:
        self.restore()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def is_ours(self) -> bool:
        """Tell whether we are in the foreground; where we are not, all is taken back.

        Raises:
            CannotAskError: Another program has begun to read the terminal key by key.
        """
        if not is_foreground(self.descriptor):
            self.restore()
            return False
        if not reads_lines(self.descriptor) and (self.is_shown or not self._is_wanted):
            self.restore()
            raise CannotAskError("another program reads the keys of the terminal")
        return True

    def has_turn(self) -> bool:
        """Take the turn, if no other question stands there; without a lock there is no order."""
        return self._turn.try_acquire()

    def typed_ahead(self) -> bytes:
        """Return a code that was typed before the question; other lines are nothing to us."""
        while reads_lines(self.descriptor) and readable([self.descriptor], 0):
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
            with contextlib.suppress(OSError, termios.error):
                if not self._give_back():
                    self._give_back_later()
                if is_foreground(self.descriptor):
                    os.write(self.descriptor, b"\n")
            self.is_shown = False
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

    def _leave(self, number: int, frame: FrameType | None) -> None:
        """Put all back here and now: the next signal may come before anybody else can."""
        del frame
        for each in self._handlers:
            signal.signal(each, signal.SIG_IGN)
        self._put_back()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        if number == signal.SIGTSTP:
            raise PausedError(is_stopped=True)
        sys.exit(128 + number)

"""The controlling terminal while a question stands on it.

Its one rule: the terminal's settings are only read, never changed, so that nothing must be given
back, however we end; and one question stands there at a time.
"""

import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator

from aws_mfa_process import PARENT, sealed
from aws_mfa_process.config.settings import digits
from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.prompt.editor import LineEditor
from aws_mfa_process.store.lock import Lock

if sys.platform != "win32":
    import termios

_PATH = "/dev/tty"
_LINE_LENGTH = 1024
_PTS_MAJOR = 136


@contextlib.contextmanager
def opened() -> Iterator[int]:
    """Give a descriptor of the terminal; in the block, its use from the background stops no job.

    Raises:
        OSError: There is none.
    """
    with contextlib.ExitStack() as stack:
        for number in (signal.SIGTTIN, signal.SIGTTOU):
            stack.callback(signal.signal, number, signal.signal(number, signal.SIG_IGN))
        descriptor = os.open(_PATH, os.O_RDWR | os.O_NOCTTY)
        stack.callback(os.close, descriptor)
        yield descriptor


def reads_lines(descriptor: int) -> bool:
    """Tell whether the terminal gives whole lines, as a shell leaves it to the programs it runs."""
    return bool(_flags(descriptor) & termios.ICANON)


def is_free(descriptor: int) -> bool:
    """Tell whether no other program reads the terminal key by key, as an editor does."""
    if reads_lines(descriptor):
        return True
    if sys.platform != "linux":
        return False
    from aws_mfa_process.prompt import readers  # noqa: PLC0415 - few set a terminal so

    return readers.nobody_reads(os.tcgetpgrp(descriptor), controlling_terminal())


def is_foreground(descriptor: int) -> bool:
    """Tell whether we are in the terminal's foreground."""
    return os.tcgetpgrp(descriptor) == os.getpgrp()


def controlling_terminal() -> int:
    """Return the number of the device, which ``/dev/tty`` stands for; 0: none is known.

    Source:
        ``tty_nr`` in proc_pid_stat(5).
    """
    with contextlib.suppress(OSError), open("/proc/self/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[4])
    return 0


def terminal_path() -> str:
    """Return the file that ``/dev/tty`` stands for, for a program without a terminal; or nothing.

    Source:
        Linux, ``Documentation/admin-guide/devices.txt``: 136 is the major number of ``pts``.
    """
    number = controlling_terminal()
    numbers = os.major(number), os.minor(number)
    name = os.path.basename(os.path.realpath("/sys/dev/char/{}:{}".format(*numbers)))
    path = f"/dev/pts/{numbers[1]}" if numbers[0] == _PTS_MAJOR else f"/dev/{name}"
    return path if os.path.exists(path) and os.stat(path).st_rdev == number else ""


def _flags(descriptor: int) -> int:
    try:
        return int(termios.tcgetattr(descriptor)[3])
    except termios.error as error:
        raise OSError(*error.args) from None


class Screen:
    """A question on the terminal, shown only while the terminal is ours.

    It is ours in the foreground, and while no other question stands there: of two, each would get
    keys that are meant for the other.

    Attributes:
        is_shown: The question stands there now.
    """

    def __init__(self, descriptor: int, text: Callable[[], str], *, is_chosen: bool) -> None:
        """Show nothing yet; ``is_chosen``: a person chose the terminal, whoever else reads it."""
        self.is_shown = False
        self._descriptor = descriptor
        self._text = text
        self._is_chosen = self._takes_keys = is_chosen
        self._line = LineEditor()
        self._turn = Lock(os.path.join(sealed.cache_dir(), f"lock-terminal-{os.getsid(0)}"))

    def is_ours(self) -> bool:
        """Tell whether what is typed is for us; in the background the question is taken back.

        Raises:
            CannotAskError: Our parent has ended, or another program has begun to read the
                terminal key by key.
        """
        if os.getppid() != PARENT:
            raise CannotAskError("the program that asked for the MFA code has gone")
        if not is_foreground(self._descriptor):
            self.close()
            return False
        if not self._takes_keys:
            self._refuse_reader()
        return True

    def _refuse_reader(self) -> None:
        if not is_free(self._descriptor):
            raise CannotAskError("another program reads the keys of the terminal")

    def is_readable(self, seconds: float) -> bool:
        """Wait until something is typed, or the time is over.

        A caller may leave us so many files that ours have numbers over those that select takes.
        """
        if sys.platform == "darwin":  # its poll knows no terminals
            return bool(select.select([self._descriptor], [], [], seconds)[0])
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def ask(self) -> str | None:
        """Show the question when its turn has come; return a code that was typed before that."""
        if self.is_shown or not self._turn.try_acquire():
            return None
        while reads_lines(self._descriptor) and self.is_readable(0):
            line = self._read()  # what was typed before and is no code is nothing to us
            if digits(line):
                return line
            if not line:
                break
        # From now on a program that begins to read single keys has the terminal.
        self._takes_keys = not reads_lines(self._descriptor)
        self._line = LineEditor()
        self.is_shown = True
        os.write(self._descriptor, self._text().encode("utf-8", "replace"))
        return None

    def close(self) -> None:
        """End the question, on a fresh line; it may be asked again."""
        if self.is_shown:
            self.is_shown = False
            with contextlib.suppress(OSError):
                if is_foreground(self._descriptor):
                    os.write(self._descriptor, b"\r\n")
        self._turn.release()

    def read(self) -> str | None:
        """Read what is typed; return the line when it is whole, an empty one for a cancel.

        Raises:
            KeyboardInterrupt: Ctrl-C, where the terminal makes no signal of it.
            CannotAskError: Another program has begun to read the terminal's keys.
        """
        has_echo = bool(_flags(self._descriptor) & termios.ECHO)
        if reads_lines(self._descriptor):
            line = self._read()
            self.is_shown = not (has_echo and line.endswith("\n"))
            return line
        if not self._is_chosen:
            self._refuse_reader()
        echo = self._line.take(self._read(1))
        if not has_echo:
            os.write(self._descriptor, echo.encode("ascii", "replace"))
        return self._line.text if self._line.is_done else None

    def _read(self, length: int = _LINE_LENGTH) -> str:
        return os.read(self._descriptor, length).decode("ascii", "replace")

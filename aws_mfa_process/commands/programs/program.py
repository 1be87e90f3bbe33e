"""The program that ``exec`` runs: in our place, or beside us as if it were in our place.

Its one rule: signals, stops and the exit status are the program's; nothing of ours comes between.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType

from aws_mfa_process import signals
from aws_mfa_process.errors import ConfigError

_OF_TERMINAL = ("SIGINT", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU")
"""A terminal sends them to the whole job, so the program has them already."""
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGALRM")
_HIGHEST = 2**31


class NotFoundError(ConfigError):
    """There is no such program; the status is the one of a shell and of ``env``."""

    exit_code = 127


class NotRunError(ConfigError):
    """The program is there and cannot be run; the status is the one of a shell and of ``env``."""

    exit_code = 126


def find(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program.

    Raises:
        NotFoundError: There is none.
        NotRunError: It may not be run.
    """
    if not name:
        raise NotFoundError(
            "the command is an empty word", hint="is a variable empty that should name a program?"
        )
    search = environ.get("PATH", os.defpath)
    found = shutil.which(name, path=search)
    if found is not None:
        return found
    there = shutil.which(name, os.F_OK, search)
    if there is None and os.path.dirname(name) and os.path.isdir(name):
        there = name
    if there is not None:
        raise NotRunError(f"{there} is no program that can be run", hint=f"chmod +x {there}")
    if os.path.dirname(name):
        raise NotFoundError(f"there is no program {name}", hint="correct its path")
    raise NotFoundError(
        f"there is no program {name} on PATH",
        hint="give its path; what only a shell knows, such as an alias, is run by"
        " bash -ic 'COMMAND'",
    )


def shell(environ: Mapping[str, str]) -> str:
    """Return the person's shell, else the system's."""
    if sys.platform == "win32":
        folder = environ.get("SYSTEMROOT") or r"C:\Windows"
        return environ.get("COMSPEC") or rf"{folder}\System32\cmd.exe"
    return environ.get("SHELL") or "/bin/sh"


def replace_us(path: str, words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Become the program; where a process cannot, run it beside us and return its exit status.

    Raises:
        NotRunError: The system does not run it.
    """
    if sys.platform == "win32":
        return end_as(run_beside(path, words, environ))
    for name in ("SIGPIPE", "SIGXFSZ"):  # what Python ignores the program would ignore too
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    sys.stdout.flush()
    try:
        with signals.cores_as_before():
            os.execve(path, list(words), dict(environ))  # noqa: S606 - as asked
    except OSError as error:
        raise _not_run(path, error) from None


def run_beside(path: str, words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the program as our child and return how it ended, as `subprocess` has it.

    Where it is stopped, by Ctrl-Z as by itself, we stop with it, and go on with it.

    Raises:
        NotRunError: The system does not run it.
    """
    relay = _Relay()
    with relay.listening():
        try:
            with signals.cores_as_before():
                process = subprocess.Popen(words, executable=path, env=environ, close_fds=False)
        except OSError as error:
            raise _not_run(path, error) from None
        relay.begin(process)
        if sys.platform == "win32":
            return process.wait()
        while True:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode
            os.kill(os.getpid(), signal.SIGSTOP)
            _send(process, signal.SIGCONT)


def end_as(status: int) -> int:
    """End as the program did: by the signal that ended it, else with its exit status.

    A shell that waits for us then sees Ctrl-C where there was one. Where the signal does not end
    us the status is 128 and its number, as in a shell.
    """
    if status >= 0:
        return exit_status(status)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Unix alone has it

        with contextlib.suppress(ValueError, OSError):  # the program has left its core, if any
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(ValueError, OSError):
            signal.signal(-status, signal.SIG_DFL)
        sys.stdout.flush()
        os.kill(os.getpid(), -status)
    return 128 - status


def exit_status(status: int) -> int:
    """Return a status as a process can end with it: those of Windows have 32 bits, no sign.

    >>> exit_status(3), exit_status(0xC000013A)
    (3, -1073741510)
    """
    return status if status < _HIGHEST else status - 2 * _HIGHEST


def _not_run(path: str, error: OSError) -> NotRunError:
    return NotRunError(
        f"{path} could not be started: {error.strerror}",
        hint="a script needs a first line such as #!/bin/sh, a program the system it was built for",
    )


class _Relay:
    """What becomes of signals while a program runs beside us."""

    def __init__(self) -> None:
        """There is no program yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Leave signals to the program within the block, but for those that we are to ignore."""
        with contextlib.ExitStack() as stack:
            for names, handler in ((_OF_TERMINAL, self._leave), (_PASSED_ON, self._pass_on)):
                for name in names:
                    number = getattr(signal, name, None)
                    if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                        stack.callback(signal.signal, number, signal.signal(number, handler))
            yield

    def begin(self, process: "subprocess.Popen[bytes]") -> None:
        """Name the program, and send it what came before it had started."""
        self._process = process
        for number in self._early:
            _send(process, number)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            _send(self._process, number)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        if not _has_terminal():
            self._pass_on(number, frame)


def _send(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Send a signal; `subprocess` would take the status of a program that has ended meanwhile."""
    if sys.platform == "win32":
        process.send_signal(number)
    elif process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _has_terminal() -> bool:
    """Tell whether our job is in the foreground of a terminal, which sends signals to all of it."""
    if sys.platform == "win32":
        return True  # a console sends Ctrl-C to all that run in it
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)

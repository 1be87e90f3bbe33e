"""A command that prints the MFA code (the profile's ``mfa_process``).

Its one rule: what it writes to standard error is shown to the person at the terminal, while it
runs, and goes nowhere else: it may hold a seed.
"""

import contextlib
import os
import subprocess
import time

from aws_mfa_process import guard
from aws_mfa_process.config.command_line import split_command
from aws_mfa_process.display import plain
from aws_mfa_process.errors import ConfigError, ProgramFailedError
from aws_mfa_process.prompt import terminal
from aws_mfa_process.prompt.child import child
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.signals import pausable

USUAL_SECONDS = 45
"""A command is ended before callers give up."""
_SHORT_POLL_SECONDS = 0.0005
_POLL_SECONDS = 0.05
_READ_LENGTH = 65536
"""What a pipe holds: whoever has ended has left no more in it."""
_LINES = 20
_LINE_LENGTH = 200


class Process:
    """The source; the command is run without a shell and without our standard input."""

    tries = 3
    is_person = False
    is_window = False

    def __init__(self, command: str, question: Question) -> None:
        """Keep the command line as it stands in the profile, and what a person would be asked."""
        self._words = split_command(command)
        self._name = self._words[0] if self._words else command
        self._seconds = question.seconds or USUAL_SECONDS
        self._notice = _Notice(question, os.path.basename(self._name))

    def get(self, why: str) -> str:
        """Return what the command prints.

        Raises:
            ConfigError: The command does not exist or cannot be run.
            ProgramFailedError: It failed, took too long or printed too much.
        """
        del why
        try:
            with pausable(), child(self._words, guard.environment()) as process:
                out = self._output(process)
        except (OSError, IndexError) as error:
            reason = getattr(error, "strerror", None) or "it is empty"
            raise ConfigError(
                f"mfa_process {self._name!r} cannot be run: {reason}",
                hint="correct mfa_process in the AWS config; it is run without a shell",
            ) from None
        if process.returncode:
            reason = ": it leads back to itself" if self._notice.has_refused else ""
            raise ProgramFailedError(
                f"mfa_process {self._name} failed with exit status {process.returncode}{reason}",
                hint="run the command of mfa_process by hand to see why",
            )
        return out.decode("utf-8", "replace")

    def _output(self, process: "subprocess.Popen[bytes]") -> bytes:
        """Return what a command has printed when it ends, and show what it says until then.

        An agent that it leaves behind may hold the pipes open, and is not awaited.
        """
        pipes = [pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe]
        for pipe in pipes if hasattr(os, "set_blocking") else []:  # Windows has it since 3.12
            os.set_blocking(pipe, False)
        deadline = time.monotonic() + self._seconds
        out, pause = b"", _SHORT_POLL_SECONDS
        while True:
            has_ended = process.poll() is not None
            printed, said = map(_read, pipes)
            out += printed
            if said or pause == _POLL_SECONDS:  # else a line may still be being written
                self._notice.hear(said)
            if len(out) >= _READ_LENGTH:
                raise ProgramFailedError(f"mfa_process {self._name} printed more than a code")
            if has_ended:
                self._notice.hear(b"")
                return out
            if time.monotonic() >= deadline:
                raise ProgramFailedError(
                    f"mfa_process {self._name} printed no code within {self._seconds} seconds"
                )
            pause = _SHORT_POLL_SECONDS if printed or said else min(2 * pause, _POLL_SECONDS)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(pause)


def _read(pipe: int) -> bytes:
    with contextlib.suppress(BlockingIOError):
        return os.read(pipe, _READ_LENGTH)
    return b""


class _Notice:
    """What a command says, as the person at the terminal sees it.

    Attributes:
        has_refused: The command has led back to us.
    """

    def __init__(self, question: Question, name: str) -> None:
        caller = f", for {plain(question.caller, 60)}" if question.caller else ""
        self._heading = (
            f"{plain(question.profile)} wants the MFA code of"
            f" {plain(question.serial.rsplit('/', 1)[-1])}{caller}: asking {plain(name)}"
        )
        self._name = name
        self._is_chosen = question.is_login
        self._left = _LINES
        self._rest = b""
        self.has_refused = False

    def hear(self, said: bytes) -> None:
        """Show the lines that have come; where nothing more comes, as after a prompt, the rest."""
        if not self._left:
            return
        lines = (self._rest + said).split(b"\n")
        self._rest = lines.pop()[:_READ_LENGTH] if said else b""
        for line in lines:
            self._show(line.decode("utf-8", "replace").strip())

    def _show(self, line: str) -> None:
        self.has_refused = self.has_refused or guard.has_refused(line)
        if not line or not self._left:
            return
        if self._left == _LINES:
            terminal.tell(self._heading, is_chosen=self._is_chosen)
        self._left -= 1
        shown = plain(f"{self._name}: {line}", _LINE_LENGTH)
        terminal.tell(shown, is_chosen=self._is_chosen)

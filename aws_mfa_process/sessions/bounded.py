"""A program whose output is credentials: run for so long, read to so many bytes, and ended whole.

Its one rule: whatever it does, it costs a known time and memory, and what it has started ends with
it. What has left its group on purpose, such as an agent, is not looked for.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from aws_mfa_process.prompt import terminal
from aws_mfa_process.prompt.child import child
from aws_mfa_process.signals import pausable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

SECONDS = 45
"""As long as a command that gives a code: the Go SDKs give up after 60."""
LIMIT = 65536
"""Bytes of output; the answers of SDKs' own limits are smaller."""
_SHORT_POLL_SECONDS = 0.0005
_POLL_SECONDS = 0.05


class TooLateError(Exception):
    """It has not ended in time."""


class TooMuchError(Exception):
    """It printed more than credentials."""


class Ended(NamedTuple):
    """How a program ended.

    Attributes:
        out: What it printed, at most `LIMIT` bytes.
        said: What it wrote to standard error, likewise; the rest is lost.
    """

    status: int
    out: bytes
    said: bytes

    def __repr__(self) -> str:
        """Show the status: the output holds secrets."""
        return f"Ended({self.status})"


def run(
    words: Sequence[str], environ: Mapping[str, str], text: bytes = b"", *, asks: bool = False
) -> Ended:
    """Run a program to its end; a text that is given stands on its standard input.

    One that ``asks`` may do so on a terminal of which we are in the foreground, and then shares our
    process group; else it has one of its own.

    Raises:
        OSError: It cannot be started.
        TooLateError: It was ended after `SECONDS`.
        TooMuchError: It was ended after `LIMIT` bytes.
    """
    has_group = not (asks and terminal.is_usable(is_chosen=True))
    with pausable(), child(words, environ, has_input=bool(text), has_group=has_group) as process:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                pipe.write(text)
        try:
            return _read(process, has_group=has_group)
        except BaseException:
            for number in [] if has_group else list(_below(process.pid)):
                _kill(number)
            raise


def _read(process: "subprocess.Popen[bytes]", *, has_group: bool) -> Ended:
    """Return what a program has written when it ends."""
    pipes = [pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe]
    for pipe in pipes if hasattr(os, "set_blocking") else []:  # Windows has it since 3.12
        os.set_blocking(pipe, False)
    deadline = time.monotonic() + SECONDS
    out, said, pause = b"", b"", _SHORT_POLL_SECONDS
    while True:
        has_ended = process.poll() is not None
        if has_ended and has_group and os.name != "nt":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        printed, told = map(_waiting, pipes)
        out, said = out + printed, (said + told)[:LIMIT]
        if len(out) > LIMIT:
            raise TooMuchError
        if has_ended and not (printed or told):
            return Ended(process.returncode, out, said)
        if time.monotonic() >= deadline:
            raise TooLateError
        pause = _SHORT_POLL_SECONDS if printed or told else min(2 * pause, _POLL_SECONDS)
        if not has_ended:
            time.sleep(pause)


def _waiting(pipe: int) -> bytes:
    """Return what stands in a pipe now."""
    with contextlib.suppress(BlockingIOError):
        return os.read(pipe, LIMIT)
    return b""


def _below(number: int) -> Iterator[int]:
    """Yield the processes that descend from one, where the system has them as files."""
    parents = {}
    with contextlib.suppress(OSError):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with (
                contextlib.suppress(OSError, IndexError, ValueError),
                open(f"/proc/{name}/stat") as file,
            ):
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    found = [number]
    for parent in found:
        found += [child for child, above in parents.items() if above == parent]
    yield from found[1:]


def _kill(number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(number, signal.SIGKILL)

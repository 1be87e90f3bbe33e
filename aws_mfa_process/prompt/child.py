"""The programs that we start to have a person asked, or answered for: when does each end?

Its one rule: whatever such a program writes, starts or waits for, it costs no more than its time
and what a pipe holds.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from aws_mfa_process import signals

MOST_BYTES = 65536
"""What an answer may have; and what a pipe holds: whoever has ended has left no more in it."""
_SHORT_POLL_SECONDS = 0.0005
_POLL_SECONDS = 0.05


class TooMuchError(Exception):
    """A program wrote more than an answer."""


def why_not_started(error: OSError | IndexError | ValueError) -> str:
    """Say why a program cannot be run, from what `subprocess.Popen` raised."""
    if isinstance(error, IndexError):
        return "it is empty"
    if isinstance(error, UnicodeError):
        return "this locale cannot write its characters (LC_ALL=C.UTF-8 can)"
    if isinstance(error, ValueError):
        return "a zero byte is in it"
    return error.strerror or type(error).__name__


@contextlib.contextmanager
def child(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    has_input: bool = False,
    has_group: bool = False,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program, without a shell, that ends when we do, with pipes for what it writes.

    What it has started ends with it if the block raises. With ``has_input`` its standard input is
    a pipe too, else nothing; with ``has_group`` it is a process group of its own.

    Raises:
        OSError: It cannot be started.
    """
    has_group = has_group and os.name != "nt"
    with contextlib.ExitStack() as stack:
        stack.enter_context(signals.as_exceptions())
        with signals.held():
            process = stack.enter_context(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=environ,
                    process_group=0 if has_group else None,
                )
            )
            stack.push(lambda kind, *_: _end(process, is_group=has_group) if kind else None)
        yield process


def output(
    process: "subprocess.Popen[bytes]", seconds: float, hear: Callable[[bytes], None]
) -> bytes:
    """Return what a program has written to its standard output when it ends.

    An agent that it leaves behind may hold the pipes open, and is not awaited.

    Args:
        process: With pipes.
        seconds: How long it may take.
        hear: Gets what it writes to standard error, while it runs, in pieces of at most
            `MOST_BYTES`; an empty one where it has paused.

    Raises:
        TimeoutError: It has not ended in time.
        TooMuchError: There is more than `MOST_BYTES`.
    """
    pipes = [pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe]
    for pipe in pipes if hasattr(os, "set_blocking") else []:  # Windows has it since 3.12
        os.set_blocking(pipe, False)
    deadline = time.monotonic() + seconds
    out, pause = b"", _SHORT_POLL_SECONDS
    while True:
        has_ended = process.poll() is not None
        printed, said = map(_read, pipes)
        out += printed
        if said or pause == _POLL_SECONDS:  # else a line may still be being written
            hear(said)
        if len(out) >= MOST_BYTES:
            raise TooMuchError
        if has_ended:
            hear(b"")
            return out
        if time.monotonic() >= deadline:
            raise TimeoutError
        pause = _SHORT_POLL_SECONDS if printed or said else min(2 * pause, _POLL_SECONDS)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(pause)


def _read(pipe: int) -> bytes:
    with contextlib.suppress(BlockingIOError):
        return os.read(pipe, MOST_BYTES)
    return b""


def _end(process: "subprocess.Popen[bytes]", *, is_group: bool) -> None:
    if os.name == "nt":
        process.kill()
        return
    if process.poll() is None:  # else its number may be another program's
        from aws_mfa_process.prompt import tree  # noqa: PLC0415 - for one that has to be ended

        tree.end(process.pid)
    if is_group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

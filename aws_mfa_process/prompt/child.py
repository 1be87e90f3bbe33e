"""A program that asks a person for us, or answers for one: it ends when we do.

Its one rule: no signal comes between its start and the place that ends it.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence


@contextlib.contextmanager
def child(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    has_input: bool = False,
    has_group: bool = False,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program, with pipes for what it writes; end it where the block fails.

    Args:
        command: Its words; it is run without a shell.
        environ: Its environment.
        has_input: Its standard input is a pipe too, else nothing.
        has_group: It is a process group of its own, and what it has started ends with it.

    Raises:
        OSError: It cannot be started.
    """
    has_group = has_group and os.name != "nt"
    with contextlib.ExitStack() as stack:
        with _signals_held():
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


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back the signals that would raise an exception, until the end of the block.

    They are not blocked in the system: a program started here would inherit that.
    """
    came: list[int] = []
    handlers = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        if callable(signal.getsignal(number)):
            with contextlib.suppress(ValueError):  # only the main thread has signals
                handlers[number] = signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _end(process: "subprocess.Popen[bytes]", *, is_group: bool) -> None:
    """End a program."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if is_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()

"""The programs that we start to have a person asked, or answered for: when does each end?"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from aws_mfa_process import signals


@contextlib.contextmanager
def child(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    has_input: bool = False,
    has_group: bool = False,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program, without a shell, that ends when we do, with pipes for what it writes.

    With ``has_input`` its standard input is a pipe too, else nothing; with ``has_group`` it is a
    process group of its own, and what it has started ends with it.

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


def _end(process: "subprocess.Popen[bytes]", *, is_group: bool) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if is_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()

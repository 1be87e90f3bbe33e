"""A program with all that it has started, to be ended at once.

Its one rule: who has made itself independent, as agents do, is not of the tree.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping

from aws_mfa_process import GUARD_VARIABLE


def end(number: int) -> None:
    """End a process and what is below it, each stopped first so that it starts nothing more."""
    found, level = {number}, {number}
    while level:
        for process in level:
            _send(process, signal.SIGSTOP)
        level = {process for process, parent in _parents() if parent in level} - found
        found |= level
    for process in found:
        _send(process, signal.SIGKILL)


@contextlib.contextmanager
def marked(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give an environment for one program, and end what it has left in our process group.

    Linux alone shows that.
    """
    mark = f"{os.getpid()} {os.urandom(8).hex()}"
    try:
        yield {**environ, GUARD_VARIABLE: mark}
    finally:
        _end_left(f"{GUARD_VARIABLE}={mark}")


def _end_left(variable: str) -> None:
    ended: set[int] = set()
    while left := {it for it in _ours() - ended if _has(it, variable)}:
        for process in left:
            _send(process, signal.SIGKILL)
        ended |= left


def _send(process: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _ours() -> set[int]:
    """Return the numbers of the processes in our group, as far as they are known."""
    if sys.platform != "linux":
        return set()
    return {process for process, _, group in _stats() if group == os.getpgrp()}


def _has(process: int, variable: str) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{process}/environ", "rb") as file:
        return variable.encode() in file.read().split(b"\0")
    return False


def _parents() -> list[tuple[int, int]]:
    """Return the numbers of all processes, each with that of its parent.

    Source:
        ps of POSIX, where there is no ``/proc``.
    """
    if sys.platform != "linux":
        return _parents_of_ps()
    return [(process, parent) for process, parent, _ in _stats()]


def _stats() -> Iterator[tuple[int, int, int]]:
    """Yield the number of each process, that of its parent and that of its group.

    Source:
        ``ppid`` and ``pgrp`` in proc_pid_stat(5).
    """
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                parent, group = file.read().rpartition(b")")[2].split()[1:3]
                yield int(name), int(parent), int(group)


def _parents_of_ps() -> list[tuple[int, int]]:
    import subprocess

    try:
        command = ["/bin/ps", "-A", "-o", "pid=", "-o", "ppid="]
        done = subprocess.run(command, capture_output=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return []
    pairs = [line.split() for line in done.stdout.splitlines()]
    return [(int(process), int(parent)) for process, parent in pairs]

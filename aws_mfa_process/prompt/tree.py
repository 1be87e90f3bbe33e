"""A program with all that it has started, to be ended at once.

Its one rule: who has made itself independent, as agents do, is not of the tree.
"""

import contextlib
import os
import signal
import sys


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


def _send(process: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _parents() -> list[tuple[int, int]]:
    """Return the numbers of all processes, each with that of its parent.

    Source:
        ``ppid`` in proc_pid_stat(5); elsewhere ps of POSIX.
    """
    if sys.platform != "linux":
        return _parents_of_ps()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                found.append((int(name), int(file.read().rpartition(b")")[2].split()[1])))
    return found


def _parents_of_ps() -> list[tuple[int, int]]:
    import subprocess

    try:
        command = ["/bin/ps", "-A", "-o", "pid=", "-o", "ppid="]
        done = subprocess.run(command, capture_output=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return []
    pairs = [line.split() for line in done.stdout.splitlines()]
    return [(int(process), int(parent)) for process, parent in pairs]

"""Waiting for what others do."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_SLEEPS = {"230", "35", "115", "101"}
"""Numbers of clock_nanosleep and nanosleep, on x86-64 and arm64."""
_READS = {"0", "63"}
"""Numbers of read, likewise."""


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a function says yes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_reading(process: int | None) -> bool:
    """Tell whether a process is stopped in a read: a signal ends that, and none comes before it."""
    return Path(f"/proc/{process}/syscall").read_text(encoding="ascii").split()[0] in _READS


def is_blocked(process: int) -> bool:
    """Tell whether a process stands in a system call: a signal is seen there at once."""
    return Path(f"/proc/{process}/syscall").read_text(encoding="ascii").split()[0] != "running"


def is_waiting(process: int) -> bool:
    """Tell whether a process of ours has come to where it only sleeps."""
    if "python" not in Path(f"/proc/{process}/exe").resolve().name:
        return False
    return Path(f"/proc/{process}/syscall").read_text(encoding="ascii").split()[0] in _SLEEPS


def is_stopped(process: int) -> bool:
    """Tell whether a process is stopped."""
    stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    return stat.rpartition(")")[2].split()[0] == "T"


def finish(processes: Sequence["subprocess.Popen[bytes]"]) -> list[tuple[int, bytes, bytes]]:
    """Wait for processes; return what each did."""
    ended = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        ended.append((process.returncode, out, err))
    return ended

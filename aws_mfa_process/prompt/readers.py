"""Does another program read the keys of a terminal that gives single keys?

Its one rule: nobody does only where each thread of each program of the foreground is seen to wait
for something else; a doubt counts as a reader.
"""

import contextlib
import os
import platform
import re
import time
from collections.abc import Iterator

_LOOKS = 3
_LOOK_SECONDS = 0.05
_EPOLLOUT = 0x4
_EPOLL = {"x86_64": {"232", "281", "441"}, "aarch64": {"22", "441"}}
"""Numbers of epoll_wait, epoll_pwait and epoll_pwait2 (``asm/unistd.h``)."""
_SLEEP = {"x86_64": {"35", "230"}, "aarch64": {"101", "115"}}
"""Those of nanosleep and clock_nanosleep: a main thread may look for keys between two of them."""
_READ = {"x86_64": {"0", "19"}, "aarch64": {"63", "65"}}
"""Those of read and readv."""
_WAIT = {"x86_64": {"202", "61", "247", "130"}, "aarch64": {"98", "260", "95", "133"}}
"""Those of futex, wait4, waitid and rt_sigsuspend."""


def nobody_reads(group: int, device: int) -> bool:
    """Tell whether no program reads a terminal, though one has set it to single keys.

    Packer and other Go programs do so and wait for us.

    Args:
        group: The process group in the foreground.
        device: Number of the terminal's device.
    """
    for look in range(_LOOKS):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if not any(_may_read(process, device) for process in _members(group)):
                return True
        if look + 1 < _LOOKS:
            time.sleep(_LOOK_SECONDS)  # a thread that runs has not said what it waits for
    return False


def is_read(group: int, device: int) -> bool:
    """Tell whether a program is seen to wait for a line of a terminal; a doubt counts as none.

    Args:
        group: As for `nobody_reads`.
        device: Likewise.
    """
    machine = platform.machine()
    for process in _members(group):
        with contextlib.suppress(OSError, ValueError, IndexError):
            for thread in os.listdir(f"{process}/task"):
                number, *words = _read(f"{process}/task/{thread}/syscall").split()
                if number in _READ.get(machine, ()):
                    file = os.stat(f"{process}/fd/{int(words[0], 16)}")
                    if file.st_rdev in (device, os.makedev(5, 0)):
                        return True
                elif number in _EPOLL.get(machine, ()) and _polls(process, device):
                    return True
    return False


def _members(group: int) -> Iterator[str]:
    for number in os.listdir("/proc"):
        if number.isdigit() and int(number) != os.getpid():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = _read(f"/proc/{number}/stat")
                if int(stat.rpartition(")")[2].split()[2]) == group:
                    yield f"/proc/{number}"


def _may_read(process: str, device: int) -> bool:
    """Tell whether one of the threads may wait for a key.

    Raises:
        OSError: That cannot be seen.
    """
    machine = platform.machine()
    for thread in os.listdir(f"{process}/task"):
        number = _read(f"{process}/task/{thread}/syscall").split()[0]
        if number in _EPOLL.get(machine, ()):
            if _polls(process, device):
                return True
        elif number in _SLEEP.get(machine, ()):
            if thread == os.path.basename(process):
                return True
        elif number not in _WAIT.get(machine, ()):
            return True
    return False


def _polls(process: str, device: int) -> bool:
    """Tell whether an epoll of a program waits for keys.

    Go's runtime puts every file into its epoll, for reading and writing, whoever reads it. Nobody
    waits there for a file that blocks, as each does whose number was asked for; nor is one seen to
    wait there for a file that is open for reading alone: who wants single keys has asked for the
    number of the file that gives them.

    Source:
        Go's ``runtime/netpoll_epoll.go`` and ``os/file_unix.go``; ``tty_unix.go`` of go-tty, which
        packer uses; packer 1.6.6 as it runs.
    """
    for file in os.listdir(f"{process}/fdinfo"):
        polled = re.findall(r"(?m)^tfd: +(\d+) events: +(\w+)", _read(f"{process}/fdinfo/{file}"))
        for number, events in polled:
            if os.stat(f"{process}/fd/{number}").st_rdev in (device, os.makedev(5, 0)):
                found = re.findall(r"(?m)^flags:\s*(\d+)", _read(f"{process}/fdinfo/{number}"))
                flags = int(found[0], 8)
                access = flags & os.O_ACCMODE
                is_idle = not flags & os.O_NONBLOCK or access == os.O_RDONLY
                is_go_s = is_idle and int(events, 16) & _EPOLLOUT
                if not (is_go_s or access == os.O_WRONLY):
                    return True
    return False


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()

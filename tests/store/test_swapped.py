"""What comes in a place after we have looked at it is neither changed, nor followed, nor awaited.

The program is stopped between its look and the opening, so that it can be changed there.
"""

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.home import PROGRAM, Home, Result
from support.parts import missing, need
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")

NOBODY = 65534
STOPPED = "stopped by SIGSTOP"


def run_and_swap(
    home: Home, path: Path, opened: str, swap: Callable[[Path], None], *arguments: str
) -> Result:
    """Run the program, with something else in a place once it has looked there."""
    trace = home.path.parent / "trace"
    environ = {"AWS_MFA_PROCESS_DEBUG": str(home.path / "log")}
    look = ["-f", "-P", str(path), "-o", str(trace), "-e", "trace=newfstatat,openat"]
    home.run(*look, PROGRAM, *arguments, program=need("strace"), environ=environ)
    found = re.search(opened, trace.read_text())
    assert found, trace.read_text()
    looks = trace.read_text()[: found.start()].count("newfstatat(")
    trace.unlink()
    stop = ["-e", f"inject=newfstatat:signal=STOP:when={looks}"]
    line = [*look, *stop, PROGRAM, *arguments]
    process = home.start(*line, program=need("strace"), environ=environ)
    try:
        wait_until(lambda: trace.exists() and STOPPED in trace.read_text())
        path.rename(path.with_name("away"))
        swap(path)
        os.kill(int(trace.read_text().split()[0]), signal.SIGCONT)
        out, err = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return Result(process.returncode, out.decode(), err.decode())


def open_folder(path: Path) -> None:
    """Make a folder that is as /etc is."""
    path.mkdir()
    path.chmod(0o755)


def link_to_a_folder(path: Path) -> None:
    """Lead to such a folder."""
    open_folder(path.with_name("etc"))
    path.symlink_to("etc")


def folder_of_another(path: Path) -> None:
    """Make one of somebody else."""
    if os.geteuid():
        missing("root, who can give folders away")
    open_folder(path)
    os.chown(path, NOBODY, NOBODY)


def pipe(path: Path) -> None:
    """Make a pipe that nobody reads or writes."""
    os.mkfifo(path)
    path.chmod(0o666)


@pytest.mark.parametrize(
    ("swap", "mode"), [(link_to_a_folder, 0o755), (folder_of_another, 0o755), (pipe, 0o666)]
)
def test_swapped_folder_is_left_alone(home: Home, swap: Callable[[Path], None], mode: int) -> None:
    """Of the folder of all that we store."""
    home.cache.mkdir(mode=0o700, parents=True)
    opened = r"openat\([^\n]*(?<!O_NONBLOCK\|)O_CLOEXEC"
    done = run_and_swap(home, home.cache, opened, swap, "status")
    assert done.status == 0, done
    assert home.cache.stat().st_mode & 0o777 == mode
    assert home.cache.is_fifo() or not list(home.cache.iterdir())


@pytest.mark.parametrize("swap", [link_to_a_folder, folder_of_another])
def test_what_is_written_goes_where_we_have_looked(
    home: Home, swap: Callable[[Path], None]
) -> None:
    """Into the folder that was opened, wherever it is by now."""
    home.cache.mkdir(mode=0o700, parents=True)
    written = r"openat\(\d[^\n]*O_CREAT"
    run_and_swap(home, home.cache, written, swap, "logout", "--all")
    assert not list(home.cache.iterdir())
    assert home.cache.stat().st_mode & 0o777 == 0o755


def link_to_a_file(path: Path) -> None:
    """Lead to a file that others may read."""
    path.with_name("target").touch(mode=0o644)
    path.symlink_to("target")


def file_of_another(path: Path) -> None:
    """Make a file of somebody else that all may write to."""
    if os.geteuid():
        missing("root, who can give files away")
    path.touch()
    path.chmod(0o666)
    os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize("swap", [link_to_a_file, file_of_another, pipe])
def test_swapped_debug_file_is_left_alone(home: Home, swap: Callable[[Path], None]) -> None:
    """Nothing is written to it."""
    log = home.path / "log"
    log.touch(mode=0o600)
    done = run_and_swap(home, log, r"openat\(", swap, "status")
    assert done.status == 0, done
    assert log.stat().st_size == 0

"""No core is left of a process that may hold secrets, and those of the person are as ever."""

import resource
import sys
from pathlib import Path

import pytest

from support.home import PROGRAM, Home
from support.parts import missing, need
from support.practice import KEYS, PracticeAWS, role
from support.strace import system_calls
from support.terminal import QUESTION
from support.waiting import wait_until

ALLOWED = 'ulimit -S -c 4096; exec "$@"'
BLOCKS = "4096"
NONE = "1"
"""With 0 bytes Linux would still pipe a core to a program that is named for that."""


def core_limit(process: int) -> str:
    """Return how large a core of a process may become."""
    lines = Path(f"/proc/{process}/limits").read_text(encoding="ascii").splitlines()
    return next(line.split()[4] for line in lines if line.startswith("Max core file size"))


@pytest.fixture(autouse=True)
def _allowed() -> None:
    """Cores have to be allowed, so that they can be switched off."""
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    if 0 <= resource.getrlimit(resource.RLIMIT_CORE)[1] < 2**22:
        missing("a hard limit that allows cores")


def test_who_asks_and_what_it_starts_leave_no_core(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """Neither the program with the key in its memory, nor ``mfa_process`` with the seed."""
    asking = practice.terminal("-c", ALLOWED, "sh", PROGRAM, *KEYS, program="/bin/sh")
    asking.expect(QUESTION)
    assert core_limit(asking.pid or 0) == NONE
    asking.close()
    told = tmp_path / "told"
    (tmp_path / "code").write_text(sandbox.code())
    command = f"sh -c 'ulimit -c >{told}; cat {tmp_path}/code'"
    line = ["-c", ALLOWED, "sh", PROGRAM, *KEYS, "--mfa-process", command]
    assert practice.run(*line, program="/bin/sh").status == 0
    assert told.read_text() == "0\n"


@pytest.mark.parametrize("words", [KEYS, ("status",), ("login", "bastion")], ids=str)
def test_cores_are_off_before_anything_is_read(practice: Home, words: tuple[str, ...]) -> None:
    """Neither the config with a key nor the keyring has been looked at until then."""
    log = practice.path.parent / "trace"
    calls = ["-f", "-o", str(log), "-e", "trace=openat,prlimit64,setrlimit,connect"]
    line = ["-c", ALLOWED, "sh", PROGRAM, *words]
    practice.run(*calls, "/bin/sh", *line, program=need("strace"))
    before, limit, after = log.read_text().rpartition("{rlim_cur=1,")
    assert limit
    assert str(practice.aws) not in before
    assert "connect(" not in before
    assert str(practice.aws) in after


@pytest.mark.parametrize("way", [[], ["--keys"], ["--server"]], ids=str)
def test_command_of_exec_leaves_cores_as_the_person_has_set(
    practice: Home, sandbox: PracticeAWS, way: list[str]
) -> None:
    """It is the person's own program."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    command = ["exec", *way, "prod", "--", "sh", "-c", "ulimit -c"]
    done = practice.run("-c", ALLOWED, "sh", PROGRAM, *command, program="/bin/sh")
    assert (done.status, done.out) == (0, f"{BLOCKS}\n"), done


@pytest.mark.parametrize("way", [[], ["--keys"], ["--server"]], ids=str)
def test_refused_limit_is_no_reason_to_fail(
    practice: Home, sandbox: PracticeAWS, way: list[str]
) -> None:
    """A system may let nobody set limits: the command is run all the same."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    command = ["exec", *way, "prod", "--", "echo", "done"]
    for step in range(1, 9):
        inject = f"error=EPERM:when={step}"
        done, _ = system_calls(practice, "prlimit64", inject, *command)
        assert (done.status, done.out) == (0, "done\n"), (step, done)
        assert "fault" not in done.err


def test_server_of_exec_leaves_no_core(practice: Home, sandbox: PracticeAWS) -> None:
    """It holds credentials for as long as the command runs."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    mark = practice.path / "runs"
    command = ["exec", "--server", "prod", "--", "sh", "-c", f"touch {mark}; sleep 5"]
    process = practice.start("-c", ALLOWED, "sh", PROGRAM, *command, program="/bin/sh")
    wait_until(mark.exists)  # the command runs before the server has taken its limit back
    wait_until(lambda: core_limit(process.pid) == NONE, seconds=4)
    process.kill()
    process.communicate()

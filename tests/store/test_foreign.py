"""What is not ours is neither changed, nor followed, nor waited for, nor trusted.

Where a test needs a second user it is root that gives things away; the rest runs as anybody, on
stand-ins in folders of its own.
"""

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.store import write
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.lock import Lock
from support.home import PROGRAM, Home, Result, assert_refused
from support.parts import as_plain_user, missing
from support.practice import KEYS, PracticeAWS
from support.terminal import answer_prompt

NOBODY = 65534
DEBUG = "AWS_MFA_PROCESS_DEBUG"
KEY = {"source": {"access_key_id": "AKIA"}}
NOW = int(time.time())
SESSION = SessionCredentials("ASIA", "secret", "token", NOW + 3600, NOW, "111111111111")
HOLD = """
import fcntl, os, sys
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def need_root() -> None:
    """End a test that gives things away where that cannot be done."""
    if os.geteuid():
        missing("root, who can give files away")


def mode(path: Path) -> int:
    """Return the mode of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def files(path: Path) -> list[str]:
    """Return all that lies below a folder."""
    return sorted(str(it.relative_to(path)) for it in path.rglob("*"))


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A folder that is as /etc is: others may read it, and it has a file."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "passwd").write_text("root")
    folder.chmod(0o755)
    return folder


@pytest.mark.parametrize("whose", ["ours", "somebody else's"])
@pytest.mark.parametrize("where", ["the folder", "above"])
def test_link_in_place_of_the_folder(
    practice: Home, sandbox: PracticeAWS, stand_in: Path, whose: str, where: str
) -> None:
    """What a link leads to keeps its mode; a link of somebody else leads to nothing new."""
    link = practice.cache if where == "the folder" else practice.cache.parent
    link.parent.mkdir(mode=0o700, exist_ok=True)
    link.symlink_to(stand_in)
    if whose == "somebody else's":
        need_root()
        os.lchown(link, NOBODY, NOBODY)
    elif where == "above":
        return  # a folder of the person's own, wherever it lies
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    assert f"{link} is a link" in practice.run("status").out
    assert_refused(practice.run("login", "bastion", "--mfa-code", sandbox.code(1)), 1, str(link))
    assert_refused(practice.run("logout", "--all"), 1, f"no session is forgotten: {link}")
    assert (mode(stand_in), files(stand_in)) == (0o755, ["passwd"])


def test_link_of_our_own_to_a_closed_folder_is_followed(tmp_path: Path) -> None:
    """Who keeps the cache elsewhere by a link of his own goes on doing so."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to("elsewhere")
    cache = Cache(str(tmp_path / "cache"))
    cache.write_session(KEY, SESSION, time.time())
    assert cache.read_session(KEY) == SESSION
    assert len(files(tmp_path / "elsewhere")) == 1


def test_nothing_is_read_through_a_link_of_somebody_else(tmp_path: Path) -> None:
    """Neither is what lies in a folder of our own elsewhere."""
    need_root()
    there = Cache(str(tmp_path / "elsewhere"))
    there.write_session(KEY, SESSION, time.time())
    (tmp_path / "cache").symlink_to("elsewhere")
    os.lchown(tmp_path / "cache", NOBODY, NOBODY)
    assert Cache(str(tmp_path / "cache")).read_session(KEY) is None
    assert there.read_session(KEY) == SESSION


def test_root_makes_nothing_in_the_home_of_somebody_else(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """Also where a folder in it has come to root before: its owner can replace it."""
    need_root()
    practice.cache.mkdir(mode=0o700, parents=True)
    os.chown(practice.path, NOBODY, NOBODY)
    before = files(practice.path)
    log = {DEBUG: str(practice.path / "log")}
    assert practice.run(*KEYS, "--mfa-code", sandbox.code(), environ=log).status == 0
    told = f"{practice.path} belongs to nobody"
    assert told in practice.run("status").out
    assert_refused(practice.run("login", "bastion", "--mfa-code", sandbox.code(1)), 1, told)
    assert_refused(practice.run("logout", "--all"), 1, told)
    by_sudo = practice.run("status", environ={"SUDO_UID": str(NOBODY)})
    assert f"{told} (run it without sudo)" in by_sudo.out
    assert files(practice.path) == before


def pipe(path: Path) -> None:
    """Make a pipe that nobody reads or writes."""
    os.mkfifo(path, 0o666)


def pipe_that_is_read(path: Path) -> None:
    """Make a pipe that takes what is written to it."""
    pipe(path)
    os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def device(path: Path) -> None:
    """Make a device that is as /dev/null is."""
    need_root()
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    path.chmod(0o666)


def open_file(path: Path) -> None:
    """Make a file of ours that others may read."""
    path.write_text("before\n")
    path.chmod(0o644)


def link(path: Path) -> None:
    """Make a link to a file that others may read."""
    open_file(path.with_name("target"))
    path.symlink_to("target")


def second_name(path: Path) -> None:
    """Make a file that has another name elsewhere."""
    open_file(path.with_name("target"))
    path.hardlink_to(path.with_name("target"))


def file_of_another(path: Path) -> None:
    """Make a file of somebody else that all may write to."""
    need_root()
    open_file(path)
    os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize(
    "make", [pipe, pipe_that_is_read, device, link, second_name, file_of_another]
)
def test_odd_debug_file_is_neither_changed_nor_waited_for(
    practice: Home, sandbox: PracticeAWS, make: Callable[[Path], None]
) -> None:
    """Nothing is written to it, and the person is told why."""
    path = practice.path / "log"
    make(path)
    before = path.stat()
    environ = {DEBUG: str(path)}
    done = practice.run(*KEYS, "--mfa-code", sandbox.code(), environ=environ, timeout=20)
    assert (done.status, done.err) == (0, "")
    done = practice.run("--profile", "x", environ=environ, timeout=20)
    assert_refused(done, 2, "profile x", f"{DEBUG} is {path}, which cannot be written: ")
    after = path.stat()
    assert (after.st_mode, after.st_size) == (before.st_mode, before.st_size)


def test_pipe_in_place_of_the_debug_file_is_not_opened(practice: Home) -> None:
    """Whoever waits there for a writer goes on to wait: opening alone would be a sign of us."""
    path = practice.path / "log"
    pipe(path)
    reader = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE)
    try:
        done = practice.run("--profile", "x", environ={DEBUG: str(path)}, timeout=20)
        assert_refused(done, 2, "profile x", f"{DEBUG} is {path}, which cannot be written: ")
        assert reader.poll() is None
        path.write_text("a writer\n")
        assert reader.communicate(timeout=20)[0] == b"a writer\n"
    finally:
        reader.kill()
        reader.wait()


def test_debug_file_of_our_own_keeps_its_mode(practice: Home) -> None:
    """What was there is appended to as it is; a new one is closed to others."""
    path = practice.path / "log"
    open_file(path)
    for umask in ("022", "777"):
        for log in (path, practice.path / f"new{umask}"):
            line = f"umask {umask}; exec {PROGRAM} --profile x"
            done = practice.run("-c", line, program="/bin/sh", environ={DEBUG: str(log)})
            assert done.status == 2
    assert path.read_text().startswith("before\n2")
    assert mode(path) == 0o644
    assert [mode(practice.path / f"new{umask}") for umask in ("022", "777")] == [0o600] * 2


@pytest.mark.parametrize("whose", ["open to others", "somebody else's", "closed to us"])
@pytest.mark.parametrize("which", ["lock-*", "memo-*.lock"])
def test_planted_lock_holds_nobody_up(practice: Home, which: str, whose: str) -> None:
    """A lock file that another user can hold is replaced by one of ours."""
    told = practice.run(*KEYS, "--no-prompt")
    assert_refused(told, 3, "")
    holders = []
    user = [] if whose == "open to others" else [str(NOBODY)]
    if user:
        need_root()
    locks = list(practice.cache.glob(which))
    for lock in locks:
        lock.chmod(0o600 if whose == "closed to us" else 0o666)
        if user:
            os.chown(lock, NOBODY, NOBODY)
        command = [sys.executable, "-c", HOLD, str(lock)]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
    assert holders
    assert plain(practice, *KEYS, "--no-prompt", timeout=20) == told
    assert {(lock.stat().st_uid, mode(lock)) for lock in locks} == {(os.geteuid(), 0o600)}
    for holder in holders:
        holder.communicate()


def test_open_folder_is_closed_and_what_is_foreign_in_it_goes(tmp_path: Path) -> None:
    """What others have put there goes with the first write; what is ours stays."""
    need_root()
    cache = Cache(str(tmp_path / "cache"))
    cache.write_session(KEY, SESSION, time.time())
    folder = Path(cache.folder)
    folder.chmod(0o777)
    (folder / "lock-1").touch()
    (folder / "memo-1.renewal").symlink_to("/nowhere")
    (folder / "session-1").mkdir()
    os.mkfifo(folder / "swept")
    for path in list(folder.iterdir()):
        if path.name != os.path.basename(cache.path_of("session", KEY)):
            os.lchown(path, NOBODY, NOBODY)
    cache.write("thing", KEY, {})
    kept = {os.path.basename(cache.path_of(kind, KEY)) for kind in ("session", "thing")}
    assert set(os.listdir(folder)) == kept
    assert mode(folder) == 0o700
    assert cache.read_session(KEY) == SESSION


@pytest.mark.parametrize("umask", ["000", "022", "077", "777"])
def test_all_that_is_made_is_closed_whatever_the_umask(
    practice: Home, sandbox: PracticeAWS, umask: str
) -> None:
    """The folders above too: they are made for us alone; and all can be read again."""
    for code in (["--mfa-code", sandbox.code()], [], []):
        line = " ".join(as_plain_user(PROGRAM, *KEYS, *code))
        done = practice.run("-c", f"umask {umask}; exec {line}", program="/bin/sh")
        assert (done.status, done.err) == (0, ""), done
    assert [mode(practice.cache.parent), mode(practice.cache)] == [0o700] * 2
    assert {mode(path) for path in practice.cache.iterdir()} == {0o600}


def test_work_in_a_folder_is_relative_to_it(tmp_path: Path) -> None:
    """What comes in its place after it was opened gets nothing."""
    folder = tmp_path / "cache"
    descriptor = write.open_folder(str(folder))
    folder.rename(tmp_path / "moved")
    folder.mkdir()
    write.write(str(folder / "file"), b"data", folder=descriptor)
    assert (files(folder), files(tmp_path / "moved")) == ([], ["file"])
    assert descriptor is not None
    os.close(descriptor)


def plain(home: Home, *arguments: str, before: str = "", timeout: float = 60) -> Result:
    """Run the program as one whom file modes bind."""
    line = ["-c", f'{before}exec "$@"', "sh", *as_plain_user(PROGRAM, *arguments)]
    return home.run(*line, program="/bin/sh", timeout=timeout)


def test_read_only_home_is_told_before_the_code(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """The question, ``login``, ``status`` and the debug file say why nothing is kept."""
    log = tmp_path / "log"
    practice.path.chmod(0o500)
    told = re.escape(f"{practice.cache}: Permission denied")
    program, *words = as_plain_user(PROGRAM, *KEYS)
    terminal = practice.terminal(*words, program=program, environ={DEBUG: str(log)})
    terminal.expect("wants the MFA code of alice")
    terminal.expect(f"Not kept: {told}")
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"Version":1')
    terminal.wait()
    assert re.search(f"not kept: {told}", log.read_text())
    assert f"{practice.path} cannot be written" in plain(practice, "status").out
    done = plain(practice, "login", "bastion", "--mfa-code", sandbox.code(1))
    assert_refused(done, 1, f"no session can be kept: {practice.cache}: Permission denied")
    practice.path.chmod(0o700)


def test_full_disk_is_told_before_the_code(practice: Home, sandbox: PracticeAWS) -> None:
    """Where files take nothing more, ``login`` and ``status`` find out before a code is spent."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    full = 'ulimit -f 0; trap "" XFSZ; '
    told = f"{practice.cache}: File too large"
    assert told in plain(practice, "status", before=full).out
    done = plain(practice, "login", "bastion", "--mfa-code", sandbox.code(1), before=full)
    assert_refused(done, 1, told)
    assert len(sandbox.calls) == 1


def test_logout_tells_of_a_folder_that_cannot_be_read(practice: Home, sandbox: PracticeAWS) -> None:
    """It does not say that there was nothing to forget."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    practice.cache.chmod(0o000)
    done = plain(practice, "logout", "--all")
    assert_refused(done, 1, f"the sessions in {practice.cache} cannot be removed: Permission")
    practice.cache.chmod(0o700)


@pytest.mark.parametrize("why", ["a file", "read only"])
def test_locks_without_a_cache_folder_are_in_the_runtime_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Two who cannot lock in the cache folder still lock each other out."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    place = tmp_path / "cache"
    if why == "a file":
        place.touch()
    else:
        place.mkdir(mode=0o700)
        (place / "lock").mkdir()  # as good as a file that cannot be made
    with Lock(str(place / "lock")) as one, Lock(str(place / "lock")) as two:
        assert one.try_acquire()
        one.note_holder()
        assert not two.try_acquire()
        assert two.holder() == os.getpid()
    assert files(runtime) == ["aws-mfa-process", "aws-mfa-process/lock"]


def test_locks_without_a_runtime_folder_are_in_one_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies where temporary files do, and is closed to others."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    cache = tmp_path / "cache"
    cache.touch()
    found = Path(f"/run/user/{os.geteuid()}")  # where it is it comes first, and can be locked in
    folder = tmp_path / "temporary" / f"aws-mfa-process-{os.geteuid()}"
    with Lock(str(cache / "lock")) as one, Lock(str(cache / "lock")) as two:
        assert one.try_acquire()
        assert not two.try_acquire()
        assert Path(one.path).parent in (folder, found / "aws-mfa-process")
    assert found.is_dir() or (mode(folder), files(folder)) == (0o700, ["lock"])


def test_one_question_stands_on_a_terminal_though_nothing_is_kept(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """Two programs on one terminal ask one after the other."""
    practice.cache.parent.mkdir()
    practice.cache.touch()
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    two = f'"{PROGRAM}" {" ".join(KEYS)} & "{PROGRAM}" {" ".join(KEYS)}; wait'
    environ = {"XDG_RUNTIME_DIR": str(runtime)}
    terminal = practice.terminal("-c", two, program="/bin/sh", environ=environ)
    for number in (0, 1):
        terminal.expect("wants the MFA code of alice")
        answer_prompt(terminal, sandbox.code(number))
        terminal.expect('"Version":1')
        assert terminal.before is not None
        assert "wants the MFA code" not in terminal.before
    terminal.wait()

"""Pipes, devices, huge files and what is another's, in the place of each file that is read.

None is waited for without end, read without end, followed, trusted or changed.
"""

import hashlib
import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.home import PROGRAM, Home, Result, assert_refused
from support.parts import missing
from support.practice import KEYS, PracticeAWS, role

NOBODY = 65534
SPARSE_BYTES = 1 << 43
LIMITED = ["-c", 'ulimit -v 4000000; exec "$0" "$@"']
"""Who reads without an end finds none here."""


def limited(home: Home, *arguments: str, **environ: str) -> Result:
    """Run the program with an end for its memory and its time."""
    return home.run(*LIMITED, PROGRAM, *arguments, program="/bin/bash", timeout=30, environ=environ)


def give_away(path: Path) -> None:
    """Give a folder with all that is in it to another user."""
    if os.geteuid():
        missing("root, who can give files away")
    for it in [path, *path.rglob("*")]:
        os.lchown(it, NOBODY, NOBODY)


def picture(path: Path) -> dict[str, tuple[object, ...]]:
    """Return all that can be seen of what lies below a folder."""
    found = {str(it): it.lstat() for it in path.rglob("*")}
    return {
        name: (it.st_uid, it.st_mode, it.st_size, it.st_mtime_ns, it.st_ino)
        for name, it in found.items()
    }


def state(home: Home) -> Path:
    """Return the state folder, which is made."""
    folder = home.path / ".local" / "state" / "aws-mfa-process"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def pipe(path: Path) -> None:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path, 0o600)


def zeros(path: Path) -> None:
    """Lead to a device without end."""
    path.symlink_to("/dev/zero")


def sparse(path: Path) -> None:
    """Make a file that is longer than all memory."""
    path.touch(mode=0o600)
    os.truncate(path, SPARSE_BYTES)


STRANGE = [pipe, zeros, sparse]


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A folder as /etc is, with names as ours among its files."""
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    for name, mode in [("passwd", 0o644), ("hosts", 0o664), (f"session-{'0' * 32}", 0o600)]:
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    return folder


@pytest.mark.parametrize("whose", ["our own", "somebody else's"])
def test_doctor_mends_nothing_behind_a_link(practice: Home, etc: Path, whose: str) -> None:
    """Neither is anything in a folder changed that others may enter."""
    practice.cache.parent.mkdir(mode=0o700)
    practice.cache.symlink_to(etc)
    if whose != "our own":
        if os.geteuid():
            missing("root, who can give a link away")
        os.lchown(practice.cache, NOBODY, NOBODY)
    before = picture(etc)
    done = practice.run("doctor", "--fix", "--json")
    assert f"no session can be kept: {practice.cache} is a link " in done.out
    assert picture(etc) == before


def test_doctor_mends_only_names_of_ours(practice: Home, sandbox: PracticeAWS) -> None:
    """A private folder behind a link of our own may hold other things."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    for name in ("notes", "lock-of-mine", "session-notes"):
        (practice.cache / name).touch()
        (practice.cache / name).chmod(0o666)
    before = picture(practice.cache)
    assert "Mended" not in practice.run("doctor", "--fix").out
    assert picture(practice.cache) == before


def test_root_mends_nothing_in_the_home_of_somebody_else(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """Nor is root told to take the files."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    config = practice.aws / "config"
    config.write_text(config.read_text().replace(PROGRAM, "/gone/aws-mfa-process"))
    for path in practice.cache.iterdir():
        path.chmod(0o644)
    give_away(practice.path)
    before = picture(practice.path)
    by_sudo = {"SUDO_UID": str(NOBODY)}
    done = practice.run("doctor", "--fix", "--json", environ=by_sudo)
    assert (done.status, done.err) == (1, "")
    assert json.loads(done.out)["fixed"] == []
    assert "AMP001" in done.out
    told = f"leave it to nobody: {practice.path} belongs to nobody (run it without sudo)"
    assert told in done.out
    assert "chown" not in done.out
    assert picture(practice.path) == before


def journal(home: Home, *others: dict[str, object]) -> Path:
    """Write a journal as versions before left it: `setup` put one line into the config."""
    config = home.aws / "config"
    old = config.read_text()
    config.write_text(f"{old}# of setup\n")
    count = len(old.splitlines())
    digests = [hashlib.sha256(it.encode()).hexdigest() for it in (old, config.read_text())]
    own = {
        "path": str(config),
        "existed": True,
        "before": digests[0],
        "after": digests[1],
        "hunks": [[count, count + 1, []]],
    }
    path = state(home) / "setup-01795858000000000000.json"
    document = {"path": str(path), "files": [own, *others], "pairs": {}, "kept": []}
    path.touch(mode=0o600)
    path.write_text(json.dumps(document))
    return path


def test_journal_of_a_version_before_is_undone(practice: Home) -> None:
    """To the byte, and once."""
    before = (practice.aws / "config").read_bytes()
    path = journal(practice)
    assert practice.run("setup", "--undo", "--yes").status == 0
    assert (practice.aws / "config").read_bytes() == before
    assert not path.exists()


@pytest.mark.parametrize("existed", [True, False])
def test_journal_that_names_another_file_changes_nothing(practice: Home, existed: bool) -> None:
    """Neither is the other file written, nor is it removed."""
    victim = practice.path / ".bashrc"
    victim.write_text("mine\n")
    digest = hashlib.sha256(b"mine\n").hexdigest()
    hunks = [[1, 1, [["theirs\n"]]]]
    other = {"before": "", "after": digest, "existed": existed, "hunks": hunks}
    journal(practice, {"path": str(victim), **other})
    before = picture(practice.path)
    done = practice.run("setup", "--undo", "--yes")
    assert_refused(done, 2, f"names {victim}, which is not one of the AWS files of now", "rm ")
    assert picture(practice.path) == before


def _of_another(path: Path) -> None:
    give_away(path)


def _open(path: Path) -> None:
    path.chmod(0o644)


def _in_an_open_folder(path: Path) -> None:
    path.parent.chmod(0o777)


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _strange(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


@pytest.mark.parametrize(
    "change",
    [_of_another, _open, _in_an_open_folder, _link, *map(_strange, STRANGE)],
    ids=["another's", "open", "in an open folder", "link", "pipe", "zeros", "sparse"],
)
def test_journal_that_is_not_ours_alone_is_not_trusted(
    practice: Home, change: Callable[[Path], None]
) -> None:
    """It is told in one sentence, at once, and nothing is changed."""
    path = journal(practice)
    change(path)
    before = picture(practice.path)
    assert_refused(limited(practice, "setup", "--undo", "--yes"), 2, str(path), f"rm {path}")
    assert picture(practice.path) == before


def test_root_undoes_nothing_in_the_home_of_somebody_else(practice: Home) -> None:
    """Its owner has written down what root is to write."""
    path = journal(practice).parent
    give_away(practice.path)
    before = picture(practice.path)
    done = practice.run("setup", "--undo", "--yes")
    assert_refused(done, 2, f"is not trusted: {path} belongs to nobody", "XDG_STATE_HOME")
    assert picture(practice.path) == before


@pytest.mark.parametrize("make", STRANGE)
def test_list_of_recent_profiles_is_not_waited_for(
    logged_in: Home, make: Callable[[Path], None]
) -> None:
    """Commands that put a profile first go on without it."""
    make(state(logged_in) / "recent.json")
    for words in (("export", "prod"), ("exec", "prod", "--", "true"), ("whoami", "prod")):
        done = limited(logged_in, *words)
        assert (done.status, done.err) == (0, ""), words


def test_list_of_recent_profiles_is_ours_or_not_there(logged_in: Home, tmp_path: Path) -> None:
    """A link is replaced and not followed; in a folder of another user nothing is written."""
    path = state(logged_in) / "recent.json"
    (tmp_path / "target").write_text('["of the target"]')
    path.symlink_to(tmp_path / "target")
    assert logged_in.run("export", "prod").status == 0
    assert (tmp_path / "target").read_text() == '["of the target"]'
    assert (path.is_symlink(), json.loads(path.read_text())) == (False, ["prod"])
    give_away(path.parent)
    before = picture(logged_in.path / ".local")
    assert logged_in.run("export", "dev").status == 0
    assert picture(logged_in.path / ".local") == before


@pytest.mark.parametrize("kind", ["memo", "session"])
def test_stored_file_without_end_is_missing(
    logged_in: Home, sandbox: PracticeAWS, kind: str
) -> None:
    """It is made anew, or asked for, and nobody's memory is full."""
    assert logged_in.run(*role(sandbox)).status == 0
    logged_in.cache.joinpath("logged-out").unlink(missing_ok=True)
    for path in logged_in.cache.glob("memo-*"):
        if kind == "session" or "." in path.name:
            path.unlink()
    found = list(logged_in.cache.glob(f"{kind}-*"))
    assert found
    for path in found:
        os.truncate(path, SPARSE_BYTES)
    done = limited(logged_in, *role(sandbox), "--mfa-code", sandbox.code(1))
    assert (done.status, done.err) == (0, "")
    assert limited(logged_in, "status").status == 0
    assert limited(logged_in, "logout", "--all").status == 0


def unix_socket(path: Path) -> None:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


CONFIGS = [
    (pipe, "it has not ended within 10 seconds"),
    (zeros, "it is longer than 16 MiB"),
    (sparse, "it is longer than 16 MiB"),
    (unix_socket, "No such device or address"),
]


@pytest.mark.parametrize("name", ["config", "credentials"])
@pytest.mark.parametrize(("make", "told"), CONFIGS)
def test_strange_aws_file_is_told(
    home: Home, make: Callable[[Path], None], told: str, name: str
) -> None:
    """In one sentence, and not after the caller has given up."""
    make(home.aws / name)
    for words in (["--profile", "x"], ["setup", "--dry-run"]):
        assert_refused(limited(home, *words), 2, f"{home.aws / name} cannot be read: {told}")


def test_pipe_that_delivers_is_a_config(practice: Home, sandbox: PracticeAWS) -> None:
    """So people keep it in a password store; also one that takes its time."""
    config = practice.aws / "config"
    away = config.rename(practice.path / "away")
    words = [*KEYS, "--mfa-code", sandbox.code()]
    line = 'AWS_CONFIG_FILE=<(sleep 1; cat "$1"; sleep 1) exec "${@:2}"'
    done = practice.run("-c", line, "bash", str(away), PROGRAM, *words, program="/bin/bash")
    assert (done.status, done.err) == (0, "")
    pipe(config)
    with subprocess.Popen(["/bin/sh", "-c", f"sleep 1; exec cat '{away}' > '{config}'"]):
        done = practice.run(*role(sandbox))
    assert (done.status, done.err) == (0, "")
    assert practice.run("status", environ={"AWS_CONFIG_FILE": "/dev/null"}).err == ""


def test_program_of_a_line_may_be_anything(practice: Home) -> None:
    """Of what is no file nothing is read."""
    program = practice.path / "aws-mfa-process"
    pipe(program)
    program.chmod(0o755)
    with (practice.aws / "config").open("a") as file:
        file.write(f"[profile z]\ncredential_process = {program} --profile bastion-keys\n")
    done = limited(practice, "doctor", "z")
    assert done.err == ""


@pytest.mark.parametrize("make", [pipe, zeros])
@pytest.mark.parametrize("setting", ["AWS_CA_BUNDLE", "ca_bundle"])
def test_certificates_that_are_no_file_are_told_before_the_code(
    practice: Home, setting: str, make: Callable[[Path], None]
) -> None:
    """Neither of the two ways to call AWS waits for them."""
    bundle = practice.path / "bundle"
    make(bundle)
    environ = {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:9"}
    if setting == "AWS_CA_BUNDLE":
        environ[setting] = str(bundle)
    else:
        config = practice.aws / "config"
        config.write_text(
            config.read_text().replace(
                "[profile bastion-keys]\n", f"[profile bastion-keys]\nca_bundle = {bundle}\n"
            )
        )
    done = limited(practice, *KEYS, "--mfa-code", "123456", **environ)
    assert_refused(done, 2, f"is {bundle}: it is not a regular file", "take it away")

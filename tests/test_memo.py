"""`memo`: sealed files, the question that a memo answers, and where it stands."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_mfa_process import DEBUG_VARIABLE, GUARD_VARIABLE, memo, sealed
from aws_mfa_process.store.cache import Cache
from support.parts import missing

NOW = 1_800_000_000
ARGUMENTS = ["--profile", "p"]
ONE_HOME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory for this process: all that `memo` knows comes from the environment."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    return tmp_path


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A private folder."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def put(path: Path, data: bytes) -> str:
    """Make a private file with these bytes, whatever was there."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(data)
    return str(path)


def remember(
    arguments: list[str], answer: bytes, fresh: int = 60, start: int = 60, end: int = 60
) -> str:
    """Store an answer and return the path of its memo."""
    key = memo.key(arguments)
    data = memo.pack(key, NOW + fresh, NOW + start, NOW + end, answer)
    Cache(sealed.cache_dir()).write_sealed(memo.path_of(key), data)
    return memo.path_of(key)


@given(st.binary())
def test_what_is_sealed_is_read_back(folder: Path, data: bytes) -> None:
    """A file reads back as exactly the bytes that were sealed."""
    assert sealed.read_sealed(put(folder / "file", sealed.seal(data))) == data


@given(st.binary())
def test_any_other_bytes_are_a_miss(folder: Path, data: bytes) -> None:
    """Bytes that nobody sealed are no answer and no exception."""
    assert sealed.read_sealed(put(folder / "file", data)) is None


@given(st.binary(max_size=200), st.data())
def test_every_bit_counts(folder: Path, data: bytes, draw: st.DataObject) -> None:
    """A file with a single bit turned, cut anywhere or made longer is a miss."""
    whole = sealed.seal(data)
    turned = bytearray(whole)
    turned[draw.draw(st.integers(0, len(whole) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    cut = whole[: draw.draw(st.integers(0, len(whole) - 1))]
    longer = whole + draw.draw(st.binary(min_size=1))
    for damaged in (bytes(turned), cut, longer):
        assert sealed.read_sealed(put(folder / "file", damaged)) is None


def test_entry_cut_at_every_byte_is_a_miss(folder: Path) -> None:
    """There is no length at which a torn file passes for a whole one."""
    whole = sealed.seal(b'{"kind": "session"}')
    for length in range(len(whole)):
        assert sealed.read_sealed(put(folder / "file", whole[:length])) is None
    assert sealed.read_sealed(put(folder / "file", whole)) is not None


def test_another_version_is_a_miss(folder: Path) -> None:
    """A file of another version of the format is as good as none."""
    whole = sealed.seal(b"data")
    assert whole.startswith(b"aws-mfa-process 1 ")
    other = whole.replace(b"aws-mfa-process 1 ", b"aws-mfa-process 2 ")
    assert sealed.read_sealed(put(folder / "file", other)) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601, 0o620, 0o602, 0o777])
def test_files_open_to_others_are_a_miss(tmp_path: Path, mode: int) -> None:
    """A file that others may read, write or run is not trusted; nor is one in such a folder."""
    tmp_path.chmod(0o700)
    path = put(tmp_path / "file", sealed.seal(b"data"))
    assert sealed.read_sealed(path) == b"data"
    (tmp_path / "file").chmod(mode)
    assert sealed.read_sealed(path) is None
    (tmp_path / "file").chmod(0o600)
    tmp_path.chmod(0o700 | mode & 0o077)
    assert sealed.read_sealed(path) is None


def test_what_belongs_to_somebody_else_is_a_miss(tmp_path: Path) -> None:
    """Neither a file nor a folder of another user is trusted."""
    if os.geteuid():
        missing("root, who can give files away")
    tmp_path.chmod(0o700)
    path = put(tmp_path / "file", sealed.seal(b"data"))
    os.chown(path, 65534, 65534)
    assert sealed.read_sealed(path) is None
    os.chown(path, 0, 0)
    assert sealed.read_sealed(path) == b"data"
    os.chown(tmp_path, 65534, 65534)
    assert sealed.read_sealed(path) is None


def test_links_pipes_and_folders_are_a_miss(tmp_path: Path) -> None:
    """Only a plain file is read; nothing else blocks or fails."""
    tmp_path.chmod(0o700)
    put(tmp_path / "file", sealed.seal(b"data"))
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "folder").mkdir(0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe", "missing", "file/below"):
        assert sealed.read_sealed(str(tmp_path / name)) is None


WORDS = st.lists(st.text(st.characters(exclude_characters="\0"), max_size=3), max_size=3)


@ONE_HOME
@given(WORDS, WORDS, st.binary())
def test_memo_answers_its_command_line(
    place: Path, words: list[str], others: list[str], answer: bytes
) -> None:
    """The stored bytes come back for the very same arguments, and for no others."""
    path = remember(["-", *words], answer)
    assert path.startswith(f"{place}/.cache/aws-mfa-process/memo-")
    assert memo.read(["-", *words], NOW) == (answer, False)
    assert (memo.key(words) == memo.key(others)) == (words == others)


@ONE_HOME
@given(st.binary())
def test_sealed_nonsense_is_a_miss(place: Path, rest: bytes) -> None:
    """A whole file with the right question and no times in it is a miss, not a crash."""
    assert place.is_dir()
    key = memo.key(ARGUMENTS)
    Cache(sealed.cache_dir()).write_sealed(memo.path_of(key), key + b"\0\nx" + rest)
    assert memo.read(ARGUMENTS, NOW) is None


@ONE_HOME
@given(
    st.integers(-5, 5),
    st.integers(-5, 5),
    st.integers(-5, 5),
)
def test_memo_is_given_until_it_is_stale(place: Path, fresh: int, start: int, end: int) -> None:
    """An answer is given before its time is over; a renewal is due between the other two."""
    assert place.is_dir()
    remember(ARGUMENTS, b"answer", fresh, start, end)
    expected = (b"answer", start <= 0 < end) if fresh > 0 else None
    assert memo.read(ARGUMENTS, NOW) == expected


@pytest.mark.usefixtures("place")
def test_commands_have_no_memo() -> None:
    """Only the credential process is answered from a memo: it begins with an option."""
    remember(["status"], b"x")
    assert memo.read(["status"], NOW) is None
    assert memo.read([], NOW) is None


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", [GUARD_VARIABLE, DEBUG_VARIABLE])
def test_debug_log_and_guard_bypass_memos(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a debug log or the guard in the environment no memo is read."""
    remember(ARGUMENTS, b"x")
    monkeypatch.setenv(name, "1")
    assert memo.read(ARGUMENTS, NOW) is None
    assert memo.wait(ARGUMENTS) is None


def test_question_changes_with_the_config_files(place: Path) -> None:
    """Any change of either file, or of its place, is another question."""
    seen: set[bytes] = set()

    def changes() -> bool:
        before = len(seen)
        seen.add(memo.key(ARGUMENTS))
        return len(seen) > before

    assert changes()
    assert not changes()
    for name in ("config", "credentials"):
        path = place / ".aws" / name
        path.write_text("a")
        assert changes()
        path.write_text("ab")
        assert changes()
        os.utime(path, ns=(0, 1))
        assert changes()
        path.chmod(0o600)
        assert changes()
        path.rename(path.with_suffix(".old"))
        path.write_text("ab")
        os.utime(path, ns=(0, 1))
        assert changes()
        path.unlink()
        assert not changes()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "name",
    [
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    ],
)
def test_question_changes_with_the_variables_that_matter(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each variable that could change the answer is part of the question."""
    before = memo.key(ARGUMENTS)
    monkeypatch.setenv(name, "x")
    assert memo.key(ARGUMENTS) != before


@pytest.mark.usefixtures("place")
def test_config_paths_are_botocore_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are found where botocore finds them, with ``~`` and variables in their names."""
    assert sealed.config_paths() == (
        os.path.expanduser("~/.aws/config"),
        os.path.expanduser("~/.aws/credentials"),
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", "~/$WHERE/c")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "")
    monkeypatch.setenv("WHERE", "there")
    assert sealed.config_paths() == (
        os.path.expanduser("~/there/c"),
        os.path.expanduser("~/.aws/credentials"),
    )


@given(st.binary(), st.binary())
def test_fingerprint_tells_bytes_apart(one: bytes, two: bytes) -> None:
    """A fingerprint is 32 hex digits, equal for equal bytes only."""
    assert len(sealed.fingerprint(one)) == 32
    assert (sealed.fingerprint(one) == sealed.fingerprint(two)) == (one == two)


SYSTEMS = {
    "linux": ("unix", "Unix"),
    "darwin": ("macos", "MacOS"),
    "win32": ("windows", "Windows"),
}
PROGRAM_OF_A_SYSTEM = """
import importlib, json, ntpath, os, sys
platform, module, name = sys.argv[1:]
sys.modules["ctypes"] = None  # of the ways of platformdirs, the one without Windows is left
system = getattr(importlib.import_module("platformdirs." + module), name)
sys.platform = platform
if platform == "win32":
    os.path = ntpath
from aws_mfa_process import sealed
print(json.dumps([sealed.cache_dir(), system("aws-mfa-process", appauthor=False).user_cache_dir]))
"""


@pytest.mark.parametrize("platform", SYSTEMS)
@pytest.mark.parametrize(
    "environ",
    [
        {"HOME": "/home/alice", "LOCALAPPDATA": r"C:\Users\alice\AppData\Local"},
        {
            "HOME": "/home/alice",
            "XDG_CACHE_HOME": "/var/cache/alice",
            "LOCALAPPDATA": r"D:\Local",
        },
        {"HOME": "/home/alice", "XDG_CACHE_HOME": "", "LOCALAPPDATA": r"D:\Local"},
    ],
)
def test_cache_stands_where_platformdirs_says(platform: str, environ: dict[str, str]) -> None:
    """The folder of the warm path is the one that platformdirs names on each system."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM_OF_A_SYSTEM, platform, *SYSTEMS[platform]],
        env=environ,
        capture_output=True,
        check=True,
    )
    ours, theirs = json.loads(done.stdout)
    assert ours == theirs


def test_relative_cache_folder_is_ignored(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative XDG_CACHE_HOME is no place, as the XDG specification says."""
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert sealed.cache_dir() == str(place / ".cache" / "aws-mfa-process")

"""`cache`: documents that are complete or absent, in a folder that is closed to others."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.write import make_folder
from support.parts import as_plain_user, missing

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DOCUMENT = st.dictionaries(st.text(), JSON, max_size=4)
KINDS = st.sampled_from(["thing", "answer", "note"])
KEY = {"access_key_id": "AKIA", "roles": []}
SESSION = SessionCredentials("ASIA", "secret", "token", 2**33, 2**33 - 3600, "111111111111")


@pytest.fixture(scope="module")
def shared() -> Iterator[Cache]:
    """A cache for many examples."""
    with tempfile.TemporaryDirectory() as path:
        yield Cache(os.path.join(path, "below", "cache"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache whose folder does not exist yet."""
    return Cache(str(tmp_path / "below" / "cache"))


def names(cache: Cache) -> list[str]:
    """Return what stands in the folder."""
    return sorted(os.listdir(cache.folder))


@given(KINDS, DOCUMENT, DOCUMENT)
def test_what_is_written_is_read_back(
    shared: Cache, kind: str, key: dict[str, Any], document: dict[str, Any]
) -> None:
    """Any document comes back as it was, under its kind and key."""
    shared.write(kind, key, document)
    assert shared.read(kind, key) == document
    assert shared.read(kind, dict(reversed(key.items()))) == document


@given(st.tuples(KINDS, DOCUMENT), st.tuples(KINDS, DOCUMENT), DOCUMENT)
def test_another_key_or_kind_is_another_document(
    shared: Cache,
    one: tuple[str, dict[str, Any]],
    other: tuple[str, dict[str, Any]],
    document: dict[str, Any],
) -> None:
    """A document is found under its own kind and key only, also if its file is moved."""
    (kind, key), (other_kind, other_key) = one, other
    shared.remove(shared.path_of(other_kind, other_key))
    shared.write(kind, key, document)
    path = shared.path_of(other_kind, other_key)
    same = (kind, json.dumps(key, sort_keys=True)) == (
        other_kind,
        json.dumps(other_key, sort_keys=True),
    )
    assert (path == shared.path_of(kind, key)) == same
    if not same:
        assert shared.read(other_kind, other_key) is None
        os.replace(shared.path_of(kind, key), path)
        assert shared.read(other_kind, other_key) is None
        assert shared.read(kind, key) is None


@given(st.data())
def test_damaged_document_is_a_miss(shared: Cache, data: st.DataObject) -> None:
    """Whatever happens to the bytes of a document, it is whole or absent, never an exception."""
    shared.write_session(KEY, SESSION, time.time())
    path = Path(shared.path_of("session", KEY))
    whole = path.read_bytes()
    turned = bytearray(whole)
    turned[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    for damaged in (
        bytes(turned),
        whole[: data.draw(st.integers(0, len(whole) - 1))],
        data.draw(st.binary()),
    ):
        path.write_bytes(damaged)
        assert shared.read_session(KEY) is None
        assert [entry for entry in shared.entries("session") if entry.path == str(path)] == []
    path.write_bytes(whole)
    assert shared.read_session(KEY) == SESSION


@given(st.one_of(st.binary(), JSON.map(lambda value: json.dumps(value).encode())))
def test_sealed_nonsense_is_a_miss(shared: Cache, data: bytes) -> None:
    """A sealed file with another content than a document is a miss."""
    path = shared.path_of("session", KEY)
    shared.write_sealed(path, data)
    assert shared.read("session", KEY) is None
    assert [entry for entry in shared.entries("session") if entry.path == path] == []


@pytest.mark.parametrize(
    "document",
    [{}, {"access_key_id": "ASIA"}, {**SESSION._asdict(), "new": 1}, {"expiration": "soon"}],
)
def test_session_of_another_form_is_a_miss(cache: Cache, document: dict[str, Any]) -> None:
    """A sealed document that is no session is a miss, and is not swept up into a crash."""
    cache.write("session", KEY, document)
    assert cache.read_session(KEY) is None
    cache.write_session({"other": 1}, SESSION, time.time())
    assert cache.read_session({"other": 1}) == SESSION


def test_files_are_closed_to_others(cache: Cache) -> None:
    """Files are made 0600 in a folder 0700, whatever the umask."""
    old = os.umask(0)
    try:
        cache.write_session(KEY, SESSION, time.time())
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(cache.folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(cache.path_of("session", KEY)).st_mode) == 0o600


def test_umask_is_not_touched(tmp_path: Path) -> None:
    """All threads share it, and so does what they start."""
    folders = [str(tmp_path / str(number) / "below") for number in range(400)]
    old = os.umask(0o022)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(make_folder, folders))
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(old)
    assert {stat.S_IMODE(os.stat(folder).st_mode) for folder in folders} == {0o700}


def test_open_folder_is_a_miss_and_closed_by_the_next_write(cache: Cache) -> None:
    """What stands in a folder that others may enter is not trusted; a write closes it."""
    cache.write_session(KEY, SESSION, time.time())
    os.chmod(cache.folder, 0o755)
    assert cache.read_session(KEY) is None
    assert list(cache.entries("session")) == []
    cache.write("failure", KEY, {})
    assert stat.S_IMODE(os.stat(cache.folder).st_mode) == 0o700


def test_folder_of_another_user_is_left_alone(cache: Cache) -> None:
    """With sudo and the user's HOME nothing is written into the user's folder, nor read."""
    if os.geteuid():
        missing("root, who can give folders away")
    cache.write_session(KEY, SESSION, time.time())
    before = names(cache)
    os.chown(cache.folder, 65534, 65534)
    with pytest.raises(PermissionError, match="belongs to nobody"):
        cache.write_session(KEY, SESSION, time.time())
    assert cache.read_session(KEY) is None
    assert names(cache) == before


def test_foreign_file_and_link_are_a_miss(cache: Cache) -> None:
    """A document that is a link is a miss; so is one that others may read."""
    cache.write_session(KEY, SESSION, time.time())
    path = cache.path_of("session", KEY)
    os.chmod(path, 0o640)
    assert cache.read_session(KEY) is None
    os.chmod(path, 0o600)
    os.rename(path, path + ".away")
    os.symlink(path + ".away", path)
    assert cache.read_session(KEY) is None


FAIL_TO_WRITE = """
import sys
from aws_mfa_process.store.cache import Cache
try:
    Cache(sys.argv[1]).write("thing", {"k": 1}, {"v": sys.argv[2] * 100_000})
except OSError as error:
    sys.exit(f"OSError {error.errno}")
"""


def write_elsewhere(folder: str, *prefix: str) -> str:
    """Try to write a document in a process that is held back; return what it says."""
    command = [*prefix, sys.executable, "-c", FAIL_TO_WRITE, folder, "new"]
    environ = {name: "" if name[:9] == "COVERAGE_" else os.environ[name] for name in os.environ}
    done = subprocess.run(
        as_plain_user(*command), capture_output=True, text=True, env=environ, check=False
    )
    return done.stderr.strip()


def test_failed_write_leaves_the_old_document(cache: Cache) -> None:
    """A write that ends halfway keeps what was there and leaves nothing behind."""
    cache.write("thing", {"k": 1}, {"v": "old"})
    before = names(cache)
    limit = ["sh", "-c", 'ulimit -f 8; trap "" XFSZ; exec "$@"', "sh"]
    assert write_elsewhere(cache.folder, *limit) == "OSError 27"
    assert names(cache) == before
    assert cache.read("thing", {"k": 1}) == {"v": "old"}


def test_file_in_place_of_the_folder_is_an_error_to_write_and_a_miss_to_read(
    tmp_path: Path,
) -> None:
    """Where no folder can be made, nothing is found and writing is an OSError."""
    (tmp_path / "cache").touch()
    for cache in (Cache(str(tmp_path / "cache")), Cache(str(tmp_path / "cache" / "below"))):
        assert cache.read_session(KEY) is None
        assert list(cache.entries("session")) == []
        with pytest.raises(OSError, match=r"is no folder|Not a directory"):
            cache.write_session(KEY, SESSION, time.time())


def test_sweep_removes_what_nobody_uses(cache: Cache) -> None:
    """A sweep removes expired sessions, old temporary files and old memos, no more."""
    cache.write("session", {"k": "old"}, SESSION._replace(expiration=1)._asdict())
    cache.write("failure", {"k": "old"}, {"at": 1})
    now = time.time()
    for name, age in [
        ("memo-old", 90000),
        ("memo-new", 80000),
        ("x.old.tmp", 4000),
        ("x.new.tmp", 3000),
        ("lock-old", 90000),
    ]:
        path = Path(cache.folder, name)
        path.touch()
        os.utime(path, (now - age, now - age))
    cache.write_session(KEY, SESSION, time.time())
    cache.sweep()
    kept = {os.path.basename(cache.path_of("failure", {"k": "old"}))}
    kept |= {os.path.basename(cache.path_of("lock", {"k": "old"}))}
    kept |= {os.path.basename(cache.path_of("session", KEY)), "memo-new", "x.new.tmp", "lock-old"}
    assert set(names(cache)) == kept


def test_a_sweep_is_due_once_an_hour(cache: Cache) -> None:
    """Not at the first call, where there is nothing; then once for all who ask."""
    cache.write_session(KEY, SESSION, time.time())
    marker = Path(cache.folder, "swept")
    assert not cache.is_sweep_due()
    os.utime(marker, (time.time() - 3599,) * 2)
    assert not cache.is_sweep_due()
    os.utime(marker, (time.time() - 3601,) * 2)
    assert [cache.is_sweep_due(), cache.is_sweep_due()] == [True, False]
    os.utime(marker, (time.time() + 100,) * 2)  # a clock was set back
    assert [cache.is_sweep_due(), cache.is_sweep_due()] == [True, False]


def test_remove_memos_keeps_their_locks(cache: Cache) -> None:
    """Memos go, sessions stay, and so do the locks that a process may hold at this moment."""
    cache.write_session(KEY, SESSION, time.time())
    for name in ("memo-1", "memo-1.lock", "memo-1.renewal"):
        Path(cache.folder, name).touch()
    cache.remove_memos()
    assert [name for name in names(cache) if name[:4] == "memo"] == [
        "memo-1.lock",
        "memo-1.renewal",
    ]
    assert cache.read_session(KEY) == SESSION


def test_removing_what_is_gone_is_fine(cache: Cache) -> None:
    """Two processes may remove the same file; an empty place has nothing to remove."""
    cache.remove(cache.path_of("session", KEY))
    cache.remove_memos()
    assert not os.path.exists(cache.folder)


class Model(RuleBasedStateMachine):
    """Documents are written, replaced, damaged and removed; the cache agrees with a dict."""

    @initialize()
    def start(self) -> None:
        """Make an empty folder."""
        self.root = tempfile.TemporaryDirectory()
        self.cache = Cache(os.path.join(self.root.name, "cache"))
        self.known: dict[str, SessionCredentials] = {}

    @rule(name=st.sampled_from("abc"), life=st.integers(0, 3))
    def write(self, name: str, life: int) -> None:
        """Store a session, and sweep: one that is expired goes, even itself."""
        session = SESSION._replace(expiration=life, secret_access_key=os.urandom(2).hex())
        self.known[name] = session._replace(expiration=2**33 * life)
        self.cache.write_session({"name": name}, self.known[name], time.time())
        self.cache.sweep()
        self.known = {key: old for key, old in self.known.items() if old.expiration}

    @rule(name=st.sampled_from("abc"), at=st.integers(0, 400))
    def cut(self, name: str, at: int) -> None:
        """Cut a file somewhere."""
        path = self.cache.path_of("session", {"name": name})
        if name in self.known and at < os.path.getsize(path):
            os.truncate(path, at)
            del self.known[name]

    @rule(name=st.sampled_from("abc"))
    def remove(self, name: str) -> None:
        """Log out."""
        self.cache.remove(self.cache.path_of("session", {"name": name}))
        self.known.pop(name, None)

    @rule()
    def open_to_others(self) -> None:
        """Let others in; the next reader misses, the next writer closes the folder."""
        if os.path.isdir(self.cache.folder):
            os.chmod(self.cache.folder, 0o755)
            assert list(self.cache.entries("session")) == []
            make_folder(self.cache.folder)

    @invariant()
    def finds_what_is_known(self) -> None:
        """Every session that was stored whole is found, and nothing else."""
        if hasattr(self, "known"):
            found = {e.key["name"]: e.document for e in self.cache.entries("session")}
            assert found == {name: s._asdict() for name, s in self.known.items()}
            for name in "abc":
                assert self.cache.read_session({"name": name}) == self.known.get(name)

    def teardown(self) -> None:
        """Remove the folder."""
        if hasattr(self, "root"):
            self.root.cleanup()


TestModel = Model.TestCase


SOURCE = {"access_key_id": "AKIA"}
ROLE_KEY = {"source": SOURCE, "mfa_serial": "GAHT1", "roles": []}


@pytest.mark.parametrize(
    ("mark", "is_meant"),
    [
        ({}, True),
        ({"source": SOURCE}, True),
        ({"source": SOURCE, "mfa_serial": "GAHT1"}, True),
        ({"source": SOURCE, "mfa_serial": "GAHT2"}, False),
        ({"source": {"access_key_id": "AKIB"}}, False),
    ],
)
def test_session_that_was_logged_out_of_while_it_was_made_is_not_kept(
    cache: Cache, mark: dict[str, Any], *, is_meant: bool
) -> None:
    """A logout holds for what was begun before it, of everything, of a pair or of a device."""
    began = time.time()
    cache.write_session(ROLE_KEY, SESSION, began)
    assert cache.forget(mark) == is_meant
    cache.write_session(ROLE_KEY, SESSION, began)
    assert cache.read_session(ROLE_KEY) == (None if is_meant else SESSION)
    cache.write_session(ROLE_KEY, SESSION, time.time())
    assert cache.read_session(ROLE_KEY) == SESSION


def test_logout_from_the_future_is_nobody_s(cache: Cache) -> None:
    """A logout that came before the clock was set back does not last until it is caught up."""
    cache.write("logout", {}, {"at": time.time() + 1200})
    cache.write_session(ROLE_KEY, SESSION, time.time())
    assert cache.read_session(ROLE_KEY) == SESSION

"""What another version, a fault or a tool that copies files has left is missing, not an error."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process import sealed
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.keys.index import read_index
from aws_mfa_process.store import failures
from aws_mfa_process.store.cache import Cache
from support.home import Home
from support.practice import KEYS, PracticeAWS, actions, role

NOW = int(time.time())
KEY = {"source": {"access_key_id": "AKIA"}, "mfa_serial": "GAHT1"}
SESSION: dict[str, Any] = {
    "access_key_id": "ASIA",
    "secret_access_key": "secret",
    "session_token": "token",
    "expiration": NOW + 3600,
    "issued_at": NOW,
    "account_id": "111111111111",
}
FAILURE: dict[str, Any] = {
    "at": NOW,
    "error": "STSError",
    "message": "no",
    "hint": "",
    "process_group": 1,
    "is_renewal": False,
}
WHOLE: dict[str, dict[str, Any]] = {
    "session": SESSION,
    "failure": FAILURE,
    "logout": {"at": NOW},
    "codes": {"digest": NOW},
    "keys": {"profile": ["AKIA", "keyring", NOW]},
}
"""A document of each kind, as it is written."""
ODD: tuple[Any, ...] = (
    None,
    True,
    1,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**20,
    "",
    "x",
    [],
    ["x"],
    {},
    {"x": 1},
)
"""Values of every type that JSON has."""
FORMS = [
    (kind, name, value) for kind, document in WHOLE.items() for name in document for value in ODD
]
DEEP = b"[" * 100_000


@pytest.fixture(scope="module")
def shared() -> Iterator[Cache]:
    """A cache for many examples."""
    with tempfile.TemporaryDirectory() as path:
        yield Cache(os.path.join(path, "cache"))


def read_all(cache: Cache) -> None:
    """Use all that stands there in each way in which it is used."""
    session = cache.read_session(KEY)
    if session is not None:
        answer = json.loads(session.answer())
        texts = [answer[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        assert all(isinstance(text, str) and text for text in texts)
        assert repr(session)
        assert session.is_fresh(NOW) or not session.is_alive(NOW) or session.half_life()
    failure = failures.read(cache, KEY)
    if failure is not None:
        assert isinstance(failure.error.message + failure.error.hint, str)
        assert round(time.time() - failure.at) >= 0
    assert all(at >= 0 for at in (cache.read("codes", KEY) or {}).values())
    assert all(isinstance(entry.backend, str) for entry in read_index(cache).values())
    for kind in WHOLE:
        assert all(KEY.items() <= entry.key.items() or True for entry in cache.entries(kind))
    cache.was_forgotten(KEY, 0)
    cache.is_sweep_due()
    cache.sweep()


@pytest.mark.parametrize(("kind", "name", "value"), FORMS)
def test_value_of_another_type_is_missing(tmp_path: Path, kind: str, name: str, value: Any) -> None:  # noqa: ANN401 - any
    """A sealed document of which one value has another type breaks nothing."""
    cache = Cache(str(tmp_path / "cache"))
    key = {"index": 2} if kind == "keys" else {} if kind == "logout" else KEY
    cache.write(kind, key, {**WHOLE[kind], name: value})
    read_all(cache)


@given(
    st.sampled_from(sorted(WHOLE)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from(["document", "key", "kind", "all"]),
)
def test_any_json_is_missing_or_whole(shared: Cache, kind: str, value: Any, part: str) -> None:  # noqa: ANN401 - any
    """Any JSON, sealed under the name of a document, is used whole or not at all."""
    entry = {"kind": kind, "key": KEY, "document": WHOLE[kind]}
    data = json.dumps(value if part == "all" else {**entry, part: value}).encode()
    shared.write_sealed(shared.path_of(kind, KEY), data)
    read_all(shared)


@pytest.mark.parametrize("kind", sorted(WHOLE))
@pytest.mark.parametrize(
    "data",
    [
        DEEP,
        b'{"kind":"session","key":' + b'{"a":' * 50_000,
        b'{"kind":"x","key":{"a":%s},"document":{}}' % (b"[" * 900 + b"]" * 900),
        b"\xff\xfe",
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=["deep", "deep key", "less deep", "no text", "a long number"],
)
def test_what_json_refuses_is_missing(tmp_path: Path, kind: str, data: bytes) -> None:
    """Nesting without end, no text, and numbers that are too long are missing too."""
    cache = Cache(str(tmp_path / "cache"))
    cache.write_sealed(cache.path_of(kind, KEY), data)
    read_all(cache)
    assert cache.forget({}) == (kind == "session")


def test_whole_documents_are_read(shared: Cache) -> None:
    """What is written today is found, each kind of it."""
    for kind, document in WHOLE.items():
        if kind != "logout":
            key = {"index": 2} if kind == "keys" else KEY
            shared.write(kind, key, document)
            assert shared.read(kind, key) == document
    assert shared.read_session(KEY) == SessionCredentials(**SESSION)
    assert failures.read(shared, KEY) is not None
    assert read_index(shared)["profile"].access_key_id == "AKIA"


def test_logout_of_all_removes_by_name(tmp_path: Path) -> None:
    """Whatever has the name of a session goes; a folder of that name stops nobody."""
    cache = Cache(str(tmp_path / "cache"))
    cache.write_session(KEY, SessionCredentials(**SESSION), time.time())
    cache.write_sealed(cache.path_of("session", {"k": 1}), b"[]")
    folder = Path(cache.folder)
    (folder / "session-torn").write_bytes(b"torn")
    (folder / "session-link").symlink_to("nowhere")
    for kind in ("session", "memo", "codes"):
        (folder / f"{kind}-folder").mkdir()
    assert cache.forget({}) == 4
    assert sorted(path.name for path in folder.glob("session-*")) == ["session-folder"]
    assert cache.forget({}) == 0
    cache.sweep()


def test_what_nobody_can_read_is_swept_in_time(tmp_path: Path) -> None:
    """A torn session goes after two days; one that lives stays, whatever the time of its file."""
    cache = Cache(str(tmp_path / "cache"))
    cache.write_session(KEY, SessionCredentials(**SESSION), time.time())
    for name in ("session-torn", "session-new"):
        Path(cache.folder, name).write_bytes(b"torn")
    for path in (cache.path_of("session", KEY), os.path.join(cache.folder, "session-torn")):
        os.utime(path, (NOW - 3 * 86400,) * 2)
    cache.sweep()
    found = {path.name for path in Path(cache.folder).glob("session-*")}
    assert found == {os.path.basename(cache.path_of("session", KEY)), "session-new"}


def damage(home: Home, change: Callable[[dict[str, Any]], object]) -> None:
    """Change all documents of a home, sealed anew."""
    cache = Cache(str(home.cache))
    for kind in WHOLE:
        for entry in list(cache.entries(kind)):
            document = dict(entry.document)
            change(document)
            cache.write(kind, entry.key, document)


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "null": lambda document: document.update(dict.fromkeys(document)),
    "texts": lambda document: document.update(dict.fromkeys(document, "x")),
    "numbers": lambda document: document.update(dict.fromkeys(document, 1)),
    "lists": lambda document: document.update({name: [] for name in document}),
    "times": lambda document: document.update(dict.fromkeys(document, 10**30)),
    "nothing": lambda document: document.clear(),
    "more": lambda document: document.update(new=1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_commands_do_without_what_has_another_form(
    practice: Home, sandbox: PracticeAWS, change: Callable[[dict[str, Any]], object]
) -> None:
    """After any such change each command works, and one code makes everything anew."""
    for code in ("000000", sandbox.code()):
        practice.run(*KEYS, "--mfa-code", code)
    assert practice.run(*role(sandbox)).status == 0
    damage(practice, change)
    for memo in practice.cache.glob("memo-*"):
        memo.unlink()
    for line in (["status"], ["status", "--json"], ["_sweep"]):
        done = practice.run(*line)
        assert (done.status, done.err) == (0, ""), done
    assert practice.run("status", "--short", "bastion-keys").status in (0, 3)
    done = practice.run(*role(sandbox), "--mfa-code", sandbox.code(1))
    assert (done.status, done.err) == (0, ""), done
    damage(practice, change)
    assert practice.run("logout", "bastion-keys").status == 0
    damage(practice, change)
    done = practice.run("logout", "--all")
    assert (done.status, done.err) == (0, ""), done
    assert list(practice.cache.glob("session-*")) == []


def test_session_from_a_copy_stays_out(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """Files that come back after a logout are no answer, neither sessions nor memos."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    for line in (KEYS, role(sandbox), role(sandbox)):
        assert practice.run(*line).status == 0
    shutil.copytree(practice.cache, tmp_path / "copy")
    for number, logout in enumerate((["--all"], ["bastion-keys"])):
        time.sleep(2.1 - time.time() % 1)  # times of sessions are whole seconds
        assert practice.run("logout", *logout).status == 0
        for path in (tmp_path / "copy").iterdir():
            if path.name.startswith(("session-", "memo-")):
                shutil.copy2(path, practice.cache)
        calls = len(actions(sandbox))
        for line in (KEYS, role(sandbox)):
            done = practice.run(*line)
            assert (done.status, done.out) == (3, ""), done
        assert len(actions(sandbox)) == calls
        assert "MFA session none" in practice.run("status", "bastion-keys").out
        assert practice.run("_sweep").status == 0
        assert list(practice.cache.glob("session-*")) == []
        code = sandbox.code(1 + number)
        assert practice.run(*role(sandbox), "--mfa-code", code).status == 0
        assert practice.run(*role(sandbox)).status == 0  # what is new is kept


def test_memo_of_a_logout_is_of_another_question(practice: Home, sandbox: PracticeAWS) -> None:
    """A memo is written for the time between two logouts."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    assert practice.run(*KEYS).status == 0
    (memo,) = (path for path in practice.cache.glob("memo-*") if not path.suffix)
    data = memo.read_bytes()
    assert practice.run("logout", "bastion-keys").status == 0
    memo.touch(mode=0o600)
    memo.write_bytes(data)
    assert practice.run(*KEYS).status == 3


def test_logout_of_a_clock_that_was_ahead_does_not_come_true(tmp_path: Path) -> None:
    """A session that is made after it lives on when that time comes."""
    cache = Cache(str(tmp_path / "cache"))
    cache.write("logout", {}, {"at": time.time() + 0.5})
    session = SessionCredentials(**{**SESSION, "issued_at": NOW - 10})
    cache.write_session(KEY, session, NOW - 10)
    time.sleep(0.6)
    assert cache.read_session(KEY) == session


@pytest.mark.parametrize("kind", ["future", "past", "folder", "link"])
def test_marker_of_a_renewal_holds_nobody_up_for_good(
    practice: Home, sandbox: PracticeAWS, kind: str
) -> None:
    """Whatever stands in its place, but for a renewal of this minute, the next one is started."""
    assert practice.run(*role(sandbox), "--mfa-code", sandbox.code()).status == 0
    practice.age(2000)
    sandbox.age(2000)
    cache = Cache(str(practice.cache))
    for line in (role(sandbox),):
        assert practice.run(*line).status == 0  # leaves a memo
    (memo,) = (path for path in practice.cache.glob("memo-*") if not path.suffix)
    marker = Path(f"{memo}.renewal")
    if kind == "folder":
        marker.mkdir()
        os.utime(marker, (NOW - 100,) * 2)
    elif kind == "link":
        marker.symlink_to("nowhere")
        os.utime(marker, (NOW - 100,) * 2, follow_symlinks=False)
    else:
        marker.touch()
        age = -100_000 if kind == "future" else 100
        os.utime(marker, (NOW - age,) * 2)
    before = [entry.document["issued_at"] for entry in cache.entries("session")]
    assert practice.run(*role(sandbox)).status == 0
    deadline = time.monotonic() + 20
    while [entry.document["issued_at"] for entry in cache.entries("session")] == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_failure_of_the_future_switches_no_renewal_off(tmp_path: Path) -> None:
    """A refusal that came before the clock was set back is nobody's."""
    cache = Cache(str(tmp_path / "cache"))
    cache.write("failure", KEY, {**FAILURE, "error": "PersonNeededError", "at": time.time() + 9999})
    assert failures.read(cache, KEY) is None


PAIRS = [
    "[]",
    "{}",
    '{"keys": [1, 2]}',
    '{"keys": ["a", "b"], "stored_at": "x"}',
    '{"keys": ["a", "b"], "old_key_id": 1}',
    '{"keys": ["a", "b"], "known_key_ids": [1]}',
    '{"keys": ["a", "b"], "next_keys": [1, 2]}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", PAIRS, ids=range(len(PAIRS)))
def test_pair_of_another_form_is_none(text: str) -> None:
    """What stands in the keyring in another form is not ours."""
    from aws_mfa_process.keys.pairs import _parse  # noqa: PLC0415 - the form alone

    assert _parse(text) is None


def test_decision_for_a_prompt_of_another_form_is_missing(practice: Home) -> None:
    """``status --short`` decides anew where what it has kept is no more what it was."""
    assert practice.run("status", "--short", "bastion-keys").status == 3
    (memo,) = (path for path in practice.cache.glob("memo-*") if not path.suffix)
    whole = sealed.read_sealed(str(memo))
    assert whole is not None
    head = whole.partition(b"\0\n")[0] + b"\0\n"
    for rest in (b"", b"[]", b"{}", b'{"last":1,"code":null,"max_age_seconds":null}', DEEP):
        memo.write_bytes(sealed.seal(head + rest))
        done = practice.run("status", "--short", "bastion-keys")
        assert (done.status, done.out, done.err) == (3, "bastion-keys code?\n", ""), (rest, done)

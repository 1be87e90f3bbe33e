"""Files of the cache folder, garbled and forged: each is whole or missing, and fails nothing.

``make fuzz`` makes 100,000 of them; the tests make some.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_mfa_process import memo, sealed
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.keys.index import read_index
from aws_mfa_process.store import failures
from aws_mfa_process.store.cache import Cache
from long.faults import main
from long.figures import Figures

BAD = ("exceptions", "wrong answers", "garbled files that were taken")
KEY = {"source": {"access_key_id": "AKIA"}, "mfa_serial": "GAHT1"}
NOW = int(time.time())
SESSION = SessionCredentials("ASIA", "secret", "token", NOW + 90000, NOW, "111111111111")
DOCUMENTS: dict[str, dict[str, Any]] = {
    "session": SESSION._asdict(),
    "failure": {"at": NOW, "error": "STSError", "message": "m", "hint": "h", "process_group": 1},
    "logout": {"at": NOW - 9999},
    "codes": {"digest": NOW},
    "keys": {"profile": ["AKIA", "keyring", NOW]},
}
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**63, 10**40, 0.5, float("nan"), float("inf"), "", "x"),
    *([], {}, [[]], {"x": {}}, ["a", "b", 1], {"at": NOW}, "\ud800", "\0"),
)
LINE = ["--profile", "p"]
ANSWER = SESSION.answer()


@contextmanager
def home() -> Iterator[Cache]:
    """Let this process have a home of its own."""
    names = ("HOME", "XDG_CACHE_HOME")
    before = {name: os.environ.pop(name, None) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        try:
            yield Cache(sealed.cache_dir())
        finally:
            del os.environ["HOME"]
            os.environ.update({name: text for name, text in before.items() if text is not None})


def garbled(chance: random.Random, data: bytes) -> bytes:
    """Return bytes as a fault of the disk, or of a program, leaves them."""
    whole = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(whole) + 1)
        match chance.randrange(4):
            case 0:
                whole[at:at] = chance.randbytes(chance.randint(1, 8))
            case 1:
                del whole[at : at + chance.randint(1, 40)]
            case 2:
                whole[at : at + 1] = chance.randbytes(1)
            case _:
                whole[at:at] = whole[chance.randrange(len(whole) + 1) :]
    return bytes(whole)


def forged(chance: random.Random, kind: str, key: dict[str, Any]) -> bytes:
    """Return the JSON of a document of which some parts have other types."""
    document: Any = dict(DOCUMENTS[kind])
    for _ in range(chance.randint(1, 3)):
        name = chance.choice([*document, "new"])
        document[name] = chance.choice(ODD)
    entry: Any = {"kind": kind, "key": key, "document": document}
    if not chance.randrange(4):
        entry[chance.choice([*entry, "path"])] = chance.choice(ODD)
    if not chance.randrange(40):
        entry = chance.choice(ODD)
    return json.dumps(entry).encode()


def use(cache: Cache, figures: Figures) -> None:
    """Use all that stands there as commands do."""
    session = cache.read_session(KEY)
    if session is not None:
        answer = json.loads(session.answer())
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        if not all(isinstance(answer[name], str) and answer[name] for name in names):
            figures.note("wrong answers", str(answer))
        session.is_fresh(NOW)
    failure = failures.read(cache, KEY)
    if failure is not None:
        round(time.time() - failure.at)
        failure.error.message.strip()
    times = list((cache.read("codes", KEY) or {}).values())
    times += [entry.stored_at for entry in read_index(cache).values()]
    sum(map(round, times))
    cache.was_forgotten(KEY, 0)
    for kind in DOCUMENTS:
        for found in cache.entries(kind):
            found.key.get("source")
    found_memo = memo.read(LINE, NOW)
    if found_memo is not None and found_memo[0] != ANSWER:
        figures.note("wrong answers", repr(found_memo))


def run(count: int, seed: int = 0) -> Figures:
    """Make so many files, chosen by chance; return what was found."""
    figures = Figures(*BAD)
    chance = random.Random(seed)
    with home() as cache:
        cache.write("thing", KEY, {})
        memo_path = memo.path_of(memo.key(LINE))
        packed = memo.pack(memo.key(LINE), NOW + 60, NOW + 60, NOW + 60, ANSWER)
        wholes = [(memo_path, packed)]
        for kind, document in DOCUMENTS.items():
            key: dict[str, Any] = {"index": 2} if kind == "keys" else KEY
            entry = {"kind": kind, "key": key, "document": document}
            data = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
            wholes.append((cache.path_of(kind, key), data))
        makes: list[Callable[[str, bytes], bytes]] = [
            lambda _, whole: garbled(chance, sealed.seal(whole)),
            lambda path, whole: sealed.seal(_forged_as(chance, path, whole)),
        ]
        for number in range(count):
            path, whole = chance.choice(wholes)
            data = chance.choice(makes)(path, whole)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
            read = sealed.read_sealed(path)
            if read is not None and sealed.seal(read) != data:
                figures.note("garbled files that were taken", repr(data))
            try:
                use(cache, figures)
                if not number % 100:
                    cache.sweep()
                if not number % 1000:
                    cache.forget({})
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                figures.note("exceptions", f"{error!r}: {data!r}")
            figures.done["files"] += 1
    return figures


def _forged_as(chance: random.Random, path: str, whole: bytes) -> bytes:
    kind = os.path.basename(path).partition("-")[0]
    if kind == "memo":
        head, _, rest = whole.partition(b"\0\n")
        return head + b"\0\n" + garbled(chance, rest[: rest.index(b"{")])
    return forged(chance, kind, {"index": 2} if kind == "keys" else KEY)


if __name__ == "__main__":
    main(run, 100_000)

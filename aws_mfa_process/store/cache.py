"""Sealed documents in a private folder: sessions, failures, used codes, memos.

Its one rule: a document is complete or absent. It is written beside its place, synced and
renamed; read back it is exactly what was written under that key, or it is not there. What another
version, a fault or a tool that copies files has left, in another form, is not there either.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping

from aws_mfa_process import sealed
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.store import write
from aws_mfa_process.store.lock import Lock
from aws_mfa_process.values import Any, NamedTuple

Key = Mapping[str, Any]
"""What a document is looked up by: everything that could change it, as JSON values."""

_STRAY_SECONDS = 3600
_SWEEP_SECONDS = 3600
_PASSING_SECONDS = 86400
_PASSING = ("memo-", "failure-", "codes-", "renewal-")  # the last: no version since
_SESSION_SECONDS = 2 * 86400
"""No session lives so long: 36 hours are the most that STS gives."""
_MARKER_SECONDS = 30 * 86400
_LAST_TIME = 253402300799  # 9999-12-31T23:59:59Z
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Entry(NamedTuple):
    """One stored document and the file it stands in."""

    kind: str
    key: Key
    document: Mapping[str, Any]
    path: str

    def __repr__(self) -> str:
        """Show where it stands: the document holds secrets."""
        return f"Entry({self.path})"


class Cache:
    """The private folder."""

    def __init__(self, folder: str) -> None:
        """Name the folder; nothing is created before the first write."""
        self.folder = folder

    def obstacle(self) -> str:
        """Return why nothing can be kept here; empty where something can."""
        return write.obstacle(self.folder)

    def trouble(self, *, may_make: bool = False) -> str:
        """Return why nothing can be kept here, also where it is full; see `write.trouble`."""
        return write.trouble(self.folder, may_make=may_make)

    def path_of(self, kind: str, key: Key) -> str:
        """Return the path of a document; several keys never share one in practice."""
        return self._path_of(kind, _canonical(key))

    def _path_of(self, kind: str, canonical: bytes) -> str:
        return os.path.join(self.folder, f"{kind}-{sealed.fingerprint(canonical)}")

    def read(self, kind: str, key: Key) -> Mapping[str, Any] | None:
        """Return the document that was written for this kind and key, else None."""
        return self._read_for(kind, _canonical(key))

    def _read_for(self, kind: str, canonical: bytes) -> Mapping[str, Any] | None:
        path = self._path_of(kind, canonical)
        data = sealed.read_sealed(path)
        end = b'"key":%b,"kind":"%b"}' % (canonical, kind.encode("ascii"))  # as `write` leaves it
        entry = _entry(data, path) if data and data.endswith(end) else None
        return entry and entry.document

    def write(self, kind: str, key: Key, document: Mapping[str, Any]) -> None:
        """Store a document.

        Raises:
            OSError: The folder cannot be written; what stood there before still stands.
        """
        data = _canonical({"kind": kind, "key": key, "document": document})
        self.write_sealed(self.path_of(kind, key), data)

    def read_session(self, key: Key) -> SessionCredentials | None:
        """Return the session stored under this key, fresh or not.

        One that somebody has logged out of since it was made is not there: it came back from a
        copy of the folder. Times are of whole seconds, so the next one counts.
        """
        document = self.read("session", key)
        if document is None:
            return None
        session = SessionCredentials(**document)
        return None if self.was_forgotten(key, session.issued_at + 1) else session

    def write_session(self, key: Key, session: SessionCredentials, began: float) -> None:
        """Store a session, but not for who has logged out since its making began.

        Raises:
            OSError: The folder cannot be written.
        """
        self.write("session", key, session._asdict())
        logouts = list(self._logouts(key))
        now = time.time()
        if any(began < at <= now for _, at in logouts):
            self.remove(self.path_of("session", key))
        for mark, at in logouts:
            if at > now:  # from before the clock was set back: it would come true later
                self.remove(self.path_of("logout", mark))

    def write_sealed(self, path: str, data: bytes, *, is_synced: bool = True) -> None:
        """Store the bytes of one file, 0600 in a 0700 folder, complete or not at all.

        One that is not synced may be found damaged after a power cut, so as not there.

        Raises:
            OSError: The folder cannot be written.
        """
        write.place(path, sealed.seal(data), is_synced=is_synced)

    def remove(self, path: str) -> None:
        """Remove one file; one that is gone already is fine."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def forget(self, mark: Key) -> int:
        """Remove sessions, with all memos, and return how many there were.

        What is being made at this moment, from what stood here before, is not kept either.

        Args:
            mark: What the keys of these sessions have in common; empty: all of them.

        Raises:
            OSError: One cannot be removed.
        """
        with contextlib.suppress(FileNotFoundError):
            os.listdir(self.folder)  # else nothing would be found in one that cannot be read
        count = self._remove_sessions(mark)
        for _ in range(2):  # what was made from one found by the first mark is found by the second
            with contextlib.suppress(OSError):  # where nothing can be written nothing comes back
                self.write("logout", mark, {"at": time.time()})
                self._change_questions()
            count += self._remove_sessions(mark)
        self.remove_memos()
        from aws_mfa_process.store import followers  # noqa: PLC0415 - not for an answer

        followers.clear(self.folder, 0)
        return count

    def _change_questions(self) -> None:
        """Let no memo of before be an answer, also one that comes back from a copy."""
        write.place(os.path.join(self.folder, sealed.LOGGED_OUT), b"")

    def _remove_sessions(self, mark: Key) -> int:
        """Remove those that have a mark; with the empty one, whatever has the name of a session."""
        if mark:
            entries = self.entries("session")
            found = [entry.path for entry in entries if mark.items() <= entry.key.items()]
        else:
            found = self._paths("session-")
        for path in found:
            self.remove(path)
        return sum("." not in os.path.basename(path) for path in found)

    def was_forgotten(self, key: Key, since: float) -> bool:
        """Tell whether somebody has logged out of a session since a time."""
        return any(since < at <= time.time() for _, at in self._logouts(key))

    def _logouts(self, key: Key) -> Iterator[tuple[Key, float]]:
        """Yield the marks of logouts that a key has, with the time of each."""
        source = {"source": key.get("source")}
        for mark in ({}, source, {**source, "mfa_serial": key.get("mfa_serial")}):
            document = self.read("logout", mark)
            if document is not None:
                yield mark, document["at"]

    def remove_memos(self) -> None:
        """Remove every memo: they are made anew from the sessions at no cost."""
        for path in self._paths("memo-"):
            if "." not in os.path.basename(path):
                self.remove(path)

    def entries(self, kind: str) -> Iterator[Entry]:
        """Yield what is stored of one kind."""
        for path in self._paths(f"{kind}-"):
            entry = _entry(sealed.read_sealed(path), path)
            if entry is not None and entry.kind == kind:
                yield entry

    def _paths(self, start: str = "") -> list[str]:
        """Return what stands in the folder under such names, but for folders."""
        names = sorted(name for name in self._names() if name.startswith(start))
        return [os.path.join(self.folder, name) for name in names]

    def _names(self) -> list[str]:
        try:
            with os.scandir(self.folder) as found:
                return [it.name for it in found if not it.is_dir(follow_symlinks=False)]
        except OSError:
            return []

    def is_sweep_due(self) -> bool:
        """Tell whether the last sweep was begun an hour ago; if so another one counts as begun."""
        if self.obstacle():
            return False
        marker = os.path.join(self.folder, "swept")
        write.remove_foreign(marker)
        try:
            is_due = not 0 <= time.time() - os.lstat(marker).st_mtime < _SWEEP_SECONDS
            if is_due:
                os.utime(marker)
        except OSError:
            is_due = False
            with contextlib.suppress(OSError):  # the first time there is nothing to sweep
                write.place(marker, b"")
        return is_due

    def sweep(self) -> None:
        """Remove sessions past their end, and temporary files and memos that nobody uses."""
        now = time.time()
        for entry in self.entries("session"):
            if self._has_ended(entry, now):
                with Lock(self.path_of("lock", entry.key)) as lock, contextlib.suppress(OSError):
                    if lock.try_acquire() and self._has_ended(entry, now):
                        os.unlink(entry.path)
        for path in self._paths():
            seconds = _use_seconds(os.path.basename(path))
            with contextlib.suppress(OSError):
                is_old = seconds and os.lstat(path).st_mtime < now - seconds
                if is_old and not self._lives(path, now):
                    os.unlink(path)
        from aws_mfa_process.store import followers  # noqa: PLC0415 - not for an answer

        followers.clear(self.folder, followers.STRAY_SECONDS)

    def _has_ended(self, entry: Entry, now: float) -> bool:
        session = self.read_session(entry.key)
        return session is None or session.expiration < now

    def _lives(self, path: str, now: float) -> bool:
        """Tell whether a file holds a session whose end has not come."""
        entry = _entry(sealed.read_sealed(path), path)
        return entry is not None and entry.kind == "session" and not self._has_ended(entry, now)


class Snapshot(Cache):
    """The private folder as it was: each document is read once."""

    def __init__(self, folder: str) -> None:
        """Name the folder."""
        super().__init__(folder)
        self._found: dict[tuple[str, bytes], Mapping[str, Any] | None] = {}
        self._kinds = {name.partition("-")[0] for name in self._names()}

    def read(self, kind: str, key: Key) -> Mapping[str, Any] | None:
        """Return the document as it was at the first look."""
        if kind not in self._kinds:
            return None
        place = kind, _canonical(key)
        if place not in self._found:
            self._found[place] = self._read_for(*place)
        return self._found[place]

    def was_forgotten(self, key: Key, since: float) -> bool:
        """Tell whether somebody had logged out of a session since a time."""
        return "logout" in self._kinds and super().was_forgotten(key, since)


def _use_seconds(name: str) -> int:
    """Return how old a file may be before it is of no use; 0 for one that stays.

    Lock files stay. The locks beside memos only save work, and each edit of the AWS config leaves
    some behind, as each terminal leaves its own, so they go in time.
    """
    if name.endswith(".tmp"):
        return _STRAY_SECONDS
    if name.startswith(("session-", "logout-")):  # one that is not as we write it, and its mark
        return _SESSION_SECONDS
    if name.startswith("lock-terminal-") or (name.startswith("memo-") and "." in name):
        return _MARKER_SECONDS
    return _PASSING_SECONDS if name.startswith(_PASSING) else 0


def _entry(data: bytes | None, path: str) -> Entry | None:
    """Return what stands in a file, if it has the form of what is stored."""
    if data is None:
        return None
    try:
        entry = Entry(**json.loads(data), path=path)
        return entry if _has_form(*entry[:3]) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _has_form(kind: object, key: object, document: Any) -> bool:  # noqa: ANN401 - from JSON
    """Tell whether everything in a document is of the type that is written under its kind.

    This is the only place that looks; who reads a document uses it as it is.

    Raises:
        TypeError, ValueError, KeyError: It is not.
    """
    if not (isinstance(kind, str) and isinstance(key, dict) and isinstance(document, dict)):
        return False
    if kind == "session":
        *keys, expiration, issued_at, account_id = SessionCredentials(**document)
        is_filled = all(map(_is_text, keys)) and all(keys)
        times = (expiration, issued_at)
        are_times = all(map(_is_time, times)) and float not in map(type, times)
        return is_filled and are_times and _is_text(account_id)
    if kind == "failure":
        texts = [document["error"] or "", document["message"], document["hint"]]
        numbers = [document["process_group"], document.get("is_renewal", False)]
        is_told = all(map(_is_text, texts)) and _is_time(document["at"])
        return is_told and all(isinstance(number, int) for number in numbers)
    if kind == "keys":
        entries = ((name, backend, _is_time(at)) for name, backend, at in document.values())
        return all([type(it) for it in entry] == [str, str, bool] and entry[2] for entry in entries)
    if kind in ("codes", "logout"):
        return all(map(_is_time, document.values() if kind == "codes" else [document["at"]]))
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_time(value: object) -> bool:
    """Tell whether something is a time in seconds that can be shown; a bool is none, nor is NaN."""
    return type(value) in (int, float) and 0 <= value <= _LAST_TIME  # type: ignore[operator]


def _canonical(value: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(value).encode("ascii")

"""Sealed documents in a private folder: sessions, failures, used codes, memos.

Its one rule: a document is complete or absent. It is written beside its place, synced and
renamed; read back it is exactly what was written under that key, or it is not there.
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
_PASSING = ("memo-", "failure-", "codes-", "logout-", "renewal-")  # the last: no version since
_MARKER_SECONDS = 30 * 86400


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

    def path_of(self, kind: str, key: Key) -> str:
        """Return the path of a document; several keys never share one in practice."""
        return self._path_of(kind, _canonical(key))

    def _path_of(self, kind: str, canonical: bytes) -> str:
        return os.path.join(self.folder, f"{kind}-{sealed.fingerprint(canonical)}")

    def read(self, kind: str, key: Key) -> Mapping[str, Any] | None:
        """Return the document that was written for this kind and key, else None."""
        return self._read_for(kind, _canonical(key))

    def _read_for(self, kind: str, canonical: bytes) -> Mapping[str, Any] | None:
        entry = self._read_entry(self._path_of(kind, canonical))
        if entry is None or entry.kind != kind or _canonical(entry.key) != canonical:
            return None
        return entry.document

    def write(self, kind: str, key: Key, document: Mapping[str, Any]) -> None:
        """Store a document.

        Raises:
            OSError: The folder cannot be written; what stood there before still stands.
        """
        data = _canonical({"kind": kind, "key": key, "document": document})
        self.write_sealed(self.path_of(kind, key), data)

    def read_session(self, key: Key) -> SessionCredentials | None:
        """Return the session stored under this key, fresh or not."""
        return _session_of(self.read("session", key) or {})

    def write_session(self, key: Key, session: SessionCredentials, began: float) -> None:
        """Store a session, but not for who has logged out since its making began.

        Raises:
            OSError: The folder cannot be written.
        """
        self.write("session", key, session._asdict())
        if self.was_forgotten(key, began):
            self.remove(self.path_of("session", key))

    def write_sealed(self, path: str, data: bytes) -> None:
        """Store the bytes of one file, 0600 in a 0700 folder, complete or not at all.

        Raises:
            OSError: The folder cannot be written.
        """
        write.make_folder(self.folder)
        write.write(path, sealed.seal(data))

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
        count = self._remove_sessions(mark)
        for _ in range(2):  # what was made from one found by the first mark is found by the second
            with contextlib.suppress(OSError):  # where nothing can be written nothing comes back
                self.write("logout", mark, {"at": time.time()})
            count += self._remove_sessions(mark)
        self.remove_memos()
        return count

    def _remove_sessions(self, mark: Key) -> int:
        found = [entry for entry in self.entries("session") if mark.items() <= entry.key.items()]
        for entry in found:
            self.remove(entry.path)
        return len(found)

    def was_forgotten(self, key: Key, since: float) -> bool:
        """Tell whether somebody has logged out of a session since a time."""
        source = {"source": key.get("source")}
        marks: tuple[Key, ...] = ({}, source, {**source, "mfa_serial": key.get("mfa_serial")})
        stamps = (self.read("logout", mark) for mark in marks)
        return any(stamp and since < stamp.get("at", 0) <= time.time() for stamp in stamps)

    def remove_memos(self) -> None:
        """Remove every memo: they are made anew from the sessions at no cost."""
        for path in self._paths("memo-"):
            if "." not in os.path.basename(path):
                self.remove(path)

    def entries(self, kind: str) -> Iterator[Entry]:
        """Yield what is stored of one kind."""
        for path in self._paths(f"{kind}-"):
            entry = self._read_entry(path)
            if entry is not None and entry.kind == kind:
                yield entry

    def _read_entry(self, path: str) -> Entry | None:
        data = sealed.read_sealed(path) or b""
        try:
            return Entry(**json.loads(data), path=path)
        except (ValueError, TypeError):
            return None

    def _paths(self, start: str = "") -> list[str]:
        try:
            names = sorted(os.listdir(self.folder))
        except OSError:
            return []
        return [os.path.join(self.folder, name) for name in names if name.startswith(start)]

    def is_sweep_due(self) -> bool:
        """Tell whether the last sweep was begun an hour ago; if so another one counts as begun."""
        if self.obstacle():
            return False
        marker = os.path.join(self.folder, "swept")
        try:
            is_due = not 0 <= time.time() - os.stat(marker).st_mtime < _SWEEP_SECONDS
            if is_due:
                os.utime(marker)
        except OSError:
            is_due = False
            with contextlib.suppress(OSError):  # the first time there is nothing to sweep
                os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return is_due

    def sweep(self) -> None:
        """Remove sessions past their end, and temporary files and memos that nobody uses."""
        now = time.time()
        for entry in self.entries("session"):
            if self._has_ended(entry.path, now):
                with Lock(self.path_of("lock", entry.key)) as lock, contextlib.suppress(OSError):
                    if lock.try_acquire() and self._has_ended(entry.path, now):
                        os.unlink(entry.path)
        for path in self._paths():
            seconds = _use_seconds(os.path.basename(path))
            with contextlib.suppress(OSError):
                if seconds and os.stat(path).st_mtime < now - seconds:
                    os.unlink(path)

    def _has_ended(self, path: str, now: float) -> bool:
        entry = self._read_entry(path)
        session = entry and _session_of(entry.document)
        return session is None or session.expiration < now


class Snapshot(Cache):
    """The private folder as it was: each document is read once."""

    def __init__(self, folder: str) -> None:
        """Name the folder."""
        super().__init__(folder)
        self._found: dict[tuple[str, bytes], Mapping[str, Any] | None] = {}
        self._kinds = {os.path.basename(path).partition("-")[0] for path in self._paths()}

    def read(self, kind: str, key: Key) -> Mapping[str, Any] | None:
        """Return the document as it was at the first look."""
        if kind not in self._kinds:
            return None
        place = kind, _canonical(key)
        if place not in self._found:
            self._found[place] = self._read_for(*place)
        return self._found[place]


def _use_seconds(name: str) -> int:
    """Return how old a file may be before it is of no use; 0 for one that stays.

    Lock files stay. The locks beside memos only save work, and each edit of the AWS config leaves
    some behind, as each terminal leaves its own, so they go in time.
    """
    if name.endswith(".tmp"):
        return _STRAY_SECONDS
    if name.startswith("lock-terminal-") or (name.startswith("memo-") and "." in name):
        return _MARKER_SECONDS
    return _PASSING_SECONDS if name.startswith(_PASSING) else 0


def _session_of(document: Mapping[str, Any]) -> SessionCredentials | None:
    try:
        return SessionCredentials(**document)
    except TypeError:
        return None


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")

"""Long-term credentials in the system keyring, and the index that says which there are.

Its one rule: the keyring is opened only to use, show or change a pair. Which profiles have keys
stands in an index file that holds no secret, so that finding a session, renewing a role and
waiting never load the keyring library and never raise an unlock window.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from aws_mfa_process import debug
from aws_mfa_process.cache import Cache
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.lock import Lock
from aws_mfa_process.memo import APP

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

LIMIT_SECONDS = 45
"""How long the keyring may take: it may wait for a person at its own window."""
_INDEX_KIND = "keys"
_INDEX_KEY = {"index": 2}
_INDEX_LOCK_TRIES = 100


class Stored(NamedTuple):
    """What the keyring holds for one profile.

    Attributes:
        keys: The pair in use.
        next_keys: During a rotation, the new pair before it is in use.
        old_key_id: During a rotation, the key that is still to be deleted; else empty.
        known_key_ids: During a rotation, the keys that IAM had before it.
    """

    keys: SourceCredentials
    next_keys: SourceCredentials | None = None
    old_key_id: str = ""
    known_key_ids: tuple[str, ...] = ()


class IndexEntry(NamedTuple):
    """What the index says of one profile: no secret."""

    access_key_id: str
    backend: str
    stored_at: int


def read_index(cache: Cache) -> Mapping[str, IndexEntry]:
    """Return what the index says, by profile, without opening the keyring."""
    document = cache.read(_INDEX_KIND, _INDEX_KEY) or {}
    try:
        return {profile: IndexEntry(*entry) for profile, entry in document.items()}
    except TypeError:  # not as we write it: as if it were lost
        return {}


def stored_key_ids(cache: Cache) -> Mapping[str, str]:
    """Return the access key ids in the keyring by profile, without opening it."""
    return {profile: entry.access_key_id for profile, entry in read_index(cache).items()}


def read(cache: Cache, profile: str) -> SourceCredentials:
    """Return the pair that is stored for a profile.

    Raises:
        PersonNeededError: The keyring is locked or missing, or holds no such pair.
    """
    stored = find(cache, profile)
    if stored is None:
        raise PersonNeededError(
            f"the keyring holds no keys for profile {profile}",
            hint=f"run aws-mfa-process add {profile}",
        )
    return stored.keys


def find(cache: Cache, profile: str) -> Stored | None:
    """Return what is stored for a profile, and put the index right.

    Returns:
        None if there is nothing.

    Raises:
        PersonNeededError: The keyring is locked or missing, or what it holds is not ours.
    """
    backend = _backend()
    text = _within_limit(lambda: backend.get_password(APP, profile))
    if text is None:
        _change_index(cache, profile, None)
        return None
    stored = _parse(text)
    if stored is None:
        raise PersonNeededError(
            f"what the keyring holds for profile {profile} is not a key pair of this program",
            hint=f"run aws-mfa-process add {profile} to store it anew",
        )
    entry = read_index(cache).get(profile)
    if entry is None or entry.access_key_id != stored.keys.access_key_id:
        _change_index(cache, profile, _entry(backend, stored.keys))
    return stored


def write(cache: Cache, profile: str, stored: Stored) -> None:
    """Store the pair of a profile and read it back.

    Raises:
        PersonNeededError: The keyring is locked or missing, or does not keep what it is given.
    """
    backend = _backend()
    document: dict[str, Any] = {"keys": stored.keys[:2]}
    if stored.next_keys is not None:
        document["next_keys"] = stored.next_keys[:2]
    if stored.old_key_id:
        document["old_key_id"] = stored.old_key_id
    if stored.known_key_ids:
        document["known_key_ids"] = stored.known_key_ids
    text = json.dumps(document, separators=(",", ":"))
    _within_limit(lambda: backend.set_password(APP, profile, text))
    if _within_limit(lambda: backend.get_password(APP, profile)) != text:
        raise PersonNeededError(
            f"the keyring ({backend.name}) does not keep what it is given", hint=_remedy()
        )
    _change_index(cache, profile, _entry(backend, stored.keys))


def delete(cache: Cache, profile: str) -> None:
    """Remove the pair of a profile; one that is gone already is fine.

    Raises:
        PersonNeededError: The keyring is locked or missing.
    """
    backend = _backend()
    if _within_limit(lambda: backend.get_password(APP, profile)) is not None:
        _within_limit(lambda: backend.delete_password(APP, profile))
    _change_index(cache, profile, None)


def _parse(text: str) -> Stored | None:
    try:
        document = json.loads(text)
        next_keys = document.get("next_keys")
        return Stored(
            SourceCredentials(*document["keys"]),
            SourceCredentials(*next_keys) if next_keys else None,
            document.get("old_key_id", ""),
            tuple(document.get("known_key_ids", ())),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _entry(backend: "KeyringBackend", keys: SourceCredentials) -> IndexEntry:
    return IndexEntry(keys.access_key_id, str(backend.name), int(time.time()))


def _change_index(cache: Cache, profile: str, entry: IndexEntry | None) -> None:
    """Put one line of the index right; it is made anew from the keyring when it is lost."""
    try:
        cache.make_folder()
        with Lock(cache.path_of("lock", _INDEX_KEY)) as lock:
            for _ in range(_INDEX_LOCK_TRIES):
                if lock.try_acquire():
                    break
                time.sleep(0.02)
            index = {name: list(old) for name, old in read_index(cache).items()}
            if entry is not None:
                index[profile] = list(entry)
            else:
                index.pop(profile, None)
            cache.write(_INDEX_KIND, _INDEX_KEY, index)
            cache.remove_memos()
    except OSError as error:
        debug.note(f"the index of keys could not be written: {error.strerror}")


def _backend() -> "KeyringBackend":
    """Return the keyring of this system.

    A chain of keyrings may end in a plaintext file, so the first one that is fit is taken by
    itself. One that a person named (``PYTHON_KEYRING_BACKEND``, ``keyringrc.cfg``) may be of any
    kind but one that keeps nothing.

    Raises:
        PersonNeededError: There is none.
    """
    import keyring
    import keyring.core

    chosen = _within_limit(keyring.get_keyring)
    named = bool(os.environ.get("PYTHON_KEYRING_BACKEND")) or keyring.core.load_config() is not None
    for backend in [chosen] if named else getattr(chosen, "backends", [chosen]):
        kind = type(backend)
        is_plain = "plaintext" in kind.__name__.lower()
        is_empty = kind.__module__ in ("keyring.backends.null", "keyring.backends.fail")
        if not is_empty and (named or not is_plain):
            found: KeyringBackend = backend
            return found
    raise PersonNeededError("there is no system keyring that keeps secrets", hint=_remedy())


def _within_limit(function: Callable[[], T]) -> T:
    """Call the keyring, which may wait for a person at a window of its own.

    Raises:
        PersonNeededError: It failed, is locked, or took too long.
    """
    import logging
    import threading

    from keyring.errors import KeyringLocked, NoKeyringError

    results: list[T] = []
    failures: list[Exception] = []

    def call() -> None:
        try:
            results.append(function())
        except Exception as error:  # noqa: BLE001 - a backend raises whatever its library does
            failures.append(error)

    logging.getLogger().addHandler(logging.NullHandler())
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    if results:
        return results[0]
    if not failures:
        raise PersonNeededError(
            f"the keyring did not answer within {LIMIT_SECONDS} seconds",
            hint="it may be asking for its password in a window: unlock it and try again",
        )
    error = failures[0]
    debug.note(f"keyring: {type(error).__name__}")
    if isinstance(error, NoKeyringError):
        raise PersonNeededError("there is no system keyring", hint=_remedy()) from None
    if isinstance(error, KeyringLocked):
        raise PersonNeededError("the keyring is locked", hint=_unlock()) from None
    if isinstance(error, MFAProcessError):
        raise error
    raise PersonNeededError(
        f"the keyring cannot be used ({type(error).__name__})", hint=_remedy()
    ) from None


def _unlock() -> str:
    if sys.platform == "darwin":
        return "run security unlock-keychain and try again"
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        return (
            "unlock it: gnome-keyring-daemon --unlock reads the password from standard input;"
            " or log in to the desktop"
        )
    return "unlock it in the desktop's password manager and try again"


def _remedy() -> str:
    """Say how this system gets a keyring."""
    if sys.platform == "linux":
        where = "under WSL, over ssh or on a server" if not os.environ.get("DISPLAY") else "here"
        return (
            f"{where}: start a session bus and a keyring (dbus-run-session, gnome-keyring-daemon"
            " --unlock), or install one that needs none: keyring-pass, keyrings.cryptfile"
        )
    return "see what keyring --list-backends shows"

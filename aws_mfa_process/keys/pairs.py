"""Long-term credentials in the system keyring, and the index that says which there are.

Its one rule: the keyring is opened only to use, show or change a pair, and to look for one that
the index does not know. Which profiles have keys
stands in an index file that holds no secret, so that finding a session, renewing a role and
waiting never load the keyring library and never raise an unlock window.
"""

import contextlib
import functools
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from aws_mfa_process import APP, PRACTICE_KEYRING_VARIABLE, debug
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.lock import Lock

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

LIMIT_VARIABLE = "AWS_MFA_PROCESS_KEYRING_SECONDS"
"""How long the keyring may take, in seconds: it may wait for a person at its own window."""
DEFAULT_LIMIT_SECONDS = 45
_LARGEST_LIMIT_SECONDS = 3600
_INDEX_KIND = "keys"
_INDEX_KEY = {"index": 2}
_INDEX_LOCK_SECONDS = 2
_KEEPS_NOTHING = ("keyring.backends.null", "keyring.backends.fail")


class KeyringLockedError(PersonNeededError):
    """A person must unlock the keyring first."""


class NotOurPairError(PersonNeededError):
    """The keyring holds something else under the name of a profile."""


class Stored(NamedTuple):
    """What the keyring holds for one profile.

    Attributes:
        keys: The pair in use.
        stored_at: When it came into the keyring, seconds since the epoch; 0: now.
        next_keys: During a rotation, the new pair before it is in use.
        old_key_id: During a rotation, the key that is still to be deleted; else empty.
        known_key_ids: During a rotation, the keys that IAM had before it.
        noted_at: When these were noted, seconds since the epoch.
    """

    keys: SourceCredentials
    stored_at: int = 0
    next_keys: SourceCredentials | None = None
    old_key_id: str = ""
    known_key_ids: tuple[str, ...] = ()
    noted_at: int = 0


class IndexEntry(NamedTuple):
    """What the index says of one profile: no secret."""

    access_key_id: str
    backend: str
    stored_at: int


class _PracticeKeyring:
    """The keyring of a practice shell: files in its folder, which is removed with it."""

    name = "practice keyring"

    def __init__(self, folder: str) -> None:
        self._cache = Cache(folder)

    def get_password(self, service: str, username: str) -> str | None:
        document = self._cache.read("keyring", {service: username})
        return None if document is None else str(document["text"])

    def set_password(self, service: str, username: str, password: str) -> None:
        self._cache.write("keyring", {service: username}, {"text": password})

    def delete_password(self, service: str, username: str) -> None:
        self._cache.remove(self._cache.path_of("keyring", {service: username}))


def read_index(cache: Cache) -> Mapping[str, IndexEntry]:
    """Return what the index says, by profile, without opening the keyring."""
    document = cache.read(_INDEX_KIND, _INDEX_KEY) or {}
    try:
        return {profile: IndexEntry(*entry) for profile, entry in document.items()}
    except (TypeError, AttributeError):  # not as we write it: as if it were lost
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
            hint=f"run {APP} add {shlex.quote(profile)}",
        )
    return stored.keys


def find(cache: Cache, profile: str) -> Stored | None:
    """Return what is stored for a profile, and put the index right.

    Returns:
        None if there is nothing.

    Raises:
        NotOurPairError: What is stored there is not ours.
        PersonNeededError: The keyring is locked or missing.
    """
    backend = _backend()
    text = _within_limit(lambda: backend.get_password(APP, profile))
    if text is None:
        _change_index(cache, profile, None)
        return None
    stored = _parse(text)
    if stored is None:
        raise NotOurPairError(
            f"what the keyring holds for profile {profile} is not a key pair of this program",
            hint=f"run {APP} add {shlex.quote(profile)} to store it anew",
        )
    _change_index(cache, profile, _entry(backend, stored))
    return stored


def write(cache: Cache, profile: str, stored: Stored) -> None:
    """Store the pair of a profile and read it back.

    Raises:
        PersonNeededError: The keyring is locked or missing, or does not keep what it is given.
    """
    backend = _backend()
    stored = stored._replace(stored_at=stored.stored_at or int(time.time()))
    document = {name: value for name, value in stored._asdict().items() if value}
    document["keys"] = stored.keys[:2]
    if stored.next_keys is not None:
        document["next_keys"] = stored.next_keys[:2]
    text = json.dumps(document, separators=(",", ":"))
    _within_limit(lambda: backend.set_password(APP, profile, text))
    found = _within_limit(lambda: backend.get_password(APP, profile))
    if found is not None and _parse(found) is None:  # another program's, of the same name
        _within_limit(lambda: backend.delete_password(APP, profile))
        found = _within_limit(lambda: backend.get_password(APP, profile))
    if found != text:
        raise PersonNeededError(
            f"the keyring ({backend.name}) does not keep what it is given", hint=_remedy()
        )
    _change_index(cache, profile, _entry(backend, stored))


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
        document: dict[str, Any] = json.loads(text)
        next_keys = document.get("next_keys")
        return Stored(
            SourceCredentials(*document["keys"]),
            document.get("stored_at", 0),
            SourceCredentials(*next_keys) if next_keys else None,
            document.get("old_key_id", ""),
            tuple(document.get("known_key_ids", ())),
            document.get("noted_at", 0),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _entry(backend: "KeyringBackend | _PracticeKeyring", stored: Stored) -> IndexEntry:
    return IndexEntry(stored.keys.access_key_id, str(backend.name), stored.stored_at)


def _change_index(cache: Cache, profile: str, entry: IndexEntry | None) -> None:
    """Put one line of the index right, if it is not."""
    if read_index(cache).get(profile) == entry:
        return
    try:
        with Lock(cache.path_of("lock", _INDEX_KEY)) as lock:
            for _ in lock.tries(_INDEX_LOCK_SECONDS):
                pass
            index = {name: list(old) for name, old in read_index(cache).items()}
            if entry is not None:
                index[profile] = list(entry)
            else:
                index.pop(profile, None)
            cache.write(_INDEX_KIND, _INDEX_KEY, index)
            cache.remove_memos()
    except OSError as error:
        debug.note(f"the index of keys could not be written: {error.strerror}")


@functools.cache
def _backend() -> "KeyringBackend | _PracticeKeyring":
    """Return the keyring of this system; in a practice shell that of the practice and no other.

    Raises:
        PersonNeededError: There is none that keeps secrets.
    """
    folder = os.environ.get(PRACTICE_KEYRING_VARIABLE)
    return _PracticeKeyring(folder) if folder else _within_limit(_choose)


def _choose() -> "KeyringBackend":
    """Let keyring look, and take the first one that is fit.

    What keyring finds by itself may be a chain that ends in one of ``keyrings.alt``, which store
    in plaintext or ask for a password at the terminal. Those are taken only if a person named
    them (``PYTHON_KEYRING_BACKEND``, ``keyringrc.cfg``); one that keeps nothing never is.
    """
    import logging

    import keyring
    import keyring.core

    logging.getLogger().addHandler(logging.NullHandler())  # what backends log is for nobody
    chosen = keyring.get_keyring()
    named = bool(os.environ.get("PYTHON_KEYRING_BACKEND")) or keyring.core.load_config() is not None
    chain = getattr(chosen, "backends", None)
    found: list[KeyringBackend] = [chosen] if chain is None else list(chain)
    refused = ""
    for backend in found:
        module = type(backend).__module__
        if module.startswith("keyrings.alt.") and (chain is not None or not named):
            refused = refused or f"{module}.{type(backend).__qualname__}"
        elif module not in _KEEPS_NOTHING:
            return backend
    if refused:
        raise PersonNeededError(
            f"the only keyring here is {refused}, which is no safe place",
            hint=f"{_remedy()}; or set PYTHON_KEYRING_BACKEND={refused} if you want just that",
        )
    raise PersonNeededError("there is no system keyring that keeps secrets", hint=_remedy())


def _limit_seconds() -> int:
    text = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_LIMIT_SECONDS)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_LIMIT_SECONDS))
    if not (is_number and 0 < int(text) <= _LARGEST_LIMIT_SECONDS):
        raise ConfigError(
            f"{LIMIT_VARIABLE} must be a whole number of seconds from 1 to"
            f" {_LARGEST_LIMIT_SECONDS}, not {text!r}"
        )
    return int(text)


def _within_limit(function: Callable[[], T]) -> T:
    """Call the keyring, which may wait for a person at a window of its own.

    Raises:
        PersonNeededError: It failed, is locked, or took too long.
    """
    import threading

    results: list[T] = []
    failures: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - a backend raises whatever its library does
            failures.append(error)

    seconds = _limit_seconds()
    thread = threading.Thread(target=call, daemon=True)
    with _silence():
        thread.start()
        thread.join(seconds)
    if results:
        return results[0]
    if not failures:
        raise KeyringLockedError(
            f"the keyring did not answer within {seconds} seconds",
            hint="it may be asking for its password in a window: unlock it and try again",
        )
    raise _failure(failures[0]) from None


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what a backend, or a program that it starts, says off our standard streams."""
    saved = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
    with open(os.devnull, "w", encoding="utf-8") as null:
        try:
            for descriptor, _ in saved:
                os.dup2(null.fileno(), descriptor)
            with contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
                yield
        finally:
            for descriptor, copy in saved:
                os.dup2(copy, descriptor)
                os.close(copy)


def _failure(error: BaseException) -> MFAProcessError:
    """Return our error for one of the keyring."""
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(error, MFAProcessError):
        return error
    debug.note(f"keyring: {type(error).__name__}")
    if isinstance(error, NoKeyringError):
        return PersonNeededError("there is no system keyring", hint=_remedy())
    if isinstance(error, KeyringLocked):
        return KeyringLockedError("the keyring is locked", hint=_unlock())
    hint = _unlock() if isinstance(error, InitError) or sys.platform == "darwin" else _remedy()
    return PersonNeededError(f"the keyring cannot be used ({type(error).__name__})", hint=hint)


def _unlock() -> str:
    """Say how the keyring of this system is unlocked."""
    if sys.platform == "darwin":
        return "run security unlock-keychain (over ssh it is always locked) and try again"
    if sys.platform == "linux" and not _has_display():
        return f"unlock it, in bash: {_daemon('--replace --unlock')}; or log in to the desktop"
    return "unlock it in the desktop's password manager and try again"


def _remedy() -> str:
    """Say how this system gets a keyring, and that it can be done without."""
    return f"{_way_to_a_keyring()}; without one the key may stay in ~/.aws/credentials"


def _way_to_a_keyring() -> str:
    if sys.platform != "linux":
        return "see what keyring --list-backends shows"
    if _has_display():
        return "start the desktop's keyring: gnome-keyring, KWallet or KeePassXC's Secret Service"
    places = {"WSL_DISTRO_NAME": "under WSL", "SSH_CONNECTION": "over ssh"}
    where = next((text for name, text in places.items() if os.environ.get(name)), "on a server")
    return (
        f"{where}: run dbus-run-session -- bash, in it {_daemon('--unlock')}; or install"
        f" pass and add keyring-pass to this program (pipx inject {APP} keyring-pass)"
    )


def _daemon(options: str) -> str:
    """Say how the daemon gets its password: it reads up to the end of file, silently."""
    return (
        "read -rs PASSWORD (type the keyring's password), then"
        f' printf %s "$PASSWORD" | gnome-keyring-daemon {options} --components=secrets'
    )


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

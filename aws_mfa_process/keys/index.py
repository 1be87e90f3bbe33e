"""The index: which profiles have a pair in the keyring, without its secret.

Its one rule: it is a file of ours, so that finding a session, renewing a role and waiting never
load the keyring library and never raise an unlock window.
"""

from collections.abc import Mapping

from aws_mfa_process import debug
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.lock import Lock
from aws_mfa_process.values import NamedTuple

_KIND = "keys"
_KEY = {"index": 2}
_LOCK_SECONDS = 2


class IndexEntry(NamedTuple):
    """What the index says of one profile: no secret."""

    access_key_id: str
    backend: str
    stored_at: int


def read_index(cache: Cache) -> Mapping[str, IndexEntry]:
    """Return what the index says, by profile."""
    document = cache.read(_KIND, _KEY) or {}
    return {profile: IndexEntry(*entry) for profile, entry in document.items()}


def stored_key_ids(cache: Cache) -> Mapping[str, str]:
    """Return the access key ids in the keyring, by profile."""
    return {profile: entry.access_key_id for profile, entry in read_index(cache).items()}


def change_index(cache: Cache, profile: str, entry: IndexEntry | None) -> None:
    """Put the line of a profile right, if it is not; None takes it out.

    Where the index cannot be written the keyring is asked instead, so that is no failure.
    """
    if read_index(cache).get(profile) == entry:
        return
    try:
        with Lock(cache.path_of("lock", _KEY)) as lock:
            for _ in lock.tries(_LOCK_SECONDS):
                pass
            index = {name: list(old) for name, old in read_index(cache).items() if name != profile}
            cache.write(_KIND, _KEY, index if entry is None else {**index, profile: list(entry)})
            cache.remove_memos()
    except OSError as error:
        debug.note(f"the index of keys could not be written: {error.strerror}")

"""Long-term credentials in the system keyring.

Its one rule: the keyring is opened only to use, show or change a pair, and to look for one that
the index does not know; and the index is put right whenever it was. Where the keyring is locked or
missing each function raises a `PersonNeededError`.
"""

import json
import shlex
import time

from aws_mfa_process import APP
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.keys import advice
from aws_mfa_process.keys.backend import open_keyring, within_limit
from aws_mfa_process.keys.index import IndexEntry, change_index
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.values import Any, NamedTuple

_MOST_CHARACTERS = 65536
"""What the keyring may hold for a profile; of ours there are some hundred."""


class NoPairError(PersonNeededError):
    """The keyring holds nothing under the name of a profile."""

    def __init__(self, profile: str) -> None:
        """Name the commands that store a pair."""
        name = shlex.quote(profile)
        super().__init__(
            f"the keyring holds no keys for profile {profile}",
            hint=f"store one: {APP} add {name}; or move one there: {APP} import {name};"
            f" to see which there are: {APP} list",
        )


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


def read(cache: Cache, profile: str) -> Stored:
    """Return what is stored for a profile.

    Raises:
        NoPairError: There is nothing.
        NotOurPairError: What is stored there is not ours.
    """
    stored = find(cache, profile)
    if stored is None:
        raise NoPairError(profile)
    return stored


def find(cache: Cache, profile: str) -> Stored | None:
    """Return what is stored for a profile, None if there is nothing; and put the index right.

    Raises:
        NotOurPairError: What is stored there is not ours.
    """
    keyring = open_keyring()
    text = within_limit(keyring.get_password, APP, profile)
    if text is None:
        change_index(cache, profile, None)
        return None
    stored = _parse(text)
    if stored is None:
        raise NotOurPairError(
            f"what the keyring holds for profile {profile} is not a key pair of this program",
            hint=f"run {APP} add {shlex.quote(profile)} to store it anew",
        )
    entry = IndexEntry(stored.keys.access_key_id, str(keyring.name), stored.stored_at)
    change_index(cache, profile, entry)
    return stored


def write(cache: Cache, profile: str, stored: Stored) -> None:
    """Store the pair of a profile and read it back.

    Raises:
        PersonNeededError: The keyring does not keep what it is given.
    """
    keyring = open_keyring()
    stored = stored._replace(stored_at=stored.stored_at or int(time.time()))
    document = {name: value for name, value in stored._asdict().items() if value}
    document["keys"] = stored.keys[:2]
    if stored.next_keys is not None:
        document["next_keys"] = stored.next_keys[:2]
    text = json.dumps(document, separators=(",", ":"))
    within_limit(keyring.set_password, APP, profile, text)
    found = within_limit(keyring.get_password, APP, profile)
    if found is not None and _parse(found) is None:  # another program's, of the same name
        within_limit(keyring.delete_password, APP, profile)
        found = within_limit(keyring.get_password, APP, profile)
    if found != text:
        raise PersonNeededError(
            f"the keyring ({keyring.name}) does not keep what it is given", hint=advice.get_one()
        )
    entry = IndexEntry(stored.keys.access_key_id, str(keyring.name), stored.stored_at)
    change_index(cache, profile, entry)


def delete(profile: str) -> None:
    """Remove the pair of a profile; one that is gone already is fine.

    The index still knows it: whoever forgets what came from it takes that line out afterwards.
    """
    keyring = open_keyring()
    if within_limit(keyring.get_password, APP, profile) is not None:
        within_limit(keyring.delete_password, APP, profile)


def _parse(text: str) -> Stored | None:
    """Return what a text holds, None if it is not as we write it."""
    if len(text) > _MOST_CHARACTERS:
        return None
    try:
        document: dict[str, Any] = json.loads(text)
        next_keys = document.get("next_keys")
        stored = Stored(
            SourceCredentials(*document["keys"]),
            document.get("stored_at", 0),
            SourceCredentials(*next_keys) if next_keys else None,
            document.get("old_key_id", ""),
            tuple(document.get("known_key_ids", ())),
            document.get("noted_at", 0),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    texts = [*stored.keys, *(stored.next_keys or ()), stored.old_key_id, *stored.known_key_ids]
    times = (stored.stored_at, stored.noted_at)
    are_texts = all(isinstance(it, str) for it in texts)
    return stored if are_texts and all(isinstance(it, int) for it in times) else None

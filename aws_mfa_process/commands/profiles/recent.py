"""Which profiles a person named lately, for the order of the list to pick from.

It is a small file in the user's state folder, and nothing depends on it.
"""

import contextlib
import json
import os

import platformdirs

from aws_mfa_process import APP
from aws_mfa_process.store.read import own
from aws_mfa_process.store.write import place

_KEPT = 50
_MOST_BYTES = 64 * 1024
_LOST = (OSError, ValueError, RecursionError)


def names() -> list[str]:
    """Return the profiles, the last one first."""
    with contextlib.suppress(*_LOST), open(_path(), "rb", opener=own) as file:
        found = json.loads(file.read(_MOST_BYTES))
        if isinstance(found, list):
            return [name for name in found if isinstance(name, str)]
    return []


def add(profile: str) -> None:
    """Put a profile first; a failure costs only the order."""
    found = names()
    if found[:1] == [profile]:
        return
    text = json.dumps([profile, *(name for name in found if name != profile)][:_KEPT])
    with contextlib.suppress(OSError):
        place(_path(), text.encode())


def _path() -> str:
    return os.path.join(platformdirs.user_state_dir(APP, appauthor=False), "recent.json")

"""What has failed of late, for those who waited for it.

Its one rule: a failure says by its class whom it concerns.
"""

import os
import time

from aws_mfa_process import debug, errors
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.store.cache import Cache, Key
from aws_mfa_process.values import NamedTuple


class Failure(NamedTuple):
    """A failure of a moment ago.

    Attributes:
        at: When, seconds since the epoch.
        process_group: In whose job.
        is_renewal: Whether nobody had waited for it.
    """

    error: MFAProcessError
    at: float
    process_group: int
    is_renewal: bool


def read(cache: Cache, key: Key) -> Failure | None:
    """Return the last failure of one thing; one of the future is from before a clock was set."""
    document = cache.read("failure", key)
    if document is None or document["at"] > time.time():
        return None
    kind = getattr(errors, document["error"] or "MFAProcessError", None)
    if not isinstance(kind, type) or not issubclass(kind, MFAProcessError):  # another version's
        return None
    error = kind(document["message"], hint=document["hint"])
    is_renewal = bool(document.get("is_renewal"))
    return Failure(error, document["at"], document["process_group"], is_renewal)


def write(cache: Cache, key: Key, error: MFAProcessError, *, is_renewal: bool = False) -> None:
    """Keep a failure; where nothing can be kept, each finds out by itself."""
    # the nearest class that can be made anew from a message and a hint
    kind = next(kind for kind in type(error).mro() if hasattr(errors, kind.__name__))
    document = {
        "at": time.time(),
        "error": kind.__name__,
        "message": error.message,
        "hint": error.hint,
        "process_group": process_group(),
        "is_renewal": is_renewal,
    }
    try:
        cache.write("failure", key, document)
    except OSError as failure:
        debug.note(f"a failure could not be kept: {failure.strerror}")


def forget(cache: Cache, key: Key) -> None:
    """Remove the last failure of one thing, as it has worked since."""
    try:
        cache.remove(cache.path_of("failure", key))
    except OSError as failure:
        debug.note(f"a failure could not be removed: {failure.strerror}")


def process_group() -> int:
    """Return the number of our process group: that of the job a shell started; 0 on Windows."""
    return os.getpgrp() if hasattr(os, "getpgrp") else 0

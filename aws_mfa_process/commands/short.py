"""``status --short``: one profile in a few letters, for the prompt of a shell.

Its one rule: it is as quick as it can be. Which sessions a profile has is decided once and kept
beside the memos, under a key that differs when the config does; after that only those are read.
"""

import json
import time

from aws_mfa_process import memo, sealed
from aws_mfa_process.commands.screens.times import left_in_short
from aws_mfa_process.display import printable
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.values import Any

_NEEDED = PersonNeededError.exit_code


def run(profile: str) -> int:
    """Print the line; the exit status is 3 where a code is needed.

    Raises:
        MFAProcessError: The profile does not exist, or its credentials cannot be made.
    """
    cache = Cache(sealed.cache_dir())
    key = memo.key(["status", "--short", profile])
    links = _read(key)
    if links is None:
        links = _decide(profile, cache, key)
    word = _word(links, cache)
    print(f"{printable(profile)} {word}")  # noqa: T201 - that is what it is for
    return _NEEDED if word == "code?" else 0


def _word(links: dict[str, Any], cache: Cache) -> str:
    """Return what is left; without a session of its own, whether one can be made."""
    now = time.time()
    session = cache.read_session(links["last"])
    if session is not None and session.is_alive(now):
        return left_in_short(session.expiration - now)
    if links["code"] is None:
        return "ready"
    made = cache.read_session(links["code"])
    oldest = now - links["max_age_seconds"] if links["max_age_seconds"] else 0
    is_good = made is not None and made.is_alive(now) and made.issued_at > oldest
    return "ready" if is_good else "code?"


def _read(key: bytes) -> dict[str, Any] | None:
    """Return what was decided for these config files, if it was."""
    data = None if memo.is_bypassed() else sealed.read_sealed(memo.path_of(key))
    head = key + b"\0\n"
    if data is None or not data.startswith(head):
        return None
    try:
        found: dict[str, Any] = json.loads(data[len(head) :])
        keys, seconds = (found["last"], found["code"]), found["max_age_seconds"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    has_form = isinstance(keys[0], dict) and isinstance(keys[1], dict | None)
    return found if has_form and isinstance(seconds, int | None) else None


def _decide(profile: str, cache: Cache, key: bytes) -> dict[str, Any]:
    """Decide which sessions a profile has, and keep that if it can be kept."""
    import contextlib  # noqa: PLC0415 - once for each state of the config

    from aws_mfa_process.commands.context import open_context  # noqa: PLC0415 - same
    from aws_mfa_process.commands.profiles.chosen import chain_of  # noqa: PLC0415 - same
    from aws_mfa_process.commands.profiles.view import view_of  # noqa: PLC0415 - same
    from aws_mfa_process.config.command_line import Request  # noqa: PLC0415 - same

    context = open_context(is_silent=True)
    chain = chain_of(context, view_of(context.files, context.environ), Request(profile, {}))
    links = {
        "last": chain.links[-1].key,
        "code": chain.links[0].key if chain.mfa is not None else None,
        "max_age_seconds": chain.mfa.max_age_seconds if chain.mfa is not None else None,
    }
    data = key + b"\0\n" + json.dumps(links).encode()
    with contextlib.suppress(OSError):
        if not memo.is_bypassed():
            cache.write_sealed(memo.path_of(key), data, is_synced=False)
    return links

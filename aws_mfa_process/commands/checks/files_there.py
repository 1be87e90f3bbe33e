"""The files and folders that there are, ours and those of AWS, with owners and modes."""

import glob
import os
import re
import stat
import time
from collections.abc import Iterator

from aws_mfa_process import sealed
from aws_mfa_process.commands.checks.world import Kept
from aws_mfa_process.commands.context import Context
from aws_mfa_process.config.profiles import SECRETS, Settings
from aws_mfa_process.store.lock import Lock
from aws_mfa_process.store.write import TEMPORARY, obstacle, stranger_above

_ENTRY = r"(session|memo|failure|codes|keys|logout|device|renewal)-[0-9a-f]{32}"
"""Names of sealed documents."""
_OURS = rf"{_ENTRY}(\.lock|\.renewal)?|lock-(terminal-\d+|[0-9a-f]{{32}})|logged-out|swept"
_LONG_SECONDS = 3600


def files_there(context: Context) -> tuple[Kept, ...]:
    """Return what is there; nothing on Windows, where other rules hold."""
    if not hasattr(os, "geteuid"):
        return ()
    return (*_of_aws(context), *_of_ours(context.cache.folder))


def _of_aws(context: Context) -> Iterator[Kept]:
    files = context.files
    folder = os.path.dirname(files.config_path)
    if os.path.isdir(folder):
        yield _kept(folder)
    both = ((files.config_path, files.in_config), (files.credentials_path, files.in_credentials))
    for path, profiles in both:
        if os.path.isfile(path):
            mode = stat.S_IMODE(os.stat(path).st_mode)
            has = any(_has_secret(values) for values in profiles.values())
            yield _kept(path, mode, holds_secrets=has)
        for left in glob.glob(f"{glob.escape(os.path.realpath(path))}.*{TEMPORARY}"):
            if _age(left) > _LONG_SECONDS:
                yield Kept(left, is_own=False, rest="was left by an edit that was interrupted")


def _has_secret(values: Settings) -> bool:
    return any(values.get(name) for name in SECRETS)


def _of_ours(folder: str) -> Iterator[Kept]:
    if not os.path.isdir(folder):
        return
    if obstacle(folder):  # nothing in it is ours to look at, whatever its name
        if not os.path.islink(folder):
            yield _kept(folder, is_own=True)
        return
    status = os.stat(folder)
    yield Kept(folder, _owner(folder), stat.S_IMODE(status.st_mode))
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            continue
        is_ours = re.fullmatch(_OURS, name) or name.endswith(TEMPORARY)
        if not is_ours or not stat.S_ISREG(found.st_mode):  # never read
            continue
        mode = stat.S_IMODE(found.st_mode)
        owner = _owner(path)
        is_private = not owner and sealed.is_private(status) and not mode & 0o077
        rest = _rest(path, name) if is_private else ""
        held_by = _holder(path, name) if is_private else 0
        yield Kept(path, owner, mode, rest=rest, held_by=held_by)


def _kept(path: str, mode: int = 0, *, holds_secrets: bool = False, is_own: bool = False) -> Kept:
    above = stranger_above(os.path.abspath(path))
    return Kept(path, _owner(path), mode, holds_secrets, is_own, above=above)


def _rest(path: str, name: str) -> str:
    """Return why a private file of ours is of no use; empty: it is."""
    if re.fullmatch(_ENTRY, name) and sealed.read_sealed(path) is None:
        return "is torn"
    if name.endswith(TEMPORARY) and _age(path) > _LONG_SECONDS:
        return "was left by a program that was interrupted"
    return ""


def _holder(path: str, name: str) -> int:
    """Return who has held a lock for too long; 0: nobody."""
    is_lock = name.startswith("lock-") or name.endswith(".lock")
    if not is_lock or _age(path) < _LONG_SECONDS:
        return 0
    with Lock(path) as lock:
        return 0 if lock.try_acquire() else lock.holder()


def _age(path: str) -> float:
    try:
        return time.time() - os.lstat(path).st_mtime
    except OSError:
        return 0


def _owner(path: str) -> str:
    """Return the name of the owner of a file, or of the link; empty: that is us."""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        number = os.lstat(path).st_uid
    except OSError:
        return ""
    if number == os.geteuid():
        return ""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"

"""Edits of the AWS config and credentials files on disk.

Its one rule: the new text is made in memory, written beside the file with the file's own mode,
synced and renamed over it; a copy of the old text is never made.
"""

import contextlib
import glob
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator

from aws_mfa_process.config.profiles import all_of
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.store.write import TEMPORARY, make_folders, remove, write

if sys.platform != "win32":
    import fcntl

_EDIT_TRIES = 5
_LOCK_SECONDS = 5
_POLL_SECONDS = 0.03
_OWN_HINT = "make the file and its folder your own, and try again"


def read(path: str) -> str:
    """Return the text of a file, byte for byte; a missing one is empty.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return all_of(path).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint=_OWN_HINT) from None


def edit(path: str, change: Callable[[str], str], *, is_secret: bool = False) -> bool:
    """Change a file, or the one that a link leads to; tell whether there was anything to change.

    Args:
        path: It need not exist; a new one is 0600.
        change: Makes the new text from the old one; called again when another program has
            written the file meanwhile.
        is_secret: The new text holds a secret: it is closed to others, whatever stood there.

    Raises:
        ConfigError: It cannot be written, or is no file; the old text stands.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise ConfigError(
            f"{path} is not a regular file, and is left as it is",
            hint="let AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name files, or unset them",
        )
    with _alone(path):
        for _ in range(_EDIT_TRIES):
            old = read(path)
            new = change(old)
            if new == old:
                return False
            if _replace(path, old, new, is_secret=is_secret):
                return True
    raise ConfigError(
        f"{path} is written by another program all the time", hint="try again when that has ended"
    )


@contextlib.contextmanager
def _alone(path: str) -> Iterator[None]:
    """Let edits of a file's folder follow each other; where there is no lock they only compare."""
    with contextlib.ExitStack() as stack:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                folder = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)
                stack.callback(os.close, folder)
                _take(folder)
        yield


def _take(folder: int) -> None:
    """Lock a folder; whoever holds it for longer than an edit takes is not waited for.

    Raises:
        OSError: There are no locks here.
    """
    deadline = time.monotonic() + _LOCK_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_POLL_SECONDS)


def _replace(path: str, old: str, new: str, *, is_secret: bool) -> bool:
    """Replace the text of a file, unless it is no longer the old one."""
    target = os.path.realpath(path)

    def copy_owner_and_mode(descriptor: int) -> None:
        if hasattr(os, "fchown") and os.path.exists(target):
            status = os.stat(target)
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, status.st_uid, status.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & (0o600 if is_secret else 0o777))

    def is_wanted() -> bool:
        return read(path) == old

    try:
        make_folders(os.path.dirname(target))
        _remove_leftovers(path)
        data = new.encode("utf-8", "surrogateescape")
        return write(target, data, prepare=copy_owner_and_mode, is_wanted=is_wanted)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", hint=_OWN_HINT) from None


def remove_leftovers(path: str) -> None:
    """Remove what an interrupted `edit` left beside a file: it may hold secrets."""
    with _alone(path):
        _remove_leftovers(path)


def _remove_leftovers(path: str) -> None:
    for leftover in glob.glob(f"{glob.escape(os.path.realpath(path))}.*{TEMPORARY}"):
        remove(leftover)

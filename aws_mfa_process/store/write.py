"""How a file comes to disk: complete or not at all, and closed to others.

Its one rule: it is written beside its place, synced and renamed. Imports little: processes that
only wait load it.
"""

import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

TEMPORARY = ".aws-mfa-process.tmp"
"""How the name of a file ends that is not in its place yet."""
_REPLACE_TRIES = 10


def make_folder(folder: str) -> None:
    """Make a folder of ours, or close it to others if it is ours and too open.

    Raises:
        OSError: It cannot be made, or belongs to somebody else.
    """
    os.makedirs(folder, mode=stat.S_IRWXU, exist_ok=True)
    status = os.stat(folder)
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        os.chmod(folder, stat.S_IRWXU)


def write(
    path: str,
    data: bytes,
    *,
    prepare: "Callable[[int], None] | None" = None,
    is_wanted: "Callable[[], bool] | None" = None,
) -> bool:
    """Write a whole file; what stood there before stands until then.

    Args:
        path: Its place, in a folder that exists.
        data: All that it holds.
        prepare: Given the descriptor of the new file, 0600, before anything is in it.
        is_wanted: Asked when it is complete, before it takes its place.

    Returns:
        Whether it has taken its place.

    Raises:
        OSError: It cannot be written.
    """
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}{TEMPORARY}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(temporary, flags, 0o600), "wb") as file:
            if prepare is not None:
                prepare(file.fileno())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        is_placed = is_wanted is None or is_wanted()
        if is_placed:
            _replace(temporary, path)
        return is_placed
    finally:  # also after Ctrl-C: it may hold secrets
        remove(temporary)


def remove(path: str) -> None:
    """Remove a file of ours if that can be done; one that is gone already is fine."""
    try:  # noqa: SIM105 - contextlib is not loaded by those who wait
        os.unlink(path)
    except OSError:
        pass


def _replace(source: str, target: str) -> None:
    """Rename over the target; Windows refuses for the moment in which a reader has it open."""
    for remaining in reversed(range(_REPLACE_TRIES)):
        try:
            os.replace(source, target)
        except PermissionError:
            if os.name != "nt" or not remaining:
                raise
            time.sleep(0.02)
        else:
            return

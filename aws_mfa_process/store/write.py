"""How a file comes to disk: complete or not at all, and closed to others.

Its one rule: it is written beside its place, synced and renamed. Imports little: processes that
only wait load it.
"""

import errno
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
    make_folders(folder)
    why = obstacle(folder)
    if why:
        raise PermissionError(errno.EACCES, why)
    if os.stat(folder).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        os.chmod(folder, stat.S_IRWXU)


def make_folders(folder: str) -> None:
    """Make a folder, 0700, and those above it; none in a home that is not ours.

    Raises:
        OSError: It cannot be made.
    """
    if not os.path.isdir(folder):
        why = obstacle(folder)
        if why:
            raise PermissionError(errno.EACCES, why)
        os.makedirs(folder, mode=stat.S_IRWXU, exist_ok=True)


def obstacle(folder: str) -> str:
    """Return why nothing can be kept in a folder of ours; empty where something can.

    Of folders only owners are looked at: whoever runs us with ``sudo`` leaves nothing in a home of
    somebody else, and finds nothing there.
    """
    if not hasattr(os, "geteuid"):
        return ""
    place = folder
    while not os.path.lexists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    try:
        found = os.stat(place)
    except OSError as error:
        return f"{place}: {error.strerror}"
    if not stat.S_ISDIR(found.st_mode):
        return f"{place} is no folder (rm {place})"
    owner = found.st_uid
    us = os.geteuid()
    if owner == us or (owner == 0 and place != folder and os.access(place, os.W_OK)):
        return ""
    way = f"sudo rm -r {place}" if place == folder else f"sudo chown {us} {place}"
    return f"{place} belongs to {_user(owner)} ({'run it without sudo' if us == 0 else way})"


def _user(number: int) -> str:
    import pwd  # noqa: PLC0415 - those who wait do not load it

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


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
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "it is not a regular file", path)
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

"""How a file comes to disk: complete or not at all, and closed to others.

Its one rule: it is written beside its place, synced (a memo is not) and renamed. Imports little:
processes that only wait load it.
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
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PROBE_BYTES = 4096
"""What has room for this has room for a session."""


def make_folder(folder: str) -> None:
    """Make a folder of ours, or close it to others if it is ours and too open.

    What others have left in it while it was open goes.

    Raises:
        OSError: It cannot be made, or belongs to somebody else.
    """
    descriptor = open_folder(folder)
    if descriptor is not None:
        os.close(descriptor)


def open_folder(folder: str) -> int | None:
    """Do what `make_folder` does, and return a descriptor of the folder; None on Windows.

    What is done relative to it stays in this folder, whatever is put in its place meanwhile.

    Raises:
        OSError: It cannot be made, or belongs to somebody else.
    """
    make_folders(folder)
    why = obstacle(folder)
    if why:
        raise PermissionError(errno.EACCES, why)
    if not hasattr(os, "O_DIRECTORY"):
        return None
    follow = 0 if os.path.islink(folder) else os.O_NOFOLLOW  # a link of our own: see obstacle
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | follow)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            raise PermissionError(errno.EACCES, "it was replaced")
        if status.st_mode & _OTHERS:
            os.fchmod(descriptor, stat.S_IRWXU)
            for name in os.listdir(descriptor):
                remove_foreign(name, descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def make_folders(folder: str) -> None:
    """Make a folder and those above it, 0700 whatever the umask; none in a home that is not ours.

    Raises:
        OSError: It cannot be made.
    """
    missing = []
    place = folder
    while not os.path.isdir(place) and os.path.dirname(place) != place:
        missing.append(place)
        place = os.path.dirname(place)
    if not missing:
        return
    why = obstacle(folder)
    if why:
        raise PermissionError(errno.EACCES, why)
    for place in reversed(missing):
        try:
            _make(place)
        except FileExistsError:  # another process has made it just now
            if not os.path.isdir(place):
                raise


def _make(folder: str) -> None:
    """Make a folder; the umask, which all threads share, stays as it is."""
    os.mkdir(folder, stat.S_IRWXU)
    if ~os.lstat(folder).st_mode & stat.S_IRWXU:  # a strange umask
        os.chmod(folder, stat.S_IRWXU)


def remove_foreign(name: str, folder: int | None = None) -> None:
    """Remove what somebody else has put into a folder of ours, if that can be done."""
    try:
        status = os.lstat(name, dir_fd=folder)
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            (os.rmdir if stat.S_ISDIR(status.st_mode) else os.unlink)(name, dir_fd=folder)
    except OSError:
        pass


def obstacle(folder: str) -> str:
    """Return why nothing can be kept in a folder of ours; empty where something can.

    Only owners are looked at: whoever runs us with ``sudo`` leaves nothing in a home of somebody
    else, and finds nothing there. For root all folders above have to be root's too: who owns one
    of them can put another one in its place.
    """
    if not hasattr(os, "geteuid"):
        return ""
    place = folder
    while not os.path.lexists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    try:
        return _odd(place, is_last=place == folder) or stranger_above(place)
    except OSError as error:
        return f"{place}: {error.strerror}"


def _odd(place: str, *, is_last: bool) -> str:
    """Return why something is no folder of ours, or none in which we can make one."""
    us = os.geteuid()
    link = os.lstat(place)
    is_link = stat.S_ISLNK(link.st_mode)
    if is_link and link.st_uid not in (us, 0):
        return f"{place} is a link of {_user(link.st_uid)} (rm {place})"
    found = os.stat(place)
    if not stat.S_ISDIR(found.st_mode):
        return f"{place} is no folder (rm {place})"
    if is_link and is_last and found.st_mode & _OTHERS:
        return f"{place} is a link to a folder that others may enter (rm {place})"
    owner = found.st_uid
    if owner == us or (owner == 0 and not is_last and os.access(place, os.W_OK)):
        return ""
    return _belongs(place, owner, f"sudo rm -r {place}" if is_last else f"sudo chown {us} {place}")


def stranger_above(place: str) -> str:
    """Return whose folder something of root's lies in; empty: root's own, or we are not root."""
    while os.geteuid() == 0 and os.path.dirname(place) != place:
        place = os.path.dirname(place)
        owner = os.stat(place).st_uid or os.lstat(place).st_uid
        if owner:
            return _belongs(place, owner, "")
    return ""


def trouble(folder: str, *, may_make: bool) -> str:
    """Return why nothing can be kept in a folder of ours, also where it is full or read-only.

    A file is written there and removed; with ``may_make`` the folder is made for it.
    """
    why = obstacle(folder)
    if why:
        return why
    if not may_make and not os.path.isdir(folder):
        while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        return "" if os.access(folder, os.W_OK) else f"{folder} cannot be written"
    try:
        place(os.path.join(folder, "probe"), b" " * _PROBE_BYTES, is_wanted=lambda: False)
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


def _belongs(place: str, owner: int, way: str) -> str:
    if not os.geteuid():
        is_sudo = "SUDO_UID" in os.environ
        way = "run it without sudo" if is_sudo else "let XDG_CACHE_HOME name a folder of root's own"
    return f"{place} belongs to {_user(owner)} ({way})"


def _user(number: int) -> str:
    import pwd  # noqa: PLC0415 - those who wait do not load it

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def place(
    path: str,
    data: bytes,
    *,
    is_wanted: "Callable[[], bool] | None" = None,
    is_synced: bool = True,
) -> None:
    """Write a whole file into a folder of ours, which is made or closed to others if need be.

    For ``is_wanted`` and ``is_synced`` see `write`.

    Raises:
        OSError: It cannot be written.
    """
    folder = open_folder(os.path.dirname(path))
    try:
        write(path, data, folder=folder, is_wanted=is_wanted, is_synced=is_synced)
    finally:
        if folder is not None:
            os.close(folder)


def write(  # noqa: PLR0913 - one for each step
    path: str,
    data: bytes,
    *,
    folder: int | None = None,
    prepare: "Callable[[int], None] | None" = None,
    is_wanted: "Callable[[], bool] | None" = None,
    is_synced: bool = True,
) -> bool:
    """Write a whole file; what stood there before stands until then.

    Args:
        path: Its place, in a folder that exists.
        data: All that it holds.
        folder: A descriptor of that folder, from `open_folder`.
        prepare: Given the descriptor of the new file, 0600, before anything is in it.
        is_wanted: Asked when it is complete, before it takes its place.
        is_synced: It is on the disk before that; else a power cut may leave an empty one.

    Returns:
        Whether it has taken its place.

    Raises:
        OSError: It cannot be written.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    place = path if folder is None else os.path.basename(path)
    temporary = f"{place}.{os.getpid()}.{os.urandom(4).hex()}{TEMPORARY}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(temporary, flags, 0o600, dir_fd=folder), "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)  # whatever the umask
            if prepare is not None:
                prepare(file.fileno())
            file.write(data)
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
        is_placed = is_wanted is None or is_wanted()
        if is_placed:
            _replace(temporary, place, folder)
        return is_placed
    finally:  # also after Ctrl-C: it may hold secrets
        remove(temporary, folder)


def remove(path: str, folder: int | None = None) -> None:
    """Remove a file of ours if that can be done; one that is gone already is fine."""
    try:  # noqa: SIM105 - contextlib is not loaded by those who wait
        os.unlink(path, dir_fd=folder)
    except OSError:
        pass


def _replace(source: str, target: str, folder: int | None) -> None:
    """Rename over the target; Windows refuses for the moment in which a reader has it open."""
    for remaining in reversed(range(_REPLACE_TRIES)):
        try:
            os.replace(source, target, src_dir_fd=folder, dst_dir_fd=folder)
        except PermissionError:
            if os.name != "nt" or not remaining:
                raise
            time.sleep(0.02)
        else:
            return

"""Processes that follow one that calls AWS anyway: it makes their role sessions too.

Its one rule: a follower can go on alone at any time, and then nothing is lost but that time.
Imports little: processes that only wait load it.
"""

import os
import time

from aws_mfa_process import __version__, sealed
from aws_mfa_process.store import write
from aws_mfa_process.store.lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FOLDER = "followers"
_TAKEN = ".taken"
"""How the name of a question ends on which the leader works."""
_POLL_SECONDS = 0.01
_NOTICE_SECONDS = 0.5
"""A leader that can lead takes a question within this time."""
_TAKEN_SECONDS = 40
"""Longer than a call of AWS takes."""
_IDLE_SECONDS = 2
_STRAY_SECONDS = 3600
_APART = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "_")
"""Variables that often differ between processes of one program, and that we do not read."""


def follow(question: bytes, leader: Lock) -> None:
    """Ask the leader for what a memo answers, and wait for it; afterwards the memo tells.

    The end comes also where the leader has something else to do, stands still, or is gone.

    Args:
        question: As `memo.key` gives it.
        leader: The lock, held by another process; it may be ours in the end.
    """
    path = os.path.join(_folder(), sealed.fingerprint(question))
    try:
        data = _surroundings(os.environ) + b"\n" + question
        write.place(path, sealed.seal(data), is_synced=False)
        _wait(path, leader)
    except OSError:
        return
    finally:
        write.remove(path)
        write.remove(path + _TAKEN)


def _wait(path: str, leader: Lock) -> None:
    started = time.monotonic()
    taken, seconds = "", _NOTICE_SECONDS
    while (waited := time.monotonic() - started) < seconds:
        time.sleep(_POLL_SECONDS)
        if not os.path.exists(taken or path):
            if taken or not os.path.exists(path + _TAKEN):
                return
            taken, seconds = path + _TAKEN, _TAKEN_SECONDS
        if leader.try_acquire() or (waited > _IDLE_SECONDS and not leader.is_at_work()):
            return


def taken_questions(environ: "Mapping[str, str]") -> "Iterator[tuple[str, bytes]]":
    """Take what followers ask just now; yield the file of each, to be removed, and the question.

    Whose surroundings are others than ours, with ``environ`` as our caller left it, goes on alone.
    """
    try:
        names = os.listdir(_folder())
    except OSError:
        return
    for name in names:
        path = os.path.join(_folder(), name)
        if "." in name:
            _remove_stray(path)
            continue
        data = sealed.read_sealed(path) or b""
        surroundings, _, question = data.partition(b"\n")
        if surroundings == _surroundings(environ):
            try:
                os.replace(path, path + _TAKEN)
            except OSError:  # it has gone on alone
                continue
            yield path + _TAKEN, question
        else:
            write.remove(path)


def _remove_stray(path: str) -> None:
    """Remove what a process has left that was killed."""
    try:
        is_stray = time.time() - os.lstat(path).st_mtime > _STRAY_SECONDS
    except OSError:
        return
    if is_stray:
        write.remove(path)


def _folder() -> str:
    return os.path.join(sealed.cache_dir(), _FOLDER)


def _surroundings(environ: "Mapping[str, str]") -> bytes:
    """Return a digest of what, beside its question, could change what becomes of a process.

    Variables may be secret, so it stands in a file for as long as somebody waits, and in no name.
    """
    folder = os.stat(".")
    parts = [f"{name}={text}" for name, text in sorted(environ.items()) if name not in _APART]
    parts += [__version__, os.path.abspath(__file__), f"{folder.st_dev} {folder.st_ino}"]
    parts += map(_target, ("/proc/self/ns/mnt", "/proc/self/ns/net"))
    return sealed.fingerprint("\0".join(parts).encode("utf-8", "surrogatepass")).encode()


def _target(path: str) -> str:
    """Return where a link leads; other systems than Linux have no such one."""
    try:
        return os.readlink(path)
    except OSError:
        return ""

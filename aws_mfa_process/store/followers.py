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
"""A leader that can lead takes a question, or refuses it, within this time."""
_TAKEN_SECONDS = 40
"""Longer than a call of AWS takes."""
_IDLE_SECONDS = 2
STRAY_SECONDS = 60
"""Whoever asked before that has gone."""
# fmt: off
_COMPARED = (
    "AWS_", "BOTO", "SSL", "REQUEST", "HOME", "USERPROFILE",  # what names an address, or files
    "PYTHON", "LD_", "DYLD_", "GLIBC_", "OPENSSL_",  # the interpreter and its libraries
    "RES", "HOSTALIASES", "LOCALDOMAIN",  # resolver(5), host.conf(5)
)
# fmt: on
"""How the variables begin that could change a call, those of proxies aside. Others may differ
between processes of one program: Terraform gives each of its own another certificate."""
_APART = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_VAULT", "AWS_CONTAINER_")
"""How those begin that change no call with an MFA session."""
_BETWEEN = ("LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES")
"""What they load has variables of its own, such as those that lead through another network."""


def follow(question: bytes, leader: Lock) -> None:
    """Ask the leader for what a memo answers, and wait for it; afterwards the memo tells.

    The end comes also where the leader has something else to do, stands still, or is gone.

    Args:
        question: As `memo.key` gives it.
        leader: The lock, held by another process; it may be ours in the end.
    """
    path = os.path.join(sealed.cache_dir(), _FOLDER, sealed.fingerprint(question))
    write.remove(path + _TAKEN)  # of one that was killed
    try:
        ours = surroundings(os.environ)
        if ours:
            write.place(path, sealed.seal(ours + b"\n" + question), is_synced=False)
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


def taken_questions(ours: bytes) -> "Iterator[tuple[str, bytes]]":
    """Take what followers ask just now; yield the file of each, to be removed, and the question.

    Whose `surroundings` are others than ours goes on alone.
    """
    folder = os.path.join(sealed.cache_dir(), _FOLDER)
    for name in _names(folder):
        path = os.path.join(folder, name)
        if "." in name:  # taken, or not whole
            continue
        theirs, _, question = (sealed.read_sealed(path) or b"").partition(b"\n")
        if ours and theirs == ours:
            try:
                os.replace(path, path + _TAKEN)
            except OSError:  # it has gone on alone
                continue
            yield path + _TAKEN, question
        else:
            write.remove(path)


def clear(cache: str, seconds: float) -> None:
    """Remove what has been asked so many seconds ago; whoever still waits goes on alone."""
    folder = os.path.join(cache, _FOLDER)
    for name in _names(folder):
        path = os.path.join(folder, name)
        try:
            is_new = 0 <= time.time() - os.lstat(path).st_mtime < seconds
        except OSError:
            continue
        if not is_new:
            write.remove(path)


def _names(folder: str) -> list[str]:
    """Return what stands in a folder of ours; a link is none."""
    try:
        return os.listdir(folder) if sealed.is_private(os.lstat(folder)) else []
    except OSError:
        return []


def surroundings(environ: "Mapping[str, str]") -> bytes:
    """Return a digest of what, beside its question, could change what becomes of a process.

    It is empty where it would not tell, and where a password may be in it: from a digest a short
    one could be found.
    """
    variables = [(name, text) for name, text in sorted(environ.items()) if _is_compared(name)]
    if any("@" in text or name in _BETWEEN for name, text in variables):
        return b""
    parts = [f"{name}={text}" for name, text in variables]
    parts += [__version__, os.path.abspath(__file__), _place("."), _place("/")]
    parts += map(_target, ("/proc/self/ns/mnt", "/proc/self/ns/net"))
    return sealed.fingerprint("\0".join(parts).encode("utf-8", "surrogatepass")).encode()


def _is_compared(name: str) -> bool:
    upper = name.upper()
    is_among = upper.startswith(_COMPARED) or upper.endswith("_PROXY")
    return is_among and not name.startswith(_APART)


def _place(folder: str) -> str:
    status = os.stat(folder)
    return f"{status.st_dev} {status.st_ino}"


def _target(path: str) -> str:
    """Return where a link leads; other systems than Linux have no such one."""
    try:
        return os.readlink(path)
    except OSError:
        return ""

"""The warm path: whole answers, found again without importing anything.

A memo is one file: the question (arguments, the variables that matter, the state of the
AWS config files), three times and the bytes that were printed. Its one rule: it imports
only what every interpreter has loaded at start, and whatever is not exactly as it was
written is a miss, never a wrong answer.
"""

import os
import sys
import time

from aws_mfa_process import DEBUG_VARIABLE, GUARD_VARIABLE, sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_mfa_process.store.lock import Lock

_ENDPOINT_VARIABLES = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
_RENEWAL_PAUSE_SECONDS = 60
WAIT_SECONDS = 60
"""The longest wait for other processes; then most callers have given up."""
_IDLE_SECONDS = 2
_POLL_SECONDS = 0.03
_held: "list[Lock]" = []
_lead: "list[Lock]" = []
_waited = [0.0]


def key(arguments: "Sequence[str]", state: bytes = b"") -> bytes:
    """Return the question that a memo answers, for a command line without the program's name.

    It differs whenever an argument or the state does; without one it is that of now.
    """
    words = "\0".join([*arguments, ""]).encode("utf-8", "surrogatepass")
    return words + (state or state_now())


def arguments_of(question: bytes, state: bytes) -> "list[str] | None":
    """Return the command line of a question that `key` gave in this state; None: in another one.

    >>> arguments_of(key(["--profile", "prod"], b"then"), b"then")
    ['--profile', 'prod']
    """
    if not question.endswith(state):
        return None
    words = question[: len(question) - len(state)].decode("utf-8", "surrogatepass")
    return words.split("\0")[:-1]


def state_now() -> bytes:
    """Return what an answer depends on beside the arguments.

    It differs whenever an endpoint variable or the path, time, size or inode of one of the two AWS
    config files does, or somebody logs out.
    """
    parts = ["", *(f"{name}={os.environ.get(name)}" for name in _ENDPOINT_VARIABLES)]
    logout = os.path.join(sealed.cache_dir(), sealed.LOGGED_OUT)
    for path in (*sealed.config_paths(), logout):
        try:
            status = os.stat(path)
        except OSError:
            if path is not logout:  # nobody has logged out: the question is as it ever was
                parts.append(f"{path}: none")
        else:
            stamps = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            parts.append(f"{path}: {stamps}")
    return "\0".join(parts).encode("utf-8", "surrogatepass")


def path_of(memo_key: bytes) -> str:
    """Return the file in which the answer to a question stands."""
    return os.path.join(sealed.cache_dir(), f"memo-{sealed.fingerprint(memo_key)}")


def pack(
    memo_key: bytes, fresh_until: int, renew_from: int, renew_until: int, answer: bytes
) -> bytes:
    """Return the data of a memo (to be sealed).

    Args:
        memo_key: The question, from `key`.
        fresh_until: The answer may be given before this time, seconds since the epoch.
        renew_from: From this time on a warm call also starts a renewal …
        renew_until: … as long as it is before this one (end of the MFA session).
        answer: What was printed.
    """
    times = b"%d %d %d " % (fresh_until, renew_from, renew_until)
    return memo_key + b"\0\n" + times + answer


def read(arguments: list[str], now: float) -> tuple[bytes, bool] | None:
    """Return the stored answer to this command line, if it is fresh, and whether a renewal is due.

    None: take the cold path. Times are seconds since the epoch.
    """
    if not arguments or arguments[0][:1] != "-" or is_bypassed():
        return None
    memo_key = key(arguments)
    data = sealed.read_sealed(path_of(memo_key))
    head = memo_key + b"\0\n"
    if data is None or not data.startswith(head):
        return None
    try:
        fresh_until, renew_from, renew_until, answer = data[len(head) :].split(b" ", 3)
        is_fresh, is_renewal_due = now < int(fresh_until), int(renew_from) <= now < int(renew_until)
    except ValueError:
        return None
    return (answer, is_renewal_due) if is_fresh else None


def wait(arguments: list[str]) -> tuple[bytes, bool] | None:
    """Wait while another process answers the same command line, and take its answer.

    The first process of many leaves this function holding a lock until it ends; the others wait
    here, before anything is imported, and leave with the memo that it wrote. Where it wrote none,
    they all go on to the cold path and find out why there. So do they after two seconds where it
    is not seen to go on: a session may be stored. The first one follows another process that
    calls AWS just now, or leads those that come meanwhile.
    """
    is_question = any(word[:9] == "--profile" for word in arguments)
    if not is_question or arguments[0][:1] != "-" or is_bypassed():
        return None
    from aws_mfa_process.store.lock import Lock  # noqa: PLC0415 - not for a warm answer

    question = key(arguments)
    lock = Lock(path_of(question) + ".lock")
    warm = None
    started = time.monotonic()
    for number, is_ours in enumerate(lock.tries(WAIT_SECONDS)):
        if is_ours and not number:
            lock.note_holder()
            _held.append(lock)
            if not _follow(arguments, question):
                return None
            _waited[0] = time.monotonic() - started
            return read(arguments, time.time())
        _waited[0] = time.monotonic() - started
        warm = read(arguments, time.time())
        if warm or (_waited[0] >= _IDLE_SECONDS and not lock.is_at_work()):
            break
    lock.release()
    return warm


def _follow(arguments: list[str], question: bytes) -> bool:
    """Let the process that leads answer a question; False: there is none, so now we lead.

    A question with a code is neither led nor followed: nobody else gets the code.
    """
    if any(word[:1] == "-" and "code" in word.partition("=")[0] for word in arguments):
        return False
    from aws_mfa_process.store.lock import Lock  # noqa: PLC0415 - not for a warm answer

    leader = Lock(os.path.join(sealed.cache_dir(), "lock-leader"))
    if leader.try_acquire():
        leader.note_holder()
        _lead.append(leader)
        return False
    from aws_mfa_process.store import followers  # noqa: PLC0415 - not for the one that leads

    followers.follow(question, leader)
    leader.release()
    return True


def leads() -> bool:
    """Tell whether other processes may follow this one."""
    return bool(_lead)


def stop_leading() -> None:
    """Let those go on alone that wait for us to answer their questions."""
    while _lead:
        _lead.pop().release()


def waited_seconds() -> float:
    """Return how long this process has waited for another one's answer."""
    return _waited[0]


def release() -> None:
    """Let the others go on that wait for our answer to their command line."""
    stop_leading()
    while _held:
        _held.pop().release()


def write_answer(answer: bytes) -> None:
    """Write an answer to standard output, in one go where the system lets us."""
    while answer:
        try:
            answer = answer[os.write(1, answer) :]
        except BlockingIOError:  # the caller made its pipe so, and has not read yet
            time.sleep(_POLL_SECONDS)


def fill_standard_streams() -> bool:
    """Open what the caller left closed of the descriptors 0 to 2; tell whether output was there.

    Else the next file that is opened becomes one of them.
    """
    has_output = True
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            has_output = has_output and descriptor != 1
            os.open(os.devnull, os.O_RDWR)
    return has_output


def is_bypassed() -> bool:
    """Tell whether memos are neither read nor written: a debug log or the guard is set."""
    return GUARD_VARIABLE in os.environ or bool(os.environ.get(DEBUG_VARIABLE))


def start_renewal(arguments: list[str]) -> None:
    """Start one detached process that renews the role session behind a warm answer.

    Nothing is started within a minute of the last start, so that of many warm calls one starts
    it. The process runs the hidden command ``_renew``, which never asks a person.
    """
    marker = path_of(key(arguments)) + ".renewal"
    try:
        if os.path.lexists(marker):
            if 0 <= time.time() - os.lstat(marker).st_mtime < _RENEWAL_PAUSE_SECONDS:
                return
            is_folder = os.path.isdir(marker) and not os.path.islink(marker)
            (os.rmdir if is_folder else os.unlink)(marker)
        os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        spawn(own_command("_renew", *arguments))
    except OSError:
        return


def own_command(*arguments: str) -> list[str]:
    """Return a command that runs us, apart from what the caller wants of Python.

    Isolated it does not find what is installed for the user alone, so there it only leaves the
    caller's variables and folder.
    """
    site = sys.modules.get("site")
    of_user = os.path.join(getattr(site, "USER_SITE", None) or os.devnull, "")
    is_of_user = os.path.abspath(__file__).startswith(of_user)
    return [sys.executable, "-EP" if is_of_user else "-I", "-m", "aws_mfa_process", *arguments]


def spawn(command: list[str]) -> None:
    """Start a detached process that shares none of our standard streams."""
    if sys.platform == "win32":
        import subprocess

        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        null = subprocess.DEVNULL
        subprocess.Popen(command, stdin=null, stdout=null, stderr=null, creationflags=flags)
    else:
        null_files = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        try:
            os.posix_spawn(command[0], command, os.environ, file_actions=null_files, setsid=True)
        except NotImplementedError:  # then it leaves the caller's session by itself
            os.posix_spawn(command[0], command, os.environ, file_actions=null_files)

"""Where an endpoint has its credentials from: what is stored, else a process that makes it.

Its one rule: nobody waits longer than an SDK does, whatever AWS or a person take.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from aws_mfa_process import APP, debug
from aws_mfa_process.credentials import SessionCredentials, seconds_of
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.sessions.cached import RETRY_SECONDS, Cached

PATIENCE_SECONDS = 0.7
"""JavaScript gives up after one second, botocore after two; both try again."""
_END_SECONDS = 2


class Supply:
    """The credentials of one chain, kept fresh for as long as they are asked for."""

    def __init__(
        self,
        provider: Cached,
        first: SessionCredentials,
        make: Callable[[], "subprocess.Popen[bytes]"],
        code_wanted: Callable[[], str],
        hint: str,
    ) -> None:
        """Start with a session that was made already.

        Args:
            provider: Looks for what is stored.
            first: The session.
            make: Starts a process that prints another one; it may ask a person.
            code_wanted: Says, where that is so, that it will.
            hint: What a person can do instead of answering there.
        """
        self._hint = hint
        self._provider = provider
        self._kept = (first, time.time())
        self._make = make
        self._code_wanted = code_wanted
        self._failure: MFAProcessError | None = None
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._rests_until = 0.0
        self._is_closed = False

    def get(self) -> SessionCredentials:
        """Return credentials that live, renewed where that is due.

        Raises:
            MFAProcessError: There are none yet: a person is being asked, or AWS said no.
        """
        session = self._best()
        if session is not None and session.is_fresh(time.time()):
            return session
        ended = self._start(is_urgent=session is None)
        if session is not None:
            return session
        code_wanted = self._code_wanted()
        ended.wait(PATIENCE_SECONDS)
        session = self._best()
        if session is not None:
            return session
        if self._failure is not None:
            raise self._failure
        if code_wanted:
            raise PersonNeededError(f"{code_wanted}: answer the question", hint=f"or {self._hint}")
        raise MFAProcessError("the credentials are being made", hint="try again")

    def close(self) -> None:
        """Take a question back that stands somewhere."""
        with self._lock:
            self._is_closed = True
            process = self._process
        if process is not None:
            process.terminate()
            if not self._ended.wait(_END_SECONDS):
                process.kill()

    def _best(self) -> SessionCredentials | None:
        """Return what is stored and lives, else what was made when nothing could be stored."""
        kept, since = self._kept
        found = [self._provider.stored()]
        if not self._provider.cache.was_forgotten(self._provider.key, since):
            found.append(kept)
        now = time.time()
        return next((it for it in found if it is not None and it.is_alive(now)), None)

    def _start(self, *, is_urgent: bool) -> threading.Event:
        """Start the process that makes a session, unless it runs; return the event of its end."""
        with self._lock:
            is_due = is_urgent or time.time() >= self._rests_until
            if self._process is None and not self._is_closed and is_due:
                self._failure = None
                self._ended = threading.Event()
                self._process = self._make()
                threading.Thread(target=self._wait, args=(self._process,), daemon=True).start()
            return self._ended

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        began = time.time()
        answer, said = process.communicate()
        old = self._kept[0].access_key_id
        try:
            self._kept = (session_in(answer), began)
        except (ValueError, KeyError):
            self._failure = failure_in(said)
            debug.note(f"endpoint: {self._failure.message}")
        is_new = self._kept[0].access_key_id != old
        self._rests_until = 0.0 if is_new else time.time() + RETRY_SECONDS
        with self._lock:
            self._process = None
        self._ended.set()


def started(
    command: Sequence[str], environ: Mapping[str, str]
) -> Callable[[], "subprocess.Popen[bytes]"]:
    """Return a function that starts a process in our own job, so that it may use its terminal."""

    def start() -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environ
        )

    return start


def session_in(answer: bytes) -> SessionCredentials:
    """Return the session that the answer of a credential process holds.

    Raises:
        ValueError: It is no answer.
        KeyError: It lacks something.
    """
    found = json.loads(answer)
    return SessionCredentials(
        found["AccessKeyId"],
        found["SecretAccessKey"],
        found["SessionToken"],
        seconds_of(found["Expiration"]),
        int(time.time()),
        found.get("AccountId", ""),
    )


def failure_in(said: bytes) -> MFAProcessError:
    r"""Return the failure that a process of ours has told.

    >>> failure_in(b"aws-mfa-process: error: no\nhint: try\n").hint
    'try'
    """
    message, _, hint = said.decode("utf-8", "replace").rstrip("\n").partition("\nhint: ")
    return MFAProcessError(
        message.removeprefix(f"{APP}: error: ") or "the question for the MFA code was taken back",
        hint=hint or "try again",
    )

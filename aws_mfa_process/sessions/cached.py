"""The cache and the single flight as a decorator of a provider.

Its one rule: never worse than before. What is stored goes on until its replacement is, and what
still lives is handed out when none can be made.
"""

import os
import time
from collections.abc import Callable

from aws_mfa_process import debug
from aws_mfa_process.credentials import SessionCredentials, utc_time
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.store.cache import Cache, Key
from aws_mfa_process.values import NamedTuple, Protocol

RETRY_SECONDS = 60
"""Pause after a failed renewal while the old session still serves."""


class SessionProvider(Protocol):
    """What STS gives."""

    def load(self) -> SessionCredentials:
        """Return the session."""


class Cached(NamedTuple):
    """A provider behind the cache and the single flight.

    Attributes:
        inner: Makes a session.
        cache: Where it is kept.
        key: Everything that could change it.
        is_answer: The session is handed out, so it must be fresh; others only serve to derive
            the next one and do so until their last minute.
        max_age_seconds: One that is older serves no more; None: as old as it gets.
    """

    inner: SessionProvider
    cache: Cache
    key: Key
    is_answer: bool
    max_age_seconds: int | None = None

    @property
    def name(self) -> str:
        """The file of the session: a digest of the key."""
        return os.path.basename(self.cache.path_of("session", self.key))

    def load(self) -> SessionCredentials:
        """Return the stored session, else a new one; if that fails, what still lives.

        Raises:
            MFAProcessError: There is no session that lives and none can be made.
        """
        old = self.stored()
        if old is not None and self._is_good(old, time.time()):
            debug.note(f"{self.name}: stored, until {utc_time(old.expiration)}")
            return old  # what works and waits for one is not imported for it
        if old is not None and self._still_serves(old) and self._has_just_failed(old):
            debug.note(f"{self.name}: a renewal has just failed, so the old session goes on")
            return old
        renewal = self.last_renewal_failure()
        try:
            return self._load(self._is_good)
        except MFAProcessError as error:
            old = self.stored()
            if old is None or not self._still_serves(old):
                if renewal and error.message not in renewal:
                    error.message += f" (renewal failed at {renewal})"
                raise
            debug.note(f"the old session goes on: {error.message}")
            return old

    def load_anew(self) -> SessionCredentials:
        """Return a session that is made now, whatever has become of others' questions.

        No clock tells which one that is: it may have been set back.
        """
        old = self.stored()
        return self._load(lambda session, _now: session != old, is_on_request=True)

    def load_instead_of(self, rejected: SessionCredentials) -> SessionCredentials:
        """Return another session than one that AWS no longer takes."""
        return self._load(lambda session, now: session != rejected and self._is_good(session, now))

    def renew(self) -> None:
        """Make a new session if half of the life of the stored one is over.

        A failure is kept for the next call that fails, and for ``status``.
        """
        try:
            self._load(lambda session, now: now < session.half_life(), is_on_request=True)
        except MFAProcessError as error:
            from aws_mfa_process.store import failures  # noqa: PLC0415 - for a failure

            debug.note(f"renewal failed: {error.message}")
            failures.write(self.cache, self.key, error, is_renewal=True)

    def stored(self) -> SessionCredentials | None:
        """Return the stored session, whatever is left of its life."""
        return self.cache.read_session(self.key)

    def ready(self) -> SessionCredentials | None:
        """Return the stored session if none needs to be made now."""
        session = self.stored()
        return session if session is not None and self._is_good(session, time.time()) else None

    def serving(self) -> SessionCredentials | None:
        """Return the stored session if it still serves, as an answer or to derive the next one."""
        session = self.stored()
        return session if session is not None and self._still_serves(session) else None

    def last_renewal_failure(self) -> str:
        """Return why the stored session could not be renewed, with the time; else empty."""
        from aws_mfa_process.store import failures  # noqa: PLC0415 - not for a stored answer

        failure = failures.read(self.cache, self.key)
        if failure is None or not failure.is_renewal:
            return ""
        old = self.stored()
        if old is not None and old.issued_at >= int(failure.at):
            return ""
        return f"{utc_time(int(failure.at))}: {failure.error.message}"

    def _is_good(self, session: SessionCredentials, now: float) -> bool:
        return session.is_fresh(now) if self.is_answer else self._still_serves(session)

    def _still_serves(self, session: SessionCredentials) -> bool:
        now = time.time()
        is_young = self.max_age_seconds is None or (
            0 <= now - session.issued_at + 1 < self.max_age_seconds
        )
        return is_young and session.is_alive(now)

    def _load(
        self, is_good: Callable[[SessionCredentials, float], bool], *, is_on_request: bool = False
    ) -> SessionCredentials:
        def look() -> SessionCredentials | None:
            session = self.stored()
            return session if session and is_good(session, time.time()) else None

        from aws_mfa_process.sessions.flight import Flight  # noqa: PLC0415 - not for a stored answer

        if debug.is_wanted():
            old = self.stored()
            until = f"stored, until {utc_time(old.expiration)}" if old else "not stored"
            debug.note(f"{self.name}: {until}{'' if look() else ', a new one is wanted'}")
        return Flight(self.cache, self.key).run(look, self._work, is_on_request=is_on_request)

    def _has_just_failed(self, old: SessionCredentials) -> bool:
        """Tell whether to let a renewal be: STS has a minute, a person the rest of its life."""
        from aws_mfa_process.store import failures  # noqa: PLC0415 - not for a stored answer

        failure = failures.read(self.cache, self.key)
        if failure is None or failure.at < old.fresh_until():
            return False
        is_recent = 0 <= time.time() - failure.at < RETRY_SECONDS
        return is_recent or isinstance(failure.error, PersonNeededError)

    def _work(self) -> SessionCredentials:
        began = time.time()
        session = self.inner.load()
        debug.note(f"{self.name}: made, until {utc_time(session.expiration)}")
        try:
            self.cache.write_session(self.key, session, began)
        except OSError as error:
            debug.note(f"the session could not be stored: {error.strerror}")
        else:
            from aws_mfa_process.store import failures  # noqa: PLC0415 - not for a stored answer

            failures.forget(self.cache, self.key)
        return session

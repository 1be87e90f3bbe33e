"""What a source that is not ours gives, loaded once and within bounds.

Its one rule: of all that would refresh one login at once one does, since what refreshes it works
once. After a failure the login's own file is read once more: another tool may have refreshed it.
"""

import json
import os
import sys
import time
from typing import Any, NamedTuple

from aws_mfa_process import debug, errors, guard, memo
from aws_mfa_process.chain.model import Source
from aws_mfa_process.credentials import (
    AnyCredentials,
    SessionCredentials,
    SourceCredentials,
    seconds_of,
)
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.read import regular

_REFRESH_SECONDS = {"login": 310, "sso": 910}
"""Life below which botocore refreshes the login, and a little more."""
_LOOK_SECONDS = 1
"""For another tool to write what it has refreshed."""
_LOOK_PAUSE_SECONDS = 0.05
_LONGEST_FILE = 1 << 20


class NoEndError(Exception):
    """The credentials have no end, so they are not kept."""

    def __init__(self, credentials: SourceCredentials) -> None:
        """Keep them for whoever has asked."""
        super().__init__()
        self.credentials = credentials


class Foreign(NamedTuple):
    """A source that is not ours.

    Attributes:
        login_file: What a person or a system has signed in with; empty: there is none.
    """

    source: Source
    cache: Cache
    login_file: str

    def load(self) -> SessionCredentials:
        """Return what it gives.

        Raises:
            NoEndError: It gives credentials without an end.
            ConfigError: It gives none.
            PersonNeededError: It gives none now.
        """
        given = self._refreshed() if self._is_refresh_due() else self._load_or_look()
        if isinstance(given, SourceCredentials):
            raise NoEndError(given)
        return given

    def login(self) -> bytes:
        """Return the content of the login; empty: there is none.

        Of a pipe nothing is read: what is in it can be read once.
        """
        try:
            with open(self.login_file, "rb", opener=regular) as file:
                return file.read(_LONGEST_FILE)
        except OSError:
            return b""

    def _refreshed(self) -> AnyCredentials:
        """Load with the login's lock held; who has waited for a refresh needs none."""
        from aws_mfa_process.sessions.flight import Flight  # noqa: PLC0415 - not for what is kept

        # what is refused to one profile is not refused to the others of its login
        flight = Flight(self.cache, {"login": self.login_file}, is_start=True)
        given = flight.run(lambda: None if self._is_refresh_due() else True, self._load_or_look)
        return self._load_or_look() if isinstance(given, bool) else given

    def _is_refresh_due(self) -> bool:
        kind = self.source.sign_in
        if not kind:
            return False
        document = _document(self.login(), kind)
        if kind == "sso" and not _text(document, "refreshToken"):  # of one without sso_session
            return False
        ends = seconds_of(_text(document, "expiresAt"))
        return ends > 0 and ends - time.time() < _REFRESH_SECONDS[kind]

    def _load_or_look(self) -> AnyCredentials:
        """Load; if that fails, take what another tool has left in the login meanwhile.

        The AWS CLI and SDKs write that file in place, so it may be found empty, or in part.
        """
        before = self.login()
        try:
            return self._load()
        except PersonNeededError as error:
            if not self.source.sign_in or not os.path.exists(self.login_file):
                raise
            debug.note(f"looking at the login once more: {error.message}")
            for _ in range(int(_LOOK_SECONDS / _LOOK_PAUSE_SECONDS)):
                there = self._there()
                if there is not None:
                    return there
                if self.login() != before:
                    return self._load()
                time.sleep(_LOOK_PAUSE_SECONDS)
            raise

    def _there(self) -> SessionCredentials | None:
        """Return the credentials that stand in the file of ``aws login``, if they live."""
        if self.source.sign_in != "login":
            return None
        document = _document(self.login(), "login")
        names = ("accessKeyId", "secretAccessKey", "sessionToken", "expiresAt", "accountId")
        key_id, secret, token, ends, account = (_text(document, name) for name in names)
        now = int(time.time())
        session = SessionCredentials(key_id, secret, token, seconds_of(ends), now, account)
        return session if key_id and secret and token and session.is_alive(now) else None

    def _load(self) -> AnyCredentials:
        """Run what gives the credentials: the profile's program, or botocore beside us."""
        if self.source.is_uncertain:
            from aws_mfa_process.sessions import other_process  # noqa: PLC0415 - as above

            return other_process.load(self.source)
        return _through_botocore(self.source)


def _through_botocore(source: Source) -> AnyCredentials:
    """Let a process of ours ask botocore: it ends in time, whatever answers to it."""
    from aws_mfa_process.prompt.child import TooMuchError  # noqa: PLC0415 - not for what is kept
    from aws_mfa_process.sessions import bounded  # noqa: PLC0415 - same

    words = memo.own_command("_source", source.profile)
    text = json.dumps(source._asdict()).encode()
    name = dict(source.settings).get("credential_source", "") or f"profile {source.profile}"
    try:
        ended = bounded.run(words, guard.environment(), text)
    except TimeoutError:  # an OSError too
        reason = f"nothing came within {bounded.SECONDS} seconds"
    except OSError as error:
        reason = f"{sys.executable} cannot be started: {error.strerror}"
    except TooMuchError:
        reason = "they are too long"
    else:
        found = _document(ended.out, "")
        if not ended.status and "error" in found:
            kind: type[MFAProcessError] = getattr(errors, found["error"])
            raise kind(found["message"], hint=found["hint"])
        if not ended.status and found:
            with_end = "expiration" in found
            return SessionCredentials(**found) if with_end else SourceCredentials(**found)
        reason = f"botocore ended with status {ended.status}"
    raise PersonNeededError(
        f"the credentials of {name} cannot be had: {reason}",
        hint="check network, proxy and endpoint; then try again",
    )


def _document(data: bytes, kind: str) -> dict[str, Any]:
    """Return the part of a JSON text that is wanted, empty where it is of another form."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if kind == "login" and isinstance(found, dict):
        found = found.get("accessToken")
    return found if isinstance(found, dict) else {}


def _text(document: dict[str, Any], name: str) -> str:
    found = document.get(name)
    return found if isinstance(found, str) else ""

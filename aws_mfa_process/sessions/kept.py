"""What a source that is not ours has given, kept until a minute before its end.

Its one rule: it serves only while the login stands as it stood, and everything else that could
change it is in its key.
"""

import os
import time
from typing import Any

from aws_mfa_process import debug, sealed
from aws_mfa_process.chain.model import Source, source_key
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.foreign import Foreign, NoEndError
from aws_mfa_process.sessions.origin import login_file, surroundings
from aws_mfa_process.store.cache import Cache

_BOOT = "/proc/sys/kernel/random/boot_id"


class KeptSource(Cached):
    """The provider: its key names the source, what is stored also which login it was."""

    __slots__ = ()

    def stored(self) -> SessionCredentials | None:
        """Return what is stored of the login that is there now."""
        return self.cache.read_session(self._key_with(_foreign(self).login()))

    def _work(self) -> SessionCredentials:
        began, foreign = time.time(), _foreign(self)
        before = foreign.login()
        session = self.inner.load()
        after = foreign.login()
        if after != before and session.access_key_id.encode() not in after:
            debug.note(f"{self.name}: its login has changed meanwhile, so it is not kept")
            return session
        try:
            for entry in self.cache.entries("session"):
                if "login" in entry.key and self.key.items() <= entry.key.items():
                    self.cache.remove(entry.path)
            self.cache.write_session(self._key_with(after), session, began)
        except OSError as error:
            debug.note(f"{self.name}: it could not be stored: {error.strerror}")
        return session

    def _key_with(self, login: bytes) -> dict[str, Any]:
        return {**self.key, "login": sealed.fingerprint(login)}


class Handed:
    """What is handed out as it is: only what has an end, and no keys of an IAM user."""

    def __init__(self, foreign: Foreign) -> None:
        """Name the source."""
        self.foreign = foreign

    def load(self) -> SessionCredentials:
        """Return what the source gives.

        Raises:
            ConfigError: It has no end.
        """
        profile = self.foreign.source.profile
        try:
            return self.foreign.load()
        except NoEndError as error:
            if error.credentials.session_token:
                raise ConfigError(
                    f"profile {profile} gives session credentials without an Expiration: nobody"
                    " could tell when to ask for the next ones",
                    hint="let the SDK use that profile itself, or name it as source_profile of a"
                    " role",
                ) from None
            raise ConfigError(
                f"profile {profile} gives an IAM user's keys, which would be used without MFA",
                hint=f"add mfa_serial to profile {profile}, or name it as source_profile of a role",
            ) from None


def kept_source(source: Source, cache: Cache) -> KeptSource:
    """Return the provider of a source from which roles are derived."""
    foreign = Foreign(source, cache, login_file(source, os.environ))
    return KeptSource(foreign, cache, _key_of(foreign), is_answer=False)


def handed_source(source: Source, cache: Cache) -> KeptSource:
    """Return the provider of a source whose credentials are the answer."""
    foreign = Foreign(source, cache, login_file(source, os.environ))
    return KeptSource(Handed(foreign), cache, _key_of(foreign), is_answer=True)


def _foreign(provider: KeptSource) -> Foreign:
    inner = provider.inner.foreign if isinstance(provider.inner, Handed) else provider.inner
    assert isinstance(inner, Foreign)  # noqa: S101 - see the two functions above
    return inner


def _key_of(foreign: Foreign) -> dict[str, Any]:
    """Return the key: the source, and a digest of what surrounds it, of which some is secret."""
    given = surroundings(foreign.source, os.environ)
    if foreign.source.kind == "credential_source":
        given |= _machine()
    words = [f"{name}={text}" for name, text in sorted(given.items())]
    text = "\0".join([foreign.login_file, *words])
    return {
        **source_key(foreign.source),
        "surroundings": sealed.fingerprint(text.encode("utf-8", "surrogateescape")),
    }


def _machine() -> dict[str, str]:
    """Return what tells this machine from others that share the home directory."""
    found = {"machine": os.uname().nodename} if hasattr(os, "uname") else {}
    try:
        with open(_BOOT, encoding="ascii") as file:
            return {**found, "boot": file.read()}
    except OSError:
        return found

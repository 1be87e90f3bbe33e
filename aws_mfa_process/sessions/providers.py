"""Providers: one small class a source of credentials, and how a chain joins them.

Its one rule: a provider is one class with ``load()``. It knows nothing of caching or of who uses
it; `Cached` is the cache as a decorator, and `providers_for` the only place that joins them.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from aws_mfa_process import guard
from aws_mfa_process.chain.model import MFA, Chain, Endpoint, Role, Source, role_key, session_key
from aws_mfa_process.config.profiles import Profiles, Settings, session_token
from aws_mfa_process.credentials import SessionCredentials, SourceCredentials
from aws_mfa_process.errors import (
    ConfigError,
    SessionRejectedError,
    STSError,
)
from aws_mfa_process.keys import pairs
from aws_mfa_process.prompt.choice import CodeSource
from aws_mfa_process.sessions.cached import Cached, SessionProvider
from aws_mfa_process.sessions.device import Device
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.failures import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_mfa_process.aws.sts import STS


class SourceProvider(Protocol):
    """What a chain starts with."""

    def load(self) -> SourceCredentials:
        """Return the credentials."""


class StoredKeys:
    """Long-term credentials in the keyring."""

    def __init__(self, cache: Cache, profile: str) -> None:
        """Name the profile under which they are stored; the cache holds the index."""
        self._cache = cache
        self._profile = profile

    def load(self) -> SourceCredentials:
        """Open the keyring."""
        return pairs.read(self._cache, self._profile).keys


class StaticKeys:
    """Keys that stand in the AWS config or credentials file."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings that hold them, all of one file."""
        self._settings = settings

    def load(self) -> SourceCredentials:
        """Return them."""
        settings = self._settings
        return SourceCredentials(
            settings["aws_access_key_id"],
            settings["aws_secret_access_key"],
            session_token(settings),
        )


class EnvironmentKeys:
    """The caller's environment, for ``credential_source = Environment``."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take the environment as the caller left it."""
        self._environ = environ

    def load(self) -> SourceCredentials:
        """Return the keys.

        Raises:
            ConfigError: They are not set.
        """
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        tokens = ("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")
        key_id, secret, *told = (self._environ.get(name, "") for name in (*names, *tokens))
        token = next(filter(None, told), "")
        if not key_id or not secret:
            raise ConfigError(
                "credential_source is Environment, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                " are not set"
            )
        return SourceCredentials(key_id, secret, token)


class BotocoreKeys:
    """Whatever botocore finds: SSO, web identity, another process, a container, an instance."""

    def __init__(self, source: Source) -> None:
        """Take the source."""
        self._source = source

    def load(self) -> SourceCredentials:
        """Let botocore look; a program that it starts may not lead back to us.

        Raises:
            PersonNeededError: botocore finds nothing that works now.
        """
        from aws_mfa_process.aws import sources

        with guard.raised():
            return sources.load(self._source)


class MFASession:
    """GetSessionToken with a code."""

    def __init__(self, keys: SourceProvider, chain: Chain, mfa: MFA, device: Device) -> None:
        """Join the long-term credentials with the device."""
        self._keys = keys
        self._chain = chain
        self._mfa = mfa
        self._device = device

    def load(self) -> SessionCredentials:
        """Ask for a code and make a session of it."""
        mfa = self._mfa

        def call(keys: SourceCredentials, code: str) -> SessionCredentials:
            sts = _sts(self._chain.endpoint)
            return sts.get_session_token(keys, mfa.serial, code, mfa.session_seconds)

        return self._device.use_code(self._keys.load, call)


class RoleWithCode:
    """AssumeRole with a code, from long-term credentials."""

    def __init__(self, keys: SourceProvider, chain: Chain, device: Device) -> None:
        """Join the long-term credentials with the device and the first role."""
        self._keys = keys
        self._chain = chain
        self._device = device

    def load(self) -> SessionCredentials:
        """Ask for a code and assume the role with it."""
        role = self._chain.roles[0]
        serial = self._device.serial

        def call(keys: SourceCredentials, code: str) -> SessionCredentials:
            return _sts(self._chain.endpoint).assume_role(keys, role, serial, code)

        return self._device.use_code(self._keys.load, call)


class AssumedRole:
    """AssumeRole from other credentials; nobody is asked."""

    def __init__(self, source: "SourceProvider | Cached", chain: Chain, role: Role) -> None:
        """Join the credentials that assume with the role."""
        self._source = source
        self._chain = chain
        self._role = role

    def load(self) -> SessionCredentials:
        """Assume the role; a session of ours that AWS no longer takes is replaced once.

        Raises:
            STSError: AWS no longer takes the credentials that the chain starts with.
        """
        source = self._source
        credentials = source.load()
        sts = _sts(self._chain.endpoint)
        try:
            return sts.assume_role(credentials, self._role)
        except SessionRejectedError:
            if not isinstance(source, Cached) or isinstance(credentials, SourceCredentials):
                profile = self._chain.source.profile
                raise STSError(
                    f"the credentials of profile {profile} have ended: AWS no longer accepts them",
                    hint=f"renew them where profile {profile} has them from, and try again",
                ) from None
            return sts.assume_role(source.load_instead_of(credentials), self._role)


def providers_for(  # noqa: PLR0913 - the one place that knows all parts
    chain: Chain,
    files: Profiles,
    cache: Cache,
    environ: Mapping[str, str],
    choose: Callable[[Failure | None], CodeSource],
    *,
    is_login: bool = False,
) -> list[Cached]:
    """Join providers for a chain: one for each session on the way.

    Args:
        chain: What was decided.
        files: The AWS config, for static keys.
        cache: Where sessions are kept.
        environ: The caller's environment, for ``credential_source = Environment``.
        choose: Chooses the source of MFA codes.
        is_login: A person wants to be asked, whoever else has refused.

    Returns:
        One provider or more. The first one uses the code, if the chain has MFA; the last one
        gives the answer.
    """
    source = _source_for(chain.source, files, cache, environ)
    count = len(chain.roles)
    line: list[Cached] = []
    if chain.mfa is not None:
        device = Device(chain.mfa, cache, choose, is_login=is_login)
        if chain.mfa.mode == "session":
            inner: SessionProvider = MFASession(source, chain, chain.mfa, device)
            line.append(Cached(inner, cache, session_key(chain), is_answer=not count))
        else:
            inner = RoleWithCode(source, chain, device)
            line.append(Cached(inner, cache, role_key(chain, 1), is_answer=count == 1))
    done = 1 if chain.mfa is not None and chain.mfa.mode == "direct" else 0
    for number, role in enumerate(chain.roles[done:], start=done + 1):
        inner = AssumedRole(line[-1] if line else source, chain, role)
        line.append(Cached(inner, cache, role_key(chain, number), is_answer=number == count))
    return line


def _source_for(
    source: Source, files: Profiles, cache: Cache, environ: Mapping[str, str]
) -> SourceProvider:
    if source.kind == "keyring":
        return StoredKeys(cache, source.profile)
    if source.kind == "static":
        return StaticKeys(files.keys_of(source.profile))
    if ("credential_source", "Environment") in source.settings:
        return EnvironmentKeys(environ)
    return BotocoreKeys(source)


def _sts(endpoint: Endpoint) -> "STS":
    """Return STS; botocore is loaded here, by the one process that calls."""
    from aws_mfa_process.aws.sts import STS

    return STS(endpoint)

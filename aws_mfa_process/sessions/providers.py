"""Providers: one small class a source of credentials.

Its one rule: a provider is one class with ``load()``. It knows nothing of caching or of who uses
it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aws_mfa_process import guard
from aws_mfa_process.chain.model import Chain, Endpoint, Role, Source
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY, Profiles, session_token
from aws_mfa_process.credentials import SessionCredentials, SourceCredentials
from aws_mfa_process.errors import ConfigError, SessionRejectedError, STSError
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.device import Device
from aws_mfa_process.store.cache import Cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_mfa_process.aws.sts import STS


class World(NamedTuple):
    """What providers read and write.

    Attributes:
        files: The AWS config, for static keys.
        cache: Where sessions are kept.
        environ: The caller's environment, for ``credential_source = Environment``.
        stored: Access key ids in the keyring, by profile, as the index had them.
    """

    files: Profiles
    cache: Cache
    environ: Mapping[str, str]
    stored: Mapping[str, str]


class SourceKeys:
    """What a chain starts with."""

    def __init__(self, source: Source, world: World) -> None:
        """Name the source; nothing is opened yet."""
        self._source = source
        self._world = world

    def load(self) -> SourceCredentials:
        """Return the credentials.

        Raises:
            ConfigError: There are none.
            PersonNeededError: They cannot be had now: a locked keyring, an SSO session that has
                ended.
        """
        source = self._source
        if source.kind == "keyring":
            from aws_mfa_process.keys import pairs

            return pairs.read(self._world.cache, source.profile).keys
        if source.kind == "static":
            keys = self._world.files.keys_of(source.profile)
            return SourceCredentials(keys[KEY_ID], keys[SECRET_KEY], session_token(keys))
        if ("credential_source", "Environment") in source.settings:
            return _keys_of_environment(self._world.environ)
        from aws_mfa_process.aws import sources

        with guard.raised():  # a program that botocore starts may not lead back to us
            return sources.load(source)


def _keys_of_environment(environ: Mapping[str, str]) -> SourceCredentials:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    key_id, secret = (environ.get(name, "") for name in names)
    if not key_id or not secret:
        raise ConfigError(
            f"credential_source is Environment, but {' and '.join(names)} are not set"
        )
    token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN", "")
    return SourceCredentials(key_id, secret, token)


class WithCode:
    """A session that needs an MFA code: GetSessionToken, or AssumeRole with the code."""

    def __init__(
        self, keys: SourceKeys, endpoint: Endpoint, role: Role | None, device: Device
    ) -> None:
        """Join the long-term credentials with the device; without a role it is an MFA session."""
        self._keys = keys
        self._endpoint = endpoint
        self._role = role
        self._device = device

    def load(self) -> SessionCredentials:
        """Ask for a code and make a session of it."""
        return self._device.use_code(self._keys.load, self._call)

    def _call(self, keys: SourceCredentials, code: str) -> SessionCredentials:
        mfa = self._device.mfa
        sts = _sts(self._endpoint)
        if self._role is None:
            return sts.get_session_token(keys, mfa.serial, code, mfa.session_seconds)
        return sts.assume_role(keys, self._role, mfa.serial, code)


class AssumedRole:
    """AssumeRole from other credentials; nobody is asked."""

    def __init__(self, source: SourceKeys | Cached, chain: Chain, role: Role) -> None:
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


def _sts(endpoint: Endpoint) -> "STS":
    """Return STS; botocore is loaded here, by the one process that calls."""
    from aws_mfa_process.aws.sts import STS

    return STS(endpoint)

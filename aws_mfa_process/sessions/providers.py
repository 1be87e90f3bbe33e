"""Providers: one small class a source of credentials.

Its one rule: a provider is one class with ``load()``. It knows nothing of caching or of who uses
it.
"""

import contextlib
import shlex
import time
from collections.abc import Callable, Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain.model import MFA, Chain, Endpoint, MFAUse, Role, Source
from aws_mfa_process.config.profiles import (
    KEY_ID,
    SECRET_KEY,
    Profiles,
    environment_token,
    session_token,
)
from aws_mfa_process.credentials import AnyCredentials, SessionCredentials, SourceCredentials
from aws_mfa_process.errors import ConfigError, SessionRejectedError, STSError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.cached import Cached, SessionProvider
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_mfa_process.aws.clients import Clients
    from aws_mfa_process.aws.sts import STS
    from aws_mfa_process.sessions.kept import KeptSource


class World(NamedTuple):
    """What providers read and write, as it was when the command started.

    Attributes:
        environ: As the caller left it, for ``credential_source = Environment``.
        stored: Access key ids in the keyring, by profile, as the index had them.
        state: As memos tell it, before the files were read.
        clients: Shared by providers that work at once; None: each makes its own.
    """

    files: Profiles
    cache: Cache
    environ: Mapping[str, str]
    stored: Mapping[str, str]
    state: bytes = b""
    clients: "Clients | None" = None

    def __repr__(self) -> str:
        """Show the config: the environment may hold secrets."""
        return f"World({self.files})"


def renewal_of(source: Source) -> str:
    """Return how a person gets other credentials where AWS no longer takes these, as a hint."""
    if source.sign_in:
        return f"run {APP} login {shlex.quote(source.profile)}"
    return f"renew them where profile {source.profile} has them from, and try again"


class SourceKeys:
    """What a chain starts with; nothing is opened before it is loaded."""

    def __init__(self, source: Source, world: World) -> None:
        """Name the source."""
        self.source = source
        self.world = world
        self._given: SourceCredentials | None = None

    def load(self) -> AnyCredentials:
        """Return the credentials; what is not ours is loaded by one process for all.

        Raises:
            ConfigError: There are none.
            PersonNeededError: They cannot be had now: a locked keyring, an SSO session that has
                ended.
        """
        source = self.source
        if source.kind == "keyring":
            from aws_mfa_process.keys import pairs

            return pairs.read(self.world.cache, source.profile).keys
        if source.kind == "static":
            keys = self.world.files.keys_of(source.profile)
            return SourceCredentials(keys[KEY_ID], keys[SECRET_KEY], session_token(keys))
        if ("credential_source", "Environment") in source.settings:
            return _keys_of_environment(self.world.environ)
        return self._given or self._foreign(lambda kept: kept.load())

    def load_instead_of(self, rejected: AnyCredentials) -> AnyCredentials | None:
        """Return other credentials than those that AWS no longer takes; None: there are none."""
        if not self.source.is_foreign or isinstance(rejected, SourceCredentials):
            return None
        given = self._foreign(lambda kept: kept.load_instead_of(rejected))
        return None if given == rejected else given

    def _foreign(self, load: Callable[["KeptSource"], SessionCredentials]) -> AnyCredentials:
        """Load what is not ours; what has no end is not kept, so it is remembered here."""
        from aws_mfa_process.sessions.foreign import NoEndError  # noqa: PLC0415 - not for own keys
        from aws_mfa_process.sessions.kept import kept_source  # noqa: PLC0415 - same

        try:
            return load(kept_source(self.source, self.world.cache))
        except NoEndError as error:
            self._given = error.credentials
            return error.credentials


def _keys_of_environment(environ: Mapping[str, str]) -> SourceCredentials:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    key_id, secret = (environ.get(name, "") for name in names)
    if not key_id or not secret:
        raise ConfigError(
            f"credential_source is Environment, but {' and '.join(names)} are not set",
            hint=f"export {' and '.join(names)} where the caller runs",
        )
    return SourceCredentials(key_id, secret, environment_token(environ))


class WithCode(NamedTuple):
    """A session that needs an MFA code: GetSessionToken, or AssumeRole with the code."""

    keys: SourceKeys
    endpoint: Endpoint
    role: Role | None
    mfa: MFA
    asker: Asker

    def load(self) -> SessionCredentials:
        """Ask for a code and make a session of it."""
        from aws_mfa_process.sessions.device import Device  # noqa: PLC0415 - to ask

        device = Device(self.mfa, self.asker, self.keys.world.cache)
        return device.use_code(self.keys.load, self._meanwhile, self._call)

    def _meanwhile(self) -> None:
        """Load what the call will need; what fails here fails there again, and is told."""
        with contextlib.suppress(Exception):
            _sts(self.endpoint).prepare()

    def _call(self, keys: AnyCredentials, serial: str, code: str) -> SessionCredentials:
        sts = _sts(self.endpoint)
        if self.role is None:
            return sts.get_session_token(keys, serial, code, self.mfa.session_seconds)
        return sts.assume_role(keys, self.role, serial, code)


class AssumedRole(NamedTuple):
    """AssumeRole from other credentials; nobody is asked."""

    source: SourceKeys | Cached
    chain: Chain
    role: Role
    clients: "Clients | None" = None

    def load(self) -> SessionCredentials:
        """Assume the role; a session of ours that AWS no longer takes is replaced once.

        Raises:
            STSError: AWS no longer takes the credentials that the chain starts with.
        """
        source = self.source
        credentials = source.load()
        try:
            return self._assume(credentials)
        except SessionRejectedError:
            if isinstance(source, Cached) and isinstance(credentials, SessionCredentials):
                return self._assume(source.load_instead_of(credentials))
        other = source.load_instead_of(credentials) if isinstance(source, SourceKeys) else None
        if other is not None:
            with contextlib.suppress(SessionRejectedError):
                return self._assume(other)
        raise self._ended()

    def _ended(self) -> STSError:
        source = self.chain.source
        return STSError(
            f"the credentials of profile {source.profile} have ended: AWS no longer accepts them",
            hint=renewal_of(source),
        )

    def _assume(self, credentials: AnyCredentials) -> SessionCredentials:
        sts = _sts(self.chain.endpoint, self._use(credentials), self.clients)
        return sts.assume_role(credentials, self.role)

    def _use(self, credentials: AnyCredentials) -> MFAUse:
        """Return how MFA comes into a call with these credentials."""
        chain, source = self.chain, self.source
        if isinstance(source, SourceKeys):
            from aws_mfa_process.chain.no_device import no_device  # noqa: PLC0415 - for a call

            why = no_device(source.world.files, chain.way, chain.source)
            return MFAUse(why.reason, why.hint) if why else MFAUse()
        first = chain.links[0]
        is_of_mfa = first.is_mfa_session and source.key == first.key
        if isinstance(credentials, SourceCredentials) or not is_of_mfa:
            return MFAUse()
        return MFAUse(age_seconds=int(time.time()) - credentials.issued_at, profile=chain.profile)


class OfUncertainKeys(NamedTuple):
    """A session of what another program gives: only with an IAM user's keys it takes a code.

    Attributes:
        with_code: Makes the session of an IAM user's keys.
        without: Makes it of session credentials; None: it cannot be made of those.
        mfa_session: While it lives the program is not asked.
    """

    keys: SourceKeys
    with_code: SessionProvider
    without: SessionProvider | None
    mfa_session: Cached | None

    def load(self) -> SessionCredentials:
        """Look at the credentials first, unless the MFA session is there.

        Raises:
            ConfigError: Nothing can be made of what the program gives.
        """
        stored = self.mfa_session and self.mfa_session.stored()
        is_known = stored is not None and stored.is_alive(time.time())
        if is_known or not self.keys.load().session_token:
            return self.with_code.load()
        if self.without is None:
            profile = self.keys.source.profile
            raise ConfigError(
                f"the credential_process of profile {profile} gives session credentials, which"
                " take no MFA code",
                hint=f"let the SDK use profile {profile} itself, or name it as source_profile of a"
                " role; no code is needed",
            )
        return self.without.load()


def _sts(endpoint: Endpoint, use: MFAUse | None = None, clients: "Clients | None" = None) -> "STS":
    """Return STS; what calls need is loaded here, by the one process that calls."""
    from aws_mfa_process.aws.sts import STS

    return STS(endpoint, use, clients)

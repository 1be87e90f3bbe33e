"""Who calls: the user by a long-term key, or a session that STS gave out."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aws_mfa_process.sandbox.server.accounts import ALICE, Role
from aws_mfa_process.sandbox.server.replies import AWSError

_TOKEN_BYTES: Final = 420
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class Identity:
    """The caller of one request.

    Attributes:
        arn: What GetCallerIdentity says.
        role: The assumed role; None for the user.
        is_session: The credentials are temporary.
        has_mfa: ``aws:MultiFactorAuthPresent`` is true.
        mfa_at: When the code was given, seconds since the epoch.
        source_identity: Set once, then kept through every further role; empty until then.
        is_chained: The role was assumed with session credentials.
        issued_at: When the session began, seconds since the epoch; 0 for long-term keys.
        is_member: A user or a role that was made here; IAM of its account knows it.
    """

    account_id: str
    arn: str
    user_id: str
    role: Role | None = None
    is_session: bool = False
    has_mfa: bool = False
    mfa_at: float = 0
    source_identity: str = ""
    is_chained: bool = False
    issued_at: float = 0
    is_member: bool = False

    @property
    def user_name(self) -> str:
        """The user's name; empty for a role."""
        return "" if self.role else self.arn.rpartition("/")[2]


USER: Final = Identity(ALICE.account_id, ALICE.arn, ALICE.user_id)


@dataclass(frozen=True)
class Session:
    """Session credentials and whose they are.

    Attributes:
        expiration: End of life, seconds since the epoch.
    """

    identity: Identity
    expiration: float
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)

    def reply(self) -> dict[str, str]:
        """Spell the credentials as STS does."""
        expiration = datetime.fromtimestamp(self.expiration, UTC)
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.session_token,
            "Expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def check_alive(self, now: float) -> None:
        """Refuse a session that has ended.

        Raises:
            AWSError: Its time is over.
        """
        if self.expiration <= now:
            message = "The security token included in the request is expired"
            raise AWSError("ExpiredToken", message, HTTPStatus.FORBIDDEN)


class Sessions:
    """All session credentials given out so far, found by their key id."""

    def __init__(self) -> None:
        """Start with none."""
        self._sessions: dict[str, Session] = {}

    def create(self, identity: Identity, expiration: float) -> Session:
        """Give out new session credentials."""
        session = Session(
            identity=identity,
            expiration=float(int(expiration)),
            access_key_id=random_id("ASIA"),
            secret_access_key=random_secret(),
            session_token="IQoJb3JpZ2luX2Vj" + _random_text(_TOKEN_BYTES),
        )
        self._sessions[session.access_key_id] = session
        return session

    def get(self, access_key_id: str, session_token: str) -> Session:
        """Look up the session of a request.

        Raises:
            AWSError: It is unknown, or the token is another's.
        """
        session = self._sessions.get(access_key_id)
        if session is None or session.session_token != session_token:
            raise invalid_token()
        return session


def invalid_token() -> AWSError:
    """Word the refusal of credentials that AWS does not know."""
    message = "The security token included in the request is invalid."
    return AWSError("InvalidClientTokenId", message, HTTPStatus.FORBIDDEN)


def random_id(prefix: str) -> str:
    """Make an identifier in AWS's form: the prefix and 16 letters of base 32."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(16))


def random_secret() -> str:
    """Make a secret access key: 40 letters of base 64."""
    return _random_text(30)


def _random_text(size_bytes: int) -> str:
    return base64.b64encode(secrets.token_bytes(size_bytes)).decode()

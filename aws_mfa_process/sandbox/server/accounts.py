"""The practice world: one user, her MFA device and the roles she may reach. All of it is frozen.

The long-term key of the tests is the pair that AWS's own documentation uses as its example, and the
device's seed that of RFC 6238: both are public, neither opens anything anywhere. In a practice both
are made up anew, so that nobody who guesses its address can use it.
"""

import base64
import secrets
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aws_mfa_process.policy.document import Policy, parse

HOUR_SECONDS: Final = 3600


@dataclass(frozen=True)
class User:
    """An IAM user of the bastion account.

    Attributes:
        mfa_seed: Base32 secret of the user's virtual MFA device.
    """

    account_id: str
    name: str
    user_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    mfa_seed: str = field(repr=False)

    @property
    def arn(self) -> str:
        """The user's own ARN."""
        return f"arn:aws:iam::{self.account_id}:user/{self.name}"

    @property
    def mfa_serial(self) -> str:
        """The serial number of the user's virtual MFA device, which is an ARN."""
        return f"arn:aws:iam::{self.account_id}:mfa/{self.name}"


@dataclass(frozen=True)
class Role:
    """A role and its trust policy.

    Attributes:
        path: Path of the role, begins and ends with a slash.
        trusted_arn: Whom the trust policy lets in: a user, or a role (any session of it).
        needs_mfa: The trust policy asks for ``aws:MultiFactorAuthPresent``.
        max_mfa_age_seconds: What the trust policy takes as ``aws:MultiFactorAuthAge``; 0: any.
        external_id: What the trust policy wants as ``sts:ExternalId``; empty for nothing.
        max_session_seconds: ``MaxSessionDuration`` of the role, 3600 to 43200.
        written_trust: The trust policy of a role that was made here; None: what the fields say.
    """

    account_id: str
    name: str
    role_id: str
    trusted_arn: str = ""
    path: str = "/"
    needs_mfa: bool = True
    max_mfa_age_seconds: int = 0
    external_id: str = ""
    max_session_seconds: int = HOUR_SECONDS
    written_trust: Policy | None = None

    @property
    def trust(self) -> Policy:
        """The trust policy."""
        if self.written_trust:
            return self.written_trust
        condition: dict[str, Any] = {}
        if self.needs_mfa:
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        if self.max_mfa_age_seconds:
            most = str(self.max_mfa_age_seconds)
            condition["NumericLessThanEquals"] = {"aws:MultiFactorAuthAge": most}
        principal = {"Effect": "Allow", "Principal": {"AWS": self.trusted_arn}}
        named = {"StringEquals": {"sts:ExternalId": self.external_id}} if self.external_id else {}
        more = ["sts:SetSourceIdentity", "sts:TagSession"]
        statements = [
            {**principal, "Action": "sts:AssumeRole", "Condition": {**condition, **named}},
            {**principal, "Action": more, "Condition": condition},
        ]
        return parse({"Version": "2012-10-17", "Statement": statements}, "trust policy")

    @property
    def arn(self) -> str:
        """The role's ARN, path included."""
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.name}"


ALICE: Final = User(
    account_id="111111111111",
    name="alice",
    user_id="AIDASANDBOXALICEEXAMP",
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    mfa_seed="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
)


def with_new_keys(user: User) -> User:
    """Return a user with a key and a seed that nobody else knows."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode()
    return replace(
        user,
        access_key_id=f"AKIA{letters}",
        secret_access_key=base64.b64encode(secrets.token_bytes(30)).decode(),
        mfa_seed=base64.b32encode(secrets.token_bytes(20)).decode(),
    )


ADMIN: Final = Role(
    account_id="222222222222",
    name="Admin",
    role_id="AROASANDBOXADMINEXAMP",
    trusted_arn=ALICE.arn,
    max_session_seconds=12 * HOUR_SECONDS,
)

DEVELOPER: Final = Role(
    account_id="333333333333",
    name="Developer",
    role_id="AROASANDBOXDEVELOPERX",
    trusted_arn=ALICE.arn,
)

READ_ONLY: Final = Role(
    account_id="444444444444",
    name="ReadOnly",
    role_id="AROASANDBOXREADONLYEX",
    trusted_arn=ALICE.arn,
    path="/team/",
    external_id="sandbox-audit",
    max_session_seconds=4 * HOUR_SECONDS,
)

DEEP: Final = Role(
    account_id="555555555555",
    name="Deep",
    role_id="AROASANDBOXDEEPEXAMPL",
    trusted_arn=ADMIN.arn,
    needs_mfa=False,
    max_session_seconds=12 * HOUR_SECONDS,
)

YOUNG: Final = Role(
    account_id="222222222222",
    name="Young",
    role_id="AROASANDBOXYOUNGEXAMP",
    trusted_arn=ALICE.arn,
    max_mfa_age_seconds=600,
)

ROLES: Final = {role.arn: role for role in (ADMIN, DEVELOPER, READ_ONLY, DEEP, YOUNG)}

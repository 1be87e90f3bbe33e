"""An account of IAM as it was read: users, roles, the root user, the organization above.

Rule: what could not be read is None or an unreadable policy here, never a guess.
"""

from typing import NamedTuple

from aws_mfa_process.policy.document import Policy


class AccessKey(NamedTuple):
    """An access key of a user.

    Attributes:
        created_at: Seconds since the epoch; 0: not known.
        last_used_at: Seconds since the epoch; 0: never; None: not known.
    """

    access_key_id: str
    is_active: bool
    created_at: int
    last_used_at: int | None = None


class User(NamedTuple):
    """An IAM user, and all policies that count for them.

    Attributes:
        name: Without the path.
        arn: With the path.
        identity: Policies of the user and of their groups, managed and inline.
        own: How those of them are called that are attached to the user directly.
        boundary: The permissions boundary; None if there is none.
        tags: Of the user; None if they could not be read.
        keys: None if they could not be read.
        devices: Serial numbers; None if they could not be read.
        has_password: For the console; None if that could not be read.
    """

    name: str
    arn: str
    user_id: str = ""
    identity: tuple[Policy, ...] = ()
    own: tuple[str, ...] = ()
    boundary: Policy | None = None
    tags: tuple[tuple[str, str], ...] | None = ()
    keys: tuple[AccessKey, ...] | None = ()
    devices: tuple[str, ...] | None = ()
    has_password: bool | None = False

    @property
    def active_keys(self) -> tuple[AccessKey, ...]:
        """The keys that work."""
        return tuple(key for key in self.keys or () if key.is_active)


class Role(NamedTuple):
    """A role, and whom it lets in."""

    name: str
    arn: str
    path: str
    trust: Policy

    @property
    def is_of_aws(self) -> bool:
        """AWS made it for itself, and nobody in the account changes or assumes it."""
        return self.path.startswith(("/aws-service-role/", "/aws-reserved/"))


class Root(NamedTuple):
    """The root user; None stands for what could not be read."""

    has_keys: bool | None = None
    has_mfa: bool | None = None
    has_password: bool | None = None


class Account(NamedTuple):
    """All that is judged.

    Attributes:
        account_id: Twelve digits.
        partition: ``aws``, ``aws-cn`` and the like.
        organization: Service control policies, one sequence for each level above the account.
        organization_id: Of the organization; empty: there is none; None: not known.
        bastions: Further accounts whose users are meant to come in with MFA.
        unseen: What could not be looked at, and why: sentences.
    """

    account_id: str
    partition: str
    users: tuple[User, ...] = ()
    roles: tuple[Role, ...] = ()
    root: Root = Root()
    organization: tuple[tuple[Policy, ...], ...] = ()
    organization_id: str | None = None
    bastions: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

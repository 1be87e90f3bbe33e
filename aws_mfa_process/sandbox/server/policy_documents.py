"""The policies of the user, as documents: what `policy` and `sts` do is what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aws_mfa_process.sandbox.server.accounts import ADMIN, ALICE, DEVELOPER, READ_ONLY, YOUNG

Document = Mapping[str, object]
_VERSION: Final = "2012-10-17"


def allow_assume_role(*resources: str) -> Document:
    """Return a policy that lets its user assume roles."""
    return _document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": list(resources)})


@dataclass(frozen=True)
class Managed:
    """A managed policy.

    Attributes:
        versions: Documents by version.
        default: The version that holds.
    """

    arn: str
    versions: Mapping[str, Document]
    default: str = "v1"

    @property
    def name(self) -> str:
        """The name, without the path."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Owner:
    """What a user or a group has: inline policies by name, and attached ones."""

    inline: Mapping[str, Document] = field(default_factory=dict)
    attached: tuple[Managed, ...] = ()


@dataclass(frozen=True)
class UserPolicies:
    """All policies that hold for the user."""

    user: Owner = Owner()
    groups: Mapping[str, Owner] = field(default_factory=dict)

    @property
    def managed(self) -> dict[str, Managed]:
        """The attached policies, by ARN."""
        owners = (self.user, *self.groups.values())
        return {policy.arn: policy for owner in owners for policy in owner.attached}


def _document(*statements: Document) -> Document:
    return {"Version": _VERSION, "Statement": list(statements)}


_MFA: Final = _document(
    {
        "Effect": "Deny",
        "NotAction": ["iam:GetUser", "iam:ListMFADevices", "sts:GetSessionToken"],
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
)
_OWN_KEYS: Final = _document(
    {
        "Effect": "Allow",
        "Action": ["iam:*AccessKey*", "iam:Get*", "iam:List*"],
        "Resource": "arn:aws:iam::*:user/${aws:username}",
    },
    {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
)
_ROLES: Final = Managed(
    f"arn:aws:iam::{ALICE.account_id}:policy/assume-roles",
    {
        "v1": allow_assume_role(ADMIN.arn),
        "v2": allow_assume_role(ADMIN.arn, DEVELOPER.arn, READ_ONLY.arn, "arn:aws:iam::*:role/*"),
    },
    default="v2",
)
ALICES: Final = UserPolicies(
    Owner(inline={"young": allow_assume_role(YOUNG.arn)}),
    {"engineers": Owner({"mfa": _MFA, "own-keys": _OWN_KEYS}, (_ROLES,))},
)
"""Those that she has until a test gives her others."""

"""Which documents there are, what each is for, and how large it may be."""

from collections.abc import Callable
from typing import Final, NamedTuple

from aws_mfa_process.policy import documents
from aws_mfa_process.policy.documents import Json
from aws_mfa_process.policy.forms import Kind
from aws_mfa_process.policy.names import Names

SIZES: Final[dict[Kind, int]] = {"managed": 6144, "trust": 2048, "organization": 5120}
"""Most characters of each kind, white space not counted, but in an SCP that an SDK sends.

Source: IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations, "Quotas".
"""


class Entry(NamedTuple):
    """A document that ``policy`` prints.

    Attributes:
        purpose: What one needs it for, a few words.
        effect: What it does, one sentence.
        place: Where it is attached, the end of a sentence.
        takes: Which options it can make use of, by their names in `Names`.
    """

    make: Callable[[Names], Json]
    kind: Kind
    purpose: str
    effect: str
    place: str
    takes: tuple[str, ...]


_SELF: Final = ("account", "user", "path")
_TRUST: Final = ("account", "role", "user")
CATALOGUE: Final = {
    "bastion-group": Entry(
        documents.bastion_group,
        "managed",
        "people who work in other accounts",
        "Lets its users take on roles, see themselves and change their own access keys with MFA, "
        "and denies them all but enrolment without it.",
        "attach it, with self-manage-mfa, to a group of the bastion account",
        (*_SELF, "role", "enrol_in_console"),
    ),
    "self-manage-mfa": Entry(
        documents.self_manage_mfa,
        "managed",
        "users who enrol their own MFA devices",
        "Lets each user enrol MFA devices of any name for themselves, and remove them with MFA.",
        "attach it to the users' group",
        (*_SELF, "enrol_in_console"),
    ),
    "deny-without-mfa": Entry(
        documents.deny_without_mfa,
        "managed",
        "groups that have other policies already",
        "Denies everything without MFA but what it takes to enrol a device; allows nothing.",
        "attach it to every group of people, never to a role",
        (*_SELF, "enrol_in_console"),
    ),
    "rotate-own-keys": Entry(
        documents.rotate_own_keys,
        "managed",
        "users who rotate their own access keys",
        "Lets each user make, switch off and delete their own access keys, with MFA.",
        "attach it to the users' group",
        _SELF,
    ),
    "role-trust": Entry(
        documents.role_trust,
        "trust",
        "roles that people take on",
        "Lets users of one account take on the role, with MFA, and under their own name.",
        "make it the trust policy of a role",
        (*_TRUST, "path", "external_id", "mfa_age"),
    ),
    "organization-scp": Entry(
        documents.organization_scp,
        "organization",
        "an organization in which no account may forget it",
        "Denies users of all accounts everything without MFA; roles, services and the management "
        "account are as before.",
        "attach it to the root or a unit of the organization",
        (),
    ),
    "agent-guardrail": Entry(
        documents.agent_guardrail,
        "managed",
        "a role for a program that no person watches",
        "Lets a role read what there is, never what is in it, and nothing without a source "
        "identity.",
        "attach it to the program's role, as its policy and as its permissions boundary",
        (),
    ),
    "agent-trust": Entry(
        documents.agent_trust,
        "trust",
        "starting that program",
        "Lets users of one account take on the program's role with MFA and a source identity.",
        "make it the trust policy of the program's role",
        _TRUST,
    ),
}
"""In the order in which an account is built."""

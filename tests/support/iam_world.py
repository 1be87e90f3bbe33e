"""An account of IAM that a test makes up, in the form in which AWS tells it."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


@dataclass
class World:
    """An account: lists in the form of GetAccountAuthorizationDetails, and what else is told.

    Attributes:
        keys: Of each user: id, status, created, last used (ISO 8601; empty: never).
        devices: Serial numbers by user.
        passwords: Who has one.
        aws_managed: Documents of AWS's own policies by ARN.
        levels: Service control policies from the root down; None: no organization.
        denied: Names of calls that the caller may not make.
        expired: Names of calls that find the session of the caller ended.
        gone: Names of calls about what was deleted a moment ago.
        report: Whether the report is of now; else it knows nothing of keys and devices yet.
        report_takes: How many calls for the report say that it is not yet there.
        root: Columns of the root user in the report.
        calls: Names of the calls so far.
    """

    account_id: str
    lists: dict[str, list[Json]] = field(default_factory=lambda: {name: [] for name in LISTS})
    keys: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)
    devices: dict[str, list[str]] = field(default_factory=dict)
    passwords: set[str] = field(default_factory=set)
    aws_managed: dict[str, Any] = field(default_factory=dict)
    levels: list[list[Any]] | None = None
    denied: set[str] = field(default_factory=set)
    expired: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    root: Json = field(default_factory=lambda: {"mfa_active": "true"})
    summary: dict[str, int] = field(default_factory=dict)
    report_is_stale: bool = False
    report_takes: int = 0
    calls: list[str] = field(default_factory=list)

    @property
    def refused(self) -> dict[str, str]:
        """Which calls of IAM are refused, and with what code."""
        ended = dict.fromkeys(self.expired, "ExpiredToken")
        return {**ended, **dict.fromkeys(self.denied, "AccessDenied")}


def document(policy: object) -> str:
    """Return a policy document as IAM sends it."""
    return quote(policy if isinstance(policy, str) else json.dumps(policy), safe="")

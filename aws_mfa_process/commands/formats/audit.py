"""What ``audit`` tells, as JSON and CSV; the shape is that of `docs/reference/json.md`."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from aws_mfa_process.policy.audit.account import Account
from aws_mfa_process.policy.audit.findings import Finding

_FIELDS = ("id", "kind", "name", "arn", "access_key_id", "sentence", "hint")


def json_of(account: Account, found: Sequence[Finding]) -> str:
    """Return the document; nothing in it is a secret."""
    document = {
        "account_id": account.account_id,
        "users": len(account.users),
        "roles": len(account.roles),
        "findings": [_fields(finding) for finding in found],
        "not_looked_at": list(account.unseen),
    }
    return json.dumps(document, indent=2)


def csv_of(_account: Account, found: Sequence[Finding]) -> str:
    """Return a header, and one line for each finding."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_fields(finding) for finding in found)
    return file.getvalue().rstrip("\n")


def _fields(finding: Finding) -> dict[str, Any]:
    shown = {name: getattr(finding, name) or None for name in _FIELDS}
    return {**shown, "access_key_id": finding.access_key_id[-4:] or None}

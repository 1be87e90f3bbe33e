"""What ``doctor`` tells, as JSON; the shape is that of `docs/reference/json.md`."""

import json
from typing import Any

from aws_mfa_process.commands.checks.why import page, why
from aws_mfa_process.commands.doctor import Finding, Report


def text_of(report: Report) -> str:
    """Return the document; nothing in it is a secret."""
    document = {
        "findings": [_finding(finding) for finding in report.findings],
        "right": report.right,
        "not_checked": list(report.skipped),
        "fixed": list(report.fixed),
    }
    return json.dumps(document, indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "id": verdict.id,
        "profile": verdict.profile,
        "sentence": verdict.sentence,
        "why": why(verdict.id),
        "hint": verdict.hint,
        "page": page(verdict.id),
        "is_fixable": finding.is_fixable,
    }

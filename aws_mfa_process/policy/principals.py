"""Who asks, and whether a policy on a resource means them.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Policy evaluation logic".
"""

import re
from typing import Final, NamedTuple

from aws_mfa_process.policy.document import Listed

NOBODY, ACCOUNT, ROLE, ITSELF = range(4)
"""How closely a ``Principal`` names the caller.

`ACCOUNT` leaves it to the caller's own policies; `ROLE` is the role of a session; `ITSELF` the
user, the session, or everybody.
"""
_ACCOUNT: Final = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")


class Caller(NamedTuple):
    """Who sends a request.

    Attributes:
        account_id: Twelve digits.
        arn: As GetCallerIdentity gives it; the name of a service for a service.
        role_arn: Of a role session: the ARN of the role, its path included; else empty.
        kind: ``AWS``, ``Service`` or ``Federated``.
    """

    account_id: str
    arn: str
    role_arn: str = ""
    kind: str = "AWS"


def named(principal: Listed, caller: Caller, *, has_boundary: bool) -> int:
    """Tell how closely a statement's principal names the caller.

    Args:
        principal: Of the statement.
        caller: Who asks.
        has_boundary: The caller has a permissions boundary.

    Returns:
        One of `NOBODY`, `ACCOUNT`, `ROLE`, `ITSELF`.
    """
    if not principal.is_negated:
        return max((_named(it, caller) for it in principal.patterns), default=NOBODY)
    if has_boundary:  # which makes AWS deny whoever is excepted
        return ITSELF
    listed = {_named(it, caller) for it in principal.patterns}
    excepted = {ITSELF, ACCOUNT} | ({ROLE} if caller.role_arn else set())
    return NOBODY if excepted <= listed else ITSELF


def _named(pattern: str, caller: Caller) -> int:
    kind, _, text = pattern.partition(":")
    if kind != caller.kind:
        return NOBODY
    if text in ("*", caller.arn):
        return ITSELF
    if text == caller.role_arn:
        return ROLE
    account = _ACCOUNT.fullmatch(text)
    return ACCOUNT if account and account.group(1) == caller.account_id else NOBODY

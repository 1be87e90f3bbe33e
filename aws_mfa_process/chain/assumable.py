"""Which roles the policies of a user name: in full, or by a pattern.

Its one rule: pure, and only a proposal. Conditions, boundaries, policies of the organization and
the trust of a role are AWS's to judge: whether a role can be assumed is tried.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from aws_mfa_process.config.accounts import Account
from aws_mfa_process.policy.document import Listed, Policy
from aws_mfa_process.policy.three import Three
from aws_mfa_process.policy.wildcard import action_matches, filled, literal, resource_matches

_ACTION = "sts:AssumeRole"
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_MARKS = ("*", "?", "$")
_ARN_PARTS = 6


class Rule(NamedTuple):
    """What one statement says of AssumeRole.

    Attributes:
        policy: Its policy, as a person knows it.
        is_allow: Else it denies.
        is_conditional: It holds under conditions, which are AWS's to judge.
        resource: The roles, as written.
        context: What variables stand for, by name; None: ``${…}`` is plain text.
    """

    policy: str
    is_allow: bool
    is_conditional: bool
    resource: Listed
    context: Mapping[str, tuple[str, ...]] | None

    def is_for(self, arn: str) -> Three:
        """Tell whether it is for a role; None: only AWS knows."""
        return resource_matches(self.resource, arn, self.context)

    @property
    def texts(self) -> list[str]:
        """Its resources, with the variables that are known filled in."""
        each = [(text, filled(text, self.context)) for text in self.resource.patterns]
        return [literal(pattern) if is_there else text for text, (is_there, pattern) in each]


class User(NamedTuple):
    """Whose policies they are."""

    name: str
    account: str


def rules_of(policy: Policy, user: User) -> list[Rule]:
    """Return what a policy says of AssumeRole; variables stand for what is known of the user."""
    known = {"aws:username": (user.name,), "aws:principalaccount": (user.account,)}
    context = known if policy.has_variables else None
    return [
        Rule(policy.name, it.is_allow, bool(it.tests), it.resource, context)
        for it in policy.statements
        if it.resource is not None and action_matches(it.action, _ACTION)
    ]


class Candidate(NamedTuple):
    """A role to try.

    Attributes:
        arn: Of the role.
        is_named: A policy names it in full.
        is_conditional: All that allows it holds under conditions.
    """

    arn: str
    is_named: bool
    is_conditional: bool


def candidates(
    rules: Sequence[Rule], known: Iterable[str], likely: Iterable[str] = ()
) -> list[Candidate]:
    """Return the roles to try: those that policies name in full, then those that they allow.

    Args:
        rules: Of all policies that could be read.
        known: ARNs of roles that there may be.
        likely: Those to try though no policy that could be read allows them.
    """
    allowing = [it for it in rules if it.is_allow]
    denying = [it for it in rules if not it.is_allow and not it.is_conditional]
    named = [text for it in allowing if not it.resource.is_negated for text in it.texts]
    named = [text for text in named if _ROLE.fullmatch(text)]
    anyway = dict.fromkeys(likely)
    found = []
    for arn in dict.fromkeys([*named, *known, *anyway]):
        grounds = [it for it in allowing if it.is_for(arn) is not False]
        if (grounds or arn in anyway) and not any(it.is_for(arn) for it in denying):
            is_conditional = bool(grounds) and all(it.is_conditional for it in grounds)
            found.append(Candidate(arn, arn in named, is_conditional))
    return found


def roles_in(accounts: Sequence[Account], roles: Sequence[str], start: str) -> Iterator[str]:
    """Yield the ARNs of the roles of a list.

    Args:
        accounts: Of the list.
        roles: Those of accounts for which the list names none.
        start: Of all ARNs, such as ``arn:aws:iam::``.
    """
    for it in accounts:
        for role in it.roles or roles:
            yield f"{start}{it.account}:role/{role}"


def roles_of_patterns(
    rules: Sequence[Rule], accounts: Sequence[Account], roles: Sequence[str], start: str
) -> Iterator[str]:
    """Yield the ARNs that come of patterns which name an account, or a role, in full.

    Args:
        rules: Of all policies that could be read.
        accounts: Of a list, for a role that is named without its account.
        roles: Names, for an account that is named without its role.
        start: Of all ARNs, such as ``arn:aws:iam::``.
    """
    listed = {it.account: it.roles for it in accounts}
    parts = [_parts(text) for it in rules if it.is_allow for text in it.texts]
    for account, role in dict.fromkeys(parts):
        if role and not _has_mark(role):
            in_accounts = [account] if _ACCOUNT.fullmatch(account) else list(listed)
            yield from (f"{start}{number}:role/{role}" for number in in_accounts)
        elif _ACCOUNT.fullmatch(account):
            yield from (f"{start}{account}:role/{name}" for name in listed.get(account) or roles)


def wildcards(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """Return policy and text of what allows roles without naming them in full."""
    found = []
    for it in rules:
        for text in it.texts if it.is_allow else ():
            if it.resource.is_negated:
                found.append((it.policy, f"all but {text}"))
            elif _has_mark(text) and _may_be_of_iam(text):
                found.append((it.policy, text))
    return list(dict.fromkeys(found))


def _may_be_of_iam(text: str) -> bool:
    service = [*text.split(":"), "*", "*"][2]
    return service == "iam" or _has_mark(service)


def _parts(text: str) -> tuple[str, str]:
    """Return account and role of a pattern, as they stand there; empty: it has none."""
    parts = text.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or not parts[-1].startswith("role/"):
        return "", ""
    return parts[4], parts[-1].removeprefix("role/")


def _has_mark(text: str) -> bool:
    return any(mark in text for mark in _MARKS)

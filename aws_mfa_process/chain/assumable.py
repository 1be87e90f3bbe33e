"""Which roles the policies of a user name: in full, or by a pattern.

Its one rule: pure, and only a proposal. Conditions, boundaries, policies of the organization and
the trust of a role are AWS's to judge: whether a role can be assumed is tried.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aws_mfa_process.config.accounts import Account

_ACTION = "sts:assumerole"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_MARKS = ("*", "?", "$")
_WITH_VARIABLES = "2012-10-17"


class Resource(NamedTuple):
    """What a statement names.

    Attributes:
        text: As it stands there.
        pattern: What it matches; None: it has a variable that is known to AWS alone.
    """

    text: str
    pattern: re.Pattern[str] | None

    @property
    def is_role(self) -> bool:
        """Whether it is the ARN of one role."""
        return self.pattern is not None and _ROLE.fullmatch(self.text) is not None


class Statement(NamedTuple):
    """One statement on AssumeRole.

    Attributes:
        policy: Its policy, as a person knows it.
        is_allow: Else it denies.
        is_inverted: It is for all but its resources (``NotResource``).
        is_conditional: It holds under conditions, which are AWS's to judge.
    """

    policy: str
    is_allow: bool
    is_inverted: bool
    is_conditional: bool
    resources: tuple[Resource, ...]

    @property
    def is_certain(self) -> bool:
        """Whether nothing of it is left to AWS to judge."""
        return not self.is_conditional and all(it.pattern for it in self.resources)

    def is_for(self, arn: str) -> bool:
        """Tell whether it is for a role."""
        patterns = [it.pattern for it in self.resources if it.pattern is not None]
        return any(it.fullmatch(arn) for it in patterns) is not self.is_inverted


class User(NamedTuple):
    """Whose policies they are."""

    name: str
    account: str


def statements_of(document: object, policy: str, user: User) -> list[Statement]:
    """Return the statements of a policy that are for AssumeRole.

    Args:
        document: As AWS gives it, parsed from JSON.
        policy: Its name, for a person.
        user: Whose name and account variables stand for.
    """
    values = document if isinstance(document, Mapping) else {}
    has_variables = values.get("Version") == _WITH_VARIABLES
    found = []
    for it in _listed(values.get("Statement")):
        if not isinstance(it, Mapping) or not _is_on_assume_role(it):
            continue
        is_inverted = "NotResource" in it
        texts = _texts(it.get("NotResource" if is_inverted else "Resource"))
        resources = tuple(_resource(text, user, has_variables=has_variables) for text in texts)
        is_allow = it.get("Effect") == "Allow"
        found.append(Statement(policy, is_allow, is_inverted, bool(it.get("Condition")), resources))
    return found


def _is_on_assume_role(statement: Mapping[str, Any]) -> bool:
    is_inverted = "NotAction" in statement
    actions = _texts(statement.get("NotAction" if is_inverted else "Action"))
    matches = any(_pattern(text.lower()).fullmatch(_ACTION) for text in actions)
    return matches is not is_inverted


def _resource(text: str, user: User, *, has_variables: bool) -> Resource:
    known = {"aws:username": user.name, "aws:principalaccount": user.account}
    names = [name.lower() for name in _VARIABLE.findall(text)] if has_variables else []
    if not all(name in known for name in names):
        return Resource(text, None)
    if names:
        text = _VARIABLE.sub(lambda found: known[found[1].lower()], text)
    return Resource(text, _pattern(text))


def _pattern(text: str) -> re.Pattern[str]:
    """Return what a text with ``*`` and ``?`` matches, without going back and forth.

    >>> bool(_pattern("arn:aws:iam::*:role/Dev*").fullmatch("arn:aws:iam::222222222222:role/Dev"))
    True
    """
    first, *rest = [
        "".join("." if mark == "?" else re.escape(mark) for mark in part)
        for part in text.split("*")
    ]
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: object) -> list[str]:
    return [it for it in _listed(value) if isinstance(it, str)]


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
    statements: Sequence[Statement], known: Iterable[str], likely: Iterable[str] = ()
) -> list[Candidate]:
    """Return the roles to try: those that policies name in full, then those that they allow.

    Args:
        statements: Of all policies that could be read.
        known: ARNs of roles that there may be.
        likely: Those to try though no policy that could be read allows them.
    """
    allowing = [it for it in statements if it.is_allow]
    denying = [it for it in statements if not it.is_allow and it.is_certain]
    plain = [it for it in allowing if not it.is_inverted]
    named = [each.text for it in plain for each in it.resources if each.is_role]
    anyway = dict.fromkeys(likely)
    found = []
    for arn in dict.fromkeys([*named, *known, *anyway]):
        grounds = [it for it in allowing if it.is_for(arn)]
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
    statements: Sequence[Statement], accounts: Sequence[Account], roles: Sequence[str], start: str
) -> Iterator[str]:
    """Yield the ARNs that come of patterns which name an account, or a role, in full.

    Args:
        statements: Of all policies that could be read.
        accounts: Of a list, for a role that is named without its account.
        roles: Names, for an account that is named without its role.
        start: Of all ARNs, such as ``arn:aws:iam::``.
    """
    listed = {it.account: it.roles for it in accounts}
    parts = [_parts(each.text) for it in statements if it.is_allow for each in it.resources]
    for account, role in dict.fromkeys(parts):
        if role and not _has_mark(role):
            in_accounts = [account] if _ACCOUNT.fullmatch(account) else list(listed)
            yield from (f"{start}{number}:role/{role}" for number in in_accounts)
        elif _ACCOUNT.fullmatch(account):
            yield from (f"{start}{account}:role/{name}" for name in listed.get(account) or roles)


def wildcards(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """Return policy and text of what allows roles without naming them in full."""
    found = []
    for it in statements:
        for each in it.resources if it.is_allow else ():
            if it.is_inverted:
                found.append((it.policy, f"all but {each.text}"))
            elif _has_mark(each.text) and _may_be_of_iam(each.text):
                found.append((it.policy, each.text))
    return list(dict.fromkeys(found))


def _may_be_of_iam(text: str) -> bool:
    parts = text.split(":")
    return len(parts) < 3 or _pattern(parts[2]).fullmatch("iam") is not None  # noqa: PLR2004 - ARN


def _parts(text: str) -> tuple[str, str]:
    """Return account and role of a pattern, as they stand there; empty: it has none."""
    parts = text.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("role/"):  # noqa: PLR2004 - of an ARN
        return "", ""
    return parts[4], parts[5].removeprefix("role/")


def _has_mark(text: str) -> bool:
    return any(mark in text for mark in _MARKS)

"""The calls that stand for all that policies could let a user make.

Rule: for each pattern that allows, calls that only it matches, and calls that it shares with each
other pattern: what one policy exempts is among them.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from aws_mfa_process.policy.audit.account import Account
from aws_mfa_process.policy.audit.iam_actions import FURTHER
from aws_mfa_process.policy.audit.meet import ANY, meet, meet_arns, narrowed
from aws_mfa_process.policy.audit.vocabulary import (
    ALL_BUCKETS,
    ASSUME_ROLE,
    ENROLMENT,
    KNOWN,
    NOTHING,
    NOTHING_ALONE,
)
from aws_mfa_process.policy.document import Listed, Policy, Statement
from aws_mfa_process.policy.wildcard import Context, action_matches, filled, matches

_SHAPES: Final = {action.lower(): shape for action, shape in KNOWN.items()}
_REAL: Final = {
    **{name: name for name in (*ENROLMENT, *NOTHING_ALONE)},
    **{name.lower(): name for name in (*KNOWN, *FURTHER, ASSUME_ROLE)},
}
"""How actions are written that are known, by their names in small letters."""
_WHOLE: Final = ("iam:", "sts:")
"""Services of which all actions are known."""
_ROLES: Final = "arn:{partition}:iam::*:role/*"
_OF_SERVICE: Final = {"s3": "arn:{partition}:s3:::*", "iam": "arn:{partition}:iam::{account}:*"}
_MANY: Final = 64
_GENERAL: Final = "arn:{partition}:{service}:*:{account}:*"


class Call(NamedTuple):
    """A call that stands for others.

    Attributes:
        shown: How the action is told to people: its name, or the pattern that it stands for.
        is_certain: False where nobody knows whether the action acts on no resource.
    """

    action: str
    resource: str
    shown: str
    is_certain: bool = True


class _Action(NamedTuple):
    """An action, how it is shown, and the patterns of what it acts on."""

    name: str
    shown: str
    shapes: tuple[str, ...]


def calls(
    identity: Sequence[Policy], others: Sequence[Policy], account: Account, known: Context
) -> Iterator[Call]:
    """Yield calls beyond what enrolment needs, those with a name that people know first.

    Args:
        identity: Policies that could allow.
        others: Further ones that have a say.
        account: Of the user.
        known: What is known of the user, for variables.
    """
    readable = [policy for policy in (*identity, *others) if policy.is_readable]
    statements = [(it, policy) for policy in readable for it in policy.statements]
    allowing = [it for policy in identity for it in policy.statements if it.is_allow]
    is_all_readable = all(policy.is_readable for policy in identity)
    seen = set()
    for action in _actions(allowing, [it for it, _ in statements], account):
        if is_all_readable and not any(names(it.action, action.name) for it in allowing):
            continue
        matching = [pair for pair in statements if names(pair[0].action, action.name)]
        kind = (tuple(id(statement) for statement, _ in matching), action.shapes)
        if kind in seen:
            continue
        seen.add(kind)
        yield from _on_resources(action, matching, account, known)


@lru_cache(maxsize=65536)
def names(listed: Listed, action: str) -> bool:
    """Tell whether a statement's actions include one; see `wildcard.action_matches`."""
    return action_matches(listed, action)


def resources(
    shape: str, statements: Iterable[tuple[Statement, Policy]], known: Context
) -> list[str]:
    """Return ARNs of one form: one that no statement names, one for each that one or some do.

    The user's own is among them; no other one with their name is, since names are unique whatever
    the path.
    """
    pattern = filled(shape, None)[1]
    own = (known.get("aws:principalarn") or ("",))[0]
    named = {
        text: None
        for statement, policy in statements
        if statement.resource is not None
        for written in statement.resource.patterns
        for is_there, text in [filled(written, known if policy.has_variables else None)]
        if is_there and text != ANY
    }
    found = [meet_arns(pattern, text) for text in (ANY, own, *_in_common(tuple(named)))]
    arns = [arn for arn in dict.fromkeys(found) if arn is not None]
    return [arn for arn in arns if arn == own or not _is_namesake(arn, own)]


def _in_common(patterns: tuple[str, ...]) -> list[str]:
    """Return patterns, and what any of them have in common, as far as that is not too much."""
    found: dict[str, None] = {}
    for pattern in patterns:
        shared = [narrowed(it, pattern) for it in found]
        found[pattern] = None
        if len(found) < _MANY:
            found.update((it, None) for it in shared if it is not None)
    return list(found)


def _is_namesake(arn: str, own: str) -> bool:
    return ":user/" in arn and arn.rpartition("/")[2] == own.rpartition("/")[2]


def _actions(
    allowing: Sequence[Statement], statements: Sequence[Statement], account: Account
) -> Iterator[_Action]:
    """Yield actions, each once."""
    seen = {*ENROLMENT, *NOTHING_ALONE}
    for name, shown in (
        *((name, name) for name in (*KNOWN, ASSUME_ROLE)),
        *_written(allowing, statements),
    ):
        if name.lower() not in seen and ":" in name:
            seen.add(name.lower())
            yield _Action(name, shown, _shapes(name, account))


def _written(
    allowing: Sequence[Statement], statements: Sequence[Statement]
) -> Iterator[tuple[str, str]]:
    """Yield what policies name, and what their patterns have in common, with how it is shown."""
    every = dict.fromkeys(it for statement in statements for it in statement.action.patterns)
    patterns = tuple(filled(it.lower(), None)[1] for it in (*every, "*:*"))
    for statement in allowing:
        if statement.action.is_negated:
            for name in _shared("*:*", patterns):
                yield _REAL.get(name, name), _REAL.get(name, "what its NotAction leaves")
            continue
        for written in statement.action.patterns:
            if "*" not in written and "?" not in written:
                yield written, written
                continue
            for name in _shared(written.lower(), patterns):
                is_made_up = name != name.lower()
                yield _REAL.get(name, name), written if is_made_up else _REAL.get(name, name)


@lru_cache(maxsize=4096)
def _shared(written: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return actions that a pattern has in common with others; for some services only real ones."""
    own = filled("*:*" if written == "*" else written, None)[1]
    real = [name for name in _REAL if name.startswith(_WHOLE) and matches(own, name)]
    met = [meet(own, pattern) for pattern in patterns]
    found = [
        name
        for name in met
        if name and (name in _REAL or name in patterns or not name.startswith(_WHOLE))
    ]
    return tuple(dict.fromkeys([*real, *found]))


def _shapes(action: str, account: Account) -> tuple[str, ...]:
    """Return the forms of what an action acts on; where that is not known, both that may be."""
    place = {"partition": account.partition, "account": account.account_id}
    lower = action.lower()
    if lower == ASSUME_ROLE.lower():
        return (_ROLES.format(**place),)
    if lower in _SHAPES:
        return (_SHAPES[lower].format(**place),)
    service = lower.partition(":")[0]
    general = _OF_SERVICE.get(service, _GENERAL)
    return general.format(**place, service=service), NOTHING


def _on_resources(
    action: _Action,
    matching: Sequence[tuple[Statement, Policy]],
    account: Account,
    known: Context,
) -> Iterator[Call]:
    """Yield the calls of an action; roles of the account itself are judged by their trust."""
    own_roles = f"::{account.account_id}:role/"
    for shape in action.shapes:
        if shape == NOTHING:
            yield Call(action.name, NOTHING, action.shown, is_certain=len(action.shapes) == 1)
            continue
        if shape == ALL_BUCKETS:
            yield Call(action.name, f"arn:{account.partition}:s3:::*", action.shown)
            continue
        for arn in resources(shape, matching, known):
            if action.name.lower() != ASSUME_ROLE.lower() or own_roles not in arn:
                yield Call(action.name, arn, action.shown)

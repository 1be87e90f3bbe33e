"""Patterns with ``*``, ``?`` and variables, and what they match.

Rule: no pattern takes more than linear time, whoever wrote it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from aws_mfa_process.policy.document import Listed
from aws_mfa_process.policy.three import Three, any_of, negated

Context = Mapping[str, tuple[str, ...] | None]
"""Condition keys of a request, in small letters, and their values.

A key that is absent is absent from the request; one whose value is None may be there, with
what nobody knows.
"""
_ARN_PARTS: Final = 6
_ANY: Final = "\ue000"
_ONE: Final = "\ue001"
"""Stand for the wildcards once variables are filled in: no policy may hold these letters."""
_SPECIAL: Final = re.compile(r"\$\{([^{}]*)\}|[*?]")
_VARIABLE: Final = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")


def filled(pattern: str, context: Context | None) -> tuple[Three, str]:
    """Fill the variables of a pattern in.

    Args:
        pattern: As written.
        context: None where ``${…}`` is plain text.

    Returns:
        Whether there is such a pattern: False if a variable has no value, None if nobody knows
        its value. And the pattern, for `matches`.

    Source:
        IAM User Guide, "IAM policy elements: Variables and tags".

    >>> context = {"aws:username": ("alice",)}
    >>> is_there, pattern = filled("user/${aws:UserName}/*", context)
    >>> is_there, matches(pattern, "user/alice/a"), matches(pattern, "user/bob/a")
    (True, True, False)
    """
    if context is None or "$" not in pattern:
        return True, pattern.replace("*", _ANY).replace("?", _ONE)
    parts, start = [], 0
    is_known: Three = True
    for found in _SPECIAL.finditer(pattern):
        parts.append(pattern[start : found.start()])
        start = found.end()
        match found.group():
            case "*":
                parts.append(_ANY)
            case "?":
                parts.append(_ONE)
            case "${*}" | "${?}" | "${$}":
                parts.append(found.group(1))
            case _:
                value = _value(found.group(1), context)
                if not isinstance(value, str):
                    is_known = False if value is False else is_known and None
                    continue
                parts.append(value)
    return is_known, "".join([*parts, pattern[start:]])


def variables(patterns: Iterable[str]) -> list[str]:
    """Return the keys, in small letters, that patterns have as variables.

    >>> variables(["a/${aws:UserName}/${*}", "${aws:PrincipalTag/team, 'none'}"])
    ['aws:username', 'aws:principaltag/team']
    """
    every = (found.group(1) for pattern in patterns for found in _SPECIAL.finditer(pattern))
    named = (_VARIABLE.fullmatch(text or "") for text in every)
    return [found.group(1).lower() for found in named if found and found.group(1) not in "*?$"]


def _value(variable: str, context: Context) -> str | Three:
    """Return the text of a variable; False: it has none; None: nobody knows."""
    found = _VARIABLE.fullmatch(variable)
    if not found:
        return False
    values = context.get(found.group(1).lower(), ())
    if values is None:
        return None
    if len(values) == 1:
        return values[0]
    return False if found.group(2) is None else found.group(2)


def literal(pattern: str) -> str:
    """Return a pattern of `filled` as the text that it is where wildcards are none."""
    return pattern.replace(_ANY, "*").replace(_ONE, "?")


def matches(pattern: str, text: str, *, ignores_case: bool = False) -> bool:
    """Tell whether a pattern of `filled` matches a text."""
    if pattern == _ANY:
        return True
    if _ANY not in pattern and _ONE not in pattern:
        return pattern.lower() == text.lower() if ignores_case else pattern == text
    return _compiled(pattern, ignores_case).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignores_case: bool) -> re.Pattern[str]:  # noqa: FBT001 - a cache's key
    """Make a regular expression that never goes back over what it has matched."""
    first, *middle = (
        ".".join(re.escape(piece) for piece in chunk.split(_ONE)) for chunk in pattern.split(_ANY)
    )
    if middle:
        *middle, last = middle
        first += "".join(f"(?>.*?{chunk})" for chunk in middle if chunk) + f".*{last}"
    return re.compile(first, re.DOTALL | (re.IGNORECASE if ignores_case else 0))


def matches_arn(pattern: str, arn: str) -> Three:
    """Tell whether a pattern of `filled` matches an ARN, part by part.

    Returns:
        None for a pattern that is no ARN, of which nobody says what it matches.
    """
    if pattern == _ANY:
        return True
    wanted, given = (text.split(":", _ARN_PARTS - 1) for text in (pattern, arn))
    if len(wanted) < _ARN_PARTS:
        return None
    return len(given) == _ARN_PARTS and all(map(matches, wanted, given))


@lru_cache(maxsize=65536)
def action_matches(listed: Listed, action: str) -> bool:
    """Tell whether a statement's actions include one; case does not count."""
    patterns = (filled(it, None)[1] for it in listed.patterns)
    return any(matches(it, action, ignores_case=True) for it in patterns) != listed.is_negated


def resource_matches(resource: Listed, arn: str, context: Context | None) -> Three:
    """Tell whether a statement's resources include one.

    Args:
        resource: Of the statement.
        arn: The resource; ``*`` for a call that acts on none.
        context: As in `filled`.

    Returns:
        Whether they do. None where a ``NotResource`` has a variable without a value: what AWS
        makes of that is not documented.
    """
    each = [filled(pattern, context) for pattern in resource.patterns]
    found = any_of(
        _matches_resource(text, arn) if is_there else is_there for is_there, text in each
    )
    if not resource.is_negated:
        return found
    is_complete = all(is_there for is_there, _ in each)
    return negated(found) if found or is_complete else None


def _matches_resource(pattern: str, arn: str) -> Three:
    return pattern == _ANY if arn == "*" else matches_arn(pattern, arn)

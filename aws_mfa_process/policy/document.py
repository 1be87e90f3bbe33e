"""A policy document as a frozen value.

Rule: what IAM itself would not have taken is an error here, and never a statement that is
passed over.
"""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

WITH_VARIABLES: Final = "2012-10-17"
"""The version in which ``${…}`` is a variable. A document without a version is of 2008."""
_VERSIONS: Final = frozenset({WITH_VARIABLES, "2008-10-17"})
_TOP: Final = frozenset({"Version", "Id", "Statement"})
_PAIRS: Final = (("Action", "NotAction"), ("Resource", "NotResource"))
_PRINCIPALS: Final = ("Principal", "NotPrincipal")
_ELEMENTS: Final = frozenset(
    {"Sid", "Effect", "Condition", *_PRINCIPALS, *(name for pair in _PAIRS for name in pair)}
)


class PolicyError(ValueError):
    """A text is no policy; the message says why in one sentence."""


class Listed(NamedTuple):
    """What an element and its opposite list.

    Attributes:
        patterns: As written. A principal is ``KIND:VALUE``, for example ``AWS:*``.
        is_negated: It was the ``Not…`` form.
    """

    patterns: tuple[str, ...]
    is_negated: bool = False


class Test(NamedTuple):
    """One line of a condition.

    Attributes:
        operator: As written, for example ``ForAnyValue:StringLikeIfExists``.
        key: In small letters.
        values: As text; JSON's ``true`` is ``"true"``.
    """

    operator: str
    key: str
    values: tuple[str, ...]


class Statement(NamedTuple):
    """One statement.

    Attributes:
        sid: Empty if it has none.
        resource: None in documents that stand on a resource and do not name it, such as a
            role's trust policy.
        principal: None in identity policies and the like.
    """

    sid: str
    is_allow: bool
    action: Listed
    resource: Listed | None
    principal: Listed | None
    tests: tuple[Test, ...]


class Policy(NamedTuple):
    """A policy document, and how people call it.

    Attributes:
        name: For those who read a verdict; an ARN or any other name.
        has_variables: ``${…}`` in it is a variable.
        is_readable: False for a policy that exists and could not be read: nothing is known of
            what it allows or denies.
    """

    name: str
    statements: tuple[Statement, ...]
    has_variables: bool = True
    is_readable: bool = True


def unreadable(name: str) -> Policy:
    """Stand in for a policy that could not be read."""
    return Policy(name, (), is_readable=False)


def parse(document: str | Mapping[str, object], name: str = "") -> Policy:
    """Read a policy document.

    Args:
        document: JSON, or what it says.
        name: How people call it.

    Raises:
        PolicyError: It is none, or holds an element that IAM does not know.

    Source:
        IAM User Guide, "Grammar of the IAM JSON policy language".
    """
    try:
        top = json.loads(document) if isinstance(document, str) else document
    except ValueError as error:
        raise PolicyError("it is no JSON") from error
    if not isinstance(top, Mapping) or not set(top) <= _TOP:
        raise PolicyError("it is no JSON object with Version and Statement")
    version = top.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise PolicyError(f"its Version is {version}")
    statements = top.get("Statement", [])
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        raise PolicyError("its Statement is no list")
    read = tuple(_statement(statement) for statement in statements)
    return Policy(name, read, has_variables=version == WITH_VARIABLES)


def _statement(written: object) -> Statement:
    if not isinstance(written, Mapping) or not set(written) <= _ELEMENTS:
        raise PolicyError("a statement has an element that IAM does not know")
    if written.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError("the Effect of a statement is neither Allow nor Deny")
    action, resource = (_listed(written, *pair) for pair in _PAIRS)
    if action is None:
        raise PolicyError("a statement names no action")
    return Statement(
        sid=str(written.get("Sid", "")),
        is_allow=written["Effect"] == "Allow",
        action=action,
        resource=resource,
        principal=_principal(written),
        tests=_tests(written.get("Condition", {})),
    )


def _listed(written: Mapping[str, object], name: str, opposite: str) -> Listed | None:
    if name in written and opposite in written:
        raise PolicyError(f"a statement has both {name} and {opposite}")
    if opposite in written:
        if written[opposite] == []:  # of which nobody says whether it is all or nothing
            raise PolicyError(f"a {opposite} is empty")
        return Listed(_texts(written[opposite], opposite), is_negated=True)
    return Listed(_texts(written[name], name)) if name in written else None


def _principal(written: Mapping[str, object]) -> Listed | None:
    name, opposite = _PRINCIPALS
    if name in written and opposite in written:
        raise PolicyError(f"a statement has both {name} and {opposite}")
    given = written.get(name, written.get(opposite))
    if given is None:
        return None
    kinds = {"AWS": "*"} if given == "*" else given
    if not isinstance(kinds, Mapping):
        raise PolicyError("a Principal is neither * nor an object")
    listed = [f"{kind}:{text}" for kind, texts in kinds.items() for text in _texts(texts, kind)]
    return Listed(tuple(listed), is_negated=opposite in written)


def _tests(written: object) -> tuple[Test, ...]:
    if not isinstance(written, Mapping):
        raise PolicyError("a Condition is no object")
    tests = []
    for operator, keys in written.items():
        if not isinstance(keys, Mapping):
            raise PolicyError(f"the {operator} of a Condition is no object")
        for key, values in keys.items():
            tests.append(Test(operator, key.lower(), _texts(values, key)))
    return tuple(tests)


def _texts(written: object, name: str) -> tuple[str, ...]:
    """Read a value or a list of values as texts."""
    values = written if isinstance(written, list) else [written]
    if not all(isinstance(value, str | bool | int | float) for value in values):
        raise PolicyError(f"{name} holds a value that is no text")
    return tuple(str(it).lower() if isinstance(it, bool) else str(it) for it in values)

"""Condition operators, and what they make of a request.

Rule: an operator or a value that is not understood is unknown, never satisfied. So is a negated
operator whose variable has no value: what AWS makes of that is not documented.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context
keys".
"""

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from aws_mfa_process.policy.document import Test
from aws_mfa_process.policy.three import Three, all_of, any_of, negated
from aws_mfa_process.policy.wildcard import Context, filled, literal, matches, matches_arn

_REST: Final = {len("YYYY"): "-01-01", len("YYYY-MM"): "-01"}
Compare = Callable[[str, str], Three]
"""Compare a value of the request with one of the policy."""
_OPERATOR: Final = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?", re.IGNORECASE)


def holds(test: Test, context: Context, *, has_variables: bool) -> Three:
    """Tell whether a request satisfies one line of a condition.

    Args:
        test: The line.
        context: Condition keys of the request.
        has_variables: ``${…}`` in the policy is a variable.
    """
    found = _OPERATOR.fullmatch(test.operator)
    values = context.get(test.key, ())
    if found is None:
        return None
    over, name, if_exists = (part.lower() if part else "" for part in found.groups())
    if name == "null":
        return None if if_exists else _is_null(test.values, values, over)
    if values is None or name not in _OPERATORS:
        return None
    operator = _OPERATORS[name]
    if not values:
        return bool(if_exists) or over == "forallvalues" or (operator.is_negated and not over)
    variables = context if has_variables else None
    each = [_satisfies(value, operator, test.values, variables) for value in values]
    if over == "forallvalues" or (operator.is_negated and not over):
        return all_of(each)
    return any_of(each)


def _satisfies(
    value: str, operator: "_Operator", wanted: tuple[str, ...], context: Context | None
) -> Three:
    """Compare one value of the request with all of the policy."""
    patterns = [filled(it, context) if operator.takes_variables else (True, it) for it in wanted]
    found = any_of(
        operator.compare(value, pattern) if is_there else is_there for is_there, pattern in patterns
    )
    if not operator.is_negated:
        return found
    is_complete = all(is_there for is_there, _ in patterns)
    return negated(found) if found or is_complete else None


def _is_null(wanted: tuple[str, ...], values: tuple[str, ...] | None, over: str) -> Three:
    """Tell whether a key is there or not, as is wanted.

    Source:
        IAM User Guide, "IAM policy validation check reference", "Null with qualifier".
    """
    if over:
        return over == "forallvalues"
    if values is None:
        return None
    is_absent = "false" if values else "true"
    return is_absent in [text.lower() for text in wanted]


def _same_text(value: str, pattern: str) -> Three:
    return value == literal(pattern)


def _same_but_for_case(value: str, pattern: str) -> Three:
    return value.casefold() == literal(pattern).casefold()


def _like(value: str, pattern: str) -> Three:
    return matches(pattern, value)


def _arn_like(value: str, pattern: str) -> Three:
    return matches_arn(pattern, value)


def _number(order: Callable[[float, float], bool]) -> Compare:
    def compare(value: str, pattern: str) -> Three:
        try:
            return order(float(value), float(pattern))
        except ValueError:
            return None

    return compare


def _date(order: Callable[[float, float], bool]) -> Compare:
    def compare(value: str, pattern: str) -> Three:
        try:
            return order(_seconds(value), _seconds(pattern))
        except ValueError:
            return None

    return compare


def _seconds(text: str) -> float:
    """Read a time: of ISO 8601, or seconds since the epoch."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", text):
        return float(text)
    read = datetime.fromisoformat(text + _REST.get(len(text), ""))
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _in_network(value: str, pattern: str) -> Three:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return None


_ORDERS: Final[dict[str, tuple[Callable[[float, float], bool], bool]]] = {
    "equals": (float.__eq__, False),
    "notequals": (float.__eq__, True),
    "lessthan": (float.__lt__, False),
    "lessthanequals": (float.__le__, False),
    "greaterthan": (float.__gt__, False),
    "greaterthanequals": (float.__ge__, False),
}


class _Operator(NamedTuple):
    """How an operator compares."""

    compare: Compare
    is_negated: bool
    takes_variables: bool = True


_OPERATORS: Final[dict[str, _Operator]] = {
    "stringequals": _Operator(_same_text, is_negated=False),
    "stringnotequals": _Operator(_same_text, is_negated=True),
    "stringequalsignorecase": _Operator(_same_but_for_case, is_negated=False),
    "stringnotequalsignorecase": _Operator(_same_but_for_case, is_negated=True),
    "stringlike": _Operator(_like, is_negated=False),
    "stringnotlike": _Operator(_like, is_negated=True),
    "arnequals": _Operator(_arn_like, is_negated=False),
    "arnlike": _Operator(_arn_like, is_negated=False),
    "arnnotequals": _Operator(_arn_like, is_negated=True),
    "arnnotlike": _Operator(_arn_like, is_negated=True),
    "bool": _Operator(_same_but_for_case, is_negated=False),
    "binaryequals": _Operator(_same_text, is_negated=False, takes_variables=False),
    "ipaddress": _Operator(_in_network, is_negated=False, takes_variables=False),
    "notipaddress": _Operator(_in_network, is_negated=True, takes_variables=False),
    **{
        f"numeric{name}": _Operator(_number(order), is_negated=no, takes_variables=False)
        for name, (order, no) in _ORDERS.items()
    },
    **{
        f"date{name}": _Operator(_date(order), is_negated=no, takes_variables=False)
        for name, (order, no) in _ORDERS.items()
    },
}

"""Logic of three values: true, false, and None for what cannot be told.

Rule: nothing that is unknown becomes true or false here, unless the rest decides it already.
"""

from collections.abc import Iterable

Three = bool | None


def any_of(values: Iterable[Three]) -> Three:
    """Tell whether one of them is true.

    >>> any_of([False, None, True]), any_of([False, None]), any_of([])
    (True, None, False)
    """
    is_unknown = False
    for value in values:
        if value:
            return True
        is_unknown = is_unknown or value is None
    return None if is_unknown else False


def all_of(values: Iterable[Three]) -> Three:
    """Tell whether none of them is false.

    >>> all_of([True, None, False]), all_of([True, None]), all_of([])
    (False, None, True)
    """
    return negated(any_of(negated(value) for value in values))


def negated(value: Three) -> Three:
    """Turn true into false; the unknown stays unknown."""
    return None if value is None else not value

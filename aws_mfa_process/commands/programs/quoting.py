"""Lines that set and unset variables, as each shell reads them.

Its one rule: it is pure, and a value of printable characters arrives as it is.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_PLAIN = re.compile(r"[\w/.:@%+=,-]*", re.ASCII)
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"
"""What PowerShell takes for a single quotation mark."""


class Dialect(NamedTuple):
    """How lines are written for one kind of reader.

    Attributes:
        set: Gives the line that sets a variable, from its name and value.
        unset: Gives the line that unsets variables; None where nothing can be unset.
    """

    set: Callable[[str, str], str]
    unset: Callable[[Sequence[str]], str] | None = None


def posix(value: str) -> str:
    r"""Return a word of bash, dash, zsh and any other shell of that kind.

    All of it is quoted: in zsh a plain ``=ls`` would become a path.

    >>> print(posix("it's"))
    'it'\''s'
    """
    return "'" + value.replace("'", "'\\''") + "'"


def fish(value: str) -> str:
    r"""Return a word of fish, where a backslash quotes itself and a quotation mark.

    >>> print(fish("it's"))
    'it\'s'
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def powershell(value: str) -> str:
    """Return a text of PowerShell, where a quotation mark is doubled.

    >>> print(powershell("it's"))
    'it''s'
    """
    doubled = (mark * 2 if mark in _POWERSHELL_QUOTES else mark for mark in value)
    return f"'{''.join(doubled)}'"


def dotenv(value: str) -> str:
    r"""Return a value of an env file: bare where it can be, which every reader understands.

    Else it is quoted as python-dotenv and Docker Compose read it; ``docker --env-file`` knows no
    quotation marks. What AWS gives never needs any.

    >>> print(dotenv("eu-central-1"), dotenv("it's"))
    eu-central-1 'it\'s'
    """
    return value if _PLAIN.fullmatch(value) else fish(value)


def _cmd_unset(names: Sequence[str]) -> str:
    return "\n".join(f"SET {name}=" for name in names)


DIALECTS = {
    "env": Dialect(
        lambda name, value: f"export {name}={posix(value)}",
        lambda names: f"unset {' '.join(names)}",
    ),
    "fish": Dialect(
        lambda name, value: f"set -gx {name} {fish(value)}",
        lambda names: f"set -e {' '.join(names)}",
    ),
    "powershell": Dialect(
        lambda name, value: f"$Env:{name} = {powershell(value)}",
        lambda names: f"Remove-Item -ErrorAction Ignore {','.join(f'Env:{it}' for it in names)}",
    ),
    # FOR /F runs a line without looking at its marks again, so there is nothing to quote.
    "cmd": Dialect(lambda name, value: f"SET {name}={value}", _cmd_unset),
    "dotenv": Dialect(lambda name, value: f"{name}={dotenv(value)}"),
}
"""By the name of the format."""

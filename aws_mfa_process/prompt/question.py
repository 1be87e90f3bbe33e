"""The question for an MFA code, and the code in the answer."""

from typing import NamedTuple


class Question(NamedTuple):
    """What a person must know to answer.

    Attributes:
        serial: The MFA device.
        profile: The profile that was asked for.
        role_arn: The last role of its chain; may be empty.
        caller: Who asks: name and number of the calling program; may be empty.
        seconds: Time to answer; None: the usual one of the place.
        is_login: The person asked for this question by the command ``login``.
    """

    serial: str
    profile: str
    role_arn: str
    caller: str
    seconds: int | None
    is_login: bool


def digits(text: str) -> str | None:
    """Return the six digits of a code, with blanks and dashes forgiven; else None.

    >>> digits(" 123-456 ")
    '123456'
    >>> digits("12345")
    """
    code = text.translate({ord(mark): None for mark in " \t\r\n-\u00a0\u2011\u2013"})
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None  # noqa: PLR2004

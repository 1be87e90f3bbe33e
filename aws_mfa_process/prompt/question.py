"""The question for an MFA code, and the code in the answer."""

from typing import NamedTuple

from aws_mfa_process import APP


class Question(NamedTuple):
    """What a person must know to answer.

    Attributes:
        serial: The MFA device.
        profile: The profile that was asked for.
        role_arn: The last role of its chain; may be empty.
        caller: Who asks: name and number of the calling program; may be empty.
        seconds: Time to answer; None: the usual one of the place.
        is_login: The person asked for this question by the command ``login``.
        login: Arguments of the ``login`` that makes this question needless, for a shell.
    """

    serial: str
    profile: str
    role_arn: str
    caller: str
    seconds: int | None
    is_login: bool
    login: str


def login_hint(arguments: str) -> str:
    """Return the advice to log in, as a command that a shell takes as it is.

    >>> login_hint("prod")
    'run aws-mfa-process login prod in a terminal'
    """
    return f"run {APP} login {arguments} in a terminal"


def digits(text: str) -> str | None:
    """Return the six digits of a code, with blanks and dashes forgiven; else None.

    >>> digits(" 123-456 ")
    '123456'
    >>> digits("12345")
    """
    code = text.translate({ord(mark): None for mark in " \t\r\n-\u00a0\u2011\u2013"})
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None  # noqa: PLR2004

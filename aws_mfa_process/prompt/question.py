"""The question for an MFA code."""

from typing import NamedTuple


class Question(NamedTuple):
    """What a person must know to answer.

    Attributes:
        role_arn: The last role of the chain; may be empty.
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

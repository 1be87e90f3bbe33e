"""Where MFA codes come from: given, a command, a person.

Its one rule: a source has one method, ``get(why)``; `code_source` alone chooses.
"""

from typing import NamedTuple, Protocol

from aws_mfa_process.chain import MFA
from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.flight import Failure, process_group


class Question(NamedTuple):
    """What a person must know to answer.

    Attributes:
        serial: The MFA device.
        profile: The profile that was asked for.
        caller: Who asks: name and number of the calling program; may be empty.
        deadline: When to give up, by ``time.monotonic()``.
        is_login: The person asked for this question by the command ``login``.
    """

    serial: str
    profile: str
    caller: str
    deadline: float
    is_login: bool


class CodeSource(Protocol):
    """A source of MFA codes.

    Attributes:
        tries: How many codes it may give for one question.
        is_clockwork: Whether it gives another code by itself when the next one is due.
    """

    tries: int
    is_clockwork: bool

    def get(self, why: str) -> str:
        """Return what was given as a code, unchecked.

        Args:
            why: Why the last code was not taken; empty the first time.

        Raises:
            PersonNeededError: Nobody answered.
        """


class GivenCode:
    """The code of the command line."""

    tries = 1
    is_clockwork = False

    def __init__(self, code: str) -> None:
        """Keep the code."""
        self._code = code

    def get(self, why: str) -> str:
        """Return it."""
        del why
        return self._code


def code_source(
    mfa: MFA, question: Question, given_code: str | None, refusal: Failure | None
) -> CodeSource:
    """Choose where the code comes from.

    Args:
        mfa: The device and its settings.
        question: What a person is told.
        given_code: The code of the command line, if there was one.
        refusal: A person has refused to answer a moment ago: only ``login`` or a new job of a
            terminal asks again, not the other workers of the same program.

    Raises:
        CannotAskError: There is no way to ask, or a person has just refused.
    """
    if given_code is not None:
        return GivenCode(given_code)
    if mfa.process:
        from aws_mfa_process.prompt.process import Process  # noqa: PLC0415

        return Process(mfa.process)
    hint = f"run aws-mfa-process login {question.profile} in a terminal"
    needs = f"profile {question.profile} needs an MFA code, but"
    if mfa.prompt == "none":
        raise CannotAskError(f"{needs} asking is switched off", hint=hint)
    from aws_mfa_process.prompt import terminal  # noqa: PLC0415

    may_ask = refusal is None or question.is_login or refusal.process_group != process_group()
    if may_ask and mfa.prompt in ("auto", "terminal") and terminal.is_usable():
        return terminal.Terminal(question)
    if refusal is not None:
        raise CannotAskError(refusal.error.message, hint=refusal.error.hint)
    raise CannotAskError(f"{needs} there is no terminal to ask on", hint=hint)


def digits(text: str) -> str | None:
    """Return the six digits of a code, with blanks and dashes forgiven; else None.

    >>> digits(" 123-456 ")
    '123456'
    >>> digits("12345")
    """
    code = text.translate({ord(mark): None for mark in " \t\r\n-\u00a0\u2011\u2013"})
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None  # noqa: PLR2004

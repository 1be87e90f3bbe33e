"""Where MFA codes come from: given, a command, a person.

Its one rule: a source has one method, ``get(why)``; `code_source` alone chooses.
"""

import time
from typing import NamedTuple, Protocol

from aws_mfa_process import APP
from aws_mfa_process.chain.model import MFA
from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.store.failures import Failure, process_group


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


class CodeSource(Protocol):
    """A source of MFA codes.

    Attributes:
        tries: How many codes it may give for one question.
        is_person: Whether a person answers; else it gives another code by itself when the next
            one is due.
        is_window: Whether it opens a window, which may take longer than a caller waits.
    """

    tries: int
    is_person: bool
    is_window: bool

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
    is_person = False
    is_window = False

    def __init__(self, code: str) -> None:
        """Keep the code."""
        self._code = code

    def get(self, why: str) -> str:
        """Return it."""
        del why
        return self._code


class DialogWantedError(Exception):
    """Only a window can ask: the credential process leaves that to a process that outlives it."""


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
        from aws_mfa_process.prompt.mfa_process import Process  # noqa: PLC0415

        return Process(mfa.process, question.seconds)
    place = _place(mfa.prompt, question)
    if place is None:
        raise CannotAskError(
            f"profile {question.profile} needs an MFA code, but {_obstacle(mfa.prompt)}",
            hint=login_hint(question.login),
        )
    if refusal is not None and not question.is_login:
        is_new_job = refusal.process_group != process_group()
        if place.is_window or not is_new_job:
            seconds = round(time.time() - refusal.at)
            raise CannotAskError(
                f"{refusal.error.message}, {seconds} seconds ago", hint=login_hint(question.login)
            )
    return place


def _obstacle(prompt: str) -> str:
    """Say why nobody can be asked."""
    if prompt == "auto":
        from aws_mfa_process.prompt import terminal  # noqa: PLC0415

        if terminal.is_taken():
            return "another program reads the keys of the terminal, and there is no desktop"
    return {
        "none": "asking is switched off",
        "terminal": "there is no terminal to ask on",
        "dialog": "there is no desktop to ask on",
        "auto": "there is neither a terminal nor a desktop to ask on",
    }[prompt]


def _place(prompt: str, question: Question) -> CodeSource | None:
    """Return the first place that is allowed and there."""
    if prompt in ("auto", "terminal"):
        from aws_mfa_process.prompt import terminal  # noqa: PLC0415

        is_wanted = prompt == "terminal" or question.is_login
        if terminal.is_usable(is_wanted=is_wanted):
            return terminal.Terminal(question, is_wanted=is_wanted)
    if prompt in ("auto", "dialog"):
        from aws_mfa_process.prompt import dialog  # noqa: PLC0415

        program = dialog.program()
        if program is not None:
            return dialog.Dialog(question, program)
    return None


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

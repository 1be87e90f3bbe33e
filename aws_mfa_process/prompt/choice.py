"""Where MFA codes come from: given, a command, a person.

Its one rule: a source has one method, ``get(why)``; `code_source` alone chooses.
"""

import time
from typing import Protocol

from aws_mfa_process.chain.model import MFA
from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.prompt.question import Question, login_hint
from aws_mfa_process.store.failures import Failure, process_group


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

        return Process(mfa.process, question)
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

        is_chosen = prompt == "terminal" or question.is_login
        if terminal.is_usable(is_chosen=is_chosen):
            return terminal.Terminal(question, is_chosen=is_chosen)
    if prompt in ("auto", "dialog"):
        from aws_mfa_process.prompt import dialog, programs  # noqa: PLC0415

        program = programs.program()
        if program is not None:
            return dialog.Dialog(question, program)
    return None

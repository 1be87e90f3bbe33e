"""What the commands that change keys share: asking at the terminal, finding the endpoint."""

import getpass
import sys

from aws_mfa_process import signals
from aws_mfa_process.chain.endpoint import endpoint_of
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.commands.context import Context
from aws_mfa_process.display import printable
from aws_mfa_process.errors import PersonNeededError


def say(text: str) -> None:
    """Tell a person something; what could steer a terminal is not shown."""
    print(printable(text, kept="\n"), flush=True)  # noqa: T201 - that is what it is for


def ask(question: str, *, is_secret: bool = False, instead: str) -> str:
    """Ask a person and return the answer, without blanks around it.

    Args:
        question: What is shown.
        is_secret: The answer is not shown.
        instead: What helps where nobody can be asked.

    Raises:
        PersonNeededError: Standard input is no terminal, or it was closed (Ctrl-D).
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise PersonNeededError("there is no terminal to ask on", hint=instead)
    try:
        answer = _hidden(question) if is_secret else input(question)
    except EOFError:
        say("")
        raise PersonNeededError("cancelled") from None
    return answer.strip()


def _hidden(question: str) -> str:
    """Ask without echo, and give it back; Ctrl-Z would, and show what is typed after ``fg``."""
    with signals.as_exceptions(), signals.unpausable():
        return getpass.getpass(question)


def agrees(question: str, *, is_sure: bool) -> bool:
    """Tell whether a person agrees.

    Args:
        question: What is shown.
        is_sure: The option ``--yes`` was given.

    Raises:
        PersonNeededError: Nobody can be asked.
    """
    return is_sure or ask(f"{question} [y/N] ", instead="give --yes").lower() in ("y", "yes")


def confirm(question: str, *, is_sure: bool) -> None:
    """Go on only if a person agrees.

    Raises:
        PersonNeededError: The answer is not yes.
    """
    if not agrees(question, is_sure=is_sure):
        raise PersonNeededError("nothing was changed")


def endpoint(context: Context, profile: str) -> Endpoint:
    """Return how AWS is reached for a profile, which need not exist yet."""
    return endpoint_of(context.files, profile, context.environ)

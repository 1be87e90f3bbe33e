"""What the commands say to a person, and what they ask at the terminal."""

import sys

from aws_mfa_process import APP, signals
from aws_mfa_process.display import LINE_LENGTH, plain, printable
from aws_mfa_process.errors import PersonNeededError


def say(text: str) -> None:
    """Tell a person something; what could steer a terminal is not shown."""
    print(printable(text, kept="\n"), flush=True)  # noqa: T201 - that is what it is for


def note(text: str) -> None:
    """Tell a person something on standard error, where standard output is not ours."""
    _tell(f"{APP}: {text}")


def warn(text: str, hint: str) -> None:
    """Tell a person on standard error what is wrong though the command goes on."""
    _tell(f"{APP}: warning: {plain(text, LINE_LENGTH)}\nhint: {plain(hint, LINE_LENGTH)}")


def _tell(text: str) -> None:
    """Write to standard error; where that is closed, nowhere: ``print`` would take the output."""
    if sys.stderr is not None:
        print(printable(text, kept="\n"), file=sys.stderr, flush=True)  # noqa: T201 - same


def ask(question: str, *, is_secret: bool = False, instead: str) -> str:
    """Ask a person and return the answer, without blanks around it; a secret one is not shown.

    The hint ``instead`` is for where nobody can be asked.

    Raises:
        PersonNeededError: Standard input is no terminal, or it was closed (Ctrl-D).
        KeyboardInterrupt: Ctrl-C.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise PersonNeededError("there is no terminal to ask on", hint=instead)
    try:
        if not is_secret:
            return input(question).strip()
        import getpass  # noqa: PLC0415 - most commands ask for no secret

        with signals.as_exceptions(), signals.unpausable():  # Ctrl-Z would give the echo back
            return getpass.getpass(question).strip()
    except (EOFError, KeyboardInterrupt) as left:
        say("")  # what comes next begins a line
        if isinstance(left, KeyboardInterrupt):
            raise
        raise PersonNeededError("cancelled", hint=f"nothing was changed; {instead}") from None


def agrees(question: str, *, is_sure: bool) -> bool:
    """Tell whether a person agrees, with the option ``--yes`` (``is_sure``) or when asked."""
    return is_sure or ask(f"{question} [y/N] ", instead="give --yes").lower() in ("y", "yes")


def confirm(question: str, *, is_sure: bool) -> None:
    """Go on only if a person agrees."""
    if not agrees(question, is_sure=is_sure):
        raise PersonNeededError("nothing was changed", hint="answer y, or give --yes")

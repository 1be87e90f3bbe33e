"""A question in a window, for callers that have no terminal but a desktop.

Its one rule: the text has no character that a program could take for markup, and however the
window ends, the outcome is a code or a `PersonNeededError`.
"""

import os
import time

from aws_mfa_process import debug
from aws_mfa_process.errors import PersonNeededError, ProgramFailedError
from aws_mfa_process.prompt import programs
from aws_mfa_process.prompt.child import TooMuchError
from aws_mfa_process.prompt.question import Question

USUAL_SECONDS = 120
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "&": "+", "\\": "/", "%": "/"})


class Dialog:
    """A person at the desktop."""

    tries = 3
    is_person = True
    knows_devices = True
    is_window = True

    def __init__(self, question: Question, make: programs.Program) -> None:
        """Keep the question and the program that shows it; the time runs from now on."""
        self._question = question
        self._deadline = time.monotonic() + (question.seconds or USUAL_SECONDS)
        self._make = make

    def get(self, why: str, serials: tuple[str, ...]) -> str:
        """Ask, and return what was typed.

        Raises:
            PersonNeededError: Cancelled, window closed or no answer in time.
            ProgramFailedError: No window, or one that prints too much.
        """
        seconds = round(self._deadline - time.monotonic())
        if seconds <= 0:
            raise PersonNeededError("nobody gave the MFA code in time")
        has_next = self._make not in programs.EMPTY_IS_CANCEL
        question = self._question.of(serials if has_next else serials[:1])
        text, other = dialog_text(question, why, seconds), question.other.translate(_HARMLESS)
        run = self._make(_shown(text), seconds, _shown(other))
        try:
            typed = programs.typed(run, seconds)
        except TimeoutError:
            raise PersonNeededError(f"nobody gave the MFA code within {seconds} seconds") from None
        except (OSError, programs.DialogFailedError) as error:
            debug.note(f"{run.command[0]}: {type(error).__name__}")
            raise ProgramFailedError(
                f"{run.command[0]} could not show the question for the MFA code"
            ) from None
        except TooMuchError:
            raise ProgramFailedError(f"{run.command[0]} printed more than a code") from None
        if typed is None:
            raise PersonNeededError("the question for the MFA code was cancelled")
        return typed


def _shown(text: str) -> str:
    return text if programs.is_utf8(os.environ) else text.encode("ascii", "replace").decode()


def dialog_text(question: Question, why: str, seconds: int) -> str:
    """Return what the window says, without a character that a program could interpret.

    >>> role = "arn:aws:iam::2:role/R"
    >>> q = Question("arn:aws:iam::1:mfa/a", "<b>&", role, "code (7)", None, False)
    >>> print(dialog_text(q, "AWS did not accept that code", 120))
    AWS did not accept that code.
    ‹b›+ (2:role/R) wants the MFA code of a, for code (7).
    Enter the six digits that your device shows (120 s).
    """
    told = [why, question.heading, question.warning]
    lines = [*told, f"Enter the six digits that your device shows ({seconds} s)"]
    lines += [f"Or nothing, for the code of {question.other} instead"] if question.other else []
    return "\n".join(f"{line}." for line in lines if line).translate(_HARMLESS)

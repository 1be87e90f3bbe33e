"""Where MFA codes come from: given, a command, a person.

Its one rule: a source has one method, ``get(why)``; `Asker` alone chooses.
"""

import shlex
import time

from aws_mfa_process import APP, debug
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.settings import OWN_NAMES, SETTINGS
from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.values import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_mfa_process.prompt.question import Question
    from aws_mfa_process.store.failures import Failure

_OF_ASKING = {"mfa_process", "mfa_prompt", "mfa_prompt_seconds", "mfa_refusal_seconds"}
"""Settings that say how to ask, not for what."""
_OF_SESSION = {"mfa_serial", "session_duration_seconds", "mfa_mode"}
"""Settings that shape the MFA session."""


class CodeSource(Protocol):
    """A source of MFA codes.

    Attributes:
        tries: How many codes it may give for one question.
        is_person: Whether a person answers; else it gives another code by itself when the next
            one is due.
        knows_devices: Whether it gives the code of whichever device is asked for; a command gives
            those of one.
        is_window: Whether it opens a window, which may take longer than a caller waits.
    """

    tries: int
    is_person: bool
    knows_devices: bool
    is_window: bool

    def get(self, why: str, serials: tuple[str, ...]) -> str:
        """Return what was given as a code, unchecked.

        Args:
            why: Why the last code was not taken; empty the first time.
            serials: The device whose code is wanted, and those that an empty answer leads to.

        Raises:
            PersonNeededError: Nobody answered.
        """


class GivenCode:
    """The code of the command line."""

    tries = 1
    is_person = False
    knows_devices = True
    is_window = False

    def __init__(self, code: str) -> None:
        """Keep the code."""
        self._code = code

    def get(self, why: str, serials: tuple[str, ...]) -> str:
        """Return it."""
        del why, serials
        return self._code


class DialogWantedError(CannotAskError):
    """Only a window can ask: the credential process leaves that to a process that outlives it."""


class Asker(NamedTuple):
    """Who may be asked for the MFA code of a chain, and what that person is told.

    Attributes:
        chain: What was decided.
        request: From what it was; with the code of the command line, if there was one.
        caller: Who asks; empty: the program that started us.
        is_login: A person asked for the question, whoever else has refused.
        opens_windows: Whether a window may be opened here; else it is wanted elsewhere
            (`DialogWantedError`).
        refusal: Why nobody may be asked; empty: somebody may.
    """

    chain: Chain
    request: Request
    caller: str = ""
    is_login: bool = False
    opens_windows: bool = True
    refusal: str = ""

    def code_source(self, refused: "Failure | None", obstacle: str) -> CodeSource:
        """Choose where the code comes from.

        Args:
            refused: A person has refused to answer a moment ago: only ``login`` or a new job of
                a terminal asks again, not the other workers of the same program.
            obstacle: Why what the code makes cannot be kept; empty: it can.

        Raises:
            CannotAskError: Nobody may be asked, there is no way to ask, or a person has just
                refused.
            DialogWantedError: Only a window can ask, and it may not be opened here.
        """
        mfa, profile = self.chain.mfa, self.chain.profile
        if self.refusal or mfa is None:
            raise CannotAskError(self.refusal)
        if self.request.mfa_code is not None:
            debug.note("the code was given on the command line")
            return GivenCode(self.request.mfa_code)
        role_arn = self.chain.roles[-1].role_arn if self.chain.roles else ""
        from aws_mfa_process.prompt.caller import caller_name  # noqa: PLC0415 - who is asked
        from aws_mfa_process.prompt.question import Question  # noqa: PLC0415 - same
        from aws_mfa_process.store.failures import process_group  # noqa: PLC0415 - same

        caller = self.caller or caller_name()
        question = Question(
            mfa.serials[0],
            profile,
            role_arn,
            caller,
            mfa.prompt_seconds,
            self.is_login,
            obstacle,
            mfa.serials[1:],
        )
        if mfa.process:
            from aws_mfa_process.prompt.mfa_process import Process  # noqa: PLC0415

            debug.note("the code comes from mfa_process")
            return Process(mfa.process, question)
        source = _person(mfa.prompt, question)
        if source is None:
            raise CannotAskError(
                f"profile {profile} needs an MFA code, but {_obstacle(mfa.prompt)}"
            )
        if refused is not None and not self.is_login:
            is_new_job = refused.process_group != process_group()
            if source.is_window or not is_new_job:
                seconds = round(time.time() - refused.at)
                raise CannotAskError(f"{refused.error.message}, {seconds} seconds ago")
        if source.is_window and not self.opens_windows:
            raise DialogWantedError("only a window can ask")
        return source

    @property
    def hint(self) -> str:
        """The advice to log in where nobody has answered, with a command for the session needed."""
        chain, request = self.chain, self.request
        if self.refusal:
            return ""
        if self.is_login:
            return "try again, in a terminal or on a desktop; or let mfa_process give the code"
        options = []
        if chain.profile == request.profile:
            names = _OF_SESSION if chain.is_of_mfa_session else OWN_NAMES - _OF_ASKING
            options = [
                f"{setting.option}={request.overrides[setting.name]}"
                for setting in SETTINGS
                if setting.name in names and setting.name in request.overrides
            ]
        return f"run {APP} login {shlex.join([chain.profile, *options])} in a terminal"


def _obstacle(prompt: str) -> str:
    if prompt in ("auto", "terminal"):
        from aws_mfa_process.prompt import terminal  # noqa: PLC0415

        obstacle = terminal.obstacle()
        if obstacle:
            return obstacle + (", and there is no desktop" if prompt == "auto" else "")
    return {
        "none": "asking is switched off",
        "terminal": "there is no terminal to ask on",
        "dialog": "there is no desktop to ask on",
        "auto": "there is neither a terminal nor a desktop to ask on",
    }[prompt]


def _person(prompt: str, question: "Question") -> CodeSource | None:
    """Return the person at the first place that is allowed and there."""
    if prompt in ("auto", "terminal"):
        from aws_mfa_process.prompt import terminal  # noqa: PLC0415

        is_chosen = prompt == "terminal" or question.is_login
        if terminal.is_usable(is_chosen=is_chosen):
            debug.note("the terminal can show a question")
            return terminal.Terminal(question, is_chosen=is_chosen)
        debug.note(f"no question on the terminal: {terminal.obstacle() or 'there is none'}")
    if prompt in ("auto", "dialog"):
        from aws_mfa_process.prompt import dialog, programs  # noqa: PLC0415

        program = programs.program()
        debug.note(f"desktop: {program.__name__ if program else 'none, or no program for it'}")
        if program is not None:
            return dialog.Dialog(question, program)
    return None

"""A command that prints the MFA code (the profile's ``mfa_process``).

Its one rule: what it writes to standard error is shown to the person at the terminal, while it
runs, and goes nowhere else: it may hold a seed.
"""

import os
import re
import shlex

from aws_mfa_process import APP, guard
from aws_mfa_process.config.process_line import split_command
from aws_mfa_process.config.settings import digits
from aws_mfa_process.display import plain
from aws_mfa_process.errors import ConfigError, ProgramFailedError
from aws_mfa_process.prompt import terminal, tree
from aws_mfa_process.prompt.child import (
    MOST_BYTES,
    TooMuchError,
    child,
    output,
    why_not_started,
)
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.signals import pausable

SERIAL_VARIABLE = "AWS_MFA_PROCESS_SERIAL"
"""Names, to the command, the device whose code it is to print."""
USUAL_SECONDS = 45
"""A command is ended before callers give up."""
_LINES = 20
_LINE_LENGTH = 200
_BY_HAND = "run the command of mfa_process by hand to see why"
_OTHER_DEVICE = (
    f"{_BY_HAND}; to give the code of another device: {APP} login {{}} --prompt terminal"
)
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish")
_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=.*", re.DOTALL)
_GROUP = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_SHELL_MARK = re.compile(r"^~|\$\w+|\$[({]|`|^[0-9]?[|<>;&]")


class Process:
    """The source; the command is run without a shell and without our standard input."""

    tries = 3
    is_person = False
    knows_devices = False
    is_window = False

    def __init__(self, command: str, question: Question) -> None:
        """Keep the command line as it stands in the profile, and what a person would be asked."""
        self._words = split_command(command)
        self._name = self._words[0] if self._words else command
        self._shown = plain(_ASSIGNMENT.sub(r"\1=…", self._name), _LINE_LENGTH)
        other = _OTHER_DEVICE.format(shlex.quote(question.profile))
        self._by_hand = other if question.others else _BY_HAND
        self._seconds = question.seconds or USUAL_SECONDS
        self._notice = _Notice(question, os.path.basename(self._shown))

    def get(self, why: str, serials: tuple[str, ...]) -> str:
        """Return the code that the command prints, perhaps with words around it.

        Raises:
            ConfigError: The command does not exist or cannot be run.
            ProgramFailedError: It failed, took too long, printed too much, no code or several.
        """
        del why
        try:
            environ = {**self._environment(), SERIAL_VARIABLE: serials[0]}
            with tree.marked(environ) as given, pausable(), child(self._words, given) as process:
                out = output(process, self._seconds, self._notice.hear)
        except TimeoutError:  # an OSError too
            raise self._failure(f"printed no code within {self._seconds} seconds") from None
        except TooMuchError:
            raise self._failure("printed more than a code") from None
        except (OSError, IndexError, ValueError) as error:
            advice, hint = _shell_advice(self._words[:1])
            reason = advice or why_not_started(error)
            raise ConfigError(
                f"mfa_process {self._shown!r} cannot be run: {reason}",
                hint=hint or "name a program that exists in mfa_process, best by its whole path",
            ) from None
        codes = codes_in(out.decode("utf-8", "replace"))
        if not process.returncode and len(codes) == 1:
            return codes.pop()
        raise self._refusal(process.returncode, len(codes), is_silent=not out.strip())

    def _refusal(self, status: int, codes: int, *, is_silent: bool) -> ProgramFailedError:
        """Return the error for a command that has ended, and gave not one code."""
        advice, hint = _shell_advice(self._words)
        if status:
            reason = f"failed with exit status {status}"
            advice = "it leads back to itself" if self._notice.has_refused else advice
        elif codes:
            reason = f"printed {codes} different groups of six digits, and only one can be the code"
            advice, hint = "", "let it print the code alone: run it by hand to see what it prints"
        else:
            reason = "printed nothing" if is_silent else "printed no MFA code, which is six digits"
        return self._failure(f"{reason}{advice and f': {advice}'}", hint)

    def _failure(self, reason: str, hint: str = "") -> ProgramFailedError:
        return ProgramFailedError(f"mfa_process {self._shown} {reason}", hint=hint or self._by_hand)

    def _environment(self) -> dict[str, str]:
        """Return what the command gets: for pinentry, too, where the person is."""
        environ = guard.environment()
        if not environ.get("GPG_TTY") and terminal.is_usable(is_chosen=self._notice.is_chosen):
            environ |= {"GPG_TTY": path} if (path := terminal.path()) else {}
        return environ


def codes_in(text: str) -> set[str]:
    r"""Return the codes that may be meant: the one line itself, else each group of six digits.

    >>> codes_in("123 456"), codes_in("AWS:alice@111111111111  123456"), codes_in("2345\n45")
    ({'123456'}, {'123456'}, set())
    """
    whole = digits(text) if "\n" not in text.strip() else None
    return {whole} if whole else set(_GROUP.findall(text))


def _shell_advice(words: list[str]) -> tuple[str, str]:
    """Say which mark of a command only a shell understands, and what to write; else two blanks.

    A word is not shown whole: it may hold a seed.

    >>> _shell_advice(["SEED=JBSWY3DP", "oathtool"])[0]
    'no shell runs it, so SEED=… means nothing'
    """
    if not words or os.path.basename(words[0]) in _SHELLS:
        return "", ""
    marks = [_ASSIGNMENT.sub(r"\1=…", words[0])] if _ASSIGNMENT.match(words[0]) else []
    marks += [found[0] for found in map(_SHELL_MARK.search, words) if found]
    if not marks:
        return "", ""
    return (
        f"no shell runs it, so {marks[0]} means nothing",
        "write whole paths and values, or let a shell run it: mfa_process = sh -c 'COMMAND'",
    )


class _Notice:
    """What a command says, as the person at the terminal sees it.

    Attributes:
        is_chosen: A person has chosen the terminal.
        has_refused: The command has led back to us.
    """

    def __init__(self, question: Question, name: str) -> None:
        self._heading = f"{question._replace(role_arn='').heading}: asking {plain(name)}"
        self._name = name
        self.is_chosen = question.is_login
        self._left = _LINES
        self._rest = b""
        self.has_refused = False

    def hear(self, said: bytes) -> None:
        """Show the lines that have come; where nothing more comes, as after a prompt, the rest."""
        if not self._left:
            return
        lines = (self._rest + said).split(b"\n")
        self._rest = lines.pop()[:MOST_BYTES] if said else b""
        for line in lines:
            self._show(line.decode("utf-8", "replace").strip())

    def _show(self, line: str) -> None:
        self.has_refused = self.has_refused or guard.has_refused(line)
        if not line or not self._left:
            return
        if self._left == _LINES:
            terminal.tell(self._heading, is_chosen=self.is_chosen)
        self._left -= 1
        shown = plain(f"{self._name}: {line}", _LINE_LENGTH)
        terminal.tell(shown, is_chosen=self.is_chosen)

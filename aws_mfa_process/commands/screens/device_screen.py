"""The screen on which a phone reads a new MFA device, and two of its codes are typed.

Its one rule: it is the terminal's other screen, on standard error, so that the secret stands in no
output and in no scrollback; and it is wiped before it goes.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from urllib.parse import quote

from aws_mfa_process.aws.iam import NewDevice, user_name
from aws_mfa_process.chain.model import account_id
from aws_mfa_process.commands.screens import qr
from aws_mfa_process.config.settings import digits
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.sessions.device import next_step

_OTHER_SCREEN, _FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
_WIPED = "\x1b[2J\x1b[H"
_ISSUERS = ("Amazon Web Services", "AWS")
"""Under which an app shows the account: as the console has it, and for a smaller QR code."""
_AS_TEXT = "s"
_GROUP = 4


def uris(device: NewDevice, arn: str) -> list[str]:
    """Return what apps read in a QR code; the first one is that of the console, others are shorter.

    Source:
        github.com/google/google-authenticator, "Key Uri Format".
    """
    label = quote(_account(arn), safe="@")
    return [
        *(
            f"otpauth://totp/{quote(issuer)}:{label}?secret={device.seed}&issuer={quote(issuer)}"
            for issuer in _ISSUERS
        ),
        f"otpauth://totp/{label}?secret={device.seed}",
    ]


def _account(arn: str) -> str:
    return f"{user_name(arn)}@{account_id(arn)}"


class _Page:
    """What is shown above the questions: the QR code, or the secret as text."""

    def __init__(self, device: NewDevice, arn: str) -> None:
        """Begin with the QR code."""
        self._uris = uris(device, arn)
        groups = [device.seed[at : at + _GROUP] for at in range(0, len(device.seed), _GROUP)]
        self._text = (
            "For an authenticator app, as a time-based account (TOTP):\n\n"
            f"name    {_ISSUERS[0]}: {_account(arn)}\nsecret\n{' '.join(groups)}\n\n"
            "Enter shows the QR code, if the window is large enough.\n"
        )
        self._is_text = False

    def ask(self, question: str) -> str:
        """Ask until six digits are typed; Enter alone shows the QR code anew.

        Raises:
            PersonNeededError: The person left, with Ctrl-D.
        """
        while True:
            code = self._qr_code()
            offer = f" ({_AS_TEXT}: secret as text)" if code else ""
            _show(f"{_WIPED}{code or self._text}\n{question}{offer}: ")
            line = _line()
            self._is_text = line.lower() == _AS_TEXT
            typed = digits(line)
            if typed is not None:
                return typed
            if line and not self._is_text:
                question = "A code is six digits; the one that the app shows"

    def _qr_code(self) -> str:
        """Return the QR code as it fits above a question; empty if it does not, or is not meant."""
        if self._is_text or not _has_blocks():
            return ""
        columns, lines = os.get_terminal_size(sys.stderr.fileno())
        return "\n".join(qr.fitting(self._uris, columns, lines - 1))


def pairs(device: NewDevice, arn: str) -> Iterator[tuple[str, str]]:
    """Yield two codes that follow each other, as a person types them, until they are good.

    Raises:
        PersonNeededError: The person left, with Ctrl-D.
    """
    page = _Page(device, arn)
    question = "The code that your authenticator app shows"
    while True:
        first = page.ask(question)
        second = page.ask("The next code, when the app shows it")
        while second == first:
            second = page.ask(f"That is the same one; the next code, in {next_step()} s")
        yield first, second
        question = "AWS did not accept these two. A new code"


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """Show the other screen within the block."""
    _show(_OTHER_SCREEN)
    try:
        yield
    finally:
        _show(f"{_WIPED}{_FIRST_SCREEN}")


def _line() -> str:
    """Return a line that a person types, without blanks around it.

    Raises:
        PersonNeededError: The person left, with Ctrl-D.
    """
    try:
        line = sys.stdin.readline()
    except UnicodeError:
        return "?"
    if not line:
        raise PersonNeededError("cancelled", hint="to begin anew, run it again")
    return line.strip()


def _show(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)  # noqa: T201 - for a person


def _has_blocks() -> bool:
    """Tell whether the terminal's encoding has the mark that draws a QR code."""
    try:
        "▄".encode(sys.stderr.encoding)
    except UnicodeError:
        return False
    return True

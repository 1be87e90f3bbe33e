"""A person at a terminal."""

from typing import TYPE_CHECKING

from aws_mfa_process.sandbox.terminal import QUESTION as ASKED

if TYPE_CHECKING:
    import pexpect

QUESTION = rf"{ASKED}$"


def answer_prompt(terminal: "pexpect.spawn[str]", code: str) -> None:
    """Type a code when the program asks for it."""
    terminal.expect(QUESTION)
    terminal.sendline(code)

"""A person at a terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pexpect

QUESTION = r"MFA code for .*: $"


def answer_prompt(terminal: "pexpect.spawn[str]", code: str) -> None:
    """Type a code when the program asks for it."""
    terminal.expect(QUESTION)
    terminal.sendline(code)

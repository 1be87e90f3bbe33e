"""A person in a shell, who types what a page shows."""

import re
from collections.abc import Callable

import pexpect

from support.home import Home
from support.parts import need

Answers = dict[str, Callable[[], str]]
"""What is typed at a question, by its pattern."""
PROMPT = "[$?] $ "
_DONE = re.compile(r"\[(\d+)\] \$ $")


def blocks(text: str, kinds: str) -> list[str]:
    """Return the blocks of a text, such as ``console|text``, without their indentation."""
    form = rf"^( *)```(?:{kinds})\n(.*?)^ *```"
    found = re.findall(form, text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def commands(block: str) -> list[str]:
    """Return the lines of a block that a person types."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


class Shell:
    """A shell of bash, as a person has it."""

    def __init__(self, home: Home) -> None:
        """Start it in the home directory."""
        environ = {**home.environ, "PS1": PROMPT}
        self.bash: pexpect.spawn[str] = pexpect.spawn(
            need("bash"),
            ["--norc", "--noprofile", "-i"],
            env=environ,
            cwd=home.path,
            encoding="utf-8",
            timeout=120,
            dimensions=(40, 400),
        )
        self.bash.expect(r"\$ $")

    def type(self, command: str, answers: Answers | None = None, status: int = 0) -> str:
        """Type a command, answer what it asks, and return what it shows.

        It has to end with the exit status.
        """
        self.bash.sendline(f" {command}")
        shown = ""
        given = list((answers or {}).values())
        while (number := self.bash.expect([_DONE, *(answers or {})])) != 0:
            shown += str(self.bash.before) + str(self.bash.after)
            self.bash.sendline(given[number - 1]())
        shown += str(self.bash.before)
        assert self.bash.match[1] == str(status), (command, shown)  # type: ignore[index]
        return shown

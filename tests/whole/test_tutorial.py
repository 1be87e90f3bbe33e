"""A person who goes through the tutorial, command by command."""

import re
import shutil
import time
from pathlib import Path

import pytest

from support.home import PROGRAM, Home
from support.pages import PROMPT, Answers, Shell, blocks, commands
from support.parts import need
from support.terminal import QUESTION

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
CHECKOUTS = ".venv/bin/aws-mfa-process"
PHONE = f"{CHECKOUTS} sandbox code"


class Phone:
    """The second terminal, which shows the codes of the authenticator app."""

    def __init__(self, home: Home) -> None:
        """Show none yet."""
        self._home = home
        self.shown = ""

    def code(self) -> str:
        """Return a code that AWS has not taken yet, as soon as there is one."""
        done = self._home.run("sandbox", "code")
        used = re.search(r"used already; the next one in (\d+) s", done.err)
        if used:
            time.sleep(int(used[1]) + 1)
            return self.code()
        self.shown = done.out + done.err
        return done.out.strip()


@pytest.fixture
def person(home: Home) -> Home:
    """A person with a shell, who has set nothing up."""
    shutil.rmtree(home.aws)
    runtime = home.path / "runtime"
    runtime.mkdir(mode=0o700)
    (home.path / ".bashrc").write_text(f"PS1='{PROMPT}'\n")
    home.environ |= {"SHELL": need("bash"), "XDG_RUNTIME_DIR": str(runtime)}
    home.environ["TERM"] = "dumb"  # `status` as on the page, where nothing can be drawn
    return home


def shape(text: str) -> list[str]:
    """Return the lines of a text without what differs from run to run."""
    text = re.sub(r"…[A-Z0-9]{4}\b", "…KEYS", text.replace("\r", ""))
    text = re.sub(r"[^\s:]*/credentials", "…/credentials", re.sub(r"\d+", "0", text))
    text = text.replace("0-0-0 0:0", "0:0")  # a date: in the afternoon a session ends tomorrow
    text = text.replace("0 h 0 min", "0 h")  # a session of this second has 12 h
    return [" ".join(line.split()) for line in text.splitlines()]


def test_each_command_does_what_the_page_shows(person: Home) -> None:
    """All commands end as shown, in the order of the page, and each line shown is seen."""
    first, *found = blocks(PAGE.read_text(encoding="utf-8"), "console|text")
    assert commands(first) == ["make demo"]  # has tests of its own
    shell, phone = Shell(person), Phone(person)
    again: list[str] = []
    answers: Answers = {
        QUESTION: lambda: again.pop() if again else phone.code(),
        r"\[y/N\] $": lambda: "y",
    }
    seen = ""
    for block in found:
        if "That code was used already" in block:
            again.append(phone.shown.split()[0])
        for line in commands(block):
            if line == PHONE:
                phone.code()
                seen += f"\n{phone.shown}"
            else:
                status = 3 if "aws-mfa-process: error: " in block else 0
                seen += shell.type(line.replace(CHECKOUTS, PROGRAM), answers, status)
        told = [line for line in block.splitlines() if not line.startswith("$ ")]
        lines = shape(seen)
        for line in filter(None, map(str.strip, told)):
            assert any(it.startswith(shape(line)[0]) for it in lines), (line, seen)
    shell.type("exit")
    assert person.run("sandbox", "code").status == 2
    assert not person.aws.exists()

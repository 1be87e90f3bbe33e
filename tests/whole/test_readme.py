"""A stranger with an empty HOME, who types what the README shows."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support import pages
from support.home import Home
from support.keyring import Keyring
from support.pages import Answers, Shell, commands
from support.parts import missing, need
from support.terminal import QUESTION

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
URL = "https://github.com/aws-mfa-process/aws-mfa-process"
INSTALL, SET_UP, EVERY_DAY = "## Install", "## Set up in two minutes", "## Every day"
OPEN = "import sys, urllib.request as it; it.urlopen(sys.argv[1])"
SHORTEST = 6
"""Commands from clone to the first answer of a role, at most."""


def section(heading: str) -> str:
    """Return the text below a heading of the README."""
    return README.split(f"\n{heading}\n")[1].split("\n## ")[0]


def blocks(heading: str, kind: str) -> list[str]:
    """Return the blocks of a section, without their indentation."""
    return pages.blocks(section(heading), kind)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Install as the README says; return the home directory and how many commands it took."""
    pipx = need("pipx", str(Path(sys.executable).parent))
    if not (CHECKOUT / ".git").exists():
        missing("a git checkout")
    home = Home(tmp_path_factory.mktemp("stranger") / "home")
    folder = home.path / "bin"
    folder.mkdir()
    (folder / "pipx").symlink_to(pipx)
    home.environ |= {name: text for name, text in os.environ.items() if "PIP_" in name}
    own = Path("~/.config/pip/pip.conf").expanduser()
    if own.exists():
        home.environ.setdefault("PIP_CONFIG_FILE", str(own))
    home.environ["PATH"] = f"{folder}:{os.defpath}"
    (home.path / ".gitconfig").write_text(
        f'[url "file://{CHECKOUT}"]\n\tinsteadOf = {URL}\n[safe]\n\tdirectory = *\n'
    )
    shell = Shell(home)
    lines = commands(blocks(INSTALL, "console")[0])
    for line in lines:
        shell.type(line)
    return home.path, len(lines)


@pytest.fixture
def stranger(home: Home, keyring: Keyring, sandbox: Sandbox, installed: tuple[Path, int]) -> Home:
    """A home directory with nothing in it but the program, a keyring and the AWS CLI."""
    del keyring
    local = home.path / ".local"
    local.mkdir(exist_ok=True)  # the keyring lies there
    (local / "bin").symlink_to(installed[0] / ".local" / "bin")
    tools = home.path / "bin"
    tools.mkdir()
    (tools / "aws").symlink_to(need("aws", str(Path(sys.executable).parent)))
    (tools / "terraform").write_text("#!/bin/sh\n[ $1 = plan ] && aws sts get-caller-identity\n")
    (tools / "firefox").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{OPEN}" "$1"\n')
    for tool in ("terraform", "firefox"):
        (tools / tool).chmod(0o755)
    (home.path / "Makefile").write_text("all:\n\taws sts get-caller-identity\n")
    shutil.rmtree(home.aws)
    home.environ |= {
        "PATH": f"{local / 'bin'}:{tools}:{os.defpath}",
        "AWS_ENDPOINT_URL": sandbox.endpoint_url,
        "AWS_PAGER": "",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "BROWSER": "firefox",
    }
    return home


def person(sandbox: Sandbox) -> Answers:
    """Return what a person answers who has the README's role, a key and a phone."""
    return {
        r"ARN of the role to work in \(Enter: none\): $": lambda: sandbox.role_arns["Admin"],
        r"Name of its profile \[prod\]: $": lambda: "",
        r"Access key id: $": lambda: sandbox.access_key_id,
        r"\(not shown\): $": lambda: sandbox.secret_access_key,
        r"\[y/N\] $": lambda: "y",
        QUESTION: sandbox.code,
    }


def test_from_clone_to_a_role(
    stranger: Home, sandbox: Sandbox, installed: tuple[Path, int]
) -> None:
    """What the README shows first leads to an answer of a role, in few commands."""
    shell = Shell(stranger)
    lines = commands(blocks(SET_UP, "console")[0])
    assert installed[1] + len(lines) <= SHORTEST
    *before, last = lines
    for line in before:
        shell.type(line, person(sandbox))
    assert "--profile prod" in last
    sandbox.calls.clear()
    shell.type(last)
    assert [call.action for call in sandbox.calls] == ["GET /"]
    shown = shell.type("aws sts get-caller-identity --profile prod")
    assert ":assumed-role/Admin/" in shown


def test_step_by_step(stranger: Home, sandbox: Sandbox) -> None:
    """Each step works as printed, and what stands in the config is what the README shows."""
    shell = Shell(stranger)
    add, login = blocks(SET_UP, "console")[1:]
    shown, further = blocks(SET_UP, "ini")
    for line in commands(add):
        shell.type(line, person(sandbox))
    config = stranger.aws / "config"
    mine = str(stranger.path)
    assert config.read_text().strip() == shown.replace("/home/alice", mine).strip()
    config.write_text(f"{config.read_text()}\n{further.replace('/home/alice', mine)}")
    told = [shell.type(line, person(sandbox)) for line in commands(login)]
    assert ":assumed-role/Developer/" in told[-1]


def test_every_day(stranger: Home, sandbox: Sandbox) -> None:
    """Each command for every day ends well, in the order of the page."""
    shell = Shell(stranger)
    setup = commands(blocks(SET_UP, "console")[0])[0]
    shell.type(setup, person(sandbox))
    block = blocks(EVERY_DAY, "console")[0]
    lines = block.splitlines()
    assert len(lines) > 10
    for line in lines:
        shell.type(line.removeprefix("$ "), person(sandbox))

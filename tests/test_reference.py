"""The pages that people look things up in, held against what the program itself says."""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from aws_mfa_process import cli
from aws_mfa_process.aws.sts import _DEFAULT_SECONDS
from aws_mfa_process.chain.mfa import DEFAULT_REFUSAL_SECONDS, DEFAULT_SESSION_SECONDS
from aws_mfa_process.config.settings import KEYRING_SECONDS_VARIABLE, MFA_CODE, SECONDS, SETTINGS
from aws_mfa_process.keys.backend import DEFAULT_LIMIT_SECONDS
from aws_mfa_process.policy.catalogue import CATALOGUE, SIZES
from aws_mfa_process.policy.documents import EXEMPT
from aws_mfa_process.prompt import dialog, mfa_process, terminal
from support.home import Home
from support.parts import missing, need

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
MAN = ROOT / "aws_mfa_process/shells/data/share/man/man1/aws-mfa-process.1"
COMMON = {*(setting.option for setting in (*SETTINGS, MFA_CODE)), "--no-prompt"}
"""What «all settings as options» stands for."""
HELPS = {setting.name: setting.help for setting in SETTINGS}
KINDS = ("Security", "Removed", "Deprecated", "Added", "Changed", "Fixed")
"""The groups of Keep a Changelog, in our order."""


def text(path: Path) -> str:
    """Return what stands in a file of the checkout."""
    if not path.exists():
        missing("a git checkout")
    return path.read_text(encoding="utf-8")


def rows(page: str, first: str) -> list[list[str]]:
    """Return the rows of a page's table whose head begins with a cell."""
    table = text(REFERENCE / page).split(f"\n| {first} |")[1].split("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_page_has_the_policies() -> None:
    """Names, sizes and what each option is for stand in the page as in the catalogue."""
    assert [row[0].strip("`") for row in rows("policies.md", "name")] == list(CATALOGUE)
    sizes = {"managed policy": "managed", "trust policy": "trust"}
    told = {sizes.get(kind, "organization"): size for kind, size, _ in rows("policies.md", "kind")}
    assert told == {kind: str(size) for kind, size in SIZES.items()}
    free = text(REFERENCE / "policies.md").split("free without MFA: ")[1].split(".")[0]
    assert sorted(re.findall(r"\w+", free)) == sorted(it.partition(":")[2] for it in EXEMPT)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_page_has_each_option_of_a_command(command: str) -> None:
    """The rows of a command name what its parser takes, all of it and nothing else."""
    told: set[str] = set()
    for name, takes in rows("options.md", "command"):
        if re.match(rf"`{command}\b", name):
            told |= set(re.findall(r"(?<![\w-])--[a-z][\w-]*", f"{name} {takes}"))
            told |= COMMON if "all settings as options" in takes else set()
    parser = cli.command_parser(command)
    known = {name for action in parser._actions for name in action.option_strings}
    assert sorted(told) == sorted(name for name in known if name not in ("-h", "--help"))


def test_the_page_has_the_limits_and_defaults_of_settings() -> None:
    """A number of seconds stands in the page as in the check of the setting and in the help."""
    page = {
        name.strip("`"): (limits, usual) for name, limits, usual in rows("settings.md", "setting")
    }
    assert sorted(page) == sorted(name for name in SECONDS if name in HELPS)
    for name, (limits, usual) in page.items():
        low, high = SECONDS[name]
        assert limits.startswith(f"{low} to {high}"), name
        assert f"(default{':' * (not usual.isdigit())} {usual.replace('`', '')})" in HELPS[name]


def test_the_help_has_the_times_of_the_program() -> None:
    """What is said of seconds that nobody has set is what happens."""
    times = {
        "duration_seconds": [_DEFAULT_SECONDS],
        "session_duration_seconds": [DEFAULT_SESSION_SECONDS],
        "mfa_refusal_seconds": [DEFAULT_REFUSAL_SECONDS],
        "mfa_prompt_seconds": [
            terminal.CALLER_SECONDS,
            terminal.LOGIN_SECONDS,
            dialog.USUAL_SECONDS,
            mfa_process.USUAL_SECONDS,
        ],
    }
    for name, seconds in times.items():
        usual = HELPS[name].partition("default")[2]
        assert [int(number) for number in re.findall(r"\d+", usual)] == seconds, name
    low, high = SECONDS[KEYRING_SECONDS_VARIABLE]
    of_keyring = f"{low} to {high}; {DEFAULT_LIMIT_SECONDS} if not set"
    assert of_keyring in text(REFERENCE / "settings.md")


def test_exit_statuses_are_told_alike(home: Home) -> None:
    """Help and man page have one sentence for each status, the page a row."""
    told = re.search(r"exit status: (.*?)\. ", " ".join(home.run("--help").out.split()))
    assert told is not None
    helped = dict(part.split(" ", 1) for part in told[1].split("; "))
    statuses = text(MAN).split(".SH EXIT STATUS\n")[1].split(".SH")[0].replace("\\-", "-")
    assert dict(re.findall(r"\.TP\n\.B (\d+)\n(.*)\n", statuses)) == helped
    assert [row[0] for row in rows("exit-statuses.md", "status")] == list(helped)


def test_a_fault_is_reported_with_what_doctor_prints() -> None:
    """The form and the page ask for it, warn of secrets, and ask for none."""
    form = yaml.safe_load(text(ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml"))
    fields = {it["id"]: it for it in form["body"] if "id" in it}
    assert "`aws-mfa-process doctor`" in fields["doctor"]["attributes"]["label"]
    assert fields["doctor"]["validations"]["required"]
    warned = form["body"][0]["attributes"]["value"]
    page = text(ROOT / "docs" / "how-to" / "when-something-is-wrong.md")
    report = page.split("## Report a fault\n")[1]
    assert "`aws-mfa-process doctor`" in report
    for told in (" ".join(warned.split()), " ".join(report.split())):
        assert re.search(r"[Nn]ever .*secret.*session token.*MFA code.*seed", told), told
    asked = " ".join(it["attributes"]["label"] for it in fields.values()).lower()
    assert re.findall(r"secret|token|code|seed|credentials|keyring|environment", asked) == []


def test_what_developers_are_told_to_run_is_installed() -> None:
    """The hooks are the commands of `make lint`, and what runs hooks is among the tools."""
    hooks = yaml.safe_load(text(ROOT / ".pre-commit-config.yaml"))["repos"][0]["hooks"]
    dry = [need("make"), "--dry-run", "--no-print-directory", "--old-file=.venv/.dev", "lint"]
    environ = {"PATH": os.environ["PATH"]}  # without what a make above us has set
    done = subprocess.run(dry, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    commands = [line for line in done.stdout.splitlines() if line.startswith(".venv/bin/")]
    linting = [line for line in commands if "install.py" not in line]
    assert [hook["entry"] for hook in hooks] == linting
    named = set(re.findall(r"\.venv/bin/([\w-]+)", text(ROOT / "CONTRIBUTING.md")))
    assert "pre-commit" in named
    groups = tomllib.loads(text(ROOT / "pyproject.toml"))["dependency-groups"]
    tools = {re.split(r"\W*[>\[]", it)[0] for it in groups["dev"] if isinstance(it, str)}
    assert named | {shlex.split(line)[0].rpartition("/")[2] for line in linting} <= tools


def test_the_changelog_has_its_form() -> None:
    """Each version has the groups of Keep a Changelog, in order, each one list of short lines."""
    changelog = text(ROOT / "CHANGELOG.md")
    assert [line for line in changelog.splitlines() if len(line) > 100] == []
    for version in changelog.split("\n## ")[1:]:
        _, *groups = version.split("\n### ")
        names = [group.partition("\n")[0] for group in groups]
        assert names == [kind for kind in KINDS if kind in names]
        for group in groups:
            items = group.partition("\n\n")[2].rstrip("\n").splitlines()
            assert [line for line in items if not line.startswith(("- ", "  "))] == [], group

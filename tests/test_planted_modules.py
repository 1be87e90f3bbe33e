"""Modules that lie where the caller stands, or where it wants modules from, are not ours."""

import shutil
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home
from support.practice import KEYS, role

NAMES = (
    "argparse",
    "boto3",
    "botocore",
    "configparser",
    "contextlib",
    "difflib",
    "fcntl",
    "getpass",
    "hashlib",
    "json",
    "keyring",
    "logging",
    "platformdirs",
    "re",
    "select",
    "shlex",
    "shutil",
    "signal",
    "subprocess",
    "termios",
    "threading",
    "typing",
    "warnings",
)


def plant(folder: Path) -> Path:
    """Put modules of common names into a folder; each leaves a trace when it is run."""
    folder.mkdir(exist_ok=True)
    traces = folder / "traces"
    for name in NAMES:
        text = f"import os\nos.close(os.open({str(traces)!r}, os.O_CREAT))\nraise ImportError\n"
        (folder / f"{name}.py").write_text(text)
    return traces


@pytest.mark.parametrize(
    "where", ["PYTHONPATH", "the folder of the script", "a relative PYTHONPATH"]
)
def test_planted_modules_are_not_run(practice: Home, sandbox: Sandbox, where: str) -> None:
    """Neither a first call, nor a role, nor a warm one, nor a renewal runs a planted module."""
    folder = practice.path / "planted"
    traces = plant(folder)
    program = PROGRAM
    environ = {}
    if where == "the folder of the script":
        program = str(shutil.copy(PROGRAM, folder / "program"))
    else:
        environ["PYTHONPATH"] = str(folder) if where == "PYTHONPATH" else "."
    for line in ([*KEYS, "--mfa-code", sandbox.code()], role(sandbox), role(sandbox), ["status"]):
        command = ["-c", 'cd "$0"; exec "$@"', str(folder), program, *line]
        done = practice.run(*command, program="sh", environ=environ)
        assert (done.status, done.err) == (0, ""), done
    assert not traces.exists()


@pytest.mark.parametrize(
    "environ", [{"PYTHONINSPECT": "1"}, {"PYTHONWARNINGS": "error"}, {"PYTHONSTARTUP": "/dev/null"}]
)
def test_other_wishes_for_python_change_nothing(
    practice: Home, sandbox: Sandbox, environ: dict[str, str]
) -> None:
    """What the caller sets for its own interpreters neither stops nor holds us."""
    done = practice.run(*KEYS, "--mfa-code", sandbox.code(), environ=environ)
    assert (done.status, done.err) == (0, ""), done
    assert practice.run(*role(sandbox), environ=environ).status == 0

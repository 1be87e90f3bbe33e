"""Modules that lie where the caller stands, or where it wants modules from, are not ours."""

import importlib.util
import marshal
import os
import shutil
import struct
import sys
from pathlib import Path

import pytest

from aws_mfa_process import memo
from aws_mfa_process.prompt import programs
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
    "where",
    [
        "PYTHONPATH",
        "the folder of the script",
        "a relative PYTHONPATH",
        "an empty PYTHONPATH",
        "the current folder",
    ],
)
def test_planted_modules_are_not_run(practice: Home, sandbox: Sandbox, where: str) -> None:
    """Neither a first call, nor a role, nor a warm one, nor a renewal runs a planted module."""
    folder = practice.path / "planted"
    traces = plant(folder)
    program = [PROGRAM]
    environ = {}
    if where == "the folder of the script":
        program = [str(shutil.copy(PROGRAM, folder / "program"))]
    elif where == "the current folder":
        text = "import sys; sys.path[:0] = ['', '', '.']; from aws_mfa_process import main; main()"
        program = [sys.executable, "-c", text]
    else:
        paths = {"PYTHONPATH": str(folder), "a relative PYTHONPATH": "."}
        environ["PYTHONPATH"] = paths.get(where, f"{os.pathsep}/nowhere{os.pathsep}")
    for line in ([*KEYS, "--mfa-code", sandbox.code()], role(sandbox), role(sandbox), ["status"]):
        command = ["-c", 'cd "$0"; exec "$@"', str(folder), *program, *line]
        done = practice.run(*command, program="sh", environ=environ)
        assert (done.status, done.err) == (0, ""), done
    assert not traces.exists()


def test_planted_bytecode_is_not_run(practice: Home, sandbox: Sandbox) -> None:
    """Nor is what the caller has compiled in our modules' place."""
    folder = practice.path / "planted"
    folder.mkdir()
    mark = folder / "ran"
    code = compile(f"import os; os.close(os.open({str(mark)!r}, os.O_CREAT))", "planted", "exec")
    for name in ("shlex", "aws_mfa_process.cli", "aws_mfa_process.store.cache"):
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin)
        place = folder / source.parent.relative_to("/")
        place.mkdir(parents=True, exist_ok=True)
        stamps = struct.pack("<II", int(source.stat().st_mtime), source.stat().st_size)
        data = importlib.util.MAGIC_NUMBER + bytes(4) + stamps + marshal.dumps(code)
        (place / f"{source.stem}.{sys.implementation.cache_tag}.pyc").write_bytes(data)
    environ = {"PYTHONPYCACHEPREFIX": str(folder)}
    done = practice.run(*KEYS, "--mfa-code", sandbox.code(), environ=environ)
    assert (done.status, done.err) == (0, ""), done
    assert not mark.exists()


def test_what_we_start_is_isolated(practice: Home, sandbox: Sandbox) -> None:
    """A renewal and a sweep take nothing from the caller's variables and folders of modules."""
    command = memo.own_command("_renew", "--profile", "x")
    assert command[:4] == [sys.executable, "-I", "-m", "aws_mfa_process"]
    folder = practice.path / "planted"
    traces = plant(folder)
    (folder / "usercustomize.py").write_text((folder / "re.py").read_text())
    environ = {"PYTHONPATH": str(folder), "PYTHONUSERBASE": str(folder)}
    for line in (["_sweep"], ["_renew", *KEYS]):
        done = practice.run(*memo.own_command(*line)[1:], program=sys.executable, environ=environ)
        assert (done.status, done.err) == (0, ""), done
    assert not traces.exists()
    assert sandbox.calls == []


def test_planted_modules_do_not_reach_the_practice(home: Home, tmp_path: Path) -> None:
    """Nor does the server of a practice run a planted module."""
    folder = tmp_path / "planted"
    traces = plant(folder)
    for name in ("moto", "werkzeug", "flask", "pyotp"):
        (folder / f"{name}.py").write_text((folder / "re.py").read_text())
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    environ = {"PYTHONPATH": str(folder), "XDG_RUNTIME_DIR": str(runtime), "SHELL": "/bin/sh"}
    done = home.run("sandbox", environ=environ, text="echo inside\n")
    assert (done.status, done.err) == (0, ""), done
    assert done.out.endswith("inside\n")
    assert not traces.exists()


@pytest.mark.parametrize("path", ["{}", "."])
def test_planted_modules_do_not_reach_the_demo(home: Home, tmp_path: Path, path: str) -> None:
    """Nor does what the demo runs, wherever the caller wants modules from."""
    folder = tmp_path / "planted"
    traces = plant(folder)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    environ = {"PYTHONPATH": path.format(folder), "XDG_RUNTIME_DIR": str(runtime)}
    line = ["-c", 'cd "$0" && exec "$@"', str(folder), PROGRAM, "sandbox", "--demo"]
    done = home.run(*line, program="/bin/sh", environ=environ, timeout=120)
    assert (done.status, done.err) == (0, ""), done
    assert not traces.exists()


def test_folder_that_is_gone_is_no_obstacle(practice: Home, sandbox: Sandbox) -> None:
    """The caller's current folder may have been removed."""
    folder = practice.path / "gone"
    folder.mkdir()
    line = [str(folder), PROGRAM, *KEYS, "--mfa-code", sandbox.code()]
    done = practice.run("-c", 'cd "$0"; rmdir "$0"; exec "$@"', *line, program="sh")
    assert (done.status, done.err) == (0, ""), done


def test_programs_of_windows_are_named_by_their_whole_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Windows would look into the current folder first."""
    for root in (r"C:\Windows", r"D:\Other"):
        monkeypatch.setenv("SYSTEMROOT", root)
        name = programs.powershell("text", 60, "").command[0]
        assert name == rf"{root}\System32\WindowsPowerShell\v1.0\powershell.exe"
    assert programs.osascript("text", 60, "").command[0] == "/usr/bin/osascript"


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

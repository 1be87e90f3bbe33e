"""Faults of the machine have a sentence of their own: no traceback, and no fault of the program."""

import compileall
import contextlib
import importlib
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import aws_mfa_process
from aws_mfa_process.errors import machine_error
from support.home import PROGRAM, Home, Result, assert_refused
from support.parts import need
from support.practice import KEYS, PracticeAWS, role
from support.strace import FOLLOW

ROOT = Path(aws_mfa_process.__file__).parent
RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from aws_mfa_process import main"
LOG = """\
import sys
file = open(sys.argv.pop(1), "w", buffering=1)
sys.addaudithook(lambda event, its: event == "exec" and print(its[0].co_filename, file=file))
"""
"""Write which modules are loaded."""
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.py"), *ROOT.glob("[ckps]*/*.py"), *ROOT.glob("aws/**/*.py")]
    if path.name != "__init__.py" and "sandbox" not in path.parts
)


def assert_told(done: Result) -> None:
    """Check that a failure is one line of ours and a hint, and nothing else."""
    assert done.status in (1, 2, 3), done
    assert_refused(done, done.status, "")
    assert "fault of the program" not in done.err
    assert "Traceback" not in done.err


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, compiled."""
    folder = tmp_path_factory.mktemp("copy") / "aws_mfa_process"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder, quiet=1)
    return folder


@contextlib.contextmanager
def harmed(paths: list[Path], harm: str) -> Iterator[None]:
    """Let some modules be harmed within the block, and then be as they were."""
    for path in paths:
        path.rename(path.with_suffix(".kept"))
        if harm != "missing":
            path.write_text("(" if harm == "torn" else "")
    try:
        yield
    finally:
        for path in paths:
            path.with_suffix(".kept").rename(path)


@pytest.mark.parametrize("harm", ["missing", "torn", "of another version"])
def test_module_that_cannot_be_loaded_is_named(
    practice: Home, sandbox: PracticeAWS, copy: Path, tmp_path: Path, harm: str
) -> None:
    """Each needed module in turn; what has not been needed for this answer harms nobody."""
    line = ["-c", f"{RUN}; main()", str(copy.parent), *KEYS, "--no-prompt"]
    log = tmp_path / "loaded"
    practice.run("-c", LOG + line[1], str(log), *line[2:], program=sys.executable)
    loaded = log.read_text().splitlines()
    needed = [path for path in MODULES if str(copy / path) in loaded]
    others = [path for path in MODULES if path not in needed]
    outcomes = set()
    for paths in [others, *([it] for it in needed[:: 1 if harm == "missing" else 4])]:
        with harmed([copy / path for path in paths], harm):
            done = practice.run(*line, program=sys.executable)
        assert_told(done)
        outcomes.add(done.status)
        if done.status == 1:
            assert "be loaded" in done.err, (paths, done)
        assert paths != others or done.status == 3, done
    assert outcomes == {1, 3}
    assert sandbox.calls == []


CALLS = {"openat": ("EMFILE", "ENOMEM", "EIO"), "read": ("EIO",)}


@pytest.mark.parametrize(("call", "error"), [(it, e) for it in CALLS for e in CALLS[it]])
def test_refusals_of_the_system_are_told(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path, call: str, error: str
) -> None:
    """System calls that fail from some step on, along the way of a call with a code."""
    log = tmp_path / "trace"
    strace = need("strace")
    environ = {name: "" for name in practice.environ if name.startswith("COVERAGE_")}
    traced = [*FOLLOW, "-o", str(log), "-e", f"trace={call},openat", PROGRAM, *KEYS, "--no-prompt"]
    assert practice.run(*traced, program=strace, environ=environ).status == 3
    lines = [it for it in log.read_text().splitlines() if re.search(rf"\b(?:{call}|openat)\(", it)]
    first = next(number for number, it in enumerate(lines) if "/aws_mfa_process/" in it)
    of_call = [number for number, it in enumerate(lines) if re.search(rf"\b{call}\(", it)]
    begin = sum(number < first for number in of_call) + 8
    for step in range(begin, len(of_call) + 1, max(1, (len(of_call) - begin) // 6)):
        inject = f"inject={call}:error={error}:when={step}+"
        options = [*FOLLOW, "-o", os.devnull, "-e", f"trace={call}", "-e", inject]
        code = ["--mfa-code", sandbox.code()]
        done = practice.run(*options, PROGRAM, *KEYS, *code, program=strace, environ=environ)
        if done.status:
            assert_told(done)
        sandbox.reset()
        shutil.rmtree(practice.cache, ignore_errors=True)


def test_digest_that_cannot_be_loaded_and_nobody_needs_is_not_told(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """``hashlib`` would print a traceback."""
    path = getattr(importlib.import_module("_blake2"), "__file__", None)
    if path is None:
        pytest.skip("this Python has it within itself")
    options = ["-f", "-o", os.devnull, "-P", path, "-e", "inject=openat:error=EIO"]
    config = practice.aws / "config"
    code = ("--mfa-code", sandbox.code())
    lines = [(*KEYS, *code), role(sandbox), ("whoami", "prod"), ("status",), ("doctor", "prod")]
    with config.open("a") as file:
        file.write("[profile keyless]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n")
    asked = practice.run(*options, PROGRAM, "--profile", "keyless", program=need("strace"))
    assert_refused(asked, 3, "keyless")  # the keyring was looked into
    for line in (*lines, role(sandbox, "Developer")):
        if line[-1] == role(sandbox, "Developer")[-1]:  # by botocore
            config.write_text(config.read_text().replace("region =", "some_setting = x\nregion ="))
        done = practice.run(*options, PROGRAM, *line, program=need("strace"))
        assert (done.status, done.err) == (line[0] == "doctor", ""), done  # which finds something


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(24, "Too many open files", "/x"), "Too many open files (/x)"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (MemoryError(), "no memory is left"),
        (SystemError("error return without exception set"), "no memory is left"),
        (RuntimeError("can't start new thread"), "can't start new thread"),
        (LookupError("unknown encoding: idna"), "unknown encoding: idna"),
        (ModuleNotFoundError("No module named 'x'", name="x"), "be loaded: x"),
        (SyntaxError("bad"), "cannot be loaded"),
        (EOFError("marshal data too short"), "cannot be loaded"),
        (AttributeError("no", name="x", obj=sys), "be loaded: x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_of_the_machine(error: Exception, told: str) -> None:
    """What Python raises where the machine or the installation is out of order."""
    failure = machine_error(error)
    assert failure is not None
    assert told in failure.message
    assert failure.exit_code == 1


@pytest.mark.parametrize("error", [KeyError("x"), AttributeError("x"), RuntimeError("x")])
def test_what_is_a_fault_of_the_program(error: Exception) -> None:
    """The rest is ours."""
    assert machine_error(error) is None


CLOCK = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, now);
    if (id == CLOCK_REALTIME) now->tv_sec = 9300000000;
    return result;
}
"""
"""The clock of a machine that is in the year 2264."""


@pytest.mark.skipif(sys.platform != "linux", reason="puts a clock before that of the C library")
@pytest.mark.parametrize("words", [["status"], [*KEYS], ["--version"]], ids=str)
def test_clock_that_python_cannot_read_is_told(home: Home, words: list[str]) -> None:
    """One sentence, also where the first look at the clock is the one that fails."""
    source, clock = home.path / "clock.c", home.path / "clock.so"
    source.write_text(CLOCK)
    line = ["-shared", "-fPIC", "-o", str(clock), str(source), "-ldl"]
    assert home.run(*line, program=need("cc")).status == 0
    done = home.run(*words, environ={"LD_PRELOAD": str(clock), "COVERAGE_PROCESS_START": ""})
    assert_refused(done, 1, "the clock of this machine is beyond the year 2262", "set the clock")


def test_disk_that_fails_is_not_told_as_standard_output(home: Home) -> None:
    """A module that cannot be read, of which the system does not say the name."""
    source = str(ROOT / "commands" / "status.py")
    paths = ["-P", source, "-P", importlib.util.cache_from_source(source)]
    options = ["-f", "-o", os.devnull, *paths, "-e", "inject=read:error=EIO"]
    done = home.run(*options, PROGRAM, "status", program=need("strace"))
    assert_told(done)
    assert (done.status, "standard output" in done.err) == (1, False)
    assert "Input/output error" in done.err

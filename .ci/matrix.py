"""Run the tests on every CPython that is here, and once with the lowest dependencies.

Run by ``make matrix``; the arguments are the tests to run, all without one. ``MATRIX_BUT=3.11``
in the environment leaves that version out. Each run has a virtual environment of its own beside
``.venv``, is a line on standard output, and leaves what it said in ``log`` there.
"""

import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

OLDEST = 11
NEWEST = 40
LOWEST = "lowest"
CONSTRAINTS = ".venv-lowest.txt"
_ABOUT = """
import ensurepip, sys, venv
print(sys.implementation.name, *sys.version_info[:2], sys.version.split()[0])
"""
_SETS_LOWEST = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?>=([\w.]+)")
_SUMMARY = re.compile(r"=+ (.*\b(?:passed|failed|errors?|skipped)\b.*) =+")


class Interpreter(NamedTuple):
    """A CPython that can make virtual environments."""

    path: str
    version: str


class Outcome(NamedTuple):
    """How a run of make ended, and what it said."""

    status: int
    text: str


class Run(NamedTuple):
    """One environment to run the tests in."""

    name: str
    python: Interpreter

    @property
    def folder(self) -> str:
        """The virtual environment."""
        return f".venv-{self.name}"


def main(tests: list[str]) -> int:
    """Run the tests everywhere.

    Returns:
        0 when all passed, else 1.
    """
    found = dict(interpreters())
    if not found:
        print("no CPython 3.11 or later that can make virtual environments", file=sys.stderr)
        return 1
    names = {f"3.{minor}": found[minor] for minor in sorted(found)}
    runs = [*map(Run, names, names.values()), Run(LOWEST, found[min(found)])]
    runs = [run for run in runs if run.name != os.environ.get("MATRIX_BUT")]
    with open(CONSTRAINTS, "w", encoding="utf-8") as file:
        file.write(lowest())
    print("Setting up", *(run.folder for run in runs), flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        logs = list(
            pool.map(lambda run: make(run, f"{run.folder}/.package", f"{run.folder}/.test"), runs)
        )
    outcomes = [test(run, log, tests) for run, log in zip(runs, logs, strict=True)]
    return 0 if all(outcomes) else 1


def interpreters() -> Iterator[tuple[int, Interpreter]]:
    """Yield the first interpreter of each minor version: on PATH, then among those of pyenv."""
    folders = os.get_exec_path()
    roots = [os.path.dirname(folder) for folder in folders if os.path.basename(folder) == "shims"]
    roots.append(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"))
    for root in roots:
        folders += sorted(glob.glob(f"{glob.escape(root)}/versions/*/bin"), reverse=True)
    for minor in range(OLDEST, NEWEST):
        paths = (os.path.join(folder, f"python3.{minor}") for folder in folders)
        candidates = (interpreter(path, minor) for path in paths if os.access(path, os.X_OK))
        if first := next(filter(None, candidates), None):
            yield minor, first


def interpreter(path: str, minor: int) -> Interpreter | None:
    """Return a path as an interpreter if it is one: pyenv puts a name on PATH that may not run."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _ABOUT], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    name, *numbers, version = done.stdout.split() or ("", "")
    return Interpreter(path, version) if [name, *numbers] == ["cpython", "3", f"{minor}"] else None


def lowest() -> str:
    """Return pip's constraints for the lowest versions of what users install.

    The AWS CLI wants one version of botocore, so its lowest is the one of the same day.
    """
    with open("pyproject.toml", "rb") as file:
        pyproject = tomllib.load(file)
    wanted = [
        *pyproject["project"]["dependencies"],
        *pyproject["project"]["optional-dependencies"]["sandbox"],
        *pyproject["dependency-groups"]["demo"],
    ]
    pairs = (_SETS_LOWEST.fullmatch(text) for text in wanted)
    return "".join(f"{pair[1]}=={pair[2]}\n" for pair in pairs if pair)


def make(run: Run, *arguments: str) -> Outcome:
    """Run make in an environment."""
    environ = {**os.environ, "PIP_CONSTRAINT": os.path.abspath(CONSTRAINTS)}
    done = subprocess.run(
        [
            "make",
            "--no-print-directory",
            f"VENV={run.folder}",
            f"PYTHON={run.python.path}",
            *arguments,
        ],
        env=environ if run.name == LOWEST else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout)


def test(run: Run, setup: Outcome, tests: list[str]) -> bool:
    """Run the tests in an environment, print a line, and tell whether all passed."""
    print(f"{run.name:7} CPython {run.python.version:8} ", end="", flush=True)
    done = setup if setup.status else make(run, "test", f"TESTS={' '.join(tests)}")
    os.makedirs(run.folder, exist_ok=True)
    with open(os.path.join(run.folder, "log"), "w", encoding="utf-8") as file:
        file.write(done.text)
    lines = done.text.splitlines() or [""]
    summaries = [found[1] for found in map(_SUMMARY.fullmatch, lines) if found]
    print(f"{summaries[-1] if summaries else f'no tests: {lines[-1]}'}; {file.name}", flush=True)
    return not done.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

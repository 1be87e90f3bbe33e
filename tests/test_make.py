"""What `make` says to whom it has just been given, in a copy of the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

import pytest

from support.loopback import Loopback
from support.parts import need

ROOT = Path(__file__).parents[1]
PARTS = ("Makefile", "pyproject.toml", "README.md", "LICENSE", ".ci", "aws_mfa_process")
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "1"}
OLD = """\
#!/bin/sh
exec {python} -c 'import sys
sys.version, sys.version_info = "{version} (main)", tuple(map(int, "{version}".split(".")))
exec(sys.argv.pop(2))' "$@"
"""
"""An interpreter that says it is an older one."""
BEGINS = "Setting up .venv: this downloads packages, some minutes the first time.\n"


class Checkout:
    """A copy of the checkout, and `make` in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bin = path / "bin"
        self.bin.mkdir(parents=True)
        for name in PARTS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, path / name)
            else:
                shutil.copy(ROOT / name, path / name)

    def interpreter(self, version: str, name: str = "python3") -> str:
        """Put an interpreter of another version first in PATH."""
        program = self.bin / name
        program.write_text(OLD.format(python=sys.executable, version=version))
        program.chmod(0o755)
        return name

    def make(
        self, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `make`; no package index can be reached."""
        variables = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [need("make"), *arguments],
            cwd=self.path,
            env={**variables, "PATH": path, **NOWHERE, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A copy of the checkout."""
    return Checkout(tmp_path / "checkout")


@pytest.mark.parametrize("target", ["setup", "demo", "test", "lint", "build", "matrix"])
@pytest.mark.parametrize("version", ["3.9.18", "3.10.0"])
def test_a_python_that_is_too_old_is_named(checkout: Checkout, target: str, version: str) -> None:
    """One line says which it is, which is needed, and how another one is named."""
    checkout.interpreter(version)
    done = checkout.make(target)
    said, end = done.stderr.splitlines()
    assert said == (
        f"python3 is Python {version}, and 3.11 or later is needed: make … PYTHON=python3.13"
    )
    assert end.startswith("make: *** ")
    assert (done.returncode, done.stdout) == (2, "")
    assert not (checkout.path / ".venv").exists()


class Begun(NamedTuple):
    """A checkout, and what `make setup` said in it: with no good Python, and with one."""

    checkout: Checkout
    refusals: list[subprocess.CompletedProcess[str]]
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A checkout whose setup has come as far as it does without a package index."""
    checkout = Checkout(tmp_path_factory.mktemp("begun") / "checkout")
    refusals = [checkout.make("setup", "PYTHON=python-none")]
    for version in ("3.9.18", "3.10.0"):
        checkout.interpreter(version)
        refusals.append(checkout.make("setup"))
    assert not (checkout.path / ".venv").exists()
    return Begun(checkout, refusals, checkout.make("setup", f"PYTHON={sys.executable}"))


def test_the_next_try_with_another_python_goes_on(begun: Begun) -> None:
    """Nothing of the first tries is in its way; and the Python once named is kept."""
    checkout = begun.checkout
    assert [it.returncode for it in begun.refusals] == [2, 2, 2]
    assert begun.done.stdout.startswith(BEGINS), begun.done
    assert (checkout.path / ".venv" / ".python").read_text() == f"{sys.executable}\n"
    checkout.interpreter("3.9.18")
    again = checkout.make("setup")
    assert "3.9.18" not in again.stderr, again
    assert BEGINS not in again.stdout
    third = checkout.make("setup", f"PYTHON={checkout.interpreter('3.10.0', 'python3.10')}")
    assert "python3.10 is Python 3.10.0, and 3.11 or later is needed" in third.stderr


@pytest.mark.parametrize("target", ["setup", "demo", "test"])
def test_an_index_out_of_reach_is_said_as_such(begun: Begun, target: str) -> None:
    """One line instead of the words of pip, and while it tries it says so."""
    named = f"PYTHON={sys.executable}"
    done = begun.done if target == "setup" else begun.checkout.make(target, named)
    assert done.returncode == 2
    assert "  the package index does not answer: trying again\n" in done.stdout
    said, end = done.stderr.splitlines()
    assert said == (
        "The package index cannot be reached: look at the network, the proxy or pip's config"
    )
    assert end.startswith("make: *** ")


class Index(Loopback):
    """A package index with one small package."""

    def __init__(self, wheel: Path) -> None:
        """Listen and serve until closed."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_page = self.path == "/simple/tiny/"
                page = f'<!DOCTYPE html><a href="/{wheel.name}">{wheel.name}</a>'.encode()
                body = page if is_page else wheel.read_bytes()
                is_there = is_page or self.path.endswith(".whl")
                self.send_response_only(200 if is_there else 404)
                self.send_header("Content-Type", "text/html" if is_page else "application/zip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ("tiny", "  tiny-1.0 ("),
        ("tiny==2", "ERROR: No matching distribution found for tiny==2\n"),
        ("large", "The package index has no large, or cannot be reached\n"),
    ],
)
def test_progress_is_shown_while_packages_come(tmp_path: Path, package: str, said: str) -> None:
    """A line for each that comes, and for one that does not come the reason."""
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    info = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/METADATA", info)
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    script = str(ROOT / ".ci" / "install.py")
    with Index(wheel) as index:
        done = subprocess.run(
            [sys.executable, script, "--target", str(tmp_path / "there"), package],
            env={**os.environ, "PIP_INDEX_URL": f"{index.url}/simple", "PIP_NO_CACHE_DIR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert said in (done.stdout if package == "tiny" else done.stderr), done
    assert (done.returncode == 0) == (package == "tiny")
    assert (tmp_path / "there" / "tiny-1.0.dist-info").exists() == (package == "tiny")


@pytest.mark.parametrize("more", [(), ("PYTHON=python-none",), ("VENV=other",)])
def test_make_help_lists_the_targets(checkout: Checkout, more: tuple[str, ...]) -> None:
    """Each target that a person calls has its line; nothing is set up for that."""
    checkout.interpreter("3.9.18")
    done = checkout.make("help", *more)
    assert (done.returncode, done.stderr) == (0, "")
    shown = {line.split()[1]: line for line in done.stdout.splitlines()}
    text = (checkout.path / "Makefile").read_text(encoding="utf-8")
    (phony,) = [line for line in text.splitlines() if line.startswith(".PHONY: help")]
    assert set(shown) == set(phony.split()[1:])
    assert all(len(line.split()) > 3 for line in shown.values())
    assert not (checkout.path / ".venv").exists()

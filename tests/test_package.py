"""What is published: the files, the metadata, and documents that say what the program says."""

import ast
import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

import pytest

from aws_mfa_process import __version__
from support.home import Home

ROOT = Path(__file__).parents[1]
NAME = f"aws_mfa_process-{__version__}"
INFO = f"{NAME}.dist-info"


class Built(NamedTuple):
    """The two files that are published."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Wheel and sdist, built as for the package index."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, sdist)


@pytest.fixture
def metadata(built: Built) -> Message:
    """The metadata of the wheel."""
    with zipfile.ZipFile(built.wheel) as wheel:
        return Parser().parsestr(wheel.read(f"{INFO}/METADATA").decode())


def sources(*patterns: str) -> set[str]:
    """Return the files of the checkout that match."""
    found = {str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)}
    assert found
    return found


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    """The wheel is for any Python 3 and holds the modules, the type marker and the licence."""
    assert built.wheel.name == f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    package = sources("aws_mfa_process/**/*.py") | {"aws_mfa_process/py.typed"}
    assert sorted(names) == sorted([*package, *(f"{INFO}/{name}" for name in about)])


def test_the_sdist_holds_what_a_test_run_needs(built: Built) -> None:
    """The sdist holds the package, the tests, the documents, and nothing of a working copy."""
    with tarfile.open(built.sdist) as sdist:
        names = [member.name.removeprefix(f"{NAME}/") for member in sdist.getmembers()]
    top = ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "pyproject.toml")
    kept = sources("aws_mfa_process/**/*.py", "docs/*", "tests/**/*.py")
    more = {"PKG-INFO", ".ci/run", "aws_mfa_process/py.typed"}
    assert sorted(names) == sorted({*top, *kept, *more})


def test_the_metadata_is_complete(metadata: Message) -> None:
    """Name, version, licence and the oldest Python are told as the standards want them."""
    assert metadata["Name"] == "aws-mfa-process"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"]
    assert metadata.get_all("Provides-Extra") == ["sandbox"]
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_dependencies_have_no_upper_bound(metadata: Message) -> None:
    """A new release of a dependency does not keep anybody from installing."""
    needed = metadata.get_all("Requires-Dist", [])
    assert needed
    assert [text for text in needed if re.search(r"[<~]|==[0-9]", text.partition(";")[0])] == []


def test_the_dependencies_are_those_that_are_used(metadata: Message) -> None:
    """Users install what the program imports; what the practice AWS needs besides is an extra."""
    needed = metadata.get_all("Requires-Dist", [])
    names = {re.split(r"[^\w-]", text)[0] for text in needed if "extra ==" not in text}
    used: set[str] = set()
    server = sources("aws_mfa_process/sandbox/server/**/*.py")
    for path in sources("aws_mfa_process/**/*.py") - server:
        for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
            if isinstance(node, ast.Import):
                used |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                used.add(node.module.partition(".")[0])
    assert used - set(sys.stdlib_module_names) - {"aws_mfa_process"} == names


def test_the_wheel_has_one_command(built: Built) -> None:
    """One program is installed."""
    with zipfile.ZipFile(built.wheel) as wheel:
        text = wheel.read(f"{INFO}/entry_points.txt").decode()
    assert text.split() == [
        "[console_scripts]",
        "aws-mfa-process=aws_mfa_process.__main__:main",
    ]


def test_the_readme_shows_the_help(home: Home) -> None:
    """The help text in the README is the one that the program prints."""
    shown = home.run("--help", environ={"COLUMNS": "80"})
    assert (shown.status, shown.err) == (0, "")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- help -->\s*```\w*\n(.*?)```\s*<!-- /help -->", readme, re.DOTALL)
    assert block is not None, "the README has no help between <!-- help --> and <!-- /help -->"
    assert block[1] == shown.out


def test_the_version_is_told_in_one_way(home: Home) -> None:
    """The program's version is that of the package."""
    shown = home.run("--version")
    assert (shown.status, shown.out, shown.err) == (0, f"aws-mfa-process {__version__}\n", "")


def test_the_changelog_knows_the_version() -> None:
    """The newest heading of the changelog is the version, or what is not released yet."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0]
    assert newest in ("Unreleased", __version__)

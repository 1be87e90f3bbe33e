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
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
NAME = f"aws_mfa_process-{__version__}"
INFO = f"{NAME}.dist-info"


DATA = "aws_mfa_process/shells/data"
"""What stands below is installed where package managers look for it, too."""
SCRIPTS = {
    str(path.relative_to(ROOT))
    for path in ROOT.glob("aws_mfa_process/shells/**/*")
    if path.is_file()
}


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
    """The wheel is for any Python 3; beside the package: the licence, man page and completion."""
    assert built.wheel.name == f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    package = sources("aws_mfa_process/**/*.py") | SCRIPTS | {"aws_mfa_process/py.typed"}
    data = [name for name in SCRIPTS if name.startswith(f"{DATA}/")]
    assert len(data) == 4
    installed = [name.replace(DATA, f"{NAME}.data/data") for name in data]
    info = [f"{INFO}/{name}" for name in about]
    assert sorted(names) == sorted([*package, *installed, *info])


def test_the_sdist_holds_what_a_test_run_needs(built: Built) -> None:
    """The sdist holds the package, the tests, the documents, and nothing of a working copy."""
    with tarfile.open(built.sdist) as sdist:
        names = [member.name.removeprefix(f"{NAME}/") for member in sdist.getmembers()]
    top = ("LICENSE", "Makefile", "pyproject.toml", ".pre-commit-config.yaml")
    kept = sources(
        "*.md",
        "aws_mfa_process/**/*.py",
        "docs/**/*.md",
        "docs/*.png",
        "tests/**/*.py",
        "tests/**/*.json",
        ".ci/[!_]*",
    )
    kept |= SCRIPTS | {"PKG-INFO", "aws_mfa_process/py.typed"}
    assert sorted(names) == sorted({*top, *kept})


def test_the_metadata_is_complete(metadata: Message) -> None:
    """Name, version, licence and the oldest Python are told as the standards want them."""
    assert metadata["Name"] == "aws-mfa-process"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"]
    assert metadata.get_all("Provides-Extra") == ["login", "sandbox"]
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert metadata["Description-Content-Type"] == "text/markdown"
    urls = [text.partition(", ")[0] for text in metadata.get_all("Project-URL", [])]
    assert sorted(urls) == ["Changelog", "Issues", "Repository"]


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
    optional = {"certifi"}  # botocore trusts its certificates where it is there
    foreign = used - set(sys.stdlib_module_names) - {"aws_mfa_process"} - optional
    assert {{"yaml": "PyYAML"}.get(name, name) for name in foreign} == names


def test_the_wheel_has_one_command(built: Built) -> None:
    """One program is installed."""
    with zipfile.ZipFile(built.wheel) as wheel:
        text = wheel.read(f"{INFO}/entry_points.txt").decode()
    assert text.split() == [
        "[console_scripts]",
        "aws-mfa-process=aws_mfa_process:main",
    ]


def test_the_reference_shows_the_help(home: Home) -> None:
    """The help text in the reference is the one that the program prints."""
    shown = home.run("--help", environ={"COLUMNS": "80"})
    assert (shown.status, shown.err) == (0, "")
    page = (ROOT / "docs" / "reference" / "options.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- help -->\s*```\w*\n(.*?)```\s*<!-- /help -->", page, re.DOTALL)
    assert block is not None, "the page has no help between <!-- help --> and <!-- /help -->"
    assert block[1] == shown.out


def test_the_readme_is_short() -> None:
    """The README is for a stranger; the rest stands in docs."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_what_there_is(page: Path) -> None:
    """Each relative link of a document leads to a file of the checkout, and a heading in it."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not link.startswith("https://"):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_found() -> None:
    """Each page of docs is linked from another document."""
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in DOCUMENTS
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    }
    assert [page for page in ROOT.glob("docs/**/*.md") if page.resolve() not in linked] == []


def test_the_commands_that_are_shown_exist(home: Home) -> None:
    """Each command line of ours in a document has a command and options that the help knows."""
    shown = re.compile(r"(?<!inject )aws-mfa-process((?:[ \n]+(?![#|;&])[^\s`]+)+)")
    code = re.compile(r"^ *```\w*\n.*?^ *```|`[^`]+`", re.DOTALL | re.MULTILINE)
    helps: dict[str, str] = {}
    lines = [
        line[1].split()
        for page in DOCUMENTS
        for block in code.findall(page.read_text(encoding="utf-8"))
        for text in (block.splitlines() if "```" in block else [block])
        for line in shown.finditer(text)
    ]
    assert len(lines) > 30
    for words in lines:
        command = "" if words[0].startswith("-") else words[0]
        if command == "COMMAND":
            continue
        if command not in helps:
            helps[command] = home.run(*filter(None, [command]), "--help").out
        own = words[: words.index("--")] if "--" in words else words
        known = re.findall(r"(?<![\w-])--[\w-]+", helps[command])
        options = [name for word in own for name in re.findall(r"^--[\w-]+", word)]
        assert f"aws-mfa-process {command}".rstrip() in helps[command], words
        assert [option for option in options if option not in known] == [], words


def test_the_variables_that_are_named_exist() -> None:
    """Each variable of ours in a document is one that the program or the tests look at."""
    named = {
        name
        for page in DOCUMENTS
        for name in re.findall(r"AWS_MFA_PROCESS_[A-Z_]+", page.read_text(encoding="utf-8"))
    }
    looked_at = "".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in sources("aws_mfa_process/**/*.py", "tests/support/*.py")
    )
    assert named
    assert [name for name in named if f'"{name}"' not in looked_at] == []


def test_the_verdicts_are_those_of_the_judge() -> None:
    """Each verdict has a paragraph in the reference, and no other one has."""
    page = (ROOT / "docs" / "reference" / "verdicts.md").read_text(encoding="utf-8")
    told = re.findall(r"^\*\*(AMP\d{3})\*\* ", page, re.MULTILINE)
    known = {
        number
        for path in sources("aws_mfa_process/chain/*.py", "aws_mfa_process/commands/**/*.py")
        for number in re.findall(r'"(AMP\d{3})"', (ROOT / path).read_text(encoding="utf-8"))
    }
    assert told == sorted(known)


def test_the_version_is_told_in_one_way(home: Home) -> None:
    """The program's version is that of the package."""
    shown = home.run("--version")
    assert (shown.status, shown.out, shown.err) == (0, f"aws-mfa-process {__version__}\n", "")


def test_the_changelog_knows_the_version() -> None:
    """The newest heading of the changelog is the version, or what is not released yet."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0]
    assert newest in ("Unreleased", __version__)

"""The shape of the code: imports go down one table, and this is the table."""

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import aws_mfa_process

PACKAGE = Path(aws_mfa_process.__file__).parent
CHECKOUT = Path(__file__).parents[1]
ROOMS = (
    "__main__",
    "cli",
    "commands",
    "serve",
    "sessions",
    "prompt aws",
    "keys chain",
    "config",
    "memo",
    "store",
    "debug guard signals",
    "credentials policy",
    "display errors loopback sealed values",
    "__init__",
)
"""From the top down: a module imports from lower rooms, and a room of several files from itself."""
BESIDE = "sandbox"
"""The practice AWS: stands on the lowest rooms, and one command alone knows it."""
GROUND = {"__init__", "credentials", "display", "errors", "loopback", "policy", "sealed", "values"}
FILES = sorted(path for path in PACKAGE.rglob("*.py"))


def unit(name: str) -> str:
    """Return the part of the table that a module belongs to."""
    return [*name.split("."), "__init__"][1]


def modules(path: Path) -> Iterator[str]:
    """Yield the names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            if node.module == PACKAGE.name:
                for alias in node.names:
                    place = PACKAGE / alias.name
                    is_module = place.is_dir() or place.with_suffix(".py").is_file()
                    yield f"{node.module}.{alias.name}" if is_module else node.module
            else:
                yield node.module


def name_of(path: Path) -> str:
    """Return the part of the table that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor(name: str) -> int:
    """Return the number of a room, from the bottom."""
    return next(number for number, names in enumerate(reversed(ROOMS)) if name in names.split())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """A module imports from lower layers only."""
    own = name_of(path)
    imported = {unit(module) for module in modules(path) if module.split(".")[0] == PACKAGE.name}
    if own == BESIDE:
        assert imported <= {BESIDE, *GROUND}
        return
    if path == PACKAGE / "commands" / "sandbox.py":
        imported.discard(BESIDE)
    if path == PACKAGE / "__init__.py":  # where the program begins
        imported.discard("__main__")
    assert [name for name in imported - {own} if floor(name) >= floor(own)] == []


def test_every_module_has_its_place() -> None:
    """The table names the modules that there are, each once."""
    named = sorted([*" ".join(ROOMS).split(), BESIDE])
    assert named == sorted({name_of(path) for path in FILES})


def test_the_lowest_layer_is_light() -> None:
    """What every call loads imports nothing that an empty interpreter has not loaded."""
    assert set(modules(PACKAGE / "errors.py")) == set()
    for name in ("__init__", "sealed", "memo"):
        above = ast.parse((PACKAGE / f"{name}.py").read_bytes()).body
        found = [node for node in above if isinstance(node, ast.Import)]
        assert {alias.name for node in found for alias in node.names} <= {"os", "sys", "time"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_examples_are_true(path: Path) -> None:
    """What a docstring shows is what happens."""
    if path.stem != "__main__":
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        module = importlib.import_module(name.removesuffix(".__init__"))
        assert doctest.testmod(module).failed == 0


def test_the_floor_plan_names_what_there_is() -> None:
    """Every file and name of the program in docs/design.md exists, and no room is left out."""
    plan = (CHECKOUT / "docs" / "design.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/.]+)`", plan)
    for path in [name for name in named if name.endswith(".py") and not name.startswith("tests/")]:
        assert (PACKAGE / path).is_file(), path
    for name in [name for name in named if "." in name and "/" not in name and name[-3:] != ".py"]:
        parts = name.split(".")
        depth = next(
            n for n in (3, 2, 1) if (PACKAGE.joinpath(*parts[:n])).with_suffix(".py").is_file()
        )
        found: object = importlib.import_module(".".join([PACKAGE.name, *parts[:depth]]))
        for part in parts[depth:]:
            found = getattr(found, part)
    for room in " ".join(ROOMS).split():
        assert re.search(rf"`{room}\b", plan), room


def files_in(text: str) -> list[str]:
    """Return what a row names outside of its remarks."""
    return re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", text))


def test_the_floor_plan_names_every_file() -> None:
    """Each file stands once in the row of its room in docs/design.md."""
    plan = (CHECKOUT / "docs" / "design.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (?:`([\w/]+)`|\*\(.*\)\*) \| (.*) \|$", plan.split("## Every file")[1], re.MULTILINE
    )
    named = [PACKAGE / room / f"{stem}.py" for room, text in rows for stem in files_in(text)]
    there = [path for path in FILES if path.parent == PACKAGE or path.name != "__init__.py"]
    assert sorted(named) == there

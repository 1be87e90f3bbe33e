"""Every failure has a second line, and a command in it can be pasted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import aws_mfa_process
from aws_mfa_process import APP, errors
from support.home import assert_pasteable

ROOT = Path(aws_mfa_process.__file__).parent
OURS = {name for name in dir(errors) if name.endswith("Error")} | {"KeyringLockedError"}
_FILES = ("choice", "dialog", "screen", "terminal", "windows", "mfa_process", "readers", "turn")
COMPLETED = [f"prompt/{name}.py" for name in _FILES]
"""What is raised there passes `Device.use_code`, which gives the hint of the asker."""


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_each_failure_has_a_hint(path: Path) -> None:
    """Each of our errors is made with one, or gets it at the one place where questions end."""
    name = path.relative_to(ROOT).as_posix()
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in OURS:
            continue
        is_completed = name in COMPLETED and getattr(call.func, "id", "") != "ConfigError"
        hints = [word.value for word in call.keywords if word.arg == "hint"]
        assert hints or is_completed, f"{name}:{call.lineno}"
        assert all(ast.unparse(hint) not in ("''", "None") for hint in hints)


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts of an expression, with a word for each value that is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(it.value) if isinstance(it, ast.Constant) else _word(it) for it in node.values
        )
    else:
        for below in ast.iter_child_nodes(node):
            yield from texts(below)


def _word(value: ast.expr) -> str:
    return APP if ast.unparse(value) == "{APP}" else "x"


def hints(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what is given, or kept under a name, as a hint or as the mend of a finding."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (word.value for word in node.keywords if word.arg == "hint")
            is_verdict = getattr(node.func, "id", "") == "Verdict"
            yield from node.args[3:4] if is_verdict else ()
        elif isinstance(node, ast.Assign) and re.search(
            "hint|mend|instead|again|fix", ast.unparse(node.targets[0]), re.IGNORECASE
        ):
            yield node.value


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_a_command_in_a_hint_can_be_pasted(path: Path) -> None:
    """What begins with a command of ours is one to its end, or several as a shell joins them."""
    for hint in hints(ast.parse(path.read_text(encoding="utf-8"))):
        for text in texts(hint):
            assert_pasteable(text)

"""Every failure has a second line."""

import ast
from pathlib import Path

import pytest

import aws_mfa_process
from aws_mfa_process import errors

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

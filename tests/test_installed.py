"""What is tested is the installed wheel, never the checkout."""

import sys
import sysconfig
from pathlib import Path

import pytest

import aws_mfa_process
from support.home import Home

LOOK = "import aws_mfa_process; print(aws_mfa_process.__file__)"
WHEEL = str(Path(sysconfig.get_path("purelib"), "aws_mfa_process", "__init__.py"))


def test_the_tests_import_the_wheel() -> None:
    """In the process of the tests the package comes from site-packages, and nothing beside it."""
    checkout = Path(__file__).parents[1]
    assert aws_mfa_process.__file__ == WHEEL
    assert checkout not in [Path(folder).resolve() for folder in sys.path]


@pytest.mark.parametrize("how", [["-c", LOOK], ["-v", "-m", "aws_mfa_process", "--version"]])
def test_what_the_tests_start_imports_the_wheel(home: Home, how: list[str]) -> None:
    """A Python that a test starts, in whatever way, finds the package in site-packages too."""
    done = home.run(*how, program=sys.executable)
    assert done.status == 0
    assert WHEEL in done.out + done.err
    assert str(Path(__file__).parents[1] / "aws_mfa_process") not in done.out + done.err

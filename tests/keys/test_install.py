"""The command that adds a package fits how the program was installed."""

import sys
from pathlib import Path

import pytest

from aws_mfa_process.keys.install import command_for, install_command

PYTHON = "/home/al ice/bin/python"
WHERE = {
    "pipx": ("pipx_metadata.json", True, "pipx inject aws-mfa-process@dev 'botocore[crt]' --force"),
    "uv": ("uv-receipt.toml", False, f"uv pip install --python '{PYTHON}' 'botocore[crt]'"),
    "uv venv": ("", False, f"uv pip install --python '{PYTHON}' 'botocore[crt]'"),
    "venv": ("", True, f"'{PYTHON}' -m pip install 'botocore[crt]'"),
}


@pytest.mark.parametrize(("file", "has_pip", "command"), WHERE.values(), ids=list(WHERE))
def test_command_fits_the_environment(
    tmp_path: Path, file: str, has_pip: bool, command: str
) -> None:
    """pipx and uv leave a file in the environment; a plain one has pip, or not."""
    prefix = tmp_path / "aws-mfa-process@dev"
    prefix.mkdir()
    if file:
        (prefix / file).touch()
    assert command_for("botocore[crt]", str(prefix), PYTHON, has_pip=has_pip) == command
    upgrade = command_for("a", str(prefix), "/py", has_pip=has_pip, is_upgrade=True)
    assert upgrade.endswith(" --upgrade a")


def test_command_for_this_environment() -> None:
    """That of the tests is made with pip."""
    assert install_command("a[b]") == f"{sys.executable} -m pip install 'a[b]'"

"""Real parts that a test stands on, or is skipped for."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test for want of a real part; fail it where all were to be there."""
    if os.environ.get("AWS_MFA_PROCESS_TEST_ALL"):
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")


def need(program: str, folder: str | None = None) -> str:
    """Return the path of a real program; without it the test ends as `missing` says."""
    return shutil.which(program, path=folder) or missing(program)


def as_plain_user(*command: str) -> list[str]:
    """Return a command that file modes bind, also where the tests run as root."""
    if os.geteuid():
        return list(command)
    return ["setpriv", "--bounding-set=-all", *command]

"""A home directory that commands have filled, copied for each test that begins with it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from support.home import PROGRAM, Home
from support.practice import PracticeAWS


class Prepared:
    """A home on the practice AWS as commands left it, and what AWS knows since then."""

    def __init__(
        self, path: Path, sandbox: PracticeAWS, fill: Callable[[Home, PracticeAWS], object]
    ) -> None:
        """Fill it once; what is in it must not depend on its path."""
        sandbox.reset()
        home = Home(path)
        sandbox.write_config(home.aws, PROGRAM)
        fill(home, sandbox)
        self._path, self._sessions, self._calls = path, sandbox.sessions(), [*sandbox.calls]

    def copy(self, home: Home, sandbox: PracticeAWS) -> None:
        """Put all of it into an empty home; AWS, which is as new, knows sessions and calls."""
        shutil.copytree(self._path, home.path, symlinks=True, dirs_exist_ok=True)
        sandbox.know(self._sessions)
        sandbox.calls[:] = self._calls


def log_in(home: Home, sandbox: PracticeAWS) -> None:
    """Give the code, for an MFA session."""
    assert home.run("login", "bastion", "--mfa-code", sandbox.code()).status == 0

"""The AWS CLI of the person: one that is too old for practice would call the real AWS."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aws_mfa_process.sandbox.practice import SCRIPTS_FOLDER

_OLDEST: Final = {1: (1, 29, 0), 2: (2, 13, 0)}
"""First version of each major one that knows ``endpoint_url`` in a profile."""
_VERSION_SECONDS: Final = 20
_INSTALL: Final = "Install AWS CLI 2.13 or 1.29, or newer; for example: pipx install awscli"


def is_too_old(program: str, environment: Mapping[str, str]) -> bool:
    """Tell whether an AWS CLI does not know ``endpoint_url`` in a profile.

    Args:
        program: Its path.
        environment: Of the practice, not of the person.

    Source:
        Changelogs of aws-cli: "configure endpoint URL" came with 1.29.0 and 2.13.0.
    """
    try:
        shown = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={name: text for name, text in environment.items() if name[:6] != "PYTHON"},
            text=True,
            timeout=_VERSION_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):  # whatever it is, it calls nobody
        return False
    match = re.match(r"aws-cli/(\d+)\.(\d+)\.(\d+)", shown)
    version = tuple(map(int, match.groups())) if match else (0,)
    return version < _OLDEST.get(version[0], version)


def keep_inside(environment: Mapping[str, str], folder: Path) -> tuple[dict[str, str], str]:
    """See to it that ``aws`` finds the practice AWS or does not run.

    Args:
        environment: Of the practice shell.
        folder: Does not exist yet. If the first ``aws`` on PATH is too old, another one takes
            its place in there: that of this Python environment, or one that only says so.

    Returns:
        The environment with which it is so, and what to tell the person; often nothing.
    """
    program = shutil.which("aws", path=environment["PATH"])
    if program is None:
        return dict(environment), f"There is no aws on PATH. {_INSTALL}"
    if not is_too_old(program, environment):
        return dict(environment), ""
    own = shutil.which("aws", path=SCRIPTS_FOLDER)
    has_own = own is not None and not is_too_old(own, environment)
    sentence = (
        f"{program} is too old to know endpoint_url in a profile: it would call the real AWS, "
        f"which refuses these keys. {_INSTALL}"
    )
    if sys.platform == "win32":
        return dict(environment), sentence
    folder.mkdir()
    if own and has_own:
        (folder / "aws").symlink_to(own)
    else:
        (folder / "aws").write_text(f"#!/bin/sh\necho {shlex.quote(sentence)} >&2\nexit 1\n")
        (folder / "aws").chmod(0o700)
    path = os.pathsep.join([str(folder), environment["PATH"]])
    return {**environment, "PATH": path}, "" if has_own else sentence

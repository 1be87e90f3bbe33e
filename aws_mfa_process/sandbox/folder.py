"""The folder of a practice: private, in the user's runtime folder, and gone with it.

Its one rule: a folder with an address in it is a practice that runs; so every terminal of the
user finds it.
"""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import platformdirs

from aws_mfa_process import APP, sealed

TOKEN_HEADER: Final = "X-Practice-Token"
"""In which a control call shows the token of a practice."""
_PREFIX: Final = "practice-"
_ADDRESS: Final = "address"


def new() -> "TemporaryDirectory[str]":
    """Make a folder that only its owner may enter; it is removed at the end of the context.

    Raises:
        OSError: None can be made.
    """
    for parent in _parents():
        try:
            if _is_of_somebody_else(parent):
                continue
            for path in (parent.parent, parent):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if sealed.is_private(parent.lstat()):
                return TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True)
        except OSError:
            continue
    return TemporaryDirectory(prefix=f"{APP}-", ignore_cleanup_errors=True)


def _is_of_somebody_else(path: Path) -> bool:
    """Tell whether a folder would be made in one that is not ours, as with ``sudo``."""
    there = next(it for it in (path, *path.parents) if it.exists())
    return hasattr(os, "geteuid") and there.stat().st_uid != os.geteuid()


def announce(folder: Path, endpoint_url: str, token: str) -> None:
    """Let other terminals of the user find a practice AWS that listens now, and its token."""
    path = folder / _ADDRESS
    path.touch(mode=0o600)
    path.write_bytes(sealed.seal(f"{endpoint_url}\n{token}".encode()))


def announced() -> Iterator[tuple[Path, str, str]]:
    """Yield the folders of practices that have listened, where, and their tokens."""
    for parent in _parents():
        for path in sorted(parent.glob(f"{_PREFIX}*/{_ADDRESS}")):
            data = sealed.read_sealed(str(path))
            if data is not None:
                endpoint_url, _, token = data.decode("ascii", "replace").partition("\n")
                yield path.parent, endpoint_url, token


def _parents() -> Iterator[Path]:
    """Yield where folders of practices may be: for as long as the user is logged in, or longer."""
    for path in (platformdirs.user_runtime_path, platformdirs.user_state_path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where there is no runtime folder, that is told
            try:
                yield path(APP, appauthor=False)
            except (OSError, RuntimeError):  # it is not to be trusted, or the user has no home
                continue

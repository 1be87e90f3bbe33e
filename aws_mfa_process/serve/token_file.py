"""The file in which SDKs find the token of an endpoint.

Its one rule: it is 0600 in a 0700 folder in the user's runtime folder, and gone with its port.
Who was killed leaves one behind, which is of no use to anybody; the next one removes it.
"""

import contextlib
import os
import re
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator

import platformdirs

from aws_mfa_process import APP, sealed
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.serve.rules import HOST
from aws_mfa_process.store.write import make_folder

_PREFIX = "exec-"
_CONNECT_SECONDS = 0.5


@contextlib.contextmanager
def written(port: int, token: str) -> Iterator[str]:
    """Keep the token of a port that is ours in a file, and return its path.

    Raises:
        MFAProcessError: There is no place for it.
    """
    try:
        path = _kept(port, token)
    except OSError as error:
        raise MFAProcessError(
            f"there is no place for the token: {error.filename or 'temporary folder'}:"
            f" {error.strerror}",
            hint="let XDG_RUNTIME_DIR name a folder of your own, or run it without --server",
        ) from None
    try:
        yield path
    finally:
        shutil.rmtree(os.path.dirname(path), ignore_errors=True)


def _kept(port: int, token: str) -> str:
    """Write the file, where the runtime folder takes none below the temporary one.

    What lies in the way is of somebody who had the port before us.
    """
    parent = _parent()
    if parent:
        with contextlib.suppress(OSError):
            _sweep(parent, port)
            folder = os.path.join(parent, f"{_PREFIX}{port}")
            os.mkdir(folder, 0o700)
            return _in(folder, token)
    return _in(tempfile.mkdtemp(prefix=f"{APP}-"), token)


def _in(folder: str, token: str) -> str:
    """Write the file into a folder, which goes if that fails."""
    path = os.path.join(folder, "token")
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(token.encode())
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path


def _parent() -> str:
    """Return our folder in the user's runtime folder; empty where that is not private."""
    with contextlib.suppress(OSError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no runtime folder, that is told
        folder = platformdirs.user_runtime_dir(APP, appauthor=False)
        make_folder(folder)
        if sealed.is_private(os.lstat(folder)):
            return folder
    return ""


def _sweep(parent: str, port: int) -> None:
    """Remove the folders of ports on which nobody listens, and that of ours."""
    for name in os.listdir(parent):
        found = re.fullmatch(rf"{_PREFIX}([1-9][0-9]{{0,4}})", name)
        if found and (int(found[1]) == port or not _listens(int(found[1]))):
            shutil.rmtree(os.path.join(parent, name), ignore_errors=True)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), _CONNECT_SECONDS).close()
    except (ConnectionRefusedError, OverflowError):  # or it is no port
        return False
    except OSError:
        pass
    return True

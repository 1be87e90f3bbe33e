"""Where our files are, and how a file says that it is whole.

Its one rule: it imports only what every interpreter has loaded at start, and whatever is not
exactly as it was written is missing.
"""

import os
import sys

from aws_mfa_process import APP

_PRIME = 2**128 - 159
_MAGIC = b"aws-mfa-process 1 "
_KINDS, _LINK = 0o170000, 0o120000
_MOST_BYTES = 1 << 20
"""No file of ours is as long; a sparse one would take all memory."""
LOGGED_OUT = "logged-out"
"""The file, in the folder of all that we store, that each logout makes anew."""
_NOWHERE = "/dev/null"
"""A folder that cannot be: below it every read is a miss and every write fails."""


def cache_dir() -> str:
    """Return the absolute path of the folder of all that we store; it need not exist.

    Source:
        The XDG base directory specification (a relative path there is ignored); on macOS and
        Windows the folder that platformdirs names (a test compares the two).
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
        return os.path.join(base, APP, "Cache")
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        is_mac = sys.platform == "darwin"
        base = os.path.expanduser("~/Library/Caches" if is_mac else "~/.cache")
    return os.path.join(base if os.path.isabs(base) else _NOWHERE, APP)


def config_paths() -> tuple[str, str]:
    """Return the paths of the AWS config file and of the AWS credentials file.

    Source:
        botocore ``configprovider.py``/``configloader.py``: the two variables, with ``~`` and
        ``$NAME`` expanded, else the files in ``~/.aws``.
    """
    config = os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    credentials = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    return _expanded(config), _expanded(credentials)


def _expanded(path: str) -> str:
    """Return a path with variables and ``~`` replaced; without a home there is no such file."""
    path = os.path.expanduser(os.path.expandvars(path))
    return f"{_NOWHERE}/{path}" if path.startswith("~") else path


def fingerprint(data: bytes) -> str:
    """Return 32 hex digits that tell whether bytes are what they were.

    A remainder by a 128-bit prime: it guards against damage and names files, it is not a
    cryptographic hash (whoever can write into the folder is the user). The interpreter has no
    hash function loaded at start that gives the same in two processes.
    """
    return f"{int.from_bytes(b'1' + data, 'big') % _PRIME:032x}"


def seal(data: bytes) -> bytes:
    """Put the format's name and version and a check sum in front of the data of a file."""
    return _MAGIC + fingerprint(data).encode() + b"\n" + data


def read_sealed(path: str) -> bytes | None:
    """Return what `seal` was given, or None if the file is not exactly that and only ours.

    None also when it is missing, too long, a link, or open to others (it or its folder), or when
    the folder is a link that somebody else has made.
    """
    try:
        folder = os.path.dirname(path)
        status = os.lstat(folder)
        if status.st_mode & _KINDS == _LINK and _is_trusted(status):
            status = os.stat(folder)
        if not is_private(status):
            return None
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(descriptor)
            if not is_private(status) or status.st_size > _MOST_BYTES:
                return None
            raw = os.read(descriptor, status.st_size + 1)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    _, _, data = raw.partition(b"\n")
    return data if raw == seal(data) else None


def _is_trusted(status: os.stat_result) -> bool:
    """Tell whether a link was made by us, or by root."""
    return sys.platform == "win32" or status.st_uid in (os.geteuid(), 0)


def is_private(status: os.stat_result) -> bool:
    """Tell whether a file or folder is ours and closed to all others (POSIX modes)."""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077

"""Edits of the AWS config and credentials files that leave every other byte as it was.

Its one rule: the new text is made in memory, written beside the file with the file's own mode,
synced and renamed over it; a copy of the old text is never made.
"""

import contextlib
import glob
import os
import re
import stat
from collections.abc import Iterable, Mapping

from aws_mfa_process.errors import ConfigError

_SECTION = re.compile(r"^\[(?P<name>[^\]]*)\]")
_SETTING = re.compile(r"^(?P<name>[^\s=:#;\[][^=:]*?)\s*[=:]")


def without_settings(text: str, section: str, names: Iterable[str]) -> str:
    r"""Return a text without some settings of a section, continuation lines included.

    >>> without_settings("[a]\nx = 1\n  more\n# y\nz = 2\n[b]\nx = 3\n", "a", ["x"])
    '[a]\n# y\nz = 2\n[b]\nx = 3\n'
    """
    wanted = set(names)
    kept = []
    is_inside = is_removing = False
    for line in text.splitlines(keepends=True):
        header = _SECTION.match(line)
        setting = _SETTING.match(line)
        if header:
            is_inside = _same_section(header["name"], section)
        if not (is_removing and line[:1] in " \t" and line.strip()):
            is_removing = bool(is_inside and setting and setting["name"].strip().lower() in wanted)
        if not is_removing:
            kept.append(line)
    return "".join(kept)


def with_settings(text: str, section: str, settings: Mapping[str, str]) -> str:
    r"""Return a text with settings put behind the header of a section, which is made if missing.

    >>> with_settings("# mine\n[a]\nx = 1\n", "a", {"y": "2"})
    '# mine\n[a]\ny = 2\nx = 1\n'
    >>> with_settings("[a]\nx = 1", "b", {"y": "2"})
    '[a]\nx = 1\n\n[b]\ny = 2\n'
    """
    end = "\r\n" if "\r\n" in text else "\n"
    new = [f"{name} = {value}{end}" for name, value in settings.items()]
    lines = without_settings(text, section, settings).splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    for number, line in enumerate(lines):
        header = _SECTION.match(line)
        if header and _same_section(header["name"], section):
            return "".join([*lines[: number + 1], *new, *lines[number + 1 :]])
    gap = [end] if lines else []
    return "".join([*lines, *gap, f"[{section}]{end}", *new])


def read(path: str) -> str:
    """Return the text of a file, byte for byte; a missing one is empty.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def write(path: str, text: str) -> None:
    """Replace the text of a file, or of the file that a link leads to; a new one is 0600.

    Raises:
        ConfigError: It cannot be written; the old text stands.
    """
    target = os.path.realpath(path)
    temporary = f"{target}.{os.getpid()}.aws-mfa-process.tmp"
    try:
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        remove_leftovers(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(temporary, flags, 0o600)
        with open(descriptor, "wb") as file:
            if os.path.exists(target):
                _copy_owner_and_mode(target, file.fileno())
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None


def remove_leftovers(path: str) -> None:
    """Remove what an interrupted `write` left beside a file: it may hold secrets."""
    pattern = f"{glob.escape(os.path.realpath(path))}.*.aws-mfa-process.tmp"
    for leftover in glob.glob(pattern):
        with contextlib.suppress(OSError):
            os.unlink(leftover)


def _copy_owner_and_mode(source: str, descriptor: int) -> None:
    status = os.stat(source)
    if hasattr(os, "fchown"):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _same_section(name: str, section: str) -> bool:
    """Tell whether a header means a section; ``[profile "x y"]`` may be written with quotes."""
    return " ".join(name.replace('"', "").replace("'", "").split()) == section

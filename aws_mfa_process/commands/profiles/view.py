"""What the judge looks at, read from the world."""

import functools
import os
import sys
from collections.abc import Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain import judge
from aws_mfa_process.chain.view import Facts, PathKind, View
from aws_mfa_process.config.lines import lines_of
from aws_mfa_process.config.profiles import Profiles


def view_of(files: Profiles, environ: Mapping[str, str]) -> View:
    """Return what the judge looks at.

    Args:
        files: What the two files say.
        environ: As the caller left it.
    """
    is_script = os.path.basename(sys.argv[0]) == APP
    program = _program(sys.argv[0] if is_script else APP)
    facts = Facts(functools.cache(_kind_of), environ, os.path.abspath(program) if program else APP)
    return View(files, lines_of(files.config_path), lines_of(files.credentials_path), facts)


def hint_for_missing(profile: str, files: Profiles, environ: Mapping[str, str]) -> str:
    """Return the hint for a profile that does not exist."""
    return judge.missing(profile, view_of(files, environ))


def hint_for_no_keys(profile: str, files: Profiles, environ: Mapping[str, str]) -> str:
    """Return the hint for a profile that has no keys, where another one fits; else empty."""
    return judge.without_keys(profile, view_of(files, environ))


def _kind_of(path: str) -> PathKind:
    """Return what stands at a path, or behind a name that is looked for through PATH."""
    if _program(path):
        return "program"
    if not os.path.dirname(path) or not os.path.exists(path):
        return ""
    return "folder" if os.path.isdir(path) else "file"


def _program(word: str) -> str | None:
    """Return the program that a word names, as `shutil.which` does: of a path it need not know."""
    if os.name != "nt" and os.path.dirname(word):
        return word if os.access(word, os.X_OK) and not os.path.isdir(word) else None
    import shutil  # noqa: PLC0415 - it loads what packs files

    return shutil.which(word)

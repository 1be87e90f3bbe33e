"""What ``doctor --fix`` mends: lines of ours, modes and rests of our own files.

Its one rule: no secret is moved, and no file of another program is changed but for the path of
this program in a line of ours.
"""

import functools
import os
import stat
from collections.abc import Callable, Iterator

from aws_mfa_process import sealed
from aws_mfa_process.chain.mended import MENDED, mended
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.files import FIX
from aws_mfa_process.commands.checks.world import Kept, World
from aws_mfa_process.config.edit import edit, remove_leftovers
from aws_mfa_process.config.profiles import profile_of_section
from aws_mfa_process.config.text import with_settings
from aws_mfa_process.store.write import make_folder, open_folder, remove

_SETTING = "credential_process"


def can_fix(verdict: Verdict, world: World) -> bool:
    """Tell whether a finding is one that is mended here; root mends nothing of somebody else."""
    if _is_strange(world):
        return False
    return verdict.hint == FIX or (verdict.id in MENDED and bool(_new_line(verdict.profile, world)))


def fix(found: list[Verdict], world: World) -> Iterator[str]:
    """Mend what can be, and say what was done.

    Raises:
        ConfigError: An AWS file cannot be written.
    """
    if _is_strange(world):
        return
    for profile in dict.fromkeys(it.profile for it in found if it.id in MENDED):
        line = _new_line(profile, world)
        if line and _write_line(profile, line, world):
            place = world.view.place(profile, _SETTING)
            yield f"{profile}: {_SETTING} in {place} names {world.view.facts.program} now"
    for file in world.files:
        done = _fix_file(file, world)
        if done:
            yield f"{world.view.short(file.path)} {done}"


def _is_strange(world: World) -> bool:
    return any(file.above for file in world.files)


def _new_line(profile: str, world: World) -> str:
    """Return a line with the path of this program; empty: it cannot be made."""
    return mended(world.view.settings(profile).get(_SETTING, ""), world.view.facts)


def _write_line(profile: str, line: str, world: World) -> bool:
    """Write a line in the place of the one that counts, and of an equal one in the other file."""
    files = world.view.files
    old = world.view.settings(profile)[_SETTING]
    places = (
        (files.config_path, files.in_config, profile_of_section),
        (files.credentials_path, files.in_credentials, str),
    )
    is_changed = False
    for path, profiles, name_of in places:
        if profiles.get(profile, {}).get(_SETTING) != old:
            continue
        change = functools.partial(_with_line, profile=profile, line=line, name_of=name_of)
        is_changed = edit(path, change) or is_changed
    return is_changed


def _with_line(text: str, profile: str, line: str, name_of: Callable[[str], str]) -> str:
    """Return the text of a file with another line in a profile."""
    return with_settings(text, profile, {_SETTING: line}, lambda it: name_of(it) == profile)


def _fix_file(file: Kept, world: World) -> str:
    """Close or remove a file of ours; return what was done, empty for nothing."""
    if file.rest and not file.is_own:
        for path in (world.view.files.config_path, world.view.files.credentials_path):
            if file.path.startswith(f"{os.path.realpath(path)}."):
                remove_leftovers(path)
        return "was removed"
    is_wanted = file.is_own and not file.owner and (file.rest or file.mode & 0o077)
    try:
        return _fix_own(file) if is_wanted else ""
    except OSError:  # something else has come in its place
        return ""


def _fix_own(file: Kept) -> str:
    """Do it in a folder that is ours and closed, so that nobody swaps anything meanwhile."""
    if os.path.isdir(file.path):
        make_folder(file.path)
        return "was closed to others"
    folder, name = open_folder(os.path.dirname(file.path)), os.path.basename(file.path)
    try:
        status = os.lstat(name, dir_fd=folder)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            return ""
        if file.rest:
            if sealed.read_sealed(file.path) is None:  # it may have been written anew meanwhile
                remove(name, folder)
            return "was removed"
        if status.st_mode & 0o022:  # nobody knows who has written into it
            remove(name, folder)
            return "was removed: others could write into it"
        os.chmod(name, 0o600, dir_fd=folder)
        return "was closed to others"
    finally:
        if folder is not None:
            os.close(folder)

"""What is wrong with files and folders: ours, and those of AWS."""

import shlex
from collections.abc import Iterator

from aws_mfa_process import APP
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.world import Kept, World

_OTHERS_BITS = 0o077
FIX = f"{APP} doctor --fix"


def owners(world: World) -> Iterator[Verdict]:
    """Files that belong to somebody else, as after ``sudo``; a cache that keeps nothing."""
    is_told = False
    for file in world.files:
        if file.owner:
            is_told = True
            mend = f'sudo chown -R "$(id -un)" {shlex.quote(file.path)}'
            if file.above:
                mend = f"leave it to {file.owner}: {file.above}"
            sentence = f"{world.view.short(file.path)} belongs to {file.owner}"
            yield Verdict("AMP062", "", sentence, mend)
    if world.obstacle and not is_told:
        mend = "make that folder your own (mode 0700), or let XDG_CACHE_HOME name another one"
        yield Verdict("AMP062", "", f"no session can be kept: {world.obstacle}", mend)


def modes(world: World) -> Iterator[Verdict]:
    """Files with secrets that others may read."""
    for file in world.files:
        if not file.owner and file.holds_secrets and file.mode & _OTHERS_BITS:
            sentence = f"{world.view.short(file.path)} is open to others ({file.mode:04o})"
            mend = FIX if file.is_own else f"chmod go= {shlex.quote(file.path)}"
            yield Verdict("AMP063", "", sentence, mend)


def rests(world: World) -> Iterator[Verdict]:
    """Torn entries, and what interrupted programs have left."""
    for file in world.files:
        if file.rest:
            sentence = f"{world.view.short(file.path)} {file.rest}"
            yield Verdict("AMP064", "", sentence, FIX)


def locks(world: World) -> Iterator[Verdict]:
    """Locks that somebody has held for too long."""
    for file in world.files:
        if file.held_by:
            sentence = _held(file, world)
            yield Verdict("AMP065", "", sentence, f"kill {file.held_by}")


def _held(file: Kept, world: World) -> str:
    path = world.view.short(file.path)
    return f"process {file.held_by} has held {path} for more than an hour"

"""A block of profiles: shown, accepted once, written, for every command that makes one.

Its one rule: only the block changes, and a name that stands outside of it is never taken.
"""

import shlex
from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

from aws_mfa_process import APP
from aws_mfa_process.chain.endpoint import partition_of_region
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Line
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.wizard import show
from aws_mfa_process.commands.wizard.texts import Texts, differences
from aws_mfa_process.commands.wizard.write import write_one
from aws_mfa_process.config import edit
from aws_mfa_process.config.account_block import (
    Kind,
    block_of,
    keys_in,
    with_block,
    without_block,
)
from aws_mfa_process.config.accounts import Entry
from aws_mfa_process.config.process_line import mentions_us, own_line
from aws_mfa_process.config.profiles import KEY_ID, Profiles, profile_of_section
from aws_mfa_process.config.text import written
from aws_mfa_process.display import listed
from aws_mfa_process.errors import ConfigError, PersonNeededError


class Made(NamedTuple):
    """What a block is made of.

    Attributes:
        kind: Which command makes it.
        entries: The profiles.
        keys: The profile with the keys.
        program: The path of this program.
        partition: Of the ARNs.
        again: The command that brings the block up to date; empty: it is not noted.
    """

    kind: Kind
    entries: Sequence[Entry]
    keys: str
    program: str
    partition: str
    again: str = ""


def keys_profile(context: Context, named: str, command: str, kind: Kind) -> str:
    """Return the profile with the keys: the one that is named, else the only one that has some.

    The one that the block names goes before: `setup` may have moved its keys.

    Raises:
        ConfigError: There is none of that name; or none is named, and not just one has keys.
    """
    files = context.files
    if named:
        if named not in files.profiles:
            raise ConfigError(
                f"profile {named} does not exist", hint=f"{APP} add {shlex.quote(named)} --write"
            )
        return named
    holders = [
        name
        for name in files.profiles
        if name in context.stored or files.keys_of(name).get(KEY_ID, "").startswith("AKIA")
    ]
    before = keys_in(edit.read(files.config_path), kind)
    line = files.profiles.get(before, {}).get("credential_process", "")
    if before in holders or mentions_us(line):
        return before
    if len(holders) == 1:
        return holders[0]
    if not holders:
        raise ConfigError(
            "no profile with the keys is named, and none has any yet",
            hint=f"store a key and find its MFA device: {APP} setup",
        )
    raise ConfigError(
        f"no profile with the keys is named; there are {listed(holders)}",
        hint=f"{APP} {command} --profile NAME",
    )


def partition_of(context: Context, keys: str, regions: Sequence[str]) -> str:
    """Return the partition: that of the user's device, else that of the first region."""
    values = context.files.profiles[keys]
    own = own_line(keys, values.get("credential_process", ""))
    if own is not None:  # its keys have moved, and its device with them
        values = context.files.profiles.get(own.profile, {})
    serial = values.get("mfa_serial", "").split(":")
    if serial[0] == "arn" and len(serial) > 1:
        return serial[1]
    region = next(filter(None, regions), context.endpoint(keys).region)
    return partition_of_region(region)


def write(
    context: Context,
    made: Made,
    arguments: Namespace,
    head: Sequence[Block] = (),
    then: str = f"{APP} login --all-roles",
) -> int:
    """Show what the block changes, ask once, and write it.

    Args:
        context: The world.
        made: The block.
        arguments: ``check``, ``dry_run`` and ``yes``.
        head: What is shown first.
        then: The command to run next.

    Returns:
        With ``--check`` 1 if something would change, else 0.

    Raises:
        MFAProcessError: Nothing was changed.
    """
    files = context.files
    old = edit.read(files.config_path)
    _check_free(made, old, files)
    command = f"{made.program} --profile {made.keys}"
    block = ""
    if made.entries:
        block = block_of(made.kind, made.entries, command, made.partition, made.again)
    texts = Texts(files.config_path, old, with_block(old, made.kind, block))
    is_same = texts.old == texts.new
    if arguments.check:
        say("Nothing to change." if is_same else f"{files.config_path} would change.")
        return int(not is_same)
    if is_same:
        screen.show([*head, Line("Nothing to change.")])
        return 0
    screen.show([*head, *_blocks(files, texts, made.entries)])
    if arguments.dry_run:
        return 0
    if not arguments.yes and not show.accepts():
        raise PersonNeededError("nothing was changed", hint="answer y, or give --yes")
    write_one(texts)
    say(f"Done. Next: {then}")
    return 0


def _check_free(made: Made, text: str, files: Profiles) -> None:
    """Refuse a name that a profile outside of the block has."""
    taken = {profile_of_section(it.section) for it in written(without_block(text, made.kind))}
    taken |= set(files.in_credentials)
    for entry in made.entries:
        if entry.profile in taken:
            raise ConfigError(
                f"profile {entry.profile} exists already, outside of the block",
                hint="rename it, or name the others in another way, such as --names 'x-{name}'",
            )


def _blocks(files: Profiles, texts: Texts, entries: Sequence[Entry]) -> list[Block]:
    accounts = {entry.account.account for entry in entries}
    return [
        Line(f"{_count(len(entries), 'profile')} for {_count(len(accounts), 'account')}"),
        Line(),
        Line("This is what would change"),
        Line(f"  {texts.path}"),
        *differences(files, texts),
        Line(f"Everything else stays as it is, to the byte. Undo: {APP} setup --undo"),
    ]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"

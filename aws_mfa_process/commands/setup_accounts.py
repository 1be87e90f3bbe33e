"""``setup accounts FILE``: a profile for each role of each account of a list."""

import shlex
from argparse import Namespace

from aws_mfa_process import APP
from aws_mfa_process.chain.endpoint import partition_of_region
from aws_mfa_process.commands import screen
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.screen import Block, Line
from aws_mfa_process.commands.talk import say
from aws_mfa_process.commands.wizard import journals, show
from aws_mfa_process.commands.wizard.texts import Texts, differences
from aws_mfa_process.commands.wizard.write import replace
from aws_mfa_process.config import edit
from aws_mfa_process.config.accounts import (
    NAMES,
    Account,
    Entry,
    accounts_of,
    block_of,
    entries_of,
    with_block,
    without_block,
)
from aws_mfa_process.config.profiles import Profiles, profile_of_section
from aws_mfa_process.config.text import written
from aws_mfa_process.errors import ConfigError, PersonNeededError


def run(context: Context, program: str, path: str, arguments: Namespace) -> int:
    """Write the block of a list.

    Returns:
        With ``--check`` 1 if something would change, else 0.

    Raises:
        MFAProcessError: Nothing was changed.
    """
    files = context.files
    keys = arguments.profile
    if not keys:
        raise ConfigError(
            "no profile with the keys is named", hint=f"{APP} setup accounts FILE --profile NAME"
        )
    if keys not in files.profiles:
        raise ConfigError(
            f"profile {keys} does not exist", hint=f"{APP} add {shlex.quote(keys)} --write"
        )
    accounts = _read(path)
    old = edit.read(files.config_path)
    entries = entries_of(accounts, arguments.names or NAMES)
    _check_free(entries, old, files)
    block = block_of(entries, f"{program} --profile {keys}", _partition(context, keys, accounts))
    texts = Texts(files.config_path, old, with_block(old, block))
    if arguments.check or texts.old == texts.new:
        is_same = texts.old == texts.new
        say("Nothing to change." if is_same else f"{files.config_path} would change.")
        return int(not is_same)
    screen.show(_blocks(files, texts, entries))
    if arguments.dry_run:
        return 0
    if not arguments.yes and not show.accepts():
        raise PersonNeededError("nothing was changed", hint="answer y, or give --yes")
    journals.save(journals.new([texts], {}, {}))
    replace(texts.path, texts.old, texts.new)
    say(f"Done. Next: {APP} login --all-roles")
    return 0


def _read(path: str) -> list[Account]:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            f"{path} cannot be read: {why}", hint="name a CSV file: account,name,roles,region"
        ) from None
    return accounts_of(text, path)


def _check_free(entries: list[Entry], text: str, files: Profiles) -> None:
    """Refuse a name that a profile outside of the block has."""
    taken = {profile_of_section(it.section) for it in written(without_block(text))}
    taken |= set(files.in_credentials)
    for entry in entries:
        if entry.profile in taken:
            raise ConfigError(
                f"profile {entry.profile} exists already, outside of the list",
                hint="rename it, or name the others in another way, such as --names 'x-{name}'",
            )


def _partition(context: Context, keys: str, accounts: list[Account]) -> str:
    """Return the partition: that of the user's device, else that of the regions."""
    serial = context.files.profiles[keys].get("mfa_serial", "").split(":")
    if serial[0] == "arn" and len(serial) > 1:
        return serial[1]
    region = next(filter(None, (it.region for it in accounts)), context.endpoint(keys).region)
    return partition_of_region(region)


def _blocks(files: Profiles, texts: Texts, entries: list[Entry]) -> list[Block]:
    accounts = {entry.account.account for entry in entries}
    return [
        Line(f"{len(entries)} profiles for {len(accounts)} accounts"),
        Line(),
        Line("This is what would change"),
        Line(f"  {texts.path}"),
        *differences(files, texts),
        Line(f"Everything else stays as it is, to the byte. Undo: {APP} setup --undo"),
    ]

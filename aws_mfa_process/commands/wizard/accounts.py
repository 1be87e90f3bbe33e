"""``setup accounts FILE|URL``: a profile for each role of each account of a list."""

import shlex
from argparse import Namespace

from aws_mfa_process import APP
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.fetch import read
from aws_mfa_process.commands.fetch.place import Place
from aws_mfa_process.commands.screens.screen import Line
from aws_mfa_process.commands.wizard import block
from aws_mfa_process.commands.wizard.block import Made
from aws_mfa_process.config import edit
from aws_mfa_process.config.account_block import again_in
from aws_mfa_process.config.account_list import accounts_of
from aws_mfa_process.config.accounts import NAMES, entries_of, role_names
from aws_mfa_process.errors import ConfigError

_COMMAND = "setup accounts"


def run(context: Context, program: str, words: list[str], arguments: Namespace) -> int:
    """Write the block of a list.

    Args:
        context: The world.
        program: The path of this program.
        words: The list, as it stands in the command line.
        arguments: Of `setup`.

    Returns:
        With ``--check`` 1 if something would change, else 0.

    Raises:
        MFAProcessError: Nothing was changed.
    """
    if len(words) != 1:
        again = again_in(edit.read(context.files.config_path), "accounts")
        raise ConfigError(
            "no list is named" if not words else "more than one list is named",
            hint=f"the last one: {again}" if again and not words else f"{APP} {_COMMAND} FILE",
        )
    keys = block.keys_profile(context, arguments.profile, f"{_COMMAND} FILE", "accounts")
    roles = role_names(arguments.roles.split(), "--roles") if arguments.roles else ()
    place, listing = read.read(words[0], arguments.sha256, context.environ)
    accounts = accounts_of(listing, roles)
    entries = entries_of(accounts, arguments.names or NAMES)
    partition = block.partition_of(context, keys, [it.region for it in accounts])
    made = Made("accounts", entries, keys, program, partition, _again(place, keys, arguments))
    return block.write(context, made, arguments, [Line(listing.note)] if listing.note else [])


def _again(place: Place, keys: str, arguments: Namespace) -> str:
    """Return the command that follows a list of the web; empty for a file of this machine."""
    if place.kind == "file":
        return ""
    words = [APP, *_COMMAND.split(), place.shown, "--profile", keys]
    for option in ("names", "roles"):
        value = " ".join(getattr(arguments, option).split())  # it stands in one line
        words += [f"--{option}", value] if value else []
    words += ["--sha256", place.digest] if place.digest else []
    return shlex.join(words)

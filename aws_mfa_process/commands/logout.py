"""``logout``: forget sessions."""

import json
import shlex
from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP
from aws_mfa_process.chain.model import source_key
from aws_mfa_process.chain.source import NoKeysError
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.store.cache import Key

HELP = "forget sessions"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles."""
    parser.add_argument(
        "profiles",
        metavar="PROFILE",
        nargs="*",
        help="profiles to log out: their MFA session and every role session that came from it,"
        " of other profiles too",
    )
    parser.add_argument("--all", action="store_true", help="every session of every profile")


def run(arguments: Namespace) -> int:
    """Remove the sessions of each profile: its MFA session and every role derived from it."""
    if bool(arguments.profiles) == arguments.all:
        raise ConfigError("name the profiles to log out, or give --all", hint=f"{APP} logout --all")
    context = open_context()
    obstacle = context.cache.obstacle()
    if obstacle:
        raise MFAProcessError(
            f"no session is forgotten: {obstacle}", hint=f"run {APP} logout as their owner"
        )
    marks = [mark for profile in arguments.profiles for mark in _marks(context, profile)]
    try:
        count = sum(context.cache.forget(mark) for mark in ([{}] if arguments.all else marks))
    except OSError as error:
        raise MFAProcessError(
            f"the sessions in {context.cache.folder} cannot be removed: {error.strerror}",
            hint="make the folder your own (mode 0700) and try again",
        ) from None
    again = shlex.join([APP, "login", *arguments.profiles])
    new = f"; to make new ones: {again}" if count else ""
    say(f"{count} session{'' if count == 1 else 's'} forgotten{new}")
    for told in dict.fromkeys(_login_of(context, profile) for profile in arguments.profiles):
        if told:
            say(told)
    return 0


def _login_of(context: Context, profile: str) -> str:
    """Say that a login of AWS stays, and what ends it; empty where there is none."""
    try:
        source = context.chain_as_sdk(profile).source
    except MFAProcessError:
        return ""
    commands = {"login": f"aws logout --profile {source.profile}", "sso": "aws sso logout"}
    end = commands.get(source.sign_in, "")
    return f"The login of profile {source.profile} stays; it is ended by {end}" if end else ""


def _marks(context: Context, profile: str) -> list[Key]:
    """Return what the keys of a profile's sessions have in common.

    Where its keys are gone, and with them their id, each session of its device counts, or without
    a device each of its roles.
    """
    try:
        chain = context.chain_as_sdk(profile)
    except NoKeysError as error:
        there = context._replace(stored={**context.stored, error.profile: "gone"}, is_silent=True)
        chain = there.chain_as_sdk(profile)
        name = "mfa_serial" if chain.mfa else "roles"
        wanted = json.loads(json.dumps(chain.links[-1].key.get(name)))
        entries = context.cache.entries("session")
        return [_mark(entry.key) for entry in entries if entry.key.get(name) == wanted]
    kept = [source_key(chain.source)] if chain.source.is_foreign else []
    marks = [_mark(chain.links[0].key), *kept]
    return marks[: 1 if marks[0] == marks[-1] else 2]


def _mark(key: Key) -> Key:
    return {name: key.get(name) for name in ("source", "mfa_serial")}

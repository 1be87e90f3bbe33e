"""``setup``: from the profiles that are there to profiles that this program serves."""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from aws_mfa_process import APP, sealed
from aws_mfa_process.chain.found import Found, find
from aws_mfa_process.chain.judge import missing
from aws_mfa_process.chain.proposal import propose
from aws_mfa_process.chain.proposed import Proposal
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.profiles import picker, rows
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.wizard import (
    accounts,
    begin,
    discover,
    missing_keys,
    prove,
    show,
    write,
)
from aws_mfa_process.commands.wizard.look import check_program, wishes_of
from aws_mfa_process.commands.wizard.profile import add_make_device
from aws_mfa_process.commands.wizard.texts import Texts, texts_of
from aws_mfa_process.config import edit, settings
from aws_mfa_process.config.accounts import NAMES
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.keys.backend import open_keyring

HELP = "let this program serve the profiles that there are, and move their keys"

_OF_LISTS = {"accounts": accounts.run, "discover": discover.run}
"""First words that name no profile."""
_LOG_IN = f"Next: {APP} login --if-needed"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "profiles",
        metavar="PROFILE",
        nargs="*",
        help="profiles to serve; none: all that can be; accounts FILE|URL: a profile for each role"
        " of a list of accounts (CSV, YAML, JSON: account,name,roles,region); discover: a profile"
        " for each role that your policies let you assume",
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--dry-run", "--diff", action="store_true", help="show what would change, and end"
    )
    shown.add_argument(
        "--check", action="store_true", help="exit status 1 if something would change, else 0"
    )
    shown.add_argument("--undo", action="store_true", help="put the files back as before")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--keep-keys", action="store_true", help="leave the keys in the files")
    parser.add_argument("--no-login", action="store_true", help="leave the login at the end out")
    parser.add_argument(
        "--mfa-serial", metavar="ARN", default="", help="the MFA device, where nothing tells it"
    )
    add_make_device(parser)
    _add_lists(parser)
    parser.add_argument("--mfa-code", metavar="CODE", default="", help="the code for the login")


def _add_lists(parser: ArgumentParser) -> None:
    """Declare what is for accounts and discover alone."""
    both = "with accounts and discover:"
    parser.add_argument(
        "--profile",
        metavar="NAME",
        default="",
        help=f"{both} the profile with the keys, if there are several",
    )
    parser.add_argument(
        "--names",
        metavar="TEMPLATE",
        default="",
        help=f"{both} how profiles are named (default: {NAMES}; {{account}} too)",
    )
    parser.add_argument(
        "--roles",
        metavar="NAMES",
        default="",
        help=f"{both} roles of accounts for which the list names none, with blanks between them",
    )
    parser.add_argument(
        "--sha256", metavar="HEX", default="", help=f"{both} the check sum that the list must have"
    )
    parser.add_argument(
        "--accounts",
        metavar="FILE|URL",
        default="",
        help="with discover: a list, to try what policies name by * and ?",
    )


def run(arguments: Namespace) -> int:
    """Look, propose, show, ask once, write, log in.

    Raises:
        MFAProcessError: Nothing was changed; or all was, and the login failed.
    """
    _refuse_two_devices(arguments)
    _refuse_without_list(arguments)
    context = open_context()
    if arguments.undo:
        write.undo(context, is_sure=arguments.yes)
        return 0
    write.refuse_half()
    for path in sealed.config_paths():
        edit.remove_leftovers(path)
    if arguments.mfa_serial:
        settings.mfa_serials({"mfa_serial": arguments.mfa_serial}, "")
    view = view_of(context.files, context.environ)
    check_program(view.facts.program)
    command = _OF_LISTS.get(next(iter(arguments.profiles), ""))
    if command is not None:
        return command(context, view.facts.program, arguments.profiles[1:], arguments)
    _check_names(view, arguments.profiles)
    found = find(context.files)
    proposal = propose(
        context.files, found, wishes_of(context, found, arguments, view.facts.program)
    )
    texts = texts_of(context.files, proposal)
    if arguments.check:
        return _check(proposal, texts)
    if all(it.old == it.new for it in texts):
        return _nothing(context, view, found, proposal, arguments)
    screen.show(show.found(view, found, proposal))
    is_moving = bool(proposal.moves or proposal.sessions) and not arguments.dry_run
    keyring = _keyring_name() if is_moving else "the keyring"
    screen.show(show.changes(view, proposal, texts, keyring))
    if arguments.dry_run:
        return 0
    _do(context, proposal, texts, arguments)
    return _prove(proposal, found, arguments)


def _refuse_two_devices(arguments: Namespace) -> None:
    """Refuse to make a device where one is named, or a code of it given."""
    for option in ("mfa_serial", "mfa_code"):
        name = f"--{option.replace('_', '-')}"
        if arguments.make_device and getattr(arguments, option):
            raise ConfigError(
                f"--make-device and {name} do not go together", hint=f"leave {name} out"
            )


def _refuse_without_list(arguments: Namespace) -> None:
    """Refuse what would mean nothing, so that no more is changed than a person thinks."""
    if next(iter(arguments.profiles), "") in _OF_LISTS:
        return
    if arguments.undo and arguments.profiles:
        raise ConfigError(
            "--undo takes no name: it takes back the last run of setup as a whole",
            hint=f"{APP} setup --undo",
        )
    for option in ("profile", "names", "roles", "sha256", "accounts"):
        if given := getattr(arguments, option):
            hint = f"name which of the two: {APP} setup discover, or {APP} setup accounts FILE"
            if option == "profile":
                hint = f"{APP} setup {shlex.quote(given)}"
            raise ConfigError(f"--{option} is for setup accounts and setup discover", hint=hint)


def _do(context: Context, proposal: Proposal, texts: Sequence[Texts], arguments: Namespace) -> None:
    if not arguments.yes and not show.accepts():
        raise PersonNeededError("nothing was changed", hint="answer y, or give --yes")
    write.write(context, proposal, texts)
    say("Done.")
    may_ask = picker.is_terminal() and not arguments.yes
    missing_keys.fill(open_context(), proposal.wanting, may_ask=may_ask)


def _prove(proposal: Proposal, found: Found, arguments: Namespace) -> int:
    """Prove what is served now; where a key has moved, also what was served before."""
    names = [*proposal.served, *(found.served if proposal.moves else ())]
    if not names:
        _tell_step(found, proposal)
        return 0
    if arguments.no_login:
        say(_LOG_IN)
        return 0
    return prove.prove(list(dict.fromkeys(names)), arguments.mfa_code)


def _tell_step(found: Found, proposal: Proposal) -> None:
    """Say what comes next, where nothing is to be changed or proved."""
    if found.served:
        say(_LOG_IN)
    elif found.keys and not proposal.left:  # else that says why, and what to do
        screen.show(rows.step_to_roles(found.keys[0]))


def _keyring_name() -> str:
    """Return what the person knows as the keyring, before a person is asked.

    Raises:
        PersonNeededError: There is none.
    """
    try:
        return str(open_keyring().name)
    except PersonNeededError as error:
        error.hint = f"{error.hint}; or leave the keys where they are: {APP} setup --keep-keys"
        raise


def _check(proposal: Proposal, texts: Sequence[Texts]) -> int:
    paths = [it.path for it in texts if it.old != it.new]
    if not paths:
        say("Nothing to change.")
        return 0
    names = " ".join(proposal.served)
    say(f"{' and '.join(paths)} would change, for {names or 'the keys'}: {APP} setup --dry-run")
    return 1


def _nothing(
    context: Context, view: View, found: Found, proposal: Proposal, arguments: Namespace
) -> int:
    screen.show(show.found(view, found, proposal))
    is_empty = not any((found.served, found.roles, found.keys, found.sessions, found.lines))
    if arguments.dry_run or not is_empty:
        say("\nNothing to change.")
        if not arguments.dry_run:
            _tell_step(found, proposal)
        return 0
    return begin.begin(context, arguments)


def _check_names(view: View, profiles: Sequence[str]) -> None:
    for name in profiles:
        if name not in view.files.profiles:
            raise ConfigError(f"profile {name} does not exist", hint=missing(name, view))

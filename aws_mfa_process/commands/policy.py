"""``policy``: the IAM documents that make MFA mandatory, filled in for the person's accounts."""

import shlex
from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP
from aws_mfa_process.commands.context import open_context
from aws_mfa_process.commands.policy_names import Filled, filled_in, refuse_options
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Line, Notes
from aws_mfa_process.commands.screens.talk import note, say
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.policy.catalogue import CATALOGUE, SIZES, Entry
from aws_mfa_process.policy.forms import FORMS

HELP = "print the IAM policies that make MFA mandatory"

_LIST = "list"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        default=_LIST,
        choices=(_LIST, *CATALOGUE),
        help=f"{_LIST} or none: show which there are; else one of {', '.join(CATALOGUE)}",
    )
    parser.add_argument("--format", choices=tuple(FORMS), help="what is printed (default: json)")
    parser.add_argument(
        "--account", metavar="ID", help="account of the users (default: that of the MFA devices)"
    )
    parser.add_argument(
        "--role",
        action="append",
        metavar="ARN",
        help="a role that may be taken on, or its name; may be repeated (default: those of the "
        "config)",
    )
    parser.add_argument("--user", metavar="NAME", help="for one user only")
    parser.add_argument("--path", metavar="/PATH/", help="for users with that path only")
    parser.add_argument("--external-id", metavar="ID", help="what must be given with the role")
    parser.add_argument(
        "--mfa-age", metavar="SECONDS", help="how old the MFA code may be when the role is taken on"
    )
    parser.add_argument(
        "--enrol-in-console",
        action="store_true",
        help="no device is enrolled with access keys: a stolen key cannot enrol one",
    )


def run(arguments: Namespace) -> int:
    """Print a document, and on standard error what it does and where it belongs.

    Raises:
        ConfigError: An option has a wrong form or no place in the document, or an account must
            be known and is not.
    """
    if arguments.name == _LIST:
        refuse_options(arguments)
        screen.show(_list())
        return 0
    entry = CATALOGUE[arguments.name]
    filled = filled_in(open_context(is_silent=True).files, entry, arguments)
    document = entry.make(filled.names)
    name = filled.role_name if entry.kind == "trust" else arguments.name
    text = FORMS["json"](document, entry.kind, name)
    size = len("".join(text.split()))
    if size > SIZES[entry.kind]:
        raise ConfigError(
            f"the document has {size} characters, and IAM takes {SIZES[entry.kind]}",
            hint="a shorter --external-id or --path"
            if entry.kind == "trust"
            else f"name several roles by one pattern: {APP} policy {arguments.name} --role 'NAME*'",
        )
    _explain(entry, filled)
    say(FORMS[arguments.format or "json"](document, entry.kind, name))
    return 0


def _explain(entry: Entry, filled: Filled) -> None:
    note(entry.effect)
    known = f"{filled.said}; " if filled.said else ""
    sentence = f"{known}{entry.place}"
    note(f"{sentence[0].upper()}{sentence[1:]}.")


def _list() -> list[Block]:
    notes = ((name, f"for {it.purpose}", it.place) for name, it in CATALOGUE.items())
    return [
        Notes(tuple(notes)),
        Line(),
        Line(f"Print one: {shlex.join([APP, 'policy', next(iter(CATALOGUE))])}"),
    ]

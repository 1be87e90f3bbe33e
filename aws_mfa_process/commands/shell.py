"""``shell``: what one line in a shell's start-up file evaluates.

Its one rule: it only reads files, since it runs whenever a shell starts.
"""

import os
import re
from argparse import ArgumentParser, Namespace

import aws_mfa_process
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.errors import ConfigError

HELP = "print completion and a function that chooses a profile, for a shell's start-up file"

_FOLDER = os.path.join(os.path.dirname(aws_mfa_process.__file__), "shells")
_FILES = {
    "bash": ("data/share/bash-completion/completions/aws-mfa-process", "function.sh"),
    "zsh": ("data/share/zsh/site-functions/_aws-mfa-process", "function.sh"),
    "fish": ("data/share/fish/vendor_completions.d/aws-mfa-process.fish", "function.fish"),
    "powershell": ("completion.ps1", "function.ps1"),
}
"""For each shell the completion, which package managers install too, and the function."""
_FUNCTION = "awsp"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=tuple(_FILES), help="for which shell")
    parser.add_argument(
        "--function",
        metavar="NAME",
        default=_FUNCTION,
        help=f"name of the function (default {_FUNCTION})",
    )


def run(arguments: Namespace) -> int:
    """Print the completion and the function."""
    name = arguments.function
    if not re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII):
        raise ConfigError(
            f"{name!r} cannot be the name of a function", hint="take letters, digits, _ and -"
        )
    completion, function = map(_read, _FILES[arguments.shell])
    say(completion + re.sub(rf"\b{_FUNCTION}\b", name, function))
    return 0


def _read(path: str) -> str:
    with open(os.path.join(_FOLDER, path), encoding="utf-8") as file:
        return file.read()

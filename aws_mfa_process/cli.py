"""The command line: which command, and what a failure looks like.

Its one rule: one file a command, loaded when it is called. Without a command's name this is the
credential process.
"""

import importlib
import os
import sys
import warnings
from argparse import ArgumentParser, Namespace
from typing import Protocol

from aws_mfa_process import __version__, debug, settings
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.memo import APP, DEBUG_VARIABLE

COMMANDS = ("login", "logout", "status", "sandbox")
"""The commands that the help shows; each is a module of `aws_mfa_process.commands`."""
_HIDDEN = ("renew",)
_INTERRUPTED = 130

_EXAMPLES = """
examples:
  in ~/.aws/config, so that every SDK gets the role's credentials:
    [profile prod]
    region = eu-central-1
    credential_process = /path/to/aws-mfa-process --profile bastion-keys \\
        --role-arn arn:aws:iam::222222222222:role/Admin        (all on one line)

  give the code once, in the morning:   aws-mfa-process login prod
  what is there, and for how long:      aws-mfa-process status
  try it all without an account:        aws-mfa-process sandbox

exit status: 0 done; 1 AWS or the network said no; 2 the command line or the config is wrong;
3 a person is needed; 130 Ctrl-C. All options may stand in the profile too, as in role_arn = …
"""


class Command(Protocol):
    """What a module of `aws_mfa_process.commands` has."""

    HELP: str

    def configure(self, parser: ArgumentParser) -> None:
        """Add the options and arguments of the command."""

    def run(self, arguments: Namespace) -> int:
        """Do it and return the exit status."""


def main(arguments: list[str]) -> int:
    """Run a command line and return the exit status.

    Args:
        arguments: The command line without the program's name.
    """
    warnings.simplefilter("ignore")
    try:
        return run(arguments)
    except MFAProcessError as error:
        _print_error(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort, without a secret or a traceback
        debug.note_failure(error)
        _print_error(
            f"unexpected {type(error).__name__}; this is a fault of the program",
            f"set {DEBUG_VARIABLE}=FILE, try again and report what is in the file",
        )
        return 1


def run(arguments: list[str]) -> int:
    """Run a command line.

    Raises:
        MFAProcessError: As the command raises it.
    """
    if arguments and not arguments[0].startswith("-"):
        name, *rest = arguments
        if name not in COMMANDS + _HIDDEN:
            raise ConfigError(f"there is no command {name!r}", hint=_did_you_mean(name))
        command = _load(name)
        parser = settings.new_parser(command=name, description=command.HELP)
        command.configure(parser)
        return command.run(settings.parse(parser, rest))
    from aws_mfa_process.commands import credential_process  # noqa: PLC0415 - other commands do without

    parser = settings.process_parser()
    namespace = settings.parse(parser, arguments)
    if namespace.help:
        parser.description = "An MFA credential process for AWS: one code a day, every role."
        parser.epilog = _EXAMPLES
        _add_commands(parser)
        parser.print_help()
        return 0
    if namespace.version:
        print(f"{APP} {__version__}")  # noqa: T201 - asked for
        return 0
    return credential_process.run(namespace)


def _load(name: str) -> Command:
    module: Command = importlib.import_module(f"aws_mfa_process.commands.{name}")
    return module


def _add_commands(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("commands")
    for name in COMMANDS:
        group.add_argument(name, nargs="?", help=_load(name).HELP)


def _did_you_mean(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1)
    if close:
        return f"did you mean {APP} {close[0]}?"
    return f"for the credentials of a profile: {APP} --profile {name}"


def _print_error(message: str, hint: str) -> None:
    """Write an error to standard error, in one go; where there is none, nowhere."""
    lines = [f"error: {message}"] + ([f"hint: {hint}"] if hint else [])
    shown = ["".join(c if c.isprintable() else "?" for c in line) for line in lines]
    text = f"{APP}: {shown[0]}\n" + "".join(f"{line}\n" for line in shown[1:])
    try:
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        sys.stderr = None

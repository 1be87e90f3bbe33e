"""Argument parsers of the commands, and the help of the whole: both from the one table."""

import argparse
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence

from aws_mfa_process import APP
from aws_mfa_process.config.command_line import unknown
from aws_mfa_process.config.names import close_match
from aws_mfa_process.config.settings import MFA_CODE, PROFILE, SETTINGS, Setting
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NoReturn


class _Parser(argparse.ArgumentParser):
    """A parser whose failures are ours and show no values."""

    def error(self, message: str) -> NoReturn:
        hint = f"{self.prog} --help"
        wrong = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
        close = wrong and close_match(wrong[1], re.findall(r"[\w-]+", wrong[2]))
        meant = f"did you mean {close}? See " if close else ""
        raise ConfigError(f"the command line is wrong: {message}", hint=f"{meant}{hint}")


def new_parser(command: str, description: str) -> argparse.ArgumentParser:
    """Return the argument parser of a command; its mistakes are a `ConfigError`."""
    return _Parser(prog=f"{APP} {command}", description=description, allow_abbrev=False)


def add_settings(parser: argparse.ArgumentParser, helps: Mapping[str, str] | None = None) -> None:
    """Add the options of all settings, and ``--mfa-code`` and ``--no-prompt``.

    ``helps`` says what a setting is to the command, where that is something else.
    """
    for setting in (*SETTINGS, MFA_CODE):
        _add(parser, setting._replace(help=(helps or {}).get(setting.name, setting.help)))
    parser.add_argument(
        "--no-prompt",
        dest="mfa_prompt",
        action="store_const",
        const="none",
        help="never ask a person: same as --prompt none",
    )


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line of a command.

    An argument too many is named only if it cannot be a secret.
    """
    namespace, rest = parser.parse_known_intermixed_args(arguments)
    if rest:
        options = re.findall(r"--[\w-]+", parser.format_usage())
        raise unknown(rest[0], options, parser.prog)
    if "" in getattr(namespace, "profiles", ()):
        raise ConfigError(
            "the name of a profile is an empty word",
            hint="is a variable empty that should name one?",
        )
    return namespace


def parse_before_command(
    parser: argparse.ArgumentParser, arguments: Sequence[str]
) -> argparse.Namespace:
    """Parse a command line in which a command to run may stand behind ``--``.

    Its words are ``command`` in the result, empty where there are none.
    """
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    usage = parser.format_usage().removeprefix("usage: ").rstrip()
    parser.usage = f"{usage} [-- COMMAND …]"
    namespace, rest = parser.parse_known_args(words[:end])
    if rest and not rest[0].startswith("-"):
        shown = rest[0] if shutil.which(rest[0]) else "COMMAND"  # a program is no secret
        raise ConfigError(
            "the command to run stands behind --",
            hint=f"{parser.prog} {shlex.quote(namespace.profile)} -- {shown} …",
        )
    namespace = parse(parser, words[:end])
    namespace.command = words[end + 1 :]
    return namespace


def main_parser(commands: Sequence[tuple[str, str]], epilog: str) -> argparse.ArgumentParser:
    """Return what tells the help of the whole program, with name and one line of each command."""
    parser = argparse.ArgumentParser(
        prog=APP,
        usage=f"{APP} --profile NAME [options]\n       {APP} COMMAND [options]",
        description="An MFA credential process for AWS: one code a day, every role, any SDK.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="store_true", help="show the version")
    _add(parser, PROFILE)
    add_settings(parser)
    group = parser.add_argument_group("commands")
    for name, text in commands:
        group.add_argument(name, help=text)
    return parser


def _add(parser: argparse.ArgumentParser, setting: Setting) -> None:
    parser.add_argument(
        setting.option, dest=setting.name, metavar=setting.metavar, help=setting.help
    )

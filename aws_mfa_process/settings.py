"""The settings: one table for the options of the command line and the keys of a profile.

Its one rule: a setting is spelled alike in both places (``--role-arn``, ``role_arn``) and
checked in one way, whichever it came from.
"""

import argparse
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from aws_mfa_process.errors import ConfigError
from aws_mfa_process.memo import APP

MFA_MODES = ("auto", "session", "direct")
PROMPTS = ("auto", "terminal", "dialog", "none")


class Setting(NamedTuple):
    """One setting: its key in a profile, the option's value in the help, what it does."""

    name: str
    metavar: str
    help: str


SETTINGS = (
    Setting("role_arn", "ARN", "role to assume; without it the MFA session itself is the answer"),
    Setting("mfa_serial", "ARN", "MFA device: its ARN, or the serial number of a hardware one"),
    Setting("duration_seconds", "N", "life of the role session, 900 to 43200 (default 3600)"),
    Setting(
        "session_duration_seconds", "N", "life of the MFA session, 900 to 129600 (default 43200)"
    ),
    Setting("external_id", "ID", "external id that the role's trust policy asks for"),
    Setting(
        "role_session_name", "NAME", "name shown in CloudTrail (default: from the MFA device's ARN)"
    ),
    Setting("source_identity", "NAME", "source identity, kept through every further role"),
    Setting("session_tags", "K=V,…", "session tags"),
    Setting("transitive_session_tags", "K,…", "session tags that go on to chained roles"),
    Setting("policy_arns", "ARN,…", "managed policies that narrow the role session"),
    Setting("policy", "JSON", "inline policy that narrows the role session"),
    Setting("region", "NAME", "region of the STS endpoint"),
    Setting(
        "mfa_mode",
        "|".join(MFA_MODES),
        "session: one code for all roles, each up to 1 hour; direct: a code per role, up to"
        " 12 hours; auto: session unless duration_seconds is over 3600",
    ),
    Setting("mfa_process", "COMMAND", "command that prints the MFA code (run without a shell)"),
    Setting("mfa_prompt", "|".join(PROMPTS), "where to ask for the code"),
)

OWN_NAMES = frozenset(setting.name for setting in SETTINGS)
_OPTION_NAMES = {"mfa_prompt": "--prompt"}


class _Parser(argparse.ArgumentParser):
    """A parser whose failures are ours and show no values."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"the command line is wrong: {message}", hint=f"{self.prog} --help")


def new_parser(
    command: str = "", *, usage: str | None = None, description: str = ""
) -> argparse.ArgumentParser:
    """Return an argument parser whose mistakes are a `ConfigError`.

    Args:
        command: The command; empty for the credential process, whose help is made elsewhere.
        usage: The usage, where it is not the one that argparse makes.
        description: What the command does.
    """
    return _Parser(
        prog=f"{APP} {command}".rstrip(),
        usage=usage,
        description=description,
        add_help=bool(command),
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_options(parser: argparse.ArgumentParser, names: Sequence[str] | None = None) -> None:
    """Add the options of the settings, and those that only a command line has.

    Args:
        parser: Where they go.
        names: The settings wanted; None for all.
    """
    for setting in SETTINGS:
        if names is None or setting.name in names:
            option = _OPTION_NAMES.get(setting.name, "--" + setting.name.replace("_", "-"))
            parser.add_argument(
                option, dest=setting.name, metavar=setting.metavar, help=setting.help
            )
    parser.add_argument(
        "--no-prompt",
        dest="mfa_prompt",
        action="store_const",
        const="none",
        help="never ask a person: same as --prompt none",
    )
    parser.add_argument(
        "--mfa-code",
        metavar="CODE",
        help="the six digits; visible in the process list, so for scripts that have no better way",
    )


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; what is not known is named, but no value that follows it.

    Returns:
        The values by name, and the whole as ``arguments``.

    Raises:
        ConfigError: An option is unknown or lacks its value.
    """
    namespace, unknown = parser.parse_known_args(arguments)
    namespace.arguments = list(arguments)
    if unknown:
        first = unknown[0].split("=", 1)[0]
        kind = "option" if first.startswith("-") else "argument"
        raise ConfigError(f"unknown {kind} {first!r}", hint=f"{parser.prog} --help")
    return namespace


def overrides(namespace: argparse.Namespace) -> dict[str, str]:
    """Return the settings that were given as options."""
    values = vars(namespace)
    return {name: values[name] for name in OWN_NAMES if values.get(name) is not None}


def process_parser() -> argparse.ArgumentParser:
    """Return the parser of the credential process itself."""
    parser = new_parser(usage=f"{APP} --profile NAME [options]\n       {APP} COMMAND [options]")
    parser.add_argument("-h", "--help", action="store_true", help="show this help")
    parser.add_argument("--version", action="store_true", help="show the version")
    parser.add_argument("--profile", metavar="NAME", help="profile of ~/.aws/config to start from")
    add_options(parser)
    return parser


def split_command(line: str) -> list[str]:
    """Split a command line of a config file as the SDKs do, without a shell.

    Raises:
        ConfigError: A quotation mark is not closed.

    Source:
        botocore ``compat.py``, ``compat_shell_split`` (on Windows backslashes are literal).
    """
    try:
        if os.name == "nt":
            return [word.strip('"') for word in shlex.split(line, posix=False)]
        return shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"a command of the AWS config cannot be split: {error}") from error


def own_arguments(line: str) -> list[str] | None:
    """Return the arguments of a ``credential_process`` line if it runs this program.

    Returns:
        None when it runs something else.

    >>> own_arguments("/home/alice/.local/bin/aws-mfa-process --profile bastion-keys")
    ['--profile', 'bastion-keys']
    >>> own_arguments("/usr/bin/python3 -m aws_mfa_process --profile bastion-keys")
    ['--profile', 'bastion-keys']
    >>> own_arguments("aws-vault export --format=json prod")
    """
    words = split_command(line)
    if not words:
        return None
    name = words[0].replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".exe")
    if name == APP:
        return words[1:]
    if name.startswith("python") and "-m" in words[:-1]:
        module = words.index("-m") + 1
        if words[module] == "aws_mfa_process":
            return words[module + 1 :]
    return None


def whole_number(
    values: Mapping[str, str], name: str, limits: tuple[int, int], where: str
) -> int | None:
    """Return a setting that is a number of seconds.

    Args:
        values: Settings.
        name: The one wanted.
        limits: Smallest and largest value.
        where: The profile, for the error.

    Returns:
        None when it is not set.

    Raises:
        ConfigError: It is no whole number or outside of the limits.
    """
    text = values.get(name)
    if text is None:
        return None
    low, high = limits
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ConfigError(
            f"profile {where}: {name} must be a whole number of seconds from {low} to {high},"
            f" not {text!r}"
        )
    return int(text)


def choice(values: Mapping[str, str], name: str, choices: Sequence[str], where: str) -> str:
    """Return a setting that is one of some words; the first is the default.

    Raises:
        ConfigError: It is another word.
    """
    text = values.get(name, choices[0])
    if text not in choices:
        raise ConfigError(f"profile {where}: {name} must be {' or '.join(choices)}, not {text!r}")
    return text


def words(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return a setting that is a list of words with commas between them."""
    parts = (part.strip() for part in values.get(name, "").split(","))
    return tuple(part for part in parts if part)

"""A ``credential_process`` line that runs this program, by itself or inside of another one.

Its one rule: words are taken only where a shell would take the same ones. Each line is read once.
"""

import functools
import os
import re
import shlex

from aws_mfa_process import APP
from aws_mfa_process.config.command_line import Request, request_of, values_of
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

_MODULE = "aws_mfa_process"
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash"))
_STARTERS = frozenset(
    ("env", "exec", "nice", "nohup", "timeout", "time", "ionice", "setsid", "stdbuf")
) | {"uvx", "uv", "pipx", "wsl", "py", "cmd"}
"""Programs that run the one named in their arguments, in the same home directory or, with
``wsl``, that of Linux."""
_CHANGED_WORLD = (
    r"-i|-|--ignore-environment"
    r"|(-u|--unset=)?(HOME|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|XDG_CACHE_HOME)(=.*)?"
)
"""Words of ``env`` by which the program finds another config, or other sessions."""
_PACKAGE_OPTIONS = frozenset(("--from", "--spec", "--with", "--package"))
_BESIDE = r"(?s)-.*|/[A-Za-z]|\w+=.*|\d+[smhd]?|run|tool"
"""Words of a starter that name no program: options, variables, times, its commands."""
_ASSIGNMENT = r"\w+="
_REDIRECTION = r"[012]?>.*"
_SHELL_MARKS = r"[$`*?|&;<>(){}\[\]~!#\\]"
_MENTION = r"(?<![\w-])aws[-_]mfa[-_]process(\.exe)?(?![\w./-])"
_PROFILE = r"--profile[= ]([\w.@+-]+)"
_PLAIN = r"[^\s'\"\\]*([ \t][^\s'\"\\]*)*"
"""A line that a shell splits at its blanks alone."""


class OwnCommand(NamedTuple):
    """This program, as a line runs it.

    Attributes:
        program: The word that names it; empty where that cannot be known.
        arguments: What it is given; None: that cannot be known without running the line.
        starter: The program that runs it; empty: it is run directly.
    """

    program: str
    arguments: list[str] | None
    starter: str = ""


def mentions_us(line: str) -> bool:
    """Tell whether the name of this program stands anywhere in a line."""
    return bool(re.search(_MENTION, line))


def profile_in(line: str) -> str:
    """Return the profile that a line seems to name, however it is quoted; empty: none."""
    found = re.search(_PROFILE, line)
    return found[1] if found else ""


@functools.cache
def own_line(profile: str, line: str) -> Request | None:
    """Return what a ``credential_process`` line asks us for.

    Args:
        profile: Where it stands, for errors.
        line: As it stands there; may be empty.

    Returns:
        None when it runs something else.

    Raises:
        ConfigError: It runs us with a command line that is wrong, or that cannot be known.
    """
    own = own_command(line) if line else None
    if own is None:
        return None
    where = f"credential_process of profile {profile}"
    if own.arguments is None:
        holder = profile_in(line) or "the profile with the keys"
        raise ConfigError(
            f"{where} runs {APP} through {own.starter}, with words that only a shell can tell or"
            " in another environment",
            hint=f"name {holder} directly: {APP} --profile {profile_in(line) or 'NAME'}",
        )
    try:
        request = request_of(values_of(own.arguments), own.arguments)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}", hint=error.hint) from error
    if not request.profile:
        raise ConfigError(f"{where} names no profile", hint=f"write {APP} --profile NAME there")
    return request


@functools.cache
def own_command(line: str) -> OwnCommand | None:
    """Return how a ``credential_process`` line runs this program.

    Returns:
        None when it runs something else.

    Raises:
        ConfigError: It cannot be split into words.

    >>> own_command("/home/alice/.local/bin/aws-mfa-process --profile bastion-keys").arguments
    ['--profile', 'bastion-keys']
    >>> own_command("sh -c 'exec aws-mfa-process --profile bastion-keys'").arguments
    ['--profile', 'bastion-keys']
    >>> own_command("sh -c 'aws-mfa-process --profile $WHO'").arguments
    >>> own_command("aws-vault export --format=json prod")
    """
    words = split_command(line)
    return _own(words, "") if words else None


def _own(words: list[str], starter: str) -> OwnCommand | None:
    if not words:
        return None
    name = name_of(words[0])
    if name == APP:
        return OwnCommand(words[0], words[1:], starter)
    if name in _SHELLS:
        return _in_shell(words, name)
    if name in _STARTERS or name.startswith("python"):
        return _behind(words, name)
    return None


def _behind(words: list[str], starter: str) -> OwnCommand | None:
    """Find this program behind the options of one that starts it."""
    for number in range(1, len(words)):
        before, word = words[number - 1], words[number]
        name = name_of(word)
        if before == "-m":
            is_own = word == _MODULE
            return OwnCommand(words[0], words[number + 1 :], starter) if is_own else None
        if before in _PACKAGE_OPTIONS or re.fullmatch(_BESIDE, word):
            continue
        if name == APP or name in _SHELLS or name in _STARTERS or name.startswith("python"):
            found = _own(words[number:], starter)
            is_elsewhere = starter == "env" and any(
                re.fullmatch(_CHANGED_WORLD, other) for other in words[1:number]
            )
            if found and is_elsewhere:
                found = found._replace(arguments=None)
            return found._replace(starter=starter) if found else None
        if not before.startswith("-"):
            return None
    return None


def _in_shell(words: list[str], shell: str) -> OwnCommand | None:
    """Find this program in the text that a shell is given."""
    options = [number for number, word in enumerate(words) if re.fullmatch(r"-\w*c\w*", word)]
    text = words[options[0] + 1] if options and options[0] + 1 < len(words) else ""
    if not mentions_us(text):
        return None
    try:
        inner = [word for word in shlex.split(text) if not re.fullmatch(_REDIRECTION, word)]
    except ValueError:
        inner = []
    while inner and re.match(_ASSIGNMENT, inner[0]):
        del inner[0]
    found = _own(inner, shell) or OwnCommand("", None)
    arguments = found.arguments
    if arguments is not None and any(re.search(_SHELL_MARKS, word) for word in arguments):
        arguments = None
    return OwnCommand(found.program, arguments, shell)


def name_of(word: str) -> str:
    """Return the name of a program without its folder, ending and version.

    >>> name_of("C:/Tools/AWS-MFA-Process.EXE"), name_of("aws-mfa-process@1.0")
    ('aws-mfa-process', 'aws-mfa-process')
    """
    name = word.replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".exe")
    return name.partition("@")[0]


def split_command(line: str) -> list[str]:
    """Split a command line of a config file as the SDKs do, without a shell.

    Raises:
        ConfigError: A quotation mark is not closed.

    Source:
        botocore ``compat.py``, ``compat_shell_split`` (on Windows backslashes are literal).
    """
    try:
        if os.name == "nt":
            return windows_split(line)
        return line.split() if re.fullmatch(_PLAIN, line) else shlex.split(line)
    except ValueError:
        raise ConfigError(
            "a command of the AWS config cannot be split: a quotation mark is not closed",
            hint="close it, or leave quotation marks away where no blank stands in a word",
        ) from None


def windows_split(line: str) -> list[str]:
    """Split a command line as Windows programs do.

    Only double quotes join words; backslashes are literal but before a double quote, where each
    two stand for one and an odd one makes the quote literal.

    Raises:
        ValueError: A quotation mark is not closed.

    Source:
        botocore ``compat.py``, ``_windows_shell_split`` (a test compares the two).
    """
    words: list[str] = []
    word: str | None = None
    is_quoted = False
    for blanks, slashes, quote, other in re.findall(r'([ \t]+)|(\\*)(")|(\\+|[^ \t"\\]+)', line):
        if blanks and not is_quoted:
            words += [] if word is None else [word]
            word = None
            continue
        word = (word or "") + blanks + other + "\\" * (len(slashes) // 2)
        if quote and len(slashes) % 2:
            word += quote
        elif quote:
            is_quoted = not is_quoted
    if is_quoted:
        raise ValueError("no closing quotation mark")
    return words if word is None else [*words, word]

"""The command line of the credential process.

Its one rule: no value is shown in an error; somebody may have tried to give a secret.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from aws_mfa_process import APP
from aws_mfa_process.config import settings
from aws_mfa_process.config.settings import MFA_CODE, OWN_NAMES, PROFILE, SETTINGS
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

NAMES = {setting.option: setting.name for setting in (PROFILE, *SETTINGS, MFA_CODE)}
"""What the options set that take a value."""


class Request(NamedTuple):
    """What a command line asks for; settings given as options beat those of the profile.

    Attributes:
        line: Its arguments, where they are those of the credential process.
    """

    profile: str
    overrides: Mapping[str, str]
    mfa_code: str | None = None
    line: Sequence[str] = ()

    def __repr__(self) -> str:
        """Show the profile: the code is nobody's business."""
        return f"Request({self.profile})"


def parse(arguments: Sequence[str]) -> Request:
    """Parse the command line of the credential process.

    Raises:
        ConfigError: An option is unknown, lacks its value or cannot be taken, whether it is
            needed or not; or no profile is named.
    """
    values = values_of(arguments)
    if not values.get("profile"):
        raise ConfigError(
            "no profile is named",
            hint=f"name one: {APP} --profile NAME; for all commands: {APP} --help",
        )
    return request_of(values, arguments)


def request_of(values: Mapping[str, str], line: Sequence[str] = ()) -> Request:
    """Return a request from values by name: settings, ``profile``, ``mfa_code``; and its line.

    Raises:
        ConfigError: A value cannot be taken, whether it is needed or not.
    """
    if "mfa_code" in values and settings.digits(values["mfa_code"]) is None:
        raise ConfigError(
            "the code given with --mfa-code is not six digits",
            hint="give the six digits that the MFA device shows",
        )
    overrides = {name: text for name, text in values.items() if name in OWN_NAMES}
    settings.check(overrides)
    return Request(values.get("profile", ""), overrides, values.get("mfa_code"), line)


def values_of(arguments: Sequence[str]) -> dict[str, str]:
    """Return the values by name of the setting, the profile and the code.

    The options all take one value, after a blank or ``=``, but for ``--no-prompt``. They are
    parsed here and not by argparse: processes that only wait do it too, and argparse costs as
    much as an interpreter.
    """
    values: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        name = NAMES.get(option)
        if option == "--no-prompt" and not equals:
            name, value = "mfa_prompt", "none"
        elif name is None:
            raise unknown(option, [*NAMES, "--no-prompt"], APP)
        elif not equals:
            if not rest or rest[0].startswith("--"):
                raise ConfigError(f"option {option} needs a value", hint=f"{APP} --help")
            value = rest.pop(0)
        values[name] = value
    return values


def unknown(word: str, known: Iterable[str], program: str) -> ConfigError:
    """Return the failure for a word that cannot be taken: an option is named, the rest is not.

    ``known`` are the options that there are, and ``program`` has a ``--help``.
    """
    option = word.partition("=")[0]
    if not option.startswith("-"):
        return ConfigError(_too_many(word), hint=f"{program} --help")
    from aws_mfa_process.config.names import close_match  # noqa: PLC0415 - for a mistake

    close = close_match(option, known)
    is_other = close not in ("", option)
    hint = f"did you mean {close}? See {program} --help" if is_other else f"{program} --help"
    return ConfigError(f"unknown option {option!r}", hint=hint)


def _too_many(word: str) -> str:
    """Name an argument too many, unless it could be a secret.

    >>> _too_many("prod"), _too_many("wJalrXUtnFEMI/K7MDENG"), _too_many("123456")
    ("an argument too many: 'prod'", 'an argument too many', 'an argument too many')
    """
    is_name = re.fullmatch(r"[a-z]{1,8}(-[a-z]{1,8})?", word)
    return "an argument too many" + (f": {word!r}" if is_name else "")

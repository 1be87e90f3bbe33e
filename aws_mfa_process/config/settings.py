"""The settings: one table for the options of the command line and the keys of a profile.

Its one rule: a setting is spelled alike in both places (``--role-arn``, ``role_arn``) and
checked in one way, whichever it came from.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aws_mfa_process.errors import ConfigError

MFA_MODES = ("auto", "session", "direct")
PROMPTS = ("auto", "terminal", "dialog", "none")


class Setting(NamedTuple):
    """One setting: its key in a profile, the option's value in the help, what it does."""

    name: str
    metavar: str
    help: str

    @property
    def option(self) -> str:
        """The option of the command line."""
        name = self.name.removeprefix("mfa_") if "prompt" in self.name else self.name
        return "--" + name.replace("_", "-")


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
    Setting(
        "mfa_prompt_seconds", "N", "time to answer (default: 55 on a terminal, 120 in a window)"
    ),
    Setting("mfa_refusal_seconds", "N", "for how long a cancel answers other callers (default 15)"),
)

SECONDS = {
    "duration_seconds": (900, 43200),
    "session_duration_seconds": (900, 129600),
    "mfa_prompt_seconds": (5, 3600),
    "mfa_refusal_seconds": (0, 3600),
}
"""Limits of the settings that are times: the first two are those of AssumeRole, where the role's
own maximum may be lower, and of GetSessionToken for an IAM user (STS API reference)."""
WORDS: Mapping[str, Sequence[str]] = {"mfa_mode": MFA_MODES, "mfa_prompt": PROMPTS}

OWN_NAMES = frozenset(setting.name for setting in SETTINGS)
PROFILE = Setting("profile", "NAME", "profile of ~/.aws/config to start from")
MFA_CODE = Setting(
    "mfa_code",
    "CODE",
    "the six digits; visible in the process list, so only for scripts that have no better way",
)
_OPTIONS = {setting.name: setting.option for setting in SETTINGS}


def check_options(values: Mapping[str, str]) -> None:
    """Check the numbers and the words among options, whether they are needed or not.

    Raises:
        ConfigError: One cannot be taken; the option is named.
    """
    for name in values:
        if name in SECONDS:
            whole_number(values, name, SECONDS[name], "")
        elif name in WORDS:
            choice(values, name, WORDS[name], "")


def subject(name: str, where: str) -> str:
    """Return how an error names a setting.

    Args:
        name: The setting.
        where: The profile that has it; empty: it was given as an option.

    >>> subject("duration_seconds", "prod"), subject("duration_seconds", "")
    ('profile prod: duration_seconds', '--duration-seconds')
    """
    return f"profile {where}: {name}" if where else _OPTIONS[name]


def whole_number(
    values: Mapping[str, str], name: str, limits: tuple[int, int], where: str
) -> int | None:
    """Return a setting that is a number of seconds.

    Args:
        values: Settings.
        name: The one wanted.
        limits: Smallest and largest value.
        where: The profile, for the error; empty for an option.

    Returns:
        None when it is not set.

    Raises:
        ConfigError: It is no whole number or outside of the limits.
    """
    text = values.get(name)
    if text is None:
        return None
    low, high = limits
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(high))
    if not (is_number and low <= int(text) <= high):
        raise ConfigError(
            f"{subject(name, where)} must be a whole number of seconds from {low} to {high},"
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
        raise ConfigError(f"{subject(name, where)} must be {' or '.join(choices)}, not {text!r}")
    return text


def words(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return a setting that is a list of words with commas between them."""
    parts = (part.strip() for part in values.get(name, "").split(","))
    return tuple(part for part in parts if part)

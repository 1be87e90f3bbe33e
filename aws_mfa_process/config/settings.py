"""The settings: one table for the options of the command line and the keys of a profile.

Its one rule: a setting is spelled alike in both places (``--role-arn``, ``role_arn``) and
checked in one way, whichever it came from.
"""

import json
import re
from collections.abc import Mapping, Sequence

from aws_mfa_process import APP
from aws_mfa_process.config import arns
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

PROMPT_VARIABLE = "AWS_MFA_PROCESS_PROMPT"
"""Where to ask: beats the profile's ``mfa_prompt``, an option beats it."""
KEYRING_SECONDS_VARIABLE = "AWS_MFA_PROCESS_KEYRING_SECONDS"
"""How long the keyring may take, in seconds: it may wait for a person at its own window."""
MFA_MODES = ("auto", "session", "direct")
PROMPTS = ("auto", "terminal", "dialog", "none")
CONSOLE_MODES = ("federate", "switch")
"""Of ``console_mode``, which the command ``console`` alone reads."""


class ArnError(ConfigError):
    """A role or an MFA device has a name that is none.

    Attributes:
        setting: ``role_arn`` or ``mfa_serial``.
    """

    def __init__(self, setting: str, message: str, *, hint: str) -> None:
        """Keep the name of the setting."""
        super().__init__(message, hint=hint)
        self.setting = setting


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
    Setting(
        "mfa_serial",
        "ARN,…",
        "MFA device: its ARN, or the serial number of a hardware one; of several each may give the"
        " code",
    ),
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
    Setting(
        "mfa_max_age_seconds",
        "N",
        "how old the MFA session may be when a role is assumed from it, for roles that want a young"
        " MFA (default: as old as it gets)",
    ),
    Setting("mfa_process", "COMMAND", "command that prints the MFA code (run without a shell)"),
    Setting("mfa_prompt", "|".join(PROMPTS), "where to ask for the code"),
    Setting(
        "mfa_prompt_seconds",
        "N",
        "time to answer (default: 55 on a terminal, there 300 for login; 120 in a window; 45 for"
        " mfa_process)",
    ),
    Setting("mfa_refusal_seconds", "N", "for how long a cancel answers other callers (default 15)"),
)

SECONDS = {
    "duration_seconds": (900, 43200),
    "session_duration_seconds": (900, 129600),
    "mfa_max_age_seconds": (60, 129600),
    "mfa_prompt_seconds": (5, 3600),
    "mfa_refusal_seconds": (0, 3600),
    "--min-left": (1, 129600),
    "--duration": (900, 43200),
    KEYRING_SECONDS_VARIABLE: (1, 3600),
}
"""Limits of the settings and variables that are times: the first two are those of AssumeRole, where
the role's own maximum may be lower, and of GetSessionToken for an IAM user (STS API reference);
``--duration`` is that of a console session (IAM user guide)."""
WORDS: Mapping[str, Sequence[str]] = {
    "mfa_mode": MFA_MODES,
    "mfa_prompt": PROMPTS,
    "console_mode": CONSOLE_MODES,
    PROMPT_VARIABLE: PROMPTS,
}

OWN_NAMES = frozenset(setting.name for setting in SETTINGS)
PROFILE = Setting("profile", "NAME", "profile of ~/.aws/config to start from")
MFA_CODE = Setting(
    "mfa_code",
    "CODE",
    "the six digits; visible in the process list, so only for scripts that have no better way",
)
_OPTIONS = {setting.name: setting.option for setting in SETTINGS}
_POLICY_ARN = r"arn:[\w-]+:iam::(aws|\d{12}):policy/[\w+=.@/-]+"
_HOST_LABEL = re.compile(r"[a-z\d]([a-z\d-]{0,61}[a-z\d])?", re.ASCII | re.IGNORECASE)


def check(values: Mapping[str, str], where: str = "") -> None:
    """Check the form of settings, whether they are needed or not.

    Args:
        values: The settings.
        where: Their profile; empty: they were given as options.

    Raises:
        ConfigError: One cannot be taken; the option is named.
    """
    for name in values:
        if name in SECONDS:
            whole_number(values, name, where)
        elif name in WORDS:
            choice(values, name, where)
    role_session_name(values, APP, where)
    session_tags(values, where)
    policy_arns(values, where)
    policy(values, where)
    region(values, where)
    if "role_arn" in values:
        role_arn(values, where)
    if "mfa_serial" in values:
        mfa_serials(values, where)


def digits(text: str) -> str | None:
    """Return the six digits of a code, with blanks and dashes forgiven; else None.

    >>> digits(" 123-456 ")
    '123456'
    >>> digits("12345")
    """
    code = text.translate({ord(mark): None for mark in " \t\r\n-\u00a0\u2011\u2013"})
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None  # noqa: PLR2004


def _subject(name: str, where: str) -> str:
    """Return how an error names a setting of a profile, or without one an option."""
    return f"profile {where}: {name}" if where else _OPTIONS.get(name, name)


def whole_number(values: Mapping[str, str], name: str, where: str) -> int | None:
    """Return a setting that is a number of seconds; None when it is not set.

    Args:
        values: Settings.
        name: One of `SECONDS`.
        where: The profile, for the error; empty for an option or a variable.

    Raises:
        ConfigError: It is no whole number or outside of the limits.
    """
    text = values.get(name)
    if text is None:
        return None
    low, high = SECONDS[name]
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(high))
    if not (is_number and low <= int(text) <= high):
        raise ConfigError(
            f"{_subject(name, where)} must be a whole number of seconds from {low} to {high},"
            f" not {text!r}",
            hint=f"give the digits alone, such as {low}",
        )
    return int(text)


def choice(values: Mapping[str, str], name: str, where: str) -> str:
    """Return a setting that is one of `WORDS`, by default the first; see `whole_number`."""
    text = values.get(name, WORDS[name][0])
    if text not in WORDS[name]:
        known = " or ".join(WORDS[name])
        raise ConfigError(
            f"{_subject(name, where)} must be {known}, not {text!r}", hint=f"correct {name} there"
        )
    return text


def words(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return a setting that is a list of words with commas between them."""
    parts = (part.strip() for part in values.get(name, "").split(","))
    return tuple(part for part in parts if part)


def role_arn(values: Mapping[str, str], where: str) -> str:
    """Return the role, which must be the ARN of one."""
    if not arns.is_arn(values["role_arn"], "role"):
        raise _no_arn(values["role_arn"], "role_arn", where)
    return values["role_arn"]


def mfa_serials(values: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Return the MFA devices that show codes, in their order: each its ARN or serial number.

    Raises:
        ArnError: One can be no device, or none of them shows codes.
    """
    listed = arns.devices(values["mfa_serial"])
    found = tuple(filter(arns.shows_codes, listed))
    if not found:
        raise ArnError(
            "mfa_serial",
            f"{_subject('mfa_serial', where)} {listed[0]} is no device that shows codes",
            hint="AWS takes codes from virtual and hardware TOTP devices only, not from"
            " security keys or passkeys: those sign in with aws login (login_session); or add a"
            " virtual device to the IAM user",
        )
    if not all(arns.is_arn(serial, "mfa") for serial in found):
        raise _no_arn(values["mfa_serial"], "mfa_serial", where)
    return found


def _no_arn(text: str, name: str, where: str) -> ArnError:
    """Return the error for what names no role or device; of a list it names the first such one."""
    kind = "role" if name == "role_arn" else "mfa"
    plain = re.sub("[\n;]", " ", text) if kind == "mfa" else text
    parts = arns.devices(plain) if kind == "mfa" else (text,)
    parts = tuple(filter(arns.shows_codes, parts))
    wrong = next((part for part in parts if not arns.is_arn(part, kind)), text)
    if ":" not in wrong:  # no device that was meant, but what stands behind one
        parts, wrong = parts[: parts.index(wrong)] or (text,), text
    wrong = text if plain != text else wrong
    meant = [part if arns.is_arn(part, kind) else arns.mended(part, kind) for part in parts]
    entry = f"{name} = " if where else f"{_OPTIONS[name]} "
    entry += ", ".join(filter(None, meant))
    what = "the ARN of a role" if kind == "role" else "an MFA device"
    return ArnError(
        name,
        f"{_subject(name, where)} {wrong!r} is not {what}: {arns.fault(wrong, kind)}",
        hint=f"write {entry}" if any(meant) else f"it looks like {arns.example(wrong, kind)}",
    )


def role_session_name(values: Mapping[str, str], default: str, where: str) -> str:
    """Return the name of the role session, which must be one that AWS takes.

    Source:
        STS API reference, AssumeRole, ``RoleSessionName``.
    """
    name = values.get("role_session_name") or default
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, flags=re.ASCII):
        raise ConfigError(
            f"{_subject('role_session_name', where)} {name!r} must be 2 to 64 letters,"
            " digits or any of _+=,.@-",
            hint="write - for each other character",
        )
    return name


def session_tags(values: Mapping[str, str], where: str) -> tuple[tuple[str, str], ...]:
    """Return ``K=V,K=V`` as pairs (the form that aws-vault reads too).

    Raises:
        ConfigError: It has another form.
    """
    pairs = []
    for word in words(values, "session_tags"):
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise ConfigError(
                f"{_subject('session_tags', where)} must be KEY=VALUE pairs with commas"
                f" between them, not {word!r}",
                hint=f"write it as {'session_tags =' if where else '--session-tags'}"
                " team=blue,cost=7",
            )
        pairs.append((key.strip(), value.strip()))
    return tuple(pairs)


def policy_arns(values: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Return the managed policies that narrow the session, each of them an ARN.

    Raises:
        ConfigError: One is none.
    """
    found = words(values, "policy_arns")
    for arn in found:
        if not re.fullmatch(_POLICY_ARN, arn, re.ASCII):
            raise ConfigError(
                f"{_subject('policy_arns', where)} {arn!r} is not the ARN of a policy",
                hint="it looks like arn:aws:iam::aws:policy/ReadOnlyAccess",
            )
    return found


def region(values: Mapping[str, str], where: str) -> str:
    """Return the region, of which SDKs make the name of a host; empty: there is none.

    Raises:
        ConfigError: It cannot be a part of one.
    """
    name = values.get("region", "")
    if name and not _HOST_LABEL.fullmatch(name):
        raise ConfigError(
            f"{_subject('region', where)} {name!r} is not the name of a region",
            hint="it looks like eu-central-1",
        )
    return name


_POLICY_HINT = 'it looks like {"Version": "2012-10-17", "Statement": [...]}, on one line'


def policy(values: Mapping[str, str], where: str) -> str:
    """Return the inline policy, JSON, in compact form: equal policies have equal cache keys."""
    text = values.get("policy", "")
    if not text:
        return ""
    name = _subject("policy", where)
    try:
        return json.dumps(json.loads(text), separators=(",", ":"))
    except RecursionError:
        raise ConfigError(f"{name} is nested too deeply", hint=_POLICY_HINT) from None
    except ValueError as error:
        raise ConfigError(f"{name} is not JSON: {error}", hint=_POLICY_HINT) from None

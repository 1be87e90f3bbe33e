"""One role of a chain, from the settings of its profile."""

import json
import re

from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, Role
from aws_mfa_process.chain.source import Step
from aws_mfa_process.config import settings
from aws_mfa_process.config.profiles import Settings
from aws_mfa_process.errors import ConfigError

DEFAULT_ROLE_SESSION_NAME = "aws-mfa-process"


def roles_of(steps: list[Step], serial: str) -> tuple[Role, ...]:
    """Return the roles of the steps that have one, in the order in which they are assumed.

    Args:
        steps: Profiles with ``role_arn``, the selected one first.
        serial: Of the device; it names the session of a role that names none.

    Raises:
        ConfigError: A setting is not what AWS takes.
    """
    name = _default_session_name(serial)
    return tuple(_role_of(step, name) for step in reversed(steps))


def _role_of(step: Step, default_name: str) -> Role:
    name, values = step
    tags = _tags(values, name)
    transitive = settings.words(values, "transitive_session_tags")
    unknown = set(transitive) - {key for key, _ in tags}
    if unknown:
        raise ConfigError(
            f"profile {name}: transitive_session_tags names {min(unknown)}, which is not in"
            " session_tags"
        )
    return Role(
        profile=name,
        role_arn=_arn(values, name),
        duration_seconds=settings.whole_number(
            values, "duration_seconds", settings.SECONDS["duration_seconds"], name
        ),
        external_id=values.get("external_id", ""),
        role_session_name=_session_name(values, default_name, name),
        source_identity=values.get("source_identity", ""),
        session_tags=tags,
        transitive_session_tags=transitive,
        policy_arns=settings.words(values, "policy_arns"),
        policy=_policy(values, name),
    )


def check_role_options(options: Settings) -> None:
    """Check the options that shape a role, whether one is assumed or not.

    Raises:
        ConfigError: One is not what AWS takes; the option is named.
    """
    if "role_arn" in options:
        _arn(options, "")
    _session_name(options, DEFAULT_ROLE_SESSION_NAME, "")
    _tags(options, "")
    _policy(options, "")


def _arn(values: Settings, profile: str) -> str:
    arn = values["role_arn"]
    if not re.fullmatch(r"arn:[^:\s]*:iam:[^:\s]*:[^:\s]*:role/\S+", arn):
        raise ConfigError(
            f"{settings.subject('role_arn', profile)} {arn!r} is not the ARN of a role",
            hint="it looks like arn:aws:iam::123456789012:role/NAME",
        )
    return arn


def _session_name(values: Settings, default: str, profile: str) -> str:
    name = values.get("role_session_name") or default
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, flags=re.ASCII):
        raise ConfigError(
            f"{settings.subject('role_session_name', profile)} {name!r} must be 2 to 64 letters,"
            " digits or any of _+=,.@-"
        )
    return name


def _tags(values: Settings, profile: str) -> tuple[tuple[str, str], ...]:
    """Return ``K=V,K=V`` as pairs (the form that aws-vault reads too)."""
    pairs = []
    for word in settings.words(values, "session_tags"):
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise ConfigError(
                f"{settings.subject('session_tags', profile)} must be KEY=VALUE pairs with commas"
                f" between them, not {word!r}"
            )
        pairs.append((key.strip(), value.strip()))
    return tuple(pairs)


def _policy(values: Settings, profile: str) -> str:
    """Return the inline policy in compact form: equal policies have equal cache keys."""
    text = values.get("policy", "")
    if not text:
        return ""
    name = settings.subject("policy", profile)
    try:
        return json.dumps(json.loads(text), separators=(",", ":"))
    except RecursionError:
        raise ConfigError(f"{name} is nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{name} is not JSON: {error}") from None


def _default_session_name(serial: str) -> str:
    """Return the user's name from the ARN of the device, so that CloudTrail shows a person."""
    name = serial.rsplit("/", 1)[-1] if ":mfa/" in serial else ""
    name = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[:64]
    return name if len(name) > 1 else DEFAULT_ROLE_SESSION_NAME


def check_chained(roles: tuple[Role, ...]) -> None:
    """Refuse roles assumed with session credentials that are to live longer than AWS lets them.

    Raises:
        ConfigError: There is one.
    """
    for role in roles:
        if (role.duration_seconds or 0) > CHAINED_ROLE_SECONDS:
            raise ConfigError(
                f"profile {role.profile}: a role assumed with session credentials lasts at most"
                f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is"
                f" {role.duration_seconds}",
                hint=f"set duration_seconds = {CHAINED_ROLE_SECONDS} in profile {role.profile};"
                " it is renewed silently",
            )

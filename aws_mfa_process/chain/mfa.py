"""The MFA device of a chain, and how its code is used.

Its one rule: it decides and does nothing.
"""

import re

from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, MFA, Role, Source
from aws_mfa_process.chain.source import Step, first
from aws_mfa_process.config import settings
from aws_mfa_process.errors import ConfigError

DEFAULT_SESSION_SECONDS = 43200
DEFAULT_REFUSAL_SECONDS = 15


def device_of(steps: list[Step], source: Source) -> tuple[MFA | None, Step]:
    """Return the device of a chain and the step that holds it (else the selected one).

    Raises:
        ConfigError: It shows no codes, or a setting that goes with it is wrong.
    """
    for step in steps:
        serial = step.settings.get("mfa_serial", "")
        if not serial or not source.is_long_term:
            continue
        if ":u2f/" in serial or re.search(r"\s", serial):
            raise ConfigError(
                f"profile {step.profile}: mfa_serial {serial} is no device that shows codes",
                hint="AWS takes codes from virtual and hardware TOTP devices only, not from"
                " security keys or passkeys; add a virtual device to the IAM user",
            )
        return _with_settings(serial, steps), step
    return None, steps[0]


def _with_settings(serial: str, steps: list[Step]) -> MFA:
    """Return a device with its settings, each from the first profile that has it."""

    def number(name: str) -> int | None:
        step = first(steps, name)
        return settings.whole_number(step.settings, name, settings.SECONDS[name], step.profile)

    prompt = first(steps, "mfa_prompt")
    refusal_seconds = number("mfa_refusal_seconds")
    return MFA(
        serial=serial,
        mode="session",
        session_seconds=number("session_duration_seconds") or DEFAULT_SESSION_SECONDS,
        process=first(steps, "mfa_process").settings.get("mfa_process", ""),
        prompt=settings.choice(prompt.settings, "mfa_prompt", settings.PROMPTS, prompt.profile),
        prompt_seconds=number("mfa_prompt_seconds"),
        refusal_seconds=DEFAULT_REFUSAL_SECONDS if refusal_seconds is None else refusal_seconds,
    )


def with_mode(mfa: MFA, steps: list[Step], roles: tuple[Role, ...]) -> MFA:
    """Decide between one session for all roles and a code for this one.

    Raises:
        ConfigError: AWS does not allow what is asked for.
    """
    step = first(steps, "mfa_mode")
    mode = settings.choice(step.settings, "mfa_mode", settings.MFA_MODES, step.profile)
    is_long = bool(roles) and (roles[0].duration_seconds or 0) > CHAINED_ROLE_SECONDS
    if mode == "session" and is_long:
        raise ConfigError(
            f"profile {steps[0].profile}: with mfa_mode = session a role session lasts at most"
            f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is"
            f" {roles[0].duration_seconds}",
            hint="lower duration_seconds (it is renewed silently), or set mfa_mode = direct (one"
            " code per role)",
        )
    if roles and (mode == "direct" or (mode == "auto" and is_long)):
        return mfa._replace(mode="direct")
    return mfa

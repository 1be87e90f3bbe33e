"""The MFA device of a chain, and how its code is used.

Its one rule: it decides and does nothing.
"""

from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, MFA
from aws_mfa_process.chain.source import LifeError, NoDeviceError, Step, Walk, first
from aws_mfa_process.config import arns, settings
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import Literal, NoReturn

DEFAULT_SESSION_SECONDS = 43200
DEFAULT_REFUSAL_SECONDS = 15


def mfa_of(walk: Walk) -> tuple[MFA | None, Step]:
    """Return the device of a way and the step that holds it (else the selected one).

    Raises:
        ConfigError: It shows no codes; a setting that goes with it is wrong, or asks for what AWS
            does not allow; or there is neither a device nor a role.
    """
    steps, source = walk.steps, walk.source
    for step in steps:
        if not step.settings.get("mfa_serial") or not source.takes_code:
            continue
        serials = settings.mfa_serials(step.settings, step.profile)
        return _with_settings(serials, walk), step
    if not walk.roles and not source.is_foreign:
        _refuse_plain(walk)
    return None, steps[0]


def _with_settings(serials: tuple[str, ...], walk: Walk) -> MFA:
    """Return devices with their settings, each from the first profile that has it."""
    steps = walk.steps

    def number(name: str) -> int | None:
        step = first(steps, name)
        return settings.whole_number(step.settings, name, step.profile)

    prompt = first(steps, "mfa_prompt")
    refusal_seconds = number("mfa_refusal_seconds")
    return MFA(
        serials=serials,
        listed=_listed(serials, walk),
        mode=_mode(walk),
        max_age_seconds=number("mfa_max_age_seconds"),
        session_seconds=number("session_duration_seconds") or DEFAULT_SESSION_SECONDS,
        process=first(steps, "mfa_process").settings.get("mfa_process", ""),
        prompt=settings.choice(prompt.settings, "mfa_prompt", prompt.profile),
        prompt_seconds=number("mfa_prompt_seconds"),
        refusal_seconds=DEFAULT_REFUSAL_SECONDS if refusal_seconds is None else refusal_seconds,
    )


def _listed(serials: tuple[str, ...], walk: Walk) -> tuple[str, ...]:
    """Return the longer list from which these were chosen by an option, or a role's profile."""
    found = [it for step in walk.steps for it in (step.settings, walk.files.profiles[step.profile])]
    for text in dict.fromkeys(it.get("mfa_serial", "") for it in found):
        listed = tuple(filter(arns.shows_codes, arns.devices(text)))
        if set(serials) < set(listed):
            return listed
    return serials


def _mode(walk: Walk) -> Literal["session", "direct"]:
    """Decide between one session for all roles and a code for this one."""
    steps = walk.steps
    step = first(steps, "mfa_mode")
    mode = settings.choice(step.settings, "mfa_mode", step.profile)
    seconds = 0
    if walk.roles:
        name, values = walk.roles[-1]  # the first to be assumed
        seconds = settings.whole_number(values, "duration_seconds", name) or 0
    is_long = seconds > CHAINED_ROLE_SECONDS
    if mode == "session" and is_long:
        raise LifeError(
            f"profile {steps[0].profile}: with mfa_mode = session a role session lasts at most"
            f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is {seconds}",
            hint="lower duration_seconds (it is renewed silently), or set mfa_mode = direct (one"
            " code per role)",
        )
    return "direct" if is_long or (walk.roles and mode == "direct") else "session"


def _refuse_plain(walk: Walk) -> NoReturn:
    """Fail for a profile that asks for nothing that we could make."""
    profile, source = walk.steps[0].profile, walk.source
    from aws_mfa_process.chain.no_device import no_device  # noqa: PLC0415 - for a failure

    why = no_device(walk.files, [step.profile for step in walk.steps], source)
    if source.is_long_term and why:
        raise NoDeviceError(
            f"profile {profile} has keys, but neither mfa_serial nor role_arn",
            hint=why.hint,
        )
    raise ConfigError(
        f"profile {profile} has credentials that are not an IAM user's, and no role_arn",
        hint="let the SDK use that profile itself, or add role_arn",
    )

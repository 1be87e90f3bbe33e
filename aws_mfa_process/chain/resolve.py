"""Profiles to a `Chain`: the whole decision for one profile.

Its one rule: it decides and does nothing. The same profiles give the same chain.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from aws_mfa_process.chain.endpoint import endpoint_of_walk
from aws_mfa_process.chain.model import MFA, Chain, Role, Source
from aws_mfa_process.chain.role import check_role_options, default_session_name, role_of
from aws_mfa_process.chain.source import Step, Walk, first, is_session, own_line
from aws_mfa_process.config import settings
from aws_mfa_process.config.profiles import Profiles
from aws_mfa_process.errors import ConfigError

DEFAULT_SESSION_SECONDS = 43200
CHAINED_ROLE_SECONDS = 3600
"""Limit of a role assumed with session credentials, those of GetSessionToken included
(AWS knowledge centre, «iam-role-chaining-limit»)."""
DEFAULT_REFUSAL_SECONDS = 15


def resolve(
    files: Profiles,
    profile: str,
    overrides: Mapping[str, str],
    stored: Mapping[str, str],
    environ: Mapping[str, str],
) -> Chain:
    """Decide how the credentials of a profile are made.

    Args:
        files: The AWS config.
        profile: The selected profile.
        overrides: Settings given as options; they beat those of the selected profile.
        stored: Access key ids in the keyring, by profile.
        environ: The environment: region and endpoint variables, and for
            ``credential_source = Environment`` the key id.

    Returns:
        The chain, from the source to the last role.

    Raises:
        ConfigError: A profile is missing, partial, in a loop, or asks for what cannot be; or an
            option does, whether it is needed or not.
        PersonNeededError: The profile that must hold the keys has none.

    Source:
        botocore ``credentials.py``, ``AssumeRoleProvider``: the role of the selected profile
        beats its own keys, static keys of a source profile beat its role.
    """
    settings.check_options(overrides)
    check_role_options(overrides)
    walk = Walk(files, stored, environ)
    source = walk.descend(profile, overrides, is_source=False)
    steps = walk.steps
    mfa, holder = _mfa(steps, source)
    name = default_session_name(mfa.serial if mfa else "")
    roles = tuple(role_of(step, name) for step in reversed(walk.roles))
    if mfa is not None:
        mfa = _with_mode(mfa, steps, roles, profile)
    if mfa is None and not roles:
        _refuse_plain(profile, source)
    _check_chained(roles if is_session(source) else roles[1:])
    return Chain(profile, source, mfa, roles, endpoint_of_walk(walk, holder))


def resolve_named(
    files: Profiles,
    profile: str,
    stored: Mapping[str, str],
    environ: Mapping[str, str],
    told: Mapping[str, str] = MappingProxyType({}),
) -> Chain:
    """Decide as `resolve` does, for a profile as the SDKs see it.

    A profile whose ``credential_process`` runs this program stands for what that line asks for.
    Settings in ``told`` beat those of the line.
    """
    line = files.profiles.get(profile, {}).get("credential_process")
    arguments = settings.own_arguments(line) if line else None
    if arguments is None:
        return resolve(files, profile, told, stored, environ)
    name, overrides = own_line(profile, arguments)
    try:
        check_role_options(overrides)
    except ConfigError as error:
        text = f"credential_process of profile {profile}: {error.message}"
        raise ConfigError(text, hint=error.hint) from None
    chain = resolve(files, name, {**overrides, **told}, stored, environ)
    return chain._replace(profile=profile)


def _mfa(steps: list[Step], source: Source) -> tuple[MFA | None, Step]:
    """Return the device of a chain and the step that holds it (else the selected one)."""
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
        return _device(serial, steps), step
    return None, steps[0]


def _device(serial: str, steps: list[Step]) -> MFA:
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


def _with_mode(mfa: MFA, steps: list[Step], roles: tuple[Role, ...], profile: str) -> MFA:
    """Decide between one session for all roles and a code for this one."""
    step = first(steps, "mfa_mode")
    mode = settings.choice(step.settings, "mfa_mode", settings.MFA_MODES, step.profile)
    is_long = bool(roles) and (roles[0].duration_seconds or 0) > CHAINED_ROLE_SECONDS
    if mode == "session" and is_long:
        raise ConfigError(
            f"profile {profile}: with mfa_mode = session a role session lasts at most"
            f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is"
            f" {roles[0].duration_seconds}",
            hint="lower duration_seconds (it is renewed silently), or set mfa_mode = direct (one"
            " code per role)",
        )
    if roles and (mode == "direct" or (mode == "auto" and is_long)):
        return mfa._replace(mode="direct")
    return mfa


def _refuse_plain(profile: str, source: Source) -> NoReturn:
    """Fail for a profile that asks for nothing that we could make."""
    if source.is_long_term:
        raise ConfigError(
            f"profile {profile} has keys, but neither mfa_serial nor role_arn",
            hint=f"add mfa_serial to profile {source.profile}, as the IAM console shows it",
        )
    if dict(source.settings).get("web_identity_token_file"):
        raise ConfigError(
            f"profile {source.profile} assumes its role with a web identity, which takes no MFA"
            " code",
            hint="let the SDK use that profile itself, or name it as source_profile of a role",
        )
    raise ConfigError(
        f"profile {profile} has credentials that are not an IAM user's, and no role_arn",
        hint="let the SDK use that profile itself, or add role_arn",
    )


def _check_chained(roles: tuple[Role, ...]) -> None:
    """Refuse roles assumed with session credentials that are to live longer than AWS lets them."""
    for role in roles:
        if (role.duration_seconds or 0) > CHAINED_ROLE_SECONDS:
            raise ConfigError(
                f"profile {role.profile}: a role assumed with session credentials lasts at most"
                f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is"
                f" {role.duration_seconds}",
                hint=f"set duration_seconds = {CHAINED_ROLE_SECONDS} in profile {role.profile};"
                " it is renewed silently",
            )

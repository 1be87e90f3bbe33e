"""Profiles to a `Chain`: the whole decision for one profile.

Its one rule: it decides and does nothing. The same profiles give the same chain.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from aws_mfa_process.chain.endpoint import endpoint_of_walk
from aws_mfa_process.chain.mfa import device_of, with_mode
from aws_mfa_process.chain.model import Chain, Source
from aws_mfa_process.chain.role import check_chained, check_role_options, roles_of
from aws_mfa_process.chain.source import Walk, is_session
from aws_mfa_process.config import settings
from aws_mfa_process.config.command_line import Request, own_line
from aws_mfa_process.config.profiles import Profiles
from aws_mfa_process.errors import ConfigError


def resolve(
    files: Profiles, request: Request, stored: Mapping[str, str], environ: Mapping[str, str]
) -> Chain:
    """Decide how the credentials of a profile are made.

    Args:
        files: The AWS config.
        request: The selected profile, and options that beat its settings.
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
    settings.check_options(request.overrides)
    check_role_options(request.overrides)
    walk = Walk(files, stored, environ)
    source = walk.descend(request.profile, request.overrides, is_source=False)
    mfa, holder = device_of(walk.steps, source)
    roles = roles_of(walk.roles, mfa.serial if mfa else "")
    if mfa is not None:
        mfa = with_mode(mfa, walk.steps, roles)
    elif not roles:
        _refuse_plain(request.profile, source)
    check_chained(roles if is_session(source) else roles[1:])
    return Chain(request.profile, source, mfa, roles, endpoint_of_walk(walk, holder))


def resolve_named(
    files: Profiles,
    profile: str,
    stored: Mapping[str, str],
    environ: Mapping[str, str],
    overrides: Mapping[str, str] = MappingProxyType({}),
) -> Chain:
    """Decide as `resolve` does, for a profile as the SDKs see it.

    A profile whose ``credential_process`` runs this program stands for what that line asks for.
    Settings in ``overrides`` beat those of the line.
    """
    line = own_line(profile, files.profiles.get(profile, {}).get("credential_process", ""))
    if line is None:
        return resolve(files, Request(profile, overrides), stored, environ)
    try:
        check_role_options(line.overrides)
    except ConfigError as error:
        text = f"credential_process of profile {profile}: {error.message}"
        raise ConfigError(text, hint=error.hint) from None
    request = Request(line.profile, {**line.overrides, **overrides})
    return resolve(files, request, stored, environ)._replace(profile=profile)


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

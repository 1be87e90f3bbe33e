"""Profiles to a `Chain`: the whole decision for one profile.

Its one rule: it decides and does nothing. The same profiles give the same chain.
"""

from collections.abc import Mapping
from types import MappingProxyType

from aws_mfa_process.chain.endpoint import endpoint_of_walk
from aws_mfa_process.chain.mfa import mfa_of
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.role import roles_of
from aws_mfa_process.chain.source import Walk
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.process_line import own_line
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
        environ: Region and endpoint variables, and for ``credential_source = Environment`` the
            key id.

    Raises:
        ConfigError: A profile is missing, partial, in a loop, or asks for what cannot be.
        PersonNeededError: The profile that must hold the keys has none.

    Source:
        botocore ``credentials.py``, ``AssumeRoleProvider``: the role of the selected profile
        beats its own keys, static keys of a source profile beat its role.
    """
    walk = Walk(files, request, stored, environ)
    mfa, holder = mfa_of(walk)
    way = tuple(step.profile for step in walk.steps)
    if request.mfa_code and mfa is None:
        from aws_mfa_process.chain.no_device import no_device  # noqa: PLC0415 - for a failure

        why = no_device(files, way, walk.source)
        raise ConfigError(
            "the code given with --mfa-code cannot be used:"
            f" {why.reason if why else f'the credentials of profile {way[-1]} take none'}",
            hint=why.hint if why else "leave --mfa-code away",
        )
    roles = roles_of(walk, mfa.listed if mfa else ())
    return Chain(request.profile, walk.source, mfa, roles, endpoint_of_walk(walk, holder), way)


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
    settings = files.profiles.get(profile, {})
    line = own_line(profile, settings.get("credential_process", ""))
    if line is None:
        return resolve(files, Request(profile, overrides), stored, environ)
    request = Request(line.profile, {**line.overrides, **overrides})
    return resolve(files, request, stored, environ)._replace(profile=profile)

"""Credentials that botocore finds for a profile, for roles that need no MFA code of ours.

Its one rule: botocore is told the profile, since the caller's own choice of profile or keys is no
longer in the environment; and a failure needs a person.
"""

import botocore.session
from botocore.credentials import CredentialResolver, Credentials, ProfileProviderBuilder
from botocore.exceptions import BotoCoreError, ClientError

from aws_mfa_process import debug, guard
from aws_mfa_process.aws.service import MISREAD
from aws_mfa_process.chain.model import Source
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, PersonNeededError

_PROVIDERS = {"EcsContainer": "container-role", "Ec2InstanceMetadata": "iam-role"}
"""Names of botocore for what ``credential_source`` may name, the environment aside."""


def load(source: Source) -> SourceCredentials:
    """Return the credentials of a source of kind ``botocore`` or ``credential_source``.

    Raises:
        ConfigError: botocore finds nothing.
        PersonNeededError: What it finds does not work now, an expired SSO session for example.
    """
    name = dict(source.settings).get("credential_source", "") or f"profile {source.profile}"
    try:
        found = _find(source)
        frozen = None if found is None else found.get_frozen_credentials()
    except (BotoCoreError, ClientError, OSError, ValueError, RuntimeError, *MISREAD) as error:
        debug.note(f"botocore: {type(error).__name__}")
        if guard.has_refused(str(error)):
            raise ConfigError(
                f"the credential_process of {name} leads back to this program",
                hint="let it run another program, or hold the keys in the profile",
            ) from None
        hint = f"try it alone with aws sts get-caller-identity --profile {source.profile}"
        if any(key.startswith("sso_") for key, _ in source.settings):
            hint = f"run aws sso login --profile {source.profile}"
        is_process = getattr(error, "kwargs", {}).get("provider") == "custom-process" or (
            isinstance(error, AttributeError) and "credential_process" in dict(source.settings)
        )
        reason = "its credential_process failed" if is_process else " ".join(str(error).split())
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: {reason[:500]}", hint=hint
        ) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise ConfigError(f"{name} gives no credentials")
    keys: tuple[object, ...] = (frozen.access_key, frozen.secret_key, frozen.token or "")
    if not all(isinstance(key, str) and key.isascii() and key.isprintable() for key in keys):
        raise ConfigError(f"{name} gives credentials that are not plain text on one line")
    return SourceCredentials(frozen.access_key, frozen.secret_key, frozen.token or "")


def _find(source: Source) -> Credentials | None:
    """Let botocore look: for a profile only at the profile itself, its role aside."""
    session = botocore.session.Session(profile=source.profile)
    found: Credentials | None
    if source.kind == "botocore":
        builder = ProfileProviderBuilder(session, region_name=session.get_config_variable("region"))
        providers = builder.providers(source.profile, disable_env_vars=True)
        found = CredentialResolver(providers).load_credentials()
    else:
        name = _PROVIDERS[dict(source.settings)["credential_source"]]
        found = session.get_component("credential_provider").get_provider(name).load()
    return found

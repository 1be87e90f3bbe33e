"""Credentials that botocore finds for a profile, for roles that need no MFA code of ours.

Its one rule: botocore is told the profile, since the caller's own choice of profile or keys is no
longer in the environment; and a failure needs a person.
"""

import json
import re
import shlex

import botocore.credentials
import botocore.session
from botocore.credentials import CredentialResolver, Credentials, ProfileProviderBuilder
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    InvalidIMDSEndpointError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from aws_mfa_process import APP, debug, guard
from aws_mfa_process.aws.failed import clean
from aws_mfa_process.aws.service import MISREAD, refuse_empty_bundle
from aws_mfa_process.chain.model import Source
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, PersonNeededError

_PROVIDERS = {"EcsContainer": "container-role", "Ec2InstanceMetadata": "iam-role"}
"""Names of botocore for what ``credential_source`` may name, the environment aside."""
_WHERE = {
    "EcsContainer": "in a container of ECS or EKS, with AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or"
    " AWS_CONTAINER_CREDENTIALS_FULL_URI set",
    "Ec2InstanceMetadata": "on an EC2 instance that has a role, with AWS_EC2_METADATA_DISABLED"
    " unset",
}
"""Where each gives credentials."""
KNOWS_LOGIN = hasattr(botocore.credentials, "LoginProvider")
"""Whether this botocore is young enough for ``login_session``."""
_WEB_IDENTITY = "web_identity_token_file"


def load(source: Source) -> SourceCredentials:
    """Return the credentials of a source of kind ``botocore`` or ``credential_source``.

    Raises:
        ConfigError: botocore finds nothing.
        PersonNeededError: What it finds does not work now, an expired SSO session for example.
    """
    values = dict(source.settings)
    name = values.get("credential_source", "") or f"profile {source.profile}"
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
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: {_reason(source, error)}",
            hint=_hint(source),
        ) from None
    if frozen is None and "login_session" in values and not KNOWS_LOGIN:
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: botocore {botocore.__version__} does not"
            " know login_session",
            hint="upgrade botocore where this program is installed, for example with pipx runpip"
            f" {APP} install --upgrade botocore",
        )
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise ConfigError(f"{name} gives no credentials", hint=_hint(source))
    keys: tuple[object, ...] = (frozen.access_key, frozen.secret_key, frozen.token or "")
    if not all(isinstance(key, str) and key.isascii() and key.isprintable() for key in keys):
        raise ConfigError(
            f"{name} gives credentials that are not plain text on one line", hint=_hint(source)
        )
    return SourceCredentials(frozen.access_key, frozen.secret_key, frozen.token or "")


def _reason(source: Source, error: Exception) -> str:
    """Say in a sentence of ours what botocore met; its own words may be of Python, or a hash."""
    if source.is_uncertain:
        return f"its credential_process {_process_reason(error)}"
    if isinstance(error, ClientError):
        answer = error.response.get("Error") or {}
        return clean(f"AWS refused: {answer.get('Code')}: {answer.get('Message')}", ())
    if isinstance(error, NoConnectionError | HTTPClientError):
        return "AWS cannot be reached"
    if isinstance(error, OSError):
        return f"{error.filename} cannot be read: {error.strerror}"
    return _settings_reason(source, error)


def _settings_reason(source: Source, error: Exception) -> str:
    """Say what cannot be used of what is set, or of what was found there."""
    values = dict(source.settings)
    if source.kind == "credential_source":
        if isinstance(error, ValueError | InvalidIMDSEndpointError):
            return "an address or a token that is set for it cannot be used"
        return "what should give them does not answer as it must"
    if "login_session" in values or _is_sso(source):
        return "its login has ended, or what is stored of it is broken"
    if _WEB_IDENTITY in values:
        if not values.get("role_arn"):
            return f"it has {_WEB_IDENTITY}, but no role_arn"
        if isinstance(error, UnicodeError) or "WebIdentityToken" in str(error):
            return f"what stands in {values[_WEB_IDENTITY]} is no token"
    return "botocore cannot use what is set there"


def _process_reason(error: Exception) -> str:
    reason = str(getattr(error, "kwargs", {}).get("error_msg"))
    if isinstance(error, OSError):
        return f"cannot be run: {error.strerror}"
    if isinstance(error, json.JSONDecodeError | UnicodeError):
        return "did not print JSON"
    if isinstance(error, RuntimeError):
        return "gives credentials that have ended"
    if re.match("Unsupported version|Missing required key", reason) or isinstance(error, MISREAD):
        return "printed JSON that is no answer of such a process"
    if isinstance(error, ValueError):
        return "cannot be run: a quotation mark is not closed, or the time it gives is none"
    return "failed"


def _hint(source: Source) -> str:
    """Say what to do about a source that gives nothing."""
    values = dict(source.settings)
    profile = shlex.quote(source.profile)
    where = f"[profile {source.profile}] of the AWS config"
    if source.is_uncertain:
        return f"run the credential_process of {where} by hand, or correct it there"
    if "login_session" in values:
        return f"run aws login --profile {profile}"
    if _is_sso(source):
        return f"run aws sso login --profile {profile}"
    if _WEB_IDENTITY in values:
        return f"look at role_arn and {_WEB_IDENTITY} in {where}"
    if source.kind == "credential_source":
        place = _WHERE[values["credential_source"]]
        return f"it gives them {place}; elsewhere correct credential_source in {where}"
    return f"try it alone with aws sts get-caller-identity --profile {profile}"


def _is_sso(source: Source) -> bool:
    return any(key.startswith("sso_") for key, _ in source.settings)


def _find(source: Source) -> Credentials | None:
    """Let botocore look: for a profile only at the profile itself, its role aside."""
    session = botocore.session.Session(profile=source.profile)
    refuse_empty_bundle(session, f"profile {source.profile}")
    found: Credentials | None
    if source.kind == "botocore":
        builder = ProfileProviderBuilder(session, region_name=session.get_config_variable("region"))
        providers = builder.providers(source.profile, disable_env_vars=True)
        found = CredentialResolver(providers).load_credentials()
    else:
        name = _PROVIDERS[dict(source.settings)["credential_source"]]
        found = session.get_component("credential_provider").get_provider(name).load()
    return found

"""Credentials that botocore finds for a profile: logins, web identities, metadata.

Its one rule: botocore is told the profile, since the caller's own choice of profile or keys is no
longer in the environment; and a failure needs a person.
"""

import shlex
import time
from collections.abc import Mapping
from typing import Any

import botocore.credentials
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, Credentials, ProfileProviderBuilder
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    InvalidConfigError,
    InvalidIMDSEndpointError,
    MissingDependencyException,
    NoRegionError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from aws_mfa_process import APP, debug
from aws_mfa_process.aws.failed import CONNECT_SECONDS, READ_SECONDS, SET_CLOCK, clean
from aws_mfa_process.aws.service import MISREAD, refuse_empty_bundle
from aws_mfa_process.chain.model import Source
from aws_mfa_process.credentials import (
    AnyCredentials,
    SessionCredentials,
    SourceCredentials,
    writable,
)
from aws_mfa_process.errors import (
    ConfigError,
    MFAProcessError,
    PersonNeededError,
    SourceRefusedError,
)
from aws_mfa_process.keys.install import install_command

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
CRT = "botocore[crt]"
"""What the extra ``login`` of this program brings."""
_AGAIN = "check network, proxy and endpoint; then try again"
_NO_NETWORK = (NoConnectionError, HTTPClientError)
_WEB_IDENTITY = "web_identity_token_file"


def load(source: Source) -> AnyCredentials:
    """Return the credentials of a source of kind ``botocore`` or ``credential_source``.

    Raises:
        ConfigError: botocore finds nothing.
        PersonNeededError: What it finds does not work now, an expired SSO session for example.
    """
    name = dict(source.settings).get("credential_source", "") or f"profile {source.profile}"
    try:
        found = _find(source)
        frozen = None if found is None else found.get_frozen_credentials()
    except MissingDependencyException:
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: botocore needs awscrt for login_session",
            hint=f"run {install_command(CRT)}",
        ) from None
    except MemoryError:
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: the answer is too long", hint=hint_of(source)
        ) from None
    except (BotoCoreError, ClientError, OSError, ValueError, RuntimeError, *MISREAD) as error:
        debug.note(f"botocore: {type(error).__name__}")
        raise _class_for(source, error)(
            f"the credentials of {name} cannot be had: {_reason(source, error)}",
            hint=_hint_for(source, error),
        ) from None
    if frozen is None and source.sign_in == "login" and not KNOWS_LOGIN:
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: botocore {botocore.__version__} does not"
            " know login_session",
            hint=f"run {install_command(CRT, is_upgrade=True)}",
        )
    if found is None or frozen is None or not frozen.access_key or not frozen.secret_key:
        raise ConfigError(f"{name} gives no credentials", hint=hint_of(source))
    keys: tuple[object, ...] = (frozen.access_key, frozen.secret_key, frozen.token or "")
    if not all(isinstance(key, str) and key.isascii() and key.isprintable() for key in keys):
        raise ConfigError(
            f"{name} gives credentials that are not plain text on one line", hint=hint_of(source)
        )
    session = _with_end(found, frozen)
    if isinstance(session, SessionCredentials) and not writable(session.expiration):
        raise PersonNeededError(
            f"the credentials of {name} cannot be had: their end is no time that AWS writes",
            hint=hint_of(source),
        )
    return session


def _with_end(found: Credentials, frozen: Any) -> AnyCredentials:  # noqa: ANN401 - of botocore
    """Return credentials with their end, where botocore knows it: its property has a line below.

    Keys without a session token are an IAM user's, which have no end, whatever is said of one.
    """
    ends = getattr(found, "_expiry_time", None)
    keys = (frozen.access_key, frozen.secret_key, frozen.token or "")
    if ends is None or not frozen.token:
        return SourceCredentials(*keys)
    account = getattr(frozen, "account_id", None) or ""
    return SessionCredentials(*keys, int(ends.timestamp()), int(time.time()), account)


def _class_for(source: Source, error: Exception) -> type[MFAProcessError]:
    if isinstance(error, ClientError):
        return SourceRefusedError
    is_written = isinstance(error, InvalidConfigError) and source.sign_in == "sso"
    return ConfigError if is_written else PersonNeededError


def _reason(source: Source, error: Exception) -> str:
    """Say in a sentence of ours what botocore met; its own words may be of Python, or a hash."""
    if isinstance(error, ClientError):
        answer = error.response.get("Error") or {}
        return clean(f"AWS refused: {answer.get('Code')}: {answer.get('Message')}", ())
    if isinstance(error, _NO_NETWORK):
        return "AWS cannot be reached"
    if _has_ended_already(error):
        return "what is given has ended already, by the clock of this machine"
    if isinstance(error, OSError):
        return f"{error.filename} cannot be read: {error.strerror}"
    return _settings_reason(source, error)


def _has_ended_already(error: Exception) -> bool:
    """Tell whether botocore was given credentials that are too old.

    Source:
        botocore ``credentials.py``, ``RefreshableCredentials._protected_refresh``.
    """
    return isinstance(error, RuntimeError) and "are still expired" in str(error)


def _settings_reason(source: Source, error: Exception) -> str:
    """Say what cannot be used of what is set, or of what was found there."""
    values = dict(source.settings)
    if isinstance(error, NoRegionError):
        return "no region is set for it"
    if source.sign_in:
        return _login_reason(source, error)
    if source.kind == "credential_source":
        if isinstance(error, ValueError | InvalidIMDSEndpointError):
            return "an address or a token that is set for it cannot be used"
        return "what should give them does not answer as it must"
    return _web_identity_reason(values, error)


def _login_reason(source: Source, error: Exception) -> str:
    if isinstance(error, InvalidConfigError) and source.sign_in == "sso":
        return "its settings for SSO are not complete, or contradict each other"
    if type(error).__name__ == "LoginInsufficientPermissions":  # not in older ones
        return "AWS refused: the permission signin:CreateOAuth2Token is missing"
    return "its login has ended, or what is stored of it is broken"


def _web_identity_reason(values: Mapping[str, str], error: Exception) -> str:
    if _WEB_IDENTITY in values:
        if not values.get("role_arn"):
            return f"it has {_WEB_IDENTITY}, but no role_arn"
        if isinstance(error, UnicodeError) or "WebIdentityToken" in str(error):
            return f"what stands in {values[_WEB_IDENTITY]} is no token"
    return "botocore cannot use what is set there"


def _hint_for(source: Source, error: Exception) -> str:
    """Say what to do about a failure: the network and the config are not mended by a login."""
    if isinstance(error, _NO_NETWORK):
        return _AGAIN
    if _has_ended_already(error):
        return SET_CLOCK
    if isinstance(error, ClientError) and source.sign_in == "sso":
        where = f"[profile {source.profile}] of the AWS config"
        return (
            f"correct sso_account_id and sso_role_name in {where}, or have that role given to you"
        )
    if isinstance(error, NoRegionError):
        return f"add region to [profile {source.profile}] of the AWS config"
    if isinstance(error, InvalidConfigError) and source.sign_in == "sso":
        needed = "sso_account_id, sso_role_name and an [sso-session] with sso_start_url, sso_region"
        return f"let [profile {source.profile}] of the AWS config have {needed}"
    return hint_of(source)


def hint_of(source: Source) -> str:
    """Say what to do about a source that gives nothing."""
    values = dict(source.settings)
    profile = shlex.quote(source.profile)
    where = f"[profile {source.profile}] of the AWS config"
    if source.sign_in:
        command = "aws login" if source.sign_in == "login" else "aws sso login"
        return f"run {APP} login {profile}, which runs {command} --profile {profile}"
    if _WEB_IDENTITY in values:
        return f"look at role_arn and {_WEB_IDENTITY} in {where}"
    if source.kind == "credential_source":
        place = _WHERE[values["credential_source"]]
        return f"it gives them {place}; elsewhere correct credential_source in {where}"
    return f"try it alone with aws sts get-caller-identity --profile {profile}"


def _find(source: Source) -> Credentials | None:
    """Let botocore look: for a profile only at the profile itself, its role aside."""
    session = botocore.session.Session(profile=source.profile)
    region = dict(source.settings).get("region")
    if source.sign_in and region:  # not the caller's: a login is refreshed where it was made
        session.set_config_variable("region", region)
    refuse_empty_bundle(session, f"profile {source.profile}")
    session.set_default_client_config(
        Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 2},
        )
    )
    found: Credentials | None
    if source.kind == "botocore":
        builder = ProfileProviderBuilder(session, region_name=session.get_config_variable("region"))
        providers = builder.providers(source.profile, disable_env_vars=True)
        found = CredentialResolver(providers).load_credentials()
    else:
        name = _PROVIDERS[dict(source.settings)["credential_source"]]
        found = session.get_component("credential_provider").get_provider(name).load()
    return found

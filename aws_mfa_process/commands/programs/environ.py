"""Which variables a command gets from ``exec``, and which it does not.

Its one rule: pure. Of the caller's variables all that could give other credentials are gone, and
everything else stays as it is.
"""

from collections.abc import Mapping

from aws_mfa_process import EXEC_VARIABLE
from aws_mfa_process.config.profiles import Settings
from aws_mfa_process.credentials import SessionCredentials, utc_time

KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_GONE = frozenset(
    (
        *KEY_VARIABLES,
        "AWS_SECURITY_TOKEN",  # botocore, boto2
        "AWS_ACCESS_KEY",  # Java 1, Go 1
        "AWS_SECRET_KEY",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_SESSION_EXPIRATION",  # aws-vault before version 7
        "AWS_CREDENTIAL_FILE",  # botocore: keys in a file
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_VAULT",  # prompts would name the profile of another program
    )
)
_GONE_STARTS = (
    "AWS_CONTAINER_",
    "AWS_ROLE_",  # AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME
    "AWS_IAM_ROLE_",  # the same of Java 1
    "AWS_WEB_IDENTITY_",
    "AWS_SSO_",
    "AWS_BEARER_TOKEN_",  # goes before credentials for one service
)
_VARIABLE_OF = {
    "ca_bundle": "AWS_CA_BUNDLE",
    "output": "AWS_DEFAULT_OUTPUT",
    "use_dualstack_endpoint": "AWS_USE_DUALSTACK_ENDPOINT",
    "use_fips_endpoint": "AWS_USE_FIPS_ENDPOINT",
}
"""Settings of a profile that have a variable, which is needed where no SDK reads the profile."""
_OF_CREDENTIALS = (
    "aws_access_key_id",
    "credential_process",
    "login_session",
    "role_arn",
    "sso_account_id",
    "sso_session",
    "web_identity_token_file",
)
"""Settings by which a profile gives credentials."""


def without_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that say nothing of whose credentials are used."""
    return {
        name: text
        for name, text in environ.items()
        if name not in _GONE and not name.startswith(_GONE_STARTS)
    }


def with_region(environ: Mapping[str, str], region: str) -> dict[str, str]:
    """Set both variables of the region: to one that was chosen, else to the caller's.

    >>> with_region({"AWS_DEFAULT_REGION": "eu-west-1"}, "")["AWS_REGION"]
    'eu-west-1'
    """
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    chosen = region or next(filter(None, (environ.get(name) for name in names)), "")
    return {**environ, **(dict.fromkeys(names, chosen) if chosen else {})}


def with_profile(environ: Mapping[str, str], profile: str) -> dict[str, str]:
    """Let SDKs use a profile, also those of before 2020, which must be told to read the config."""
    return {"AWS_SDK_LOAD_CONFIG": "1", **environ, "AWS_PROFILE": profile}


def with_keys(environ: Mapping[str, str], session: SessionCredentials) -> dict[str, str]:
    """Set the variables of a session; the account belongs to the keys."""
    kept = {name: text for name, text in environ.items() if name != "AWS_ACCOUNT_ID"}
    values = (session.access_key_id, session.secret_access_key, session.session_token)
    keys = dict(zip(KEY_VARIABLES, values, strict=True))
    account = {"AWS_ACCOUNT_ID": session.account_id} if session.account_id else {}
    return {**kept, **keys, **account, "AWS_CREDENTIAL_EXPIRATION": utc_time(session.expiration)}


def of_settings(settings: Settings, services: Mapping[str, Settings]) -> dict[str, str]:
    """Return the variables that say what a profile says beside its credentials.

    Args:
        settings: Of the profile.
        services: Those of its ``services`` section, by service.

    Source:
        AWS SDKs reference guide, «Service-specific endpoints».

    >>> of_settings({"endpoint_url": "http://a"}, {"s3": {"endpoint_url": "http://b"}})
    {'AWS_ENDPOINT_URL': 'http://a', 'AWS_ENDPOINT_URL_S3': 'http://b'}
    """
    found = {
        variable: settings[name] for name, variable in _VARIABLE_OF.items() if settings.get(name)
    }
    if settings.get("ignore_configured_endpoint_urls", "").lower() == "true":
        return found
    if settings.get("endpoint_url"):
        found["AWS_ENDPOINT_URL"] = settings["endpoint_url"]
    for service, values in services.items():
        if values.get("endpoint_url"):
            found[f"AWS_ENDPOINT_URL_{service.upper()}"] = values["endpoint_url"]
    return found


def with_settings(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Set variables that the caller has not set; one address of the caller's goes before all."""
    addresses = {name for name in settings if name.startswith("AWS_ENDPOINT_URL")}
    left = addresses if environ.get("AWS_ENDPOINT_URL") else set()
    return {**{name: text for name, text in settings.items() if name not in left}, **environ}


def hidden_profile(environ: Mapping[str, str], profile: str) -> str:
    """Return the profile of another ``exec`` whose credentials would be hidden; empty: none.

    There is nothing to hide where the person has gone on to another profile meanwhile, or taken
    the credentials back.

    >>> inside = {EXEC_VARIABLE: "dev", "AWS_PROFILE": "dev"}
    >>> hidden_profile(inside, "prod"), hidden_profile(inside, "dev")
    ('dev', '')
    >>> hidden_profile({**inside, "AWS_PROFILE": "test"}, "prod")
    ''
    """
    outer = environ.get(EXEC_VARIABLE, "")
    selected = environ.get("AWS_PROFILE")
    names = (KEY_VARIABLES[0], "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    is_there = selected == outer if selected else any(environ.get(name) for name in names)
    return outer if outer != profile and is_there else ""


def shadow_of_server(default: Settings) -> str:
    """Return the setting of the profile ``default`` that SDKs take before an endpoint; or nothing.

    SDKs look at the variables of an endpoint only where no profile gives credentials.
    """
    return next((name for name in _OF_CREDENTIALS if default.get(name)), "")

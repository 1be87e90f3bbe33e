"""Which settings and variables are known to change nothing in a call of STS, or to be heeded.

Its one rule: what is in no table here is left to botocore. A test fails when a botocore knows a
setting that stands in none.
"""

from collections.abc import Mapping

_BOOLEANS = ("true", "false")

CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sts_regional_endpoints": ("AWS_STS_REGIONAL_ENDPOINTS", ("regional", "legacy")),
    "account_id_endpoint_mode": (
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        ("preferred", "disabled", "required"),
    ),
    "request_checksum_calculation": (
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        ("when_supported", "when_required"),
    ),
    "response_checksum_validation": (
        "AWS_RESPONSE_CHECKSUM_VALIDATION",
        ("when_supported", "when_required"),
    ),
    "s3_disable_express_session_auth": ("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", _BOOLEANS),
    "auth_scheme_preference": ("AWS_AUTH_SCHEME_PREFERENCE", ("", "sigv4")),
    "defaults_mode": (
        "AWS_DEFAULTS_MODE",
        ("legacy", "auto", "standard", "in-region", "cross-region", "mobile"),
    ),
}
"""Settings that allow these words; with any other one botocore fails, or signs otherwise."""
HEEDED = {
    "use_fips_endpoint": "AWS_USE_FIPS_ENDPOINT",
    "use_dualstack_endpoint": "AWS_USE_DUALSTACK_ENDPOINT",
    "ca_bundle": "AWS_CA_BUNDLE",
    "sdk_ua_app_id": "AWS_SDK_UA_APP_ID",
    "csm_enabled": "AWS_CSM_ENABLED",
}
"""Settings that are looked at, and the variables that go before them."""
# fmt: off
_UNUSED = frozenset((
    # the address is decided in `chain/endpoint`
    "region", "endpoint_url", "ignore_configured_endpoint_urls",
    # credentials
    "aws_access_key_id", "aws_account_id", "role_arn", "source_profile", "credential_source",
    "credential_process", "external_id", "mfa_serial", "role_session_name", "duration_seconds",
    "web_identity_token_file", "login_session",
    # of no effect on such a call, or beaten by what is given in code
    "metadata_service_timeout", "metadata_service_num_attempts", "imds_use_ipv6",
    "parameter_validation", "csm_host", "csm_port", "csm_client_id", "endpoint_discovery_enabled",
    "retry_mode", "max_attempts", "disable_request_compression", "sigv4a_signing_region_set",
    "disable_host_prefix_injection", "tcp_keepalive", "s3", "connect_timeout", "read_timeout",
    # the AWS CLI and other tools
    "output", "x_principal_arn", "x_security_token_expires", "include_profile", "parent_profile",
    "color",
    # this program
    "session_duration_seconds", "source_identity", "session_tags", "transitive_session_tags",
    "policy_arns", "policy", "mfa_mode", "mfa_max_age_seconds", "mfa_process", "mfa_prompt",
    "mfa_prompt_seconds", "mfa_refusal_seconds", "console_mode",
))
_UNUSED_STARTS = ("sso_", "cli_", "ec2_metadata_")
"""Settings of a profile that change nothing in such a call."""
_UNUSED_VARIABLES = frozenset((
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIAL_FILE",
    "AWS_ACCOUNT_ID", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_IMDS_USE_IPV6", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_RETRY_MODE",
    "AWS_MAX_ATTEMPTS", "AWS_CSM_HOST", "AWS_CSM_PORT", "AWS_CSM_CLIENT_ID",
    "AWS_ENDPOINT_DISCOVERY_ENABLED", "AWS_DISABLE_HOST_PREFIX_INJECTION",
    "AWS_DISABLE_REQUEST_COMPRESSION", "AWS_SIGV4A_SIGNING_REGION_SET", "AWS_EXECUTION_ENV",
    "AWS_LOGIN_CACHE_DIRECTORY", "AWS_PAGER", "AWS_DEFAULT_OUTPUT", "AWS_SDK_LOAD_CONFIG",
    "BOTO_CONFIG", "BOTO_DISABLE_CRT", "BOTO_EXPERIMENTAL__ADD_PROXY_HOST_HEADER",
    "BOTO_EXPERIMENTAL__NO_EMPTY_CONTINUE", "BOTOCORE_TCP_KEEPALIVE",
))
_UNUSED_VARIABLE_STARTS = (
    "AWS_MFA_PROCESS_", "AWS_ENDPOINT_URL", "AWS_BEARER_TOKEN_", "AWS_CONTAINER_", "AWS_EC2_",
    "AWS_METADATA_", "AWS_S3_", "AWS_LAMBDA_", "AWS_SSO_", "AWS_CLI_", "AWS_VAULT", "AWS_TOOLKIT_",
    "AWS_NODEJS_",
)
"""Variables of AWS that change nothing in such a call."""
# fmt: on


def is_known(name: str) -> bool:
    """Tell whether a setting of a profile stands in a table."""
    is_heeded = name in HEEDED or name in CHOICES
    return is_heeded or name in _UNUSED or name.startswith(_UNUSED_STARTS)


def is_known_variable(name: str) -> bool:
    """Tell whether a variable of AWS stands in a table."""
    is_unused = name in _UNUSED_VARIABLES or name.startswith(_UNUSED_VARIABLE_STARTS)
    heeded = (*HEEDED.values(), *(variable for variable, _ in CHOICES.values()))
    return is_unused or name in heeded


def unknown(settings: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return what could change a call in a way that is not known here; empty: nothing."""
    return _unknown_variable(environ) or _unknown_setting(settings) or _odd(settings, environ)


def _unknown_variable(environ: Mapping[str, str]) -> str:
    for name in environ:
        is_theirs = name.startswith(("AWS_", "BOTO")) or name == "SSLKEYLOGFILE"
        if is_theirs and not is_known_variable(name):
            return name
    return ""


def _unknown_setting(settings: Mapping[str, str]) -> str:
    for name, text in settings.items():
        is_heeded = name in HEEDED or name in CHOICES
        if not is_known(name) or (is_heeded and "\n" in text):
            return f"setting {name}"
    return ""


def _odd(settings: Mapping[str, str], environ: Mapping[str, str]) -> str:
    for name, (variable, allowed) in CHOICES.items():
        found = environ.get(variable, settings.get(name))
        if found is not None and found not in allowed:
            return f"{name} = {found}"
    return ""

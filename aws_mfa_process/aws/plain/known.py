"""Which settings and variables are known to change nothing in a call of STS, or to be heeded.

Its one rule: what is in no table here is left to botocore. A test fails when a botocore knows a
setting that stands in none.
"""

import re
from collections.abc import Mapping

_BOOLEANS = ("true", "false")

CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sts_regional_endpoints": ("AWS_STS_REGIONAL_ENDPOINTS", ("", "regional", "legacy")),
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
UNUSED = re.compile(
    # the address is decided in `chain/endpoint`
    "region|endpoint_url|ignore_configured_endpoint_urls"
    # credentials
    "|aws_access_key_id|aws_account_id|role_arn|source_profile|credential_(source|process)"
    "|external_id|mfa_serial|role_session_name|duration_seconds|web_identity_token_file|sso_.+"
    "|login_session"
    # of no effect on such a call, or beaten by what is given in code
    "|metadata_service_(timeout|num_attempts)|ec2_metadata_.+|imds_use_ipv6|parameter_validation"
    "|csm_(host|port|client_id)|endpoint_discovery_enabled|retry_mode|max_attempts"
    "|disable_request_compression|sigv4a_signing_region_set|disable_host_prefix_injection"
    "|tcp_keepalive|s3|connect_timeout|read_timeout"
    # the AWS CLI and other tools
    "|output|cli_.+|x_principal_arn|x_security_token_expires|include_profile|parent_profile|color"
    # this program
    "|session_duration_seconds|source_identity|(transitive_)?session_tags|policy_arns|policy"
    "|mfa_(mode|max_age_seconds|process|prompt|prompt_seconds|refusal_seconds)|console_mode",
)
"""Settings of a profile that change nothing in such a call."""
UNUSED_VARIABLES = re.compile(
    "AWS_(PROFILE|DEFAULT_PROFILE|REGION|DEFAULT_REGION|CONFIG_FILE|SHARED_CREDENTIALS_FILE"
    "|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|CREDENTIAL_(EXPIRATION|FILE)"
    "|ACCOUNT_ID|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.+|EC2_.+|METADATA_.+"
    "|IMDS_USE_IPV6|ENDPOINT_URL.*|IGNORE_CONFIGURED_ENDPOINT_URLS|RETRY_MODE|MAX_ATTEMPTS"
    "|BEARER_TOKEN_.+|CSM_HOST|CSM_PORT|CSM_CLIENT_ID|ENDPOINT_DISCOVERY_ENABLED"
    "|DISABLE_HOST_PREFIX_INJECTION|DISABLE_REQUEST_COMPRESSION|SIGV4A_SIGNING_REGION_SET"
    "|S3_.+|EXECUTION_ENV|LAMBDA_.+|LOGIN_CACHE_DIRECTORY|SSO_.+|PAGER|DEFAULT_OUTPUT|CLI_.+"
    "|SDK_LOAD_CONFIG|MFA_PROCESS_.+|VAULT.*|TOOLKIT_.+|NODEJS_.+)"
    "|BOTO_DISABLE_CRT|BOTO_EXPERIMENTAL__(ADD_PROXY_HOST_HEADER|NO_EMPTY_CONTINUE)|BOTOCORE_TCP_KEEPALIVE"
)
"""Variables of AWS that change nothing in such a call."""


def unknown(settings: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return what could change a call in a way that is not known here; empty: nothing."""
    return _unknown_variable(environ) or _unknown_setting(settings) or _odd(settings, environ)


def _unknown_variable(environ: Mapping[str, str]) -> str:
    known = {*HEEDED.values(), *(variable for variable, _ in CHOICES.values())}
    for name in environ:
        is_theirs = name.startswith(("AWS_", "BOTO")) or name == "SSLKEYLOGFILE"
        if is_theirs and name not in known and not UNUSED_VARIABLES.fullmatch(name):
            return name
    return ""


def _unknown_setting(settings: Mapping[str, str]) -> str:
    for name, text in settings.items():
        is_heeded = name in HEEDED or name in CHOICES
        if (not is_heeded and not UNUSED.fullmatch(name)) or (is_heeded and "\n" in text):
            return f"setting {name}"
    return ""


def _odd(settings: Mapping[str, str], environ: Mapping[str, str]) -> str:
    for name, (variable, allowed) in CHOICES.items():
        found = environ.get(variable, settings.get(name))
        if found is not None and found not in allowed:
            return f"{name} = {found}"
    return ""

"""The variables that give a program credentials, and those that would go before them."""

from aws_mfa_process.credentials import SessionCredentials, utc_time

GIVEN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
"""All that `variables_of` may set."""
IN_THE_WAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN")
"""What beats keys in the environment somewhere: a profile in JavaScript and .NET, the old name of
the session token in botocore."""


def variables_of(session: SessionCredentials, region: str) -> dict[str, str]:
    """Return the variables of a session; without a region those of the caller stay."""
    keys = (session.access_key_id, session.secret_access_key, session.session_token)
    values = (*keys, utc_time(session.expiration), region, region)
    return {name: value for name, value in zip(GIVEN, values, strict=True) if value}

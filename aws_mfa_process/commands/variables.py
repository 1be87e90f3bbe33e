"""The variables that give a program credentials, and those that would go before them."""

from aws_mfa_process.credentials import SessionCredentials, utc_time

GIVEN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
"""All that `variables_of` may set."""
IN_THE_WAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID")
"""What beats keys in the environment somewhere, or belongs to others: a profile in JavaScript and
.NET; the old name of the session token in botocore; the account."""


def variables_of(session: SessionCredentials, region: str) -> dict[str, str]:
    """Return the variables of a session; what is not known is left out."""
    keys = (session.access_key_id, session.secret_access_key, session.session_token)
    end = utc_time(session.expiration)
    values = (*keys, end, session.account_id, region, region)
    return {name: value for name, value in zip(GIVEN, values, strict=True) if value}

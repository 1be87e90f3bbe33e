"""What AWS refuses, as one of our errors.

Its one rule: the sentence says what a person can do about it, and shows no secret of the call.
"""

import re
import shlex
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aws_mfa_process import APP, debug
from aws_mfa_process.aws.failed import SET_CLOCK, clean
from aws_mfa_process.chain.model import MFAUse
from aws_mfa_process.credentials import AnyCredentials, utc_time
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import (
    SessionRejectedError,
    STSError,
    UncheckedCodeError,
    WrongCodeError,
)
from aws_mfa_process.values import Any, NamedTuple

_SKEW_SECONDS = 240
_OLD_SECONDS = 60
"""From this age on an MFA session may be too old for a role."""
_SKEW_CODES = (
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "RequestExpired",
    "InvalidSignature",
)
_HINTS = {
    "Throttling": "try again in a minute",
    "AssumeRole": "the role's trust policy must name your user and take MFA, external_id must be"
    " the one it asks for, and your own policy must allow sts:AssumeRole on it",
    "AssumeRole from a session": "the role's trust policy must name whom AWS names there, and no"
    " MFA if that is a role, external_id must be the one it asks for, and the policy of whom AWS"
    " names must allow sts:AssumeRole on it",
    "GetSessionToken": "where your IAM policy denies sts:GetSessionToken, set mfa_mode = direct in"
    " the profiles of your roles: the code then goes to the role itself",
    "IAM": "your IAM policy must allow you to manage your own access keys when you have used MFA",
    "ValidationError": "duration_seconds must not be over the role's maximum session duration",
}


class Asked(NamedTuple):
    """A call that was refused: the service as a person knows it, and how MFA came into it."""

    service: str
    region: str
    parameters: dict[str, Any]
    use: MFAUse


def refusal_of(
    response: dict[str, Any], asked: Asked, credentials: AnyCredentials, secrets: Sequence[str]
) -> STSError:
    """Return our error for an answer that refuses, as botocore has parsed it.

    Credentials and what must not be shown are those of the call.
    """
    code = clean(str((response.get("Error") or {}).get("Code") or ""), secrets)
    error = _refusal(response, asked, credentials, secrets, code)
    error.code = code
    return error


def _refusal(
    response: dict[str, Any],
    asked: Asked,
    credentials: AnyCredentials,
    secrets: Sequence[str],
    code: str,
) -> STSError:
    service, region, parameters, use = asked
    failure = response.get("Error") or {}
    meta = response.get("ResponseMetadata") or {}
    text = clean(str(failure.get("Message") or ""), secrets)
    status = meta.get("HTTPStatusCode") or 0
    debug.note(f"{service} answered {status} {code}")
    if code in _SKEW_CODES:
        return _signature_refusal(str(failure.get("Message") or ""), meta, credentials)
    if "MultiFactorAuthentication failed" in text:
        return _code_refusal(text, str(parameters.get("SerialNumber")))
    if code in ("ExpiredToken", "ExpiredTokenException") or (
        code == "InvalidClientTokenId" and credentials.session_token
    ):
        return SessionRejectedError(
            "AWS no longer accepts the session",
            hint="forget it with aws-mfa-process logout --all and try again",
        )
    if code == "InvalidClientTokenId":
        return STSError(
            f"AWS does not know the access key {key_tail(credentials.access_key_id)}, or it is"
            f" inactive (asked in {region})",
            hint="look at the user's security credentials in the IAM console; store the key that"
            f" is active. If it is, {region} is of another partition or not enabled for the"
            " account: set another region in the profile with the device",
        )
    if status >= 500:  # noqa: PLR2004 - HTTP
        numbers = dict.fromkeys(filter(None, (str(status), code)))  # botocore may give it as both
        return STSError(
            f"AWS {service} has a problem of its own ({' '.join(('HTTP', *numbers))})",
            hint="try again in a minute",
        )
    is_session = bool(credentials.session_token) and not use.profile
    return _other_refusal(asked, code or f"HTTP {status}", text, is_session=is_session)


def _other_refusal(asked: Asked, code: str, text: str, *, is_session: bool) -> STSError:
    """Return our error for what has no sentence of its own; a session is not of our MFA."""
    service, _, parameters, use = asked
    role = parameters.get("RoleArn")
    if role:
        what = f"AWS refused to let you assume {role}"
    elif "TokenCode" in parameters:
        what = "AWS refused the MFA session"
    else:
        what = "AWS refused"
    other = "correct what AWS names there" if text else "is endpoint_url the address of an STS?"
    hint = _HINTS.get(code, other)
    if code == "AccessDenied":
        action = "AssumeRole from a session" if is_session else "AssumeRole"
        hint = _HINTS["IAM" if service == "IAM" else action if role else "GetSessionToken"]
        if role and use.missing:
            return STSError(f"no MFA was used, as {use.missing}; {what}: {text}", hint=use.hint)
        if role and use.age_seconds >= _OLD_SECONDS:
            hint = (
                f"if the role wants a younger MFA than one of {use.age_seconds} seconds"
                f" (aws:MultiFactorAuthAge): {APP} login {shlex.quote(use.profile)}, and set"
                f" mfa_max_age_seconds; else {hint}"
            )
    if code == "ValidationError" and not (role and "DurationSeconds" in text):
        hint = other
    return STSError(f"{what}: {code}: {text}".rstrip(": "), hint=hint)


def _code_refusal(text: str, serial: str) -> STSError:
    """Return our error for a code that was not accepted.

    Source:
        The two messages of AWS; the second one is given for a wrong serial and, for up to three
        minutes, after nine verifications, good or bad, in a three-minute window.
    """
    if "unable to validate" in text:
        return UncheckedCodeError(
            f"AWS cannot check codes of {serial} now: too many tries within three minutes, or the"
            " device is not yours",
            hint="wait three minutes and try again; if that does not help, check mfa_serial",
        )
    return WrongCodeError(
        f"AWS did not accept the MFA code of {serial}",
        hint="wait for the next code; if none works, check mfa_serial and the clock of the device"
        " that shows the codes",
    )


def _signature_refusal(text: str, meta: dict[str, Any], credentials: AnyCredentials) -> STSError:
    """Return our error for a bad signature: the clock is off, or the secret is wrong."""
    skew = _skew_seconds(text, meta)
    if abs(skew) > _SKEW_SECONDS:
        minutes = round(abs(skew) / 60)
        return STSError(
            f"the clock of this machine is {minutes} minutes {'ahead' if skew > 0 else 'behind'}:"
            f" AWS says it is {utc_time(int(time.time() - skew))}",
            hint=SET_CLOCK,
        )
    return STSError(
        f"the secret access key of {key_tail(credentials.access_key_id)} is wrong: AWS"
        " refused the signature",
        hint="give the pair again, with the secret as it was shown when the key was made",
    )


def _skew_seconds(text: str, meta: dict[str, Any]) -> float:
    """Return how far our clock is ahead of the one of AWS.

    The message of STS ends with AWS's time; where it does not, the Date header tells it.
    """
    stamps = re.findall(r"\d{8}T\d{6}Z", text)
    try:
        if len(stamps) > 1:
            theirs = datetime.strptime(stamps[-1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        else:
            theirs = parsedate_to_datetime(meta["HTTPHeaders"]["date"])
        return time.time() - theirs.timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0.0

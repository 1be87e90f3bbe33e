"""AWS STS: the two calls that make sessions, and the one that tells whose keys these are.

Its one rule: AWS's names of parameters and fields stand here and go no further.
"""

import time

import aws_mfa_process.store.digests  # noqa: F401 - before others load hashlib
from aws_mfa_process import debug
from aws_mfa_process.aws import failed
from aws_mfa_process.aws.plain import call as plain
from aws_mfa_process.aws.plain.place import BotocoreOnlyError
from aws_mfa_process.aws.plain.wire import UnsentError
from aws_mfa_process.chain.model import Endpoint, MFAUse, Role, account_id
from aws_mfa_process.credentials import (
    LAST_USE_SECONDS,
    AnyCredentials,
    SessionCredentials,
    seconds_of,
)
from aws_mfa_process.errors import STSError
from aws_mfa_process.values import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_mfa_process.aws.clients import Clients

_METHODS = {
    "GetSessionToken": "get_session_token",
    "AssumeRole": "assume_role",
    "GetCallerIdentity": "get_caller_identity",
}
_DEFAULT_SECONDS = 3600
_SKEW_SECONDS = 1200
"""Clocks differ: AWS takes calls that are off by a quarter of an hour."""


class STS:
    """The STS of one endpoint; each call raises what `Service.call` does."""

    def __init__(
        self, endpoint: Endpoint, use: MFAUse | None = None, clients: "Clients | None" = None
    ) -> None:
        """Name the endpoint, and how MFA comes into the calls: that says what a no means."""
        self._endpoint = endpoint
        self._use = use or MFAUse()
        self._clients = clients

    def prepare(self) -> None:
        """Load and make what a call will need, without one."""
        if not self.is_light():
            import aws_mfa_process.aws.service  # noqa: PLC0415, F401 - heavy

    def is_light(self) -> bool:
        """Make what a call will need, without one, if that is nothing heavy; tell whether it is."""
        try:
            plain.prepare(self._endpoint)
        except (BotocoreOnlyError, OSError):
            return False
        return True

    def get_session_token(
        self, credentials: AnyCredentials, serial: str, code: str, seconds: int
    ) -> SessionCredentials:
        """Return an MFA session.

        Args:
            credentials: Long-term credentials of the user who owns the device.
            serial: ARN or serial number of the device.
            code: Six digits; the call is sent once, whatever happens to it.
            seconds: Life of the session, 900 to 129600.

        Source:
            STS API reference, GetSessionToken.
        """
        parameters = {"SerialNumber": serial, "TokenCode": code, "DurationSeconds": seconds}
        return self._session("GetSessionToken", parameters, credentials, account_id(serial))

    def assume_role(
        self, credentials: AnyCredentials, role: Role, serial: str = "", code: str = ""
    ) -> SessionCredentials:
        """Return a role session; a call with a code is sent once, one without up to twice.

        Source:
            STS API reference, AssumeRole.
        """
        parameters: dict[str, Any] = {
            "RoleArn": role.role_arn,
            "RoleSessionName": role.role_session_name,
            "DurationSeconds": role.duration_seconds,
            "ExternalId": role.external_id,
            "SourceIdentity": role.source_identity,
            "Tags": [{"Key": key, "Value": value} for key, value in role.session_tags],
            "TransitiveTagKeys": list(role.transitive_session_tags),
            "PolicyArns": [{"arn": arn} for arn in role.policy_arns],
            "Policy": role.policy,
            "SerialNumber": serial,
            "TokenCode": code,
        }
        given = {name: value for name, value in parameters.items() if value}
        return self._session("AssumeRole", given, credentials, account_id(role.role_arn))

    def caller_arn(self, credentials: AnyCredentials) -> str:
        """Return the ARN of the user or role that the credentials belong to.

        Source:
            STS API reference, GetCallerIdentity; no policy can deny it.
        """
        arn = self._call("GetCallerIdentity", {}, credentials).get("Arn", "")
        return arn if isinstance(arn, str) else ""

    def _session(
        self, action: str, parameters: dict[str, Any], credentials: AnyCredentials, account: str
    ) -> SessionCredentials:
        """Make a call and return the credentials of its answer."""
        started = time.time()
        answer = self._call(action, parameters, credentials)
        given, user = (answer.get(name) for name in ("Credentials", "AssumedRoleUser"))
        given = given if isinstance(given, dict) else {}
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        key_id, secret, token = (_key(given.get(name)) for name in names)
        end = seconds_of(str(given.get("Expiration", "")))
        asked = parameters.get("DurationSeconds", _DEFAULT_SECONDS)
        last = asked + _SKEW_SECONDS
        is_near = end <= time.time() + last or end <= _their_time(answer) + last
        if not (key_id and secret and token and end and is_near):
            raise STSError(
                "STS answered without credentials", hint="is endpoint_url the address of an STS?"
            )
        if end - time.time() < LAST_USE_SECONDS:
            raise STSError(
                "STS gave credentials that have ended already, by the clock of this machine",
                hint=failed.SET_CLOCK,
            )
        arn = str(user.get("Arn", "")) if isinstance(user, dict) else ""
        account = account_id(arn) or account
        return SessionCredentials(key_id, secret, token, end, int(started), account)

    def _call(
        self, action: str, parameters: dict[str, Any], credentials: AnyCredentials
    ) -> dict[str, Any]:
        """Make a call, plainly where that is certain to do what botocore does, and else through it.

        A call with an MFA code is sent once, whatever happens to it; others up to twice.

        Raises:
            MFAProcessError: As `aws.service.Service.call` does.
        """
        failed.refuse_odd_keys(credentials)
        asked = failed.call_of("sts", self._endpoint, self._endpoint.url, parameters, credentials)
        is_again = False
        deadline = time.monotonic() + failed.CALL_SECONDS
        try:
            return plain.call(asked, action, parameters, credentials, deadline)
        except BotocoreOnlyError as reason:
            debug.note(f"through botocore: {reason}")
        except UnsentError as error:
            debug.note("it could not be sent")
            if error.is_late:  # or somebody would wait as long again
                from aws_mfa_process.aws.service import not_reached  # noqa: PLC0415 - heavy

                raise not_reached(asked) from None
            is_again = True
        except plain.RefusedError as error:
            from aws_mfa_process.aws.refusal import Asked, refusal_of  # noqa: PLC0415 - rare

            refused = Asked("STS", self._endpoint.region, parameters, self._use)
            raise refusal_of(error.response, refused, credentials, asked.secrets) from None
        from aws_mfa_process.aws.service import Service  # noqa: PLC0415 - heavy

        service = Service("sts", self._endpoint, self._endpoint.url, self._use, self._clients)
        service.seconds = deadline - time.monotonic()
        return service.call(_METHODS[action], parameters, credentials, is_sent_once=is_again)


def _their_time(answer: dict[str, Any]) -> float:
    """Return the clock of AWS as its answer tells it, seconds since the epoch; 0: it does not."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - for a clock that is off

    try:
        date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        return parsedate_to_datetime(date).timestamp()
    except (LookupError, TypeError, ValueError, OverflowError):
        return 0


def _key(value: object) -> str:
    """Return a part of a key as it may be handed out; else an empty text."""
    is_text = isinstance(value, str) and value.isascii() and value.isprintable()
    return str(value) if is_text and " " not in str(value) else ""

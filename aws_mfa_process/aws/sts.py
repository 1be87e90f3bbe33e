"""AWS STS: the two calls that make sessions, and the one that tells whose keys these are.

Its one rule: AWS's names of parameters and fields stand here and go no further.
"""

import time
from typing import Any

from aws_mfa_process.aws.clients import Clients
from aws_mfa_process.aws.service import Service
from aws_mfa_process.chain.model import Endpoint, MFAUse, Role, account_id
from aws_mfa_process.credentials import LAST_USE_SECONDS, AnyCredentials, SessionCredentials
from aws_mfa_process.errors import STSError


class STS:
    """The STS of one endpoint; each call raises what `Service.call` does."""

    def __init__(
        self, endpoint: Endpoint, use: MFAUse | None = None, clients: Clients | None = None
    ) -> None:
        """Name the endpoint, and how MFA comes into the calls: that says what a no means."""
        self._service = Service("sts", endpoint, endpoint.url, use, clients)

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
        return self._session("get_session_token", parameters, credentials, account_id(serial))

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
        return self._session("assume_role", given, credentials, account_id(role.role_arn))

    def caller_arn(self, credentials: AnyCredentials) -> str:
        """Return the ARN of the user or role that the credentials belong to.

        Source:
            STS API reference, GetCallerIdentity; no policy can deny it.
        """
        return str(self._service.call("get_caller_identity", {}, credentials).get("Arn", ""))

    def _session(
        self, action: str, parameters: dict[str, Any], credentials: AnyCredentials, account: str
    ) -> SessionCredentials:
        """Make a call and return the credentials of its answer."""
        started = time.time()
        answer = self._service.call(action, parameters, credentials)
        given = answer.get("Credentials") or {}
        expiration = given.get("Expiration")
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        key_id, secret, token = (str(given.get(name) or "") for name in names)
        if not (key_id and secret and token and expiration):
            raise STSError(
                "STS answered without credentials", hint="is endpoint_url the address of an STS?"
            )
        end = int(expiration.timestamp())
        if end - time.time() < LAST_USE_SECONDS:
            raise STSError(
                "STS gave credentials that have ended already, by the clock of this machine",
                hint="set the clock (on Linux: sudo timedatectl set-ntp true) and try again",
            )
        arn = (answer.get("AssumedRoleUser") or {}).get("Arn") or ""
        account = account_id(arn) or account
        return SessionCredentials(key_id, secret, token, end, int(started), account)

"""AWS IAM: the caller's own access keys and MFA devices, through boto3.

Its one rule: AWS's names of parameters and fields stand here and go no further, and boto3 is
loaded only where a call is to be made.
"""

from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials, SourceCredentials, seconds_of, utc_time
from aws_mfa_process.errors import STSError
from aws_mfa_process.values import Any, NamedTuple

WRONG_CODES = "InvalidAuthenticationCode"
"""AWS's word for two codes that are none of the device, or do not follow each other."""
_REFUSALS = (WRONG_CODES, "AccessDenied", "LimitExceeded")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_mfa_process.aws.clients import Clients


class AccessKey(NamedTuple):
    """An access key as IAM shows it.

    Attributes:
        access_key_id: As AWS gave it.
        status: ``Active`` or ``Inactive``.
        created_at: Seconds since the epoch, by the clock of AWS.
    """

    access_key_id: str
    status: str
    created_at: int


class NewDevice(NamedTuple):
    """A virtual MFA device that belongs to nobody yet.

    Attributes:
        serial: Its ARN.
        seed: The secret in base 32, which AWS shows this once.
    """

    serial: str
    seed: str

    def __repr__(self) -> str:
        """Show which it is: the seed is a secret."""
        return f"NewDevice({self.serial})"


def user_name(arn: str) -> str:
    """Return the name in the ARN of a user, without the path before it.

    >>> user_name("arn:aws:iam::111111111111:user/team/alice")
    'alice'
    """
    return arn.rsplit("/", 1)[-1]


class IAM:
    """IAM for one user: who makes the calls is also who they are about.

    Each call raises an `STSError` if IAM refuses or cannot be reached.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: AnyCredentials,
        arn: str,
        clients: "Clients | None" = None,
    ) -> None:
        """Keep what calls need; botocore finds the address of IAM for the profile.

        Args:
            endpoint: Of the profile.
            credentials: Of the user.
            arn: The user's, to be named in each call: policies on the own user's ARN alone refuse
                calls that name nobody.
            clients: Shared by the calls; None: each makes its own.
        """
        from aws_mfa_process.aws.pages import PagedService  # noqa: PLC0415 - boto3 is heavy

        self._service = PagedService("iam", endpoint, clients=clients)
        self._credentials = credentials
        self._user = {"UserName": user_name(arn)}

    def mfa_serials(self) -> list[str]:
        """Return the user's MFA devices."""
        devices = self._call("list_mfa_devices", **self._user).get("MFADevices", [])
        return [str(device["SerialNumber"]) for device in devices]

    def create_device(self, name: str) -> NewDevice:
        """Make a virtual MFA device; the call is sent once, so that there is one at most."""
        answer = self._service.call(
            "create_virtual_mfa_device",
            {"VirtualMFADeviceName": name},
            self._credentials,
            is_sent_once=True,
        )
        device = answer["VirtualMFADevice"]
        seed = device["Base32StringSeed"]  # botocore has decoded it to bytes
        return NewDevice(str(device["SerialNumber"]), str(seed, "ascii"))

    def enable_device(self, serial: str, codes: tuple[str, str]) -> None:
        """Give a device to the user, with two codes that follow each other.

        A device that is the user's in spite of a failure is fine: only the answer was lost.
        """
        numbered = {f"AuthenticationCode{number}": code for number, code in enumerate(codes, 1)}
        parameters = {**self._user, "SerialNumber": serial, **numbered}
        try:
            self._service.call(
                "enable_mfa_device", parameters, self._credentials, is_sent_once=True
            )
        except STSError as error:
            if error.code in _REFUSALS or serial not in self.mfa_serials():
                raise

    def delete_device(self, serial: str) -> None:
        """Delete a virtual MFA device that belongs to nobody."""
        self._call("delete_virtual_mfa_device", SerialNumber=serial)

    def access_keys(self) -> list[AccessKey]:
        """Return the user's access keys, at most two."""
        keys = self._call("list_access_keys", **self._user).get("AccessKeyMetadata", [])
        return [
            AccessKey(
                str(key["AccessKeyId"]), str(key["Status"]), seconds_of(str(key["CreateDate"]))
            )
            for key in keys
        ]

    def last_used(self, access_key_id: str) -> str:
        """Return when a key was last used, as AWS writes times; empty if never."""
        answer = self._call("get_access_key_last_used", AccessKeyId=access_key_id)
        date = seconds_of(str(answer.get("AccessKeyLastUsed", {}).get("LastUsedDate", "")))
        return utc_time(date) if date else ""

    def create_access_key(self) -> SourceCredentials:
        """Make a new key; the call is sent once, so that there is one new key at most."""
        answer = self._service.call(
            "create_access_key", self._user, self._credentials, is_sent_once=True
        )
        key = answer["AccessKey"]
        return SourceCredentials(str(key["AccessKeyId"]), str(key["SecretAccessKey"]))

    def deactivate_access_key(self, access_key_id: str) -> None:
        """Switch a key off; one that is gone already is fine."""
        try:
            self._call(
                "update_access_key", AccessKeyId=access_key_id, Status="Inactive", **self._user
            )
        except STSError:  # perhaps only the answer was lost
            if (access_key_id, "Active") in [key[:2] for key in self.access_keys()]:
                raise

    def delete_access_key(self, access_key_id: str) -> None:
        """Delete a key; one that is gone already is fine."""
        try:
            self._call("delete_access_key", AccessKeyId=access_key_id, **self._user)
        except STSError:  # perhaps only the answer was lost
            if access_key_id in [key.access_key_id for key in self.access_keys()]:
                raise

    def _call(self, action: str, **parameters: str) -> dict[str, Any]:
        return self._service.call(action, dict(parameters), self._credentials)

"""An account of the practice AWS that begins empty: its administrator, users and their devices."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.config
import botocore.exceptions
import pyotp

from aws_mfa_process.sandbox.server.sandbox import Sandbox

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_sts.type_defs import CredentialsTypeDef

ACCOUNT = "222222222222"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "UnauthorizedOperation",
    "403",
}
SESSION = boto3.Session()
ONCE = botocore.config.Config(retries={"total_max_attempts": 1}, parameter_validation=False)

Keys = Mapping[str, Any]
"""Access keys or session credentials, as IAM and STS spell them."""


class Member(NamedTuple):
    """A user, with an access key."""

    name: str
    arn: str
    keys: Keys


class Bastion:
    """The account."""

    def __init__(self, sandbox: Sandbox, account: str = ACCOUNT) -> None:
        self.sandbox = sandbox
        self.account = account
        self._clients: dict[tuple[str, str], Any] = {}
        role = "Admin" if account == ACCOUNT else "Developer"
        alice = {"AccessKeyId": sandbox.access_key_id, "SecretAccessKey": sandbox.secret_access_key}
        self.administrator: CredentialsTypeDef = self.client("sts", alice).assume_role(
            RoleArn=sandbox.role_arns[role],
            RoleSessionName="alice",
            SerialNumber=sandbox.mfa_serial,
            TokenCode=sandbox.code(),
        )["Credentials"]
        self.iam: IAMClient = self.client("iam", self.administrator)

    def client(self, service: str, keys: Keys) -> Any:  # noqa: ANN401 - any service
        """Return the client of a service for some keys."""
        place = service, keys["AccessKeyId"]
        if place not in self._clients:
            make: Any = SESSION.client
            self._clients[place] = make(
                service,
                "eu-central-1",
                endpoint_url=self.sandbox.endpoint_url,
                config=ONCE,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys.get("SessionToken"),
            )
        return self._clients[place]

    def policy(self, name: str, document: object) -> str:
        """Make a managed policy, once."""
        text = document if isinstance(document, str) else json.dumps(document)
        try:
            return self.iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
        except self.iam.exceptions.EntityAlreadyExistsException:
            return f"arn:aws:iam::{self.account}:policy/{name}"

    def user(self, name: str, path: str = "/", **policies: object) -> Member:
        """Make a user in a group of their own, to which policies are attached."""
        self.iam.create_group(GroupName=f"{name}s")
        for policy, document in policies.items():
            arn = self.policy(policy.replace("_", "-"), document)
            self.iam.attach_group_policy(GroupName=f"{name}s", PolicyArn=arn)
        arn = self.iam.create_user(UserName=name, Path=path)["User"]["Arn"]
        self.iam.add_user_to_group(GroupName=f"{name}s", UserName=name)
        return Member(name, arn, self.iam.create_access_key(UserName=name)["AccessKey"])

    def role(self, name: str, trust: object, **policies: object) -> str:
        """Make a role to which policies are attached."""
        text = trust if isinstance(trust, str) else json.dumps(trust)
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)["Role"]["Arn"]
        for policy, document in policies.items():
            policy_arn = self.policy(policy.replace("_", "-"), document)
            self.iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn)
        return arn

    def enrol(self, member: Member, keys: Keys | None = None, name: str = "") -> "Phone":
        """Make a virtual device and enable it, as the administrator or with other keys."""
        iam = self.client("iam", keys or self.administrator)
        name = name or f"phone-of-{member.name}"
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        phone = Phone(self.sandbox, made["SerialNumber"], made["Base32StringSeed"].decode())
        codes = dict(
            zip(("AuthenticationCode1", "AuthenticationCode2"), phone.codes(), strict=True)
        )
        iam.enable_mfa_device(UserName=member.name, SerialNumber=phone.serial, **codes)
        return phone

    def session(self, member: Member, phone: "Phone | None" = None) -> Keys:
        """Return a session of a user, with MFA if there is a phone."""
        code = {"SerialNumber": phone.serial, "TokenCode": phone.code()} if phone else {}
        found: Keys = self.client("sts", member.keys).get_session_token(**code)["Credentials"]
        return found


class Phone:
    """An authenticator app that has read the QR code of a virtual device."""

    def __init__(self, sandbox: Sandbox, serial: str, seed: str) -> None:
        self._sandbox = sandbox
        self.serial = serial
        self._app = pyotp.TOTP(seed)
        self._used: set[int] = set()

    def step(self) -> int:
        """Count the steps of 30 seconds until now."""
        return int(self._sandbox.now()) // 30

    def codes(self) -> tuple[str, str]:
        """Return two codes that follow each other, of some minutes ago."""
        first, second = (self._app.generate_otp(self.step() - number) for number in (9, 8))
        return first, second

    def code(self) -> str:
        """Return a code that is still good, each once."""
        near = (self.step() + number for number in (0, 1, 2, -1, -2))
        step = next(it for it in near if it not in self._used)
        self._used.add(step)
        return self._app.generate_otp(step)


def passes(call: Any, **given: object) -> bool:  # noqa: ANN401 - a method of a client
    """Tell whether policies let a call pass; what IAM then makes of it does not matter."""
    try:
        call(**given)
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        return code not in REFUSALS
    return True

"""The practice AWS judges virtual MFA devices as AWS was recorded to."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pyotp
import pytest
from botocore.exceptions import ClientError

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.sandbox.server.virtual_devices import without_mfa

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_sts import STSClient
    from types_boto3_sts.type_defs import CredentialsTypeDef

SERIAL = "arn:aws:iam::111111111111:mfa/phone"


class Caller:
    """Who calls IAM and STS: the user with her keys, or with a session."""

    def __init__(self, sandbox: Sandbox, keys: "CredentialsTypeDef | None" = None) -> None:
        session = boto3.Session(
            keys["AccessKeyId"] if keys else sandbox.access_key_id,
            keys["SecretAccessKey"] if keys else sandbox.secret_access_key,
            keys["SessionToken"] if keys else None,
            "eu-central-1",
        )
        self.iam: IAMClient = session.client("iam", endpoint_url=sandbox.endpoint_url)
        self.sts: STSClient = session.client("sts", endpoint_url=sandbox.endpoint_url)


def with_mfa(sandbox: Sandbox, serial: str, code: str) -> "IAMClient":
    """Return IAM with a session that a code made."""
    session = Caller(sandbox).sts.get_session_token(SerialNumber=serial, TokenCode=code)
    return Caller(sandbox, session["Credentials"]).iam


def codes(seed: str, now: float, *steps: int) -> dict[str, str]:
    """Return parameters of EnableMFADevice."""
    app = pyotp.TOTP(seed)
    shown = [app.generate_otp(int(now) // 30 + step) for step in steps]
    return {f"AuthenticationCode{number}": code for number, code in enumerate(shown, 1)}


def refusal(call: Callable[..., object], **parameters: str) -> tuple[str, int, str]:
    """Return code, status and text of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response: dict[str, Any] = dict(caught.value.response)
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], status, response["Error"]["Message"]


def test_a_device_has_a_secret_and_a_picture_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """64 letters of base 32, and a PNG that a phone reads; its name is taken then."""
    iam = Caller(sandbox).iam
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    seed = device["Base32StringSeed"].decode()
    assert (device["SerialNumber"], len(seed)) == (SERIAL, 64)
    picture = tmp_path / "code.png"
    picture.write_bytes(device["QRCodePNG"])
    command = ["zbarimg", "--quiet", "--raw", str(picture)]
    read = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    assert read == f"otpauth://totp/phone@111111111111?secret={seed}"
    for name in ("phone", "alice"):
        assert refusal(iam.create_virtual_mfa_device, VirtualMFADeviceName=name) == (
            "EntityAlreadyExists",
            409,
            "MFA device already exists.",
        )


@pytest.mark.parametrize(
    ("steps", "is_good"),
    [
        ((0, 1), True),
        ((-1, 0), True),
        ((700, 701), True),
        ((-900, -899), True),
        ((0, 0), False),
        ((1, 0), False),
        ((0, 2), False),
        ((1000, 1001), False),
    ],
)
def test_two_codes_follow_each_other(
    sandbox: Sandbox, steps: tuple[int, int], is_good: bool
) -> None:
    """A clock may be hours off; the same code, or an order of its own, is none."""
    sandbox.mfa_serials = []
    iam = Caller(sandbox).iam
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    given = codes(made["Base32StringSeed"].decode(), sandbox.now(), *steps)
    parameters = {"UserName": "alice", "SerialNumber": SERIAL, **given}
    if is_good:
        iam.enable_mfa_device(**parameters)
    else:
        assert refusal(iam.enable_mfa_device, **parameters) == (
            "InvalidAuthenticationCode",
            403,
            "Authentication code for device is not valid.",
        )
    devices = iam.list_mfa_devices(UserName="alice")["MFADevices"]
    assert [it["SerialNumber"] for it in devices] == [SERIAL] * is_good
    assigned = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    rest = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert [it["SerialNumber"] for it in assigned] == [SERIAL] * is_good
    assert [it["SerialNumber"] for it in rest] == [SERIAL] * (not is_good)
    assert len(iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


def test_who_has_a_device_changes_devices_with_it(sandbox: Sandbox) -> None:
    """With plain keys nothing is enabled or taken away any more (AWS-2023-001); with MFA all is."""
    iam = Caller(sandbox).iam
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    named = {"UserName": "alice", "SerialNumber": SERIAL}
    given = codes(made["Base32StringSeed"].decode(), sandbox.now(), 0, 1)
    needed = (
        "AccessDenied",
        403,
        without_mfa().message,
    )
    assert refusal(iam.enable_mfa_device, **named, **given) == needed
    assert refusal(iam.deactivate_mfa_device, **named)[0] == "AccessDenied"
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=SERIAL)[0] == "AccessDenied"
    own = with_mfa(sandbox, sandbox.mfa_serial, sandbox.state.device.code(sandbox.now()))
    own.enable_mfa_device(**named, **given)
    assert refusal(own.enable_mfa_device, **named, **given) == (
        "EntityAlreadyExists",
        409,
        "MFA Device for user alice already exists.",
    )
    assert refusal(own.delete_virtual_mfa_device, SerialNumber=SERIAL) == (
        "DeleteConflict",
        409,
        "MFA VirtualDevice in use. Must deactivate first.",
    )
    own.deactivate_mfa_device(**named)
    assert refusal(own.deactivate_mfa_device, **named) == (
        "NoSuchEntity",
        404,
        "MFA Device invalid for user.",
    )
    own.delete_virtual_mfa_device(SerialNumber=SERIAL)
    assert refusal(own.delete_virtual_mfa_device, SerialNumber=SERIAL)[0] == "NoSuchEntity"
    own.deactivate_mfa_device(UserName="alice", SerialNumber=sandbox.mfa_serial)
    assert own.list_mfa_devices(UserName="alice")["MFADevices"] == []


def test_eight_devices_are_enough(sandbox: Sandbox) -> None:
    """The ninth one is refused."""
    own = with_mfa(sandbox, sandbox.mfa_serial, sandbox.code())
    sandbox.mfa_serials += [f"GAHT1234567{number}" for number in range(7)]
    made = own.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    given = codes(made["Base32StringSeed"].decode(), sandbox.now(), 0, 1)
    assert refusal(own.enable_mfa_device, UserName="alice", SerialNumber=SERIAL, **given)[:2] == (
        "LimitExceeded",
        409,
    )


def test_sts_learns_of_a_device_later(sandbox: Sandbox) -> None:
    """Until then it cannot check its codes; then those of the beginning are good once, too."""
    sandbox.mfa_serials = []
    iam = Caller(sandbox).iam
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
    seed, now = made["Base32StringSeed"].decode(), sandbox.now()
    given = codes(seed, now, -1, 0)
    serial = made["SerialNumber"]
    sts = Caller(sandbox).sts
    code = given["AuthenticationCode2"]
    unknown = "MultiFactorAuthentication failed, unable to validate MFA code.  "
    assert refusal(sts.get_session_token, SerialNumber=serial, TokenCode=code)[2].startswith(
        unknown
    )
    sandbox.device_delay_seconds = 600
    iam.enable_mfa_device(UserName="alice", SerialNumber=serial, **given)
    assert refusal(sts.get_session_token, SerialNumber=serial, TokenCode=code)[2].startswith(
        unknown
    )
    sandbox.device_delay_seconds = 0
    assert with_mfa(sandbox, serial, code).get_user()["User"]["UserName"] == "alice"
    assert (
        "one time pass code"
        in refusal(sts.get_session_token, SerialNumber=serial, TokenCode=code)[2]
    )

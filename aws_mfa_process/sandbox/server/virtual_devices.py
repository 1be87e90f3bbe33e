"""Virtual MFA devices that are made here: first they belong to nobody, then to the user.

Rule: AWS knows a device at IAM at once, and at STS some seconds after it was enabled.
"""

import base64
import itertools
import secrets
import threading
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from aws_mfa_process.sandbox.server.accounts import ALICE
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.replies import AWSError, access_denied

_SEED_BYTES: Final = 40
_MOST_STEPS_AWAY: Final = 998
"""How far a new device's clock may be off."""


@dataclass(frozen=True)
class VirtualDevice:
    """One device.

    Attributes:
        seed: Base32 secret, of 64 letters as those of AWS.
        device: What judges its codes.
        enabled_at: Since when it belongs to the user, seconds since the epoch; None: to nobody.
    """

    serial: str
    seed: str = field(repr=False)
    device: Device
    enabled_at: float | None = None


class VirtualDevices:
    """The devices that were made, and belong to nobody or to the one user there is.

    Source:
        Recordings against IAM and STS by ``radkawar/stackd``, ``testdata/aws/iam/mfa.json`` and
        ``mfa_self_management.json``: codes, statuses and texts of all refusals.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._devices: dict[str, VirtualDevice] = {}

    def all(self) -> list[VirtualDevice]:
        """List the devices, oldest first."""
        return list(self._devices.values())

    def get(self, serial: str) -> VirtualDevice | None:
        """Find a device."""
        return self._devices.get(serial)

    def create(self, serial: str, taken: tuple[str, ...]) -> VirtualDevice:
        """Make a device that belongs to nobody.

        Args:
            serial: Its ARN.
            taken: ARNs of devices that were not made here.

        Raises:
            AWSError: There is one of that name.
        """
        with self._lock:
            if serial in self._devices or serial in taken:
                message = "MFA device already exists."
                raise AWSError("EntityAlreadyExists", message, HTTPStatus.CONFLICT)
            seed = base64.b32encode(secrets.token_bytes(_SEED_BYTES)).decode()
            self._devices[serial] = VirtualDevice(serial, seed, Device(seed))
            return self._devices[serial]

    def enable(self, serial: str, codes: tuple[str, str], now: float) -> None:
        """Give a device to the user.

        Raises:
            AWSError: There is none, it is somebody's, or the codes do not follow each other.
        """
        with self._lock:
            found = self._found(serial)
            if found.enabled_at is not None:
                message = f"MFA Device for user {ALICE.name} already exists."
                raise AWSError("EntityAlreadyExists", message, HTTPStatus.CONFLICT)
            if not follow(found.device, codes, now):
                message = "Authentication code for device is not valid."
                raise AWSError("InvalidAuthenticationCode", message, HTTPStatus.FORBIDDEN)
            self._devices[serial] = replace(found, enabled_at=now)

    def disable(self, serial: str) -> bool:
        """Take a device away from the user; tell whether it was one that was made here."""
        with self._lock:
            found = self._devices.get(serial)
            if found is not None and found.enabled_at is not None:
                self._devices[serial] = replace(found, enabled_at=None)
                return True
            return False

    def delete(self, serial: str) -> None:
        """Forget a device.

        Raises:
            AWSError: There is none, or it belongs to the user.
        """
        with self._lock:
            found = self._found(serial)
            if found.enabled_at is not None:
                message = "MFA VirtualDevice in use. Must deactivate first."
                raise AWSError("DeleteConflict", message, HTTPStatus.CONFLICT)
            del self._devices[serial]

    def _found(self, serial: str) -> VirtualDevice:
        """Return a device, with the lock held."""
        found = self._devices.get(serial)
        if found is None:
            message = f"VirtualMFADevice with serial number {serial} does not exist."
            raise AWSError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
        return found


def without_mfa() -> AWSError:
    """Word the refusal of what a user with a device may do with MFA alone, whatever policies say.

    Source:
        AWS security bulletin AWS-2023-001.
    """
    return access_denied(
        "To complete this action, please ensure that you are authenticated with an MFA device that "
        "is enabled for this user."
    )


def follow(device: Device, codes: tuple[str, str], now: float) -> bool:
    """Tell whether two codes follow each other; AWS takes a clock that is hours off."""
    shown = [device.code(now, step) for step in range(-_MOST_STEPS_AWAY, _MOST_STEPS_AWAY + 1)]
    return codes in itertools.pairwise(shown)

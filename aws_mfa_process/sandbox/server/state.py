"""What changes while the practice AWS runs: used codes, sessions, keys, browsers signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_mfa_process.policy.document import Policy
from aws_mfa_process.sandbox.server.access_keys import AccessKeys
from aws_mfa_process.sandbox.server.accounts import ALICE, User
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.identities import Identity, Sessions
from aws_mfa_process.sandbox.server.login import Login
from aws_mfa_process.sandbox.server.members import Members
from aws_mfa_process.sandbox.server.policy_documents import UserPolicies
from aws_mfa_process.sandbox.server.signin import Console
from aws_mfa_process.sandbox.server.sso import SSO
from aws_mfa_process.sandbox.server.virtual_devices import VirtualDevices


@dataclass(frozen=True)
class State:
    """One life of the practice AWS; a reset makes another one.

    Attributes:
        device: The user's first MFA device.
        more_devices: Her others, by serial number.
    """

    device: Device
    sessions: Sessions
    access_keys: AccessKeys
    console: Console
    login: Login
    sso: SSO
    virtual_devices: VirtualDevices
    more_devices: dict[str, Device] = field(default_factory=dict)

    def device_of(self, serial: str) -> Device | None:
        """Return one of the user's devices; None: it is not hers."""
        return self.device if serial == ALICE.mfa_serial else self.more_devices.get(serial)


def new_state(user: User, now: float) -> State:
    """Make the state in which everything begins.

    Args:
        user: Whose key and device there are.
        now: Seconds since the epoch.
    """
    return State(
        Device(user.mfa_seed),
        Sessions(),
        AccessKeys(user, now),
        Console(),
        Login(),
        SSO(),
        VirtualDevices(),
    )


@dataclass(frozen=True)
class Query:
    """One authenticated call of STS or IAM, with all that its answer may depend on.

    Attributes:
        now: Seconds since the epoch, by the server's clock.
        key_delay_seconds: How long a new access key is unknown.
        mfa_serials: The user's devices, but for those that were made here.
        device_delay_seconds: How long STS does not know a new device.
        page_size: How many entries of a list IAM gives at once.
        members: Users and roles that were made here.
        is_via_service: A service makes the call for the caller.
        scps: Service control policies by account.
        alices: Policies of the practice world's user.
        policies: Of the user, as IAM shows them.
    """

    state: State
    identity: Identity
    parameters: Mapping[str, str]
    now: float
    key_delay_seconds: float
    mfa_serials: list[str]
    device_delay_seconds: float
    page_size: int
    members: Members
    is_via_service: bool
    scps: Mapping[str, Sequence[Mapping[str, Any]]]
    alices: Sequence[Policy]
    policies: UserPolicies

"""What changes while the practice AWS runs: used codes, sessions, keys, browsers signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_mfa_process.sandbox.server.access_keys import AccessKeys
from aws_mfa_process.sandbox.server.accounts import User
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.identities import Identity, Sessions
from aws_mfa_process.sandbox.server.signin import Console


@dataclass(frozen=True)
class State:
    """One life of the practice AWS; a reset makes another one."""

    device: Device
    sessions: Sessions
    access_keys: AccessKeys
    console: Console


def new_state(user: User, now: float) -> State:
    """Make the state in which everything begins.

    Args:
        user: Whose key and device there are.
        now: Seconds since the epoch.
    """
    return State(Device(user.mfa_seed), Sessions(), AccessKeys(user, now), Console())


@dataclass(frozen=True)
class Query:
    """One authenticated call of STS or IAM, with all that its answer may depend on.

    Attributes:
        now: Seconds since the epoch, by the server's clock.
        key_delay_seconds: How long a new access key is unknown.
        mfa_serials: The devices that IAM lists.
        page_size: How many entries of a list IAM gives at once.
    """

    state: State
    identity: Identity
    parameters: Mapping[str, str]
    now: float
    key_delay_seconds: float
    mfa_serials: Sequence[str]
    page_size: int

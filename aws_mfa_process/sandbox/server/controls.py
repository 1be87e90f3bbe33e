"""What a test may turn: the server's clock, its speed and its faults; and what it has seen."""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aws_mfa_process.sandbox.server.accounts import ALICE, User
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.members import Members
from aws_mfa_process.sandbox.server.moto_backend import MotoBackend
from aws_mfa_process.sandbox.server.policy import WITHOUT_MFA
from aws_mfa_process.sandbox.server.policy_documents import ALICES
from aws_mfa_process.sandbox.server.state import new_state

FAULTS: Final = frozenset(
    {
        "http500",
        "http503",
        "limit",  # of devices or keys
        "throttling",
        "drop",  # the connection ends before the call is processed
        "lost_reply",  # … after it was processed
        "hang",  # the reply comes late
        "captive_portal",  # a login page, 200
        "html511",
        "s3_error",  # an error in the form of S3, without <ErrorResponse>
    }
)


@dataclass(frozen=True)
class Call:
    """One request, as it came in.

    Attributes:
        action: Name of the call; for REST services and browsers method and path.
        parameters: Of STS and IAM calls, without the MFA code; of a sign-in, without secrets.
        region: From the credential scope.
        time: Seconds since the epoch, by the server's clock.
    """

    service: str
    action: str
    access_key_id: str
    region: str
    user_agent: str
    time: float
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call.

    Attributes:
        kind: One of `FAULTS`.
        seconds: How long a ``hang`` takes.
    """

    kind: str
    seconds: float = 0


class Controls:
    """The knobs of a practice AWS and the state they act on.

    Attributes:
        clock_offset_seconds: Added to the clock that MFA codes and sessions live by.
        signature_skew_seconds: Added to the clock that signatures are checked against.
        latency_seconds: How long each STS call takes.
        key_delay_seconds: How long a new access key is unknown.
        mfa_serials: The devices that IAM lists; the user's one always works.
        device_delay_seconds: How long STS does not know a new device.
        without_mfa: What the policy allows the user in IAM without MFA.
        own_device_name: The policy allows devices named as the user alone.
        page_size: How many entries of a list IAM gives at once.
        policies: Of the user, as IAM shows them; STS judges by rules of its own.
        denied_actions: Calls of IAM that the policies do not allow.
        names_user: The policy allows calls of IAM on the own user alone, who must be named.
        via_service: Calls are judged as if a service made them for who signs them.
        scps: Service control policies by account, each what its JSON says.
        calls: Every request so far, as it came in.
        state: Used codes, sessions, access keys and browsers that are signed in.
        token: What a control call over HTTP has to show.
    """

    def __init__(self, user: User = ALICE) -> None:
        """Start with all knobs at zero."""
        self.user = user
        self.token = secrets.token_urlsafe(32)
        self._lock = threading.Lock()
        self.moto = MotoBackend()
        self.members = Members(self.moto)
        self.reset()

    def reset(self) -> None:
        """Forget everything: knobs, faults, calls, used codes, sessions, keys, moto's state."""
        self.clock_offset_seconds = 0.0
        self.signature_skew_seconds = 0.0
        self.latency_seconds = 0.0
        self.key_delay_seconds = 0.0
        self.mfa_serials = [ALICE.mfa_serial]
        self.device_delay_seconds = 0.0
        self.without_mfa = set(WITHOUT_MFA)
        self.own_device_name = False
        self.page_size = 100
        self.names_user = False
        self.via_service = False
        self.scps: dict[str, list[dict[str, Any]]] = {}
        self.policies = ALICES
        self.denied_actions: set[str] = set()
        self.calls: list[Call] = []
        self._faults: dict[str, list[Fault]] = {}
        self.state = new_state(self.user, self.now())
        self.moto.reset()

    def now(self) -> float:
        """Tell the time of codes and sessions, seconds since the epoch."""
        return time.time() + self.clock_offset_seconds

    def code(self, step: int = 0) -> str:
        """Open the authenticator app.

        Args:
            step: Steps of 30 seconds from now.

        Returns:
            The code of that step; for now, if it was used, one of a neighbour that is still good.
        """
        device = self.authenticator
        return device.code(self.now(), step) if step else device.unused_code(self.now())

    @property
    def authenticator(self) -> Device:
        """The app: it has read the QR code of the device that was made last, if there is one."""
        made = self.state.virtual_devices.all()
        return made[-1].device if made else self.state.device

    def fail(self, action: str, kind: str, times: int = 1, seconds: float = 0) -> None:
        """Let the next calls of an action go wrong.

        Args:
            action: For example ``AssumeRole``.
            kind: One of `FAULTS`.
            times: How many calls.
            seconds: How long a ``hang`` takes.

        Raises:
            ValueError: There is no such kind.
        """
        if kind not in FAULTS:
            raise ValueError(f"no such fault: {kind}")
        with self._lock:
            self._faults.setdefault(action, []).extend([Fault(kind, seconds)] * times)

    def take_fault(self, action: str) -> Fault | None:
        """Take the next fault of an action off the queue."""
        with self._lock:
            queue = self._faults.get(action)
            return queue.pop(0) if queue else None

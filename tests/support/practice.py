"""What the tests ask of the practice AWS."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace

from aws_mfa_process.sandbox.server.controls import Fault
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.identities import Session
from aws_mfa_process.sandbox.server.sandbox import Sandbox

KEYS = ("--profile", "bastion-keys")
"""The command line for the MFA session."""


class PracticeAWS(Sandbox):
    """The practice AWS, which a test can keep from answering until it has seen enough."""

    def __init__(self) -> None:
        """Serve."""
        self._is_held = False
        self._kept: list[threading.Event] = []
        super().__init__()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Note the calls that come, but answer none of them before the end."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._kept.clear()

    def answer_first(self) -> None:
        """Answer the call that has been kept for the longest time."""
        self._kept.pop(0).set()

    def age(self, seconds: float) -> None:
        """Move the end of all sessions into the past, as if time had gone by."""
        sessions = self.state.sessions
        sessions._sessions = {
            key: replace(session, expiration=session.expiration - seconds)
            for key, session in sessions._sessions.items()
        }

    def sessions(self) -> dict[str, Session]:
        """Return the sessions that it has given."""
        return dict(self.state.sessions._sessions)

    def know(self, sessions: dict[str, Session]) -> None:
        """Take sessions that it gave before it was reset."""
        self.state.sessions._sessions.update(sessions)

    def add_device(self, serial: str, seed: str) -> Device:
        """Give the user one more MFA device, with a Base32 secret."""
        device = self.state.more_devices[serial] = Device(seed)
        self.mfa_serials.append(serial)
        return device

    def set_key_age(self, seconds: float) -> None:
        """Let the user's keys be so old."""
        keys = self.state.access_keys
        keys._keys = {
            name: replace(key, created=self.now() - seconds) for name, key in keys._keys.items()
        }

    def take_fault(self, action: str) -> Fault | None:
        """Return what goes wrong with the next call of an action."""
        is_answered = threading.Event()
        if self._is_held:
            self._kept.append(is_answered)
        while self._is_held and not is_answered.wait(0.02):
            pass
        return super().take_fault(action)


def actions(sandbox: Sandbox) -> list[str]:
    """Return the names of the calls that AWS has seen."""
    return [call.action for call in sandbox.calls]


def role(sandbox: Sandbox, name: str = "Admin") -> tuple[str, ...]:
    """Return the command line for a role."""
    return (*KEYS, "--role-arn", sandbox.role_arns[name])

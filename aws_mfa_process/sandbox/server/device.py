"""A virtual MFA device and how AWS judges its codes.

Rule: the codes of five time steps are good, each once; and a device is asked nine times
in three minutes at most, whatever the answers were.
"""

import threading
from typing import Final

import pyotp

from aws_mfa_process.sandbox.server.replies import AWSError, access_denied

STEP_SECONDS: Final = 30
_STEPS_AROUND_NOW: Final = (0, 1, 2, -1, -2)
_WINDOW_SECONDS: Final = 180
_VERIFICATIONS_PER_WINDOW: Final = 9


def cannot_validate() -> AWSError:
    """Word the refusal for a serial that is not the caller's, or asked too often."""
    return access_denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  "
        "Please verify your MFA serial number is valid and associated with this user."
    )


def invalid_code() -> AWSError:
    """Word the refusal of a wrong or used code; AWS's text ends in a blank."""
    return access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")


class Device:
    """The authenticator app and AWS's memory of it.

    Source:
        Recordings against IAM and STS by ``radkawar/stackd``, ``testdata/aws/iam/mfa_*.json``.
    """

    def __init__(self, seed: str) -> None:
        """Start with no code used.

        Args:
            seed: Base32 secret shared by app and AWS.
        """
        self._totp = pyotp.TOTP(seed)
        self._lock = threading.Lock()
        self._used: set[int] = set()
        self._window = (0, 0)

    def code(self, now: float, step: int = 0) -> str:
        """Show what the app shows.

        Args:
            now: Seconds since the epoch.
            step: Steps of 30 seconds from now; 1 is the code that comes next.
        """
        return self._totp.generate_otp(int(now) // STEP_SECONDS + step)

    def unused_code(self, now: float) -> str:
        """Give a code that is still good: the current one unless it is used, else a neighbour.

        Returns:
            The current code when all five are used.
        """
        free = (step for step in _STEPS_AROUND_NOW if not self.is_used(now, step))
        return self.code(now, next(free, 0))

    def is_used(self, now: float, step: int = 0) -> bool:
        """Tell whether AWS has taken that step's code already."""
        return int(now) // STEP_SECONDS + step in self._used

    def verify(self, code: str, now: float) -> None:
        """Judge a code as AWS does, and use it up.

        Args:
            code: Six digits.
            now: Seconds since the epoch.

        Raises:
            AWSError: The code is wrong or used, or the device was asked too often.
        """
        current = int(now) // STEP_SECONDS
        with self._lock:
            self._count(int(now) // _WINDOW_SECONDS)
            for step in _STEPS_AROUND_NOW:
                if self.code(now, step) == code and not self.is_used(now, step):
                    self._used.add(current + step)
                    return
        raise invalid_code()

    def _count(self, window: int) -> None:
        last_window, count = self._window
        count = count + 1 if window == last_window else 1
        self._window = (window, count)
        if count > _VERIFICATIONS_PER_WINDOW:
            raise cannot_validate()

"""Credentials as values: frozen, timed in seconds, and silent about their secrets."""

import json
import re
import time

from aws_mfa_process.display import key_tail
from aws_mfa_process.values import NamedTuple

EXPIRY_WINDOW_SECONDS = 960
"""Life that a session must have left to be handed out without a renewal.

Below 15 minutes botocore runs the process at every use of the credentials
(``credentials.py``, advisory refresh time-out); one minute more covers clocks and run time.
"""
LAST_USE_SECONDS = 60
"""Life that credentials must have left to be used at all."""
_SHORT_SESSION_SECONDS = 1800
_DAYS_BEFORE_1970 = 719469
_FIRST_YEAR = 1970
_LAST_SECOND = 253402300799
"""The last one of the year 9999, which AWS's form of a time ends with."""
_TIME = (
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?"
    r"(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))"
)


class SourceCredentials(NamedTuple):
    """What a chain starts with; long-term credentials have no session token."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""

    def __repr__(self) -> str:
        """Show the last four characters of the key id and nothing else."""
        return f"SourceCredentials({key_tail(self.access_key_id)})"


class SessionCredentials(NamedTuple):
    """What STS gives, or another source of temporary credentials.

    Attributes:
        expiration: End of life, whole seconds since the epoch.
        issued_at: Start of life, likewise, by our clock.
        account_id: Twelve digits, or empty where it is not known.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: int
    issued_at: int
    account_id: str

    def __repr__(self) -> str:
        """Show the last four characters of the key id and the end of life."""
        tail, end = key_tail(self.access_key_id), utc_time(self.expiration)
        return f"SessionCredentials({tail}, until {end})"

    def fresh_until(self) -> int:
        """Return the time until which the credentials outlive the expiry window.

        The window is 16 minutes, or a quarter of the life of a session under 30 minutes.
        """
        life = self.expiration - self.issued_at
        window = EXPIRY_WINDOW_SECONDS if life >= _SHORT_SESSION_SECONDS else life // 4
        return self.expiration - window

    def half_life(self) -> int:
        """Return the time at which half of the life is over."""
        return (self.expiration + self.issued_at) // 2

    def is_fresh(self, now: float) -> bool:
        """Tell whether the credentials outlive the expiry window.

        >>> session = SessionCredentials("AKIA", "s", "t", 3600, 0, "")
        >>> session.is_fresh(2639), session.is_fresh(2640)
        (True, False)
        """
        return now < self.fresh_until()

    def is_alive(self, now: float) -> bool:
        """Tell whether the credentials can still be used (a minute or more is left)."""
        return now < self.expiration - LAST_USE_SECONDS

    def answer(self) -> bytes:
        """Return the one line that a credential process prints.

        Source:
            AWS SDKs reference guide, «Process credential provider»; the form is the one that
            every SDK reads: integer version, UTC time with ``Z``, compact ASCII.
        """
        document = {
            "Version": 1,
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.session_token,
            "Expiration": utc_time(self.expiration),
        }
        if self.account_id:
            document["AccountId"] = self.account_id
        return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


AnyCredentials = SourceCredentials | SessionCredentials
"""What a call of AWS can be signed with."""


def utc_time(seconds: int) -> str:
    """Return a time as AWS writes it, ``YYYY-MM-DDTHH:MM:SSZ``.

    >>> utc_time(1893456000)
    '2030-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds_of(text: str) -> int:
    """Return a time as AWS writes it as seconds since the epoch; 0: it is none, or without a zone.

    >>> seconds_of("2030-01-01T00:00:00Z"), seconds_of("2030-01-01T00:00:00.25Z")
    (1893456000, 1893456000)
    >>> seconds_of("2030-01-01T01:00:00+01:00"), seconds_of("2029-12-31T23:30:00-00:30")
    (1893456000, 1893456000)
    >>> seconds_of("2030-02-30T00:00:00Z"), seconds_of("2030-01-01T00:00:00")
    (0, 0)
    >>> seconds_of("9999-12-31T23:59:59Z"), seconds_of("9999-12-31T23:59:59-00:01")
    (253402300799, 0)
    """
    found = re.fullmatch(_TIME, text, re.ASCII)
    if not found:
        return 0
    year, month, *rest = map(int, found.groups()[:6])
    day, hour, minute, second = rest
    years, march = (year, month - 3) if month > 2 else (year - 1, month + 9)  # noqa: PLR2004
    days = years * 365 + years // 4 - years // 100 + years // 400 + (march * 153 + 2) // 5 + day
    seconds = ((days - _DAYS_BEFORE_1970) * 24 + hour) * 3600 + minute * 60 + second
    if year < _FIRST_YEAR or utc_time(seconds)[:19] != text[:19]:
        return 0
    sign, hours, minutes = found.groups()[6:]
    if sign:
        seconds -= int(f"{sign}1") * (int(hours) * 60 + int(minutes)) * 60
    return writable(seconds)


def writable(seconds: int) -> int:
    """Return a time that can be written as AWS does; 0 for any other."""
    return seconds if 0 < seconds <= _LAST_SECOND else 0

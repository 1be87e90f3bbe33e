"""The user's long-term keys: at most two, switched on and off, seen by AWS after a moment."""

import threading
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from aws_mfa_process.sandbox.server.accounts import User
from aws_mfa_process.sandbox.server.identities import invalid_token, random_id, random_secret
from aws_mfa_process.sandbox.server.replies import AWSError

_QUOTA: Final = 2
_YEAR_SECONDS: Final = 365 * 86400


@dataclass(frozen=True)
class AccessKey:
    """One long-term key.

    Attributes:
        created: Seconds since the epoch.
        usable_from: From when on AWS knows it everywhere, seconds since the epoch.
        last_used: Time, service and region of the last request; None before the first.
    """

    access_key_id: str
    created: float
    usable_from: float
    secret_access_key: str = field(repr=False)
    is_active: bool = True
    last_used: tuple[float, str, str] | None = None


class AccessKeys:
    """The keys of the one user there is."""

    def __init__(self, user: User, now: float) -> None:
        """Start with the user's first key, a year old."""
        self._lock = threading.Lock()
        first = AccessKey(
            access_key_id=user.access_key_id,
            created=now - _YEAR_SECONDS,
            usable_from=0,
            secret_access_key=user.secret_access_key,
        )
        self._keys = {first.access_key_id: first}

    def all(self) -> list[AccessKey]:
        """List the keys, oldest first."""
        return list(self._keys.values())

    def create(self, now: float, delay_seconds: float) -> AccessKey:
        """Make a key.

        Raises:
            AWSError: There are two already.
        """
        with self._lock:
            if len(self._keys) >= _QUOTA:
                message = f"Cannot exceed quota for AccessKeysPerUser: {_QUOTA}"
                raise AWSError("LimitExceeded", message, HTTPStatus.CONFLICT)
            key = AccessKey(
                access_key_id=random_id("AKIA"),
                created=now,
                usable_from=now + delay_seconds,
                secret_access_key=random_secret(),
            )
            self._keys[key.access_key_id] = key
            return key

    def get(self, access_key_id: str) -> AccessKey:
        """Find a key by its id.

        Raises:
            AWSError: There is none.
        """
        if access_key_id not in self._keys:
            message = f"The Access Key with id {access_key_id} cannot be found."
            raise AWSError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
        return self._keys[access_key_id]

    def set_active(self, access_key_id: str, *, is_active: bool) -> None:
        """Switch a key on or off, at once."""
        with self._lock:
            self._keys[access_key_id] = replace(self.get(access_key_id), is_active=is_active)

    def delete(self, access_key_id: str) -> None:
        """Forget a key, at once."""
        with self._lock:
            del self._keys[self.get(access_key_id).access_key_id]

    def usable(self, access_key_id: str, now: float) -> AccessKey:
        """Find the key that signed a request.

        Raises:
            AWSError: It is unknown, switched off, or too new for AWS to know everywhere.
        """
        key = self._keys.get(access_key_id)
        if key is None or not key.is_active or now < key.usable_from:
            raise invalid_token()
        return key

    def record_use(self, access_key_id: str, now: float, service: str, region: str) -> None:
        """Remember when, for what and where a key was used last."""
        with self._lock:
            if access_key_id in self._keys:
                used = replace(self._keys[access_key_id], last_used=(now, service, region))
                self._keys[access_key_id] = used

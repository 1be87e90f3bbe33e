"""Clients of botocore that calls share.

Its one rule: a client is made by one thread at a time, since sessions of botocore are not made
for several; used it may be by all of them at once (botocore documentation, «Clients»).
"""

import threading
from collections.abc import Callable, Hashable

from aws_mfa_process.values import Any


class Clients:
    """Clients by whatever could make a difference."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._made: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - see Service
        """Return the client under a key, made now if it is the first call."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

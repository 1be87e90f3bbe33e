"""An end for a call that has none: botocore begins its time anew with each byte that comes.

Its one rule: what is not over in time is left to itself; nobody waits for it, or asks it again.
"""

import threading
import time
from collections.abc import Callable

from aws_mfa_process.values import TypeVar

T = TypeVar("T")

_STEP_SECONDS = 0.5
"""On Windows Ctrl-C is seen between two steps."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what a function gives, which runs in a thread of its own.

    Raises:
        TimeoutError: It is not over in time.
    """
    given: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            given.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    end = time.monotonic() + seconds
    while thread.is_alive():
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        thread.join(min(left, _STEP_SECONDS))
    if failed:
        raise failed[0]
    return given[0]

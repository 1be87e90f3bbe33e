"""Ctrl-Z while a person is asked, or others are waited for: the rest of the world goes on.

Its one rule: who is stopped then holds no lock.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

from aws_mfa_process import memo

T = TypeVar("T")

_stops: list[float] = []


class PausedError(Exception):
    """A question has left the terminal, or its answer is not awaited; begin anew after that.

    Attributes:
        is_stopped: The job is to stop, as Ctrl-Z wants it; else it goes on in the background.
    """

    def __init__(self, *, is_stopped: bool) -> None:
        """Keep what is to happen before the next try."""
        super().__init__()
        self.is_stopped = is_stopped


def through_pauses(load: Callable[[], T]) -> T:
    """Return what a function gives that may ask or wait, begun anew after each pause.

    Args:
        load: Holds no lock when it raises `PausedError`.
    """
    while True:
        try:
            return load()
        except PausedError as pause:
            memo.release()
            if pause.is_stopped:
                began = time.time()
                signal.signal(signal.SIGTSTP, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGTSTP)
                _stops.append(time.time() - began)


def stopped_seconds() -> float:
    """Return how long this process was stopped."""
    return sum(_stops)


@contextlib.contextmanager
def pausable() -> Iterator[None]:
    """Let Ctrl-Z raise `PausedError`, where it is heeded at all."""
    number = getattr(signal, "SIGTSTP", None)
    is_heeded = number is not None and signal.getsignal(number) == signal.SIG_DFL
    with contextlib.ExitStack() as stack:
        if number is not None and is_heeded:
            with contextlib.suppress(ValueError):  # only the main thread has signals
                signal.signal(number, _pause)
                stack.callback(signal.signal, number, signal.SIG_DFL)
        yield


def _pause(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise PausedError(is_stopped=True)

"""Ctrl-Z while a person is asked, or others are waited for: the rest of the world goes on.

Its one rule: who is stopped holds no lock.
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
_late: list[int] = []
"""Ctrl-Z that came while it could not be heeded."""


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
            loaded = load()
        except PausedError as pause:
            memo.release()
            if pause.is_stopped:
                _stop()
        else:
            if _late:
                memo.release()
                _stop()
            return loaded


def _stop() -> None:
    _late.clear()
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
    with _handled(_pause):
        yield


@contextlib.contextmanager
def unpausable() -> Iterator[None]:
    """Let Ctrl-Z wait for the end of `through_pauses`: others wait for what is done here."""
    with _handled(_note):
        yield


@contextlib.contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle Ctrl-Z, unless it is ignored or the question on a terminal handles it."""
    number = getattr(signal, "SIGTSTP", None)
    with contextlib.ExitStack() as stack:
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, _note):
            with contextlib.suppress(ValueError):  # only the main thread has signals
                stack.callback(signal.signal, number, signal.signal(number, handler))
        yield


def _note(number: int, frame: FrameType | None) -> None:
    del frame
    _late.append(number)


def _pause(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise PausedError(is_stopped=True)

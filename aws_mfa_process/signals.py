"""What a signal does while we start something that must be ended, ask, or wait.

Its one rule: a signal that ends or stops us is an exception first, so that whatever was started is
ended, and whoever is stopped with Ctrl-Z holds no lock.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import FrameType

from aws_mfa_process.values import TypeVar

if sys.platform != "win32":
    import resource

T = TypeVar("T")


def _those_here(*names: str) -> list[signal.Signals]:
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


_ENDS = _those_here("SIGTERM", "SIGHUP", "SIGQUIT")
_PAUSES = _those_here("SIGTSTP")
_ALL = [*_ENDS, *_PAUSES, signal.SIGINT]
_stops: list[float] = []
_late: list[int] = []
"""Ctrl-Z that came while it had to wait."""


_core_limits: list[tuple[int, int]] = []
"""What the caller has set, after `leave_no_core`."""
_NO_CORE = 1 if sys.platform == "linux" else 0
"""The size of a core with which none is made.

Source:
    core(5): the size does not bind one that is piped to a program, such as those that send reports
    of crashes; Linux's ``fs/coredump.c``: with 1 there is no such one either.
"""


def leave_no_core() -> None:
    """Let no signal leave an image of our memory, or of what we start: it may hold secrets."""
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            limits = resource.getrlimit(resource.RLIMIT_CORE)
            _core_limits.append(limits)
            _limit_cores((_NO_CORE, limits[1]))


def _limit_cores(limits: tuple[int, int]) -> None:
    """Set the size of a core; a system that refuses that is no reason to fail."""
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, limits)


@contextlib.contextmanager
def cores_as_before() -> Iterator[None]:
    """Let what is started in the block leave a core as the person has set it."""
    if sys.platform != "win32" and _core_limits:
        _limit_cores(_core_limits[0])
        try:
            yield
        finally:
            _limit_cores((_NO_CORE, _core_limits[0][1]))
    else:
        yield


def as_exceptions() -> AbstractContextManager[None]:
    """Let signals that would end us at once raise `SystemExit` instead, within the block."""
    return _handled(_ENDS, _leave)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold back the signals that would raise an exception, until the end of the block.

    They are not blocked in the system: a program started here would inherit that. Who sets
    another handler in the block has it called.
    """
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    handlers = {}
    for number in _ALL:
        if callable(signal.getsignal(number)):
            with contextlib.suppress(ValueError):
                handlers[number] = signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) == note:
                signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


class PausedError(Exception):
    """A question has left the terminal, or its answer is not awaited; begin anew after that."""

    def __init__(self, *, is_stopped: bool) -> None:
        """Note whether the job is to stop, as Ctrl-Z wants it; else it goes on in background."""
        super().__init__()
        self.is_stopped = is_stopped


def through_pauses(load: Callable[[], T], release: Callable[[], None]) -> T:
    """Return the result of a function that may ask or wait, and is called anew after each pause.

    It holds no lock when it raises `PausedError`; ``release`` gives up what the caller holds.
    """
    while True:
        try:
            loaded = load()
        except PausedError as pause:
            release()
            if pause.is_stopped:
                _stop()
        else:
            if _late:
                release()
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


def pausable() -> AbstractContextManager[None]:
    """Let Ctrl-Z raise `PausedError`, unless the caller has it ignored."""
    return _handled(_PAUSES, _pause)


def unpausable() -> AbstractContextManager[None]:
    """Let Ctrl-Z wait for the end of `through_pauses`: others wait for what is done here."""
    return _handled(_PAUSES, _note)


@contextlib.contextmanager
def _handled(
    numbers: list[signal.Signals], handler: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    """Have signals handled within the block, but for those that somebody ignores or handles."""
    with contextlib.ExitStack() as stack:
        for number in numbers:
            if signal.getsignal(number) in (signal.SIG_DFL, _note):
                with contextlib.suppress(ValueError):  # only the main thread has signals
                    stack.callback(signal.signal, number, signal.signal(number, handler))
        yield


def _note(number: int, _frame: FrameType | None) -> None:
    _late.append(number)


def _pause(_number: int, _frame: FrameType | None) -> None:
    raise PausedError(is_stopped=True)

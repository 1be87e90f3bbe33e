"""What a signal may do while something is begun that must be brought to its end.

Its one rule: a signal that ends us does it as an exception, and not between the start of a thing
and the place that ends it.
"""

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType


def _those_here(*names: str) -> list[signal.Signals]:
    """Return the signals that this system has."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


_ENDS = _those_here("SIGTERM", "SIGHUP", "SIGQUIT")
_ALL = [*_ENDS, *_those_here("SIGINT", "SIGTSTP")]


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """Let signals that would end us at once raise `SystemExit` instead, within the block."""
    with contextlib.ExitStack() as stack:
        for number in _ENDS:
            if signal.getsignal(number) == signal.SIG_DFL:
                with contextlib.suppress(ValueError):  # only the main thread has signals
                    signal.signal(number, _leave)
                    stack.callback(signal.signal, number, signal.SIG_DFL)
        yield


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold back the signals that would raise an exception, until the end of the block.

    They are not blocked in the system: a program started here would inherit that. Who sets
    another handler in the block has it called.
    """
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        del frame
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


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + number)

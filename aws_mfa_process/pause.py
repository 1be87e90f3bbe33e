"""Ctrl-Z on a question: others may ask meanwhile.

Its one rule: whoever is stopped holds no lock.
"""

import os
import signal
from collections.abc import Callable
from typing import TypeVar

from aws_mfa_process import memo

T = TypeVar("T")


class PausedError(Exception):
    """A question has left the terminal, and is to be put anew if it is still needed then.

    Attributes:
        is_stopped: The job is to stop, as Ctrl-Z wants it; else it goes on in the background.
    """

    def __init__(self, *, is_stopped: bool) -> None:
        """Keep what is to happen before the next try."""
        super().__init__()
        self.is_stopped = is_stopped


def through_pauses(load: Callable[[], T]) -> T:
    """Return what a function gives that may ask, begun anew after each pause.

    Args:
        load: Holds no lock when it raises `PausedError`.
    """
    while True:
        try:
            return load()
        except PausedError as pause:
            memo.release()
            if pause.is_stopped:
                os.kill(os.getpid(), signal.SIGTSTP)

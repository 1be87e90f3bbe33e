"""A program whose output is credentials: run for so long, read to so many bytes, and ended whole.

Its one rule: whatever it does, it costs a known time and memory, and what it has started ends with
it. What has left its group on purpose, such as an agent, is not looked for.
"""

import contextlib
import os
import signal
from collections.abc import Mapping, Sequence

from aws_mfa_process.prompt import terminal, tree
from aws_mfa_process.prompt.child import MOST_BYTES, child, output
from aws_mfa_process.signals import pausable
from aws_mfa_process.values import NamedTuple

SECONDS = 45
"""As long as a command that gives a code: the Go SDKs give up after 60."""


class Ended(NamedTuple):
    """How a program ended.

    Attributes:
        out: What it printed, fewer than `MOST_BYTES`.
        said: What it wrote to standard error, likewise; the rest is lost.
    """

    status: int
    out: bytes
    said: bytes

    def __repr__(self) -> str:
        """Show the status: the output holds secrets."""
        return f"Ended({self.status})"


def run(
    words: Sequence[str], environ: Mapping[str, str], text: bytes = b"", *, asks: bool = False
) -> Ended:
    """Run a program to its end; a text that is given stands on its standard input.

    One that ``asks`` may do so on a terminal of which we are in the foreground, and then shares our
    process group; else it has one of its own.

    Raises:
        TimeoutError: It was ended after `SECONDS`.
        TooMuchError: It was ended after `MOST_BYTES`.
        OSError: It cannot be started.
    """
    has_group = not (asks and terminal.is_usable(is_chosen=True))
    if has_group:
        return _ended(words, environ, text, has_group=True)
    with tree.marked(environ) as given:
        return _ended(words, given, text, has_group=False)


def _ended(
    words: Sequence[str], environ: Mapping[str, str], text: bytes, *, has_group: bool
) -> Ended:
    said = bytearray()

    def hear(piece: bytes) -> None:
        said.extend(piece[: MOST_BYTES - len(said)])

    with pausable(), child(words, environ, has_input=bool(text), has_group=has_group) as process:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                pipe.write(text)
        out = output(process, SECONDS, hear)
        if has_group and os.name != "nt":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return Ended(process.returncode, out, bytes(said))

"""A command that prints the MFA code (the profile's ``mfa_process``)."""

import re
import subprocess
import time

from aws_mfa_process import guard
from aws_mfa_process.config.command_line import split_command
from aws_mfa_process.errors import ConfigError, ProgramFailedError
from aws_mfa_process.pause import pausable
from aws_mfa_process.prompt.child import child

USUAL_SECONDS = 45
"""A command is ended before callers give up."""
_POLL_SECONDS = 0.1
_TEXT_LENGTH = 300
_READ_LENGTH = 2000
_SECRET = re.compile(
    r"(?i:(?<=secret=)|(?<=seed=)|(?<=key=)|(?<=token=)|(?<=password=))\S+"
    r"|\b[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){3,}\b"  # base32, as it is shown to be typed
    r"|[A-Z2-7]{16,}=*"
    r"|\b(?=[a-z]*\d)[a-z0-9]{16,}\b=*"  # the same in small letters, hex
    r"|(?=[/+\w]*[a-z])(?=[/+\w]*[A-Z])(?=[/+\w]*\d)[A-Za-z0-9/+]{20,}=*"  # base64
    r"|(?<!\d)(?:\d{6,8}|\d{3}[ -]\d{3}|\d\d[ -]\d\d[ -]\d\d)(?!\d)"  # codes
)
"""Seeds, keys and codes."""


class Process:
    """The source; the command is run without a shell and without our standard input."""

    tries = 3
    is_person = False
    is_window = False

    def __init__(self, command: str, seconds: int | None) -> None:
        """Keep the command line as it stands in the profile, and how long it may take."""
        self._command = command
        self._seconds = seconds or USUAL_SECONDS

    def get(self, why: str) -> str:
        """Return what the command prints.

        Raises:
            ConfigError: The command does not exist or cannot be run.
            ProgramFailedError: It failed, or took too long.
        """
        del why
        words = split_command(self._command)
        name = words[0] if words else self._command
        try:
            status, out, err = _run(words, self._seconds)
        except subprocess.TimeoutExpired:
            raise ProgramFailedError(
                f"mfa_process {name} printed no code within {self._seconds} seconds"
            ) from None
        except (OSError, IndexError) as error:
            reason = getattr(error, "strerror", None) or "it is empty"
            raise ConfigError(f"mfa_process {name!r} cannot be run: {reason}") from None
        if status:
            said = redacted(err.decode("utf-8", "replace"))
            raise ProgramFailedError(
                f"mfa_process {name} failed with exit status {status}"
                + (f": {said}" if said else "")
            )
        return out.decode("utf-8", "replace")


def _run(words: list[str], seconds: float) -> tuple[int, bytes, bytes]:
    """Run a command; return its exit status and what it wrote until then.

    An agent that it leaves behind may hold its output open, and is not waited for.
    """
    deadline = time.monotonic() + seconds
    with pausable(), child(words, guard.environment()) as process:
        return _outcome(process, deadline)


def _outcome(process: "subprocess.Popen[bytes]", deadline: float) -> tuple[int, bytes, bytes]:
    while True:
        has_ended = process.poll() is not None
        try:
            out, err = process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired as pause:
            if has_ended:
                return process.returncode, pause.stdout or b"", pause.stderr or b""
            if time.monotonic() >= deadline:
                raise
        else:
            return process.returncode, out, err


def redacted(text: str) -> str:
    """Return a foreign text on one line, with codes and seeds blotted out.

    >>> redacted("code 123456 from seed GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    'code *** from seed ***'
    """
    return " ".join(_SECRET.sub("***", text[:_READ_LENGTH]).split())[:_TEXT_LENGTH]

"""The process that asks botocore for the credentials of a profile; not for people.

Its one rule: it has no more memory than it needs, and says what happened in one line of JSON.
"""

import contextlib
import json
import sys

from aws_mfa_process import errors, memo
from aws_mfa_process.aws import sources
from aws_mfa_process.chain.model import Source
from aws_mfa_process.errors import MFAProcessError

_MEMORY_BYTES = 1 << 30


def run(arguments: list[str]) -> int:
    """Print the credentials of the source that stands as JSON on standard input, or why not."""
    del arguments
    _bound_memory()
    given = json.load(sys.stdin)
    settings = tuple((name, text) for name, text in given.pop("settings"))
    try:
        found = sources.load(Source(**given, settings=settings))._asdict()
    except MFAProcessError as error:
        # the nearest class that can be made anew from a message and a hint
        kind = next(kind for kind in type(error).mro() if hasattr(errors, kind.__name__))
        found = {"error": kind.__name__, "message": error.message, "hint": error.hint}
    memo.write_answer(json.dumps(found).encode())
    return 0


def _bound_memory() -> None:
    """Let an answer without an end be one that is too long."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Unix alone has it

        with contextlib.suppress(ValueError, OSError):
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, hard))

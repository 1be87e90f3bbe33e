"""Where headers and settings stand in an AWS file: read again, only where a line is to be named."""

from aws_mfa_process.config.text import Written, written
from aws_mfa_process.store.read import regular


def lines_of(path: str) -> tuple[Written, ...]:
    """Return the headers and settings of a file that has been read, with their line numbers.

    Returns:
        Nothing for a file that is none, or a pipe: what stood in it has been read already.
    """
    try:
        with open(path, encoding="utf-8", newline="", opener=regular) as file:
            return tuple(written(file.read()))
    except OSError:
        return ()

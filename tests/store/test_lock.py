"""The lock between processes: what a failure to take it means."""

import errno

import pytest

from aws_mfa_process.store.lock import is_held

HELD = (errno.EWOULDBLOCK, errno.EAGAIN)


@pytest.mark.parametrize("number", [*HELD, errno.EACCES, errno.EDEADLK, errno.ENOLCK, errno.EIO])
def test_failed_lock_counts_as_held_on_windows_whatever_the_reason(number: int) -> None:
    """Elsewhere only one reason means that; the others mean that there are no locks here."""
    error = OSError(number, "x")
    assert is_held(error, "win32")
    assert is_held(error, "linux") == (number in HELD)

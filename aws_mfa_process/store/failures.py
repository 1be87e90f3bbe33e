"""What has failed of late, for those who waited for it."""

import os
from typing import NamedTuple

from aws_mfa_process.errors import MFAProcessError


class Failure(NamedTuple):
    """A failure that others share: when it was, in seconds since the epoch, and in whose job."""

    error: MFAProcessError
    at: float
    process_group: int


def process_group() -> int:
    """Return the number of our process group: that of the job a shell started; 0 on Windows."""
    return os.getpgrp() if hasattr(os, "getpgrp") else 0

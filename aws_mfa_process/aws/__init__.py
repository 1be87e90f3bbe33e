"""Who says so? Calls of AWS, and what each failure means."""

from aws_mfa_process.store import digests  # noqa: F401 - before botocore loads hashlib

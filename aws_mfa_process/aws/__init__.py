"""Who says so? Calls of AWS, and what each failure means."""

from aws_mfa_process import digests  # noqa: F401 - before botocore loads hashlib

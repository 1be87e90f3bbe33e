"""The detached sweep that an answer starts once an hour; not for people."""

from aws_mfa_process import sealed
from aws_mfa_process.store.cache import Cache


def run(arguments: list[str]) -> int:
    """Remove what is expired or left over, apart from the caller."""
    del arguments
    Cache(sealed.cache_dir()).sweep()
    return 0

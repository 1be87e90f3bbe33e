"""Which of a user's MFA devices gave the code that AWS took last.

Its one rule: it only decides which is asked for first; where nothing can be kept, nothing is lost.
"""

from aws_mfa_process import debug
from aws_mfa_process.store.cache import Cache, Key


def read(cache: Cache, key: Key) -> str:
    """Return the serial number; empty where none is known."""
    try:
        return str((cache.read("device", key) or {}).get("serial", ""))
    except AttributeError:  # another version's
        return ""


def write(cache: Cache, key: Key, serial: str) -> None:
    """Keep the serial number."""
    if read(cache, key) == serial:
        return
    try:
        cache.write("device", key, {"serial": serial})
    except OSError as error:
        debug.note(f"the device used last could not be kept: {error.strerror}")

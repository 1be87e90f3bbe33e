"""What `hashlib` gives, without what it prints: a traceback for each kind that cannot be loaded.

Its one rule: whoever needs `hashlib` takes it from here, so that nobody has loaded it before.
"""

import io
from contextlib import redirect_stderr

with redirect_stderr(io.StringIO()):  # nobody here needs the other kinds
    from hashlib import sha1, sha256

__all__ = ("sha1", "sha256")

"""What keeps a program that we start from leading back to us.

Its one rule: whatever could run a ``credential_process`` line of ours is started with the guard's
variable, and with that variable set we refuse.
"""

import os

from aws_mfa_process import GUARD_VARIABLE
from aws_mfa_process.errors import ConfigError

_SENTENCE = "this credential process leads back to itself"


def environment() -> dict[str, str]:
    """Return the environment for a program that we start."""
    return {**os.environ, GUARD_VARIABLE: "1"}


def refuse_if_raised() -> None:
    """Raise `ConfigError` if a program that we started has started us."""
    if GUARD_VARIABLE in os.environ:
        raise ConfigError(
            _SENTENCE, hint="let the profile of the source run another program, or hold the keys"
        )


def has_refused(text: str) -> bool:
    """Tell whether what a program wrote shows that it has led back to us."""
    return _SENTENCE in text

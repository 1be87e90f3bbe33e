"""Long-term credentials in the system keyring, and the index that says which there are.

Its one rule: the keyring is opened by `read` alone, and only when a code is about to be used.
Which profiles have keys stands in an index file that holds no secret.
"""

import json
from collections.abc import Mapping

from aws_mfa_process.cache import Cache
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.memo import APP

_INDEX = {"index": 1}


def stored_key_ids(cache: Cache) -> Mapping[str, str]:
    """Return the access key ids in the keyring by profile, without opening it."""
    document = cache.read("keys", _INDEX)
    return {} if document is None else dict(document)


def read(profile: str) -> SourceCredentials:
    """Return the pair that is stored for a profile.

    Raises:
        PersonNeededError: The keyring is locked or missing, or holds no such pair.
    """
    import keyring
    import keyring.errors

    try:
        text = keyring.get_password(APP, profile)
    except keyring.errors.KeyringLocked as error:
        raise PersonNeededError(
            "the keyring is locked", hint="unlock it (log in to the desktop) and try again"
        ) from error
    except (keyring.errors.KeyringError, RuntimeError) as error:
        raise PersonNeededError(
            f"the keyring cannot be used: {type(error).__name__}",
            hint="start the keyring service of this desktop and try again",
        ) from error
    if text is None:
        raise PersonNeededError(f"the keyring holds no keys for profile {profile}")
    return SourceCredentials(**json.loads(text))

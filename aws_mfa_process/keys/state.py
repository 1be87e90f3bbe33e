"""How the keyring of this system stands, without opening it.

Its one rule: nothing here unlocks it or raises a window.
"""

import importlib
from contextlib import closing

from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.keys import advice
from aws_mfa_process.values import Any, Literal, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_BACKEND = "keyring.backends.SecretService"
_DEFAULT = "default"

Fault = Literal["", "missing", "insecure", "locked", "unknown"]
"""Nothing; there is none; it stores in plaintext; it is locked; it did not answer."""


class State(NamedTuple):
    """How the keyring stands.

    Attributes:
        fault: What is wrong with it.
        sentence: The same for a person.
        hint: What mends it.
    """

    fault: Fault = ""
    sentence: str = ""
    hint: str = ""


def state() -> State:
    """Look at the keyring; that it is locked can be told of the Secret Service alone."""
    from aws_mfa_process.keys import backend

    try:
        keyring = backend.open_keyring()
        kind = type(keyring)
        if "Plaintext" in kind.__qualname__:
            told = (
                f"the keyring is {kind.__module__}.{kind.__qualname__}, which stores in plaintext"
            )
            return State("insecure", told, f"unset PYTHON_KEYRING_BACKEND; {advice.get_one()}")
        if backend.within_limit(_is_locked, keyring):
            return State("locked", f"the keyring ({keyring.name}) is locked", advice.unlock())
    except backend.KeyringLockedError as error:
        return State("unknown", error.message, error.hint)
    except backend.NoSafeKeyringError as error:
        return State("insecure", error.message, error.hint)
    except PersonNeededError as error:
        return State("missing", error.message, error.hint)
    return State()


def _is_locked(keyring: "KeyringBackend") -> bool:
    """Ask for the state of the collection that keyring would open."""
    if type(keyring).__module__ != _BACKEND:
        return False
    service: Any = importlib.import_module(_BACKEND).secretstorage
    with closing(service.dbus_init()) as bus:
        try:
            named = getattr(keyring, "preferred_collection", None)
            if named:
                return bool(service.Collection(bus, named).is_locked())
            return bool(service.get_collection_by_alias(bus, _DEFAULT).is_locked())
        except service.ItemNotFoundException:
            return False

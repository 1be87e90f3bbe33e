"""The keyring itself: which back end is taken, and what its failures mean.

Its one rule: whatever a back end does, it ends within a time limit, nothing it says reaches our
standard streams, and what it raises leaves as one of our errors.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

import aws_mfa_process.store.digests  # noqa: F401, TID253 - before keyring loads hashlib
from aws_mfa_process import PRACTICE_KEYRING_VARIABLE, debug
from aws_mfa_process.config.settings import KEYRING_SECONDS_VARIABLE, whole_number
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.keys import advice

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DEFAULT_LIMIT_SECONDS = 45
_KEEPS_NOTHING = ("keyring.backends.null", "keyring.backends.fail")
_VARIABLE = "PYTHON_KEYRING_BACKEND"
_PRACTICE = "aws_mfa_process.sandbox.keyring.PracticeKeyring"


class KeyringLockedError(PersonNeededError):
    """A person must unlock the keyring first."""


class NoSafeKeyringError(PersonNeededError):
    """There are only keyrings that store in plaintext."""


@functools.cache
def open_keyring() -> "KeyringBackend":
    """Return the keyring of this system; in a practice shell that of the practice and no other."""
    return within_limit(_choose)


def _choose() -> "KeyringBackend":
    """Let keyring look, and take the first one that is fit.

    What keyring finds by itself may be a chain that ends in one of ``keyrings.alt``, which store
    in plaintext or ask for a password at the terminal. Those are taken only if a person named
    them (``PYTHON_KEYRING_BACKEND``, ``keyringrc.cfg``); one that keeps nothing never is.
    """
    import configparser  # noqa: PLC0415 - only where a keyring is opened
    import logging

    import keyring
    import keyring.core

    logging.getLogger().addHandler(logging.NullHandler())  # what back ends log is for nobody
    if os.environ.get(PRACTICE_KEYRING_VARIABLE):
        return keyring.core.load_keyring(_PRACTICE)
    try:
        chosen = keyring.get_keyring()
    except (ValueError, ImportError, AttributeError, configparser.Error) as error:
        raise _named_wrongly(error) from None
    named = bool(os.environ.get(_VARIABLE)) or keyring.core.load_config() is not None
    chain = getattr(chosen, "backends", None)
    found: list[KeyringBackend] = [chosen] if chain is None else list(chain)
    refused = ""
    for backend in found:
        module = type(backend).__module__
        if module.startswith("keyrings.alt.") and (chain is not None or not named):
            refused = refused or f"{module}.{type(backend).__qualname__}"
        elif module not in _KEEPS_NOTHING:
            return backend
    if refused:
        raise NoSafeKeyringError(
            f"the only keyring here is {refused}, which is no safe place",
            hint=f"{advice.get_one()}; or set {_VARIABLE}={refused} if you want just that",
        )
    raise PersonNeededError("there is no system keyring that keeps secrets", hint=advice.get_one())


def _named_wrongly(error: Exception) -> PersonNeededError:
    """Return our error for a back end that a person has named and keyring cannot load.

    Source:
        keyring ``core.py``, ``load_env`` and ``load_config``: what nobody named raises nothing.
    """
    from keyring.util.platform_ import config_root

    is_variable = _VARIABLE in os.environ
    place = _VARIABLE if is_variable else os.path.join(config_root(), "keyringrc.cfg")
    return PersonNeededError(
        f"the keyring that {place} names cannot be loaded ({type(error).__name__})",
        hint=advice.name_another(f"unset {place}" if is_variable else f"mend or remove {place}"),
    )


def within_limit(function: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Call the keyring, which may wait for a person at a window of its own.

    A service that ends while it is asked is asked once more: D-Bus starts it anew, and
    gnome-keyring-daemon is known to abort when several programs talk to it at once.

    Raises:
        PersonNeededError: It failed, is locked, or took too long.
    """
    import threading

    results: list[T] = []
    failures: list[BaseException] = []

    def call() -> None:
        for is_last in (False, True):
            try:
                results.append(function(*arguments))
            except BaseException as error:  # noqa: BLE001 - as whatever its library raises
                if not is_last and _has_ended(error):
                    continue
                failures.append(error)
            break

    limit = {
        name: text for name, text in os.environ.items() if name == KEYRING_SECONDS_VARIABLE and text
    }
    seconds = whole_number(limit, KEYRING_SECONDS_VARIABLE, "") or DEFAULT_LIMIT_SECONDS
    thread = threading.Thread(target=call, daemon=True)
    with _silence():
        thread.start()
        thread.join(seconds)
    if results:
        return results[0]
    if not failures:
        raise KeyringLockedError(
            f"the keyring did not answer within {seconds} seconds",
            hint="it may be asking for its password in a window: unlock it and try again",
        )
    raise _failure(failures[0]) from None


def _has_ended(error: BaseException) -> bool:
    """Tell whether the Secret Service went away, bare or in the error that keyring made of it."""
    return any(
        type(it).__name__ == "SecretServiceNotAvailableException" for it in (error, error.__cause__)
    )


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what a back end, or a program that it starts, says off our standard streams."""
    saved = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
    with open(os.devnull, "w", encoding="utf-8") as null:
        try:
            for descriptor, _ in saved:
                os.dup2(null.fileno(), descriptor)
            with contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
                yield
        finally:
            for descriptor, copy in saved:
                os.dup2(copy, descriptor)
                os.close(copy)


def _failure(error: BaseException) -> MFAProcessError:
    """Return our error for one of the keyring."""
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(error, MFAProcessError):
        return error
    debug.note(f"keyring: {type(error).__name__}")
    if isinstance(error, NoKeyringError):
        return PersonNeededError("there is no system keyring", hint=advice.get_one())
    if isinstance(error, KeyringLocked):
        return KeyringLockedError("the keyring is locked", hint=advice.unlock())
    is_locked = isinstance(error, InitError) or sys.platform == "darwin"
    return PersonNeededError(
        f"the keyring cannot be used ({type(error).__name__})",
        hint=advice.unlock() if is_locked else advice.get_one(),
    )

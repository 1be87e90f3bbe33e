"""Secrets that `setup` took out of the AWS files, kept in the keyring until it is undone.

Its one rule: they lie under names of their own, which no profile has.
"""

from aws_mfa_process import APP
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.keys import advice
from aws_mfa_process.keys.backend import open_keyring, within_limit

_SERVICE = f"{APP} setup"


def keep(name: str, secret: str) -> None:
    """Store a secret and read it back.

    Raises:
        PersonNeededError: The keyring does not keep it.
    """
    keyring = open_keyring()
    within_limit(keyring.set_password, _SERVICE, name, secret)
    if within_limit(keyring.get_password, _SERVICE, name) != secret:
        raise PersonNeededError(
            f"the keyring ({keyring.name}) does not keep what it is given", hint=advice.get_one()
        )


def kept(name: str) -> str:
    """Return a secret.

    Raises:
        PersonNeededError: It is gone.
    """
    secret = within_limit(open_keyring().get_password, _SERVICE, name)
    if secret is None:
        raise PersonNeededError(
            "the keyring no longer holds a session that setup took out of the AWS files",
            hint="it has ended anyway: write back by hand what you need",
        )
    return secret


def forget(name: str) -> None:
    """Remove a secret; one that is gone already is fine."""
    keyring = open_keyring()
    if within_limit(keyring.get_password, _SERVICE, name) is not None:
        within_limit(keyring.delete_password, _SERVICE, name)

"""The keyring of a practice shell: a back end like any other, found by its name.

Its one rule: it keeps what it is given in the practice's own folder, which ends with it.
"""

import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import PasswordDeleteError

from aws_mfa_process import PRACTICE_KEYRING_VARIABLE, sealed


class PracticeKeyring(KeyringBackend):
    """One file an entry, 0600 in a 0700 folder: the pairs are good for the practice AWS alone."""

    name = "practice keyring"

    @properties.classproperty
    def priority(self) -> float:
        """Be no keyring for anybody but a practice shell, which names it."""
        if not os.environ.get(PRACTICE_KEYRING_VARIABLE):
            raise RuntimeError("this is not a practice shell")
        return 0

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is stored; None if nothing is."""
        data = sealed.read_sealed(str(_path(service, username)))
        return None if data is None else data.decode()

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a text."""
        path = _path(service, username)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(sealed.seal(password.encode()))

    def delete_password(self, service: str, username: str) -> None:
        """Remove what is stored."""
        try:
            _path(service, username).unlink()
        except FileNotFoundError:
            raise PasswordDeleteError("there is no such entry") from None


def _path(service: str, username: str) -> Path:
    name = sealed.fingerprint(f"{service}\0{username}".encode())
    return Path(os.environ[PRACTICE_KEYRING_VARIABLE], name)

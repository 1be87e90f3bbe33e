"""The list itself, from wherever it is.

Its one rule: what is longer than a list can be is not read to its end, and nothing of an address
is taken that does not have the check sum that a person has given.
"""

import os
import sys
from collections.abc import Mapping
from typing import BinaryIO

from aws_mfa_process.commands.fetch.place import Place, place_of
from aws_mfa_process.config.account_list import Listing
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.store.digests import sha256

MOST_BYTES = 4 * 1024 * 1024
"""Accounts by the ten thousand."""


def read(text: str, digest: str, environ: Mapping[str, str]) -> tuple[Place, Listing]:
    """Return where a list is, and the list.

    Args:
        text: As a person gave it.
        digest: SHA-256 that was given apart; may be empty.
        environ: As the caller left it.

    Raises:
        ConfigError: It cannot be read, or is not the one that was meant.
        MFAProcessError: It cannot be had from where it is.
    """
    place = place_of(text, digest)
    note = ""
    if place.kind == "https":
        from aws_mfa_process.commands.fetch import web  # noqa: PLC0415 - where it is needed

        data = web.fetch(place, environ, MOST_BYTES)
    elif place.kind == "git":
        from aws_mfa_process.commands.fetch import git  # noqa: PLC0415 - same

        data, note = git.fetch(place, environ, MOST_BYTES)
    else:
        data = _file(place)
    shown = "standard input" if place.address == "-" else place.shown
    if len(data) > MOST_BYTES:
        raise ConfigError(
            f"{shown} is longer than {MOST_BYTES // 1024 // 1024} MiB, and no list of accounts",
            hint="name the list itself",
        )
    _check(place, shown, data)
    return place, Listing(shown, place.path, _decoded(data, shown), note)


def _file(place: Place) -> bytes:
    if os.path.isdir(place.address):
        raise ConfigError(
            f"{place.address} is a folder, and no list",
            hint="name the list in it; in a git repository:"
            f" git+file://{os.path.abspath(place.address)}#path=accounts.csv",
        )
    try:
        if place.address == "-":
            return _some(sys.stdin.buffer) if sys.stdin is not None else b""
        with open(place.address, "rb") as file:
            return _some(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "that is no name of a file"
        raise ConfigError(
            f"{place.address} cannot be read: {why}",
            hint="name a list in CSV, YAML or JSON: account,name,roles,region",
        ) from None


def _some(file: BinaryIO) -> bytes:
    return file.read(MOST_BYTES + 1)


def _check(place: Place, shown: str, data: bytes) -> None:
    """Refuse a list that has another check sum than was given, or one of the web without any."""
    found = sha256(data).hexdigest()
    if place.digest and place.digest != found:
        raise ConfigError(
            f"{shown} has the check sum {found}, and not {place.digest}",
            hint="ask who publishes it whether it was meant to change; if so, give --sha256"
            f" {found}",
        )
    if place.kind == "https" and not place.digest:
        raise ConfigError(
            f"no check sum is given for {shown}: who can change it could give you other roles",
            hint="look at the list, or ask who publishes it for its SHA-256, and run the command"
            f" again with --sha256 {found} (what is there now)",
        )


def _decoded(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(
            f"{shown} cannot be read: it is not UTF-8",
            hint="save it as UTF-8 (in Excel: CSV UTF-8)",
        ) from None

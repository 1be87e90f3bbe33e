"""Credentials of a profile of which this program makes none: without a role and a device.

Its one rule: they are used as they are, where somebody only wants to look.
"""

import shlex
from typing import NamedTuple

from aws_mfa_process import APP
from aws_mfa_process.chain.model import Endpoint, account_id
from aws_mfa_process.chain.source import Walk, first
from aws_mfa_process.commands.profiles.chosen import Named, chosen_of
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.credentials import AnyCredentials
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.sessions.providers import SourceKeys, renewal_of


class Reader(NamedTuple):
    """Who looks.

    Attributes:
        credentials: Of the profile.
        endpoint: Of the profile.
        renewal: How to get other ones where AWS no longer takes them, as a hint.
        mfa_account_id: Whose the MFA device of the profile is; empty: it has none.
    """

    credentials: AnyCredentials
    endpoint: Endpoint
    renewal: str
    mfa_account_id: str = ""


def reader_of(wanted: Named) -> Reader:
    """Return the session of a profile, else its credentials as they are.

    Raises:
        MFAProcessError: There are none.
    """
    keys, profile = _source(wanted), wanted.request.profile
    if keys is not None:
        return Reader(keys.load(), wanted.context.endpoint(profile), renewal_of(keys.source))
    chosen = chosen_of(wanted)
    mfa = chosen.chain.mfa
    session = chosen.load()
    renewal = f"forget it with {APP} logout {shlex.quote(profile)} and try again"
    return Reader(session, chosen.chain.endpoint, renewal, _account_id(mfa.serials) if mfa else "")


def _account_id(serials: tuple[str, ...]) -> str:
    """Return whose devices these are; empty where their serial numbers do not tell."""
    return next((account_id(serial) for serial in serials if account_id(serial)), "")


def _source(wanted: Named) -> SourceKeys | None:
    """Return what a profile starts with, if that is all there is to it."""
    context, request = wanted.context, wanted.request
    line = context.files.profiles.get(request.profile, {}).get("credential_process", "")
    if own_line(request.profile, line) is not None:
        return None
    try:
        walk = Walk(context.files, request, context.stored, context.environ)
    except ConfigError:  # which is told where a chain is made
        return None
    if walk.roles or first(walk.steps, "mfa_serial").settings.get("mfa_serial"):
        return None
    return SourceKeys(walk.source, context.world)

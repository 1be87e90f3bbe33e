"""``list``: which access keys the keyring holds; never a secret."""

import json
import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process import keystore
from aws_mfa_process.chain import session_key
from aws_mfa_process.commands.people import endpoint, say
from aws_mfa_process.context import Context, open_context
from aws_mfa_process.credentials import SessionCredentials, utc_time
from aws_mfa_process.errors import MFAProcessError, STSError
from aws_mfa_process.iam import IAM

HELP = "list the access keys in the system keyring"

_DAY_SECONDS = 86400


def configure(parser: ArgumentParser) -> None:
    """Take the form."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Namespace) -> int:
    """Print a line a key: from the index, and from IAM where an MFA session lives."""
    context = open_context()
    rows = [_row(context, profile, entry) for profile, entry in _index(context)]
    if arguments.json:
        say(json.dumps(rows, indent=2))
        return 0
    if not rows:
        say("The keyring holds no keys; aws-mfa-process add PROFILE stores one.")
    for row in rows:
        used = row["last_used"]
        shown = "" if used is None else f", last used {used or 'never'}"
        say(
            f"{row['profile']}: …{row['access_key_id']} in {row['stored_in']}, stored"
            f" {row['age_days']} days ago{shown}"
        )
    return 0


def _index(context: Context) -> list[tuple[str, keystore.IndexEntry]]:
    return sorted(keystore.read_index(context.cache).items())


def _row(context: Context, profile: str, entry: keystore.IndexEntry) -> dict[str, object]:
    return {
        "profile": profile,
        "access_key_id": entry.access_key_id[-4:],
        "stored_in": entry.backend,
        "stored_at": utc_time(entry.stored_at),
        "age_days": int(time.time() - entry.stored_at) // _DAY_SECONDS,
        "last_used": _last_used(context, profile, entry.access_key_id),
    }


def _last_used(context: Context, profile: str, access_key_id: str) -> str | None:
    """Return what IAM says; None if it cannot be asked without a code."""
    session = live_session(context, profile)
    if session is None:
        return None
    try:
        return IAM(endpoint(context, profile), session).last_used(access_key_id)
    except STSError:
        return None


def live_session(context: Context, profile: str) -> SessionCredentials | None:
    """Return the MFA session of a profile if one lives."""
    try:
        chain = context.chain(profile, {})
    except MFAProcessError:
        return None
    session = context.cache.read_session(session_key(chain))
    return session if session is not None and session.is_alive(time.time()) else None

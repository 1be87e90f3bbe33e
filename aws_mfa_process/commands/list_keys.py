"""``list``: which access keys the keyring holds; never a secret."""

import contextlib
import json
import time
from argparse import ArgumentParser, Namespace
from typing import Any

from aws_mfa_process import APP
from aws_mfa_process.aws.iam import IAM
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Cell, Line, Notes, Table
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.screens.times import clock, days
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.credentials import SessionCredentials, seconds_of, utc_time
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.keys import pairs
from aws_mfa_process.keys.index import IndexEntry, read_index, stored_key_ids

HELP = "list the access keys in the system keyring"

_DAY_SECONDS = 86400
_HEADER = ("PROFILE", "KEY", "KEYRING", "STORED", "MADE", "LAST USED")
_NAMES = (0, 2)
_SPARE = (2, 3)


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Namespace) -> int:
    """Show one line for each key; IAM is asked where an MFA session is alive.

    Raises:
        PersonNeededError: The keyring cannot be asked; what the index says was printed.
    """
    context = open_context(is_silent=True)
    failure, notes = _repair_index(context)
    index = read_index(context.cache)
    context = context._replace(stored=stored_key_ids(context.cache))
    rows = [_row(context, profile, entry) for profile, entry in sorted(index.items())]
    if arguments.json:
        say(json.dumps(rows, indent=2))
    else:
        none = [Line(f"The keyring holds no keys; {APP} add PROFILE stores one.")]
        blocks = _blocks(context, rows, notes) or (none if failure is None else [])
        if blocks:
            screen.show(blocks)
    if failure is not None:
        raise failure
    return 0


def _repair_index(context: Context) -> tuple[PersonNeededError | None, list[tuple[str, str, str]]]:
    """Look for every profile's keys; return why that fails, and what is there that is not ours."""
    notes = []
    for profile in sorted({"default", *context.stored, *context.files.profiles}):
        try:
            pairs.find(context.cache, profile)
        except pairs.NotOurPairError as error:
            notes.append((profile, error.message, error.hint))
        except PersonNeededError as error:
            return error, notes
    return None, notes


def _blocks(
    context: Context, rows: list[dict[str, Any]], notes: list[tuple[str, str, str]]
) -> list[Block]:
    """Return what is shown, in this order."""
    blocks: list[Block] = []
    if rows:
        header = tuple(Cell(text, "dim") for text in _HEADER)
        blocks.append(Table((header, *map(_cells, rows)), _NAMES, _SPARE))
    unknown = [it["profile"] for it in rows if it["created"] is None]
    if any(_live_session(context, profile) is None for profile in unknown):
        blocks.append(
            Line("When a key was made and last used is not known without an MFA session.")
        )
    return [*blocks, Notes(tuple(notes), "person")] if notes else blocks


def _cells(row: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(row["profile"]),
        Cell(f"…{row['access_key_id']}"),
        Cell(row["stored_in"]),
        _time_cell(row["stored_at"]),
        _time_cell(row["created"]),
        Cell("never") if row["last_used"] == "" else _time_cell(row["last_used"]),
    )


def _time_cell(text: str | None) -> Cell:
    """Return a time by the clock on the wall, and where that is too long as an age."""
    if text is None:
        return Cell("-")
    now, at = time.time(), seconds_of(text)
    return Cell(clock(at, now), short=days(now - at))


def _row(context: Context, profile: str, entry: IndexEntry) -> dict[str, Any]:
    created, last_used = 0, None
    session = _live_session(context, profile)
    if session is not None:
        endpoint = context.endpoint(profile)
        with contextlib.suppress(MFAProcessError):
            iam = IAM(endpoint, session, STS(endpoint).caller_arn(session))
            keys = {key.access_key_id: key.created_at for key in iam.access_keys()}
            last_used = iam.last_used(entry.access_key_id)
            created = keys.get(entry.access_key_id, 0)
    return {
        "profile": profile,
        "access_key_id": entry.access_key_id[-4:],
        "stored_in": entry.backend,
        "stored_at": utc_time(entry.stored_at),
        "created": utc_time(created) if created else None,
        "age_days": int(time.time() - created) // _DAY_SECONDS if created else None,
        "last_used": last_used,
    }


def _live_session(context: Context, profile: str) -> SessionCredentials | None:
    """Return the MFA session of a profile if one is alive."""
    try:
        chain = context.chain(Request(profile, {}))
    except MFAProcessError:
        return None
    if chain.mfa is None:
        return None
    session = context.cache.read_session(chain.to_mfa_session().links[0].key)
    return session if session is not None and session.is_alive(time.time()) else None

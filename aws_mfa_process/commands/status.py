"""``status``: what is there, and for how long."""

import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.talk import say
from aws_mfa_process.config.command_line import Request, own_arguments
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of

HELP = "show which sessions are there, and for how long"

_HEADER = ("PROFILE", "ROLE", "MFA SESSION", "ROLE SESSION", "KEYS")


def configure(parser: ArgumentParser) -> None:
    """Take no arguments."""
    del parser


def run(arguments: Namespace) -> int:
    """Print a table of the profiles that this program serves."""
    del arguments
    context = open_context(is_silent=True)
    rows = [_HEADER]
    notes = []
    for profile, values in sorted(context.files.profiles.items()):
        line = values.get("credential_process", "")
        try:
            if "mfa_serial" not in values and not (line and own_arguments(line)):
                continue
            row, note = _row(context, profile)
        except MFAProcessError as error:
            row, note = (profile, "-", "-", "-", "-"), f"{profile}: {error.message}"
        rows.append(row)
        notes += [note] if note else []
    if len(rows) == 1:
        say(f"No profile of {context.files.config_path} uses this program.")
        return 0
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        shown = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        say("  ".join(shown).rstrip())
    for note in notes:
        say(note)
    return 0


def _row(context: Context, profile: str) -> tuple[tuple[str, str, str, str, str], str]:
    """Return the line of a profile, and what went wrong with its last renewal."""
    chain = context.chain_as_sdk(profile)
    links = chain.links
    sessions = [context.cache.read_session(link.key) for link in links]
    row = (
        profile,
        chain.roles[-1].role_arn if chain.roles else "-",
        _left(sessions[0]) if links[0].is_mfa_session else "-",
        _left(sessions[-1]) if chain.roles else "-",
        f"{chain.source.kind} ({chain.source.profile})",
    )
    asker = Asker(chain, Request(profile, {}), refusal="only the past is looked at")
    failure = providers_of(chain, asker, context.world)[-1].last_renewal_failure()
    return row, f"{profile}: renewal failed at {failure}" if failure else ""


def _left(session: SessionCredentials | None) -> str:
    """Return the life that is left, such as ``11 h 59 min``."""
    minutes = int(session.expiration - time.time()) // 60 if session else 0
    if minutes <= 0:
        return "none"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"

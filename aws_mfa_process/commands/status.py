"""``status``: what is there, and for how long."""

import shutil
import sys
import textwrap
import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process.chain.judge import UNSERVED, in_shell, judge_all
from aws_mfa_process.chain.reading import misread
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.talk import say
from aws_mfa_process.commands.view import view_of
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of

HELP = "show which sessions are there, and for how long"

_HEADER = ("PROFILE", "ROLE", "MFA SESSION", "ROLE SESSION", "KEYS")
_COLUMNS = 80
_SHORTEST = 8


def configure(parser: ArgumentParser) -> None:
    """Take no arguments."""
    del parser


def run(arguments: Namespace) -> int:
    """Print a table of the profiles that this program serves, and what is wrong with others."""
    del arguments
    context = open_context(is_silent=True)
    view = view_of(context.files, context.environ)
    judgements = judge_all(view)
    rows: list[tuple[str, ...]] = [_HEADER]
    notes = []
    for judgement in judgements:
        is_source = judgement.outcome == "source"
        if judgement.outcome == "served" or (
            is_source and "mfa_serial" in view.settings(judgement.profile)
        ):
            row, note = _row(context, judgement.profile)
            rows.append(row)
            notes += [note] if note else []
    if len(rows) == 1:
        say(f"No profile of {context.files.config_path} uses this program.")
    else:
        _print(_fitted(rows))
    obstacle = context.cache.obstacle()
    notes += [f"No session can be kept: {obstacle}"] if obstacle else []
    for note in notes:
        say(note)
    served = [it for it in judgements if it.outcome in ("served", "opaque")]
    _tell(
        "Not served by this program",
        [it.verdicts[0] for it in judgements if it.outcome in UNSERVED],
    )
    _tell(
        "Good to know",
        [*(verdict for it in served for verdict in it.verdicts), *misread(view), *in_shell(view)],
    )
    return 0


def _print(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        shown = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        say("  ".join(shown).rstrip())


def _tell(title: str, verdicts: list[Verdict]) -> None:
    """Print verdicts below a title, each with the profile and what mends it."""
    if not verdicts:
        return
    say(f"\n{title}")
    width = max(len(verdict.profile) for verdict in verdicts)
    for verdict in verdicts:
        start = f"  {verdict.profile.ljust(width)}  "
        blank = " " * len(start)
        for text, first in ((verdict.sentence, start), (verdict.hint, blank)):
            wrapped = textwrap.wrap(
                text,
                max(_COLUMNS, len(start) + 40),
                initial_indent=first,
                subsequent_indent=blank,
                break_long_words=False,
                break_on_hyphens=False,
            )
            say("\n".join(wrapped))


def _fitted(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Cut the longest cells in the middle until no row is wider than the terminal, if there is one.

    Roles are not as wide as ARNs: they are shown as ``ACCOUNT:role/NAME``.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return rows
    room = shutil.get_terminal_size().columns - 2 * (len(_HEADER) - 1)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) > room and max(widths) > _SHORTEST:
        widths[widths.index(max(widths))] -= 1
    return [tuple(map(_cut, row, widths)) for row in rows]


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    start = width // 2
    return f"{text[:start]}…{text[len(text) - (width - start - 1) :]}"


def _role(arn: str) -> str:
    """Return a role as people know it.

    >>> _role("arn:aws:iam::222222222222:role/Admin")
    '222222222222:role/Admin'
    """
    return ":".join(arn.split(":")[4:])


def _row(context: Context, profile: str) -> tuple[tuple[str, ...], str]:
    """Return the line of a profile, and what is wrong with it or with its last renewal."""
    try:
        chain = context.chain_as_sdk(profile)
    except MFAProcessError as error:
        return (profile, "-", "-", "-", "-"), f"{profile}: {error.message}"
    links = chain.links
    sessions = [context.cache.read_session(link.key) for link in links]
    row = (
        profile,
        _role(chain.roles[-1].role_arn) if chain.roles else "-",
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

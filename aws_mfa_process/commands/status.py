"""``status``: what is there, for how long, and what happens next."""

import os
import time
from collections.abc import Iterable, Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain.judge import UNSERVED, in_shell, judge_all, missing
from aws_mfa_process.chain.reading import misread
from aws_mfa_process.chain.view import Verdict, View
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.profiles import rows
from aws_mfa_process.commands.profiles.standing import Standing, standing_of
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Line, Style
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.screens.times import clock, days
from aws_mfa_process.config.profiles import KEY_ID
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.keys.index import IndexEntry, read_index
from aws_mfa_process.store.cache import Snapshot
from aws_mfa_process.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "show which sessions are there, and for how long"
BARE = {"profiles": [], "json": False, "watch": False, "short": False}
"""What no words at all say: people wait for it, and `argparse` would cost a twentieth."""


class State(NamedTuple):
    """All that ``status`` tells.

    Attributes:
        standings: Of the profiles that are named, else of all that use this program.
        verdicts: On the files and the shell.
        keys: What the index of the keyring says.
        obstacle: Why no session can be kept; empty: they can.
        is_whole: No profile is named.
    """

    view: View
    standings: tuple[Standing, ...]
    verdicts: tuple[Verdict, ...]
    keys: Mapping[str, IndexEntry]
    obstacle: str
    is_whole: bool


def configure(parser: "ArgumentParser") -> None:
    """Take the profiles, and how to show them."""
    parser.add_argument(
        "profiles", metavar="PROFILE", nargs="*", help="profiles to show; none: all there are"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--watch", action="store_true", help="show it anew every second, until Ctrl-C"
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="print PROFILE and what is left in a few letters, for the prompt of a shell; exit"
        " status 3 if a code is needed",
    )


def run(arguments: "Namespace") -> int:
    """Show it.

    Raises:
        ConfigError: A profile does not exist, or options do not go together.
    """
    chosen = [name for name in ("json", "watch", "short") if getattr(arguments, name)]
    if len(chosen) > 1:
        raise ConfigError(
            f"--{chosen[0]} and --{chosen[1]} do not go together", hint=f"{APP} status --help"
        )
    if arguments.short:
        return _short(arguments.profiles)
    if arguments.watch:
        return _watch(arguments.profiles)
    state = _look(open_context(is_silent=True), arguments.profiles)
    if arguments.json:
        from aws_mfa_process.commands.formats.status import text_of  # noqa: PLC0415 - for scripts

        say(text_of(state))
    else:
        screen.show(_blocks(state))
    return 0


def _short(profiles: list[str]) -> int:
    from aws_mfa_process.commands import short  # noqa: PLC0415 - apart from all the rest

    found = profiles or list(filter(None, [os.environ.get("AWS_PROFILE")]))
    if len(found) != 1:
        raise ConfigError("--short is for one profile", hint=f"{APP} status --short PROFILE")
    return short.run(found[0])


def _watch(profiles: list[str]) -> int:
    """Show it until Ctrl-C, which is no failure here."""
    if not screen.can_redraw():
        raise ConfigError(
            "--watch needs a terminal on standard output", hint=f"{APP} status --json"
        )
    context = open_context(is_silent=True)
    _look(context, profiles)
    environ = context.environ

    def make() -> list[Block]:
        now = open_context(is_silent=True)._replace(environ=environ)
        return _blocks(_look(now, profiles))

    try:
        screen.show_until_interrupted(make)
    except KeyboardInterrupt:
        return 0
    return 0


def _look(context: Context, profiles: list[str]) -> State:
    """Look at the profiles that are named, else at all that use this program.

    Raises:
        ConfigError: One does not exist.
    """
    view = view_of(context.files, context.environ)
    unknown = [name for name in profiles if name not in context.files.profiles]
    if unknown:
        names = "; ".join(f"profile {name} does not exist" for name in dict.fromkeys(unknown))
        raise ConfigError(names, hint=missing(unknown[0], view))
    judgements = judge_all(view)
    past = context._replace(cache=Snapshot(context.cache.folder))
    if profiles:
        judgements = [it for it in judgements if it.profile in profiles]
    else:
        judgements = [it for it in judgements if it.outcome != "foreign"]
    return State(
        view,
        tuple(standing_of(past, judgement) for judgement in judgements),
        () if profiles else (*misread(view), *in_shell(view)),
        read_index(context.cache),
        context.cache.trouble(),
        not profiles,
    )


def _blocks(state: State) -> list[Block]:
    """Return what is shown, in this order."""
    shown = [it for it in state.standings if it.judgement.outcome == "served"]
    sources = [it for it in state.standings if it.judgement.outcome == "source"]
    sources = [it for it in sources if it.chain is not None and it.chain.mfa is not None]
    blocks: list[Block] = [*rows.bars([*sources, *shown])]
    if shown:
        blocks.append(rows.table(shown))
    elif state.is_whole:
        path = state.view.short(state.view.files.config_path)
        blocks.append(Line(f"No profile of {path} uses this program."))
        blocks += rows.first_step(state.standings)
    foreign = [it.profile for it in state.standings if it.judgement.outcome == "foreign"]
    blocks += [Line(f"{name} does not use this program.", "dim") for name in foreign]
    blocks += _troubles(state, [*sources, *shown])
    unserved = [
        it.judgement.verdicts[0] for it in state.standings if it.judgement.outcome in UNSERVED
    ]
    blocks += _notes("Not served by this program", unserved, "dim")
    good = [it for it in state.standings if it.judgement.outcome in ("served", "opaque")]
    said = [verdict for it in good for verdict in it.judgement.verdicts]
    blocks += _notes("Good to know", [*said, *state.verdicts])
    keys = _keys(state, [*sources, *shown])
    return [*blocks, Line(), Line(f"Keys: {'; '.join(keys)}.")] if keys else blocks


def _troubles(state: State, standings: list[Standing]) -> list[Block]:
    """Return what cannot be made, and what has failed."""
    errors = [(it.profile, it.error) for it in standings if it.error is not None]
    notes = [(profile, error.message, error.hint) for profile, error in errors]
    now = time.time()
    for it in rows.failed(standings):
        what = "renewal failed" if it.failure.is_renewal else "failed"
        whose = f", for {it.number} profiles" if it.number > 1 else ""
        told = rows.reason(it.failure.error, it.chain)
        told = f"{what} at {clock(it.failure.at, now)}{whose}: {told}"
        notes.append((it.who, told, it.failure.error.hint))
    if state.obstacle:
        notes.append(("", f"No session can be kept: {state.obstacle}", ""))
    return [Line(), Line("Needs a look"), rows.notes(notes, "person")] if notes else []


def _notes(title: str, verdicts: list[Verdict], style: Style = "") -> list[Block]:
    if not verdicts:
        return []
    notes = [(verdict.profile, verdict.sentence, verdict.hint) for verdict in verdicts]
    return [Line(), Line(title), rows.notes(notes, style)]


def _keys(state: State, standings: Iterable[Standing]) -> list[str]:
    """Say where the long-term keys of profiles are."""
    found = {}
    for standing in standings:
        source = standing.chain.source if standing.chain is not None else None
        if source is None or not source.is_long_term:
            continue
        entry = state.keys.get(source.profile)
        if source.kind == "keyring" and entry is not None:
            age = days(time.time() - entry.stored_at)
            found[source.profile] = f"{source.profile} in {entry.backend}, stored {age}"
        elif source.kind == "static":
            place = state.view.place(source.profile, KEY_ID)
            found[source.profile] = f"{source.profile} in plaintext, {place}"
    return list(found.values())

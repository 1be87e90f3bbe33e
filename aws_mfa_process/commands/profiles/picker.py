"""The list of profiles to pick one from, on the terminal.

Its one rule: standard output is not used, since it may be data for another program.
"""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from aws_mfa_process import APP
from aws_mfa_process.chain.judge import judge_all
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.profiles import recent
from aws_mfa_process.display import plain
from aws_mfa_process.errors import ConfigError, MFAProcessError

if TYPE_CHECKING:
    from questionary import Question

_OFFERED = ("served", "unserved")
"""What this program can give credentials for: with a line of ours, or MFA settings alone."""
_LONGEST = 64
"""Letters of a name that are shown, and so can be typed; AWS allows as many for that of a role."""


class Offer(NamedTuple):
    """A profile in the list; account and role are empty where there is none."""

    profile: str
    account: str
    role: str


def pick(context: Context, view: View, usage: str, account: str = "") -> str:
    """Return the profile that a person picks.

    Args:
        context: The world.
        view: What the judge looks at.
        usage: How one is named on the command line, for the hint.
        account: Only profiles that reach it are in the list; empty: all are.

    Raises:
        ConfigError: There is no terminal, or nothing to pick.
        KeyboardInterrupt: The person leaves the list.
    """
    if not is_terminal():
        raise ConfigError("no profile is named", hint=usage)
    found = [it for it in offers(context, view) if account in ("", it.account)]
    if not found:
        raise ConfigError(
            f"no profile is named, and none of {view.short(context.files.config_path)} uses this"
            " program",
            hint=f"{APP} setup",
        )
    return _ask(_ordered(found), context.environ.get("AWS_PROFILE", ""))


def offers(context: Context, view: View) -> Iterator[Offer]:
    """Yield the profiles that this program serves, with account and role."""
    for judgement in judge_all(view):
        if judgement.outcome not in _OFFERED:
            continue
        profile = judgement.profile
        try:
            roles = context.chain_as_sdk(profile).roles
        except MFAProcessError:
            roles = ()
        account, _, role = (
            roles[-1].role_arn.split(":", 4)[-1].partition(":") if roles else [""] * 3
        )
        yield Offer(profile, account, role.removeprefix("role/"))


def _ordered(found: list[Offer]) -> list[Offer]:
    """Return those used lately first, the last one before all; the others by name."""
    first = recent.names()
    return sorted(
        found,
        key=lambda it: first.index(it.profile) if it.profile in first else len(first),
    )


def is_terminal() -> bool:
    """Tell whether a list can be shown on standard error and keys be read."""
    is_there = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return is_there and os.environ.get("TERM") != "dumb"


def _ask(found: list[Offer], here: str) -> str:
    """Show the list, with the pointer at the shell's profile if that is in it."""
    import questionary  # noqa: PLC0415 - only where a person picks
    from prompt_toolkit.output import create_output  # noqa: PLC0415 - same

    shown = [[plain(text, _LONGEST) for text in it] for it in found]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    choices = [
        questionary.Choice(
            "  ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True)),
            value=it.profile,
        )
        for it, texts in zip(found, shown, strict=True)
    ]
    question = questionary.select(
        "Profile:",
        choices=choices,
        default=next((choice for choice in choices if choice.value == here), None),
        instruction="(type to filter, ↑ ↓, Enter)",
        use_search_filter=True,
        use_jk_keys=False,
        erase_when_done=True,
        output=create_output(stdout=sys.stderr),
    )
    _ignore_enter_where_none_is_found(question)
    return str(question.unsafe_ask())


def _ignore_enter_where_none_is_found(question: "Question") -> None:
    """Pick nothing that nobody meant: without a match questionary shows the whole list again."""
    from prompt_toolkit.filters import Condition  # noqa: PLC0415 - only where a person picks
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings  # noqa: PLC0415 - same
    from questionary.prompts.common import InquirerControl  # noqa: PLC0415 - same

    application = question.application
    controls = application.layout.find_all_controls()
    control = next(it for it in controls if isinstance(it, InquirerControl))

    def is_lost() -> bool:
        every = control.filtered_choices  # which notes whether it has found some
        return bool(every and control.search_filter and not control.found_in_search)

    keys = KeyBindings()
    keys.add("enter", filter=Condition(is_lost), eager=True)(lambda _: None)
    usual = application.key_bindings
    application.key_bindings = merge_key_bindings([usual, keys] if usual else [keys])

"""The facts, gathered: files, keyring, network, desktop.

Its one rule: nobody is asked, and nothing is changed.
"""

import os
import sys
import time
from collections.abc import Mapping

from aws_mfa_process.chain.judge import judge_all, missing
from aws_mfa_process.commands.checks.ask_aws import SECONDS, answers_and_users
from aws_mfa_process.commands.checks.files_there import files_there
from aws_mfa_process.commands.checks.world import World
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.profiles.standing import standing_of
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.config.settings import KEYRING_SECONDS_VARIABLE
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.keys import state
from aws_mfa_process.keys.index import read_index
from aws_mfa_process.prompt import programs
from aws_mfa_process.store.read import regular

_HEAD_BYTES = 4096


def look(context: Context, profile: str, known: World | None = None) -> World:
    """Return all facts.

    Args:
        context: The files, and the environment as the caller left it.
        profile: The only one to look at; empty: all.
        known: What was seen a moment ago: network and keyring are not asked anew.

    Raises:
        ConfigError: The profile does not exist.
    """
    view = view_of(context.files, context.environ)
    if profile and profile not in context.files.profiles:
        raise ConfigError(f"profile {profile} does not exist", hint=missing(profile, view))
    standings = tuple(
        standing_of(context, it)
        for it in judge_all(view)
        if it.profile == profile or (not profile and it.outcome != "foreign")
    )
    if known is not None:
        answers, users, keyring = known.answers, known.users, known.keyring
    else:
        answers, users = answers_and_users(context.files, standings)
        os.environ.setdefault(KEYRING_SECONDS_VARIABLE, str(SECONDS))
        keyring = state.state()
    return World(
        view=view,
        standings=standings,
        stored=read_index(context.cache),
        files=files_there(context),
        obstacle=context.cache.trouble(),
        answers=answers,
        users=users,
        keyring=keyring,
        asks_in_window=programs.program() is not None,
        has_desktop=_has_desktop(context.environ),
        text_of=_text_of,
        profile=profile,
        now=time.time(),
    )


def _has_desktop(environ: Mapping[str, str]) -> bool:
    is_shown = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return is_shown or sys.platform in ("win32", "darwin")


def _text_of(program: str) -> str:
    """Return the start of a script; empty where it is no file or no text, or cannot be read."""
    try:
        with open(program, encoding="utf-8", opener=regular) as file:
            return file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return ""

"""The facts, gathered: files, keyring, network, desktop.

Its one rule: nobody is asked, nothing is changed, and the network has three seconds.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_mfa_process.aws.reach import late, their_time
from aws_mfa_process.chain.judge import judge_all, missing
from aws_mfa_process.chain.model import Chain, Endpoint
from aws_mfa_process.commands.checks.files_there import files_there
from aws_mfa_process.commands.checks.world import Answer, User, World
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.standing import Standing, standing_of
from aws_mfa_process.commands.view import view_of
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY
from aws_mfa_process.config.settings import KEYRING_SECONDS_VARIABLE
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.keys import state
from aws_mfa_process.keys.index import read_index
from aws_mfa_process.prompt import programs

_SECONDS = 3
_GRACE_SECONDS = 0.5
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
        answers, users = _network(context, standings)
        os.environ.setdefault(KEYRING_SECONDS_VARIABLE, str(_SECONDS))
        keyring = state.state()
    return World(
        view=view,
        standings=standings,
        stored=read_index(context.cache),
        files=files_there(context),
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
    """Return the start of a script; empty where it is no text, or cannot be read."""
    try:
        with open(program, encoding="utf-8") as file:
            return file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return ""


def _network(
    context: Context, standings: tuple[Standing, ...]
) -> tuple[tuple[Answer, ...], Mapping[str, User]]:
    """Ask each STS for its time, and whose the keys in plaintext are, all at once."""
    chains = [it.chain for it in standings if it.chain is not None]
    endpoints = {
        repr((*it.endpoint[1:4], it.endpoint.settings.get("ca_bundle"))): it.endpoint
        for it in chains
    }
    sources = {it.source.profile: it for it in chains if _is_plain(it)}
    jobs: dict[Any, Callable[[], Any]] = {
        number: _asking(_answer, endpoint) for number, endpoint in enumerate(endpoints.values())
    }
    jobs |= {name: _asking(_user, context, chain) for name, chain in sources.items()}
    found = _together(jobs)
    answers = tuple(
        found.get(number) or Answer("", error=late(endpoint, _SECONDS))
        for number, endpoint in enumerate(endpoints.values())
    )
    return answers, {name: found[name] for name in sources if found.get(name)}


def _is_plain(chain: Chain) -> bool:
    return chain.source.kind == "static" and chain.source.is_long_term


def _asking(function: Callable[..., Any], *arguments: object) -> Callable[[], Any]:
    return lambda: function(*arguments)


def _together(jobs: Mapping[Any, Callable[[], Any]]) -> dict[Any, Any]:
    """Return the results of those that end in time; none of them may raise."""
    results: dict[Any, Any] = {}

    def work(name: object) -> None:
        results[name] = jobs[name]()

    threads = [threading.Thread(target=work, args=(name,), daemon=True) for name in jobs]
    deadline = time.monotonic() + _SECONDS + _GRACE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return dict(results)


def _answer(endpoint: Endpoint) -> Answer:
    started = time.time()
    try:
        theirs = their_time(endpoint, _SECONDS)
    except MFAProcessError as error:
        return Answer(endpoint.region, error=error)
    ahead = (started + time.time()) / 2 - theirs if theirs else None
    return Answer(endpoint.region, ahead)


def _user(context: Context, chain: Chain) -> User | None:
    """Ask AWS whose a key in plaintext is, and which devices that user has."""
    from aws_mfa_process.aws.iam import IAM  # noqa: PLC0415 - boto3 is heavy
    from aws_mfa_process.aws.sts import STS  # noqa: PLC0415 - same

    values = context.files.keys_of(chain.source.profile)
    credentials = SourceCredentials(values[KEY_ID], values[SECRET_KEY])
    try:
        arn = STS(chain.endpoint).caller_arn(credentials)
    except MFAProcessError:
        return None
    try:
        return User(arn, tuple(IAM(chain.endpoint, credentials, arn).mfa_serials()))
    except MFAProcessError:
        return User(arn)

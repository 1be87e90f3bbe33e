"""``login --all-roles``: every role after the code, in parallel.

Its one rule: a role that fails stops no other one, and nobody is asked: a role that takes a code
of its own (direct mode) is only listed.
"""

import shlex
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import NamedTuple

from aws_mfa_process import APP, memo
from aws_mfa_process.chain.judge import judge_all
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.logins.making import Login, remember_line, role_of
from aws_mfa_process.commands.logins.wanted import Wanted
from aws_mfa_process.commands.profiles import rows
from aws_mfa_process.commands.profiles.standing import standing_of
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Block, Line
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.screens.times import clock
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.display import MANY, listed
from aws_mfa_process.errors import MFAProcessError, STSError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.signals import through_pauses, unpausable

_AT_ONCE = 10
"""Threads: as many as botocore keeps connections of one client."""


class Result(NamedTuple):
    """What has become of a role, for all profiles that want just this session."""

    profiles: list[str]
    chain: Chain
    session: SessionCredentials | None
    error: MFAProcessError | None = None


def assume_all(login: Login, view: View, wanted: Wanted) -> None:
    """Assume every role of some profiles, and show what has become of each.

    Raises:
        STSError: Some could not be assumed.
    """
    groups = _groups(wanted)
    results = through_pauses(lambda: _shown(login, groups), memo.release) if groups else []
    failed = {name for it in results if it.error is not None for name in it.profiles}
    names = {name for name, chain in wanted if chain.roles} - failed
    if names and screen.is_drawn():
        judgements = [judgement for judgement in judge_all(view) if judgement.profile in names]
        screen.show([rows.table([standing_of(login.context, it) for it in judgements])])
    _conclude(login, wanted, results)


def _shown(login: Login, groups: list[tuple[list[str], Chain]]) -> list[Result]:
    """Assume the roles and show how far it is; Ctrl-Z waits, since others wait for our locks."""
    results: list[Result] = []
    with unpausable():
        if screen.is_drawn():
            from aws_mfa_process.commands.screens import drawn  # noqa: PLC0415 - rich is heavy

            results += drawn.progress("Roles", _results(login, groups), len(groups))
        else:
            for result in _results(login, groups):
                _tell(result)
                results.append(result)
    return results


def _groups(wanted: Wanted) -> list[tuple[list[str], Chain]]:
    """Return the sessions that need no code of their own, each with the profiles that want it."""
    found: dict[str, tuple[list[str], Chain]] = {}
    for profile, chain in wanted:
        if chain.roles and not chain.links[-1].has_code and not _is_direct(chain):
            found.setdefault(repr(chain.links[-1].key), ([], chain))[0].append(profile)
    return list(found.values())


def _is_direct(chain: Chain) -> bool:
    return chain.mfa is not None and chain.mfa.mode == "direct"


def _results(login: Login, groups: list[tuple[list[str], Chain]]) -> Iterator[Result]:
    """Yield results as they come; what starts with another program's keys comes one by one."""
    together = [it for it in groups if it[1].is_of_mfa_session or it[1].source.sign_in]
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        running: list[Future[Result]] = [pool.submit(_assume, login, *group) for group in together]
        yield from (future.result() for future in as_completed(running))
        yield from (_assume(login, *group) for group in groups if group not in together)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _assume(login: Login, profiles: list[str], chain: Chain) -> Result:
    """Make the session of one role, and the memos of the profiles that want it."""
    asker = Asker(chain, login.request, refusal="the MFA session is not there")
    provider = providers_of(chain, asker, login.world)[-1]
    try:
        session = provider.load() if login.least_seconds else provider.load_anew()
        for profile in profiles:
            remember_line(login, profile, chain, session)
    except MFAProcessError as error:
        return Result(profiles, chain, None, error)
    return Result(profiles, chain, session)


def _tell(result: Result) -> None:
    """Say in a line for each profile that its role is ready; failures are told at the end."""
    for profile in result.profiles if result.session is not None else []:
        until = clock(result.session.expiration, time.time()) if result.session else ""
        say(f"{profile}: {role_of(result.chain)} until {until}, then renewed by itself")


def _conclude(login: Login, wanted: Wanted, results: list[Result]) -> None:
    """Say what has failed, what takes a code of its own, and what happens to the others."""
    failed = [(name, it) for it in results for name in it.profiles if it.error is not None]
    failed.sort(key=lambda pair: pair[0])
    ready = [name for it in results for name in it.profiles if it.error is None]
    direct = [profile for profile, chain in wanted if chain.roles and _is_direct(chain)]
    total = len(failed) + len(ready)
    blocks: list[Block] = []
    if failed:
        notes = [(name, _told(it), it.error.hint) for name, it in failed if it.error is not None]
        blocks += [Line(f"{len(failed)} of {total} roles failed"), rows.notes(notes, "person")]
    if direct:
        hint = f"{APP} login {shlex.join(direct)}"
        blocks.append(Line(f"With a code of their own (direct mode): {hint}"))
    if ready:
        others = f"The other {len(ready)}" if failed else f"All {len(ready)} roles"
        rest = "are ready and renewed by themselves"
        if len(ready) == 1:
            others, rest = f"The {'other ' * bool(failed)}role", "is ready and renewed by itself"
        blocks.append(Line(f"{others} {rest}{_end(login, results)}."))
    screen.show(blocks or [Line("No role starts with it.")])
    if failed:
        names = [name for name, _ in failed]
        is_all = len(names) > MANY and not login.arguments.profiles
        again = "--all-roles" if is_all else shlex.join(names)
        raise STSError(
            f"{len(failed)} of {total} roles failed: {listed(names)}",
            hint=f"correct them and run {APP} login {again} --if-needed",
        )


def _told(result: Result) -> str:
    why = rows.reason(result.error, result.chain) if result.error is not None else ""
    return f"{role_of(result.chain)}  {why}"


def _end(login: Login, results: list[Result]) -> str:
    """Return until when roles are renewed: as long as their MFA sessions live."""
    ends = []
    for result in results:
        first = result.chain.links[0]
        session = login.context.cache.read_session(first.key) if first.is_mfa_session else None
        if result.error is None and session is not None:
            ends.append(session.expiration)
    return f" until {clock(min(ends), time.time())}" if ends else ""

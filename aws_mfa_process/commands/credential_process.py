"""The credential process itself: one line of JSON on standard output, or nothing.

Its one rule: what is printed is built whole before the first byte leaves.
"""

import os
import sys
import time

from aws_mfa_process import debug, memo
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.commands.context import Context, login_hint, open_context
from aws_mfa_process.config.command_line import parse
from aws_mfa_process.credentials import LAST_USE_SECONDS
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.keys.index import stored_key_ids
from aws_mfa_process.pause import through_pauses
from aws_mfa_process.prompt.caller import caller_name
from aws_mfa_process.prompt.choice import DialogWantedError, asker_of
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.cached import Cached


def run(arguments: list[str], asker_for: str = "") -> int:
    """Print the credentials of a profile.

    Args:
        arguments: The command line.
        asker_for: We are the process that opens a window (``ask``), for the program of this name.

    Raises:
        MFAProcessError: Nothing was printed.
    """
    memo_key = memo.key(arguments)
    request = parse(arguments)
    context = open_context()
    if asker_for:
        request = request._replace(overrides={**request.overrides, "mfa_prompt": "dialog"})
    chain = context.chain(request, arguments)
    asker = asker_of(
        chain, given_code=request.mfa_code, caller=asker_for, opens_windows=bool(asker_for)
    )
    answer = providers_of(chain, asker, context.world)[-1]
    try:
        session = through_pauses(answer.load)
    except DialogWantedError:
        old = answer.stored()
        if old is None or not old.is_alive(time.time()):
            return _ask_elsewhere(arguments)
        debug.note("the old session goes on: only a window could ask")
        session = old
    except PersonNeededError as error:
        error.hint = error.hint or login_hint(chain, request)
        raise
    if request.mfa_code is None:
        remember(context, chain, memo_key, answer)
    _write(session.answer())
    return 0


def _ask_elsewhere(arguments: list[str]) -> int:
    """Let a process answer that may ask in a window and outlives us; pass on what it says.

    Raises:
        PersonNeededError: It was ended.
    """
    import subprocess  # noqa: PLC0415 - for the one that waits for a window

    command = [sys.executable, "-P", "-m", "aws_mfa_process", "ask", caller_name(), *arguments]
    pipe = subprocess.PIPE
    asker = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        start_new_session=os.name != "nt",
    )
    answer, error = asker.communicate()
    if error:
        os.write(2, error)
        return asker.returncode or PersonNeededError.exit_code
    if not answer:
        raise PersonNeededError("no answer came from the window that asked for the MFA code")
    _write(answer)
    return 0


def _write(answer: bytes) -> None:
    """Write an answer to standard output.

    Raises:
        BrokenPipeError: Nobody reads it any more.
        MFAProcessError: It could not be written for another reason.
    """
    try:
        memo.write_answer(answer)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MFAProcessError(
            f"the answer could not be written to standard output: {error.strerror}"
        ) from None


def remember(context: Context, chain: Chain, memo_key: bytes, provider: Cached) -> None:
    """Write the memo of an answer, so that the next call is warm; a failure costs only time.

    A session that somebody has logged out of meanwhile is stored no more, and has no memo; nor
    has one that may be of a key that was replaced meanwhile.
    """
    session = provider.stored()
    is_foreign = chain.source.kind == "credential_source"
    if memo.is_bypassed() or is_foreign or session is None or not session.is_fresh(time.time()):
        return
    fresh_until = session.fresh_until()
    renew_from = renew_until = fresh_until
    first = chain.links[0]
    if first.is_mfa_session and chain.roles:
        mfa_session = context.cache.read_session(first.key)
        if mfa_session is not None:
            renew_from = session.half_life()
            renew_until = mfa_session.expiration - LAST_USE_SECONDS
    data = memo.pack(memo_key, fresh_until, renew_from, renew_until, session.answer())
    path = memo.path_of(memo_key)
    try:
        context.cache.write_sealed(path, data)
        if provider.stored() != session or stored_key_ids(context.cache) != context.stored:
            context.cache.remove(path)
    except OSError as error:
        debug.note(f"the memo could not be written: {error.strerror}")

"""The credential process itself: one line of JSON on standard output, or nothing.

Its one rule: what is printed is built whole before the first byte leaves.
"""

import os
import sys
import time
from collections.abc import Mapping

from aws_mfa_process import APP, debug, memo
from aws_mfa_process.chain.model import Chain, session_key
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.config import settings
from aws_mfa_process.credentials import LAST_USE_SECONDS
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError
from aws_mfa_process.keys.pairs import stored_key_ids
from aws_mfa_process.prompt.caller import caller_name
from aws_mfa_process.prompt.choice import DialogWantedError
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.signals import through_pauses


def run(arguments: list[str], asker_for: str | None = None) -> int:
    """Print the credentials of a profile.

    Args:
        arguments: The command line.
        asker_for: We are the process that opens a window (``ask``), for this program.

    Raises:
        MFAProcessError: Nothing was printed.
    """
    memo_key = memo.key(arguments)
    values = settings.parse(arguments)
    context = open_context()
    told = settings.overrides(values)
    if asker_for is not None:
        told["mfa_prompt"] = "dialog"
    chain = context.chain(profile_of(values), told)
    given_code = values.get("mfa_code")
    is_caller = asker_for is None
    providers = context.providers(
        chain, told=told, given_code=given_code, is_caller=is_caller, caller=asker_for or ""
    )
    try:
        session = through_pauses(providers[-1].load, memo.release)
    except DialogWantedError:
        return _ask_elsewhere(arguments)
    if given_code is None:
        remember(context, chain, memo_key, providers[-1])
    _write(session.answer())
    return 0


def _ask_elsewhere(arguments: list[str]) -> int:
    """Let a process answer that may ask in a window and outlives us; pass on what it says.

    Raises:
        PersonNeededError: It was ended.
    """
    from aws_mfa_process.prompt.child import survivor  # noqa: PLC0415 - who waits for a window

    command = [sys.executable, "-P", "-m", "aws_mfa_process", "ask", caller_name(), *arguments]
    asker = survivor(command)
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


def profile_of(values: Mapping[str, str]) -> str:
    """Return the profile that the command line names.

    Raises:
        ConfigError: It names none.
    """
    if not values.get("profile"):
        raise ConfigError(
            "no profile is named",
            hint=f"{APP} --profile NAME, or {APP} --help",
        )
    return values["profile"]


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
    if chain.mfa is not None and chain.mfa.mode == "session" and chain.roles:
        mfa_session = context.cache.read_session(session_key(chain))
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

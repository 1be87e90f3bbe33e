"""The credential process itself: one line of JSON on standard output, or nothing.

Its one rule: what is printed is built whole before the first byte leaves.
"""

import os
import sys
import time
from collections.abc import Mapping

from aws_mfa_process import debug, memo, settings
from aws_mfa_process.chain import Chain, session_key
from aws_mfa_process.context import Context, open_context
from aws_mfa_process.credentials import LAST_USE_SECONDS, SessionCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.prompt import DialogWantedError
from aws_mfa_process.prompt.caller import caller_name


def run(arguments: list[str]) -> int:
    """Print the credentials of a profile.

    Args:
        arguments: The command line.

    Raises:
        MFAProcessError: Nothing was printed.
    """
    memo_key = memo.key(arguments)
    values = settings.parse(arguments)
    context = open_context()
    chain = context.chain(profile_of(values), settings.overrides(values))
    given_code = values.get("mfa_code")
    try:
        session = context.providers(chain, given_code=given_code, is_caller=True)[-1].load()
    except DialogWantedError:
        _ask_elsewhere(arguments)
        reason = "no answer came from the window that asked for the MFA code"
        session = context.silent_providers(chain, reason)[-1].load()
    if given_code is None:
        remember(context, chain, memo_key, session)
    try:
        memo.write_answer(session.answer())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MFAProcessError(
            f"the answer could not be written to standard output: {error.strerror}"
        ) from None
    return 0


def _ask_elsewhere(arguments: list[str]) -> None:
    """Let a process ask that outlives us, and wait for its end.

    What it leaves is the session in the cache, or the failure that those who wait share.
    """
    import subprocess  # noqa: PLC0415 - for the one that waits for a window

    command = [sys.executable, "-P", "-m", "aws_mfa_process", "ask", caller_name(), *arguments]
    null = subprocess.DEVNULL
    subprocess.Popen(
        command, stdin=null, stdout=null, stderr=null, start_new_session=os.name != "nt"
    ).wait()


def profile_of(values: Mapping[str, str]) -> str:
    """Return the profile that the command line names.

    Raises:
        ConfigError: It names none.
    """
    if not values.get("profile"):
        raise ConfigError(
            "no profile is named",
            hint=f"{memo.APP} --profile NAME, or {memo.APP} --help",
        )
    return values["profile"]


def remember(context: Context, chain: Chain, memo_key: bytes, session: SessionCredentials) -> None:
    """Write the memo of an answer, so that the next call is warm; a failure costs only time."""
    is_foreign = chain.source.kind == "credential_source"
    if memo.is_bypassed() or is_foreign or not session.is_fresh(time.time()):
        return
    fresh_until = session.fresh_until()
    renew_from = renew_until = fresh_until
    if chain.mfa is not None and chain.mfa.mode == "session" and chain.roles:
        mfa_session = context.cache.read_session(session_key(chain))
        if mfa_session is not None:
            renew_from = session.half_life()
            renew_until = mfa_session.expiration - LAST_USE_SECONDS
    data = memo.pack(memo_key, fresh_until, renew_from, renew_until, session.answer())
    try:
        context.cache.write_sealed(memo.path_of(memo_key), data)
    except OSError as error:
        debug.note(f"the memo could not be written: {error.strerror}")

"""The credential process itself: one line of JSON on standard output, or nothing.

Its one rule: what is printed is built whole before the first byte leaves.
"""

import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from aws_mfa_process import debug, memo
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.display import error_text
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.prompt.choice import Asker, DialogWantedError
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.remember import remember
from aws_mfa_process.signals import through_pauses


def run(request: Request, asker_for: str = "") -> int:
    """Print the credentials of a profile.

    With ``asker_for`` we are the process that opens a window (``_ask``), for the program of that
    name.

    Raises:
        MFAProcessError: Nothing was printed.
    """
    debug.note("no memo while a debug file is written")
    context = open_context()
    if asker_for:
        request = request._replace(overrides={**request.overrides, "mfa_prompt": "dialog"})
    chain = context.chain(request)
    asker = Asker(chain, request, caller=asker_for, opens_windows=bool(asker_for))
    providers = providers_of(chain, asker, context.world)
    with _leading(context, chain, providers) as release:
        try:
            session = through_pauses(providers[-1].load, release)
        except DialogWantedError:
            from aws_mfa_process.prompt import elsewhere  # noqa: PLC0415 - starts a process

            answer = elsewhere.ask(request.line)
        except MFAProcessError as error:
            _tell_on_terminal(error)
            raise
        else:
            answer = session.answer()
            if request.mfa_code is None:
                remember(context.world, chain, request.line, session)
        _write(answer)
    if context.cache.is_sweep_due():
        with contextlib.suppress(OSError):
            memo.spawn(memo.own_command("_sweep"))
    return 0


def _leading(
    context: Context, chain: Chain, providers: list[Cached]
) -> AbstractContextManager[Callable[[], None]]:
    """Return what lets others follow us, where a role is to be made of a living MFA session."""
    can_lead = memo.leads() and chain.is_of_mfa_session and chain.roles
    if not can_lead or providers[-1].ready() or not providers[0].serving():
        memo.stop_leading()
        return contextlib.nullcontext(memo.release)
    from aws_mfa_process.sessions.leading import leading  # noqa: PLC0415 - calls AWS

    return leading(chain, context.world, context._replace(is_silent=True).chain)


def _write(answer: bytes) -> None:
    try:
        memo.write_answer(answer)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MFAProcessError(
            f"the answer could not be written to standard output: {error.strerror}",
            hint="make room where standard output leads, or run it with a pipe, as an SDK does",
        ) from None


def _tell_on_terminal(error: MFAProcessError) -> None:
    """Tell a failure where the question was: many SDKs hide what stands on standard error."""
    from aws_mfa_process.prompt import terminal  # noqa: PLC0415 - loaded where it has asked

    if terminal.has_asked() and not os.isatty(2):
        terminal.tell(error_text(error.message, error.hint), is_chosen=False)

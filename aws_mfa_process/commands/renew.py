"""The detached renewal that a warm call starts; not for people."""

import contextlib
import os

from aws_mfa_process.commands.context import open_context
from aws_mfa_process.config.command_line import parse
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.remember import remember

_FILES = 65536
"""More files than a caller has open; the system's limit may be a thousand million."""


def run(arguments: list[str]) -> int:
    """Renew session and memo of a command line, apart from the caller and asking nobody."""
    if hasattr(os, "setsid"):  # leave the caller's session and files
        with contextlib.suppress(OSError):
            os.setsid()
        os.closerange(3, _FILES)
    request = parse(arguments)
    context = open_context(is_silent=True)
    chain = context.chain(request)
    asker = Asker(chain, request, refusal="a renewal never asks for an MFA code")
    provider = providers_of(chain, asker, context.world)[-1]
    provider.renew()
    session = provider.stored()
    if session is not None:
        remember(context.world, chain, request.line, session)
    return 0

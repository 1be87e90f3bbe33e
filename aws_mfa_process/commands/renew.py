"""The detached renewal that a warm call starts; not for people."""

import contextlib
import os
from argparse import ArgumentParser, Namespace

from aws_mfa_process import memo, settings
from aws_mfa_process.commands import credential_process
from aws_mfa_process.context import open_context

HELP = "renew the role session of a credential process, without asking anybody"


def configure(parser: ArgumentParser) -> None:
    """Take the options of the credential process as they are."""
    parser.add_argument("--profile")
    settings.add_options(parser)


def run(arguments: Namespace) -> int:
    """Renew the session and its memo, apart from the caller."""
    memo_key = memo.key(arguments.arguments)
    detach(memo.path_of(memo_key) + ".renewal")
    context = open_context()
    chain = context.chain(credential_process.profile_of(arguments), settings.overrides(arguments))
    provider = context.silent_providers(chain)[-1]
    provider.renew()
    session = provider.stored()
    if session is not None:
        credential_process.remember(context, chain, memo_key, session)
    return 0


def detach(marker: str) -> None:
    """Leave the caller's session and files, and hold the marker: one renewal runs at a time."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
        os.closerange(3, 256)
        descriptor = os.open(marker, os.O_RDWR | os.O_CREAT, 0o600)
        os.lockf(descriptor, os.F_LOCK, 0)

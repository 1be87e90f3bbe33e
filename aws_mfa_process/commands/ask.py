"""The process that asks in a window and outlives its caller; not for people."""

from aws_mfa_process import memo, settings
from aws_mfa_process.commands import credential_process
from aws_mfa_process.context import open_context


def run(arguments: list[str]) -> int:
    """Ask, store the session, and leave the answer to the caller's question in a memo.

    The caller may be gone by then: its next try is answered from what is stored.

    Args:
        arguments: Who asks, then the command line of the credential process.
    """
    caller, *line = arguments
    memo_key = memo.key(line)
    values = settings.parse(line)
    context = open_context()
    told = {**settings.overrides(values), "mfa_prompt": "dialog"}
    chain = context.chain(credential_process.profile_of(values), told)
    providers = context.providers(chain, caller=caller)
    providers[0].load()
    session = providers[-1].load()
    credential_process.remember(context, chain, memo_key, session)
    return 0

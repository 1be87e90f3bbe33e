"""The process that asks in a window and outlives its caller; not for people."""

from aws_mfa_process.commands import credential_process
from aws_mfa_process.config.command_line import parse


def run(arguments: list[str]) -> int:
    """Answer as the credential process does, but in a window, if a person must be asked.

    The caller, named before the command line, may be gone by then: its next try is answered from
    what is stored.
    """
    caller, *line = arguments
    return credential_process.run(parse(line), asker_for=caller)

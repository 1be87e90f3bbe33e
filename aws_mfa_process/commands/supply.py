"""The process that makes a session for an endpoint of ours; not for people."""

from aws_mfa_process import memo
from aws_mfa_process.commands.context import open_context
from aws_mfa_process.commands.profiles.chosen import Chosen, chain_of
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.config.command_line import Request, parse
from aws_mfa_process.config.settings import SETTINGS
from aws_mfa_process.prompt import terminal


def run(arguments: list[str]) -> int:
    """Print the credentials of a profile as SDKs see it; a person is asked if need be.

    The program that is served is named first, then come profile and options. It runs beside us: a
    question does not stand on a terminal of which it reads.
    """
    caller, *line = arguments
    request = parse(line)
    context = open_context()
    view = view_of(context.files, context.environ)
    chain = chain_of(context, view, request)
    if chain.mfa is not None and chain.mfa.prompt == "auto" and terminal.is_read():
        request = request._replace(overrides={**request.overrides, "mfa_prompt": "dialog"})
        chain = chain_of(context, view, request)
    memo.write_answer(Chosen(context, view, request, chain).load(caller).answer())
    return 0


def command(caller: str, request: Request) -> list[str]:
    """Return the command that runs us for what a person has asked for."""
    options = [
        f"{setting.option}={request.overrides[setting.name]}"
        for setting in SETTINGS
        if setting.name in request.overrides
    ]
    return memo.own_command("_supply", caller, f"--profile={request.profile}", *options)

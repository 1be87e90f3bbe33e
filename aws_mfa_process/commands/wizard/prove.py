"""The end of `setup`: a real login, and one real call for each profile."""

from argparse import Namespace
from collections.abc import Sequence

from aws_mfa_process import APP
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.commands import login
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.logins.making import role_of
from aws_mfa_process.commands.parser import new_parser, parse
from aws_mfa_process.commands.profiles import rows
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.commands.screens.screen import Cell, Table
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.wizard import new_device
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.errors import MFAProcessError, STSError, UncheckedCodeError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of


def prove(profiles: Sequence[str], code: str) -> int:
    """Log in, then ask AWS for each profile who it is; return the exit status.

    Raises:
        MFAProcessError: Nobody gave a code.
    """
    context = open_context()
    ready = [name for name in profiles if _has_keys(context, name)]
    if not ready:
        return 0
    parser = new_parser("login", login.HELP)
    login.configure(parser)
    words = [*ready, "--all-roles", *(["--mfa-code", code] if code else [])]
    try:
        _log_in(parse(parser, words))
    except STSError as error:
        if len(ready) == 1:
            raise
        say(f"{error.message}; {error.hint}" if error.hint else error.message)
    table = Table(tuple(_row(context, name) for name in ready), (0, 1))
    screen.show([table])
    good = [row[0].text for row in table.rows if row[2].text == "works"]
    if good:
        with_role = next((it for it in good if context.chain_as_sdk(it).roles), good[0])
        say(f"Try it: aws sts get-caller-identity --profile {with_role}")
    if len(good) < len(ready):
        say(f"Again, when that is mended: {APP} login --all-roles --if-needed")
    return int(len(good) < len(ready))


def _log_in(arguments: Namespace) -> None:
    """Log in; with a device that was just made, as often as AWS does not know it yet."""
    new_device.wait_until_known()
    while True:
        try:
            login.run(arguments)
        except UncheckedCodeError:
            if not new_device.is_young():
                raise
            say("AWS does not know the new device yet, and wants another code.")
        else:
            return


def _has_keys(context: Context, profile: str) -> bool:
    try:
        return context.chain_as_sdk(profile).mfa is not None
    except MFAProcessError as error:
        say(f"{profile}: {error.message}; {error.hint or f'{APP} status'}")
        return False


def _row(context: Context, profile: str) -> tuple[Cell, ...]:
    chain = context.chain_as_sdk(profile)
    role = role_of(chain) if chain.roles else "the MFA session"
    is_session = chain.is_of_mfa_session
    refusal = "there is no MFA session" if is_session else "it takes a code of its own"
    asker = Asker(chain, Request(profile, {}), refusal=refusal)
    try:
        session = providers_of(chain, asker, context.world)[-1].load()
        STS(chain.endpoint).caller_arn(session)
    except MFAProcessError as error:
        return Cell(profile), Cell(role), Cell(rows.reason(error, chain), "person")
    return Cell(profile), Cell(role), Cell("works", "lives")

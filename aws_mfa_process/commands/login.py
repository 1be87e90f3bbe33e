"""``login``: the code now, so that nothing asks later."""

import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process import memo, sealed
from aws_mfa_process.chain.model import MFA, device_key
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.parser import add_settings
from aws_mfa_process.commands.talk import say
from aws_mfa_process.config.command_line import request_of
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.flight import Flight
from aws_mfa_process.signals import through_pauses

_OWN_HINT = "make room there, or make the folder your own (mode 0700)"
HELP = "ask for the MFA code now, so that nothing asks later"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles, and all settings of the credential process."""
    parser.add_argument("profiles", metavar="PROFILE", nargs="+", help="profiles to log in for")
    add_settings(parser)


def run(arguments: Namespace) -> int:
    """Make a new MFA session for each profile; profiles that share one share the code.

    Where one cannot be made the old one, if any, still serves.
    """
    context = open_context()
    obstacle = context.cache.obstacle()
    if obstacle:
        raise MFAProcessError(f"no session can be kept: {obstacle}", hint=_OWN_HINT)
    given = {name: text for name, text in vars(arguments).items() if text is not None}
    request = request_of(given)
    made: list[Cached] = []
    for profile in arguments.profiles:
        chain = context.chain_as_sdk(profile, request.overrides)
        mfa = chain.mfa
        if mfa is None:
            raise ConfigError(
                f"profile {profile} needs no MFA code",
                hint="an SDK can use it as it is; a device is named by mfa_serial in the profile",
            )
        chain = chain._replace(mfa=_asking(mfa, arguments))
        asker = Asker(chain, request, is_login=True)
        provider = providers_of(chain, asker, context.world)[0]
        if provider.key not in [other.key for other in made]:
            keys = (provider.key, device_key(mfa.serial))
            workers = [Flight(context.cache, key).worker() for key in keys]
            for worker in [name for name in workers if name][:1]:
                say(f"{profile}: {worker} is asking for this code; waiting for it")
            _make(context, provider)
            made.append(provider)
        session = provider.stored()
        if session is not None:
            until = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.expiration))
            say(f"{profile}: MFA session until {until}")
    return 0


def _asking(mfa: MFA, arguments: Namespace) -> MFA:
    """Return a device of which the person wants to be asked, whatever its profile says."""
    if arguments.mfa_prompt and not arguments.mfa_process:
        mfa = mfa._replace(process="")
    is_silent = mfa.prompt == "none" and not arguments.mfa_prompt
    return mfa._replace(prompt="auto") if is_silent else mfa


def _make(context: Context, provider: Cached) -> None:
    began = time.time()
    session = through_pauses(provider.load_anew, memo.release)
    if context.cache.was_forgotten(provider.key, began):
        raise MFAProcessError("somebody has logged out meanwhile", hint="log in again")
    if provider.stored() != session:
        raise MFAProcessError(
            f"the session could not be stored in {sealed.cache_dir()}",
            hint=_OWN_HINT,
        )

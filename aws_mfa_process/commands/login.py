"""``login``: the code now, so that nothing asks later."""

import time
from argparse import ArgumentParser, Namespace

from aws_mfa_process import options
from aws_mfa_process.commands import people
from aws_mfa_process.context import Context, open_context
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.pause import through_pauses

HELP = "ask for the MFA code now, so that nothing asks later"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles and how to ask."""
    parser.add_argument("profiles", metavar="PROFILE", nargs="+", help="profiles to log in for")
    options.add_settings(parser, ("mfa_process", "mfa_prompt", "mfa_code"))


def run(arguments: Namespace) -> int:
    """Make a new MFA session for each profile; profiles that share one share the code.

    Raises:
        ConfigError: A profile has no MFA device.
        MFAProcessError: A session could not be made; the old one, if any, still serves.
    """
    context = open_context()
    done: list[object] = []
    for profile in arguments.profiles:
        chain = context.chain_as_sdk(profile)
        if chain.mfa is None:
            raise ConfigError(f"profile {profile} needs no MFA code")
        mfa = chain.mfa._replace(
            process=arguments.mfa_process or ("" if arguments.mfa_prompt else chain.mfa.process),
            prompt=arguments.mfa_prompt or chain.mfa.prompt,
        )
        chain = chain._replace(mfa=mfa)
        provider = context.providers(chain, given_code=arguments.mfa_code, is_login=True)[0]
        if provider.key not in done:
            if provider.is_taken():
                people.say(f"{profile}: another process is asking for this code; waiting for it")
            session = through_pauses(provider.load_anew)
            if provider.stored() != session:
                raise MFAProcessError(
                    f"the session could not be stored in {context.cache.folder}",
                    hint="make room there, or make the folder your own (mode 0700)",
                )
            done.append(provider.key)
        _tell(context, profile)
    return 0


def _tell(context: Context, profile: str) -> None:
    session = context.providers(context.chain_as_sdk(profile))[0].stored()
    if session is not None:
        until = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.expiration))
        people.say(f"{profile}: MFA session until {until}")

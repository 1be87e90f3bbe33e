"""Which profile a command works on, and its session: the start of all that use a role.

Its one rule: the session comes from the providers of the credential process, and what stands in
the way of a profile is said by the judge.
"""

from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP, memo
from aws_mfa_process.chain.judge import judge
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.parser import add_settings
from aws_mfa_process.commands.profiles import picker, recent
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.config import settings
from aws_mfa_process.config.command_line import Request, request_of
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.signals import through_pauses
from aws_mfa_process.values import NamedTuple


class Named(NamedTuple):
    """A profile that a person wants, before anything is decided.

    Attributes:
        context: The world.
        view: What the judge looks at.
        request: The profile, the options that beat its settings, the code of the command line.
    """

    context: Context
    view: View
    request: Request


class Chosen(NamedTuple):
    """A profile, and how its credentials are made.

    Attributes:
        context: The world.
        view: What the judge looks at.
        request: The profile, the options that beat its settings, the code of the command line.
        chain: What was decided.
    """

    context: Context
    view: View
    request: Request
    chain: Chain

    @property
    def profile(self) -> str:
        """The name of the profile."""
        return self.request.profile

    def load(self, caller: str = "") -> SessionCredentials:
        """Return the session, stored or made now; a person is asked where that is needed.

        Args:
            caller: For whom the question is, such as ``terraform``; empty: the program that
                started us.

        Raises:
            MFAProcessError: There is none.
        """
        asker = Asker(self.chain, self.request, caller)
        provider = providers_of(self.chain, asker, self.context.world)[-1]
        return through_pauses(provider.load, memo.release)


def add_profile(parser: ArgumentParser, *, region: str = "") -> None:
    """Add PROFILE, which may be left out on a terminal, and all settings of a role.

    ``region`` says what ``--region`` is to the command, if that is not the region of STS.
    """
    parser.add_argument(
        "profile",
        metavar="PROFILE",
        nargs="?",
        help="profile of ~/.aws/config; without it, one is picked from a list on the terminal",
    )
    add_settings(parser, {"region": region} if region else {})


def choose(arguments: Namespace, command: str) -> Chosen:
    """Return the profile that was named, else the one that a person picks.

    Args:
        arguments: Those of `add_profile`, and any others.
        command: That is run, for the hint.

    Raises:
        ConfigError: No profile is named and there is no terminal to pick one on; or its
            credentials cannot be made, and why is the judge's.
        PersonNeededError: No profile was picked.
    """
    return chosen_of(named(arguments, command))


def take_region(arguments: Namespace) -> str:
    """Take out the region that is the command's, and not that of STS; empty: none is given.

    Raises:
        ConfigError: It is no name of a region.
    """
    region, arguments.region = arguments.region or "", None
    return settings.region({"region": region}, "")


def named(arguments: Namespace, command: str) -> Named:
    """Return the profile that was named, else picked, as `choose` does, and decide nothing."""
    context = open_context()
    view = view_of(context.files, context.environ)
    given = {name: text for name, text in vars(arguments).items() if text is not None}
    request = request_of(given)
    if not request.profile:
        request = request._replace(profile=picker.pick(context, view, f"{APP} {command} PROFILE"))
    return Named(context, view, request)


def chosen_of(wanted: Named) -> Chosen:
    """Return how the credentials of a profile are made.

    Raises:
        ConfigError: They cannot be made, and why is the judge's.
    """
    chain = chain_of(*wanted)
    recent.add(wanted.request.profile)
    return Chosen(*wanted, chain)


def chain_of(context: Context, view: View, request: Request) -> Chain:
    """Return the chain of a profile as the SDKs see it.

    Raises:
        ConfigError: There is none; why is the judge's, where it knows.
    """
    try:
        return context.chain_as_sdk(request.profile, request.overrides)
    except ConfigError:
        judgement = judge(request.profile, view)
        if judgement.outcome not in ("broken", "opaque"):
            raise
        verdict = judgement.verdicts[0]
        raise ConfigError(
            f"profile {request.profile}: {verdict.sentence}", hint=verdict.hint
        ) from None

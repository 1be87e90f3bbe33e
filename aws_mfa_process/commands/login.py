"""``login``: the code now, so that nothing asks later; and the proof that the roles work."""

import shlex
from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP
from aws_mfa_process.aws.clients import Clients
from aws_mfa_process.commands.context import open_context
from aws_mfa_process.commands.logins.all_roles import assume_all
from aws_mfa_process.commands.logins.making import OWN_HINT, Login, log_in, make_session
from aws_mfa_process.commands.logins.signing_in import go_on, signed_in
from aws_mfa_process.commands.logins.wanted import Wanted, devices_of, joined, named, of_all
from aws_mfa_process.commands.parser import add_settings
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.config import settings
from aws_mfa_process.config.command_line import request_of
from aws_mfa_process.errors import ConfigError, MFAProcessError

HELP = "ask for the MFA code now, or sign in, so that nothing asks later"

_HOUR_SECONDS = "3600"


def configure(parser: ArgumentParser) -> None:
    """Take the profiles, and all settings of the credential process."""
    parser.add_argument(
        "profiles",
        metavar="PROFILE",
        nargs="*",
        help="profiles to log in for; none: --all",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="one code for each MFA device that the config names, and each login of AWS once",
    )
    parser.add_argument(
        "--all-roles",
        action="store_true",
        help="then assume every role, without a further question",
    )
    parser.add_argument(
        "--if-needed",
        dest="--min-left",
        action="store_const",
        const=_HOUR_SECONDS,
        help="ask only when less than an hour is left",
    )
    parser.add_argument(
        "--min-left",
        dest="--min-left",
        metavar="N",
        help="ask only when less than so many seconds are left",
    )
    add_settings(parser)


def run(arguments: Namespace) -> int:
    """Make a new MFA session for each profile, or sign in to AWS, and from it the profile's role.

    Profiles that share a session share the code. Where one cannot be made the old one, if any,
    still serves; a role that fails stops no other one.

    Raises:
        MFAProcessError: A name is wrong, and nobody was asked; or a session could not be made.
    """
    if arguments.all and arguments.profiles:
        raise ConfigError("--all and a PROFILE do not go together", hint=f"{APP} login --all")
    context = open_context()
    obstacle = context.cache.trouble(may_make=True)
    if obstacle:
        raise MFAProcessError(f"no session can be kept: {obstacle}", hint=OWN_HINT)
    given = {name: text for name, text in vars(arguments).items() if text is not None}
    request = request_of(given)
    least = settings.whole_number(given, "--min-left", "")
    world = context.world._replace(clients=Clients())
    login = Login(context, request, arguments, least, world, [], [])
    view = view_of(context.files, context.environ)
    if arguments.profiles and not arguments.all_roles:
        _log_in_each(login, named(context, view, request, arguments.profiles))
        return 0
    if arguments.profiles:
        wanted = named(context, view, request, arguments.profiles)
    else:
        wanted = of_all(context, view, request)
    login, wanted = signed_in(login, wanted)
    _log_in_devices(login, wanted)
    if arguments.all_roles and login.made:
        try:
            assume_all(login, view, wanted)
        except MFAProcessError as error:
            login.failures.append(error)
    if login.failures:
        raise joined(login.failures)
    return 0


def _log_in_each(login: Login, wanted: Wanted) -> None:
    """Make the sessions of each profile; one whose sign-in has failed is told at the end."""
    login, wanted = signed_in(login, wanted)
    for profile, chain in wanted:
        try:
            (log_in if chain.mfa is not None else go_on)(login, profile, chain)
        except MFAProcessError as error:
            raise joined([*login.failures, error]) from None
    if login.failures:
        raise joined(login.failures)


def _log_in_devices(login: Login, wanted: Wanted) -> None:
    """Make the MFA session of each device; one that fails stops no other one."""
    devices = devices_of(wanted)
    if not devices and not login.made and not login.failures:
        profiles = shlex.join(profile for profile, chain in wanted if chain.mfa is not None)
        raise ConfigError(
            "each role takes a code of its own (direct mode)", hint=f"{APP} login {profiles}"
        )
    if login.request.mfa_code is not None and len(devices) > 1:
        names = ", ".join(device.name for device in devices)
        error = ConfigError(
            f"--mfa-code is for one code, and {len(devices)} are needed: {names}",
            hint=f"{APP} login PROFILE --mfa-code CODE",
        )
        raise joined([*login.failures, error])
    for device in devices:
        try:
            make_session(login, device)
        except MFAProcessError as error:
            login.failures.append(error)

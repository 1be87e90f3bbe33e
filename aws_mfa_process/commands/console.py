"""``console``: the AWS console in the browser, as the role of a profile.

Its one rule: all that can be refused is refused before a person is asked for a code.
"""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain.console import Site, site_of
from aws_mfa_process.chain.destination import HOME, Destination, destination_of, is_page
from aws_mfa_process.chain.endpoint import partition_of_region, service_url
from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, account_id
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.browsers.browser import browser_of, open_address
from aws_mfa_process.commands.browsers.ways_in import Federation, Switch, federation_of, switch_of
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.parser import add_settings
from aws_mfa_process.commands.profiles import picker
from aws_mfa_process.commands.profiles.chosen import Chosen, Named, chosen_of
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.commands.screens.talk import note, say
from aws_mfa_process.config import settings
from aws_mfa_process.config.command_line import request_of
from aws_mfa_process.display import listed
from aws_mfa_process.errors import ConfigError

HELP = "open the AWS console in the browser as the role of a profile"

_USAGE = f"{APP} console PROFILE"


def configure(parser: ArgumentParser) -> None:
    """Take a profile, a page, the way in, and all settings of a role."""
    parser.add_argument(
        "profile",
        metavar="PROFILE",
        nargs="?",
        help="profile of ~/.aws/config; without it, the only one that reaches the account of the"
        " page, else one that is picked from a list on the terminal",
    )
    parser.add_argument(
        "destination",
        metavar="DESTINATION",
        nargs="?",
        help="page to open: a service (s3), a path of the console (/s3/home), an ARN, or an"
        " address copied from a browser",
    )
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--federate",
        dest="mode",
        action="store_const",
        const="federate",
        help="sign the browser in with a session of the role (the default)",
    )
    modes.add_argument(
        "--switch",
        dest="mode",
        action="store_const",
        const="switch",
        help="open the console's own link to switch to the role, for who is signed in to the"
        " console as the IAM user; no code, and the console renews the role by itself",
    )
    parser.add_argument(
        "--duration",
        dest="--duration",
        metavar="N",
        help="life of the console session in seconds, 900 to 43200; for roles assumed with session"
        f" credentials at most {CHAINED_ROLE_SECONDS} (default: as long as the role session)",
    )
    parser.add_argument(
        "--print",
        dest="is_printed",
        action="store_true",
        help="write the address to standard output and open nothing",
    )
    region = "region that the console shows (default: that of the page, else of the profile)"
    add_settings(parser, {"region": region})


def run(arguments: Namespace) -> int:
    """Open the console, or print its address.

    Raises:
        MFAProcessError: It cannot be opened.
    """
    context = open_context()
    view = view_of(context.files, context.environ)
    profile, page = _profile_and_page(arguments, context)
    given = {name: text for name, text in vars(arguments).items() if text is not None}
    region = given.pop("region", "")
    request = request_of(given)
    profile = profile or _profile_for(page or HOME, context, view)
    chosen = chosen_of(Named(context, view, request._replace(profile=profile)))
    way = _way_in(chosen, page, region, given)
    instead = f"for a browser elsewhere, write the address: {_command(chosen)} --print"
    browser = None if arguments.is_printed else browser_of(context.environ, instead)
    opened = way.opened()
    if arguments.is_printed:
        print(opened.address, flush=True)  # noqa: T201 - it was asked for
        note(opened.care)
        return 0
    open_address(browser, opened.address, instead)
    say(opened.told)
    return 0


def _command(chosen: Chosen) -> str:
    return f"{APP} console {shlex.quote(chosen.profile)}"


def _way_in(
    chosen: Chosen, page: Destination | None, region: str, given: Mapping[str, str]
) -> Federation | Switch:
    """Decide how to get in, and where to.

    Raises:
        ConfigError: AWS does not allow it, or a switch-role link cannot express it.
    """
    seconds = settings.whole_number(given, "--duration", "")
    site = _site(chosen, page or HOME, region)
    values = chosen.context.files.profiles[chosen.profile]
    mode = given.get("mode") or settings.choice(values, "console_mode", chosen.profile)
    if mode == "federate":
        return federation_of(chosen, site, page or HOME, seconds)
    if page or seconds or region:
        raise ConfigError(
            "a switch-role link has no place for a page, a region or a duration",
            hint=f"leave them away, or sign in with a session: {_command(chosen)} --federate",
        )
    return switch_of(chosen, site)


def _profile_and_page(arguments: Namespace, context: Context) -> tuple[str, Destination | None]:
    """Tell the two apart: a first word that is no profile's name may be the page."""
    first, second = arguments.profile or "", arguments.destination
    is_alone = second is None and first not in context.files.profiles and is_page(first)
    if is_alone:
        return "", destination_of(first)
    return first, None if second is None else destination_of(second)


def _profile_for(page: Destination, context: Context, view: View) -> str:
    """Return the only profile that reaches the account of a page, else the one that is picked.

    Raises:
        ConfigError: None reaches it, or several do and there is no terminal to pick one on.
    """
    usage = f"{_USAGE} DESTINATION"
    if not page.account:
        return picker.pick(context, view, usage)
    names = [it.profile for it in picker.offers(context, view) if it.account == page.account]
    if not names:
        raise ConfigError(
            f"the page is one of account {page.account}, which no profile reaches", hint=usage
        )
    if len(names) == 1:
        return names[0]
    named = f"with one of {listed(names)}: {usage}"
    return picker.pick(context, view, named, page.account)


def _site(chosen: Chosen, page: Destination, option: str) -> Site:
    """Decide where the console is, and in which region it opens.

    Raises:
        ConfigError: The page is of another account or partition than the role; or the region is.
    """
    chain, context = chosen.chain, chosen.context
    endpoint = chain.endpoint
    account = account_id(chain.roles[-1].role_arn) if chain.roles else ""
    for what, its, ours in (
        ("account", page.account, account),
        ("partition", page.partition, endpoint.partition),
    ):
        if its and ours and its != ours:
            raise ConfigError(
                f"the page is one of {what} {its}, but profile {chosen.profile} leads to {ours}",
                hint=f"give the page without a profile: {APP} console DESTINATION",
            )
    files, environ = context.files, context.environ
    usual = [
        files.profiles[chosen.profile].get("region", ""),
        *(environ.get(name, "") for name in ("AWS_REGION", "AWS_DEFAULT_REGION")),
        endpoint.region,
    ]
    fitting = (name for name in usual if partition_of_region(name) == endpoint.partition)
    region = option or page.region or next(filter(None, fitting), endpoint.region)
    values = files.profiles.get(endpoint.profile, {})
    url = service_url(files, values, environ, "signin")
    return site_of(endpoint.partition, region, url)

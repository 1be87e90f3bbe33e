"""``console``: the AWS console in the browser, signed in as the role of a profile.

Its one rule: all that can be refused is refused before a person is asked for a code.
"""

import shlex
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import NamedTuple

from aws_mfa_process import APP, memo
from aws_mfa_process.aws.signin import signin_token
from aws_mfa_process.chain.console import Site, login_url, site_of
from aws_mfa_process.chain.destination import (
    HOME,
    Destination,
    destination_of,
    is_page,
    url_of,
)
from aws_mfa_process.chain.endpoint import partition_of_region, service_url
from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, Chain, account_id
from aws_mfa_process.chain.switch import switch_url
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands import picker
from aws_mfa_process.commands.browser import browser_of, open_address
from aws_mfa_process.commands.chosen import Chosen, chain_of, chosen_of
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.parser import add_settings
from aws_mfa_process.commands.talk import note, say
from aws_mfa_process.commands.view import view_of
from aws_mfa_process.config import settings
from aws_mfa_process.config.command_line import request_of
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.signals import through_pauses

HELP = "open the AWS console in the browser as the role of a profile"

_USAGE = f"{APP} console PROFILE"


class _Opened(NamedTuple):
    """What there is to open.

    Attributes:
        address: With a token or without.
        told: What is said when it is open.
        care: What to know of the address where it is printed.
    """

    address: str
    told: str
    care: str


def configure(parser: ArgumentParser) -> None:
    """Take a profile, a page, the way in, and all settings of a role but the region."""
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
        "--region",
        dest="console_region",
        metavar="NAME",
        help="region that the console shows (default: that of the page, else of the profile)",
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
    add_settings(parser, without="region")


def run(arguments: Namespace) -> int:
    """Open the console, or print its address.

    Raises:
        MFAProcessError: It cannot be opened.
    """
    context = open_context()
    view = view_of(context.files, context.environ)
    given = {name: text for name, text in vars(arguments).items() if text is not None}
    seconds = settings.whole_number(given, "--duration", "")
    profile, page = _profile_and_page(arguments, context)
    request = request_of(given)
    profile = profile or _profile_for(page or HOME, context, view)
    chosen = chosen_of(context, view, request._replace(profile=profile))
    instead = f"{_command(chosen)} --print writes the address, for a browser elsewhere"
    site = _site(chosen, page or HOME, given.get("console_region", ""))
    opened = None
    chain = chosen.chain
    if _mode(chosen, given) == "switch":
        _refuse_details(chosen, is_given=bool(page or seconds or "console_region" in given))
        opened = _switched(chosen, site)
    else:
        chain = _chain_for(chosen, site, seconds)
    browser = None if arguments.is_printed else browser_of(context.environ, instead)
    if opened is None:
        opened = _federated(chosen, chain, site, url_of(site, page or HOME), seconds)
    if arguments.is_printed:
        print(opened.address, flush=True)  # noqa: T201 - it was asked for
        note(opened.care)
        return 0
    open_address(browser, opened.address, instead)
    say(opened.told)
    return 0


def _command(chosen: Chosen) -> str:
    return f"{APP} console {shlex.quote(chosen.profile)}"


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
    named = f"{_USAGE} DESTINATION, with one of {', '.join(names)}"
    return picker.pick(context, view, named, page.account)


def _mode(chosen: Chosen, given: Mapping[str, str]) -> str:
    values = chosen.context.files.profiles[chosen.profile]
    return given.get("mode") or settings.choice(values, "console_mode", chosen.profile)


def _refuse_details(chosen: Chosen, *, is_given: bool) -> None:
    if is_given:
        raise ConfigError(
            "a switch-role link has no place for a page, a region or a duration",
            hint=f"leave them away, or sign in with a session: {_command(chosen)} --federate",
        )


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


def _switched(chosen: Chosen, site: Site) -> _Opened:
    """Return the switch-role link."""
    role = chosen.chain.roles[-1].role_arn
    user = _user(chosen.chain)
    link = f"the link to switch to {_where(role)}, for who is signed in to the console as {user}"
    return _Opened(switch_url(site, chosen.chain), f"Opened {link}.", f"{link}; it is no secret")


def _chain_for(chosen: Chosen, site: Site, seconds: int | None) -> Chain:
    """Return the chain whose session signs in; one of a user's keys needs no other for a duration.

    Raises:
        ConfigError: It has no role, or AWS does not allow that duration.
    """
    chain = chosen.chain
    if not chain.roles:
        offers = picker.offers(chosen.context, chosen.view)
        other = next((f", such as {it.profile}" for it in offers if it.role), "")
        raise ConfigError(
            f"profile {chosen.profile} has no role, and AWS lets no session of an IAM user into the"
            " console",
            hint=f"name the profile of a role{other}; or sign in there as the IAM user",
        )
    if seconds is None or not chain.is_chained:
        return chain
    if seconds > CHAINED_ROLE_SECONDS:
        direct = chain.mfa is not None and len(chain.roles) == 1
        ways = [
            "--switch opens a link that the console renews" if _can_switch(chain, site) else "",
            "--mfa-mode direct has a code of its own for it" if direct else "",
            f"--duration {CHAINED_ROLE_SECONDS} is the longest without",
        ]
        raise ConfigError(
            f"profile {chosen.profile}: a role assumed with session credentials opens the console"
            f" for at most {CHAINED_ROLE_SECONDS} seconds, but --duration is {seconds}",
            hint="; ".join(filter(None, ways)),
        )
    request = chosen.request
    overrides = {**request.overrides, "duration_seconds": str(seconds)}
    return chain_of(chosen.context, chosen.view, request._replace(overrides=overrides))


def _federated(
    chosen: Chosen, chain: Chain, site: Site, address: str, seconds: int | None
) -> _Opened:
    """Return the address that signs a browser in with a session."""
    session = _session(chosen, chain)
    life = None if chain.is_chained else seconds
    endpoint = chain.endpoint._replace(region=site.region, url=site.url)
    token = signin_token(endpoint, site.signin, session, life)
    end = session.expiration if life is None else int(time.time()) + life
    console = f"the console of {_where(chain.roles[-1].role_arn)}, until {_clock(end)}"
    more = ""
    if _can_switch(chain, site):
        user = _user(chain)
        more = (
            f"\n(--switch: a link that does not end, if you are signed in to the console as {user})"
        )
    care = f"{console}; who has the address within 15 minutes is signed in"
    return _Opened(login_url(site, address, token), f"Opened {console}.{more}", care)


def _session(chosen: Chosen, chain: Chain) -> SessionCredentials:
    """Return a session of the role: a new one, so that it lasts, unless that needs a code."""
    asker = Asker(chain, chosen.request, "the console")
    provider = providers_of(chain, asker, chosen.context.world)[-1]
    load = provider.load if chain.links[-1].has_code else provider.load_anew
    return through_pauses(load, memo.release)


def _can_switch(chain: Chain, site: Site) -> bool:
    try:
        switch_url(site, chain)
    except ConfigError:
        return False
    return True


def _where(role_arn: str) -> str:
    """Return account and role as a person reads them.

    >>> _where("arn:aws:iam::444444444444:role/team/ReadOnly")
    '444444444444 as ReadOnly'
    """
    return f"{account_id(role_arn)} as {role_arn.rsplit('/', 1)[-1]}"


def _user(chain: Chain) -> str:
    """Return the IAM user, as far as the device tells the name."""
    serial = chain.mfa.serial if chain.mfa else ""
    return serial.rsplit("/", 1)[-1] if ":mfa/" in serial else "the IAM user"


def _clock(end: int) -> str:
    """Return a time of day, with the day where it is another one."""
    then, now = time.localtime(end), time.localtime()
    is_today = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", then)

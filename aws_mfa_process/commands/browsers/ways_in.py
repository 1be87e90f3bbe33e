"""The two ways into the console: a session of the role, or the console's own switch to it.

Its one rule: a way that is made can be gone; what it leads to may be a secret, and is shown by no
``repr``.
"""

import shlex
import time
from typing import NamedTuple

from aws_mfa_process import APP, memo
from aws_mfa_process.chain.console import Site, login_url
from aws_mfa_process.chain.destination import Destination, url_of
from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, Chain, account_id
from aws_mfa_process.chain.switch import switch_url
from aws_mfa_process.commands.profiles import picker
from aws_mfa_process.commands.profiles.chosen import Chosen, chain_of
from aws_mfa_process.commands.screens.times import clock
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.signals import through_pauses


class Opened(NamedTuple):
    """What there is to open.

    Attributes:
        address: With a token or without.
        told: What is said when it is open.
        care: What to know of the address where it is printed.
    """

    address: str
    told: str
    care: str

    def __repr__(self) -> str:
        """Show what it is, and not the address."""
        return f"Opened({self.told})"


class Switch(NamedTuple):
    """The console's link to switch to the last role of a chain."""

    chain: Chain
    address: str

    def opened(self) -> Opened:
        """Return the link."""
        what = (
            f"the link to switch to {_where(self.chain)}, for who is signed in to the console as"
            f" {_user(self.chain)}"
        )
        return Opened(self.address, f"Opened {what}.", f"{what}; it is no secret")


class Federation(NamedTuple):
    """A session of the last role of a chain, which signs a browser in.

    Attributes:
        page: Its address.
        seconds: Life of the console session; None: that of the role session.
    """

    chosen: Chosen
    chain: Chain
    site: Site
    page: str
    seconds: int | None

    def opened(self) -> Opened:
        """Make a session and sign in with it.

        Raises:
            MFAProcessError: There is no session, or AWS does not let it in.
        """
        from aws_mfa_process.aws.signin import signin_token  # noqa: PLC0415 - botocore is heavy

        session = self._session()
        endpoint = self.chain.endpoint._replace(region=self.site.region, url=self.site.url)
        token = signin_token(endpoint, self.site.signin, session, self.seconds)
        end = session.expiration if self.seconds is None else int(time.time()) + self.seconds
        what = f"the console of {_where(self.chain)}, until {clock(end, time.time())}"
        return Opened(
            login_url(self.site, self.page, token),
            f"Opened {what}.{self._other_way()}",
            f"{what}; who has the address within 15 minutes is signed in",
        )

    def _session(self) -> SessionCredentials:
        """Return a session of the role: a new one, so that it lasts, unless that needs a code."""
        asker = Asker(self.chain, self.chosen.request, "the console")
        provider = providers_of(self.chain, asker, self.chosen.context.world)[-1]
        is_kept = self.chain.links[-1].has_code
        return through_pauses(provider.load if is_kept else provider.load_anew, memo.release)

    def _other_way(self) -> str:
        if not _can_switch(self.chain, self.site):
            return ""
        user = _user(self.chain)
        return (
            f"\n(--switch: a link that does not end, if you are signed in to the console as {user})"
        )


def switch_of(chosen: Chosen, site: Site) -> Switch:
    """Return the way by the console's own switch; see `switch_url`."""
    return Switch(chosen.chain, switch_url(site, chosen.chain))


def federation_of(chosen: Chosen, site: Site, page: Destination, seconds: int | None) -> Federation:
    """Return the way by a session.

    Args:
        chosen: The profile.
        site: Where the console is.
        page: What is to be opened.
        seconds: Life of the console session; None: that of the role session.

    Raises:
        ConfigError: The profile has no role, or AWS does not allow that life.
    """
    chain, address = chosen.chain, url_of(site, page)
    if not chain.roles:
        raise _no_role(chosen)
    if seconds is None or not chain.is_chained:
        return Federation(chosen, chain, site, address, seconds)
    if seconds > CHAINED_ROLE_SECONDS:
        raise _too_long(chosen, site, seconds)
    request = chosen.request
    overrides = {**request.overrides, "duration_seconds": str(seconds)}
    chain = chain_of(chosen.context, chosen.view, request._replace(overrides=overrides))
    return Federation(chosen, chain, site, address, None)


def _no_role(chosen: Chosen) -> ConfigError:
    if chosen.chain.source.is_foreign:
        return ConfigError(
            f"profile {chosen.profile} has no role_arn, and the console is opened as a role that is"
            " assumed from it",
            hint="name the profile of a role; SSO opens the console from its own page",
        )
    offers = picker.offers(chosen.context, chosen.view)
    command = f"{APP} console"
    other = next((f"{command} {shlex.quote(it.profile)}" for it in offers if it.role), command)
    return ConfigError(
        f"profile {chosen.profile} has no role, and AWS lets no session of an IAM user into the"
        " console",
        hint=f"name the profile of a role: {other}; or sign in there as the IAM user",
    )


def _too_long(chosen: Chosen, site: Site, seconds: int) -> ConfigError:
    chain, command = chosen.chain, f"{APP} console {shlex.quote(chosen.profile)}"
    is_user = chain.mfa is not None and len(chain.roles) == 1
    switch = f"with a link that the console renews: {command} --switch"
    direct = f"with a code of its own: {command} --mfa-mode direct --duration {seconds}"
    shorter = f"{command} --duration {CHAINED_ROLE_SECONDS}"
    ways = [switch if _can_switch(chain, site) else "", direct if is_user else ""]
    return ConfigError(
        f"profile {chosen.profile}: a role assumed with session credentials opens the console for"
        f" at most {CHAINED_ROLE_SECONDS} seconds, but --duration is {seconds}",
        hint="; or ".join(filter(None, ways)) or shorter,
    )


def _can_switch(chain: Chain, site: Site) -> bool:
    try:
        switch_url(site, chain)
    except ConfigError:
        return False
    return True


def _where(chain: Chain) -> str:
    """Return account and role as a person reads them, such as ``444444444444 as ReadOnly``."""
    arn = chain.roles[-1].role_arn
    return f"{account_id(arn)} as {arn.rsplit('/', 1)[-1]}"


def _user(chain: Chain) -> str:
    """Return the IAM user, as far as the device tells the name."""
    serials = chain.mfa.listed if chain.mfa else ()
    serial = next((it for it in serials if ":mfa/" in it), "")
    return serial.rsplit("/", 1)[-1] or "the IAM user"

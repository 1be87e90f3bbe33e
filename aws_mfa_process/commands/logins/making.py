"""How ``login`` makes sessions: each one anew, and as the next call of an SDK finds it.

Its one rule: what was there serves until its replacement is stored.
"""

import shlex
import time
from argparse import Namespace

from aws_mfa_process import APP, memo, sealed
from aws_mfa_process.chain.model import MFA, Chain, account_id, device_key
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.logins.wanted import Device
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.screens.times import clock, left
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.process_line import own_line
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import (
    CodesRefusedError,
    MFAProcessError,
    NotSentError,
    STSError,
    WrongCodeError,
)
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.flight import Flight
from aws_mfa_process.sessions.providers import World
from aws_mfa_process.sessions.remember import remember
from aws_mfa_process.signals import through_pauses
from aws_mfa_process.store.cache import Key
from aws_mfa_process.values import NamedTuple

OWN_HINT = "make room there, or make the folder your own (mode 0700)"
_NO_ANSWER = (WrongCodeError, CodesRefusedError, NotSentError)
"""Failures that say nothing of a role."""


class Login(NamedTuple):
    """What one run works with.

    Attributes:
        least_seconds: A session that lives so long is good; None: each one is made anew.
        world: What providers read and write.
        made: Keys of what this run has a code for.
        failures: Of roles.
    """

    context: Context
    request: Request
    arguments: Namespace
    least_seconds: int | None
    world: World
    made: list[Key]
    failures: list[MFAProcessError]


def log_in(login: Login, profile: str, chain: Chain) -> None:
    """Make the sessions of one profile; say what is there, also before a role fails."""
    chain, mfa = _asking(chain, login.arguments)
    asker = Asker(chain, login.request, is_login=True)
    providers = providers_of(chain, asker, login.world)
    is_mfa_session = chain.is_of_mfa_session
    try:
        session = _with_code(login, profile, providers[0], mfa)
        if is_mfa_session:
            say(f"{profile}: MFA session until {clock(session.expiration, time.time())}")
        if len(providers) > 1:
            session = _role(login, profile, providers[-1])
    except STSError as error:
        if providers[0].key not in login.made and (is_mfa_session or isinstance(error, _NO_ANSWER)):
            raise
        login.failures.append(error)
        return
    if chain.roles:
        say(f"{profile}: {role_of(chain)} until {clock(session.expiration, time.time())}")
    remember_line(login, profile, chain, session)


def make_session(login: Login, device: Device) -> SessionCredentials:
    """Make the MFA session of a device, and say until when it lives.

    Raises:
        MFAProcessError: There is none.
    """
    say(device.heading)
    chain, mfa = _asking(device.chain, login.arguments)
    asker = Asker(chain, login.request, is_login=True)
    (provider,) = providers_of(chain, asker, login.world)
    session = _with_code(login, chain.profile, provider, mfa)
    now = time.time()
    life = left(session.expiration - now + 59)  # 12 h, of which a second is over
    say(f"MFA session until {clock(session.expiration, now)} ({life})")
    remember_line(login, chain.profile, chain, session)
    return session


def role_of(chain: Chain) -> str:
    """Return a role as people know it, such as ``222222222222:role/Admin``."""
    arn = chain.roles[-1].role_arn
    return f"{account_id(arn)}:{arn.split(':', 5)[5]}"


def _with_code(login: Login, profile: str, provider: Cached, mfa: MFA) -> SessionCredentials:
    """Return the session that a code makes."""
    if not _is_good(login, provider):
        _tell_who_asks(login.context, profile, provider, mfa)
        _make(login.context, provider)
    login.made.append(provider.key)
    session = provider.stored()
    if session is None:
        raise MFAProcessError("somebody has logged out meanwhile", hint="log in again")
    return session


def _role(login: Login, profile: str, provider: Cached) -> SessionCredentials:
    """Return the session of a role; a failure says that the code was not in vain."""
    try:
        return provider.load() if login.least_seconds else provider.load_anew()
    except MFAProcessError as error:
        retry = f"correct the role and run {APP} login {shlex.quote(profile)} --if-needed"
        error.hint = f"the MFA session is kept; {error.hint or retry}"
        raise


def _is_good(login: Login, provider: Cached) -> bool:
    """Tell whether a session may stay: made by this run, or living long enough."""
    session = provider.stored()
    if session is None or provider.key in login.made:
        return session is not None
    least = login.least_seconds
    return least is not None and session.expiration - time.time() >= least


def _tell_who_asks(context: Context, profile: str, provider: Cached, mfa: MFA) -> None:
    keys = (provider.key, device_key(mfa.key_serial))
    workers = [Flight(context.cache, key).worker() for key in keys]
    for worker in [name for name in workers if name][:1]:
        say(f"{profile}: {worker} is asking for this code; waiting for it")


def _asking(chain: Chain, arguments: Namespace) -> tuple[Chain, MFA]:
    """Return a chain whose person wants to be asked, whatever the profile says; and its device."""
    mfa = chain.mfa
    assert mfa is not None  # noqa: S101 - see wanted
    if arguments.mfa_prompt and not arguments.mfa_process:
        mfa = mfa._replace(process="")
    is_silent = mfa.prompt == "none" and not arguments.mfa_prompt
    mfa = mfa._replace(prompt="auto") if is_silent else mfa
    return chain._replace(mfa=mfa), mfa


def _make(context: Context, provider: Cached) -> None:
    began = time.time()
    session = through_pauses(provider.load_anew, memo.release)
    if context.cache.was_forgotten(provider.key, began):
        raise MFAProcessError("somebody has logged out meanwhile", hint="log in again")
    if provider.stored() != session:
        raise MFAProcessError(
            f"the session could not be stored in {sealed.cache_dir()}",
            hint=OWN_HINT,
        )


def remember_line(login: Login, profile: str, chain: Chain, session: SessionCredentials) -> None:
    """Make the next call of an SDK a warm one, where the profile's own line asks for just this."""
    line = login.context.files.profiles[profile].get("credential_process", "")
    request = own_line(profile, line)
    if request is None or memo.state_now() != login.world.state:
        return
    asked = login.context.chain(request)
    if asked.links[-1].key == chain.links[-1].key:
        remember(login.world, asked, request.line, session)

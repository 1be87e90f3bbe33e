"""``login``: the code now, so that nothing asks later; and the proof that the roles work."""

import shlex
import time
from argparse import ArgumentParser, Namespace
from typing import NamedTuple

from aws_mfa_process import APP, memo, sealed
from aws_mfa_process.chain.judge import UNSERVED, in_shell, judge
from aws_mfa_process.chain.model import MFA, Chain, account_id, device_key
from aws_mfa_process.chain.no_device import no_device
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.parser import add_settings
from aws_mfa_process.commands.talk import say, warn
from aws_mfa_process.commands.view import view_of
from aws_mfa_process.config import settings
from aws_mfa_process.config.command_line import Request, request_of
from aws_mfa_process.config.process_line import own_command, own_line
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import (
    CodesRefusedError,
    ConfigError,
    MFAProcessError,
    NotSentError,
    STSError,
    WrongCodeError,
)
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.cached import Cached
from aws_mfa_process.sessions.flight import Flight
from aws_mfa_process.sessions.remember import remember
from aws_mfa_process.signals import through_pauses
from aws_mfa_process.store.cache import Key

_OWN_HINT = "make room there, or make the folder your own (mode 0700)"
HELP = "ask for the MFA code now, so that nothing asks later"

_HOUR_SECONDS = "3600"
_NO_ANSWER = (WrongCodeError, CodesRefusedError, NotSentError)
"""Failures that say nothing of a role."""


class _Login(NamedTuple):
    """What one run works with.

    Attributes:
        least_seconds: A session that lives so long is good; None: each one is made anew.
        state: Of the AWS files before they were read, for memos.
        made: Keys of what this run has a code for.
        failures: Of roles.
    """

    context: Context
    request: Request
    arguments: Namespace
    least_seconds: int | None
    state: bytes
    made: list[Key]
    failures: list[MFAProcessError]


def configure(parser: ArgumentParser) -> None:
    """Take the profiles, and all settings of the credential process."""
    parser.add_argument(
        "profiles",
        metavar="PROFILE",
        nargs="*",
        help="profiles to log in for; none: $AWS_PROFILE, else the only MFA device there is",
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
    """Make a new MFA session for each profile, and from it the profile's role.

    Profiles that share a session share the code. Where one cannot be made the old one, if any,
    still serves; a role that fails stops no other one.

    Raises:
        MFAProcessError: A name is wrong, and nobody was asked; or a session could not be made.
    """
    state = memo.key([])
    context = open_context()
    obstacle = context.cache.obstacle()
    if obstacle:
        raise MFAProcessError(f"no session can be kept: {obstacle}", hint=_OWN_HINT)
    given = {name: text for name, text in vars(arguments).items() if text is not None}
    request = request_of(given)
    least = settings.whole_number(given, "--min-left", "")
    login = _Login(context, request, arguments, least, state, [], [])
    chains = _chains(context, request, arguments.profiles)
    for profile, chain in chains:
        try:
            _log_in(login, profile, chain)
        except MFAProcessError as error:
            raise _joined([*login.failures, error]) from None
    if login.failures:
        raise _joined(login.failures)
    return 0


def _chains(context: Context, request: Request, profiles: list[str]) -> list[tuple[str, Chain]]:
    """Decide for all profiles before a person is asked."""
    view = view_of(context.files, context.environ)
    found, failures = [], []
    for profile in profiles or [_default_profile(context)]:
        try:
            chain = _chain(context, view, profile, request)
        except MFAProcessError as error:
            failures.append(error)
        else:
            found.append((profile, chain))
    if failures:
        raise _joined(failures)
    _warn(view, [profile for profile, _ in found])
    return found


def _chain(context: Context, view: View, profile: str, request: Request) -> Chain:
    """Return the chain of a profile.

    Raises:
        ConfigError: It has no device, or does not run this program; why is the judge's.
    """
    judgement = judge(profile, view)
    chain = None
    try:
        chain = context.chain_as_sdk(profile, request.overrides)
    except ConfigError:
        if judgement.outcome not in ("broken", "opaque"):
            raise
    if chain and chain.mfa is not None:
        return chain
    for verdict in judgement.verdicts:
        raise ConfigError(f"profile {profile}: {verdict.sentence}", hint=verdict.hint)
    why = no_device(context.files, chain.way, chain.source) if chain else None
    if chain and why and not chain.source.is_long_term:
        raise ConfigError(f"profile {profile} takes no MFA code: {why.reason}", hint=why.hint)
    raise ConfigError(
        f"profile {profile} needs no MFA code",
        hint="an SDK can use it as it is; a device is named by mfa_serial in the profile",
    )


def _warn(view: View, profiles: list[str]) -> None:
    """Tell, before a person is asked, whom the code will not help."""
    for judgement in (judge(profile, view) for profile in profiles):
        if judgement.outcome in UNSERVED:
            verdict = judgement.verdicts[0]
            warn(f"profile {judgement.profile}: {verdict.sentence}", verdict.hint)
    for verdict in in_shell(view):
        warn(verdict.sentence, verdict.hint)


def _default_profile(context: Context) -> str:
    """Return the caller's profile, else one that stands for the only device."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        if context.environ.get(name):
            return context.environ[name]
    found = {}
    for profile in sorted(context.files.profiles):
        try:
            chain = context.chain_as_sdk(profile)
        except MFAProcessError:
            continue
        if chain.mfa is not None:
            found[profile] = chain
    if len({chain.mfa.serial for chain in found.values() if chain.mfa}) == 1:
        return min(found, key=lambda profile: len(found[profile].roles))
    if not found:
        raise ConfigError(
            "no profile is named, and none has an MFA device", hint=f"{APP} add NAME --write"
        )
    raise ConfigError(
        "no profile is named, and there are several MFA devices",
        hint=f"{APP} login PROFILE, with one of {', '.join(found)}",
    )


def _log_in(login: _Login, profile: str, chain: Chain) -> None:
    """Make the sessions of one profile; say what is there, also before a role fails."""
    assert chain.mfa is not None  # noqa: S101 - see _chains
    mfa = _asking(chain.mfa, login.arguments)
    chain = chain._replace(mfa=mfa)
    asker = Asker(chain, login.request, is_login=True)
    providers = providers_of(chain, asker, login.context.world)
    is_mfa_session = chain.links[0].is_mfa_session
    try:
        session = _with_code(login, profile, providers[0], mfa)
        if is_mfa_session:
            say(f"{profile}: MFA session until {_until(session)}")
        if len(providers) > 1:
            session = _role(login, profile, providers[-1])
    except STSError as error:
        if providers[0].key not in login.made and (is_mfa_session or isinstance(error, _NO_ANSWER)):
            raise
        login.failures.append(error)
        return
    if chain.roles:
        role = chain.roles[-1].role_arn
        say(f"{profile}: {account_id(role)}:{role.split(':', 5)[5]} until {_until(session)}")
    _remember(login, profile, chain, session)


def _with_code(login: _Login, profile: str, provider: Cached, mfa: MFA) -> SessionCredentials:
    """Return the session that a code makes."""
    if not _is_good(login, provider):
        _tell_who_asks(login.context, profile, provider, mfa)
        _make(login.context, provider)
    login.made.append(provider.key)
    session = provider.stored()
    if session is None:
        raise MFAProcessError("somebody has logged out meanwhile", hint="log in again")
    return session


def _role(login: _Login, profile: str, provider: Cached) -> SessionCredentials:
    """Return the session of a role; a failure says that the code was not in vain."""
    try:
        return provider.load() if login.least_seconds else provider.load_anew()
    except MFAProcessError as error:
        retry = f"correct the role and run {APP} login {shlex.quote(profile)} --if-needed"
        error.hint = f"the MFA session is kept; {error.hint or retry}"
        raise


def _is_good(login: _Login, provider: Cached) -> bool:
    """Tell whether a session may stay: made by this run, or living long enough."""
    session = provider.stored()
    if session is None or provider.key in login.made:
        return session is not None
    least = login.least_seconds
    return least is not None and session.expiration - time.time() >= least


def _tell_who_asks(context: Context, profile: str, provider: Cached, mfa: MFA) -> None:
    keys = (provider.key, device_key(mfa.serial))
    workers = [Flight(context.cache, key).worker() for key in keys]
    for worker in [name for name in workers if name][:1]:
        say(f"{profile}: {worker} is asking for this code; waiting for it")


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


def _remember(login: _Login, profile: str, chain: Chain, session: SessionCredentials) -> None:
    """Make the next call of an SDK a warm one, where the profile's own line asks for just this."""
    line = login.context.files.profiles[profile].get("credential_process", "")
    own, request = own_command(line) if line else None, own_line(profile, line)
    if own is None or not own.arguments or request is None or memo.key([]) != login.state:
        return
    asked = login.context.chain(request, own.arguments)
    if asked.links[-1].key == chain.links[-1].key:
        remember(login.context.world, asked, memo.key(own.arguments), session)


def _joined(failures: list[MFAProcessError]) -> MFAProcessError:
    """Return one error for several."""
    error = failures[0]
    messages = dict.fromkeys(failure.message for failure in failures)
    error.message = "; ".join(messages)
    return error


def _until(session: SessionCredentials) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(session.expiration))

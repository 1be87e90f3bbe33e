"""How ``login`` signs in where a chain starts with a login of AWS, and goes on from there.

Its one rule: each login once in a run; what was derived from the one before is made anew.
"""

import os
import shlex
import time

from aws_mfa_process import APP, memo
from aws_mfa_process.chain.model import Chain, Source
from aws_mfa_process.commands.context import Context, open_context
from aws_mfa_process.commands.logins.aws_login import sign_in
from aws_mfa_process.commands.logins.making import Login, remember_line, role_of
from aws_mfa_process.commands.logins.wanted import Wanted
from aws_mfa_process.commands.profiles.chosen import chain_of
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.commands.screens.times import clock
from aws_mfa_process.errors import MFAProcessError, PersonNeededError
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.foreign import NoEndError
from aws_mfa_process.sessions.kept import kept_source
from aws_mfa_process.sessions.origin import login_file
from aws_mfa_process.signals import through_pauses


def signed_in(login: Login, wanted: Wanted) -> tuple[Login, Wanted]:
    """Sign in where that is wanted; return what a run then works with, since the files may change.

    A sign-in that fails stops no other one, nor a code: its profiles are left out.
    """
    able: Wanted = []
    failed: dict[str, MFAProcessError] = {}
    for profile, chain in wanted:
        place = login_file(chain.source, os.environ)
        try:
            if chain.mfa is None and chain.source.sign_in and place not in failed:
                _once(login, chain.source)
        except MFAProcessError as error:
            failed[place] = error
        if chain.mfa is not None or place not in failed:
            able.append((profile, chain))
    login.failures.extend(failed.values())
    if memo.state_now() == login.world.state:
        return login, able
    context = open_context()._replace(environ=login.context.environ)
    world = context.world._replace(clients=login.world.clients)
    login = login._replace(context=context, world=world)
    view = view_of(context.files, context.environ)
    again = [(name, login.request._replace(profile=name)) for name, _ in able]
    return login, [(name, chain_of(context, view, request)) for name, request in again]


def go_on(login: Login, profile: str, chain: Chain) -> None:
    """Make the session of a profile that is signed in, and say what is there."""
    asker = Asker(chain, login.request, refusal="a login takes no MFA code")
    provider = providers_of(chain, asker, login.world)[-1]
    try:
        is_new = bool(chain.roles) and login.least_seconds is None
        load = provider.load_anew if is_new else provider.load
        session = through_pauses(load, memo.release)
    except MFAProcessError as error:
        if f"{APP} login" in error.hint and isinstance(error, PersonNeededError):
            look = shlex.join(
                ["aws", "sts", "get-caller-identity", "--profile", chain.source.profile]
            )
            error.hint = f"aws ended without an error; see whether it finds that login: {look}"
        else:
            again = f"{APP} login {shlex.quote(profile)} --if-needed"
            error.hint = f"you are signed in; {error.hint or again}"
        login.failures.append(error)
        return
    until = clock(session.expiration, time.time())
    what = role_of(chain) if chain.roles else f"signed in, keys of {session.account_id or 'AWS'}"
    say(f"{profile}: {what} until {until}, then renewed by itself")
    remember_line(login, profile, chain, session)


def _once(login: Login, source: Source) -> None:
    """Sign in for a source, unless this run has, or it works and that is enough."""
    mark = {"login": login_file(source, os.environ)}
    if mark in login.made or (login.least_seconds is not None and _works(login.context, source)):
        login.made.append(mark)
        return
    sign_in(source, login.context.environ)
    _forget(login.context, source)
    login.made.append(mark)


def _works(context: Context, source: Source) -> bool:
    try:
        through_pauses(kept_source(source, context.cache).load, memo.release)
    except PersonNeededError:
        return False
    except NoEndError:
        return True
    return True


def _forget(context: Context, source: Source) -> None:
    """Forget what was derived from a login, for all profiles that have it: it may be another's."""
    names = ("login_session",) if source.sign_in == "login" else ("sso_session", "sso_start_url")
    ours = {name: text for name, text in source.settings if name in names}
    found = [entry.key.get("source", {}) for entry in context.cache.entries("session")]
    for named in found:
        settings = named.get("settings") or {}
        if any(settings.get(name) == text for name, text in ours.items()):
            context.cache.forget({"source": named})

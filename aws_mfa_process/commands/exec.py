"""``exec``: run a command with the credentials of a profile.

Its one rule: the question comes before the command starts, and the command gets credentials of
this profile alone.
"""

import os
import shlex
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from aws_mfa_process import APP, EXEC_VARIABLE
from aws_mfa_process.chain.judge import Outcome, judge
from aws_mfa_process.commands import supply
from aws_mfa_process.commands.profiles.chosen import (
    Chosen,
    Named,
    add_profile,
    chain_of,
    chosen_of,
    named,
    take_region,
)
from aws_mfa_process.commands.programs import environ, program
from aws_mfa_process.commands.screens.talk import note
from aws_mfa_process.commands.screens.times import clock
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.process_line import split_command
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.prompt.caller import program_name
from aws_mfa_process.prompt.choice import Asker
from aws_mfa_process.sessions.assembly import providers_of

HELP = "run a command with the credentials of a profile"
TAKES_COMMAND = True

_READ_ONLY = "arn:{}:iam::aws:policy/ReadOnlyAccess"


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_profile(parser, region="region of the command (default: that of the profile)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--keys",
        action="store_true",
        help="give keys in variables, for programs that know no profile; they are not renewed",
    )
    way.add_argument(
        "--server",
        action="store_true",
        help="give the address of an endpoint on loopback, which renews while the command runs",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="narrow the role session by ReadOnlyAccess"
    )
    parser.add_argument(
        "--nested", action="store_true", help="allow it within the exec of another profile"
    )
    parser.epilog = (
        "Without COMMAND it is your shell. Without --keys and --server the command gets"
        " AWS_PROFILE, and its SDK asks this program anew when it needs to."
    )


def run(arguments: Namespace) -> int:
    """Become the command, or run it beside us; return its exit status.

    Raises:
        NotFoundError: There is no such command.
        ConfigError: It would hide another profile's credentials, or the profile cannot be used.
    """
    words = arguments.command or [program.shell(os.environ)]
    path = program.find(words[0], os.environ)
    region = take_region(arguments)
    wanted = named(arguments, "exec")
    if not arguments.nested:
        _refuse_to_hide(wanted, arguments.command)
    caller = program_name(words)
    if arguments.server:
        with _served(_chosen(wanted, arguments), region, caller) as variables:
            _tell_shell(wanted, arguments.command)
            status = program.run_beside(path, words, variables)
        return program.end_as(status)
    variables = _given(wanted, arguments, region, caller)
    _tell_shell(wanted, arguments.command)
    return program.replace_us(path, words, variables)


def _chosen(wanted: Named, arguments: Namespace) -> Chosen:
    chosen = chosen_of(wanted)
    return _read_only(chosen) if arguments.read_only else chosen


def _given(wanted: Named, arguments: Namespace, region: str, caller: str) -> dict[str, str]:
    """Return the variables of a command that gets a profile or keys, after a look that they work.

    Keys that nobody has asked for are told.
    """
    is_changed = bool(arguments.keys or arguments.read_only or wanted.request.overrides)
    outcome = _outcome(wanted)
    if outcome == "opaque" and not is_changed:
        variables = _variables(wanted, region, is_named=True)
        _run_line(wanted, variables)
        return variables
    try:
        chosen = _chosen(wanted, arguments)
        session = chosen.load(caller)
    except ConfigError:
        if (
            outcome != "foreign"
            or is_changed
            or wanted.request.profile not in wanted.view.files.profiles
        ):
            raise
        return _variables(wanted, region, is_named=True)  # SDKs know more sources than we do
    why = _why_keys(chosen, outcome)
    if not arguments.keys and not why:
        return _variables(wanted, region, is_named=True)
    note(_end_of_keys(session, "" if arguments.keys else why))
    return environ.with_keys(_variables(wanted, region, is_named=False), session)


def _outcome(wanted: Named) -> Outcome:
    return judge(wanted.request.profile, wanted.view).outcome


def _tell_shell(wanted: Named, command: list[str]) -> None:
    """Tell who sees nothing but another prompt where that has come from."""
    if not command and sys.stderr is not None and sys.stderr.isatty():
        note(f"a shell with profile {wanted.request.profile}; leave it with exit")


def _variables(wanted: Named, region: str, *, is_named: bool) -> dict[str, str]:
    """Return the variables of the command, but for credentials.

    With ``is_named`` SDKs read the profile; else what it says comes as variables, where the caller
    has not set them.
    """
    profile, view = wanted.request.profile, wanted.view
    settings = view.settings(profile)
    found = environ.without_credentials(wanted.context.environ)
    found = environ.with_region(found, region or settings.get("region", ""))
    found[EXEC_VARIABLE] = profile
    if is_named:
        return environ.with_profile(found, profile)
    services = view.files.services.get(settings.get("services", ""), {})
    return environ.with_settings(found, environ.of_settings(settings, services))


def _refuse_to_hide(wanted: Named, command: list[str]) -> None:
    profile = wanted.request.profile
    hidden = environ.hidden_profile(wanted.context.environ, profile)
    if hidden:
        more = " …" if command[1:] else ""
        rest = f" -- {shlex.quote(command[0])}{more}" if command else ""
        raise ConfigError(
            f"this runs within exec of profile {hidden}, whose credentials profile {profile} would"
            " hide",
            hint=f"leave it first (exit), or {APP} exec {shlex.quote(profile)} --nested{rest}",
        )


def _run_line(wanted: Named, variables: Mapping[str, str]) -> None:
    """Run the line of a profile once, as an SDK will: only so its credentials can be had."""
    profile = wanted.request.profile
    line = split_command(wanted.view.settings(profile)["credential_process"])
    try:
        done = subprocess.run(line, stdout=subprocess.PIPE, env=variables, check=False)
    except OSError as error:
        why = f"{line[0]}: {error.strerror}"
    else:
        why = f"exit status {done.returncode}" if done.returncode else ""
    if why:
        raise MFAProcessError(
            f"credential_process of profile {profile} failed: {why}",
            hint=f"see what is known of it: {APP} status {shlex.quote(profile)}",
        )


def _read_only(chosen: Chosen) -> Chosen:
    """Narrow the role by AWS's policy for reading.

    Raises:
        ConfigError: There is no role, or it has session policies: AWS allows what any one of them
            allows, so that another one would widen it.
    """
    chain, profile = chosen.chain, chosen.profile
    if not chain.roles:
        raise ConfigError(
            f"--read-only narrows a role, and profile {profile} has none: its credentials are the"
            " MFA session itself",
            hint=f"name a role: {APP} exec {shlex.quote(profile)} --read-only --role-arn ARN",
        )
    role = chain.roles[-1]
    if role.policy_arns or role.policy:
        raise ConfigError(
            f"--read-only cannot narrow profile {profile} further: it has session policies already,"
            " and AWS allows what any one of them allows",
            hint="leave --read-only away, or give policies for reading alone with --policy-arns",
        )
    policy = _READ_ONLY.format(chain.endpoint.partition)
    request = chosen.request._replace(overrides={**chosen.request.overrides, "policy_arns": policy})
    return chosen._replace(request=request, chain=chain_of(chosen.context, chosen.view, request))


def _why_keys(chosen: Chosen, outcome: Outcome) -> str:
    """Return why an SDK that is told the profile would not have this session; empty: it has."""
    profile, chain = chosen.profile, chosen.chain
    if outcome in ("unserved", "source"):
        return f"only this program can use profile {profile}"
    is_sdk_s = outcome == "foreign" and chain.mfa is None and chain.source.kind != "keyring"
    if outcome not in ("served", "opaque") and not is_sdk_s:
        return f"SDKs would not have these credentials from profile {profile}"
    if chain.source.kind == "credential_source":
        return f"profile {profile} starts with credentials that the command does not get"
    try:
        usual = chain_of(chosen.context, chosen.view, Request(profile, {}))
    except MFAProcessError:
        usual = None
    is_usual = usual is not None and usual.links[-1].key == chain.links[-1].key
    return "" if is_usual else "options change the session"


def _end_of_keys(session: SessionCredentials, why: str) -> str:
    """Say until when keys live; for keys that nobody wanted, why there are some."""
    until = clock(session.expiration, time.time())
    if not why:
        return f"these keys live until {until} and are not renewed; --server gives ones that are"
    return (
        f"{why}, so the command gets keys: they live until {until} and are not renewed; --server"
        " gives ones that are"
    )


def _refuse_shadow(wanted: Named) -> None:
    """Refuse an endpoint that SDKs would not ask."""
    name = environ.shadow_of_server(wanted.view.settings("default"))
    if name:
        is_served = _outcome(wanted) == "served"
        other = ", for AWS_PROFILE, which is renewed too" if is_served else ""
        raise ConfigError(
            f"{name} of profile default ({wanted.view.place('default', name)}) gives credentials,"
            " which SDKs take before those of --server",
            hint=f"leave --server away{other}; or let that profile have another name",
        )


@contextmanager
def _served(chosen: Chosen, region: str, caller: str) -> Iterator[Mapping[str, str]]:
    """Serve the credentials, and return the variables of the command."""
    from aws_mfa_process.serve import endpoint  # noqa: PLC0415 - few want a server
    from aws_mfa_process.serve.supply import Supply, started  # noqa: PLC0415 - same

    chain = chosen.chain
    wanted = Named(chosen.context, chosen.view, chosen.request)
    _refuse_shadow(wanted)
    variables = _variables(wanted, region, is_named=False)
    session = chosen.load(caller)
    asker = Asker(chain, chosen.request, caller)
    providers = providers_of(chain, asker, chosen.context.world)

    def code_wanted() -> str:
        is_known = chain.mfa is not None and not chain.source.is_uncertain
        is_wanted = is_known and providers[0].serving() is None
        return f"profile {chosen.profile} needs an MFA code" if is_wanted else ""

    make = started(supply.command(caller, chosen.request), chosen.context.environ)
    source = Supply(providers[-1], session, make, code_wanted, asker.hint)
    with closing(source), endpoint.served(source.get) as place:
        yield {**variables, **place}

"""Which profiles ``login`` is for, and which codes they take.

Its one rule: all is decided, and every wrong name told, before a person is asked.
"""

from aws_mfa_process import APP
from aws_mfa_process.chain.judge import UNSERVED, in_shell, judge, judge_all
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.no_device import no_device
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.context import Context
from aws_mfa_process.commands.profiles.chosen import chain_of
from aws_mfa_process.commands.profiles.rows import names_of
from aws_mfa_process.commands.screens.talk import warn
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.values import NamedTuple

Wanted = list[tuple[str, Chain]]
"""Profiles, each with its chain."""


class Device(NamedTuple):
    """An MFA session that one code of a device makes.

    Attributes:
        chain: Of the MFA session alone, for the profile that stands for it.
        roles: How many roles are derived from it.
    """

    chain: Chain
    roles: int

    @property
    def name(self) -> str:
        """As a person knows the device."""
        assert self.chain.mfa is not None  # noqa: S101 - see devices_of
        return names_of(self.chain.mfa)

    @property
    def heading(self) -> str:
        """Whose code is wanted, and for how much."""
        end = "" if self.roles == 1 else "s"
        assert self.chain.mfa is not None  # noqa: S101 - see devices_of
        has = "has one device" if len(self.chain.mfa.listed) == 1 else "gives the code"
        return f"{self.name} {has}" + (f" for {self.roles} role{end}" * bool(self.roles))


def named(context: Context, view: View, request: Request, profiles: list[str]) -> Wanted:
    """Return the profiles that a person names, each with its chain.

    Raises:
        ConfigError: Some do not exist, have neither a device nor a login of AWS, or do not run
            this program.
    """
    found: Wanted = []
    failures = []
    for profile in dict.fromkeys(profiles):
        try:
            found.append((profile, _with_device(context, view, profile, request)))
        except MFAProcessError as error:
            failures.append(error)
    if failures:
        raise joined(failures)
    _warn(view, [profile for profile, _ in found])
    return found


def _with_device(context: Context, view: View, profile: str, request: Request) -> Chain:
    """Return the chain of a profile.

    Raises:
        ConfigError: It has neither a device nor a login of AWS, or does not run this program; why
            is the judge's.
    """
    chain = chain_of(context, view, request._replace(profile=profile))
    if chain.mfa is not None or (chain.source.sign_in and request.mfa_code is None):
        return chain
    if chain.source.sign_in:
        raise ConfigError(
            f"profile {profile} takes no MFA code: it is signed in to in a browser",
            hint="leave --mfa-code away, or name only profiles that take a code",
        )
    for verdict in judge(profile, view).verdicts:
        raise ConfigError(f"profile {profile}: {verdict.sentence}", hint=verdict.hint)
    why = no_device(context.files, chain.way, chain.source)
    if why and not chain.source.is_long_term:
        raise ConfigError(f"profile {profile} takes no MFA code: {why.reason}", hint=why.hint)
    raise ConfigError(
        f"profile {profile} needs no MFA code",
        hint="an SDK can use it as it is; a device is named by mfa_serial in the profile",
    )


def of_all(context: Context, view: View, request: Request) -> Wanted:
    """Return the profiles that use this program; of a device that they do not name, all others.

    Raises:
        ConfigError: None has a device or a login of AWS.
        MFAProcessError: None of those that should can be used, for want of keys for example.
    """
    used: Wanted = []
    others: Wanted = []
    failures = []
    for judgement in judge_all(view):
        if judgement.outcome == "foreign":
            continue
        try:
            chain = context.chain_as_sdk(judgement.profile, request.overrides)
        except MFAProcessError as error:
            failures.append(error)  # `status` tells them all
            continue
        place = used if judgement.outcome in ("served", "source") else others
        place.append((judgement.profile, chain))
    devices = {_serial(chain) for _, chain in used}
    found = [*used, *(it for it in others if _serial(it[1]) not in devices)]
    if not any(_serial(chain) or chain.source.sign_in for _, chain in found):
        for failure in failures:
            raise failure
        raise ConfigError(
            "no profile is named, and none has an MFA device or a login of AWS",
            hint=f"{APP} setup",
        )
    _warn(view, [])
    return found


def _serial(chain: Chain) -> str:
    return chain.mfa.key_serial if chain.mfa is not None else ""


def devices_of(wanted: Wanted) -> list[Device]:
    """Return the MFA sessions that profiles start with, one for each code that is needed."""
    found: dict[str, Wanted] = {}
    for profile, chain in wanted:
        if chain.is_of_mfa_session:
            found.setdefault(repr(chain.links[0].key), []).append((profile, chain))
    return [_device(group) for group in found.values()]


def _device(group: Wanted) -> Device:
    """Return a session, for the profile whose code comes from a command, else the plainest one."""
    chains = [chain for _, chain in group]
    chain = min(chains, key=lambda it: (not (it.mfa and it.mfa.process), len(it.roles)))
    return Device(chain.to_mfa_session(), sum(bool(it.roles) for it in chains))


def _warn(view: View, profiles: list[str]) -> None:
    """Tell, before a person is asked, whom the code will not help."""
    for judgement in (judge(profile, view) for profile in profiles):
        if judgement.outcome in UNSERVED:
            verdict = judgement.verdicts[0]
            warn(f"profile {judgement.profile}: {verdict.sentence}", verdict.hint)
    for verdict in in_shell(view):
        warn(verdict.sentence, verdict.hint)


def joined(failures: list[MFAProcessError]) -> MFAProcessError:
    """Return one error for several."""
    error = failures[0]
    messages = dict.fromkeys(failure.message for failure in failures)
    error.message = "; ".join(messages)
    return error

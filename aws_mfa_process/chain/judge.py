"""What will happen to a profile, in each SDK and in this program.

Its one rule: it decides and does nothing, and nobody else has an opinion on it. Each verdict has
a paragraph in `docs/reference/verdicts.md`.
"""

import shlex
from collections.abc import Mapping

from aws_mfa_process import APP
from aws_mfa_process.chain.beside import shadows_of
from aws_mfa_process.chain.line import fault_of
from aws_mfa_process.chain.reading import misread
from aws_mfa_process.chain.view import BOTOCORE, GO, JS, SDKS, Act, Verdict, View, acts
from aws_mfa_process.config.arns import devices
from aws_mfa_process.config.names import close_match
from aws_mfa_process.config.process_line import mentions_us, own_command, own_line, profile_in
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import Literal, NamedTuple

Outcome = Literal["served", "opaque", "shadowed", "broken", "unserved", "source", "foreign"]
"""Served by this program; served too, with words that only a shell can tell; something beside our
line goes before it in boto3, the AWS CLI, JavaScript or Go; the line cannot be run; it has MFA, but
no line of ours; read by this program alone; not ours."""
_LEADING = (*BOTOCORE, JS, GO)
_HIDING = ("AMP046", "AMP048", "AMP053")
"""What hides settings of a profile from everybody."""
_OF_LISTS = ("accounts", "discover")
"""First words of `setup` that name no profile."""
UNSERVED: tuple[Outcome, ...] = ("shadowed", "broken", "unserved")
"""What a person is warned of."""


class Judgement(NamedTuple):
    """What will happen to a profile.

    Attributes:
        profile: Its name.
        outcome: In one word.
        verdicts: What is to be said of it; the first one is why.
    """

    profile: str
    outcome: Outcome
    verdicts: tuple[Verdict, ...] = ()

    @property
    def acts(self) -> Mapping[str, Act]:
        """What each SDK does with a profile that has a line of ours."""
        does: dict[str, Act] = dict.fromkeys(SDKS, "us")
        for verdict in reversed(self.verdicts):
            does |= {sdk: act for sdk, act in verdict.acts.items() if act != "us"}
        return does


def judge_all(view: View) -> list[Judgement]:
    """Judge all profiles, in the order of their names."""
    sources = _sources(view)
    return [_judge(profile, view, sources) for profile in sorted(view.files.profiles)]


def judge(profile: str, view: View) -> Judgement:
    """Judge one profile."""
    return _judge(profile, view, _sources(view))


def _judge(profile: str, view: View, sources: set[str]) -> Judgement:
    """Judge a profile, knowing those that lines of ours name."""
    values = view.settings(profile)
    line = values.get("credential_process", "")
    if mentions_us(line):
        return _judge_line(profile, line, view)
    if profile in sources:
        return Judgement(profile, "source")
    if "role_arn" in values and "mfa_serial" in values and not line:
        return Judgement(profile, "unserved", (_unserved(profile, view),))
    if "mfa_serial" in values:
        return Judgement(profile, "source")
    return Judgement(profile, "foreign")


def missing(profile: str, view: View) -> str:
    """Return the hint for a profile that does not exist."""
    for verdict in misread(view):
        if verdict.profile == profile or verdict.id == "AMP052":
            return f"{verdict.sentence}; {verdict.hint}"
    path = view.short(view.files.config_path)
    add = f"add [profile {profile}] to {path}"
    close = close_match(profile, view.files.profiles)
    if not any(
        mentions_us(it.get("credential_process", "")) for it in view.files.profiles.values()
    ):
        add = f"{add}, or begin with {APP} setup"
    return f"did you mean {close}? Else {add}" if close else add


def without_keys(profile: str, view: View) -> str:
    """Return the hint for a profile that has no keys, where another one fits; else empty."""
    for verdict in misread(view):
        if verdict.profile == profile and verdict.id in _HIDING:
            return f"{verdict.sentence}; {verdict.hint}"
    line = view.settings(profile).get("credential_process", "")
    if mentions_us(line) and profile_in(line) == profile:
        add = f"store them with {APP} add {shlex.quote(profile)}"
        return f"let --profile in its own line name the profile with the keys, or {add}"
    return ""


def in_shell(view: View) -> list[Verdict]:
    """Return what is to be said of the environment."""
    if not view.facts.environ.get("AWS_ACCESS_KEY_ID"):
        return []
    return [
        Verdict(
            "AMP022",
            "",
            "AWS_ACCESS_KEY_ID is set in this shell and goes before AWS_PROFILE in boto3, the AWS"
            " CLI and Go, unless a profile is named to them, as by --profile",
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        )
    ]


def _judge_line(profile: str, line: str, view: View) -> Judgement:
    """Judge a profile whose line is to run this program."""
    fault = fault_of(profile, line, view)
    if fault:
        return Judgement(profile, "broken", (fault,))
    judgement = Judgement(profile, "shadowed", tuple(shadows_of(profile, view)))
    acts = judgement.acts
    if any(acts[sdk] != "us" for sdk in _LEADING):
        return judgement
    own = own_command(line)
    if own is None or own.arguments is None:
        unknown = _unknown(profile, line, own.starter if own else "", view)
        return judgement._replace(outcome="opaque", verdicts=(unknown, *judgement.verdicts))
    return judgement._replace(outcome="served")


def _unknown(profile: str, line: str, starter: str, view: View) -> Verdict:
    place = view.place(profile, "credential_process")
    keys = profile_in(line)
    holder = keys if keys in view.files.profiles else "the profile with the keys"
    through = f" through {starter}" if starter else ""
    return Verdict(
        "AMP024",
        profile,
        f"credential_process in {place} runs this program{through} with words or in an environment"
        " not known before it runs: SDKs may use it, login and status cannot",
        f"use {holder} instead: aws-mfa-process login {shlex.quote(keys) if keys else 'PROFILE'}",
    )


def _unserved(profile: str, view: View) -> Verdict:
    place = view.place(profile, "role_arn")
    told = "the AWS CLI and boto3 ask by themselves, other SDKs fail"
    does = acts(("code", BOTOCORE), ("fails", (JS, GO)))
    if len(devices(view.settings(profile)["mfa_serial"])) > 1:
        told = "every SDK fails, as AWS takes the list of devices for one device"
        does = acts(("fails", (*BOTOCORE, JS, GO)))
    return Verdict(
        "AMP023",
        profile,
        f"role_arn and mfa_serial ({place}) without a line of ours: {told}",
        f"{APP} setup" if profile in _OF_LISTS else f"{APP} setup {shlex.quote(profile)}",
        does,
    )


def _sources(view: View) -> set[str]:
    """Return the profiles that lines of ours name."""
    found = set()
    for profile, values in view.files.profiles.items():
        try:
            request = own_line(profile, values.get("credential_process", ""))
        except ConfigError:
            continue
        if request:
            found.add(request.profile)
    return found

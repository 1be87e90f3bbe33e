"""Why a chain has no MFA device, and which one was probably meant.

Its one rule: pure; it is asked only when something has gone wrong.
"""

import re
from collections.abc import Sequence

from aws_mfa_process import APP
from aws_mfa_process.chain.model import Source
from aws_mfa_process.config import arns
from aws_mfa_process.config.profiles import Profiles, Settings
from aws_mfa_process.values import NamedTuple

_OTHERS = ("aws_mfa_device", "mfa_device", "mfa_arn", "aws_mfa_serial")
"""What other programs call the setting, aws-mfa the first."""
_INHERITED = ("include_profile", "parent_profile")
"""Settings by which aws-vault takes those of another profile."""


class NoDevice(NamedTuple):
    """A sentence without its end, and what to do."""

    reason: str
    hint: str


def no_device(files: Profiles, way: Sequence[str], source: Source) -> NoDevice | None:
    """Say why a way of profiles has no MFA device; None: its credentials can take none."""
    with_serial = [name for name in way if files.profiles[name].get("mfa_serial")]
    if not source.is_long_term:
        reason = f"the credentials of profile {source.profile} are temporary and take no code"
        hint = f"let source_profile name a profile with an IAM user's keys, not {source.profile}"
        if source.kind == "static":
            hint += ", or take aws_session_token away there, if it is a rest"
        return NoDevice(reason, hint) if with_serial else None
    passed = f"no profile on the way ({', '.join(way)}) has mfa_serial"
    usual = f"add mfa_serial to profile {way[-1]}, or let {APP} setup find the device or make one"
    return NoDevice(passed, _meant(files, way) or usual)


def _meant(files: Profiles, way: Sequence[str]) -> str:
    """Return what to do about the device that stands nearby; empty: there is none."""
    for name in way:
        values = files.profiles[name]
        hint = _misnamed(name, values) or _swallowed(name, values)
        inherited = next((values[key] for key in _INHERITED if key in values), "")
        serial = files.profiles.get(inherited, {}).get("mfa_serial")
        if not hint and serial:
            key = next(key for key in _INHERITED if key in values)
            hint = (
                f"{key} is a setting of aws-vault alone: write mfa_serial = {serial} into profile"
                f" {name} too"
            )
        if hint:
            return hint
    places = [f"{name}-long-term" for name in way] + ["default"]
    for place in places:
        values = files.profiles.get(place, {})
        serial = values.get("mfa_serial") or values.get("aws_mfa_device", "")
        if serial:
            return (
                f"profile {place} has {serial}, and is not on the way: write mfa_serial ="
                f" {serial} into profile {way[-1]}"
            )
    return ""


def _misnamed(profile: str, values: Settings) -> str:
    from difflib import get_close_matches

    close = get_close_matches("mfa_serial", [key.replace("-", "_") for key in values], cutoff=0.8)
    for key, value in values.items():
        is_meant = key in _OTHERS or key.replace("-", "_") in close
        if is_meant and arns.is_arn(value, "mfa"):
            return f"profile {profile} has {key}: write mfa_serial = {value} instead"
    return ""


def _swallowed(profile: str, values: Settings) -> str:
    for key, value in values.items():
        if re.search(r"(?m)^\s*mfa_serial\s*=", value.partition("\n")[2]):
            return (
                f"mfa_serial is indented below {key} in profile {profile}, so it belongs to that"
                " value: let its line begin without a blank"
            )
    return ""

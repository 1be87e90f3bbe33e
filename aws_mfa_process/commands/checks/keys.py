"""What is wrong with long-term keys and the keyring that should hold them."""

import shlex
from collections.abc import Iterator

from aws_mfa_process import APP
from aws_mfa_process.chain.found import find
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.world import World
from aws_mfa_process.config.profiles import KEY_ID

_OLD_DAYS = 90
_DAY_SECONDS = 86400
_IDS = {"missing": "AMP034", "insecure": "AMP035", "locked": "AMP036"}


def keyring(world: World) -> Iterator[Verdict]:
    """A keyring that is missing, insecure or locked, where there is a key for it."""
    state = world.keyring
    if state.fault in _IDS and (world.stored or _in_plaintext(world)):
        if state.fault == "locked" and not world.stored:
            return
        yield Verdict(_IDS[state.fault], "", state.sentence, state.hint)


def places(world: World) -> Iterator[Verdict]:
    """Keys in plaintext, or in both stores."""
    for profile in _in_plaintext(world):
        if profile not in world.stored:
            sentence = (
                f"its long-term key stands in plaintext in {world.view.place(profile, KEY_ID)}"
            )
            yield Verdict("AMP037", profile, sentence, f"{APP} import {shlex.quote(profile)}")
    used = {chain.source.profile for chain in world.chains.values()}
    for profile in world.stored:
        if world.profile and profile not in used:
            continue
        if world.view.files.keys_of(profile).get(KEY_ID):
            place = world.view.place(profile, KEY_ID)
            sentence = f"a key stands in the keyring and in {place} too"
            yield Verdict("AMP038", profile, sentence, f"{APP} import {shlex.quote(profile)}")


def ages(world: World) -> Iterator[Verdict]:
    """Keys that are older than they should be, by IAM, else by when they were stored."""
    for profile in {chain.source.profile: 0 for chain in world.chains.values()}:
        user, entry = world.users.get(profile), world.stored.get(profile)
        is_told = user is not None and user.created_at
        since = user.created_at if user and is_told else entry.stored_at if entry else world.now
        days = int(world.now - since) // _DAY_SECONDS
        if days > _OLD_DAYS:
            what = f"is {days} days old" if is_told else f"has been stored for {days} days"
            name = shlex.quote(profile)
            first = "" if entry else f"{APP} import {name} && "
            yield Verdict("AMP039", profile, f"its key {what}", f"{first}{APP} rotate {name}")


def workable(verdict: Verdict, world: World) -> Verdict:
    """Return a finding whose mend works here: without a keyring nothing is moved into it."""
    hint = verdict.hint
    if world.keyring.fault in ("missing", "insecure"):
        hint = hint.partition(", or into the keyring: ")[0]
        if hint.startswith(f"{APP} import "):
            hint = f"get a system keyring first, and then: {hint}"
    return verdict._replace(hint=hint)


def _in_plaintext(world: World) -> list[str]:
    """Return the profiles whose long-term keys stand in a file.

    Where one profile is named: those that it uses.
    """
    sources = [chain.source for chain in world.chains.values()]
    used = {it.profile: 0 for it in sources if it.kind == "static" and it.is_long_term}
    there = [] if world.profile else find(world.view.files).keys
    return list(used | dict.fromkeys(there, 0))

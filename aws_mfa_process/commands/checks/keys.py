"""What is wrong with long-term keys and the keyring that should hold them."""

import shlex
from collections.abc import Iterator

from aws_mfa_process import APP
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
    """Keys in plaintext, in both stores, or kept for too long."""
    for profile in _in_plaintext(world):
        if profile not in world.stored:
            sentence = (
                f"its long-term key stands in plaintext in {world.view.place(profile, KEY_ID)}"
            )
            yield Verdict("AMP037", profile, sentence, f"{APP} import {shlex.quote(profile)}")
    used = {chain.source.profile for chain in world.chains.values()}
    for profile, entry in world.stored.items():
        if world.profile and profile not in used:
            continue
        if world.view.files.keys_of(profile).get(KEY_ID):
            place = world.view.place(profile, KEY_ID)
            sentence = f"a key stands in the keyring and in {place} too"
            yield Verdict("AMP038", profile, sentence, f"{APP} import {shlex.quote(profile)}")
        days = int(world.now - entry.stored_at) // _DAY_SECONDS
        if days > _OLD_DAYS:
            sentence = f"its key has been in the keyring for {days} days"
            yield Verdict("AMP039", profile, sentence, f"{APP} rotate {shlex.quote(profile)}")


def _in_plaintext(world: World) -> list[str]:
    """Return the profiles whose long-term keys are used from a file."""
    sources = [chain.source for chain in world.chains.values()]
    return list({it.profile: 0 for it in sources if it.kind == "static" and it.is_long_term})

"""The checks, in the order of what people meet most."""

from collections.abc import Callable, Iterable, Iterator

from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks import (
    chains,
    files,
    keys,
    network,
    places,
    profiles,
)
from aws_mfa_process.commands.checks.world import World

CHECKS: tuple[Callable[[World], Iterable[Verdict]], ...] = (
    profiles.lines,
    profiles.variables,
    chains.decisions,
    chains.devices,
    keys.places,
    chains.logins,
    chains.failures,
    keys.ages,
    keys.keyring,
    network.clock,
    network.reach,
    profiles.fragile_lines,
    files.owners,
    files.modes,
    chains.partitions,
    places.windows,
    profiles.reading,
    profiles.other_tools,
    files.rests,
    files.locks,
)


def findings(world: World) -> tuple[list[Verdict], int]:
    """Return what is wrong, and how many checks and profiles are without a finding."""
    found: list[Verdict] = []
    right = 0
    for check in CHECKS:
        told = [keys.workable(verdict, world) for verdict in check(world)]
        told = [verdict for verdict in told if verdict not in found]
        found += told
        right += not told
    wrong = {verdict.profile for verdict in found}
    right += sum(it.profile not in wrong for it in world.standings)
    return found, right


def skipped(world: World) -> list[str]:
    """Say which checks could not be made."""
    told = []
    if not any(answer.ahead_seconds is not None for answer in world.answers):
        why = "no answer of STS tells the time" if world.answers else "no profile uses STS"
        told.append(f"the clock was not compared: {why}")
    if world.keyring.fault == "unknown":
        told.append(f"the keyring was not looked at: {world.keyring.sentence}")
    return [*told, *_unasked(world)]


def _unasked(world: World) -> Iterator[str]:
    """Say of which keys AWS has not told the user."""
    seen = set(world.users)
    for standing in world.standings:
        chain = standing.chain
        if chain is None or chain.mfa is None or chain.source.profile in seen:
            continue
        if standing.code_session is None and chain.source.is_long_term:
            seen.add(chain.source.profile)
            why = "there is no session yet, and the keyring is not opened to ask"
            if chain.source.kind == "static":
                why = "AWS does not say whose that is"
            yield f"the device was not compared with the key of {chain.source.profile}: {why}"

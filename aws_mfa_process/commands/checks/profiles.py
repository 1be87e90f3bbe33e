"""What is wrong with profiles and the shell, as the judge says."""

from collections.abc import Iterator

from aws_mfa_process.chain.environment import misleading
from aws_mfa_process.chain.fragile import fragile, of_other_tools
from aws_mfa_process.chain.judge import Outcome, in_shell
from aws_mfa_process.chain.reading import misread
from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.world import World
from aws_mfa_process.commands.profiles.standing import Standing
from aws_mfa_process.errors import ConfigError

_ORDER: tuple[Outcome, ...] = (
    *("shadowed", "broken", "unserved", "served", "opaque", "source", "foreign"),
)


def is_undecided(standing: Standing) -> bool:
    """Tell whether a profile without our line could not have one, either: `chains` says why."""
    return standing.judgement.outcome == "unserved" and isinstance(standing.error, ConfigError)


def lines(world: World) -> Iterator[Verdict]:
    """What SDKs make of each profile."""
    for outcome in _ORDER:
        for standing in world.standings:
            if standing.judgement.outcome == outcome and not is_undecided(standing):
                yield from standing.judgement.verdicts


def variables(world: World) -> Iterator[Verdict]:
    """What the environment puts before profiles."""
    yield from in_shell(world.view)
    yield from misleading(world.view)


def fragile_lines(world: World) -> Iterator[Verdict]:
    """Lines that work here, and not everywhere."""
    for standing in world.standings:
        if standing.judgement.outcome in ("served", "shadowed"):
            yield from fragile(standing.profile, world.view, world.text_of)


def other_tools(world: World) -> Iterator[Verdict]:
    """Settings that nobody reads."""
    for standing in world.standings:
        yield from of_other_tools(standing.profile, world.view)


def reading(world: World) -> Iterator[Verdict]:
    """What SDKs read differently."""
    passed = {name for chain in world.chains.values() for name in chain.way}
    for verdict in misread(world.view):
        if not world.profile or verdict.profile in ("", world.profile, *passed):
            yield verdict

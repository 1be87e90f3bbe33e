"""What is wrong between this machine and STS."""

import sys
from collections.abc import Iterator

from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.world import World

_SET = {"darwin": "sudo sntp -sS time.apple.com", "win32": "w32tm /resync"}
_SKEW_SECONDS = 60
"""AWS takes five minutes and more; but the codes of a device are good for half a minute."""


def reach(world: World) -> Iterator[Verdict]:
    """An STS that does not answer."""
    for answer in world.answers:
        if answer.error is not None:
            yield Verdict("AMP032", "", answer.error.message, answer.error.hint)


def clock(world: World) -> Iterator[Verdict]:
    """A clock that is not that of AWS; the first answer tells."""
    found = [it.ahead_seconds for it in world.answers if it.ahead_seconds is not None]
    ahead = found[0] if found else 0
    if abs(ahead) > _SKEW_SECONDS:
        minutes = round(abs(ahead) / 60)
        told = "1 minute" if minutes == 1 else f"{minutes} minutes"
        where = "ahead of" if ahead > 0 else "behind"
        sentence = f"the clock of this machine is {told} {where} AWS's"
        yield Verdict(
            "AMP031", "", sentence, _SET.get(sys.platform, "sudo timedatectl set-ntp true")
        )

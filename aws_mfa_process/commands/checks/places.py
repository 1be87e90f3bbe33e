"""Whether a person can be asked where a program has no terminal, as in an IDE."""

from collections.abc import Iterator

from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.checks.world import World


def windows(world: World) -> Iterator[Verdict]:
    """No program that asks in a window, though there is a desktop or a window alone may ask."""
    if world.asks_in_window:
        return
    for profile, chain in world.chains.items():
        if chain.mfa is None or chain.mfa.process:
            continue
        is_alone = chain.mfa.prompt == "dialog"
        if is_alone or (chain.mfa.prompt == "auto" and world.has_desktop):
            sentence = "there is no program that can ask for a code in a window"
            hint = "install zenity, kdialog or a pinentry with a window"
            if not world.has_desktop:
                sentence = (
                    "mfa_prompt = dialog allows only a window to ask, and there is no desktop"
                )
                hint = f"set mfa_prompt = auto in profile {profile}"
            yield Verdict("AMP067", "", sentence, hint)
            return

"""What is odd about a line or a profile that works here and now, but not everywhere.

Its one rule: as in `line`, of a line only the program is shown.
"""

import re
import shlex
from collections.abc import Callable, Iterator

from aws_mfa_process import APP
from aws_mfa_process.chain.view import Verdict, View
from aws_mfa_process.config.process_line import name_of, own_command
from aws_mfa_process.errors import ConfigError

_OTHERS = {
    "include_profile": "aws-vault",
    "parent_profile": "aws-vault",
    "aws_mfa_device": "aws-mfa",
    "assume_role": "aws-mfa",
    "role_duration": "awsume",
    "autoawsume": "awsume",
    "leapp_session": "Leapp",
}
"""Settings of other tools; those of granted start with its name."""
_SLOW = r"pkg_resources|load_entry_point"
"""What a console script imports that looks through all packages each time it starts."""
_REINSTALL = f"install it anew (with pipx: pipx reinstall {APP})"


def fragile(profile: str, view: View, text_of: Callable[[str], str]) -> Iterator[Verdict]:
    """Find what makes a line of ours fail or wait elsewhere.

    Args:
        profile: With a line that can be run.
        view: The files and the world.
        text_of: Gives the start of a program's file; empty: it is no text.
    """
    line = view.settings(profile).get("credential_process", "")
    try:
        own = own_command(line)
    except ConfigError:
        own = None
    if own is None or own.starter or not own.program:
        return
    where = f"credential_process in {view.place(profile, 'credential_process')}"
    there = f"write {view.facts.program} there"
    if own.program == name_of(own.program):
        sentence = f"{where} names {own.program} without its folder"
        yield Verdict("AMP029", profile, sentence, there)
    elif re.search(r"\s", own.program):
        link = f"ln -s {shlex.quote(own.program)} ~/.local/bin/{name_of(own.program)}"
        sentence = f"{where} has a blank in the path of the program"
        yield Verdict("AMP030", profile, sentence, f"{link}, and write that path there")
    elif line.lstrip()[:1] in ("'", '"'):
        yield Verdict("AMP030", profile, f"{where} has quotation marks around the program", there)
    if re.search(_SLOW, text_of(own.program)):
        sentence = f"{where} runs an old console script, which looks through all packages"
        yield Verdict("AMP028", profile, sentence, _REINSTALL)


def of_other_tools(profile: str, view: View) -> Iterator[Verdict]:
    """Find settings of a profile that another tool alone reads."""
    for name in view.settings(profile):
        tool = "granted" if name.startswith("granted_") else _OTHERS.get(name)
        if tool:
            sentence = f"{name} in {view.place(profile, name)} is a setting of {tool} alone"
            hint = (
                f"take {name} away when {tool} is gone; what it did has to stand in a line of ours"
            )
            yield Verdict("AMP066", profile, sentence, hint)

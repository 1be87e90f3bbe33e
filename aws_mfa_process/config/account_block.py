"""The block of profiles that a list makes in the config file, between two marks.

Its one rule: pure; nothing outside of the marks is changed, and each kind has a block of its own.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from aws_mfa_process import APP
from aws_mfa_process.config.accounts import Entry
from aws_mfa_process.errors import ConfigError

Kind = Literal["accounts", "discover"]
_END = "# made until here"


def block_of(
    kind: Kind, entries: Sequence[Entry], command: str, partition: str, again: str = ""
) -> str:
    """Return the block of some profiles.

    Args:
        kind: Which command made it.
        entries: The profiles.
        command: What each line starts with, ``--role-arn`` follows.
        partition: Of the ARNs.
        again: The command that brings it up to date; empty: it is not noted.
    """
    head = [_start(kind), *([f"# again: {again}"] if again else [])]
    lines = [line for entry in entries for line in _lines(entry, command, partition)]
    return "\n".join([*head, *lines, _END, ""])


def role_arn(entry: Entry, partition: str) -> str:
    """Return the ARN of the role of a profile."""
    return f"arn:{partition}:iam::{entry.account.account}:role/{entry.role}"


def _lines(entry: Entry, command: str, partition: str) -> Iterator[str]:
    account = entry.account
    yield f"[profile {entry.profile}]"
    if account.name != account.account:
        yield f"account_name = {account.name}"
    if account.region:
        yield f"region = {account.region}"
    yield f"credential_process = {command} --role-arn {role_arn(entry, partition)}"


def block_in(text: str, kind: Kind) -> str:
    """Return the block of a kind as it stands in a text; empty: there is none.

    Raises:
        ConfigError: One of its marks is missing, or it stands there twice.
    """
    found = _pattern(kind).findall(text)
    starts = re.findall(rf"(?m)^{re.escape(_start(kind))}\r?$", text)
    is_whole = len(found) == len(starts) <= 1
    if not is_whole or any(block.count("# made by ") > 1 for block in found):
        raise ConfigError(
            f"the block of setup {kind} lacks one of its two marks, or stands there twice",
            hint=f"leave it once in the config, from the line {_start(kind)!r} to {_END!r}; or"
            " delete its lines",
        )
    return "".join(found)


def again_in(text: str, kind: Kind) -> str:
    """Return the command that the block of a kind notes; empty: none."""
    found = re.search(r"(?m)^# again: (.*?)\r?$", block_in(text, kind))
    return found[1] if found else ""


def keys_in(text: str, kind: Kind) -> str:
    """Return the profile with the keys that the block of a kind names; empty: none."""
    found = re.search(r"(?m)^credential_process = \S+ --profile (\S+) ", block_in(text, kind))
    return found[1] if found else ""


def without_block(text: str, kind: Kind) -> str:
    """Return a text without the block, if there is one."""
    return text.replace(block_in(text, kind), "", 1)


def with_block(text: str, kind: Kind, block: str) -> str:
    r"""Return a text with the block in its place, or at the end; an empty one is no block.

    >>> one = with_block("[default]\n", "discover", block_of("discover", [], "", ""))
    >>> with_block(one, "discover", block_of("discover", [], "", "")) == one
    True
    """
    if "\r\n" in text:
        block = block.replace("\n", "\r\n")
    old = block_in(text, kind)
    if old:
        return text.replace(old, block, 1)
    if not block:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    closed = text if not text or text.endswith("\n") else text + end
    return closed + (end if text else "") + block


def _start(kind: Kind) -> str:
    return f"# made by {APP} setup {kind}: change nothing here"


def _pattern(kind: Kind) -> re.Pattern[str]:
    return re.compile(rf"(?ms)^{re.escape(_start(kind))}\r?\n.*?^{re.escape(_END)}(?:\r?\n|\Z)")

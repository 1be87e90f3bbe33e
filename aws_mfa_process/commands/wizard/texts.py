"""The texts of the AWS files before and after `setup`, and how their difference is shown.

Its one rule: no secret is shown; the id of a key by its last letters.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aws_mfa_process.chain.proposed import Proposal
from aws_mfa_process.commands.screens.screen import Block, Line, Notes, Style
from aws_mfa_process.config import edit
from aws_mfa_process.config.changes import cut, hunks, in_config, in_credentials, lines_of
from aws_mfa_process.config.profiles import KEY_ID, SECRETS, Profiles
from aws_mfa_process.display import key_tail

_SHORTEST = 8
"""What is shorter is no secret, and may stand in any word."""


class Texts(NamedTuple):
    """One file.

    Attributes:
        path: Where it is.
        old: Its text; empty: it need not exist.
        new: What it becomes.
    """

    path: str
    old: str
    new: str

    def __repr__(self) -> str:
        """Show where it is: the text holds secrets."""
        return f"Texts({self.path})"


def texts_of(files: Profiles, proposal: Proposal) -> tuple[Texts, Texts]:
    """Return config and credentials file, in the order in which they are written."""
    config = edit.read(files.config_path)
    credentials = edit.read(files.credentials_path)
    return (
        Texts(files.config_path, config, in_config(config, proposal.changes)),
        Texts(files.credentials_path, credentials, in_credentials(credentials, proposal.changes)),
    )


def differences(files: Profiles, texts: Texts) -> list[Block]:
    """Return the lines that go and come, each below the header of its section."""
    shown = _shown(files)
    old = _sections(texts.old)
    blocks: list[Block] = []
    for header, lines in _sections(texts.new).items():
        if header not in old:
            blocks.append(_lines("+", [header, *lines_of(lines)], shown, "lives"))
            continue
        changed: list[Notes] = []
        for hunk in hunks(lines, old[header]):
            changed.append(_lines("-", hunk.lines, shown, "person"))
            added = lines_of(lines)[hunk.start : hunk.end]
            changed.append(_lines("+", added, shown, "lives"))
        if any(it.notes for it in changed):  # a blank line is none
            blocks.append(Line(f"     {header}"))
        blocks += (it for it in changed if it.notes)
    return blocks


def _lines(mark: str, lines: Sequence[str], shown: Mapping[str, str], style: Style) -> Notes:
    cuts = (cut(line, shown) for line in filter(None, map(str.strip, lines)))
    return Notes(
        tuple((mark, "".join(shown.get(it, it) for it in parts), "") for parts in cuts), style
    )


def _sections(text: str) -> dict[str, str]:
    """Return the texts below headers; a file that can be read has each header once."""
    found = {"": ""}
    header = ""
    for line in lines_of(text):
        if line[:1] == "[":
            header = line.strip()
            found[header] = ""
        else:
            found[header] += line
    return found


def _shown(files: Profiles) -> dict[str, str]:
    """Return what is shown in place of the secrets of the files."""
    found: dict[str, str] = {}
    for values in (*files.in_config.values(), *files.in_credentials.values()):
        found |= {values[name]: "…" for name in SECRETS if len(values.get(name, "")) >= _SHORTEST}
        found |= {values[KEY_ID]: key_tail(values[KEY_ID])} if values.get(KEY_ID) else {}
        command, _, words = values.get("mfa_process", "").partition(" ")
        found |= {f"{command} {words}": f"{command} …"} if words else {}
    return found

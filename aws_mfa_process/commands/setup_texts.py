"""The texts of the AWS files before and after `setup`, and how their difference is shown.

Its one rule: no secret is shown; the id of a key by its last letters.
"""

from typing import NamedTuple

from aws_mfa_process.chain.proposal import Proposal
from aws_mfa_process.commands.screen import Block, Line, Style
from aws_mfa_process.config import edit
from aws_mfa_process.config.changes import hunks, in_config, in_credentials, lines_of
from aws_mfa_process.config.profiles import KEY_ID, SECRETS, Profiles
from aws_mfa_process.display import key_tail


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
    """Return the lines that go and come, below the header of their section."""
    shown = _shown(files)
    new = lines_of(texts.new)
    blocks: list[Block] = []
    section = ""
    for hunk in hunks(texts.new, texts.old):
        above = _header(new[: hunk.start])
        removed = [line for line in hunk.lines if line.strip()]
        added = [line for line in new[hunk.start : hunk.end] if line.strip()]
        is_below = not [*removed, *added][0].startswith("[")
        if above and above != section and is_below:
            blocks.append(Line(f"      {above}"))
        blocks += [_line("-", line, shown, "person") for line in removed]
        blocks += [_line("+", line, shown, "lives") for line in added]
        section = _header(new[: hunk.end])
    return blocks


def _line(mark: str, line: str, shown: dict[str, str], style: Style) -> Line:
    text = line.strip()
    for value, instead in shown.items():
        text = text.replace(value, instead)
    return Line(f"    {mark} {text}", style)


def _header(lines: list[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.lstrip()[:1] == "["), "")


def _shown(files: Profiles) -> dict[str, str]:
    """Return what is shown in place of the secrets of the files."""
    found: dict[str, str] = {}
    for values in (*files.in_config.values(), *files.in_credentials.values()):
        found |= {values[name]: "…" for name in SECRETS if values.get(name)}
        found |= {values[KEY_ID]: key_tail(values[KEY_ID])} if values.get(KEY_ID) else {}
        command, _, words = values.get("mfa_process", "").partition(" ")
        found |= {f"{command} {words}": f"{command} …"} if words else {}
    return found

"""The facts that ``doctor`` decides on.

Its one rule: values only; `look` gathers them.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.view import View
from aws_mfa_process.commands.profiles.standing import Standing
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.keys.index import IndexEntry
from aws_mfa_process.keys.state import State


class Kept(NamedTuple):
    """A file or folder, as it stands.

    Attributes:
        path: Its place.
        owner: Name of its owner; empty: it is ours.
        mode: Permissions.
        holds_secrets: Whether nobody else may read it.
        is_own: Whether this program alone uses it.
        rest: Why it is of no use; empty: it is.
        held_by: Process that has held the lock in it for too long; 0: none.
        above: For root, whose folder it lies in; empty: root's.
    """

    path: str
    owner: str = ""
    mode: int = 0o600
    holds_secrets: bool = True
    is_own: bool = True
    rest: str = ""
    held_by: int = 0
    above: str = ""


class Answer(NamedTuple):
    """What an STS said.

    Attributes:
        ahead_seconds: How far our clock is ahead of its; None: not known.
        error: Why no answer came.
    """

    ahead_seconds: float | None = None
    error: MFAProcessError | None = None


class User(NamedTuple):
    """Whose a key is, as AWS says.

    Attributes:
        arn: Of the user.
        serials: All devices of the user; None: AWS does not tell.
        created_at: When the key was made, seconds since the epoch; 0: AWS does not tell.
    """

    arn: str
    serials: tuple[str, ...] | None = None
    created_at: int = 0


class World(NamedTuple):
    """All facts.

    Attributes:
        view: The two AWS files.
        standings: Of the profiles that have to do with this program, or of the one that is named.
        stored: What the keyring holds, by profile.
        keyring: How it stands.
        files: Files and folders of ours, and those of AWS.
        obstacle: Why no session can be kept; empty: they can.
        answers: Of each STS that profiles use.
        users: Whose the keys are, by profile, where AWS has told.
        asks_in_window: Whether there is a program that can ask in a window.
        has_desktop: Whether there is a desktop to show one.
        text_of: Gives the start of a program's file; empty: it is no text.
        profile: The one that is named; empty: none.
        now: Seconds since the epoch.
    """

    view: View
    standings: tuple[Standing, ...]
    stored: Mapping[str, IndexEntry]
    keyring: State
    files: tuple[Kept, ...]
    obstacle: str
    answers: tuple[Answer, ...]
    users: Mapping[str, User]
    asks_in_window: bool
    has_desktop: bool
    text_of: Callable[[str], str]
    profile: str
    now: float

    @property
    def chains(self) -> Mapping[str, Chain]:
        """The chains that can be decided, by profile."""
        return {it.profile: it.chain for it in self.standings if it.chain is not None}

"""What `setup` is asked and what it proposes, as values."""

from collections.abc import Mapping
from types import MappingProxyType

from aws_mfa_process.config.changes import Change
from aws_mfa_process.values import NamedTuple


class Wishes(NamedTuple):
    """What a person wants, and what AWS says.

    Attributes:
        program: The absolute path of this program.
        is_moving: Keys and sessions may leave the files.
        devices: MFA devices of profiles with keys, where the files do not tell.
        refused: Profiles with keys that AWS does not take, and why.
        stored: Ids of the keys in the keyring, by profile.
        lacking: Profiles with our line that use no MFA, by the profile whose keys they start with.
        only: Profiles that are to be served; empty: all.
    """

    program: str
    is_moving: bool
    devices: Mapping[str, str]
    refused: Mapping[str, str]
    stored: Mapping[str, str]
    lacking: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    only: frozenset[str] = frozenset()


class Holder(NamedTuple):
    """Where the way of profiles ends that start with the same keys.

    Attributes:
        name: Profile with the keys, for our lines.
        serial: MFA device of the user; empty where a line of ours knows it.
        is_moved: The keys move from the files to the keyring.
        is_wanting: There are no keys yet.
    """

    name: str
    serial: str
    is_moved: bool = False
    is_wanting: bool = False


class Proposal(NamedTuple):
    """What is to be done.

    Attributes:
        changes: Of the files, in their order.
        moves: Profiles whose keys move to the keyring, and under which name.
        sessions: Profiles whose sessions in plaintext go.
        served: Profiles that get a line of ours, or the device that they lack.
        wanting: Names under which keys have to be stored first, by the profile that had them.
        left: Profiles that are left as they are, and why.
    """

    changes: tuple[Change, ...]
    moves: Mapping[str, str]
    sessions: tuple[str, ...]
    served: tuple[str, ...]
    wanting: Mapping[str, str]
    left: Mapping[str, str]

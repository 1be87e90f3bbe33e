"""Changes of profiles, made in the text of the AWS files, and the way back.

Its one rule: pure; every line that no change names stays as it is, to the byte.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from aws_mfa_process.config.profiles import profile_of_section
from aws_mfa_process.config.text import sections, with_settings, without_settings
from aws_mfa_process.values import NamedTuple


class Change(NamedTuple):
    """What becomes of one profile.

    Attributes:
        profile: Its name; it need not exist yet.
        removed: Settings that go, from both files.
        settings: That stand in the config file afterwards, and in no other one.
    """

    profile: str
    removed: frozenset[str]
    settings: Mapping[str, str]


class Hunk(NamedTuple):
    """Lines of a new text, and what stood in their place before.

    Attributes:
        start: Number of the first line in the new text, from 0.
        end: Number of the line behind the last one.
        lines: Those of before, with their ends.
    """

    start: int
    end: int
    lines: tuple[str, ...]


def in_config(text: str, changes: Sequence[Change]) -> str:
    r"""Return the text of the config file with changes made.

    >>> prod = Change("prod", frozenset(["role_arn"]), {"region": "eu-west-1"})
    >>> in_config("[profile prod]\n# mine\nrole_arn = x\n", [prod])
    '[profile prod]\nregion = eu-west-1\n# mine\n'
    """
    end = "\r\n" if "\r\n" in text else "\n"
    parts, places = _parts(text)
    for change in changes:
        here, *more = places.get(change.profile, [-1])
        is_alone = here >= 0 and not more
        if is_alone and all(part[0] == "[" for part in parts[here + 1 : here + 2]):
            parts[here] = _in_config(parts[here], change, end)
        else:  # a section is new, stands twice, or has to be indented like the next one
            parts, places = _parts(_in_config("".join(parts), change, end))
    return "".join(parts)


def _parts(text: str) -> tuple[list[str], dict[str, list[int]]]:
    """Cut a text at its headers; return the parts, and which of them are those of each profile."""
    cuts = list(sections(text))
    places: dict[str, list[int]] = {}
    for number, (section, _) in enumerate(cuts):
        places.setdefault(profile_of_section(section), []).append(number)
    return [part for _, part in cuts], places


def _in_config(text: str, change: Change, end: str) -> str:
    profile = change.profile

    def is_section(section: str) -> bool:
        return profile_of_section(section) == profile

    header = "default" if profile == "default" else f"profile {profile}"
    text = without_settings(
        text, lambda section, name, _: is_section(section) and name in change.removed
    )
    if not change.settings:
        return text
    return with_settings(text, header, change.settings, is_section, end)


def in_credentials(text: str, changes: Sequence[Change]) -> str:
    r"""Return the text of the credentials file with changes made: there they only remove.

    >>> in_credentials("[a]\nx = 1\n[b]\nx = 1\n", [Change("a", frozenset("x"), {})])
    '[a]\n[b]\nx = 1\n'
    """
    gone = {(change.profile, name) for change in changes for name in change.removed}
    gone |= {(change.profile, name) for change in changes for name in change.settings}
    return without_settings(text, lambda section, name, _: (section, name) in gone)


def hunks(new: str, old: str) -> tuple[Hunk, ...]:
    r"""Return what makes the old text of the new one.

    >>> hunks("a\nB\n", "a\nb\nc\n")
    (Hunk(start=1, end=2, lines=('b\n', 'c\n')),)
    """
    lines, before = lines_of(new), lines_of(old)
    found: list[Hunk] = []
    top = first = 0
    for bottom, last in [*_common(lines, before), (len(lines), len(before))]:
        found += _hunks(lines[top:bottom], before[first:last], top)
        top, first = bottom + 1, last + 1
    return tuple(found)


def _common(lines: Sequence[str], before: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of lines that stand in both once, in this order: most headers do."""
    ours, theirs = Counter(lines), Counter(before)
    places = {line: number for number, line in enumerate(before)}
    last = -1
    for number, line in enumerate(lines):
        if ours[line] == theirs[line] == 1 and places[line] > last:
            last = places[line]
            yield number, last


def _hunks(lines: Sequence[str], before: Sequence[str], top: int) -> Iterator[Hunk]:
    from difflib import SequenceMatcher

    if lines == before:
        return
    for tag, start, end, first, last in SequenceMatcher(
        None, lines, before, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield Hunk(top + start, top + end, tuple(before[first:last]))


def back(new: str, found: Sequence[Hunk]) -> str:
    r"""Return the old text.

    >>> back("a\nB\n", hunks("a\nB\n", "a\nb\nc\n"))
    'a\nb\nc\n'
    """
    lines = lines_of(new)
    for hunk in reversed(found):
        lines[hunk.start : hunk.end] = hunk.lines
    return "".join(lines)


def cut(line: str, values: Iterable[str]) -> list[str]:
    """Cut a line at the values in it, the longer ones first: one may be a part of another.

    >>> cut("key = abcd", ["bc", "abcd"])
    ['key = ', 'abcd']
    """
    parts, known = [line], frozenset(filter(None, values))
    for value in sorted(known, key=len, reverse=True):
        pattern = re.compile(f"({re.escape(value)})")
        parts = [
            piece
            for part in parts
            for piece in ([part] if part in known else pattern.split(part))
            if piece
        ]
    return parts


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends; only a line feed ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]

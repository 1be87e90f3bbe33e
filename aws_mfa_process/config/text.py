"""Edits of the text of an AWS file, in memory, that leave every other byte as it was."""

import io
import re
from collections.abc import Callable, Iterator, Mapping

from aws_mfa_process.values import NamedTuple

_HEADER = re.compile(r"\[(?P<name>.+)\]")
_SETTING = re.compile(r"(?P<name>.*?)\s*[=:]\s*(?P<value>.*)$")
_BYTE_ORDER_MARK = "\ufeff"


class _Block(NamedTuple):
    """A line, or a setting with the lines that continue it and what stands between them.

    Attributes:
        section: Name in the header that it stands below; of a header, its own.
        name: Of the setting, in lower case; empty for a header, a comment, a blank line.
        value: Of the setting, as configparser gives it.
        lines: As they stand in the file, each with whether it belongs to the setting itself.
    """

    section: str
    name: str
    value: str
    lines: list[tuple[str, bool]]

    @property
    def is_content(self) -> bool:
        """Whether it is a header or a setting."""
        return self.lines[0][0].strip()[:1] not in ("", "#", ";")


class Written(NamedTuple):
    """A header or a setting, as it stands in a file.

    Attributes:
        line: Number of its first line.
        section: Name in the header that it stands below; of a header, its own.
        name: Of the setting, in lower case; empty for a header.
        value: Of the setting, as configparser gives it.
        text: Its first line.
    """

    line: int
    section: str
    name: str
    value: str
    text: str

    def __repr__(self) -> str:
        """Show where it stands: a value may be a secret."""
        return f"Written({self.line}, {self.section!r}, {self.name!r})"


def written(text: str) -> Iterator[Written]:
    r"""Yield the headers and settings of a text with their line numbers.

    >>> list(written("# mine\n[a]\nx = 1\n  more\n\ny = 2\n"))
    [Written(2, 'a', ''), Written(3, 'a', 'x'), Written(6, 'a', 'y')]
    """
    number = 1
    for block in _blocks(text):
        if block.is_content:
            first = block.lines[0][0].rstrip("\r\n")
            yield Written(number, block.section, block.name, block.value, first)
        number += len(block.lines)


def sections(text: str) -> Iterator[tuple[str, str]]:
    r"""Cut a text before each header; yield the name in it, and the part.

    >>> list(sections("# mine\n[a]\nx = 1\n\n[b]\n"))
    [('', '# mine\n'), ('a', '[a]\nx = 1\n\n'), ('b', '[b]\n')]
    """
    name, part = "", text[: len(text) - len(text.removeprefix(_BYTE_ORDER_MARK))]
    for block in _blocks(text):
        if block.lines[0][0].lstrip()[:1] == "[":
            if part:
                yield name, part
            name, part = block.section, ""
        part += "".join(line for line, _ in block.lines)
    if part:
        yield name, part


def without_settings(text: str, is_unwanted: Callable[[str, str, str], bool]) -> str:
    r"""Return a text without the settings of which section, name and value are unwanted.

    Their continuation lines go with them.

    >>> text = "[a]\nx = 1\n  more\n# y\nz = 2\n[b]\nx = 3\n"
    >>> without_settings(text, lambda section, name, _: (section, name) == ("a", "x"))
    '[a]\n# y\nz = 2\n[b]\nx = 3\n'
    """
    kept = []
    for block in _blocks(text):
        is_removed = bool(block.name) and is_unwanted(block.section, block.name, block.value)
        kept += [line for line, is_own in block.lines if not (is_removed and is_own)]
    return _with_mark(text, "".join(kept))


def with_settings(
    text: str,
    section: str,
    settings: Mapping[str, str],
    is_section: Callable[[str], bool],
    end: str = "",
) -> str:
    r"""Return a text with settings changed in their place, or put behind the section's header.

    Args:
        text: Of the file.
        section: Header of the section that is made if there is none.
        settings: New values by name.
        is_section: Told the name in a header, knows the section, however it is spelled.
        end: Of new lines; empty: as they end in the text.

    >>> with_settings("# mine\n[a]\n x=1\n", "a", {"y": "2", "x": "3"}, lambda name: name == "a")
    '# mine\n[a]\n y = 2\n x = 3\n'
    >>> with_settings("[a]\nx = 1", "b", {"y": "2"}, lambda name: name == "b")
    '[a]\nx = 1\n\n[b]\ny = 2\n'
    """
    blocks = list(_blocks(text))
    inside = [block for block in blocks if is_section(block.section)]
    below = blocks[blocks.index(inside[0]) + 1 :] if inside else []
    # what comes before a header or a setting must not be less indented
    indent = next((_indent(block.lines[0][0]) for block in below if block.is_content), "")
    end = end or ("\r\n" if "\r\n" in text else "\n")
    known = {block.name for block in inside}
    new = "".join(
        f"{indent}{name} = {value}{end}" for name, value in settings.items() if name not in known
    )
    if not inside:
        gap = end if text else ""
        return _closed(text, end) + f"{gap}[{section}]{end}{new}"
    changed = []
    for block in blocks:
        value = settings.get(block.name, block.value)
        if value != block.value and is_section(block.section):
            changed += _changed(block, value)
        else:
            changed += [line for line, _ in block.lines]
        if block is inside[0] and new:
            changed[-1:] = [_closed(changed[-1], end), new]
    return _with_mark(text, "".join(changed))


def _changed(block: _Block, value: str) -> list[str]:
    """Return the lines of a setting with another value."""
    first = block.lines[0][0]
    end = first[len(first.rstrip("\r\n")) :]
    line = f"{_indent(first)}{block.name} = {value}{end}"
    return [line, *(line for line, is_own in block.lines if not is_own)]


def _blocks(text: str) -> Iterator[_Block]:
    """Cut a text into headers, settings and the rest, exactly as configparser reads it.

    Source:
        CPython ``configparser.py``, ``RawConfigParser._read``, with its defaults.
    """
    section = ""
    depth = 0
    setting: _Block | None = None
    for line in io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline=""):
        content = line.strip()
        is_comment = content[:1] in ("#", ";")
        indent = len(line) - len(line.lstrip())
        is_deeper = bool(content) and indent > depth
        if setting is not None and (is_comment or not content or is_deeper):
            setting.lines.append((line, is_deeper and not is_comment))
            if not is_comment:
                setting = setting._replace(value=f"{setting.value}\n{content}")
            continue
        if setting is not None:
            yield _whole(setting)
            setting = None
        if is_comment or not content:
            yield _Block(section, "", "", [(line, False)])
            continue
        depth = indent
        header = _HEADER.match(content)
        found = None if header or not section else _SETTING.match(content)
        if found:
            setting = _Block(section, found["name"].lower(), found["value"], [(line, True)])
            continue
        section = header["name"] if header else section
        yield _Block(section, "", "", [(line, False)])
    if setting is not None:
        yield _whole(setting)


def _whole(setting: _Block) -> _Block:
    """Return a setting of which all lines are there."""
    value = setting.value.rstrip()
    return setting if value == setting.value else setting._replace(value=value)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _closed(text: str, end: str) -> str:
    return text if not text or text.endswith(("\n", "\r")) else text + end


def _with_mark(old: str, new: str) -> str:
    return _BYTE_ORDER_MARK + new if old.startswith(_BYTE_ORDER_MARK) else new

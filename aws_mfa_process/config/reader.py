"""The text of an AWS file as sections, read as configparser reads it, at a tenth of its price.

Its one rule: what is not plain (a colon, an odd header, a fault) is left to configparser, which
also says what is wrong. A test holds the two together.
"""

import configparser
import re
from collections.abc import Mapping

_HEADER = re.compile(r"\[([^\[\]]+)\]")


def sections_of(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return the settings of a text by section.

    Raises:
        configparser.Error: It cannot be parsed.

    Source:
        CPython ``configparser.py``, ``RawConfigParser`` with its defaults, as botocore uses it.
    """
    found = _plain(text)
    if found is not None:
        return found
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _plain(text: str) -> dict[str, dict[str, str]] | None:
    """Return the sections of a plain text, None for any other one."""
    outside: dict[str, str] = {}
    sections: dict[str, dict[str, str]] = {}
    settings, name = outside, ""
    longer = []
    for line in text.split("\n"):
        content = line.strip()
        if not content or content[0] in "#;" or line[0].isspace():
            if content[:1] not in ("#", ";"):
                longer.append((settings, name, content))
        elif content[0] == "[":
            header = _HEADER.fullmatch(content)
            if header is None or header[1] in sections:
                return None
            settings, name = sections.setdefault(header[1], {}), ""
        else:
            name, equals, value = content.partition("=")
            name = name.rstrip().lower()
            if not equals or not name or ":" in name or name in settings:
                return None
            settings[name] = value.lstrip()
    is_whole = _lengthen(longer)
    return sections if is_whole and not outside and "DEFAULT" not in sections else None


def _lengthen(longer: list[tuple[dict[str, str], str, str]]) -> bool:
    """Add lines to the settings above them, blank ones too; tell whether each has one."""
    for settings, name, content in longer:
        if name:
            settings[name] += f"\n{content}"
        elif content:
            return False
    for settings, name, _ in longer:
        if name:
            settings[name] = settings[name].rstrip()
    return True

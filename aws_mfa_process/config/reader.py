"""The text of an AWS file as sections, read as configparser reads it, at a tenth of its price.

Its one rule: what is not plain (a colon, an odd header, a fault) is left to configparser, which
also says what is wrong. A test holds the two together.
"""

from collections.abc import Mapping


class UnreadableError(Exception):
    """The text cannot be parsed."""

    def __init__(self, reason: str) -> None:
        """Say why, without the line itself: it may hold a secret."""
        super().__init__(reason)
        self.reason = reason


def sections_of(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return the settings of a text by section.

    Raises:
        UnreadableError: It cannot be parsed.

    Source:
        CPython ``configparser.py``, ``RawConfigParser`` with its defaults, as botocore uses it.
    """
    found = _plain(text)
    if found is not None:
        return found
    import configparser  # noqa: PLC0415 - seldom needed

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise UnreadableError(_reason(error)) from None
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
            header = content[1:-1]
            is_plain = content[-1] == "]" and "[" not in header and "]" not in header
            if not (is_plain and header) or header in sections:
                return None
            settings, name = sections.setdefault(header, {}), ""
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


def _reason(error: Exception) -> str:
    """Say what configparser has found, and where."""
    line = getattr(error, "lineno", 0)
    match type(error).__name__:
        case "DuplicateSectionError":
            return f"line {line}: section [{vars(error)['section']}] stands there twice"
        case "DuplicateOptionError":
            option, section = vars(error)["option"], vars(error)["section"]
            return f"line {line}: {option} stands twice in [{section}]"
        case "MissingSectionHeaderError":
            if str(vars(error)["line"]).lstrip()[:1] == "[":
                return f"line {line} begins with [ and has no ]"
            return f"line {line} stands before any [section]"
        case "ParsingError":
            return f"line {vars(error)['errors'][0][0]} is neither a section nor a setting"
        case name:
            return name

"""The reader of AWS files, held to configparser."""

import configparser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_mfa_process.config.reader import UnreadableError, sections_of

PIECES = st.sampled_from(
    [
        *("[a]", "[b]", "[profile a]", "[DEFAULT]", "[]", "[a", "]", "[[a]]", "[a] x", " [a]"),
        *("x = 1", "X=2", "x=", "=", "x", "y : 2", "a:b=c", "k = v # no", " = 1", "x y = z"),
        *("", " ", "\t", "\x0b", "# c", "; c", "  # c", "  more", "\tk = v", "  = w", "  [a]"),
        *("é = ü", "\u00a0x = 1", "x\u2003= 1", "x = 1\r", "\x1f", "\u2028"),
    ]
)
LINES = st.lists(st.one_of(PIECES, st.text("[]=:#; \tab\x0b\u00a0", max_size=5)), max_size=12)


def outcome(text: str) -> object:
    """Return what configparser makes of a text."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return UnreadableError
    return {section: dict(parser.items(section)) for section in parser.sections()}


@settings(max_examples=1500)
@given(LINES)
def test_any_text_is_read_as_configparser_reads_it(lines: list[str]) -> None:
    """Sections, settings, values over several lines, and faults."""
    text = "\n".join(lines)
    try:
        ours: object = sections_of(text)
    except UnreadableError as error:
        ours = type(error)
    assert ours == outcome(text)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_usual_file(end: str) -> None:
    """What people have is read in the quick way, to the same result."""
    text = (
        "# mine\n[default]\nregion = a\n\n[profile p]\ns3 =\n  a = b\n\n  c = d\n; x\nX = y" + end
    )
    assert sections_of(text) == outcome(text)

"""`settings`: values from config files."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.config import settings
from aws_mfa_process.errors import ConfigError

SECONDS = "duration_seconds"


@given(st.one_of(st.text(), st.integers().map(str), st.integers(890, 43210).map(str)))
def test_numbers_are_whole_and_within_their_limits(text: str) -> None:
    """Only the plain decimal digits of a number within the limits are taken."""
    is_good = re.fullmatch("[0-9]{1,5}", text) and 900 <= int(text) <= 43200
    try:
        found = settings.whole_number({SECONDS: text}, SECONDS, "p")
    except ConfigError as error:
        found, message = None, error.message
        assert_names_profile_and_setting(message)
    assert found == (int(text) if is_good else None)


def assert_names_profile_and_setting(message: str) -> None:
    """Check that a message says where to look."""
    start = f"profile p: {SECONDS} must be a whole number of seconds from 900 to 43200"
    assert message.startswith(start)


@pytest.mark.parametrize("text", ["", "-900", "+900", "9e2", "900.0", " 900", "٩٠٠", "9" * 5000])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Signs, blanks, foreign digits and endless numbers are mistakes, not crashes."""
    with pytest.raises(ConfigError, match="must be a whole number"):
        settings.whole_number({SECONDS: text}, SECONDS, "p")


@pytest.mark.parametrize("number", [900, 950, 43200])
def test_limits_are_included(number: int) -> None:
    """Smallest and largest value may be used; a setting that is absent is None."""
    assert settings.whole_number({SECONDS: str(number)}, SECONDS, "p") == number
    assert settings.whole_number({}, SECONDS, "p") is None


def test_choice_is_one_of_the_words() -> None:
    """A setting of words has the first as its default and takes no other word."""
    assert settings.choice({}, "mfa_mode", "p") == "auto"
    assert settings.choice({"mfa_mode": "direct"}, "mfa_mode", "p") == "direct"
    with pytest.raises(ConfigError, match="mfa_mode must be auto or session or direct, not 'B'"):
        settings.choice({"mfa_mode": "B"}, "mfa_mode", "p")


def test_words_are_split_at_commas() -> None:
    """Blanks and empty words fall away."""
    assert settings.words({"n": " a ,,b, "}, "n") == ("a", "b")
    assert settings.words({}, "n") == ()

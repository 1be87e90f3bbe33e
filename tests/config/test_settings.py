"""`settings`: values from config files."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.config import settings
from aws_mfa_process.errors import ConfigError


@given(st.one_of(st.text(), st.integers().map(str), st.integers(890, 1010).map(str)))
def test_numbers_are_whole_and_within_their_limits(text: str) -> None:
    """Only the plain decimal digits of a number within the limits are taken."""
    is_good = re.fullmatch("[0-9]{1,4}", text) and 900 <= int(text) <= 1000
    try:
        found = settings.whole_number({"n": text}, "n", (900, 1000), "p")
    except ConfigError as error:
        found, message = None, error.message
        assert_names_profile_and_setting(message)
    assert found == (int(text) if is_good else None)


def assert_names_profile_and_setting(message: str) -> None:
    """Check that a message says where to look."""
    assert message.startswith("profile p: n must be a whole number of seconds from 900 to 1000")


@pytest.mark.parametrize("text", ["", "-900", "+900", "9e2", "900.0", " 900", "٩٠٠", "9" * 5000])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Signs, blanks, foreign digits and endless numbers are mistakes, not crashes."""
    with pytest.raises(ConfigError, match="must be a whole number"):
        settings.whole_number({"n": text}, "n", (900, 1000), "p")


@pytest.mark.parametrize("number", [900, 950, 1000])
def test_limits_are_included(number: int) -> None:
    """Smallest and largest value may be used; a setting that is absent is None."""
    assert settings.whole_number({"n": str(number)}, "n", (900, 1000), "p") == number
    assert settings.whole_number({}, "n", (900, 1000), "p") is None


def test_choice_is_one_of_the_words() -> None:
    """A setting of words has the first as its default and takes no other word."""
    assert settings.choice({}, "n", ("a", "b"), "p") == "a"
    assert settings.choice({"n": "b"}, "n", ("a", "b"), "p") == "b"
    with pytest.raises(ConfigError, match="profile p: n must be a or b, not 'B'"):
        settings.choice({"n": "B"}, "n", ("a", "b"), "p")


def test_words_are_split_at_commas() -> None:
    """Blanks and empty words fall away."""
    assert settings.words({"n": " a ,,b, "}, "n") == ("a", "b")
    assert settings.words({}, "n") == ()

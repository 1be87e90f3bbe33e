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


PHONE, KEY = "arn:aws:iam::111111111111:mfa/alice", "arn:aws:iam::111111111111:mfa/keys/a,b"
TOKEN = "GAHT12345678"
PASSKEY = "arn:aws:iam::111111111111:u2f/user/alice/laptop"


@given(
    st.lists(st.sampled_from([PHONE, KEY, TOKEN]), min_size=1, unique=True),
    st.lists(st.sampled_from([",", " ", ", ", " , ", "\t", ",,", "  "]), min_size=3, max_size=3),
    st.sampled_from(["", " ", ",", ", "]),
)
def test_devices_have_commas_or_blanks_between_them(
    listed: list[str], between: list[str], end: str
) -> None:
    """However they are separated, the same devices are read; a comma in a name stays there."""
    text = "".join(f"{serial}{mark}" for serial, mark in zip(listed, between, strict=False))
    assert settings.mfa_serials({"mfa_serial": text + end}, "p") == tuple(listed)


@pytest.mark.parametrize(
    ("text", "wrong", "said", "hint"),
    [
        (
            f"{PHONE}, anr:aws:iam::111111111111:mfa/b",
            "anr:aws:iam::111111111111:mfa/b",
            "does not start with",
            f"{PHONE}, arn:aws:iam::111111111111:mfa/b",
        ),
        (f"{PHONE} {TOKEN} # mine", None, "a comment", f"{PHONE}, {TOKEN}"),
        (f'"{PHONE}, {TOKEN}"', f'"{PHONE}', "quotation marks", f"{PHONE}, {TOKEN}"),
        (f"{PHONE},\n  {TOKEN}", None, "the indented line", f"{PHONE}, {TOKEN}"),
        (f"{PHONE};{TOKEN}", None, "a sign that AWS takes in no name", f"{PHONE}, {TOKEN}"),
        (f"{PASSKEY}, alice", None, "text behind", ""),
    ],
)
def test_device_of_a_list_that_is_none(text: str, wrong: str | None, said: str, hint: str) -> None:
    """The error names the first one that is none, and the hint says how all should read."""
    with pytest.raises(ConfigError) as raised:
        settings.mfa_serials({"mfa_serial": text}, "p")
    assert raised.value.message.startswith(f"profile p: mfa_serial {wrong or text!r} is not an")
    assert said in raised.value.message
    assert hint in raised.value.hint


def test_security_keys_show_no_codes() -> None:
    """A security key is passed over beside another device, and refused alone."""
    listed = settings.mfa_serials({"mfa_serial": f"{PASSKEY} {TOKEN}"}, "p")
    assert listed == (TOKEN,)
    with pytest.raises(ConfigError, match="is no device that shows codes"):
        settings.mfa_serials({"mfa_serial": f"{PASSKEY}, {PASSKEY}2"}, "p")

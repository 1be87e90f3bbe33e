"""`settings`: the command line of the credential process, and values from config files."""

import re

import pytest
from botocore.compat import compat_shell_split
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.config import settings
from aws_mfa_process.errors import ConfigError

NAMES = [setting.name for setting in settings.SETTINGS]
OPTIONS = {setting.option: setting.name for setting in (settings.PROFILE, *settings.SETTINGS)}


@given(st.dictionaries(st.sampled_from(sorted(OPTIONS)), st.text().filter(lambda v: v[:2] != "--")))
def test_options_read_alike_with_a_blank_and_with_an_equals_sign(given: dict[str, str]) -> None:
    """Every option takes its value in both ways, whatever stands in it."""
    expected = {OPTIONS[option]: value for option, value in given.items()}
    apart = [word for option, value in given.items() for word in (option, value)]
    assert settings.parse(apart) == expected
    assert settings.parse([f"{option}={value}" for option, value in given.items()]) == expected


@given(st.lists(st.text()))
def test_any_command_line_is_parsed_or_refused(arguments: list[str]) -> None:
    """Whatever is given, it is understood or a mistake of the command line."""
    try:
        values = settings.parse(arguments)
    except ConfigError:
        return
    assert set(values) <= {*NAMES, "profile", "mfa_code"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--secret-key=wJalr"], "unknown option '--secret-key'"),
        (["--profile", "p", "wJalr"], "an argument too many"),
        (["wJalr=x"], "an argument too many"),
        (["--profile"], "option --profile needs a value"),
        (["--profile", "--role-arn", "wJalr"], "option --profile needs a value"),
        (["--no-prompt=wJalr"], "unknown option '--no-prompt'"),
        (["--prof", "p"], "unknown option '--prof'"),
    ],
)
def test_mistakes_are_named_without_values(arguments: list[str], message: str) -> None:
    """A mistake names the option; a value, which may be a secret, is not shown."""
    with pytest.raises(ConfigError) as caught:
        settings.parse(arguments)
    assert caught.value.message == message
    assert caught.value.hint == "aws-mfa-process --help"
    assert caught.value.exit_code == 2


def test_no_prompt_is_prompt_none() -> None:
    """``--no-prompt`` means ``--prompt none``; the last of two options counts."""
    assert settings.parse(["--no-prompt"]) == {"mfa_prompt": "none"}
    assert settings.parse(["--no-prompt", "--prompt", "dialog"]) == {"mfa_prompt": "dialog"}


def test_overrides_are_the_settings_of_a_profile_only() -> None:
    """Profile and code are no settings that a profile could have."""
    values = settings.parse(["--profile", "p", "--mfa-code", "123456", "--region", "r"])
    assert settings.overrides(values) == {"region": "r"}


@given(st.text("ab \"'\\\t-=é", max_size=12))
def test_commands_are_split_as_the_sdks_split_them(line: str) -> None:
    """A command of a config file has the words that botocore finds in it."""
    try:
        expected = compat_shell_split(line, "linux")
    except ValueError:
        with pytest.raises(ConfigError, match="cannot be split"):
            settings.split_command(line)
    else:
        assert settings.split_command(line) == expected


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("aws-mfa-process", []),
        ("/usr/bin/aws-mfa-process --profile b", ["--profile", "b"]),
        ("'/opt/a b/aws-mfa-process' --profile b", ["--profile", "b"]),
        ("C:/Tools/AWS-MFA-Process.EXE --profile b", ["--profile", "b"]),
        ("python3 -m aws_mfa_process --profile b", ["--profile", "b"]),
        ("/v/bin/python3.12 -P -m aws_mfa_process", []),
        ("", None),
        ("python3 -m other aws-mfa-process", None),
        ("python3 -m", None),
        ("python3 aws-mfa-process", None),
        ("env aws-mfa-process --profile b", None),
        ("aws-mfa-process-wrapper", None),
        ("aws-mfa-process/wrapper", None),
    ],
)
def test_our_own_lines_are_recognised(line: str, arguments: list[str] | None) -> None:
    """A ``credential_process`` line is ours by the program's name or module alone."""
    assert settings.own_arguments(line) == arguments


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


def test_settings_are_spelled_alike_on_the_command_line_and_in_a_profile() -> None:
    """An option is its setting with dashes; those of the prompt go without their ``mfa_``."""
    for setting in settings.SETTINGS:
        option = "--" + setting.name.replace("_", "-")
        assert setting.option in {option, option.replace("--mfa-", "--")}
        assert settings.parse([setting.option, "v"]) == {setting.name: "v"}
    assert settings.parse(["--mfa-serial", "x", "--prompt", "y"]) == {
        "mfa_serial": "x",
        "mfa_prompt": "y",
    }

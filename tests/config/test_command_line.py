"""`command_line`: what a command line of the credential process asks for."""

import pytest
from botocore.compat import compat_shell_split
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.config import process_line, settings
from aws_mfa_process.config.command_line import Request, parse
from aws_mfa_process.errors import ConfigError

NAMES = [setting.name for setting in settings.SETTINGS]
OPTIONS = {setting.option: setting.name for setting in settings.SETTINGS}


FREE = ("--external-id", "--source-identity", "--mfa-process")
"""Options that take any text."""


@given(st.dictionaries(st.sampled_from(FREE), st.text().filter(lambda v: v[:2] != "--")))
def test_options_read_alike_with_a_blank_and_with_an_equals_sign(given: dict[str, str]) -> None:
    """Every option takes its value in both ways, whatever stands in it."""
    values = {OPTIONS[option]: value for option, value in given.items()}
    apart = [word for option, value in given.items() for word in (option, value)]
    together = [f"{option}={value}" for option, value in given.items()]
    for line in (["--profile", "p", *apart], [*together, "--profile=p"]):
        assert parse(line) == Request("p", values, line=line)


@given(st.lists(st.text()))
def test_any_command_line_is_parsed_or_refused(arguments: list[str]) -> None:
    """Whatever is given, it is understood or a mistake of the command line."""
    try:
        request = parse(["--profile", "p", *arguments])
    except ConfigError:
        return
    assert set(request.overrides) <= set(NAMES)


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
        parse(arguments)
    assert caught.value.message == message
    assert caught.value.hint.endswith("aws-mfa-process --help")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("option", "meant"),
    [("--profle", "--profile"), ("--mfa-serail", "--mfa-serial"), ("--role_arn=x", "--role-arn")],
)
def test_the_option_that_was_meant_is_named(option: str, meant: str) -> None:
    """An unknown option that is nearly one of ours leads to it."""
    with pytest.raises(ConfigError) as caught:
        parse([option, "x"])
    assert caught.value.hint == f"did you mean {meant}? See aws-mfa-process --help"


def test_no_prompt_is_prompt_none() -> None:
    """``--no-prompt`` means ``--prompt none``; the last of two options counts."""
    line = ["--profile", "p", "--no-prompt"]
    assert parse(line).overrides == {"mfa_prompt": "none"}
    assert parse([*line, "--prompt", "dialog"]).overrides == {"mfa_prompt": "dialog"}


def test_overrides_are_the_settings_of_a_profile_only() -> None:
    """Profile and code are no settings that a profile could have."""
    line = ["--profile", "p", "--mfa-code", "123456", "--region", "r"]
    assert parse(line) == Request("p", {"region": "r"}, "123456", line)


def test_a_profile_must_be_named() -> None:
    """Without a profile, or with an empty one, nothing can be asked for."""
    for arguments in ([], ["--profile", ""], ["--role-arn", "x"]):
        with pytest.raises(ConfigError, match="no profile is named"):
            parse(arguments)


@given(st.text("ab \"'\\\t-=é", max_size=12))
def test_commands_are_split_as_the_sdks_split_them(line: str) -> None:
    """A command of a config file has the words that botocore finds in it."""
    try:
        expected = compat_shell_split(line, "linux")
    except ValueError:
        with pytest.raises(ConfigError, match="cannot be split"):
            process_line.split_command(line)
    else:
        assert process_line.split_command(line) == expected


def test_settings_are_spelled_alike_on_the_command_line_and_in_a_profile() -> None:
    """An option is its setting with dashes; those of the prompt go without their ``mfa_``."""
    for setting in settings.SETTINGS:
        option = "--" + setting.name.replace("_", "-")
        assert setting.option in {option, option.replace("--mfa-", "--")}
    request = parse(["--profile=p", "--mfa-serial", "GAHT12345678", "--prompt", "none"])
    assert request.overrides == {"mfa_serial": "GAHT12345678", "mfa_prompt": "none"}

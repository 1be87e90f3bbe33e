"""Lines that run this program, by itself or inside of another one."""

import pytest

from aws_mfa_process.config.process_line import own_command, own_line, profile_in
from aws_mfa_process.errors import ConfigError

B = ["--profile", "b"]


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("aws-mfa-process", []),
        ("/usr/bin/aws-mfa-process --profile b", B),
        ("'/opt/a b/aws-mfa-process' --profile b", B),
        ("C:/Tools/AWS-MFA-Process.EXE --profile b", B),
        ("python3 -m aws_mfa_process --profile b", B),
        ("/v/bin/python3.12 -P -m aws_mfa_process", []),
        ("/v/bin/python3 /v/bin/aws-mfa-process --profile b", B),
        ("py -3.12 -m aws_mfa_process --profile b", B),
        ("env aws-mfa-process --profile b", B),
        ("/usr/bin/env -u AWS_PROFILE A=/opt/aws-mfa-process aws-mfa-process --profile b", B),
        ("nice -n 5 /usr/bin/aws-mfa-process --profile b", B),
        ("timeout 50s aws-mfa-process --profile b", B),
        ("env A=b nice -5 python3 -m aws_mfa_process --profile b", B),
        ("uvx aws-mfa-process --profile b", B),
        ("uvx --from git+https://git.example/aws-mfa-process aws-mfa-process --profile b", B),
        ("uvx aws-mfa-process@1.0 --profile b", B),
        ("uv run --with keyring aws-mfa-process --profile b", B),
        ("uv tool run aws-mfa-process --profile b", B),
        ("pipx run --spec /src/aws-mfa-process aws-mfa-process --profile b", B),
        ("wsl.exe -d Ubuntu -e /home/alice/.local/bin/aws-mfa-process --profile b", B),
        ("wsl.exe -- bash -lc 'aws-mfa-process --profile b'", B),
        ("sh -c 'aws-mfa-process --profile b'", B),
        ("/bin/bash -lc 'exec ~/.local/bin/aws-mfa-process --profile b'", B),
        ("zsh -l -c '\"$HOME/.local/bin/aws-mfa-process\" --profile b 2>/dev/null'", B),
        ("sh -c 'AWS_REGION=eu-central-1 nice aws-mfa-process --profile b'", B),
    ],
)
def test_our_own_lines_are_recognised(line: str, arguments: list[str]) -> None:
    """A line is ours by the program's name or module, also inside of what starts it."""
    own = own_command(line)
    assert own is not None
    assert own.arguments == arguments


@pytest.mark.parametrize(
    "line",
    [
        "",
        "python3 -m other aws-mfa-process",
        "python3 -m",
        "aws-mfa-process-wrapper --profile b",
        "aws-mfa-process/wrapper --profile b",
        "cat /opt/aws-mfa-process",
        "env cat /opt/aws-mfa-process",
        "sh -c 'aws-vault export --format=json prod'",
        "sh /opt/wrapper --profile b",
    ],
)
def test_lines_of_others_are_not_ours(line: str) -> None:
    """Another program stays another one, whatever it is given."""
    assert own_command(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "sh -c 'aws-mfa-process --profile $WHO --region x'",
        "bash -lc 'cd /opt && aws-mfa-process --profile b'",
        "sh -c 'aws-mfa-process --profile b | tee log'",
        "sh -c 'aws-mfa-process \"$@\"' - --profile b",
        "sh -c 'aws-mfa-process --profile b; true'",
        'bash -c "aws-mfa-process --profile \'b"',
        "env -i aws-mfa-process --profile b",
        "env -u HOME aws-mfa-process --profile b",
        "env AWS_CONFIG_FILE=/x nice aws-mfa-process --profile b",
    ],
)
def test_words_that_only_a_shell_can_tell_are_not_guessed(line: str) -> None:
    """A line of ours whose words cannot be known is told as such, in an error."""
    own = own_command(line)
    assert own is not None
    assert own.arguments is None
    with pytest.raises(ConfigError, match="words that only a shell can tell"):
        own_line("p", line)


def test_the_profile_of_an_unknown_line_is_found_where_it_is_plain() -> None:
    """The profile with the keys is named, where the text has it."""
    assert profile_in("sh -c 'cd / && aws-mfa-process --profile bastion-keys'") == "bastion-keys"
    assert profile_in("sh -c 'aws-mfa-process --profile=b | cat'") == "b"
    assert profile_in("sh -c 'aws-mfa-process $ALL'") == ""

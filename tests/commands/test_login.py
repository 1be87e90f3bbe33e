"""What ``login`` and ``logout`` do for a person, through the real process."""

import re
import shlex

import pytest

from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, assert_refused
from support.practice import actions
from support.terminal import QUESTION, answer_prompt

ADMIN = "arn:aws:iam::222222222222:role/Admin"


def add_profile(home: Home, name: str, *words: str) -> None:
    """Add a profile whose line is ours."""
    line = shlex.join([PROGRAM, "--profile", "bastion-keys", *words])
    with (home.aws / "config").open("a") as file:
        file.write(f"[profile {name}]\ncredential_process = {line}\n")


def line_of(home: Home, profile: str) -> list[str]:
    """Return the command that SDKs run for a profile."""
    files = read_profiles(str(home.aws / "config"), str(home.aws / "credentials"))
    return shlex.split(files.profiles[profile]["credential_process"])[1:]


@pytest.mark.parametrize("profile", ["prod", "audit", "bastion"])
def test_login_warms_what_sdks_run(practice: Home, sandbox: Sandbox, profile: str) -> None:
    """After ``login`` the profile's own line is answered with no call and no import."""
    done = practice.run("login", profile, "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")
    told = {
        "prod": "222222222222:role/Admin",
        "audit": "444444444444:role/team/ReadOnly",
        "bastion": "MFA session",
    }[profile]
    assert re.search(
        rf"^{profile}: {told} until (\d{{4}}-\d\d-\d\d )?\d\d:\d\d$", done.out, re.MULTILINE
    )
    calls = len(sandbox.calls)
    environ = {"PYTHONVERBOSE": "1"}
    again = practice.run(*line_of(practice, profile), environ=environ)
    assert again.out.startswith('{"Version":1')
    assert "aws_mfa_process.cli" not in again.err
    assert len(sandbox.calls) == calls


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role-arn", "arn:aws:iam::222222222222:role/Admni"), "role/Admni: AccessDenied"),
        (("--role-arn", "arn:aws:iam::222222222223:role/Admin"), "222222222223"),
        (
            ("--role-arn", "arn:aws:iam::444444444444:role/team/ReadOnly", "--external-id", "no"),
            "role/team/ReadOnly: AccessDenied",
        ),
    ],
)
def test_login_tells_which_role_fails(
    practice: Home, sandbox: Sandbox, words: tuple[str, ...], said: str
) -> None:
    """A role that cannot be assumed fails there, with the sentence of SDKs; all else lives."""
    add_profile(practice, "bad", *words)
    done = practice.run("login", "bad", "dev", "--mfa-code", sandbox.code())
    assert done.status == 1
    assert "bad: MFA session until" in done.out
    assert "dev: 333333333333:role/Developer until" in done.out
    error, hint = done.err.splitlines()
    assert said in error
    assert hint.startswith("hint: the MFA session is kept; ")
    in_sdk = practice.run(*line_of(practice, "bad"))
    assert_refused(in_sdk, 1, error.removeprefix("aws-mfa-process: error: "))
    assert actions(sandbox).count("GetSessionToken") == 1


def test_login_with_a_code_for_the_role_itself(practice: Home, sandbox: Sandbox) -> None:
    """In direct mode the code goes to the role, and a refusal stops no other profile."""
    add_profile(practice, "bad", "--role-arn", ADMIN + "x", "--mfa-mode", "direct")
    add_profile(practice, "long", "--role-arn", ADMIN, "--duration-seconds", "43200")
    terminal = practice.terminal("login", "bad", "long")
    answer_prompt(terminal, sandbox.code())
    answer_prompt(terminal, sandbox.code(1))
    terminal.expect_exact("long: 222222222222:role/Admin until")
    terminal.expect_exact(f"refused to let you assume {ADMIN}x")
    assert "MFA session" not in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 1


def test_login_looks_up_all_names_first(practice: Home, sandbox: Sandbox) -> None:
    """All wrong names are in one error, and nobody was asked."""
    done = practice.run("login", "prod", "prd", "dve", "nokeys", "--mfa-code", sandbox.code())
    assert_refused(
        done, 2, "profile prd does not exist; profile dve does not exist; profile nokeys"
    )
    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("aged", "options", "is_asked"),
    [
        (0, ("--if-needed",), False),
        (40000, ("--if-needed",), True),
        (0, ("--min-left", "43300"), True),
        (40000, ("--min-left", "3000"), False),
        (0, (), True),
    ],
)
def test_login_if_needed(
    practice: Home, sandbox: Sandbox, aged: int, options: tuple[str, ...], is_asked: bool
) -> None:
    """With ``--if-needed`` nobody is asked while enough time is left."""
    assert practice.run("login", "prod", "--mfa-code", sandbox.code()).status == 0
    practice.age(aged)
    terminal = practice.terminal("login", "prod", *options)
    if is_asked:
        terminal.expect(QUESTION)
    else:
        terminal.expect_exact("prod: MFA session until")
        terminal.expect_exact("prod: 222222222222:role/Admin until")
        assert terminal.wait() == 0
    terminal.close(force=True)


@pytest.mark.parametrize("seconds", ["0", "1h", "129601"])
def test_time_that_must_be_left(practice: Home, seconds: str) -> None:
    """What is no number of seconds that a session may live is refused, with the option's name."""
    done = practice.run("login", "prod", "--min-left", seconds)
    assert_refused(done, 2, "--min-left must be a whole number of seconds from 1 to 129600")


@pytest.mark.parametrize("profile", ["prod", "bastion-keys", "nomfa"])
def test_logout_after_the_keys_are_gone(practice: Home, sandbox: Sandbox, profile: str) -> None:
    """Sessions outlive the keys that made them, and ``logout`` still finds them."""
    assert practice.run("login", "prod", "dev", "--mfa-code", sandbox.code()).status == 0
    with (practice.aws / "config").open("a") as file:
        file.write(
            "[profile nomfa]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = none\n"
        )
        file.write("[profile none]\nregion = eu-central-1\n")
    (practice.aws / "credentials").write_text("")
    assert practice.run(*line_of(practice, "prod")).status == 3
    count = "0" if profile == "nomfa" else "3"
    done = practice.run("logout", profile)
    assert done.status == 0
    assert re.fullmatch(rf"{count} sessions forgotten(; to make new ones: .*)?\n", done.out)
    kept = list(practice.cache.glob("session-*"))
    assert len(kept) == 3 - int(count)

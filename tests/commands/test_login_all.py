"""``login`` for every device and every role, through the real process."""

import re
import shlex

import pexpect
import pytest

from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, assert_refused
from support.parts import need
from support.practice import PracticeAWS, actions
from support.terminal import answer_prompt
from support.waiting import wait_until

COLOUR = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


def add(home: Home, name: str, *words: str) -> None:
    """Add a profile with a line of ours."""
    line = shlex.join([PROGRAM, "--profile", "bastion-keys", *words])
    with (home.aws / "config").open("a") as file:
        file.write(f"[profile {name}]\ncredential_process = {line}\n")


def add_many(home: Home, sandbox: Sandbox, count: int) -> None:
    """Add profiles that share a role and have a session each."""
    for number in range(count):
        words = ("--role-arn", sandbox.role_arns["Admin"], "--role-session-name", f"n{number:02}")
        add(home, f"team{number:02}", *words)


def line_of(home: Home, profile: str) -> list[str]:
    """Return the command that SDKs run for a profile."""
    files = read_profiles(str(home.aws / "config"), str(home.aws / "credentials"))
    return shlex.split(files.profiles[profile]["credential_process"])[1:]


@pytest.mark.parametrize("arguments", [(), ("--all",)])
def test_without_a_name_it_is_for_every_device(
    practice: Home, sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    """One question a device, whatever the profile of the shell; no role is assumed."""
    terminal = practice.terminal("login", *arguments, environ={"AWS_PROFILE": "dev"})
    terminal.expect_exact("alice has one device for 3 roles")
    answer_prompt(terminal, sandbox.code())
    terminal.expect(r"MFA session until (\d{4}-\d\d-\d\d )?\d\d:\d\d \(12 h\)\r\n")
    assert terminal.wait() == 0
    assert actions(sandbox) == ["GetSessionToken"]
    shown = practice.run(*line_of(practice, "bastion"), environ={"PYTHONVERBOSE": "1"})
    assert shown.out.startswith('{"Version":1')
    assert len(sandbox.calls) == 1


def test_each_mfa_session_takes_a_code(practice: Home, sandbox: Sandbox) -> None:
    """Sessions of two lengths take two codes, in one run; one given code is not enough."""
    add(
        practice,
        "long",
        "--role-arn",
        sandbox.role_arns["Admin"],
        "--session-duration-seconds",
        "86400",
    )
    done = practice.run("login", "--mfa-code", sandbox.code())
    assert_refused(done, 2, "--mfa-code is for one code, and 2 are needed: alice, alice", "PROFILE")
    terminal = practice.terminal("login")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("(12 h)")
    answer_prompt(terminal, sandbox.code(1))
    terminal.expect_exact("(24 h)")
    assert terminal.wait() == 0
    assert actions(sandbox) == ["GetSessionToken"] * 2


def test_a_device_that_fails_stops_no_other_one(practice: Home, sandbox: Sandbox) -> None:
    """Codes that come from commands need no terminal; who cannot be asked is told at the end."""
    code = practice.path / "code"
    code.write_text(sandbox.code())
    config = practice.aws / "config"
    device = f"mfa_serial = {sandbox.mfa_serial}"
    text = config.read_text().replace(device, f"{device}\nmfa_process = cat {code}")
    config.write_text(f"[profile ann]\nmfa_serial = GAHT12345678\n{text}")
    with (practice.aws / "credentials").open("a") as file:
        file.write("[ann]\naws_access_key_id = AKIAANN\naws_secret_access_key = x\n")
    done = practice.run("login")
    assert done.status == 3
    assert "neither a terminal nor a desktop" in done.err
    assert re.search(r"alice has one device for 3 roles\nMFA session until .* \(12 h\)\n", done.out)
    assert "GAHT12345678 has one device\n" in done.out
    assert practice.run("login", "--if-needed").status == 3
    assert actions(sandbox) == ["GetSessionToken"]


def test_where_no_code_is_of_use(practice: Home) -> None:
    """Without a device the way to one is told; in direct mode, that each role takes its own."""
    line = f"{PROGRAM} --profile k --mfa-serial GAHT12345678 --mfa-mode direct --role-arn "
    keys = "[k]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n"
    role = "arn:aws:iam::222222222222:role/A"
    practice.config(f"[profile p]\ncredential_process = {line}{role}\n", keys)
    assert_refused(practice.run("login"), 2, "each role takes a code of its own", "login p")
    practice.config(f'[profile "my p"]\ncredential_process = {line}{role}\n', keys)
    done = practice.run("login", "my p", "--all-roles")
    assert_refused(done, 2, "each role takes a code of its own", "login 'my p'")
    practice.config("[profile x]\nregion = eu-central-1\n")
    assert_refused(practice.run("login"), 2, "none has an MFA device", "aws-mfa-process setup")
    practice.config(f"[profile p]\ncredential_process = {line}{role}\n[profile k]\nregion = x\n")
    assert_refused(practice.run("login"), 3, "no keys are stored for profile k", "add k")


@pytest.mark.parametrize("is_drawn", [True, False])
def test_where_there_is_one_role_or_none(
    practice: Home, sandbox: Sandbox, *, is_drawn: bool
) -> None:
    """One role is told as one; without any nothing is drawn but that."""
    ends = {
        "prod": r"The role is ready and renewed by itself until .*\d\d:\d\d\.",
        "bastion": r"No role starts with it\.",
    }
    for profile, end in ends.items():
        line = ("login", "--all-roles", profile, "--if-needed", "--mfa-code", sandbox.code())
        if is_drawn:
            terminal = practice.terminal(*line)
            shown = terminal.read().replace("\r\n", "\n")
            assert terminal.wait() == 0
        else:
            shown = practice.run(*line).out
        assert re.search(rf"^{end}\n$", shown, re.MULTILINE), shown
        assert ("Roles" in shown) == (is_drawn and profile == "prod")


def test_all_roles_without_a_terminal(practice: Home, sandbox: Sandbox) -> None:
    """A line for each role, those that failed and why, and what happens to the others."""
    admin = sandbox.role_arns["Admin"]
    add(practice, "ops", "--role-arn", admin, "--duration-seconds", "28800")
    add(practice, "bad", "--role-arn", f"{admin}x")
    add(practice, "worse", "--role-arn", f"{admin}x", "--role-session-name", "xy")
    add(practice, "twin", "--role-arn", admin)
    done = practice.run("login", "--all-roles", "--mfa-code", sandbox.code())
    assert done.status == 1
    first, second, *lines = done.out.splitlines()
    assert first == "alice has one device for 6 roles"
    assert second.startswith("MFA session until ")
    assert {line.partition(":")[0] for line in lines[:4]} == {"audit", "dev", "prod", "twin"}
    for line in lines[:4]:
        assert re.fullmatch(r"\w+: \d{12}:role/\S+ until .*\d\d:\d\d, then renewed by itself", line)
    assert lines[4] == "2 of 6 roles failed"
    assert lines[5] == "  bad    222222222222:role/Adminx  AccessDenied: you may not assume it"
    assert lines[6] == "  worse  222222222222:role/Adminx  AccessDenied: you may not assume it"
    assert lines[7].startswith("         the role's trust policy must name your user")
    assert lines[8] == "With a code of their own (direct mode): aws-mfa-process login ops"
    assert re.fullmatch(
        r"The other 4 are ready and renewed by themselves until .*\d\d:\d\d\.", lines[9]
    )
    assert lines[10:] == []
    assert done.err == (
        "aws-mfa-process: error: 2 of 6 roles failed: bad, worse\n"
        "hint: correct them and run aws-mfa-process login bad worse --if-needed\n"
    )
    assert sorted(actions(sandbox)) == ["AssumeRole"] * 5 + ["GetSessionToken"]
    calls = len(sandbox.calls)
    for profile in ("audit", "dev", "prod", "twin"):
        again = practice.run(*line_of(practice, profile), environ={"PYTHONVERBOSE": "1"})
        assert "aws_mfa_process.cli" not in again.err
    assert len(sandbox.calls) == calls


def test_many_roles_that_fail(practice: Home, sandbox: Sandbox) -> None:
    """The sentence stays one that can be read, and its command one that can be pasted."""
    for number in range(60):
        add(practice, f"bad{number:02}", "--role-arn", f"{sandbox.role_arns['Admin']}{number}")
    done = practice.run("login", "--all-roles", "--mfa-code", sandbox.code())
    assert done.err == (
        "aws-mfa-process: error: 60 of 63 roles failed:"
        " bad00, bad01, bad02, bad03, bad04 and 55 more\n"
        "hint: correct them and run aws-mfa-process login --all-roles --if-needed\n"
    )


def test_all_roles_on_a_terminal(practice: Home, sandbox: Sandbox) -> None:
    """A bar that fills, then a table that says of each role what is next."""
    add(practice, "ops", "--role-arn", sandbox.role_arns["Admin"], "--duration-seconds", "28800")
    terminal = practice.terminal("login", "--all-roles")
    answer_prompt(terminal, sandbox.code())
    shown = COLOUR.sub("", terminal.read())
    assert terminal.wait() == 0
    assert re.search(r"Roles ━+ 3/3 \d+\.\d s", shown)
    rows = re.findall(r"^  (\w+) +\d{12}  \S+ +(none|59 min)  (.*?)\r$", shown, re.MULTILINE)
    assert rows == [
        ("audit", "59 min", "renewed by itself"),
        ("dev", "59 min", "renewed by itself"),
        ("ops", "none", "a code (direct mode, 8 h)"),
        ("prod", "59 min", "renewed by itself"),
    ]
    assert re.search(r"All 3 roles are ready and renewed by themselves until .*\.\r\n$", shown)


def test_all_roles_of_some_profiles(practice: Home, sandbox: Sandbox) -> None:
    """With names only their roles are assumed."""
    done = practice.run("login", "--all-roles", "prod", "dev", "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")
    assert "audit" not in done.out
    assert sorted(actions(sandbox)) == ["AssumeRole"] * 2 + ["GetSessionToken"]


def test_roles_are_assumed_at_once(practice: Home, sandbox: PracticeAWS) -> None:
    """Ten calls are under way before the first is answered; every session is stored whole."""
    add_many(practice, sandbox, 50)
    assert practice.run("login", "--mfa-code", sandbox.code()).status == 0
    with sandbox.held():
        call = practice.start("login", "--all-roles", "--if-needed")
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 10)
    out, err = call.communicate(timeout=60)
    assert (call.returncode, err) == (0, b"")
    assert b"All 53 roles are ready" in out
    assert actions(sandbox).count("AssumeRole") == 53
    assert len(list(practice.cache.glob("session-*"))) == 54
    assert not list(practice.cache.glob("*.tmp"))
    calls = len(sandbox.calls)
    for number in range(0, 50, 7):
        assert practice.run(*line_of(practice, f"team{number:02}")).status == 0
    assert len(sandbox.calls) == calls


def test_two_runs_at_once_share_the_work(practice: Home, sandbox: PracticeAWS) -> None:
    """Locks hold between threads of several processes: each role is assumed once."""
    add_many(practice, sandbox, 20)
    assert practice.run("login", "--mfa-code", sandbox.code()).status == 0
    calls = [practice.start("login", "--all-roles", "--if-needed") for _ in range(3)]
    for call in calls:
        out, err = call.communicate(timeout=60)
        assert (call.returncode, err) == (0, b"")
        assert b"All 23 roles are ready" in out
    assert actions(sandbox).count("AssumeRole") == 23


def test_ctrl_c_ends_it_at_once(practice: Home, sandbox: PracticeAWS) -> None:
    """Nobody waits for calls under way; what was made is kept."""
    add_many(practice, sandbox, 20)
    assert practice.run("login", "--mfa-code", sandbox.code()).status == 0
    with sandbox.held():
        terminal = practice.terminal("login", "--all-roles", "--if-needed")
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 10)
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
        assert terminal.wait() == 130
    assert practice.run("login", "--all-roles", "--if-needed").status == 0


def test_ctrl_z_waits_for_the_roles(practice: Home, sandbox: PracticeAWS) -> None:
    """Whoever is stopped holds no lock: it stops after the last role, and goes on with ``fg``."""
    assert practice.run("login", "--mfa-code", sandbox.code()).status == 0
    shell = practice.terminal("--norc", "-i", program=need("bash"), environ={"PS1": "> "})
    shell.expect_exact("> ")
    with sandbox.held():
        shell.sendline(f"{PROGRAM} login --all-roles --if-needed; echo en''ded")
        wait_until(lambda: actions(sandbox).count("AssumeRole") == 3)
        shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    assert practice.run("login", "prod", "dev", "audit", "--if-needed").status == 0
    shell.sendline("fg")
    shell.expect_exact("All 3 roles are ready")
    shell.close(force=True)
    assert actions(sandbox).count("AssumeRole") == 3

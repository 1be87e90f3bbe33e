"""The list of profiles that a person picks from."""

import re
import time

import pexpect
import pytest

from support.home import PROGRAM, Home
from support.practice import KEYS, PracticeAWS

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ACCOUNTS = {"prod": "222222222222", "dev": "333333333333", "audit": "444444444444"}


@pytest.fixture
def logged_in(practice: Home, sandbox: PracticeAWS) -> Home:
    """A home directory with an MFA session, so that nothing asks for a code."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    return practice


def listed(terminal: "pexpect.spawn[str]") -> list[str]:
    """Wait for the list, and return the profiles in it from the top."""
    terminal.expect("Profile:.*Enter")
    terminal.expect(re.compile(r"(\x1b\[\d+A|\x1b\[\?7h)"))
    rows = [row.strip(" \u00bb\r") for row in ESCAPE.sub("", str(terminal.before)).split("\n")]
    return [row.split()[0] for row in rows if row.split() and not row.startswith(")")]


def pick(home: Home, *keys: str) -> str:
    """Run ``whoami --account`` without a name, press keys, and return what it says then."""
    terminal = home.terminal("whoami", "--account")
    listed(terminal)
    for key in keys:
        terminal.send(key)
        time.sleep(0.05)  # an escape sequence must not run into the next key
    terminal.send("\r")
    terminal.expect(r"\d{12}\r\n")
    found = str(terminal.after).strip()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    return found


@pytest.mark.parametrize("command", ["exec", "export", "console", "whoami"])
def test_no_name_and_no_terminal_is_a_wrong_command_line(practice: Home, command: str) -> None:
    """Nobody can pick one: exit status 2, and the hint says how one is named."""
    done = practice.run(command)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("aws-mfa-process: error: no profile is named\n")
    assert f"hint: aws-mfa-process {command} PROFILE" in done.err


@pytest.mark.parametrize(
    ("typed", "profile"),
    [("pro", "prod"), ("33333", "dev"), ("readon", "audit"), ("DEVEL", "dev"), ("team/", "audit")],
)
def test_typing_filters_by_name_account_and_role(logged_in: Home, typed: str, profile: str) -> None:
    """Any part of what stands in a row finds it, in capitals or not."""
    assert pick(logged_in, *typed) == ACCOUNTS[profile]


def test_enter_picks_nothing_where_nothing_is_found(logged_in: Home) -> None:
    """What was typed wrong is taken back; until then no other profile is picked for it."""
    assert pick(logged_in, "zzz", "\r", *["\x7f"] * 3, "dev") == ACCOUNTS["dev"]


def test_the_end_of_a_long_name_is_found(logged_in: Home) -> None:
    """Any part of it may be typed."""
    config = logged_in.aws / "config"
    name = "developers-of-the-long-named-department-in-frankfurt"
    config.write_text(config.read_text().replace("[profile dev]", f"[profile {name}]"))
    assert pick(logged_in, "frankfurt") == ACCOUNTS["dev"]


def test_those_used_last_come_first(logged_in: Home) -> None:
    """By a name that was given as well as by one that was picked; the others by name."""
    terminal = logged_in.terminal("whoami")
    assert listed(terminal) == ["audit", "bastion", "dev", "prod"]
    terminal.close()
    for profile in ("dev", "prod"):
        assert logged_in.run("whoami", profile).status == 0
    terminal = logged_in.terminal("whoami")
    assert listed(terminal) == ["prod", "dev", "audit", "bastion"]
    terminal.close()
    assert pick(logged_in, "\x1b[B") == ACCOUNTS["dev"]
    terminal = logged_in.terminal("whoami")
    assert listed(terminal) == ["dev", "prod", "audit", "bastion"]
    terminal.close()


def test_the_shell_s_profile_is_pointed_at(logged_in: Home) -> None:
    """Enter alone takes what AWS_PROFILE names."""
    logged_in.environ["AWS_PROFILE"] = "prod"
    assert pick(logged_in) == ACCOUNTS["prod"]


def test_leaving_the_list_is_an_interrupt(logged_in: Home) -> None:
    """Ctrl-C: 130, no word, and the shell has its echo back."""
    line = f"{PROGRAM} whoami; echo status $?; stty -a | grep -c ' -echo '"
    terminal = logged_in.terminal("-c", line, program="/bin/sh")
    listed(terminal)
    terminal.sendintr()
    terminal.expect("status 130\r\n0\r\n")
    terminal.expect(pexpect.EOF)


def test_standard_output_is_data(logged_in: Home) -> None:
    """The list stands on standard error: what a shell takes is the answer alone."""
    line = f'found=$({PROGRAM} whoami --account); echo "[$found]"'
    terminal = logged_in.terminal("-c", line, program="/bin/sh")
    listed(terminal)
    terminal.send("222\r")
    terminal.expect(r"\[222222222222\]")
    terminal.expect(pexpect.EOF)


def test_a_terminal_without_a_cursor_gets_no_list(logged_in: Home) -> None:
    """With ``TERM=dumb`` there is nothing to draw on."""
    logged_in.environ["TERM"] = "dumb"
    terminal = logged_in.terminal("whoami")
    terminal.expect("error: no profile is named")
    terminal.expect(pexpect.EOF)


def test_many_profiles(logged_in: Home) -> None:
    """A list longer than the terminal scrolls, and is filtered like a short one."""
    config = logged_in.aws / "config"
    line = next(row for row in config.read_text().splitlines() if "role/Admin" in row)
    more = "".join(f"[profile team{number:02}]\n{line}\n" for number in range(80))
    config.write_text(f"{config.read_text()}\n{more}")
    assert pick(logged_in, *"team77") == ACCOUNTS["prod"]

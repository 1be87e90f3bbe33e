"""Several MFA devices of one user: whichever is at hand gives the code."""

import json
import os
import stat
import sys
from pathlib import Path

import pexpect
import pytest

from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.store.cache import Cache
from support.home import PROGRAM, Home, assert_refused
from support.parts import need
from support.practice import PracticeAWS, actions, role
from support.terminal import QUESTION

PHONE = "arn:aws:iam::111111111111:mfa/alice"
YUBIKEY = "arn:aws:iam::111111111111:mfa/keys/alice-yubikey"
TOKEN = "GAHT12345678"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEYS = ("--profile", "bastion-keys")
BOTH = f"{PHONE}, {YUBIKEY}"


def list_devices(home: Home, text: str) -> None:
    """Let the profile with the keys list devices."""
    path = home.aws / "config"
    path.write_text(path.read_text().replace(f"mfa_serial = {PHONE}", f"mfa_serial = {text}"))


@pytest.fixture
def yubikey(practice: Home, sandbox: PracticeAWS) -> Device:
    """The second one of two devices that the profile lists."""
    list_devices(practice, BOTH)
    return sandbox.add_device(YUBIKEY, SEED)


def serials(sandbox: PracticeAWS) -> list[str]:
    """Return the devices whose codes AWS was sent."""
    return [
        call.parameters["SerialNumber"]
        for call in sandbox.calls
        if "SerialNumber" in call.parameters
    ]


def forget(home: Home) -> None:
    """Forget the sessions, and no more."""
    assert home.run("logout", "--all").status == 0


def login_with(home: Home, sandbox: PracticeAWS, device: Device | None, name: str) -> None:
    """Log in on a terminal, with the device that is asked for first."""
    terminal = home.terminal("login", "prod")
    terminal.expect(QUESTION)
    assert f"wants the MFA code of {name}" in (terminal.before or "")
    terminal.sendline(device.unused_code(sandbox.now()) if device else sandbox.code())
    terminal.expect_exact("222222222222:role/Admin until")
    terminal.expect(pexpect.EOF)


def test_question_says_which_device_and_enter_goes_to_the_next(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """Enter alone asks for the code of the next device; the one used last comes first then."""
    terminal = practice.terminal(*KEYS)
    terminal.expect(QUESTION)
    lines = [line for line in (terminal.before or "").splitlines() if line]
    assert lines[0].startswith("bastion wants the MFA code of alice, for ")
    assert lines[1] == "Enter alone asks for the code of alice-yubikey instead"
    terminal.sendline("")
    terminal.expect(QUESTION)
    assert "wants the MFA code of alice-yubikey" in (terminal.before or "")
    assert "Enter alone asks for the code of alice instead" in (terminal.before or "")
    terminal.sendline(yubikey.code(sandbox.now()))
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)
    assert serials(sandbox) == [YUBIKEY]
    forget(practice)
    login_with(practice, sandbox, yubikey, "alice-yubikey")


def test_enter_goes_round(practice: Home, sandbox: PracticeAWS, yubikey: Device) -> None:
    """After the last device the first one is asked for again, and Ctrl-D still cancels."""
    del yubikey
    terminal = practice.terminal(*KEYS)
    for name in ("alice", "alice-yubikey", "alice"):
        terminal.expect(QUESTION)
        assert f"wants the MFA code of {name}," in (terminal.before or "")
        terminal.sendline("")
    terminal.expect(QUESTION)
    terminal.sendeof()
    terminal.expect_exact("the question for the MFA code was cancelled")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 3
    assert not sandbox.calls


def test_enter_without_end_is_a_cancel(practice: Home, yubikey: Device) -> None:
    """Who never gives a code is asked three times for each device."""
    del yubikey
    terminal = practice.terminal(*KEYS)
    for _ in range(6):
        terminal.expect(QUESTION)
        terminal.sendline("")
    terminal.expect_exact("nobody gave an MFA code of alice or alice-yubikey")
    terminal.expect(pexpect.EOF)


def test_interrupt_cancels_for_all_devices(practice: Home, yubikey: Device) -> None:
    """Ctrl-C at the second device's question is a cancel for all who wait, as at any other."""
    del yubikey
    terminal = practice.terminal(*KEYS)
    terminal.expect(QUESTION)
    terminal.sendline("")
    terminal.expect(QUESTION)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    environ = {"DISPLAY": ":4999", "PATH": str(practice.path)}
    (practice.path / "zenity").write_text("#!/bin/sh\nexit 9\n")
    (practice.path / "zenity").chmod(0o755)
    assert_refused(practice.run(*KEYS, environ=environ), 3, "was cancelled,", "login")


def test_sdk_gets_credentials_by_the_other_device(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """boto3 on a terminal: its caller is asked for the phone, and types the code of the key."""
    script = (
        "import boto3\nsession = boto3.Session(profile_name='prod')\n"
        "print(session.client('sts').get_caller_identity()['Account'], 'seen')"
    )
    terminal = practice.terminal("-c", script, program=sys.executable)
    terminal.expect(QUESTION)
    terminal.send(f"\n{yubikey.code(sandbox.now())}\n")  # typed ahead of the second question
    terminal.expect_exact("222222222222 seen")
    assert serials(sandbox) == [YUBIKEY]


def test_wrong_code_then_the_other_device(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """After a wrong code the same device is asked for, with why; Enter still goes on."""
    terminal = practice.terminal(*KEYS)
    terminal.expect(QUESTION)
    terminal.sendline("000000")
    terminal.expect(QUESTION)
    lines = [line for line in (terminal.before or "").splitlines() if line]
    assert lines[-3].startswith("AWS did not accept that code; wait for the next one (")
    assert "wants the MFA code of alice," in lines[-2]
    terminal.sendline("")
    terminal.expect(QUESTION)
    assert "did not accept" not in (terminal.before or "")
    terminal.sendline(yubikey.code(sandbox.now()))
    terminal.expect_exact('{"Version":1')
    assert serials(sandbox) == [PHONE, YUBIKEY]


def test_code_of_one_device_may_be_that_of_the_other(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """Used codes are remembered for each device: two may show the same digits."""
    yubikey._totp = sandbox.state.device._totp
    now = sandbox.now()
    first = practice.run(*KEYS, "--mfa-code", yubikey.code(now))
    assert (first.status, first.err) == (0, "")
    forget(practice)
    other = practice.run(*KEYS, "--mfa-serial", YUBIKEY, "--mfa-code", yubikey.code(now))
    assert (other.status, other.err) == (0, "")
    assert serials(sandbox) == [PHONE, YUBIKEY]


def test_device_that_aws_does_not_check_gives_way(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """A device that was taken from the user, or tried too often, is followed by the next one."""
    path = practice.aws / "config"
    path.write_text(path.read_text().replace(BOTH, f"{PHONE}-of-bob {YUBIKEY}"))
    terminal = practice.terminal(*KEYS)
    terminal.expect(QUESTION)
    terminal.sendline("123456")
    terminal.expect(QUESTION)
    assert "AWS checks no codes of alice-of-bob now" in (terminal.before or "")
    assert "wants the MFA code of alice-yubikey" in (terminal.before or "")
    terminal.sendline(yubikey.code(sandbox.now()))
    terminal.expect_exact('{"Version":1')


@pytest.mark.parametrize("text", [BOTH, f"{YUBIKEY} {PHONE}", f"{YUBIKEY},{PHONE}"])
def test_sessions_are_the_same_in_any_order(
    practice: Home, sandbox: PracticeAWS, yubikey: Device, text: str
) -> None:
    """Whichever device gave the code and in whichever order they are listed: one code."""
    given = (*role(sandbox), "--mfa-serial", YUBIKEY, "--mfa-code", yubikey.code(sandbox.now()))
    assert practice.run(*given).status == 0
    path = practice.aws / "config"
    path.write_text(path.read_text().replace(BOTH, text))
    done = practice.run(*role(sandbox), "--no-prompt")
    assert (done.status, done.err) == (0, "")
    assert actions(sandbox).count("GetSessionToken") == 1


def test_second_device_costs_no_code(practice: Home, sandbox: PracticeAWS) -> None:
    """Who adds a device to the profile goes on with the session that there is."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    list_devices(practice, BOTH)
    assert practice.run(*KEYS, "--no-prompt").status == 0


def test_login_with_the_other_device_serves_all(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """``login --mfa-serial`` picks a device for this once; every SDK finds the session."""
    code = yubikey.code(sandbox.now())
    done = practice.run("login", "prod", "--mfa-serial", YUBIKEY, "--mfa-code", code)
    assert (done.status, done.err) == (0, "")
    done = practice.run(*role(sandbox), "--no-prompt")
    assert (done.status, done.err) == (0, "")
    assert serials(sandbox) == [YUBIKEY]
    (name,) = {
        call.parameters["RoleSessionName"] for call in sandbox.calls if call.action == "AssumeRole"
    }
    assert name == "alice"


def test_given_code_is_of_the_device_used_last(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """``--mfa-code`` alone is of the first device, then of the one used last; a refusal says so."""
    refused = practice.run(*KEYS, "--mfa-code", yubikey.code(sandbox.now()))
    assert_refused(refused, 1, f"the MFA code of {PHONE}", f"add --mfa-serial {YUBIKEY}; else")
    done = practice.run(*KEYS, "--mfa-serial", YUBIKEY, "--mfa-code", yubikey.code(sandbox.now()))
    assert (done.status, done.err) == (0, "")
    forget(practice)
    done = practice.run(*KEYS, "--mfa-code", yubikey.unused_code(sandbox.now()))
    assert (done.status, done.err) == (0, "")
    assert serials(sandbox) == [PHONE, YUBIKEY, YUBIKEY]


def test_code_goes_with_the_role_in_direct_mode(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """In direct mode too, whichever device gives the code: the role's session is the same."""
    line = (*role(sandbox), "--mfa-mode", "direct", "--duration-seconds", "7200")
    terminal = practice.terminal(*line)
    terminal.expect(QUESTION)
    terminal.sendline("")
    terminal.expect(QUESTION)
    terminal.sendline(yubikey.code(sandbox.now()))
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)
    assert actions(sandbox) == ["AssumeRole"]
    assert practice.run(*line, "--no-prompt").status == 0


def test_command_gives_codes_of_the_first_device(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """``mfa_process`` is of the device listed first, which it is told, whoever was used last."""
    code = practice.path / "code"
    seen = practice.path / "seen"
    code.write_text(
        f'#!/bin/sh\necho "$AWS_MFA_PROCESS_SERIAL" >>{seen}\n'
        f"exec {need('oathtool')} --totp -b {sandbox.mfa_seed}\n"
    )
    code.chmod(0o755)
    done = practice.run(*KEYS, "--mfa-serial", YUBIKEY, "--mfa-code", yubikey.code(sandbox.now()))
    assert done.status == 0
    forget(practice)
    done = practice.run(*KEYS, "--mfa-process", str(code))
    assert (done.status, done.err) == (0, "")
    assert seen.read_text() == f"{PHONE}\n"
    forget(practice)
    failed = practice.run(*KEYS, "--mfa-process", "false")
    assert_refused(failed, 3, "mfa_process false failed", "login bastion-keys --prompt terminal")
    terminal = practice.terminal("login", "bastion", "--prompt", "terminal")
    terminal.expect(QUESTION)
    assert "wants the MFA code of alice-yubikey" in (terminal.before or "")
    terminal.close()


def test_last_device_is_kept_privately_and_may_be_junk(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """Which device was used last is a file of ours, 0600; with junk in it the first one comes."""
    line = (*KEYS, "--mfa-serial", YUBIKEY, "--mfa-code")
    assert practice.run(*line, yubikey.code(sandbox.now())).status == 0
    (path,) = practice.cache.glob("device-*")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = next(Cache(str(practice.cache)).entries("device")).key
    for document in ({}, {"serial": 7}, {"serial": None}, {"serial": "x"}, [1], "x"):
        forget(practice)
        Cache(str(practice.cache)).write("device", key, document)  # type: ignore[arg-type]
        assert_first(practice)
    for junk in (b"", b"\0" * 10_000, os.urandom(300), path.read_bytes()[:-1]):
        path.write_bytes(junk)
        assert_first(practice)


def assert_first(home: Home) -> None:
    terminal = home.terminal(*KEYS)
    terminal.expect(QUESTION)
    assert "wants the MFA code of alice," in (terminal.before or "")
    terminal.sendeof()
    terminal.expect(pexpect.EOF)


def test_one_device_leaves_no_trace(practice: Home, sandbox: PracticeAWS) -> None:
    """With one device nothing is written about which was used, and Enter is no code."""
    terminal = practice.terminal(*KEYS)
    terminal.expect(QUESTION)
    assert "Enter alone" not in (terminal.before or "")
    terminal.sendline("")
    terminal.expect(QUESTION)
    assert "A code is six digits" in (terminal.before or "")
    terminal.sendline(sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)
    assert not list(practice.cache.glob("device-*"))


def test_many_ask_once(practice: Home, sandbox: PracticeAWS, yubikey: Device) -> None:
    """Processes that list the devices in different orders wait for one question."""
    line = [PROGRAM, *KEYS, "--mfa-serial"]
    script = " & ".join(
        [f"{' '.join(line)} '{PHONE} {YUBIKEY}' >1", f"{' '.join(line)} '{YUBIKEY},{PHONE}' >2"]
    )
    terminal = practice.terminal("-c", f"cd; {script}; wait; echo done", program=need("bash"))
    terminal.expect(QUESTION)
    is_phone = "wants the MFA code of alice," in (terminal.before or "")
    code = sandbox.code() if is_phone else yubikey.code(sandbox.now())
    terminal.sendline(code)
    terminal.expect_exact("done")
    answers = [json.loads(Path(practice.path / name).read_text()) for name in ("1", "2")]
    assert answers[0] == answers[1]
    assert len(serials(sandbox)) == 1


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("mfa/phones/alice", "mfa/keys/alice"), ("phones/alice", "keys/alice")),
        (("mfa/a", "mfa/b"), ("a", "b")),
    ],
)
def test_devices_are_told_apart(
    practice: Home, names: tuple[str, str], shown: tuple[str, str]
) -> None:
    """Devices of the same name are shown with their paths."""
    text = ", ".join(f"arn:aws:iam::111111111111:{name}" for name in names)
    list_devices(practice, text)
    terminal = practice.terminal(*KEYS)
    terminal.expect(QUESTION)
    assert f"the MFA code of {shown[0]}," in (terminal.before or "")
    assert f"the code of {shown[1]} instead" in (terminal.before or "")
    terminal.close()


def test_status_login_and_logout_name_both(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """One session of both: ``status``, ``login`` without a name and ``logout`` say so."""
    del yubikey
    done = practice.run("login", "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("alice or alice-yubikey gives the code for 3 roles\n")
    assert "alice or alice-yubikey  MFA session" in practice.run("status").out
    told = json.loads(practice.run("status", "--json").out)
    (serial,) = {it["mfa_serial"] for it in told["profiles"]}
    assert serial == BOTH
    assert practice.run("logout", "prod").out.startswith("1 session forgotten; ")


def test_security_key_in_the_list_is_passed_over(
    practice: Home, sandbox: PracticeAWS, yubikey: Device
) -> None:
    """Nobody is asked for codes of a passkey; ``doctor`` tells of it, and of other people's."""
    passkey = "arn:aws:iam::111111111111:u2f/user/alice/laptop"
    path = practice.aws / "config"
    path.write_text(path.read_text().replace(BOTH, f"{passkey} {YUBIKEY} {TOKEN}"))
    code = yubikey.code(sandbox.now())
    assert practice.run(*KEYS, "--mfa-code", code).status == 0
    assert serials(sandbox) == [YUBIKEY]
    found = json.loads(practice.run("doctor", "--json").out)["findings"]
    told = {it["id"]: it for it in found if it["id"] in ("AMP056", "AMP058")}
    assert f"{passkey} in mfa_serial shows no codes" in told["AMP056"]["sentence"]
    assert "~/.aws/config line 4" in told["AMP056"]["hint"]
    assert told["AMP058"]["sentence"].startswith(f"{TOKEN} is no device of")

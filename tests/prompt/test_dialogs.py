"""Questions in windows: real dialog programs on a virtual display, answered as by a person."""

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.desktop import LINE, PROGRAMS, Display, desktop, end, has_credentials
from support.home import PROGRAM, Home, processes
from support.parts import need
from support.practice import PracticeAWS, actions
from support.waiting import wait_until

SIX_DIGITS = "Enter the six digits that your device shows"
HOSTILE = (
    "--text=other",
    "<b>&amp;<img src='x'>",
    "a'b\"c`d",
    "$(touch ran);`touch ran`|touch ran",
    "_a__b%0Ac%sd",
    "a\\nb\\x41",
    "\x1b[31mred\x1b]0;title\x07",
    "zürich-東京-\u202egnirts-🔑" + "🔑" * 100,
    "x" * 500,
)
YUBIKEY = "arn:aws:iam::111111111111:mfa/alice_yubikey"


def rename(home: Home, name: str) -> None:
    """Give the profile with the keys another name."""
    config, credentials = (
        (home.aws / file).read_text(encoding="utf-8") for file in ("config", "credentials")
    )
    config = config.replace("[profile bastion-keys]", f"[profile {shlex.quote(name)}]")
    home.config(config, credentials.replace("bastion-keys", name))


@pytest.mark.parametrize("program", PROGRAMS)
def test_code_of_a_window_gives_credentials(
    practice: Home, sandbox: Sandbox, display: Display, program: str
) -> None:
    """A code typed in a window, with a blank in it, gives credentials and an empty stderr."""
    screen = desktop(practice, display, program)
    process = screen.start()
    code = sandbox.code()
    screen.type(f"{code[:3]} {code[3:]}")
    assert has_credentials(end(process))
    (text,) = screen.texts()
    for part in ("alice", "prod", "role/Admin", f"({os.getpid()})", "(120 s)", SIX_DIGITS):
        assert part in text.replace("__", "_")
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("way", ["Escape", "closed"])
def test_cancel_in_a_window_ends_the_question(
    practice: Home, sandbox: Sandbox, display: Display, program: str, way: str
) -> None:
    """Escape in the window and its own button are a cancel: exit status 3, STS not called."""
    screen = desktop(practice, display, program)
    process = screen.start()
    if way == "closed":
        display.close(program)
    else:
        display.press(program, way)
    result = end(process)
    assert (result.status, result.out) == (3, "")
    assert "was cancelled" in result.err
    assert not sandbox.calls


@pytest.mark.parametrize("program", PROGRAMS)
def test_crashed_dialog_is_told(
    practice: Home, sandbox: Sandbox, display: Display, program: str
) -> None:
    """A dialog program that dies gives exit status 3, its name, and the command that helps."""
    screen = desktop(practice, display, program)
    process = screen.start()
    os.kill(display.process(program), signal.SIGKILL)
    result = end(process)
    assert (result.status, result.out) == (3, "")
    assert f"{program} could not show the question" in result.err
    assert "login prod" in result.err
    assert not sandbox.calls


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no dialog is looked for on PATH")
@pytest.mark.parametrize(
    ("program", "script"),
    [
        ("pinentry", "printf '%s\\n' OK OK OK OK OK 'ERR 1x' OK"),
        ("pinentry", "printf '%s\\n' OK OK OK OK OK \"ERR $(printf %09999d 1)\" OK"),
        ("kdialog", "exit 5"),
    ],
    ids=["no number", "endless number", "status of another program"],
)
def test_dialog_that_says_what_none_says_is_told(
    practice: Home, sandbox: Sandbox, tmp_path: Path, program: str, script: str
) -> None:
    """Stand-ins: it is named, and neither a fault of ours nor somebody who has not answered."""
    stand_in = tmp_path / program
    stand_in.write_text(f"#!/bin/sh\n{script}\n")
    stand_in.chmod(0o755)
    result = practice.run(*LINE, environ={"PATH": str(tmp_path), "DISPLAY": ":4999"})
    assert (result.status, result.out) == (3, "")
    assert f"{program} could not show the question" in result.err
    assert not sandbox.calls


def test_cancel_is_seen_when_the_caller_ignores_its_children(
    practice: Home, display: Display
) -> None:
    """A caller may ignore SIGCHLD, which would hide how the dialog program ended."""
    screen = desktop(practice, display)
    script = f"trap '' CHLD; exec {shlex.join([PROGRAM, *LINE])}"
    process = practice.start("-c", script, environ=screen.environ, program=need("bash"))
    display.press("zenity", "Escape")
    result = end(process)
    assert (result.status, result.out) == (3, "")
    assert "was cancelled" in result.err
    assert len(screen.texts()) == 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_display_that_is_not_there_is_told(practice: Home, display: Display, program: str) -> None:
    """A DISPLAY that leads nowhere gives exit status 3 and the command that helps."""
    screen = desktop(practice, display, program)
    result = practice.run(*LINE, environ={**screen.environ, "DISPLAY": ":4999"})
    assert (result.status, result.out) == (3, "")
    assert f"{program} could not show the question" in result.err
    process = screen.start()  # nobody has refused: who has a desktop is asked
    display.press(program, "Escape")
    assert "was cancelled" in end(process).err


@pytest.mark.parametrize("program", PROGRAMS)
def test_wrong_code_is_asked_again_with_the_reason(
    practice: Home, sandbox: Sandbox, display: Display, program: str
) -> None:
    """What is no code, then a wrong one, are asked again, and the window says why."""
    screen = desktop(practice, display, program)
    process = screen.start()
    screen.type("12345" if program == "zenity" else "")
    screen.type("000000")
    screen.type(sandbox.code())
    assert has_credentials(end(process))
    first, second, third = screen.texts()
    assert "A code is six digits." not in first
    assert "A code is six digits." in second
    assert "AWS did not accept that code; wait for the next one (" in third
    assert actions(sandbox).count("GetSessionToken") == 2


@pytest.mark.parametrize("how", ["answered", "refused", "killed"])
def test_window_shows_that_a_code_is_checked(
    practice: Home, sandbox: Sandbox, display: Display, how: str
) -> None:
    """While AWS has the code zenity says so, and no longer, whatever the answer is."""
    sandbox.latency_seconds = 3
    screen = desktop(practice, display)
    process = screen.start()
    assert not display.is_checking()
    screen.type("000000" if how == "refused" else sandbox.code())
    wait_until(display.is_checking)
    if how == "killed":
        for number in processes(practice):
            if b"ask\0" in Path(f"/proc/{number}/cmdline").read_bytes():
                os.kill(number, signal.SIGKILL)
    wait_until(lambda: not display.is_checking())
    if how == "refused":
        screen.display.press("zenity", "Escape")
    assert has_credentials(end(process)) == (how == "answered")


def test_three_tries_are_all(practice: Home, sandbox: Sandbox, display: Display) -> None:
    """After three wrong codes the question ends; a code that was sent is not sent again."""
    screen = desktop(practice, display)
    process = screen.start()
    for code in ("000000", "000000", "000001"):
        screen.type(code)
    result = end(process)
    assert (result.status, result.out) == (1, "")
    assert "no MFA code of" in result.err
    _, _, third = screen.texts()
    assert "That code was used already; wait for the next one (" in third
    assert actions(sandbox) == ["GetSessionToken"] * 2


def test_code_counts_where_nothing_can_be_stored(
    practice: Home, sandbox: Sandbox, display: Display
) -> None:
    """A code typed in a window is not lost then; the window says that nothing is kept."""
    practice.cache.parent.mkdir()
    practice.cache.write_text("a file in the place of the folder")
    screen = desktop(practice, display)
    process = screen.start()
    screen.type(sandbox.code())
    assert has_credentials(end(process))
    (shown,) = screen.texts()
    assert "Not kept: /" in shown
    assert "aws-mfa-process is no folder" in shown


@pytest.mark.parametrize(
    ("name", "locale"),
    [
        ("".join(HOSTILE[:6]), "C.UTF-8"),
        ("".join(HOSTILE[6:]), "C.UTF-8"),
        ("".join(HOSTILE[6:]), "C"),
    ],
    ids=["syntax", "characters", "characters without UTF-8"],
)
@pytest.mark.parametrize("program", PROGRAMS)
def test_hostile_names_are_harmless_in_a_window(
    practice: Home, sandbox: Sandbox, display: Display, *, program: str, name: str, locale: str
) -> None:
    """Names with markup, escapes, shell and 500 characters are shown and change nothing."""
    screen = desktop(practice, display, program)
    rename(practice, name)
    environ = {**screen.environ, "LANG": locale, "LC_ALL": locale}
    process = practice.start(f"--profile={name}", environ=environ)
    screen.type(sandbox.code())
    assert has_credentials(end(process))
    (shown,) = screen.texts()
    assert not set("<>&\x1b\x07\u202e") & set(shown)
    assert len(shown) < 700
    assert not list(practice.path.rglob("ran"))
    assert not Path("ran").exists()


def test_desktop_of_kde_uses_its_own_dialog(practice: Home, display: Display) -> None:
    """Where both are there, KDE's desktop gets kdialog and the others zenity."""
    for name, wanted in (("KDE", "kdialog"), ("GNOME", "zenity")):
        environ = {"DISPLAY": display.name, "XDG_CURRENT_DESKTOP": name}
        need("kdialog")
        need("zenity")
        process = practice.start(*LINE, "--mfa-refusal-seconds", "0", environ=environ)
        number = display.process(wanted)
        assert wanted in Path(f"/proc/{number}/cmdline").read_text()
        os.kill(number, signal.SIGKILL)
        end(process)
        wait_until(lambda: not display.windows())


@pytest.mark.parametrize(
    ("program", "how"),
    [("zenity", "button"), *((program, "nothing") for program in PROGRAMS)],
)
def test_next_device_in_a_window(
    practice: Home, sandbox: PracticeAWS, display: Display, program: str, how: str
) -> None:
    """An empty answer, and zenity's further button, ask for the code of the next device."""
    yubikey = sandbox.add_device(YUBIKEY, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    path = practice.aws / "config"
    path.write_text(path.read_text().replace("mfa/alice\n", f"mfa/alice, {YUBIKEY}\n"))
    screen = desktop(practice, display, program)
    process = screen.start()
    if how == "button":  # the last one, which comes before the entry
        window = display.wait(program)
        display.run("xdotool", "key", "shift+Tab")
        display.run("xdotool", "key", "space")
        wait_until(lambda: window not in display.windows())
    else:
        screen.type("")
    screen.type(yubikey.code(sandbox.now()))
    assert has_credentials(end(process))
    first, second = (text.replace("__", "_") for text in screen.texts())
    assert "wants the MFA code of alice, for" in first
    assert "Or nothing, for the code of alice_yubikey instead." in first
    assert ("--extra-button=Use alice_yubikey" in first) == (program == "zenity")
    assert "wants the MFA code of alice_yubikey, for" in second
    assert sandbox.calls[0].parameters["SerialNumber"] == YUBIKEY


def test_cancel_in_a_window_is_no_next_device(
    practice: Home, sandbox: PracticeAWS, display: Display
) -> None:
    """Escape cancels for all devices, also where there is a button for the next one."""
    path = practice.aws / "config"
    path.write_text(path.read_text().replace("mfa/alice\n", f"mfa/alice, {YUBIKEY}\n"))
    screen = desktop(practice, display)
    process = screen.start()
    display.press("zenity", "Escape")
    result = end(process)
    assert (result.status, result.out) == (3, "")
    assert "was cancelled" in result.err
    assert not sandbox.calls

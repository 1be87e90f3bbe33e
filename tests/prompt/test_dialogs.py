"""Questions in windows: real dialog programs on a virtual display, answered as by a person."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aws_mfa_process.prompt import programs
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from support.home import PROGRAM, Home, Result, processes
from support.parts import need
from support.practice import PracticeAWS, actions
from support.served import Served
from support.terminal import answer_prompt
from support.waiting import wait_until

SIX_DIGITS = "Enter the six digits that your device shows"
PROGRAMS = ("zenity", "kdialog", "pinentry-gtk-2")
ADMIN = "arn:aws:iam::222222222222:role/Admin"
LINE = ("--profile", "bastion-keys", "--role-arn", ADMIN)
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


def rename(home: Home, name: str) -> None:
    """Give the profile with the keys another name."""
    config, credentials = (
        (home.aws / file).read_text(encoding="utf-8") for file in ("config", "credentials")
    )
    config = config.replace("[profile bastion-keys]", f"[profile {shlex.quote(name)}]")
    home.config(config, credentials.replace("bastion-keys", name))


class Display:
    """A virtual screen with a window manager, and a person before it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.clients: list[subprocess.Popen[bytes]] = []

    def windows(self) -> list[str]:
        """Return the open windows of questions."""
        lines = self._run("wmctrl", "-l").splitlines()
        return [line.split()[0] for line in lines if programs.CHECKING not in line]

    def is_checking(self) -> bool:
        """Tell whether a window says that a code is checked."""
        return programs.CHECKING in self._run("wmctrl", "-l")

    def wait(self, program: str) -> str:
        """Wait for the window of a dialog program and return it."""
        wait_until(self.windows, 20)
        (window,) = self.windows()
        if program != "pinentry-gtk-2":  # that one takes the keyboard by itself
            self._run("xdotool", "windowactivate", "--sync", window)
        time.sleep(0.3)  # a window that is there need not take keys yet
        return window

    def answer(self, program: str, code: str) -> None:
        """Type a code and press Enter."""
        self.wait(program)
        self._run("xdotool", "type", "--delay", "8", code)
        self._run("xdotool", "key", "Return")

    def answer_next(self, program: str, code: str) -> None:
        """Answer, and wait until that window has gone."""
        window = self.wait(program)
        self._run("xdotool", "type", "--delay", "8", code)
        self._run("xdotool", "key", "Return")
        wait_until(lambda: window not in self.windows())

    def press(self, program: str, key: str) -> None:
        self.wait(program)
        self._run("xdotool", "key", key)

    def close(self, program: str) -> None:
        """Close the window as with its button."""
        self._run("wmctrl", "-i", "-c", self.wait(program))

    def process(self, program: str) -> int:
        """Return the process that shows the window."""
        return int(self._run("xdotool", "getwindowpid", self.wait(program)))

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "DISPLAY": self.name, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout


@pytest.fixture(scope="module")
def _screen() -> Iterator[Display]:
    for part in ("Xvfb", "openbox", "xdotool", "wmctrl"):
        need(part)
    reader, writer = os.pipe()
    null = subprocess.DEVNULL
    screen = ["-screen", "0", "1000x700x24", "-noreset", "-nolisten", "tcp"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), *screen],
        pass_fds=[writer],
        stdout=null,
        stderr=null,
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        display = Display(f":{pipe.readline().strip()}")
    environ = {**os.environ, "DISPLAY": display.name}
    manager = subprocess.Popen(["openbox"], env=environ, stdout=null, stderr=null)
    wait_until(lambda: "openbox" in display._run("wmctrl", "-m").lower())
    yield display
    for process in (manager, server):
        process.terminate()
        process.wait()


@pytest.fixture
def display(_screen: Display) -> Iterator[Display]:
    """The virtual screen, empty before and after."""
    yield _screen
    while _screen.clients:
        process = _screen.clients.pop()
        process.kill()
        process.communicate()
    for window in _screen.windows():
        number = _screen._run("xdotool", "getwindowpid", window).strip()
        if number:
            os.kill(int(number), signal.SIGKILL)
    wait_until(lambda: not _screen.windows())


class Desktop:
    """A home directory on a display with one dialog program, whose texts are recorded."""

    def __init__(self, home: Home, display: Display, program: str) -> None:
        self.home = home
        self.display = display
        self.program = program
        folder = home.path / "bin"
        folder.mkdir()
        self._records = home.path / "records"
        self._records.mkdir()
        real = need(program)
        record = f"{self._records}/$$"
        run = f'printf \'%s\\n\' "$@" >{record}; exec {real} "$@"'
        if program.startswith("pinentry"):
            run = f'/usr/bin/tee {record} | {real} "$@"'
        (folder / program).write_text(f"#!/bin/sh\n{run}\n")
        (folder / program).chmod(0o755)
        self.environ = {"PATH": str(folder), "DISPLAY": display.name}

    def start(self, *more: str) -> "subprocess.Popen[bytes]":
        process = self.home.start(*LINE, *more, environ=self.environ)
        self.display.clients.append(process)
        return process

    def texts(self) -> list[str]:
        """Return what each window so far was told to show, in order; not what is just starting."""
        files = sorted(self._records.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        texts = [file.read_text() for file in files]
        return [text for text in texts if text and programs.CHECKING not in text]

    def type(self, code: str) -> None:
        self.display.answer_next(self.program, code)


def desktop(home: Home, display: Display, program: str = "zenity") -> Desktop:
    return Desktop(home, display, program)


def end(process: "subprocess.Popen[bytes]", seconds: float = 30) -> Result:
    """Wait for a process and return what it did."""
    out, err = process.communicate(timeout=seconds)
    return Result(process.returncode, out.decode(), err.decode())


def has_credentials(result: Result) -> bool:
    return not result.status and not result.err and json.loads(result.out)["Version"] == 1


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


def test_windows_close_by_themselves(practice: Home, display: Display) -> None:
    """Nobody answers: each dialog program's window is gone and its caller told after the time."""
    screens = []
    for number, program in enumerate(PROGRAMS):
        home = Home(practice.path / str(number))
        for name in ("config", "credentials"):
            (home.aws / name).write_text((practice.aws / name).read_text())
        screens.append(desktop(home, display, program))
    started = time.monotonic()
    processes = [screen.start("--prompt-seconds", "5") for screen in screens]
    for process in processes:
        result = end(process)
        assert (result.status, result.out) == (3, "")
        assert "nobody gave the MFA code within" in result.err
    assert 5 < time.monotonic() - started < 60
    assert all(len(screen.texts()) == 1 for screen in screens)
    wait_until(lambda: not display.windows())


def test_window_of_a_script_is_closed_too(practice: Home, display: Display) -> None:
    """A dialog program may be a script around another one: at the end of the time both go."""
    screen = desktop(practice, display, "kdialog")
    script = practice.path / "bin" / "kdialog"
    script.write_text(script.read_text().replace("exec ", "") + "true\n")
    result = end(screen.start("--prompt-seconds", "5"))
    assert "nobody gave the MFA code within" in result.err
    wait_until(lambda: not display.windows())


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


def test_code_outlives_a_caller_that_kills_us(
    practice: Home, sandbox: Sandbox, display: Display
) -> None:
    """A caller kills us after 5 seconds: the code typed then still serves its next call."""
    screen = desktop(practice, display)
    process = screen.start()
    display.wait("zenity")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    process.kill()
    end(process)
    screen.type(sandbox.code())
    wait_until(lambda: "AssumeRole" in actions(sandbox))
    assert has_credentials(end(screen.start()))
    assert len(screen.texts()) == 1
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


def test_new_call_joins_the_open_question(
    practice: Home, sandbox: Sandbox, display: Display
) -> None:
    """While a killed call's window is open a new call, for another role too, waits for it."""
    screen = desktop(practice, display)
    process = screen.start()
    display.wait("zenity")
    process.kill()
    end(process)
    again = screen.start()
    developer = "arn:aws:iam::333333333333:role/Developer"
    other = practice.start(
        "--profile", "bastion-keys", "--role-arn", developer, environ=screen.environ
    )
    time.sleep(2)
    assert len(display.windows()) == 1
    screen.type(sandbox.code())
    assert has_credentials(end(again))
    assert has_credentials(end(other))
    assert len(screen.texts()) == 1
    assert actions(sandbox).count("GetSessionToken") == 1


@pytest.mark.parametrize("roles", [1, 2], ids=["one role", "two roles"])
def test_twenty_processes_share_a_cancel(
    practice: Home, sandbox: Sandbox, display: Display, roles: int
) -> None:
    """Twenty processes at once and a cancel: one window, twenty errors."""
    screen = desktop(practice, display)
    names = ["222222222222:role/Admin", "333333333333:role/Developer"]
    processes = [
        screen.start("--role-arn", f"arn:aws:iam::{names[number % roles]}") for number in range(20)
    ]
    time.sleep(4)
    display.press("zenity", "Escape")
    results = [end(process) for process in processes]
    assert [result.status for result in results] == [3] * 20
    assert all("was cancelled" in result.err for result in results)
    assert len(screen.texts()) == 1
    assert not sandbox.calls


def test_twenty_processes_share_a_code(practice: Home, sandbox: Sandbox, display: Display) -> None:
    """Twenty processes at once and a code: one window, one MFA session, twenty answers."""
    screen = desktop(practice, display)
    processes = [screen.start() for _ in range(20)]
    screen.type(sandbox.code())
    with ThreadPoolExecutor(20) as pool:
        assert all(map(has_credentials, pool.map(end, processes)))
    assert len(screen.texts()) == 1
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


def test_cancel_is_remembered_for_a_while(
    practice: Home, sandbox: Sandbox, display: Display
) -> None:
    """After a cancel new callers fail at once with the reason; ``login`` and a terminal ask."""
    screen = desktop(practice, display)
    process = screen.start()
    display.press("zenity", "Escape")
    end(process)
    started = time.monotonic()
    result = practice.run(*LINE, environ=screen.environ)
    assert result.status == 3
    assert "was cancelled" in result.err
    assert time.monotonic() - started < 20
    assert len(screen.texts()) == 1
    login = practice.start("login", "prod", environ=screen.environ)
    display.press("zenity", "Escape")
    assert end(login).status == 3
    terminal = practice.terminal(*LINE, environ=screen.environ)
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"Version":1')
    terminal.close()
    assert len(screen.texts()) == 2


def test_cancel_is_forgotten_in_the_set_time(practice: Home, display: Display) -> None:
    """With mfa_refusal_seconds of 0 the next caller asks anew."""
    screen = desktop(practice, display)
    for count in (1, 2):
        process = screen.start("--mfa-refusal-seconds", "0")
        display.press("zenity", "Escape")
        assert end(process).status == 3
        assert len(screen.texts()) == count
        wait_until(lambda: not display.windows())


def test_old_credentials_are_served_instead_of_a_window(
    practice: Home, sandbox: Sandbox, display: Display
) -> None:
    """While the old credentials live no window is opened for their renewal."""
    assert practice.run(*LINE, "--mfa-code", sandbox.code()).status == 0
    practice.age(3600 - 300)
    cache = Cache(str(practice.cache))
    for entry in list(cache.entries("session")):
        if "roles" not in entry.key:
            cache.remove(entry.path)
    screen = desktop(practice, display)
    assert has_credentials(practice.run(*LINE, environ=screen.environ))
    assert not screen.texts()
    assert len(sandbox.calls) == 2
    practice.age(300)
    process = screen.start()
    screen.type(sandbox.code())
    assert has_credentials(end(process))


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


def test_background_job_gets_a_window(practice: Home, sandbox: Sandbox, display: Display) -> None:
    """A client put into the background by a shell gets a window and is never stopped."""
    screen = desktop(practice, display)
    shell = practice.terminal("--norc", "-i", program="/bin/bash", environ={"PS1": "READY> "})
    shell.expect_exact("READY> ")
    words = " ".join(f"{name}={text}" for name, text in screen.environ.items())
    shell.sendline(f"cd {practice.path}; {words} {PROGRAM} {' '.join(LINE)} >out 2>err &")
    display.wait("zenity")
    shell.sendline("jobs -s; echo no ''stop")
    shell.expect_exact("no stop")
    assert "Stopped" not in (shell.before or "")
    screen.type(sandbox.code())
    shell.sendline("wait; cat out err")
    shell.expect_exact('{"Version":1')
    shell.close(force=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_killed_asker_is_told(practice: Home, display: Display, number: signal.Signals) -> None:
    """If the process that shows the window is ended, its caller says so; the window goes with it.

    Only SIGKILL leaves the window to its own time limit.
    """
    screen = desktop(practice, display)
    process = screen.start("--prompt-seconds", "8")
    display.wait("zenity")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    os.kill(int(children), number)
    result = end(process)
    assert (result.status, result.out) == (3, "")
    assert "no answer came from the window" in result.err
    seconds = 6 if number == signal.SIGTERM else 15
    wait_until(lambda: not display.windows(), seconds)


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


def test_ctrl_z_takes_the_window_of_login_away(
    practice: Home, sandbox: Sandbox, display: Display
) -> None:
    """Who stops ``login`` leaves no window behind; ``fg`` asks again."""
    screen = desktop(practice, display)
    environ = {**screen.environ, "PS1": "READY> "}
    shell = practice.terminal("--norc", "-i", program="/bin/bash", environ=environ)
    shell.sendline(f"{PROGRAM} login bastion --prompt dialog")
    display.wait("zenity")
    shell.send("\x1a")
    shell.expect_exact("Stopped")
    wait_until(lambda: not display.windows())
    shell.sendline("fg")
    display.wait("zenity")
    screen.type(sandbox.code())
    shell.expect_exact("MFA session until")
    shell.close(force=True)


def test_an_endpoint_asks_in_a_window(practice: Home, sandbox: Sandbox, display: Display) -> None:
    """A command without a terminal gets its next code from a window, which ends with it."""
    screen = desktop(practice, display)
    path = os.pathsep.join([screen.environ["PATH"], practice.environ["PATH"]])
    practice.environ |= {"PATH": path, "DISPLAY": display.name}
    assert practice.run(*LINE, "--mfa-code", sandbox.code()).status == 0
    served = Served(practice)
    practice.run("logout", "--all")
    assert served.ask().status == 503
    screen.type(sandbox.code())
    wait_until(lambda: served.ask().status == 200)
    assert "for python" in screen.texts()[0]
    practice.run("logout", "--all")
    assert "answer the question" in served.ask().body["message"]
    display.wait("zenity")
    assert served.end() == (0, b"")
    wait_until(lambda: not display.windows())


YUBIKEY = "arn:aws:iam::111111111111:mfa/alice_yubikey"


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
        display._run("xdotool", "key", "shift+Tab")
        display._run("xdotool", "key", "space")
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

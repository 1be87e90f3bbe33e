"""Windows and who waits for them: callers that come and go, and the end of the time."""

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from support.desktop import LINE, PROGRAMS, Display, desktop, end, has_credentials
from support.home import PROGRAM, Home
from support.practice import actions
from support.served import Served
from support.terminal import answer_prompt
from support.waiting import wait_until


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

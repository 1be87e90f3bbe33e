"""A desktop: a virtual screen with a window manager, dialog programs, and a person before it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aws_mfa_process.prompt import programs
from support.home import Home, Result
from support.parts import need
from support.waiting import wait_until

PROGRAMS = ("zenity", "kdialog", "pinentry-gtk-2")
LINE = (
    "--profile",
    "bastion-keys",
    "--role-arn",
    "arn:aws:iam::222222222222:role/Admin",
)


class Display:
    """A virtual screen with a window manager, and a person before it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.clients: list[subprocess.Popen[bytes]] = []

    def windows(self) -> list[str]:
        """Return the open windows of questions."""
        lines = self.run("wmctrl", "-l").splitlines()
        return [line.split()[0] for line in lines if programs.CHECKING not in line]

    def is_checking(self) -> bool:
        """Tell whether a window says that a code is checked."""
        return programs.CHECKING in self.run("wmctrl", "-l")

    def wait(self, program: str) -> str:
        """Wait for the window of a dialog program and return it."""
        wait_until(self.windows, 20)
        (window,) = self.windows()
        if program != "pinentry-gtk-2":  # that one takes the keyboard by itself
            self.run("xdotool", "windowactivate", "--sync", window)
        time.sleep(0.3)  # a window that is there need not take keys yet
        return window

    def answer_next(self, program: str, code: str) -> None:
        """Answer, and wait until that window has gone."""
        window = self.wait(program)
        self.run("xdotool", "type", "--delay", "8", code)
        self.run("xdotool", "key", "Return")
        wait_until(lambda: window not in self.windows())

    def press(self, program: str, key: str) -> None:
        self.wait(program)
        self.run("xdotool", "key", key)

    def close(self, program: str) -> None:
        """Close the window as with its button."""
        self.run("wmctrl", "-i", "-c", self.wait(program))

    def process(self, program: str) -> int:
        """Return the process that shows the window."""
        return int(self.run("xdotool", "getwindowpid", self.wait(program)))

    def clear(self) -> None:
        """Kill what tests have started, and close all windows."""
        while self.clients:
            process = self.clients.pop()
            process.kill()
            process.communicate()
        for window in self.windows():
            number = self.run("xdotool", "getwindowpid", window).strip()
            if number:
                os.kill(int(number), signal.SIGKILL)
        wait_until(lambda: not self.windows())

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "DISPLAY": self.name, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout


@contextmanager
def screen() -> Iterator[Display]:
    """Give a virtual screen; without the programs for it the test ends as `need` says."""
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
    wait_until(lambda: "openbox" in display.run("wmctrl", "-m").lower())
    yield display
    for process in (manager, server):
        process.terminate()
        process.wait()


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

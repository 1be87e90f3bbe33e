"""Processes killed at any moment, along warm, cold, renewed, login and key commands.

``make soak`` kills 1,000 of them; the tests kill a few.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from aws_mfa_process import sealed
from aws_mfa_process.sandbox.server.device import Device
from long.faults import FORGETTING, World
from long.figures import Figures
from long.keys import COMMANDS, PROFILE
from support.home import processes
from support.practice import KEYS, PracticeAWS
from support.waiting import wait_until

BAD = (
    "torn files",
    "lost sessions",
    "lost keys",
    "keys out of place",
    "codes sent twice",
    "next runs that fail",
)
KILLED = "processes killed"
_SEALED = ("session-", "memo-", "failure-", "codes-", "logout-", "keys-")


class Counting(Device):
    """An authenticator app that remembers which codes AWS was sent."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.sent: list[str] = []

    def verify(self, code: str, now: float) -> None:
        """Note the code, and judge it."""
        self.sent.append(code)
        super().verify(code, now)


class Killed(World):
    """A home with a keyring in which commands are killed."""

    def __init__(self, folder: Path, sandbox: PracticeAWS) -> None:
        super().__init__(folder, sandbox)
        sandbox.latency_seconds = 0.1  # so that many are killed while a code is on its way
        self.device = Counting(sandbox.mfa_seed)
        self.typed = folder / "typed"
        self.typed.write_text(self.desk.pair(), encoding="ascii")
        self.scenarios |= {"login": ("login", PROFILE)}

    def put_back(self, scenario: str) -> tuple[str, ...]:
        """Make everything as it was, for a scenario; return its command line."""
        line = super().put_back("code" if scenario == "login" else scenario)
        for path in self.home.cache.glob("codes-*"):
            path.unlink()
        if scenario == "login":
            line = (*self.scenarios[scenario], *line[len(KEYS) :])
        self.device = Counting(self.sandbox.mfa_seed)
        self.sandbox.state = replace(self.sandbox.state, device=self.device)
        return line

    def torn(self) -> list[str]:
        """Return which files in their places cannot be read; locks and markers hold nothing."""
        paths = [path for path in self.home.cache.iterdir() if "." not in path.name]
        found = [path.name for path in paths if path.name.startswith(_SEALED)]
        return [name for name in found if sealed.read_sealed(str(self.home.cache / name)) is None]

    def next_run(self, line: tuple[str, ...]) -> str:
        """Run again, with the code as it was and then with another one; return what went wrong."""
        first = self.home.run(*line)
        if first.status == 0 or "--mfa-code" not in line:
            return first.err
        again = self.home.run(*line[:-1], self.sandbox.code(1))
        return again.err if again.status else ""


def kill_after(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Kill a process with all of its group after a time; tell whether it still lived."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def durations(world: Killed) -> Mapping[str, float]:
    """Return how long each scenario takes when it is left alone, in seconds."""
    found = {}
    for scenario in world.scenarios:
        line = world.put_back(scenario)
        began = time.monotonic()
        done = world.home.run(*line, text=world.desk.pair())
        found[scenario] = time.monotonic() - began
        assert done.status == 0, (scenario, done)
    return found


def kill_one(figures: Figures, world: Killed, scenario: str, seconds: float) -> None:
    """Kill one command and look at what is left; one that was done before was not killed."""
    line = world.put_back(scenario)
    before = world.sessions()
    told = f"{scenario}, after {seconds:.3f} s"
    with world.typed.open("rb") as typed:
        was_killed = kill_after(world.home.start(*line, stdin=typed), seconds)
    figures.done[KILLED if was_killed else "processes that were done before"] += 1
    wait_until(lambda: not _of_program(world))
    if not was_killed:
        return
    for name in world.torn():
        figures.note("torn files", f"{told}: {name}")
    if scenario not in FORGETTING and not before <= world.sessions():
        figures.note("lost sessions", told)
    if scenario in COMMANDS:
        world.desk.look(figures, scenario, told)
        line = world.desk.next_line(scenario)
    elif scenario == "logout":
        line = world.scenarios["status"]
    error = world.next_run(line)
    if error:
        figures.note("next runs that fail", f"{told}: {error}")
    if len(set(world.device.sent)) < len(world.device.sent):
        figures.note("codes sent twice", told)


def _of_program(world: Killed) -> list[int]:
    """Return the processes of the program that live in the home."""
    found = []
    for number in processes(world.home):
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes()
        except OSError:
            continue
        if b"aws-mfa-process" in words or b"aws_mfa_process" in words:
            found.append(number)
    return found


def run(count: int, seed: int = 0) -> Figures:
    """Kill so many commands, at moments chosen by chance; return what was found."""
    figures = Figures(*BAD)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, PracticeAWS() as sandbox:
        world = Killed(Path(name), sandbox)
        try:
            lasts = durations(world)
            while figures.done[KILLED] < count:
                scenario = chance.choice(sorted(lasts))
                kill_one(figures, world, scenario, chance.random() * lasts[scenario])
        finally:
            world.desk.keyring.close()
    return figures

"""System calls that fail, one in each run, along warm, cold, renewed and key commands.

``make faults`` fails 5,000 of them in turn; the tests fail a few.
"""

import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from aws_mfa_process.sandbox.server.access_keys import AccessKeys
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.store.cache import Cache
from long.figures import Figures
from long.keys import COMMANDS, PROFILE, Desk
from support.home import PROGRAM, Home, Result
from support.practice import KEYS, PracticeAWS, role
from support.strace import FOLLOW

ERRORS = {
    "openat": ("EMFILE", "ENOMEM", "EIO", "EACCES"),
    "read": ("EIO",),
    "write": ("ENOSPC", "EIO"),
    "fsync": ("EIO",),
    "rename": ("ENOSPC", "EROFS"),
    "renameat": ("ENOSPC", "EROFS"),
    "flock": ("EPERM", "ENOLCK"),
    "fchmod": ("EPERM",),
    "newfstatat": ("EIO", "EACCES"),
    "unlink": ("EROFS",),
    "mkdir": ("ENOSPC",),
    "socket": ("EMFILE",),
    "connect": ("ECONNREFUSED",),
    "getdents64": ("EIO",),
}
"""Calls, and what the system may answer."""
BAD = (
    "wrong answers",
    "lost sessions",
    "lost keys",
    "keys out of place",
    "codes sent twice",
    "next runs that fail",
    "tracebacks",
    "faults of the program",
    "other forms of failure",
)
FORGETTING = ("code", "login", "logout", "remove", "rotate")
"""What begins without a session, or is to end without one."""
_WEIGHT = 3
"""How often others are chosen for each command for keys, which takes longer."""
_BEGIN = re.compile(r"openat\([^,]*, \"[^\"]*/aws_mfa_process/(__pycache__/)?__init__\.")
"""The first file of ours is opened; what fails before that only Python can tell."""
_FORM = re.compile(r"(aws-mfa-process: (error|warning): [^\n]+\n(hint: [^\n]+\n)?)+")


class World:
    """A home in which everything is stored, put back before each run."""

    def __init__(self, folder: Path, sandbox: PracticeAWS) -> None:
        self.sandbox = sandbox
        self.home = Home(folder / "home")
        self.home.environ["TMPDIR"] = str(folder)
        sandbox.reset()
        sandbox.write_config(self.home.aws, PROGRAM)
        for line in ((*KEYS, "--mfa-code", sandbox.code()), role(sandbox), role(sandbox)):
            assert self.home.run(*line).status == 0
        self._saved = folder / "saved"
        shutil.copytree(self.home.cache, self._saved)
        self._files = {path: path.read_bytes() for path in self.home.aws.iterdir()}
        self.desk = Desk(self.home, folder, sandbox)
        self._has_moved = False
        self.log = folder / "trace"
        self.scenarios: dict[str, tuple[str, ...]] = {
            "warm": role(sandbox),
            "stored": role(sandbox),
            "role": role(sandbox, "Developer"),
            "code": KEYS,
            "renewal": ("_renew", *role(sandbox)),
            "status": ("status",),
            "logout": ("logout", "bastion-keys"),
            **COMMANDS,
        }

    def put_back(self, scenario: str) -> tuple[str, ...]:
        """Make everything as it was, for a scenario; return its command line."""
        shutil.rmtree(self.home.cache, ignore_errors=True)
        shutil.copytree(self._saved, self.home.cache)
        is_of_keys = scenario in COMMANDS
        if is_of_keys or self._has_moved:
            self._put_key_back()
        if is_of_keys:
            self.desk.prepare(scenario)
        self._has_moved = is_of_keys
        line = self.scenarios[scenario]
        if scenario not in ("warm", "status", "logout"):
            for path in self.home.cache.glob("memo-*"):
                path.unlink()
        if scenario == "code":
            for path in (*self.home.cache.glob("session-*"), *self.home.cache.glob("codes-*")):
                path.unlink()
            state = self.sandbox.state
            self.sandbox.state = replace(state, device=Device(self.sandbox.mfa_seed))
            line = (*line, "--mfa-code", self.sandbox.code())
        return line

    def _put_key_back(self) -> None:
        """Let the key be in the file again, and nowhere else; no code was used yet."""
        for path, data in self._files.items():
            if path.read_bytes() != data:
                path.write_bytes(data)
        for path in self.home.cache.glob("codes-*"):
            path.unlink()
        self.desk.keyring.clear(PROFILE)
        keys = AccessKeys(self.sandbox.user, self.sandbox.now())
        state = replace(self.sandbox.state, access_keys=keys)
        self.sandbox.state = replace(state, device=Device(self.sandbox.mfa_seed))

    def traced(self, options: list[str], line: tuple[str, ...]) -> Result:
        """Run the program under strace."""
        text = self.desk.pair() if line[0] == "add" else ""
        return self.home.run(*FOLLOW, *options, PROGRAM, *line, program="strace", text=text)

    def steps(self, scenario: str) -> list[tuple[str, int]]:
        """Return the calls that a scenario makes once we run, by name and number."""
        line = self.put_back(scenario)
        names = ",".join(ERRORS)
        self.traced(["-o", str(self.log), "-e", f"trace={names}"], line)
        counts: dict[str, int] = {}
        steps = []
        has_begun = False
        for text in self.log.read_text(errors="replace").splitlines():
            call = re.search(r"\b(\w+)\(", text)
            if call is None or call[1] not in ERRORS:
                continue
            counts[call[1]] = counts.get(call[1], 0) + 1
            has_begun = has_begun or _BEGIN.search(text) is not None
            if has_begun:
                steps.append((call[1], counts[call[1]]))
        return steps

    def sessions(self) -> set[str]:
        """Return which sessions can be read."""
        return {entry.path for entry in Cache(str(self.home.cache)).entries("session")}


def look(figures: Figures, world: World, scenario: str, done: Result, told: str) -> None:
    """Count what a run has done that it must not do."""
    if "Traceback" in done.err:
        figures.note("tracebacks", told)
    elif "fault of the program" in done.err:
        figures.note("faults of the program", told)
    elif done.status and not (_FORM.fullmatch(done.err) and (not done.out or scenario in COMMANDS)):
        figures.note("other forms of failure", f"{told}: {done}")
    if done.status == 0 and scenario in ("warm", "stored", "role", "code"):
        try:
            answer = json.loads(done.out)
            account = "111111111111" if scenario == "code" else "222222222222"
            is_right = answer["SessionToken"] and answer.get("AccountId", account) == account
        except (ValueError, KeyError):
            is_right = False
        if not is_right and scenario != "role":
            figures.note("wrong answers", f"{told}: {done.out[:80]}")
    if len([call for call in world.sandbox.calls if call.action == "GetSessionToken"]) > 1:
        figures.note("codes sent twice", told)


def look_at_next(figures: Figures, world: World, scenario: str, told: str) -> None:
    """Count what the next run cannot do."""
    line = world.scenarios["role"]
    if scenario == "code":
        line = (*KEYS, "--mfa-code", world.sandbox.code(1))
    elif scenario in COMMANDS:
        world.desk.look(figures, scenario, told)
        line = world.desk.next_line(scenario)
    elif scenario == "logout":
        line = ("status",)
    done = world.home.run(*line)
    if done.status:
        figures.note("next runs that fail", f"{told}: {done.err}")


def run(count: int, seed: int = 0) -> Figures:
    """Fail so many calls, chosen by chance; return what was found."""
    figures = Figures(*BAD)
    chance = random.Random(seed)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory())
        sandbox = stack.enter_context(PracticeAWS())
        world = World(Path(name), sandbox)
        stack.callback(world.desk.keyring.close)
        known = {scenario: world.steps(scenario) for scenario in world.scenarios}
        weights = [1 if scenario in COMMANDS else _WEIGHT for scenario in known]
        for _ in range(count):
            (scenario,) = chance.choices(list(known), weights)
            call, number = chance.choice(known[scenario])
            error = chance.choice(ERRORS[call])
            line = world.put_back(scenario)
            before = world.sessions()
            sandbox.calls.clear()
            inject = f"inject={call}:error={error}:when={number}"
            options = ["-o", os.devnull, "-e", f"trace={call}", "-e", inject]
            told = f"{scenario}, {call} {number} {error}"
            done = world.traced(options, line)
            figures.done["system calls failed"] += 1
            look(figures, world, scenario, done, told)
            if scenario not in FORGETTING and not before <= world.sessions():
                figures.note("lost sessions", told)
            look_at_next(figures, world, scenario, told)
    return figures


def main(work: Callable[..., Figures], usual: int) -> None:
    """Do a long run and print its figures; the exit status tells whether all is well.

    The command line may say how many there are to be, and then a seed: others than without it.
    """
    figures = work(*([int(word) for word in sys.argv[1:]] or [usual]))
    sys.stdout.write(f"{figures.text()}\n")
    sys.exit(any(figures.bad.values()))


if __name__ == "__main__":
    main(run, 5000)

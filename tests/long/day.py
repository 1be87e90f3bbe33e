"""A simulated day: callers every five minutes, a burst every hour, a laptop that sleeps.

Stored times move into the past between the calls, so a day takes minutes.
"""

import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from aws_mfa_process import memo, sealed
from aws_mfa_process.credentials import utc_time
from aws_mfa_process.store.cache import Cache
from long.figures import Figures
from support.home import PROGRAM, Home, processes
from support.practice import KEYS, PracticeAWS, actions, role
from support.waiting import wait_until

BAD = ("wrong answers", "processes left behind", "files left behind")
STEP_SECONDS = 300
STEPS_OF_AN_HOUR = 12
HOUR_SECONDS = STEP_SECONDS * STEPS_OF_AN_HOUR
SLEEP_SECONDS = 8 * HOUR_SECONDS
MOST_FILES = 100
_TIMES = {"session": ("expiration", "issued_at"), "failure": ("at",), "logout": ("at",)}


class Codes:
    """An ``mfa_process`` that prints the code which the app shows, and notes that it was asked."""

    def __init__(self, home: Home, sandbox: PracticeAWS) -> None:
        self._sandbox = sandbox
        self._code = home.path / "code"
        self._asked = home.path / "asked"
        script = home.path / "app"
        script.write_text(f"#!/bin/sh\necho asked >>{self._asked}\ncat {self._code}\n")
        script.chmod(0o700)
        self.option = ("--mfa-process", str(script))

    def show(self) -> None:
        """Let the app show a code that is still good."""
        self._code.write_text(f"{self._sandbox.code()}\n", encoding="ascii")

    def count(self) -> int:
        """Tell how often it was asked."""
        return self._asked.read_text().count("asked") if self._asked.exists() else 0


def set_back(cache: Cache, seconds: int) -> None:
    """Move whatever is stored, with the times of the files, so far into the past."""
    stamps = {}
    for path in Path(cache.folder).iterdir():
        status = path.lstat()
        stamps[path] = (status.st_atime - seconds, status.st_mtime - seconds)
        if path.name.startswith("memo-") and "." not in path.name:
            _set_back_memo(cache, path, seconds)
    for kind, names in _TIMES.items():
        for entry in list(cache.entries(kind)):
            earlier = {name: entry.document[name] - seconds for name in names}
            cache.write(kind, entry.key, {**entry.document, **earlier})
    for entry in list(cache.entries("codes")):
        document = {name: at - seconds for name, at in entry.document.items()}
        cache.write("codes", entry.key, document)
    for path, times in stamps.items():
        os.utime(path, times)


def _set_back_memo(cache: Cache, path: Path, seconds: int) -> None:
    head, _, rest = (sealed.read_sealed(str(path)) or b"").partition(b"\0\n")
    *times, text = rest.split(b" ", 3)
    fresh_until, renew_from, renew_until = (int(at) - seconds for at in times)
    answer = json.loads(text)
    end = datetime.fromisoformat(answer["Expiration"]).timestamp()
    answer["Expiration"] = utc_time(int(end) - seconds)
    told = json.dumps(answer, separators=(",", ":")).encode() + b"\n" * text.endswith(b"\n")
    packed = memo.pack(head, fresh_until, renew_from, renew_until, told)
    cache.write_sealed(str(path), packed)


def _be(environ: Mapping[str, str]) -> None:
    """Let this process have another environment."""
    os.environ.clear()
    os.environ.update(environ)


class Day:
    """A home, its callers, and what has come of them."""

    def __init__(self, folder: Path, sandbox: PracticeAWS) -> None:
        self.figures = Figures(*BAD)
        self.home = Home(folder / "home")
        self._sandbox = sandbox
        sandbox.reset()
        sandbox.write_config(self.home.aws, PROGRAM)
        self.codes = Codes(self.home, sandbox)
        lines = (KEYS, role(sandbox), role(sandbox, "Developer"))
        self._callers = [(*line, *self.codes.option) for line in lines]
        self._accounts = ["111111111111", "222222222222", "333333333333"]

    def call(self, numbers: Sequence[int]) -> None:
        """Let these callers ask at once, and look at what they get."""
        self.codes.show()
        done = self.figures.done
        warm = [self._is_warm(self._callers[number]) for number in numbers]
        done["processes started"] += len(numbers)
        done["warm answers"] += sum(warm)
        for number, process in [(it, self.home.start(*self._callers[it])) for it in numbers]:
            out, err = process.communicate(timeout=120)
            if process.returncode or not self._is_right(out, self._accounts[number]):
                self.figures.note("wrong answers", f"{process.returncode} {err.decode()}")

    def _is_warm(self, line: Sequence[str]) -> bool:
        before = dict(os.environ)
        _be(self.home.environ)
        try:
            return memo.read(list(line), time.time()) is not None
        finally:
            _be(before)

    def _is_right(self, out: bytes, account: str) -> bool:
        answer = json.loads(out)
        end = datetime.fromisoformat(answer["Expiration"]).timestamp()
        return bool(answer["AccountId"] == account and answer["SessionToken"] and end > time.time())

    def sleep(self, seconds: int) -> None:
        """Let time go by, once all that the calls have started has ended."""
        wait_until(lambda: not processes(self.home))
        set_back(Cache(str(self.home.cache)), seconds)
        self._sandbox.age(seconds)

    def end(self) -> Figures:
        """Count what is left."""
        figures = self.figures
        figures.done["codes asked"] = self.codes.count()
        calls = actions(self._sandbox)
        figures.done["calls of STS"] = len(calls)
        figures.done["files left"] = len(list(self.home.cache.iterdir()))
        for number in processes(self.home):
            figures.note("processes left behind", str(number))
        if figures.done["files left"] > MOST_FILES:
            figures.note("files left behind", str(sorted(os.listdir(self.home.cache))))
        return figures


def run(hours: int, burst: int = 50) -> Figures:
    """Let so many hours go by, with a burst of so many processes in each; return what came of it.

    The laptop sleeps through eight of them, after half of the time.
    """
    with tempfile.TemporaryDirectory() as name, PracticeAWS() as sandbox:
        day = Day(Path(name), sandbox)
        awake = hours - SLEEP_SECONDS // HOUR_SECONDS
        for hour in range(awake):
            for step in range(STEPS_OF_AN_HOUR):
                day.call((0, 1, 2))
                if not step:
                    day.call([number % 3 for number in range(burst)])
                day.sleep(STEP_SECONDS)
            if hour == awake // 2:
                day.sleep(SLEEP_SECONDS)
        return day.end()

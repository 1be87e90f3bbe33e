"""What others hand the program: answers of STS, codes of an ``mfa_process``, dialogs, configs.

``make hostile`` makes 1,000 of them; the tests make some.
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from long.dialogs import SECRET, StandIns
from long.faults import main
from long.figures import Figures
from long.fuzz import garbled
from support.documents import given, refusal
from support.home import PROGRAM, Home, Result, processes
from support.practice import KEYS, PracticeAWS
from support.raw import Raw
from support.waiting import wait_until

BAD = (
    "wrong answers",
    "tracebacks",
    "faults of the program",
    "other forms of failure",
    "hangs",
    "secrets told",
    "codes sent twice",
    "processes left behind",
)
_DIALOG_SECONDS = "5"
_NOWHERE = "http://127.0.0.1:9"
_FORM = re.compile(r"(aws-mfa-process: (error|warning): [^\n]+\n(hint: [^\n]+\n)?)+")
_PRINTED = (b"12\n", b"code", b"Enter code: \n", b"error: no device\r\n", b"")
"""No six digits come of these but by chance: a wrong code waits for the next one."""
_PIECES = (
    *("\n", "\r\n", "=", " = ", "[", "]", "[profile ", "[bastion-keys]", "#", ";", " ", "\t", ","),
    *("\ufeff", "\0", "\x1b[2J", "\u202e", "%", "$HOME", '"', "'", "\\", "x" * 3000),
    *("source_profile", "role_arn", "mfa_process", "duration_seconds", "bastion-keys", "-1", "1e9"),
)
"""What stands in a config where it should not."""
_ANSWERS = (given(), refusal("AccessDenied"), refusal("Throttling"), refusal("ExpiredToken"))


class Stage:
    """A home, and those who answer it."""

    def __init__(self, folder: Path, sandbox: PracticeAWS, chance: random.Random) -> None:
        self.home = Home(folder / "home")
        self._sandbox = sandbox
        self._chance = chance
        # Whatever becomes of the config: no call leaves the machine.
        self.home.environ |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE)
        self.home.environ["NO_PROXY"] = "127.0.0.1"
        self.kinds = {
            "answers of STS": self.answer,
            "outputs of mfa_process": self.output,
            "configs": self.config,
        }
        if sys.platform == "linux":  # elsewhere no dialog is looked for on PATH
            self.kinds["dialogs"] = self.dialog
        self._dialogs = StandIns(folder / "dialogs", chance)

    def put_back(self) -> None:
        """Make everything as new."""
        self._sandbox.reset()
        shutil.rmtree(self.home.cache, ignore_errors=True)
        self._sandbox.write_config(self.home.aws, PROGRAM)

    def answer(self) -> tuple[bytes, Result]:
        """Let STS answer something."""
        data = garbled(self._chance, self._chance.choice(_ANSWERS))
        with Raw(data) as server:
            environ = {"AWS_ENDPOINT_URL_STS": server.url}
            return data, self.home.run(*KEYS, "--mfa-code", "123456", environ=environ)

    def output(self) -> tuple[bytes, Result]:
        """Let an ``mfa_process`` print something."""
        data = garbled(self._chance, self._chance.choice(_PRINTED))
        if not self._chance.randrange(10):
            data *= 100_000
        if not self._chance.randrange(4):
            data += f"\n{self._sandbox.code()}\n".encode()
        path = self.home.path / "printed"
        path.write_bytes(data)
        return data[:100], self.home.run(*KEYS, "--mfa-process", f"cat {path}")

    def dialog(self) -> tuple[bytes, Result]:
        """Let a window do something."""
        told = self._dialogs.put(self._sandbox.code())
        line = (*KEYS, "--prompt-seconds", _DIALOG_SECONDS)
        return told.encode(), self.home.run(*line, environ=self._dialogs.environ)

    def codes(self) -> list[str]:
        """Return the codes that AWS was sent."""
        sent = [call.parameters.get("TokenCode", "") for call in self._sandbox.calls]
        return [code for code in sent if code]

    def config(self) -> tuple[bytes, Result]:
        """Let something stand in one of the AWS files."""
        path = self.home.aws / self._chance.choice(("config", "credentials"))
        data = path.read_bytes()
        for _ in range(self._chance.randint(1, 4)):
            at = self._chance.randrange(len(data) + 1)
            piece = self._chance.choice(_PIECES).encode()
            data = data[:at] + piece + data[at + self._chance.choice((0, 0, 1, 30)) :]
        if not self._chance.randrange(4):
            data = garbled(self._chance, data)
        path.write_bytes(data)
        environ = {"AWS_ENDPOINT_URL_STS": self._sandbox.endpoint_url}
        code = self._sandbox.code()
        return data, self.home.run(*KEYS, "--mfa-code", code, environ=environ)


def look(figures: Figures, done: Result, told: str) -> None:
    """Count what a run has done that it must not do."""
    if "Traceback" in done.err:
        figures.note("tracebacks", told)
    elif "fault of the program" in done.err:
        figures.note("faults of the program", told)
    elif done.status and (done.out or not _FORM.fullmatch(done.err)):
        figures.note("other forms of failure", told)
    elif done.status == 0 and not _is_answer(done.out):
        figures.note("wrong answers", told)
    if SECRET in done.err or SECRET in done.out:
        figures.note("secrets told", told)


def look_around(figures: Figures, stage: Stage, told: str) -> None:
    """Count what a run has left that it must not leave."""
    codes = stage.codes()
    if len(set(codes)) < len(codes):
        figures.note("codes sent twice", told)
    if not _ends(stage.home):
        figures.note("processes left behind", told)


def _ends(home: Home) -> bool:
    """Wait for all processes of a home, and tell whether they have ended; the rest is killed."""
    if sys.platform != "linux":
        return True
    with contextlib.suppress(AssertionError):
        wait_until(lambda: not processes(home))
    left = processes(home)
    for number in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return not left


def _is_answer(text: str) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    return all(isinstance(answer.get(name), str) and answer[name] for name in names)


def run(count: int, seed: int = 0) -> Figures:
    """Hand over so many things, chosen by chance; return what was found."""
    figures = Figures(*BAD)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, PracticeAWS() as sandbox:
        stage = Stage(Path(name), sandbox, chance)
        for _ in range(count):
            kind = chance.choice(sorted(stage.kinds))
            stage.put_back()
            figures.done[kind] += 1
            try:
                data, done = stage.kinds[kind]()
            except subprocess.TimeoutExpired as error:
                figures.note("hangs", f"{kind}: {error}")
            else:
                figures.done["of all, answered"] += not done.status
                look(figures, done, f"{kind}: {done} {data!r}")
                look_around(figures, stage, f"{kind}: {done} {data!r}")
    return figures


if __name__ == "__main__":
    main(run, 1000)

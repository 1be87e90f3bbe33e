"""Many processes for many roles and two devices, while config, keys and logouts change.

``make soak`` starts 200; the tests start some.
"""

import json
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from aws_mfa_process.sandbox.server.accounts import ADMIN, ROLES
from aws_mfa_process.sandbox.server.device import Device, invalid_code
from long.figures import Figures
from support.home import PROGRAM, Home, Result, processes
from support.practice import PracticeAWS, actions
from support.waiting import wait_until

BAD = ("wrong answers", "calls that fail", "changes that fail", "codes sent twice")
CHANGES = "changes of config, keys and sessions"
AT_ONCE = 16
CALLS_OF_A_CHANGE = 20
_SECOND = "arn:aws:iam::111111111111:mfa/keys/alice-second"
_PROFILES = ("bastion-keys", "second-keys")


class Endless(Device):
    """A device that takes every code its app has shown, each once, however many they are."""

    def __init__(self, seed: str, log: Path) -> None:
        super().__init__(seed)
        self._log = log
        self._guard = threading.Lock()
        self.sent: list[str] = []

    def verify(self, code: str, now: float) -> None:
        """Judge a code."""
        del now
        with self._guard:
            is_used = code in self.sent
            self.sent.append(code)
        if is_used or code not in self.shown():
            raise invalid_code()

    def shown(self) -> list[str]:
        """Return the codes that the app has shown."""
        return self._log.read_text(encoding="ascii").split()


class Crowd:
    """A home with two devices, twenty roles and a hand that changes things."""

    def __init__(self, folder: Path, sandbox: PracticeAWS) -> None:
        self.home = Home(folder / "home")
        self._sandbox = sandbox
        sandbox.reset()
        sandbox.write_config(self.home.aws, PROGRAM)
        self.devices = [Endless(sandbox.mfa_seed, self._app(name)) for name in _PROFILES]
        sandbox.state = replace(sandbox.state, device=self.devices[0])
        sandbox.mfa_serials.append(_SECOND)
        sandbox.state.more_devices[_SECOND] = self.devices[1]
        made = sandbox.state.access_keys.create(sandbox.now(), 0)
        self._pairs = [
            (sandbox.access_key_id, sandbox.secret_access_key),
            (made.access_key_id, made.secret_access_key),
        ]
        self._changes = 0
        self._write_config()
        self._write_keys()
        self.roles = [_role(number) for number in range(20)]

    def _app(self, name: str) -> Path:
        log = self.home.path / f"{name}.codes"
        log.touch()
        script = self.home.path / name
        script.write_text(
            "#!/bin/sh\nn=$(od -An -N4 -tu4 /dev/urandom)\n"
            f"printf '%06d\\n' $((n % 1000000)) | tee -a {log}\n"
        )
        script.chmod(0o700)
        return log

    def _write(self, name: str, text: str) -> None:
        new = self.home.aws / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        os.replace(new, self.home.aws / name)

    def _write_config(self) -> None:
        sections = [f"# change {self._changes}\n"]
        for profile, serial in zip(_PROFILES, (self._sandbox.mfa_serial, _SECOND), strict=True):
            sections.append(
                f"[profile {profile}]\nregion = eu-central-1\n"
                f"endpoint_url = {self._sandbox.endpoint_url}\nmfa_serial = {serial}\n"
                f"mfa_process = {self.home.path / profile}\n"
            )
        self._write("config", "".join(sections))

    def _write_keys(self) -> None:
        key_id, secret = self._pairs[(self._changes + 1) // 4 % 2]
        pair = f"aws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        self._write("credentials", "".join(f"[{profile}]\n{pair}" for profile in _PROFILES))

    def change(self) -> Result:
        """Change the next thing."""
        kind = self._changes % 4
        self._changes += 1
        if kind == 0:
            self._write_config()
        elif kind == 1:
            return self.home.run("logout", _PROFILES[0])
        elif kind == 2:
            self._write_keys()
        else:
            return self.home.run("logout", "--all")
        return Result(0, "", "")

    def call(self, number: int) -> tuple[str, Result]:
        """Ask for a role; return the account that is right, and what came of it."""
        arn = self.roles[number % len(self.roles)]
        line = ("--profile", _PROFILES[number % 2], "--role-arn", arn)
        return arn.split(":")[4], self.home.run(*line, timeout=200)


def _role(number: int) -> str:
    """Make a role that the user may assume; return its ARN."""
    account = f"9{number:011}"
    role = replace(ADMIN, account_id=account, name=f"Many{number}", role_id=f"AROAMANY{number:013}")
    ROLES[role.arn] = role
    return role.arn


def look(figures: Figures, account: str, done: Result) -> None:
    """Count what a call has done that it must not do."""
    if done.status:
        figures.note("calls that fail", done.err)
    elif json.loads(done.out)["AccountId"] != account:
        figures.note("wrong answers", done.out[:80])


def run(count: int) -> Figures:
    """Start so many processes, some at a time; return what was found."""
    figures = Figures(*BAD)
    with tempfile.TemporaryDirectory() as name, PracticeAWS() as sandbox:
        crowd = Crowd(Path(name), sandbox)
        try:
            _start(figures, crowd, count)
        finally:
            for arn in crowd.roles:
                del ROLES[arn]
        figures.done["calls of STS"] = len(actions(sandbox))
        figures.done["codes asked"] = sum(len(device.shown()) for device in crowd.devices)
        for device in crowd.devices:
            if len(set(device.sent)) < len(device.sent):
                figures.note("codes sent twice", str(device.sent))
        wait_until(lambda: not processes(crowd.home))
    return figures


def _start(figures: Figures, crowd: Crowd, count: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        calls, changes = [], []
        for number in range(count):
            if number % CALLS_OF_A_CHANGE == CALLS_OF_A_CHANGE // 2:
                changes.append(pool.submit(crowd.change))
            calls.append(pool.submit(crowd.call, number))
        for call in calls:
            figures.done["processes"] += 1
            look(figures, *call.result())
        for change in changes:
            figures.done[CHANGES] += 1
            done = change.result()
            if done.status:
                figures.note("changes that fail", done.err)

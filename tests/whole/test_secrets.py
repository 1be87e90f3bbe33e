"""Secrets stay where they belong: standard output, the file of the keys, the closed cache."""

import re
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_mfa_process import DEBUG_VARIABLE
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.resolve import resolve
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.credentials import SessionCredentials, SourceCredentials
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.prompt.choice import Asker, GivenCode
from aws_mfa_process.sandbox.server.controls import FAULTS
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.sessions.assembly import providers_of
from aws_mfa_process.sessions.providers import SourceKeys, World
from aws_mfa_process.store.cache import Cache
from aws_mfa_process.store.failures import Failure
from support.home import PROGRAM, Home, processes
from support.parts import need
from support.strace import FOLLOW
from support.terminal import answer_prompt

WRONG_CODE = "135792"
SEED = "GEZDGNBVGY3TQOJQ"
BAD_SECRET = "wrongwrongwrongwrongwrongwrongwrongwrong"


class Day:
    """A day of use: what was typed, and all that was shown to anybody but the caller.

    Attributes:
        started: Every program that was started, with arguments and environment.
    """

    def __init__(self, home: Home, sandbox: Sandbox) -> None:
        self.started = home.path.parent / "started"
        self.home = home
        self.sandbox = sandbox
        self.shown: list[str] = []
        self.typed: list[str] = []
        self.log = home.path / "debug.log"
        started = ("-v", "-s", "100000", "-e", "trace=execve", "-A", "-o", str(self.started))
        self._strace = (*FOLLOW, *started)
        home.environ["TMPDIR"] = str(home.path)
        self.logged = {DEBUG_VARIABLE: str(self.log)}
        self.line = ["--profile", "bastion-keys", "--role-arn"]

    def type(self, *codes: str, command: str, environ: dict[str, str] | None = None) -> int:
        """Run a shell's command line on a terminal and answer its questions."""
        line = (*self._strace, "/bin/sh", "-c", command)
        terminal = self.home.terminal(*line, program=need("strace"), environ=environ)
        shown = ""
        for code in codes:
            answer_prompt(terminal, code)
            shown += str(terminal.before)
        shown += terminal.read()
        for code in codes:  # the terminal shows what is typed, once
            shown = shown.replace(f"{code}\r\n", "", 1)
        self.shown.append(shown)
        terminal.close()
        self.typed += codes
        return int(terminal.exitstatus or 0)

    def run(self, *arguments: str, environ: dict[str, str] | None = None) -> int:
        """Run the program without a terminal; an answer on standard output is the caller's."""
        line = (*self._strace, PROGRAM, *arguments)
        done = self.home.run(*line, program=need("strace"), environ=environ)
        self.shown.append(done.err)
        if arguments[0][0] != "-":
            self.shown.append(done.out)
        return done.status

    def secrets(self) -> Iterator[str]:
        """Yield what nobody may see."""
        yield self.sandbox.secret_access_key
        yield BAD_SECRET
        sessions = self.sandbox.state.sessions._sessions.values()
        assert sessions
        for session in sessions:
            yield session.secret_access_key
            yield session.session_token


def found(secrets: list[str], codes: list[str], text: str) -> list[str]:
    """Return the secrets and the codes that stand in a text."""
    standing = [secret for secret in secrets if secret in text]
    return standing + [code for code in codes if re.search(rf"(?<!\d){code}(?!\d)", text)]


@pytest.fixture
def day(practice: Home, sandbox: Sandbox) -> Day:
    """A home directory at the begin of a day."""
    return Day(practice, sandbox)


def live(day: Day) -> None:
    """Use the program in every way that handles a secret."""
    home, sandbox = day.home, day.sandbox
    admin, developer, reader = (
        [*day.line, sandbox.role_arns[name]] for name in ("Admin", "Developer", "ReadOnly")
    )
    command = f"{PROGRAM} {' '.join(admin)} >/dev/null"
    assert day.run("status") == 0
    assert day.run(*admin, environ=day.logged) == 3
    first = sandbox.code()
    codes = (WRONG_CODE, "1234x", first)  # no number that could be a process's
    assert day.type(*codes, command=command, environ=day.logged) == 0
    assert day.run(*admin) == 0
    assert day.run(*developer, environ=day.logged) == 0
    assert day.type(first, sandbox.code(), command=f"{PROGRAM} login prod", environ=day.logged) == 0
    assert day.run("status", environ=day.logged) == 0

    for fault in ("lost_reply", "captive_portal"):
        sandbox.fail("AssumeRole", fault, times=3)
        assert day.run(*reader, environ=day.logged) == 1, fault
        while sandbox.take_fault("AssumeRole"):
            pass
        sandbox.fail("GetSessionToken", fault)
        sandbox.clock_offset_seconds += 300
        login = f"{PROGRAM} login prod"
        assert day.type(sandbox.code(), command=login, environ=day.logged) == 1, fault

    assert day.run(*admin) == 0
    home.age(40 * 60)
    assert day.run(*admin) == 0
    renewals = len(sandbox.calls)
    assert day.run(*admin) == 0
    assert len(sandbox.calls) > renewals

    script = home.path / "code"
    script.write_text(f"#!/bin/sh\necho your code {WRONG_CODE} is late >&2\nexit 1\n")
    script.chmod(0o755)
    asked = [*admin, "--session-duration-seconds", "3600", "--mfa-process"]
    assert day.run(*asked, str(script), environ=day.logged) == 3
    for words in (f"SEED={SEED} code", f"{script} {SEED} $HOME", f"cat ~/{SEED}"):
        assert day.run(*asked[:-1], "--mfa-process", words, environ=day.logged) in (2, 3)
    assert day.run("_renew", *admin, environ=day.logged) == 0
    sandbox.clock_offset_seconds += 300
    script.write_text(sandbox.code())
    assert day.run(*asked, f"cat {script}") == 0
    script.unlink()

    credentials = home.aws / "credentials"
    text = credentials.read_text()
    credentials.write_text(text.replace(sandbox.secret_access_key, BAD_SECRET))
    sandbox.clock_offset_seconds += 300
    login = f"{PROGRAM} login prod"
    assert day.type(sandbox.code(), command=login, environ=day.logged) == 1
    credentials.write_text(text.replace("aws_secret_access_key =", "aws_secret_access_key"))
    assert day.run(*admin, environ=day.logged) == 2
    credentials.write_text(text)
    assert day.run("logout", "prod", environ=day.logged) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_a_day_of_use_shows_no_secret(day: Day, tmp_path: Path) -> None:
    """No secret is on a terminal, in an error, a log, another file or a process list.

    Nor is a code, but where it is typed.

    Afterwards all that is stored is closed to others, and nothing is left running.
    """
    live(day)
    assert not processes(day.home)
    secrets = list(day.secrets())
    codes = day.typed

    for text in day.shown:
        assert found([*secrets, SEED], codes, text) == [], text
    log = day.log.read_text()
    assert "GetSessionToken" in log or "get_session_token" in log
    assert "exit status 2" in log
    assert "renew" in log
    assert found([*secrets, SEED], codes, log) == []
    assert stat.S_IMODE(day.log.stat().st_mode) == 0o600
    started = day.started.read_text()
    assert '"login", "prod"' in started
    assert found(secrets, codes, started) == []
    day.started.unlink()

    assert stat.S_IMODE(day.home.cache.stat().st_mode) == 0o700
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", "replace")
        is_stored = path.parent == day.home.cache
        if is_stored:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        if path != day.home.aws / "credentials":
            allowed = secrets[2:] if is_stored else []
            left = [secret for secret in secrets if secret not in allowed]
            assert found(left, codes, text) == [], path


@pytest.fixture
def session(sandbox: Sandbox, practice: Home) -> SessionCredentials:
    """An MFA session, in the cache."""
    done = practice.run("--profile", "bastion-keys", "--mfa-code", sandbox.code())
    assert done.status == 0
    (entry,) = Cache(str(practice.cache)).entries("session")
    return SessionCredentials(**entry.document)


@pytest.fixture
def chain(practice: Home, sandbox: Sandbox) -> Chain:
    """The chain of a role; its source has a session token beside its keys."""
    with (practice.aws / "credentials").open("a") as file:
        file.write(f"aws_session_token = {BAD_SECRET}\n")
    files = read_profiles(str(practice.aws / "config"), str(practice.aws / "credentials"))
    request = Request("bastion-keys", {"role_arn": sandbox.role_arns["Admin"]}, None)
    return resolve(files, request, {}, {})


def test_values_are_silent_about_secrets(
    practice: Home, sandbox: Sandbox, session: SessionCredentials, chain: Chain
) -> None:
    """What we keep in memory shows no secret when it is printed."""
    files = read_profiles(str(practice.aws / "config"), str(practice.aws / "credentials"))
    cache = Cache(str(practice.cache))
    code = sandbox.code()
    source = SourceCredentials(sandbox.access_key_id, sandbox.secret_access_key, BAD_SECRET)
    world = World(files, cache, {}, {})
    asker = Asker(chain, Request("bastion-keys", {}, code))
    values: list[object] = [
        source,
        session,
        files,
        chain,
        chain.source,
        chain.links,
        cache,
        *cache.entries("session"),
        SourceKeys(chain.source, world),
        SourceKeys(chain.source, world).load(),
        *providers_of(chain, asker, world),
        asker,
        GivenCode(code),
        Request("p", {}, code),
        Failure(MFAProcessError("text"), time.time(), 1, is_renewal=False),
        STS(chain.endpoint),
    ]
    secrets = [
        sandbox.secret_access_key,
        BAD_SECRET,
        session.secret_access_key,
        session.session_token,
    ]
    for value in values:
        assert found(secrets, [code], f"{value} {value!r}") == [], type(value)


def test_errors_of_sts_are_silent_about_secrets(sandbox: Sandbox, chain: Chain) -> None:
    """Whatever STS says, our error tells neither the keys nor the code of the call."""
    sts = STS(chain.endpoint)
    good = SourceCredentials(sandbox.access_key_id, sandbox.secret_access_key)
    cases = [
        (good, WRONG_CODE, ""),
        (good._replace(secret_access_key=BAD_SECRET), WRONG_CODE, ""),
        (good._replace(session_token=BAD_SECRET), WRONG_CODE, ""),
        (good, f"{WRONG_CODE} ", ""),
        *((good, WRONG_CODE, kind) for kind in FAULTS - {"hang"}),
    ]
    for credentials, code, fault in cases:
        if fault:
            sandbox.fail("GetSessionToken", fault)
        with pytest.raises(MFAProcessError) as caught:
            sts.get_session_token(credentials, sandbox.mfa_serial, code, 900)
        error = caught.value
        text = f"{error} {error!r} {error.message} {error.hint} {error.__cause__!r}"
        assert found([good.secret_access_key, BAD_SECRET], [WRONG_CODE], text) == [], text


def test_a_wide_umask_opens_nothing(day: Day) -> None:
    """With umask 000 and a cache folder that others could read, all is closed."""
    home, sandbox = day.home, day.sandbox
    home.cache.mkdir(parents=True)
    home.cache.chmod(0o777)
    code = home.path / "code"
    code.write_text(sandbox.code())
    line = f"{PROGRAM} --profile bastion-keys --mfa-process 'cat {code}'"
    done = home.run("-c", f"umask 000; exec {line}", program="/bin/sh", environ=day.logged)
    assert (done.status, done.err) == (0, "")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in home.cache.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(home.cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(day.log.stat().st_mode) == 0o600

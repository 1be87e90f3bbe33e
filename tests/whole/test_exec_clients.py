"""Unmodified AWS clients under ``exec``, in each of its ways, and for longer than an hour."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.clients import js_folder, official_cli_2
from support.home import Home, processes
from support.parts import missing
from support.practice import KEYS, actions
from support.waiting import wait_until

WAYS = [(), ("--keys",), ("--server",)]
ADMIN = "arn:aws:sts::222222222222:assumed-role/Admin/alice"
BOTO3 = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
Named = Callable[[Sandbox, pytest.FixtureRequest], list[str]]


def boto3(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[str]:
    del sandbox, request
    return [sys.executable, "-c", BOTO3]


def aws_cli_2(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[str]:
    del sandbox
    return [official_cli_2(request.config), "sts", "get-caller-identity", "--query", "Arn"]


def javascript(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[str]:
    script = js_folder(request.config) / "who.mjs"
    return ["node", str(script), "default", "", sandbox.endpoint_url]


@pytest.fixture
def ready(practice: Home, sandbox: Sandbox) -> Home:
    """A home directory in which a code was given, so that nothing asks."""
    (practice.path / "run").mkdir(mode=0o700)
    practice.environ |= {"XDG_RUNTIME_DIR": str(practice.path / "run"), "AWS_PAGER": ""}
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")
    return practice


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("named", [boto3, aws_cli_2, javascript])
def test_a_client_is_the_role(
    ready: Home,
    sandbox: Sandbox,
    named: Named,
    way: tuple[str, ...],
    request: pytest.FixtureRequest,
) -> None:
    """A client that is told nothing else calls AWS as the role, with the one session."""
    done = ready.run("exec", "prod", *way, "--", *named(sandbox, request))
    assert done.status == 0, done
    assert done.out.strip().strip('"') == ADMIN
    used = sandbox.calls[-1].access_key_id
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "GetCallerIdentity"]
    done = ready.run("exec", "prod", "--keys", "--", "printenv", "AWS_ACCESS_KEY_ID")
    assert done.out == f"{used}\n"


def test_a_client_without_the_token_file(ready: Home) -> None:
    """An SDK that knows the variable alone has the token from there."""
    variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    command = ("env", "-u", variable, sys.executable, "-c", BOTO3)
    done = ready.run("exec", "prod", "--server", "--", *command)
    assert (done.status, done.out, done.err) == (0, f"{ADMIN}\n", "")


JOB = """\
import boto3, sys
client = boto3.client("sts")
for _ in sys.stdin:
    try:
        print(client.get_caller_identity()["Arn"], flush=True)
    except Exception as error:
        print(error, flush=True)
"""
STEP_MINUTES = 45


class Clock:
    """A clock for all processes that a home directory starts, and for the practice AWS."""

    def __init__(self, home: Home, sandbox: Sandbox) -> None:
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            missing("libfaketime")
        self._file = home.path / "clock"
        self._sandbox = sandbox
        self.set(0)
        home.environ |= {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, minutes: int) -> None:
        """Let it be some minutes later than it is."""
        self._sandbox.clock_offset_seconds = self._sandbox.signature_skew_seconds = 60.0 * minutes
        new = self._file.with_suffix(".new")
        new.write_text(f"+{minutes}m\n")
        os.replace(new, self._file)


@pytest.fixture
def clock(practice: Home, sandbox: Sandbox) -> Clock:
    """A clock that a test sets."""
    (practice.path / "run").mkdir(mode=0o700)
    practice.environ["XDG_RUNTIME_DIR"] = str(practice.path / "run")
    return Clock(practice, sandbox)


@pytest.mark.parametrize("way", WAYS)
def test_a_job_of_two_hours(
    practice: Home, sandbox: Sandbox, clock: Clock, way: tuple[str, ...]
) -> None:
    """One process goes on for two hours with one code; with keys it ends with the first hour."""
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")
    job = subprocess.Popen(
        [practice.program, "exec", "prod", *way, "--", sys.executable, "-c", JOB],
        env=practice.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,
    )
    assert job.stdin is not None
    assert job.stdout is not None
    alone = 2 if way == ("--server",) else 1
    seen = []
    for minutes in range(0, 136, STEP_MINUTES):
        clock.set(minutes)
        job.stdin.write("\n")
        seen.append(job.stdout.readline().strip())
        wait_until(lambda: len(processes(practice)) == alone)  # renewals have come to their end
    _, said = job.communicate(timeout=60)
    assert job.returncode == 0
    if way == ("--keys",):
        assert seen[:2] == [ADMIN] * 2
        assert all("expired" in text for text in seen[2:])
    else:
        assert seen == [ADMIN] * 4
        assert said == ""
        keys = {call.access_key_id for call in sandbox.calls if call.action == "GetCallerIdentity"}
        assert len(keys) >= 3
    assert actions(sandbox).count("GetSessionToken") == 1

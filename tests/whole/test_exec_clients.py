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
from support.parts import need
from support.practice import KEYS, PracticeAWS, actions
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
    return [
        official_cli_2(request.config.cache.mkdir("aws-cli-2")),
        "sts",
        "get-caller-identity",
        "--query",
        "Arn",
    ]


def javascript(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[str]:
    script = js_folder(request.config) / "who.mjs"
    return [need("node"), str(script), "default", "", sandbox.endpoint_url]


def go_1(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[str]:
    del request
    program = need("s5cmd", str(Path(sys.executable).parent))
    return [program, "--endpoint-url", sandbox.endpoint_url, "ls"]


def go_2(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[str]:
    del request
    program = need("rclone", str(Path(sys.executable).parent))
    remote = f':s3,provider=Other,env_auth,endpoint="{sandbox.endpoint_url}":'
    return [program, "--config", os.devnull, "--retries", "1", "lsd", remote]


@pytest.fixture
def ready(practice: Home, sandbox: Sandbox) -> Home:
    """A home directory in which a code was given, so that nothing asks."""
    (practice.path / "run").mkdir(mode=0o700)
    practice.environ |= {"XDG_RUNTIME_DIR": str(practice.path / "run"), "AWS_PAGER": ""}
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")
    return practice


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("named", [boto3, aws_cli_2, javascript, go_1, go_2])
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
    if named not in (go_1, go_2):  # which ask for buckets
        assert done.out.strip().strip('"') == ADMIN
    used = sandbox.calls[-1].access_key_id
    assert len(actions(sandbox)) == 3
    assert actions(sandbox)[:2] == ["GetSessionToken", "AssumeRole"]
    done = ready.run("exec", "prod", "--keys", "--", "printenv", "AWS_ACCESS_KEY_ID")
    assert done.out == f"{used}\n"


def test_a_client_without_the_token_file(ready: Home) -> None:
    """An SDK that knows the variable alone has the token from there."""
    variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    command = ("env", "-u", variable, sys.executable, "-c", BOTO3)
    done = ready.run("exec", "prod", "--server", "--", *command)
    assert (done.status, done.out, done.err) == (0, f"{ADMIN}\n", "")


JOB = """\
import boto3, datetime, sys
client = boto3.client("sts")
for line in sys.stdin:
    credentials = client._request_signer._credentials
    credentials._expiry_time -= datetime.timedelta(minutes=int(line))
    try:
        print(client.get_caller_identity()["Arn"], flush=True)
    except Exception as error:
        print(error, flush=True)
"""
"""A process that goes on; each line says how many minutes its credentials have aged."""
STEPS = (0, 45, 45, 45)


@pytest.mark.parametrize("way", WAYS)
def test_a_job_of_two_hours(ready: Home, sandbox: PracticeAWS, way: tuple[str, ...]) -> None:
    """One process goes on for two hours with one code; with keys it ends with the first hour."""
    job = subprocess.Popen(
        [ready.program, "exec", "prod", *way, "--", sys.executable, "-c", JOB],
        env=ready.environ,
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
    for minutes in STEPS:
        ready.age(60 * minutes)
        sandbox.age(60 * minutes)
        job.stdin.write(f"{minutes}\n")
        seen.append(job.stdout.readline().strip())
        wait_until(lambda: len(processes(ready)) == alone)  # renewals have come to their end
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

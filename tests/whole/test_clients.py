"""Unmodified AWS clients, and callers that treat a process as the other SDKs do."""

import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.clients import (
    Client,
    aws_cli_1,
    aws_cli_2,
    boto3,
    js_default_chain,
    js_from_ini,
    rclone,
    s5cmd,
)
from support.home import PROGRAM, Home, Result
from support.terminal import QUESTION, answer_prompt
from support.waiting import wait_until
from support.warm import Warm

CREDENTIAL_CALLS = ("GetSessionToken", "AssumeRole")
SECONDS_OF_RUST = 5


class Recorded(Home):
    """A home directory whose credential process notes its runs and its standard error."""

    def __init__(self, home: Home, sandbox: Sandbox) -> None:
        self.path, self.aws, self.cache = home.path, home.aws, home.cache
        self.environ = {**home.environ, "AWS_PAGER": ""}
        self.sandbox = sandbox
        script = home.path / "bin" / Path(PROGRAM).name
        script.parent.mkdir()
        script.write_text(
            f'#!/bin/sh\necho run >>{home.path}/runs\nexec {PROGRAM} "$@" 2>>{home.path}/errors\n'
        )
        script.chmod(0o755)
        sandbox.write_config(home.aws, str(script))
        config = (home.aws / "config").read_text()
        self.lines = dict(
            re.findall(
                r"^\[profile (\w+)\](?:\n(?!\[).*)*\ncredential_process = (.+)$",
                config,
                re.MULTILINE,
            )
        )

    @property
    def runs(self) -> int:
        """How often the credential process was run."""
        file = self.path / "runs"
        return len(file.read_text().split()) if file.exists() else 0

    @property
    def errors(self) -> str:
        """What the credential process wrote to standard error."""
        return (self.path / "errors").read_text()

    def calls(self, *actions: str) -> int:
        """How many of these calls STS has seen."""
        return sum(call.action in actions for call in self.sandbox.calls)

    def log_in(self) -> None:
        """Give a code, so that nothing asks."""
        done = self.run("--profile", "bastion-keys", "--mfa-code", self.sandbox.code())
        assert (done.status, done.err) == (0, "")

    def key_id(self, profile: str) -> str:
        """Return the key id of the session that a profile's line answers with."""
        done = self.run(*self.lines[profile].split()[1:])
        assert (done.status, done.err) == (0, "")
        return str(json.loads(done.out)["AccessKeyId"])


@pytest.fixture
def recorded(home: Home, sandbox: Sandbox) -> Recorded:
    """A home directory whose credential process notes its runs and its standard error."""
    return Recorded(home, sandbox)


Named = Callable[[Sandbox, str, pytest.FixtureRequest], Client]
CLIENTS = [boto3, aws_cli_1, aws_cli_2, js_default_chain, js_from_ini, s5cmd, rclone]
WARM: dict[Named, str] = {boto3: "warm_boto3", aws_cli_1: "warm_aws_cli"}
"""The fixtures of those that are loaded already."""


def run(recorded: Recorded, named: Named, request: pytest.FixtureRequest) -> Result:
    """Run a client for a role, without a terminal."""
    client = named(recorded.sandbox, "prod", request)
    environ = {**recorded.environ, **client.environ}
    if named in WARM:
        loaded: Warm = request.getfixturevalue(WARM[named])
        return loaded.run(client.command, environ)
    program, *words = client.command
    return recorded.run(*words, program=program, environ=environ, timeout=30)


@pytest.mark.parametrize("named", CLIENTS)
def test_a_client_needs_one_code(
    recorded: Recorded, named: Named, request: pytest.FixtureRequest
) -> None:
    """A client gets the role's session with a code typed on its terminal, then without one."""
    sandbox = recorded.sandbox
    client = named(sandbox, "prod", request)
    terminal = recorded.terminal(
        *client.command[1:], program=client.command[0], environ=client.environ
    )
    answer_prompt(terminal, sandbox.code())
    rest = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0, rest
    assert "MFA code" not in rest
    assert recorded.errors == ""
    used = sandbox.calls[-1].access_key_id
    assert used == recorded.key_id("prod")
    assert recorded.calls(*CREDENTIAL_CALLS) == 2

    again = run(recorded, named, request)
    assert again.status == 0, again.err
    assert recorded.errors == ""
    assert sandbox.calls[-1].access_key_id == used
    assert recorded.calls(*CREDENTIAL_CALLS) == 2


@pytest.mark.parametrize("named", [boto3, aws_cli_1, aws_cli_2, js_from_ini])
def test_a_client_shows_what_to_do(
    recorded: Recorded, named: Named, request: pytest.FixtureRequest
) -> None:
    """Where nobody can be asked, the client's own message holds ours, with the remedy."""
    sandbox_config = (recorded.aws / "config").read_text()
    recorded.config(
        sandbox_config.replace(str(recorded.path / "bin" / Path(PROGRAM).name), PROGRAM),
        (recorded.aws / "credentials").read_text(),
    )
    done = run(recorded, named, request)
    assert done.status != 0
    assert "aws-mfa-process: error: profile prod needs an MFA code" in done.err
    assert "aws-mfa-process login prod" in done.err


def test_two_clients_at_once_need_one_code(
    recorded: Recorded, request: pytest.FixtureRequest
) -> None:
    """Two clients that start together on one terminal, for two roles, need one code."""
    sandbox = recorded.sandbox
    script = recorded.path / "both"
    commands = [boto3(sandbox, "prod", request).command, aws_cli_1(sandbox, "dev", request).command]
    script.write_text("\n".join(f"{shlex.join(command)} &" for command in commands) + "\nwait\n")
    terminal = recorded.terminal(str(script), program="/bin/sh")
    answer_prompt(terminal, sandbox.code())
    text = terminal.read()
    assert "MFA code" not in text
    assert "222222222222:assumed-role/Admin" in text
    assert "333333333333:assumed-role/Developer" in text
    assert recorded.calls("GetSessionToken") == 1
    assert recorded.calls("AssumeRole") == 2
    assert recorded.errors == ""


BUSY = """\
import boto3
sts = boto3.Session(profile_name="prod").client("sts")
for _ in range(3):
    sts.get_caller_identity()
"""


@pytest.mark.parametrize(("minutes_left", "roles_assumed"), [(20, 0), (14, 1), (5, 1)])
def test_botocore_never_gets_what_it_would_ask_for_again(
    recorded: Recorded, warm_boto3: Warm, minutes_left: int, roles_assumed: int
) -> None:
    """botocore runs us once for three requests, however little is left of the stored session."""
    recorded.log_in()
    recorded.key_id("prod")
    recorded.age((60 - minutes_left) * 60)
    before = recorded.calls("AssumeRole")
    done = warm_boto3.run([sys.executable, "-c", BUSY], recorded.environ)
    assert (done.status, done.err) == (0, "")
    assert recorded.runs == 1
    assert recorded.calls("AssumeRole") - before == roles_assumed
    assert recorded.calls("GetSessionToken") == 1


CALLERS = {
    "Go": "subprocess.run(['sh', '-c', line], stdout=-1)",
    "Go, plain exec": "subprocess.run(['/bin/sh', '-c', 'exec ' + line], stdout=-1)",
    "C++": "subprocess.run(['sh', '-c', line + ' 2>&1'], stdout=-1)",
    "CRT": "subprocess.run(['sh', '-c', line + ' 2>/dev/null'], stdout=-1)",
    "minio": "subprocess.run(line.split(), stdin=-3, stdout=-1, stderr=-1)",
    "botocore": "subprocess.run(shlex.split(line), stdout=-1, stderr=-1)",
    "no stdin": "subprocess.run(['sh', '-c', line + ' <&-'], stdout=-1, stderr=-1)",
    "no stderr": "subprocess.run(['sh', '-c', line + ' 2>&-'], stdout=-1)",
    "own stdin, gone": "(os.close(0), subprocess.run(line.split(), stdout=-1, stderr=-1))[1]",
    "JavaScript": "with_sockets(['sh', '-c', line])",
    "Java": "with_open_pipe(['sh', '-c', line])",
}
"""How the SDKs start the process: `-1` is a pipe, `-3` the null device, as in subprocess."""
CALLER = """\
import os, shlex, socket, subprocess, sys

def with_open_pipe(words):
    process = subprocess.Popen(words, stdin=-1, stdout=-1, stderr=-1)
    process.wait()
    process.stdout = process.stdout.read()
    return process

def with_sockets(words):
    pairs = [socket.socketpair() for _ in range(3)]
    process = subprocess.Popen(words, **{
        name: pair[1] for name, pair in zip(("stdin", "stdout", "stderr"), pairs)})
    for pair in pairs:
        pair[1].close()
    process.stdout = pairs[1][0].makefile("rb").read()
    process.wait()
    return process

line = sys.argv[1]
done = HOW
open(sys.argv[2], "wb").write(done.stdout)
sys.exit(done.returncode)
"""
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.mark.parametrize("how", CALLERS.values(), ids=CALLERS.keys())
def test_every_way_to_call_gets_the_same_answer(recorded: Recorded, how: str) -> None:
    """However it is started: one line of plain JSON, first with a typed code, then without."""
    sandbox = recorded.sandbox
    line = f"{PROGRAM} {recorded.lines['prod'].partition(' ')[2]}"
    script, answer = recorded.path / "caller.py", recorded.path / "answer"
    script.write_text(CALLER.replace("HOW", how))
    call = [str(script), line, str(answer)]
    terminal = recorded.terminal(*call, program=sys.executable)
    code = sandbox.code()
    answer_prompt(terminal, code)
    rest = terminal.read()
    terminal.close()
    assert (terminal.exitstatus, rest.replace(code, "", 1).strip()) == (0, "")
    first = answer.read_bytes()
    assert recorded.run(*call, program=sys.executable).status == 0
    assert answer.read_bytes() == first
    assert recorded.calls(*CREDENTIAL_CALLS) == 2

    assert first.isascii()
    assert first.count(b"\n") == 1
    assert first.endswith(b"}\n")
    assert len(first) < 8192, "the Go SDK reads no more"
    assert b" " not in first
    told = json.loads(first)
    assert set(told) == {
        "Version",
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
        "AccountId",
    }
    assert told.pop("Version") == 1
    assert all(isinstance(text, str) and text for text in told.values())
    assert RFC_3339.fullmatch(told["Expiration"])


@pytest.mark.parametrize("how", CALLERS.values(), ids=CALLERS.keys())
def test_every_way_to_call_fails_at_once_without_a_terminal(recorded: Recorded, how: str) -> None:
    """However it is started: where nobody can be asked, nothing is on standard output."""
    line = f"{PROGRAM} {recorded.lines['prod'].partition(' ')[2]}"
    script, answer = recorded.path / "caller.py", recorded.path / "answer"
    script.write_text(CALLER.replace("HOW", how))
    done = recorded.run(str(script), line, str(answer), program=sys.executable, timeout=10)
    assert done.status == 3
    assert b"{" not in answer.read_bytes()
    if "2>&1" not in how:
        assert answer.read_bytes() == b""
    assert recorded.calls(*CREDENTIAL_CALLS) == 0


RUST = """\
import subprocess, sys
process = subprocess.Popen(["sh", "-c", sys.argv[1]], stdout=-1, stderr=-1)
try:
    print(process.communicate(timeout=float(sys.argv[2]))[0].decode())
except subprocess.TimeoutExpired:
    print("timed out")
"""


def test_who_left_is_not_asked(recorded: Recorded) -> None:
    """A caller that gives up leaves no question behind that would steal the shell's keys."""
    line = f"exec {recorded.lines['prod']}"
    caller = shlex.join([sys.executable, "-c", RUST, line, "2"])
    terminal = recorded.terminal(
        "-c", f'{caller}; read answer; echo "the shell got $answer"', program="/bin/sh"
    )
    terminal.expect(QUESTION)
    terminal.expect("timed out")
    wait_until(lambda: "has gone" in recorded.errors)
    terminal.sendline("123456")
    terminal.expect("the shell got 123456")
    assert recorded.calls(*CREDENTIAL_CALLS) == 0


def test_the_impatient_are_served_after_a_login(recorded: Recorded) -> None:
    """A caller that waits for five seconds only, as Rust does, gets a role it never had."""
    recorded.log_in()
    caller = ["-c", RUST, recorded.lines["dev"], str(SECONDS_OF_RUST)]
    done = recorded.run(*caller, program=sys.executable)
    assert json.loads(done.out)["AccountId"] == "333333333333"

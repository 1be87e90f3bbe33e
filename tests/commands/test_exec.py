"""``exec``: what its command gets, and that nothing of ours stands between it and its caller."""

import json
import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, Result, assert_refused, processes
from support.practice import KEYS, PracticeAWS, actions
from support.prepared import Prepared
from support.terminal import QUESTION, answer_prompt

WAYS = [(), ("--keys",), ("--server",)]
ENVIRON = ("--", sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
ADMIN = "arn:aws:iam::222222222222:role/Admin"
READ_ONLY = "arn:{}:iam::aws:policy/ReadOnlyAccess"
PLANTED = dict.fromkeys(
    (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CREDENTIAL_FILE",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_VAULT",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_IAM_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_SSO_ROLE_NAME",
        "AWS_BEARER_TOKEN_BEDROCK",
    ),
    "planted",
)
KEPT = {"AWS_MAX_ATTEMPTS": "2", "AWS_PAGER": "", "OTHER": "kept"}


def _fill(home: Home, sandbox: PracticeAWS) -> None:
    done = home.run(*KEYS, "--mfa-code", sandbox.code())
    assert (done.status, done.err) == (0, "")


@pytest.fixture(scope="module")
def _prepared(
    _sandbox_of_the_session: PracticeAWS, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("ready") / "home", _sandbox_of_the_session, _fill)


@pytest.fixture
def ready(_prepared: Prepared, home: Home, sandbox: PracticeAWS) -> Home:
    """A home directory in which a code was given, so that nothing asks."""
    _prepared.copy(home, sandbox)
    return home


def add(home: Home, text: str) -> None:
    """Add lines to the config."""
    with (home.aws / "config").open("a") as file:
        file.write(text)


def given(done: Result) -> dict[str, str]:
    """Return the variables of AWS that the command has got."""
    assert done.status == 0, done
    return {name: text for name, text in json.loads(done.out).items() if name.startswith("AWS_")}


def credentials(variables: dict[str, str]) -> set[str]:
    """Return the names that say whose credentials are used."""
    return {name for name in variables if re.search("KEY|TOKEN|PROFILE|ROLE|CREDENTIAL", name)}


def test_a_profile_is_named(ready: Home) -> None:
    """The command gets the profile and the region, and nothing of the caller's credentials."""
    done = ready.run("exec", "prod", *ENVIRON, environ={**PLANTED, **KEPT})
    assert done.err == ""
    variables = given(done)
    assert credentials(variables) == {"AWS_PROFILE"}
    assert variables["AWS_PROFILE"] == variables["AWS_MFA_PROCESS_EXEC"] == "prod"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert variables["AWS_MAX_ATTEMPTS"] == "2"
    assert json.loads(done.out)["OTHER"] == "kept"


def test_keys_are_given(ready: Home) -> None:
    """With ``--keys`` the command gets the session, and the person is told until when it lives."""
    done = ready.run("exec", "prod", "--keys", *ENVIRON, environ={**PLANTED, **KEPT})
    assert re.fullmatch(
        r"aws-mfa-process: these keys live until (\d{4}-\d\d-\d\d )?\d\d:\d\d and are not"
        r" renewed; --server gives ones that are\n",
        done.err,
    )
    variables = given(done)
    assert credentials(variables) == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
    }
    answer = json.loads(ready.run(*KEYS, "--role-arn", ADMIN).out)
    assert variables["AWS_ACCESS_KEY_ID"] == answer["AccessKeyId"]
    assert variables["AWS_SECRET_ACCESS_KEY"] == answer["SecretAccessKey"]
    assert variables["AWS_SESSION_TOKEN"] == answer["SessionToken"]
    assert variables["AWS_CREDENTIAL_EXPIRATION"] == answer["Expiration"]
    assert variables["AWS_ACCOUNT_ID"] == answer["AccountId"]


def test_an_endpoint_is_given(ready: Home) -> None:
    """With ``--server`` the command gets an address and a token, and no keys."""
    done = ready.run("exec", "prod", "--server", *ENVIRON, environ={**PLANTED, **KEPT})
    assert done.err == ""
    variables = given(done)
    assert credentials(variables) == {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    }
    assert "planted" not in variables.values()


def test_what_the_profile_says_comes_along(ready: Home, sandbox: Sandbox) -> None:
    """Where no SDK reads the profile, its addresses and certificates come as variables."""
    text = (ready.aws / "config").read_text()
    more = "ca_bundle = /bundle.pem\nuse_fips_endpoint = true\noutput = text\nservices = mine\n"
    prod = "[profile prod]\n"
    section = "[services mine]\ns3 =\n  endpoint_url = http://s3.example\n"
    ready.config(text.replace(prod, prod + more) + section, (ready.aws / "credentials").read_text())
    expected = {
        "AWS_CA_BUNDLE": "/bundle.pem",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_DEFAULT_OUTPUT": "text",
        "AWS_ENDPOINT_URL": sandbox.endpoint_url,
        "AWS_ENDPOINT_URL_S3": "http://s3.example",
    }
    for way in WAYS:
        found = given(ready.run("exec", "prod", *way, *ENVIRON))
        both = found.items() & expected.items()
        assert both == (expected.items() if way else set())
    callers = {"AWS_ENDPOINT_URL": sandbox.endpoint_url, "AWS_DEFAULT_OUTPUT": "json"}
    found = given(ready.run("exec", "prod", "--keys", *ENVIRON, environ=callers))
    assert found["AWS_DEFAULT_OUTPUT"] == "json"
    assert "AWS_ENDPOINT_URL_S3" not in found  # the caller's one address goes before the config


@pytest.mark.parametrize("way", WAYS)
def test_the_region_of_the_command(ready: Home, sandbox: Sandbox, way: tuple[str, ...]) -> None:
    """The option's, else the profile's, else the caller's; STS stays where it is."""
    both = ("AWS_REGION", "AWS_DEFAULT_REGION")
    environ = {"AWS_DEFAULT_REGION": "ap-south-1"}
    found = given(ready.run("exec", "prod", *way, "--region", "us-west-2", *ENVIRON))
    assert [found[name] for name in both] == ["us-west-2"] * 2
    found = given(ready.run("exec", "prod", *way, *ENVIRON, environ=environ))
    assert [found[name] for name in both] == ["eu-central-1"] * 2
    text = (ready.aws / "config").read_text().replace("region = eu-central-1\n", "")
    (ready.aws / "config").write_text(text)
    found = given(ready.run("exec", "prod", *way, *ENVIRON, environ=environ))
    assert [found[name] for name in both] == ["ap-south-1"] * 2
    assert {call.region for call in sandbox.calls} == {"eu-central-1"}


KEYS_BUT_TOLD = [
    ("bastion-keys", (), "only this program can use profile bastion-keys"),
    ("unserved", (), "only this program can use profile unserved"),
    ("shadowed", (), "SDKs would not have these credentials from profile shadowed"),
    ("prod", ("--duration-seconds", "900"), "options change the session"),
    ("prod", ("--read-only",), "options change the session"),
]


@pytest.mark.parametrize(("profile", "options", "why"), KEYS_BUT_TOLD)
def test_where_an_sdk_could_not_it_is_keys(
    ready: Home, sandbox: Sandbox, profile: str, options: tuple[str, ...], why: str
) -> None:
    """What an SDK would not have from the profile itself comes as keys, and it is told."""
    add(ready, f"[profile unserved]\nrole_arn = {ADMIN}\nsource_profile = bastion-keys\n")
    add(ready, f"mfa_serial = {sandbox.mfa_serial}\nendpoint_url = {sandbox.endpoint_url}\n")
    line = f"{PROGRAM} --profile bastion-keys --role-arn {ADMIN}"
    add(ready, f"[profile shadowed]\ncredential_process = {line}\n")
    with (ready.aws / "credentials").open("a") as file:
        file.write("[shadowed]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n")
    done = ready.run("exec", profile, *options, *ENVIRON)
    assert done.err.startswith(f"aws-mfa-process: {why}, so the command gets keys: they live")
    assert done.err.count("\n") == 1
    assert "AWS_ACCESS_KEY_ID" in given(done)
    assert "AWS_PROFILE" not in given(done)


def test_a_profile_that_is_not_ours(ready: Home, sandbox: Sandbox) -> None:
    """What SDKs can use without us is named to them; what they could not is not."""
    keys = f"aws_access_key_id = {sandbox.access_key_id}\n"
    keys += f"aws_secret_access_key = {sandbox.secret_access_key}\n"
    add(ready, f"[profile plain]\nendpoint_url = {sandbox.endpoint_url}\n{keys}")
    done = ready.run("exec", "plain", *ENVIRON)
    assert done.err == ""
    assert given(done)["AWS_PROFILE"] == "plain"
    done = ready.run("exec", "plain", "--keys", *ENVIRON)
    assert (done.status, done.out) == (2, "")
    done = ready.run("exec", "nobody", *ENVIRON)
    assert_refused(done, 2, "profile nobody does not exist")
    add(ready, f"[profile role]\nrole_arn = {ADMIN}\nsource_profile = bastion-keys\n")
    add(ready, f"endpoint_url = {sandbox.endpoint_url}\n")
    done = ready.run("exec", "role", *ENVIRON)  # an SDK would assume it without MFA
    assert "SDKs would not have these credentials from profile role" in done.err
    assert "AWS_ACCESS_KEY_ID" in given(done)


def test_a_login_that_has_ended_is_told_before_the_command_starts(ready: Home) -> None:
    """With what begins a new one; each SDK would say it in its own words, or not at all."""
    session = "[sso-session b]\nsso_start_url = https://b.example/start\nsso_region = eu-west-1\n"
    role = "sso_account_id = 222222222222\nsso_role_name = a\nsso_session = b\n"
    add(ready, f"[profile sso]\n{role}{session}")
    done = ready.run("exec", "sso", *ENVIRON)
    assert_refused(done, 3, "profile sso", "aws-mfa-process login sso")


def test_options_that_change_no_session_change_nothing(ready: Home) -> None:
    """How to ask is no part of the session, nor is what the profile says anyway."""
    options = ("--no-prompt", "--prompt-seconds", "20", "--role-arn", ADMIN)
    done = ready.run("exec", "prod", *options, *ENVIRON)
    assert done.err == ""
    assert "AWS_PROFILE" in given(done)


def test_a_line_that_only_a_shell_can_tell(ready: Home, sandbox: Sandbox) -> None:
    """Its profile is named to the SDK, after the line was run once; its failure is shown."""
    line = f"sh -c '{PROGRAM} --profile bastion-keys --role-arn $WHICH'"
    add(ready, f"[profile opaque]\ncredential_process = {line}\n")
    done = ready.run("exec", "opaque", *ENVIRON, environ={"WHICH": ADMIN})
    assert done.err == ""
    assert given(done)["AWS_PROFILE"] == "opaque"
    assert actions(sandbox).count("AssumeRole") == 1
    done = ready.run("exec", "opaque", "--", "echo", "no", environ={"WHICH": "x"})
    assert (done.status, done.out) == (1, "")
    assert "is not the ARN of a role" in done.err
    assert "credential_process of profile opaque failed: exit status 2" in done.err


def test_options_that_are_mistyped_are_refused(ready: Home, sandbox: Sandbox) -> None:
    """Before any call, and with what was meant."""
    before = actions(sandbox)
    for command in ("exec", "export", "whoami"):
        done = ready.run(command, "prod", "--region", "eu central-1")
        assert_refused(done, 2, "--region 'eu central-1' is not the name of a region", "eu-central")
        done = ready.run(command, "prod", "--policy-arns", "ReadOnlyAccess")
        assert_refused(done, 2, "--policy-arns 'ReadOnlyAccess' is not the ARN of a policy", "arn:")
    done = ready.run("exec", "prod", "--session-tags", "blue")
    assert_refused(done, 2, "--session-tags must be KEY=VALUE", "--session-tags team=blue")
    assert actions(sandbox) == before


def test_read_only_narrows_the_role(ready: Home, sandbox: Sandbox) -> None:
    """The partition's policy for reading goes along when the role is assumed."""
    for way in WAYS:
        done = ready.run("exec", "prod", "--read-only", *way, "--", "true")
        assert done.status == 0, done
    (call,) = [call for call in sandbox.calls if call.action == "AssumeRole"]
    assert call.parameters["PolicyArns.member.1.arn"] == READ_ONLY.format("aws")
    assert "PolicyArns.member.2.arn" not in call.parameters


def test_read_only_is_refused_where_it_could_not_hold(ready: Home, sandbox: Sandbox) -> None:
    """Without a role nothing is narrowed, and session policies add up."""
    done = ready.run("exec", "bastion", "--read-only", "--", "echo", "no")
    assert_refused(done, 2, "profile bastion has none", "exec bastion --read-only --role-arn ARN")
    more = ("--policy-arns", "arn:aws:iam::aws:policy/PowerUserAccess")
    done = ready.run("exec", "prod", "--read-only", *more, "--", "echo", "no")
    assert_refused(done, 2, "it has session policies already", "leave --read-only away")
    assert "AssumeRole" not in actions(sandbox)


def test_the_partition_names_the_policy(home: Home, sandbox: Sandbox) -> None:
    """In another partition it is that one's policy."""
    role = "arn:aws-us-gov:iam::222222222222:role/Admin"
    keys = "aws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = x\n"
    home.config(f"[profile gov]\nrole_arn = {role}\nsource_profile = k\n", f"[k]\n{keys}")
    environ = {"AWS_ENDPOINT_URL": sandbox.endpoint_url}
    done = home.run("exec", "gov", "--read-only", "--", "echo", "no", environ=environ)
    assert (done.status, done.out) == (1, "")  # the practice AWS knows no such keys
    policy = READ_ONLY.format("aws-us-gov")
    assert sandbox.calls[-1].parameters["PolicyArns.member.1.arn"] == policy


@pytest.mark.parametrize("way", WAYS)
def test_status_and_streams_are_the_commands(ready: Home, way: tuple[str, ...]) -> None:
    """Standard input, output and error and the exit status pass through, and no signal is lost."""
    script = "cat; echo said >&2; grep SigIgn /proc/self/status; exit 7"
    of_the_c_library = 0x180000000
    done = ready.run("exec", "prod", *way, "--", "sh", "-c", script, text="in\n")
    assert done.status == 7
    said, ignored = done.out.split("\nSigIgn:\t")
    assert (said, int(ignored, 16) & ~of_the_c_library) == ("in", 0)
    assert done.err.endswith("said\n")
    assert done.err == "said\n" or way == ("--keys",)
    done = ready.run("exec", "prod", *way, "--", "sh", "-c", "kill -TERM $$")
    assert done.status == -signal.SIGTERM


@pytest.mark.parametrize("way", WAYS)
def test_files_that_are_open_stay_open(ready: Home, way: tuple[str, ...]) -> None:
    """A shell's process substitution reaches the command."""
    line = shlex.join([PROGRAM, "exec", "prod", *way, "--", "cat"])
    done = ready.run("-c", f"{line} <(echo through)", program="bash")
    assert (done.status, done.out) == (0, "through\n")


@pytest.mark.parametrize("way", WAYS[:2])
def test_it_becomes_the_command(ready: Home, way: tuple[str, ...]) -> None:
    """The process is the command's: same number, none beside it."""
    process = ready.start("exec", "prod", *way, "--", "sh", "-c", "echo $$; echo $PPID")
    out, _ = process.communicate(timeout=60)
    assert out.decode().split() == [str(process.pid), str(os.getpid())]


def test_signals_reach_the_command_of_an_endpoint(ready: Home) -> None:
    """What is sent to us is sent on, and what the command makes of it is our exit status."""
    script = (
        "import os, signal, sys, time\n"
        "for name in ('SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGINT', 'SIGQUIT'):\n"
        "    signal.signal(getattr(signal, name), lambda n, _: os.write(1, b'%d\\n' % n))\n"
        "signal.signal(signal.SIGUSR2, lambda *_: sys.exit(5))\n"
        "os.write(1, b'up\\n')\n"
        "while True: time.sleep(60)\n"
    )
    process = ready.start("exec", "prod", "--server", "--", sys.executable, "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGQUIT):
        process.send_signal(number)
        assert process.stdout.readline() == b"%d\n" % number
    process.send_signal(signal.SIGUSR2)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (5, b"")
    assert processes(ready) == []


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_in_an_argument_list(ready: Home, way: tuple[str, ...]) -> None:
    """No process of the machine shows a secret of the command among its arguments."""
    script = (
        "import glob, os\n"
        "seen = b''\n"
        "for path in glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try: seen += open(path, 'rb').read()\n"
        "    except OSError: pass\n"
        "names = [n for n in os.environ if 'TOKEN' in n or 'SECRET' in n]\n"
        "print([n for n in names if os.environ[n].encode() in seen], len(names))\n"
    )
    done = ready.run("exec", "prod", *way, "--", sys.executable, "-c", script)
    assert done.out == f"[] {2 if way else 0}\n"


def test_the_question_comes_before_the_command(practice: Home, sandbox: Sandbox) -> None:
    """A person is asked in the name of the command, which starts then."""
    terminal = practice.terminal("exec", "prod", "--", "sh", "-c", "echo STARTED; aws --version")
    terminal.expect_exact("prod (222222222222:role/Admin) wants the MFA code of alice, for sh\r")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("STARTED")
    assert "MFA code" not in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0


@pytest.mark.parametrize("way", WAYS)
def test_without_an_answer_nothing_starts(practice: Home, way: tuple[str, ...]) -> None:
    """Ctrl-C at the question, or nobody to ask: the command is not run."""
    terminal = practice.terminal("exec", "prod", *way, "--", "echo", "STARTED")
    terminal.expect(QUESTION)
    terminal.sendintr()
    assert "STARTED" not in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130
    done = practice.run("exec", "prod", *way, "--", "echo", "STARTED")
    assert_refused(done, 3, "profile prod needs an MFA code", "login prod in a terminal")


def test_a_code_may_be_given(practice: Home, sandbox: Sandbox) -> None:
    """``--mfa-code`` makes the session, and the SDK of the command finds it."""
    options = ("--mfa-code", sandbox.code())
    done = practice.run("exec", "prod", *options, "--", "aws", "sts", "get-caller-identity")
    assert (done.status, done.err) == (0, "")
    assert "assumed-role/Admin/alice" in done.out
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "GetCallerIdentity"]


@pytest.mark.parametrize("way", WAYS)
def test_without_a_command_it_is_the_shell(ready: Home, way: tuple[str, ...]) -> None:
    """The person's shell, marked; else the system's."""
    shell = ready.path / "shell"
    shell.write_text('#!/bin/sh\necho "$0 $# $AWS_MFA_PROCESS_EXEC"\n')
    shell.chmod(0o755)
    done = ready.run("exec", "prod", *way, environ={"SHELL": str(shell)})
    assert done.out == f"{shell} 0 prod\n"
    done = ready.run("exec", "prod", *way, "--", text="echo $0 $AWS_MFA_PROCESS_EXEC\n")
    assert done.out == "/bin/sh prod\n"


def test_without_standard_error_nothing_is_told(ready: Home) -> None:
    """Not on standard output either, which is the command's."""
    for words in ("exec prod --keys -- echo out", "exec prod"):
        line = f"echo 'echo out' | {PROGRAM} {words} 2>&-"
        done = ready.run("-c", line, program="/bin/sh", environ={"SHELL": "/bin/sh"})
        assert (done.status, done.out) == (0, "out\n"), words
    done = ready.run("-c", f"{PROGRAM} console prod --print 2>&-", program="/bin/sh")
    assert (done.status, done.out.count("\n")) == (0, 1)


def test_a_shell_on_a_terminal(ready: Home) -> None:
    """In a shell with an endpoint Ctrl-C and Ctrl-Z work on its jobs, and its exit is ours."""
    environ = {"SHELL": "/bin/bash", "PS1": "in> ", "HISTFILE": "/dev/null"}
    terminal = ready.terminal("exec", "prod", "--server", environ=environ)
    terminal.expect_exact("aws-mfa-process: a shell with profile prod; leave it with exit")
    terminal.sendline("PS1='in> '; bind 'set enable-bracketed-paste off'; echo READY-$?")
    terminal.expect_exact("READY-0")
    terminal.sendline("cat")
    terminal.expect_exact("cat\r\n")
    time.sleep(0.3)  # until it is in the foreground: Ctrl-C before is the shell's
    terminal.sendintr()
    terminal.sendline("echo INT-$?")
    terminal.expect_exact("INT-130")
    terminal.sendline("aws sts get-caller-identity --query Arn; exit 4")
    terminal.expect_exact("assumed-role/Admin/alice")
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 4


STAYS = """
import os, signal, time
signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"ON\\n"))
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.write(1, b"UP\\n")
while True:
    time.sleep(0.05)
"""
"""A shell would not do: one that is stopped while it starts a program does not stop (vfork)."""


def test_a_job_with_an_endpoint_stops_and_goes_on(ready: Home) -> None:
    """Ctrl-Z stops command and program, ``fg`` brings both back, Ctrl-C ends both by itself."""
    terminal = ready.terminal("--norc", program="bash", environ={"PS1": "$ "})
    line = shlex.join([PROGRAM, "exec", "prod", "--server", "--", sys.executable, "-c", STAYS])
    terminal.sendline(line)
    terminal.expect("UP\r\n")
    terminal.sendcontrol("z")
    terminal.expect("Stopped")
    terminal.sendline("fg")
    terminal.expect("ON\r\n")
    terminal.sendintr()
    terminal.sendline("echo STATUS-$?")
    terminal.expect_exact("STATUS-130")
    terminal.sendline("exit")
    terminal.read()
    terminal.close()


ENDS = """
import os, signal, time
signal.signal(signal.SIGCONT, lambda *_: os._exit(7))
os.write(1, b"UP\\n")
while True:
    time.sleep(0.05)
"""


def test_a_job_with_an_endpoint_that_ends_as_it_goes_on(ready: Home) -> None:
    """Its exit status is passed on, whoever sees its end first."""
    terminal = ready.terminal("--norc", program="bash", environ={"PS1": "$ "})
    line = shlex.join([PROGRAM, "exec", "prod", "--server", "--", sys.executable, "-c", ENDS])
    for _ in range(5):
        terminal.sendline(line)
        terminal.expect("UP\r\n")
        terminal.sendcontrol("z")
        terminal.expect("Stopped")
        terminal.sendline("fg; echo STATUS-$?")
        terminal.expect(r"STATUS-\d+")
        assert terminal.after == "STATUS-7"
    terminal.sendline("exit")
    terminal.read()
    terminal.close()


def test_in_the_exec_of_another_profile(ready: Home) -> None:
    """It is refused where it would hide credentials by accident, and only there."""
    inner = ("--", PROGRAM, "exec", "dev")
    for way in WAYS:
        done = ready.run("exec", "prod", *way, *inner, "--", "echo", "no")
        assert (done.status, done.out) == (2, "")
        assert "within exec of profile prod" in done.err
        assert done.err.endswith("aws-mfa-process exec dev --nested -- echo …\n")
        done = ready.run("exec", "prod", *way, *inner, "--", "true")
        assert done.err.endswith("aws-mfa-process exec dev --nested -- true\n")
        done = ready.run("exec", "prod", *way, *inner, "--nested", *ENVIRON)
        assert given(done)["AWS_PROFILE"] == given(done)["AWS_MFA_PROCESS_EXEC"] == "dev"
        done = ready.run("exec", "prod", *way, "--", PROGRAM, "exec", "prod", *ENVIRON)
        assert given(done)["AWS_PROFILE"] == "prod"
        changed = ("--", "env", "AWS_PROFILE=audit", *inner[1:])
        done = ready.run("exec", "prod", *way, *changed, *ENVIRON)
        assert given(done)["AWS_PROFILE"] == "dev"


def test_a_command_that_cannot_be_run(practice: Home) -> None:
    """It is told as a shell tells it, before anybody is asked for a code."""
    assert_refused(practice.run("exec", "prod", "--", "no-such"), 127, "no-such on PATH", "alias")
    assert_refused(practice.run("exec", "prod", "--", "./no"), 127, "no program ./no", "its path")
    assert_refused(practice.run("exec", "prod", "--", ""), 127, "an empty word", "a variable")
    file = practice.path / "file"
    file.touch()
    done = practice.run("exec", "prod", "--", str(file))
    assert_refused(done, 126, "is no program that can be run", f"chmod +x {file}")
    done = practice.run("exec", "prod", "--", str(practice.path))
    assert_refused(done, 126, "is no program that can be run")


@pytest.mark.parametrize("way", [(), ("--server",)])
def test_what_the_system_does_not_run(ready: Home, way: tuple[str, ...]) -> None:
    """A file that is no program for this system, or has no first line, is told as that."""
    file = ready.path / "file"
    file.write_text("echo no\n")
    file.chmod(0o755)
    done = ready.run("exec", "prod", *way, "--", str(file))
    assert_refused(done, 126, "could not be started: Exec format error", "#!/bin/sh")


def test_an_endpoint_that_no_sdk_would_ask_is_refused(ready: Home) -> None:
    """SDKs take what the profile ``default`` gives before they ask an endpoint."""
    place = ready.aws / "credentials"
    place.write_text(
        place.read_text() + "[default]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n"
    )
    done = ready.run("exec", "prod", "--server", "--", "echo", "no")
    assert_refused(done, 2, "aws_access_key_id of profile default (~/.aws/credentials line 5)")
    assert ready.run("exec", "prod", "--", "true").status == 0


def test_the_words_of_the_command_are_its_own(ready: Home) -> None:
    """Only the first ``--`` is ours, and no option behind it is."""
    done = ready.run("exec", "prod", "--", "printf", "%s,", "--", "--help", "--keys", "-h", "")
    assert (done.status, done.out, done.err) == (0, "--,--help,--keys,-h,,", "")


def test_two_ways_at_once(ready: Home) -> None:
    """Keys and an endpoint exclude each other."""
    done = ready.run("exec", "prod", "--keys", "--server", "--", "true")
    assert_refused(done, 2, "--server: not allowed with argument --keys", "exec --help")


def test_the_caller_shows_no_secret(practice: Home, sandbox: Sandbox) -> None:
    """Of the command only its name is told, or that of the script it runs."""
    script = Path(practice.path, "deploy.py")
    script.write_text("print('STARTED')")
    terminal = practice.terminal("exec", "prod", "--", sys.executable, str(script), "--key=hush")
    terminal.expect_exact("alice, for deploy.py\r")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("STARTED")
    terminal.read()
    terminal.close()

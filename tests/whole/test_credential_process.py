"""The credential process, end to end: the real program, real HTTP, a real terminal."""

import json
import os
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from support.home import PROGRAM, Home, Result, assert_refused, processes
from support.loopback import Loopback
from support.parts import as_plain_user, need
from support.practice import KEYS, PracticeAWS, actions, role
from support.strace import system_calls
from support.terminal import QUESTION, answer_prompt
from support.waiting import wait_until

Answer = Mapping[str, str]
ENDED = {
    "Version": 1,
    "AccessKeyId": "ASIAENDED",
    "SecretAccessKey": "x",
    "SessionToken": "t",
    "Expiration": "2020-01-01T00:00:00Z",
}
GUARDED = {"AWS_MFA_PROCESS_ACTIVE": "1"}


def answer_of(done: Result) -> Answer:
    """Return the credentials that a call printed; it must have been a good one."""
    assert (done.status, done.err) == (0, "")
    document: Answer = json.loads(done.out)
    return document


def log_in(home: Home, sandbox: Sandbox, *arguments: str) -> Answer:
    """Make an MFA session without a terminal."""
    return answer_of(home.run(*(arguments or KEYS), "--mfa-code", sandbox.code()))


def life(answer: Answer) -> float:
    """Return how many seconds credentials have left."""
    return datetime.fromisoformat(answer["Expiration"]).timestamp() - time.time()


def wrap(home: Home, sandbox: Sandbox, settings: str, more: str = "") -> None:
    """Write a config of standard profiles: role ``p``, with keys in ``bastion-keys``."""
    sandbox.write_config(home.aws, PROGRAM)
    with (home.aws / "config").open("a") as file:
        file.write(f"\n[profile p]\nsource_profile = bastion-keys\n{settings}\n{more}\n")


def wrong_code(sandbox: Sandbox) -> str:
    """Return six digits that are no code at this time."""
    good = {sandbox.code(step) for step in range(-5, 6)}
    return next(code for code in ("000000", "000001", "123456") if code not in good)


# One code for everything


def test_one_code_serves_three_roles(practice: Home, sandbox: Sandbox) -> None:
    """A code typed on the terminal gives the first role; the others ask nobody."""
    terminal = practice.terminal(*role(sandbox))
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"AccountId":"222222222222"')
    terminal.wait()
    developer = answer_of(practice.run(*role(sandbox, "Developer")))
    reader = answer_of(practice.run(*role(sandbox, "ReadOnly"), "--external-id", "sandbox-audit"))
    session = answer_of(practice.run(*KEYS))
    accounts = [answer["AccountId"] for answer in (developer, reader, session)]
    assert accounts == ["333333333333", "444444444444", "111111111111"]
    assert actions(sandbox) == ["GetSessionToken"] + ["AssumeRole"] * 3
    assert len({answer["AccessKeyId"] for answer in (developer, reader, session)}) == 3


def test_answer_is_cached(practice: Home, sandbox: Sandbox) -> None:
    """The same question gets the same bytes without a call, from the memo and without it."""
    log_in(practice, sandbox)
    first = practice.run(*role(sandbox))
    calls = len(sandbox.calls)
    assert practice.run(*role(sandbox)) == first
    assert practice.run(*role(sandbox), environ={"AWS_MFA_PROCESS_DEBUG": "/dev/null"}) == first
    assert len(sandbox.calls) == calls
    assert answer_of(first)["AccountId"] == "222222222222"


def test_every_parameter_arrives_at_sts(practice: Home, sandbox: Sandbox) -> None:
    """All settings of a role are parameters of AssumeRole, given as options or in a profile."""
    log_in(practice, sandbox)
    policy = '{"Version": "2012-10-17", "Statement": []}'
    settings = {
        "role_arn": sandbox.role_arns["Admin"],
        "duration_seconds": "1800",
        "external_id": "partner:7",
        "role_session_name": "alice@example.org",
        "source_identity": "alice",
        "session_tags": "team=blue,cost=a b",
        "transitive_session_tags": "team",
        "policy_arns": "arn:aws:iam::aws:policy/ReadOnlyAccess,arn:aws:iam::aws:policy/X",
        "policy": policy,
    }
    wrap(practice, sandbox, "\n".join(f"{name} = {value}" for name, value in settings.items()))
    expected = {
        "RoleArn": sandbox.role_arns["Admin"],
        "DurationSeconds": "1800",
        "ExternalId": "partner:7",
        "RoleSessionName": "alice@example.org",
        "SourceIdentity": "alice",
        "Tags.member.1.Key": "team",
        "Tags.member.1.Value": "blue",
        "Tags.member.2.Key": "cost",
        "Tags.member.2.Value": "a b",
        "TransitiveTagKeys.member.1": "team",
        "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "PolicyArns.member.2.arn": "arn:aws:iam::aws:policy/X",
        "Policy": '{"Version":"2012-10-17","Statement":[]}',
    }
    from_profile = answer_of(practice.run("--profile", "p"))
    assert sandbox.calls[-1].parameters == expected
    assert 1790 <= life(from_profile) <= 1801
    calls = len(sandbox.calls)
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    from_options = answer_of(practice.run(*KEYS, *options))
    assert from_options == from_profile
    assert len(sandbox.calls) == calls


def test_defaults_send_no_parameter(practice: Home, sandbox: Sandbox) -> None:
    """Without settings STS gets the role, a name with the user in it, and nothing else."""
    log_in(practice, sandbox)
    answer_of(practice.run(*role(sandbox)))
    asked, assumed = sandbox.calls
    assert asked.parameters == {"SerialNumber": sandbox.mfa_serial, "DurationSeconds": "43200"}
    arn = sandbox.role_arns["Admin"]
    assert assumed.parameters == {"RoleArn": arn, "RoleSessionName": "alice"}
    assert "aws-mfa-process/" in assumed.user_agent


def test_several_roles_are_assumed_in_order(practice: Home, sandbox: Sandbox) -> None:
    """A chain of roles is walked from the keys up, and its middle serves by itself as well."""
    wrap(
        practice,
        sandbox,
        f"role_arn = {sandbox.role_arns['Admin']}",
        f"[profile deep]\nsource_profile = p\nrole_arn = {sandbox.role_arns['Deep']}",
    )
    deep = log_in(practice, sandbox, "--profile", "deep")
    assert deep["AccountId"] == "555555555555"
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]
    assert answer_of(practice.run("--profile", "p"))["AccountId"] == "222222222222"
    assert answer_of(practice.run(*role(sandbox)))["AccountId"] == "222222222222"
    assert len(sandbox.calls) == 3


def test_role_of_a_source_s_own_line_is_assumed(practice: Home, sandbox: Sandbox) -> None:
    """A source whose credential_process asks us for a role of itself is that role, as for SDKs."""
    arn = sandbox.role_arns["Deep"]
    more = f"[profile deep]\nsource_profile = bastion-keys\nrole_arn = {arn}\n"
    keys = (practice.aws / "credentials").read_text().partition("\n")[2]
    line = f"{PROGRAM} --profile bastion-keys --role-arn {sandbox.role_arns['Admin']}"
    head, name, rest = (practice.aws / "config").read_text().partition("[profile bastion-keys]\n")
    practice.config(f"{more}{head}{name}credential_process = {line}\n{keys}{rest}")
    deep = log_in(practice, sandbox, "--profile", "deep")
    assert deep["AccountId"] == "555555555555"
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]


def test_direct_mode_gives_a_long_session_for_a_code(practice: Home, sandbox: Sandbox) -> None:
    """A role of twelve hours takes the code itself; there is no MFA session."""
    answer = log_in(practice, sandbox, *role(sandbox), "--duration-seconds", "43200")
    assert 43000 < life(answer) <= 43201
    assert actions(sandbox) == ["AssumeRole"]
    assert sandbox.calls[0].parameters["SerialNumber"] == sandbox.mfa_serial
    done = practice.run(*role(sandbox))
    assert_refused(done, 3, "needs an MFA code", "aws-mfa-process login prod")


def test_external_id_is_needed_where_the_role_asks_for_it(practice: Home, sandbox: Sandbox) -> None:
    """Without the external id AWS says no, exit status 1, and the hint names the setting."""
    log_in(practice, sandbox)
    assert_refused(practice.run(*role(sandbox, "ReadOnly")), 1, "AccessDenied", "external_id")
    answer_of(practice.run(*role(sandbox, "ReadOnly"), "--external-id", "sandbox-audit"))


def test_session_of_36_hours(practice: Home, sandbox: Sandbox) -> None:
    """The life of the MFA session is a setting."""
    answer = log_in(practice, sandbox, *KEYS, "--session-duration-seconds", "129600")
    assert 129500 < life(answer) <= 129601


# Where the code comes from


def test_command_gives_the_code(practice: Home, sandbox: Sandbox) -> None:
    """``mfa_process`` names a command that prints the code; nobody is asked."""
    command = f"{need('oathtool')} --totp -b {sandbox.mfa_seed}"
    wrap(practice, sandbox, f"role_arn = {sandbox.role_arns['Admin']}\nmfa_process = {command}")
    assert answer_of(practice.run("--profile", "p"))["AccountId"] == "222222222222"
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_command_s_next_code_is_awaited(practice: Home, sandbox: Sandbox) -> None:
    """Two codes within half a minute: the command's second one is waited for, not resent."""
    codes = practice.path / "codes"
    codes.write_text("".join(f"{sandbox.code(step)}\n" for step in (0, 0, 1)))
    command = f"sh -c 'head -n 1 {codes}; sed -i 1d {codes}'"
    line = (*KEYS, "--mfa-process", command, "--mfa-mode", "direct", "--role-arn")
    answer_of(practice.run(*line, sandbox.role_arns["Admin"]))
    another = (*line, sandbox.role_arns["Developer"])
    done, slept = system_calls(practice, "clock_nanosleep", "retval=0", *another)
    answer_of(done)
    assert actions(sandbox) == ["AssumeRole", "AssumeRole"]
    times = re.findall(r" (\d+\.\d+) .*tv_sec=(\d+), tv_nsec=(\d+)", slept)
    ahead = time.time() - time.monotonic()
    waits = [(float(began), int(end) + int(rest) / 1e9 + ahead) for began, end, rest in times]
    _, end = max(waits, key=lambda wait: wait[1] - wait[0])
    assert -0.1 < (end + 15) % 30 - 15 < 5


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_command_that_gives_no_other_code_is_waited_for_once(
    practice: Home, sandbox: Sandbox
) -> None:
    """Half a minute later it has another one, or none: callers give up after a minute."""
    code, runs = sandbox.code(), practice.path / "runs"
    answer_of(practice.run(*KEYS, "--mfa-code", code))
    assert practice.run("logout", "--all").status == 0
    line = (*KEYS, "--mfa-process", f"sh -c 'echo x >> {runs}; echo {code}'")
    done, _ = system_calls(practice, "clock_nanosleep", "retval=0", *line)
    assert_refused(done, 1, "That code was used already", "next code")
    assert runs.read_text() == "x\nx\n"


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_command_that_gives_a_wrong_code_again_is_told_why(
    practice: Home, sandbox: Sandbox
) -> None:
    """What AWS said of the code is the reason, and not that it was sent before."""
    line = (*KEYS, "--mfa-process", f"echo {wrong_code(sandbox)}")
    done, _ = system_calls(practice, "clock_nanosleep", "retval=0", *line)
    assert_refused(done, 1, "AWS did not accept that code", "next code")
    assert actions(sandbox) == ["GetSessionToken"]


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", "12345\u0664"])
def test_given_code_must_be_six_digits(practice: Home, sandbox: Sandbox, code: str) -> None:
    """A code that cannot be one is a wrong command line, even while a session lives."""
    for _ in range(2):
        calls = len(sandbox.calls)
        assert_refused(practice.run(*KEYS, f"--mfa-code={code}"), 2, "six digits", "MFA device")
        assert len(sandbox.calls) == calls
        log_in(practice, sandbox)


def test_given_code_may_have_a_blank_in_the_middle(practice: Home, sandbox: Sandbox) -> None:
    """Codes are taken as apps show them."""
    code = sandbox.code()
    answer_of(practice.run(*KEYS, "--mfa-code", f"{code[:3]} {code[3:]}"))


def test_used_code_is_not_sent_twice(practice: Home, sandbox: Sandbox) -> None:
    """A code that STS has seen is refused here, with exit status 1 and no call."""
    code = sandbox.code()
    answer_of(practice.run(*KEYS, "--mfa-code", code))
    assert practice.run("logout", "--all").status == 0
    done = practice.run(*KEYS, "--mfa-code", code)
    assert_refused(done, 1, "That code was used already", "next code")
    assert actions(sandbox) == ["GetSessionToken"]


def test_wrong_code_is_asked_again(practice: Home, sandbox: Sandbox) -> None:
    """A wrong code, half a code and a used one are asked again; the third is taken."""
    bad = wrong_code(sandbox)
    terminal = practice.terminal(*KEYS)
    answer_prompt(terminal, bad)
    terminal.expect(r"AWS did not accept that code; wait for the next one \(\d+ s\)\r")
    answer_prompt(terminal, bad)
    terminal.expect(r"That code was used already; wait for the next one \(\d+ s\)\r")
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"Version":1')
    terminal.wait()
    assert actions(sandbox) == ["GetSessionToken", "GetSessionToken"]


def test_three_wrong_codes_are_enough(practice: Home, sandbox: Sandbox) -> None:
    """After three tries the question ends with exit status 1."""
    terminal = practice.terminal(*KEYS)
    for text in ("12345", "abcdef"):
        answer_prompt(terminal, text)
        terminal.expect(r"A code is six digits\r")
    answer_prompt(terminal, wrong_code(sandbox))
    terminal.expect("no MFA code of arn:aws:iam::111111111111:mfa/alice was accepted")
    terminal.expect("hint: wait for the next code")
    assert terminal.wait() == 1
    assert actions(sandbox) == ["GetSessionToken"]


@pytest.mark.parametrize("option", [("--no-prompt",), ("--prompt", "none"), ("--prompt=dialog",)])
def test_terminal_is_not_used_where_it_is_forbidden(
    practice: Home, sandbox: Sandbox, option: tuple[str, ...]
) -> None:
    """Asking on the terminal can be switched off."""
    terminal = practice.terminal(*KEYS, *option)
    terminal.expect("needs an MFA code, but ")
    assert terminal.wait() == 3
    assert sandbox.calls == []


def test_being_refused_again_does_not_prolong_a_refusal(practice: Home, sandbox: Sandbox) -> None:
    """A refusal lasts as long as it is set to, however often the program tries meanwhile."""
    line = shlex.join([PROGRAM, *role(sandbox), "--mfa-refusal-seconds", "60"])
    script = f"{line}; read go; {line}; read go; {line}"
    terminal = practice.terminal("-c", script, program="/bin/sh")
    terminal.expect(QUESTION)
    terminal.sendeof()
    for _ in range(2):
        terminal.expect("was cancelled")
        age_failures(practice, 40)
        terminal.sendline("go")
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"Version":1')
    terminal.close()


# The caller's environment


def test_environment_of_the_caller_changes_nothing(practice: Home, sandbox: Sandbox) -> None:
    """Region, profile, keys and data path of the calling SDK are not ours."""
    service = practice.path / "data" / "sts" / "2011-06-15"
    service.mkdir(parents=True)
    (service / "service-2.json").write_text("{}")
    environ = {
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-1",
        "AWS_PROFILE": "nobody",
        "AWS_DEFAULT_PROFILE": "nobody",
        "AWS_ACCESS_KEY_ID": "AKIAI44QH8DHBEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/Other",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent",
        "AWS_DATA_PATH": str(practice.path / "data"),
    }
    first = practice.run(*role(sandbox), "--mfa-code", sandbox.code(), environ=environ)
    assert answer_of(first)["AccountId"] == "222222222222"
    assert {call.region for call in sandbox.calls} == {"eu-central-1"}
    assert sandbox.calls[0].access_key_id == sandbox.access_key_id
    assert practice.run(*role(sandbox)) == first
    assert len(sandbox.calls) == 2


def test_endpoint_variable_beats_the_profile(practice: Home, sandbox: Sandbox) -> None:
    """``AWS_ENDPOINT_URL_STS`` means what it means to the SDKs, and is another session."""
    log_in(practice, sandbox)
    nowhere = {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}
    assert_refused(practice.run(*KEYS, environ=nowhere), 3, "needs an MFA code")
    code = sandbox.code()
    done = practice.run(*KEYS, "--mfa-code", code, environ=nowhere)
    assert_refused(done, 1, "http://127.0.0.1:9 cannot be reached")
    assert practice.run("logout", "--all").status == 0
    answer_of(practice.run(*KEYS, "--mfa-code", code))


def test_guard_refuses_recursion(practice: Home, sandbox: Sandbox) -> None:
    """Started by a program that we started, we refuse to go round."""
    assert_refused(practice.run(*KEYS, environ=GUARDED), 2, "leads back to itself")
    assert sandbox.calls == []


# Sources that are not ours


@pytest.mark.parametrize("wrapper", ["/bin/sh -e {0}/wrapper", "perl -e 'exec qw({1})'"])
def test_foreign_process_that_leads_back_is_refused(
    practice: Home, sandbox: Sandbox, wrapper: str
) -> None:
    """A source's process that runs us again is exit status 2, whatever is in between."""
    line = f"{PROGRAM} --profile p"
    (practice.path / "wrapper").write_text(f"exec {line}\n")
    arn = sandbox.role_arns["Admin"]
    practice.config(
        f"[profile p]\nrole_arn = {arn}\nsource_profile = f\nendpoint_url ="
        f" {sandbox.endpoint_url}\n[profile f]\ncredential_process ="
        f" {wrapper.format(practice.path, line)}\n"
    )
    done = practice.run("--profile", "p")
    assert_refused(done, 2, "credential_process of profile f leads back to this program")
    assert sandbox.calls == []


WRAPPERS = (
    "env X=1 {}",
    "sh -c '{}'",
    "bash -lc 'exec {} 2>/dev/null'",
    "nice -n 1 {}",
    "wsl.exe -e {}",
    "uvx --from x {}",
)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_our_line_inside_of_another_program_is_followed(
    practice: Home, sandbox: Sandbox, wrapper: str
) -> None:
    """As a source it is no loop, ``login`` takes it, and ``status`` shows it where it can run."""
    line = wrapper.format(f"{PROGRAM} {' '.join(KEYS)}")
    with (practice.aws / "config").open("a") as file:
        file.write(f"\n[profile f]\ncredential_process = {line}\n")
        file.write(f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n")
    done = practice.run("login", "f", "--mfa-code", sandbox.code())
    assert (done.status, "f: MFA session until" in done.out) == (0, True)
    assert answer_of(practice.run("--profile", "p"))["AccountId"] == "222222222222"
    is_here = shutil.which(wrapper.partition(" ")[0]) is not None
    assert bool(re.search(r"^  f .* 11 h", practice.run("status").out, re.MULTILINE)) == is_here
    assert bool(done.err) != is_here


def test_a_loop_inside_of_another_program_is_a_loop(practice: Home, sandbox: Sandbox) -> None:
    """A line inside of a shell that leads back is told as any other loop."""
    practice.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n"
        f"[profile f]\ncredential_process = sh -c '{PROGRAM} --profile p'\n"
    )
    assert_refused(practice.run("--profile", "p"), 2, "loop: p → f → p", "source_profile")


def test_words_that_only_a_shell_can_tell_are_refused(practice: Home, sandbox: Sandbox) -> None:
    """As a source, a line of ours that cannot be known names the profile with the keys."""
    practice.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n"
        f"[profile f]\ncredential_process = sh -c 'cd / && {PROGRAM} --profile b'\n"
    )
    done = practice.run("--profile", "p")
    assert_refused(done, 2, "words that only a shell can tell", "name b directly")


def test_foreign_process_is_a_source(practice: Home, sandbox: Sandbox) -> None:
    """Credentials that another program prints assume the role, without MFA of ours."""
    (practice.path / "printed").write_text(json.dumps(log_in(practice, sandbox)))
    arn = sandbox.role_arns["Admin"]
    practice.config(
        f"[profile p]\nrole_arn = {arn}\nsource_profile = f\nregion = eu-central-1\n"
        f"endpoint_url = {sandbox.endpoint_url}\nmfa_serial = {sandbox.mfa_serial}\n"
        f"[profile f]\ncredential_process = cat {practice.path}/printed\n"
    )
    first = practice.run("--profile", "p")
    assert answer_of(first)["AccountId"] == "222222222222"
    assert practice.run("--profile", "p") == first
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    assert practice.run("logout", "p").out.startswith("2 sessions ")  # the printed one, too
    assert answer_of(practice.run("--profile", "p"))["AccountId"] == "222222222222"
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/nonexistent/tool --x", "No such file"),
        ("echo text", "its credential_process did not print JSON"),
        ("sh -c 'echo seed >&2; exit 1'", "its credential_process failed"),
        ("echo {}", "its credential_process printed JSON that is no answer"),
        ("true", "its credential_process did not print JSON"),
        ("echo []", "its credential_process printed JSON that is no answer"),
        ("""echo '"x"'""", "its credential_process printed JSON that is no answer"),
        (f"echo '{json.dumps(ENDED)}'", "gives credentials that have ended"),
    ],
)
def test_foreign_process_that_fails_needs_a_person(
    practice: Home, sandbox: Sandbox, line: str, reason: str
) -> None:
    """A source that gives nothing is exit status 3, with how to try it, not with its words."""
    arn = sandbox.role_arns["Admin"]
    practice.config(
        f"[profile p]\nrole_arn = {arn}\nsource_profile = f\n"
        f"[profile f]\ncredential_process = {line}\n"
    )
    done = practice.run("--profile", "p")
    assert_refused(done, 3, "the credentials of profile f cannot be had: ", "[profile f]")
    assert reason in done.err
    assert "seed" not in done.err


@pytest.mark.parametrize("value", ["12", '"a\\nb"', '"\u00e9"'])
@pytest.mark.parametrize("name", ["AccessKeyId", "SecretAccessKey", "SessionToken"])
def test_foreign_credentials_that_are_no_keys_are_refused(
    practice: Home, sandbox: Sandbox, name: str, value: str
) -> None:
    """A number, a line break or another alphabet in a source's keys is told as its fault."""
    answer = {"AccessKeyId": '"AKIA"', "SecretAccessKey": '"x"', "SessionToken": '"t"', name: value}
    text = ", ".join(f'"{key}": {told}' for key, told in {"Version": "1", **answer}.items())
    (practice.path / "printed").write_text(f"{{{text}}}")
    practice.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n"
        f"endpoint_url = {sandbox.endpoint_url}\n"
        f"[profile f]\ncredential_process = cat {practice.path}/printed\n"
    )
    done = practice.run("--profile", "p")
    assert_refused(done, 2, "profile f gives credentials that are not plain text on one line")
    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aws_access_key_id", "is no id of a key"),
        ("aws_secret_access_key", "has a character that no key of AWS has"),
    ],
)
@pytest.mark.parametrize("end", ["\u00e9", "\n  next"])
def test_static_keys_that_are_none_cost_no_code(
    practice: Home, sandbox: Sandbox, name: str, said: str, end: str
) -> None:
    """A character that no key has is told before a code is used."""
    path = practice.aws / "credentials"
    text = path.read_text()
    path.write_text(re.sub(f"({name} = .*)", lambda found: found[1] + end, text))
    code = sandbox.code()
    done = practice.run(*KEYS, "--mfa-code", code)
    assert_refused(done, 2, said)
    path.write_text(text)
    log_in(practice, sandbox, *KEYS)


@pytest.mark.parametrize("is_static", [True, False])
def test_source_whose_session_has_ended_is_named(
    practice: Home, sandbox: Sandbox, *, is_static: bool
) -> None:
    """Session keys that we have not made are renewed elsewhere: nothing of ours is to forget."""
    answer = {**ENDED, "Expiration": "2099-01-01T00:00:00Z"}
    (practice.path / "printed").write_text(json.dumps(answer))
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    keys = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    lines = [f"{key} = {ENDED[name]}" for key, name in zip(keys, names, strict=True)]
    held = "\n".join(lines) if is_static else f"credential_process = cat {practice.path}/printed"
    practice.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n"
        f"endpoint_url = {sandbox.endpoint_url}\n[profile f]\n{held}\n"
    )
    done = practice.run("--profile", "p")
    assert_refused(done, 1, "the credentials of profile f have ended", "where profile f has them")


def test_environment_is_a_source_where_the_profile_says_so(
    practice: Home, sandbox: Sandbox
) -> None:
    """``credential_source = Environment`` takes the caller's keys, each its own answer."""
    arn = sandbox.role_arns["Admin"]
    keys = log_in(practice, sandbox)
    practice.config(
        f"[profile p]\nrole_arn = {arn}\ncredential_source = Environment\n"
        f"endpoint_url = {sandbox.endpoint_url}\nregion = eu-central-1\n"
    )
    environ = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    first = practice.run("--profile", "p", environ=environ)
    assert answer_of(first)["AccountId"] == "222222222222"
    assert practice.run("--profile", "p", environ=environ) == first
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    assert_refused(practice.run("--profile", "p"), 2, "AWS_ACCESS_KEY_ID")
    other = {**environ, "AWS_ACCESS_KEY_ID": "ASIAOTHER"}
    assert practice.run("--profile", "p", environ=other).status == 1


class Metadata(Loopback):
    """What a container or an instance asks for the credentials of its role."""

    def __init__(self, keys: Answer) -> None:
        """Listen and serve until closed; the token of an instance is taken as given."""
        document = json.dumps({**keys, "Code": "Success", "Token": keys["SessionToken"]}).encode()
        prefix = "/latest/meta-data/iam/security-credentials/"
        answers = {
            "/latest/api/token": b"token",
            prefix: b"instance-role",
            f"{prefix}instance-role": document,
            "/container": document,
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = answers.get(self.path)
                self.send_response(404 if answer is None else 200)
                self.end_headers()
                self.wfile.write(answer or b"")

            do_PUT = do_GET  # noqa: N815 - named by the base class

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


@pytest.mark.parametrize(
    ("kind", "environ"),
    [
        ("EcsContainer", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container"}),
        (
            "Ec2InstanceMetadata",
            {
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}",
                "AWS_EC2_METADATA_DISABLED": "false",
            },
        ),
    ],
)
def test_containers_and_instances_are_sources(
    practice: Home, sandbox: Sandbox, kind: str, environ: dict[str, str]
) -> None:
    """The role of a container or an instance assumes the role of the profile."""
    keys = log_in(practice, sandbox)
    practice.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\ncredential_source = {kind}\n"
        f"endpoint_url = {sandbox.endpoint_url}\nregion = eu-central-1\n"
    )
    with Metadata(keys) as metadata:
        filled = {name: text.replace("{url}", metadata.url) for name, text in environ.items()}
        done = practice.run("--profile", "p", environ=filled)
        assert answer_of(done)["AccountId"] == "222222222222"
    assert sandbox.calls[-1].access_key_id == keys["AccessKeyId"]
    assert practice.run("logout", "--all").status == 0
    done = practice.run("--profile", "p")
    assert (done.status, done.out) in {(2, ""), (3, "")}
    assert kind in done.err


# Wrong configs


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ("", "profile p does not exist"),
        ("[profile p]\nrole_arn = {arn}\nsource_profile = q\n", "profile q, which does not exist"),
        ("[profile p]\nrole_arn = {arn}\n", "profile p has role_arn but neither"),
        (
            (
                "[profile p]\nrole_arn = {arn}\nsource_profile = q\n"
                "[profile q]\nrole_arn = {arn}\nsource_profile = p\n"
            ),
            "loop: p → q → p",
        ),
        ("[profile p]\naws_access_key_id = AKIA\n", "profile p has aws_access_key_id but no"),
        ("[profile p]\nno setting\n", "line 2 is neither a section nor a setting"),
    ],
)
def test_wrong_config_sends_nothing(
    practice: Home, sandbox: Sandbox, profiles: str, message: str
) -> None:
    """A missing, partial or looping profile is exit status 2, and no request leaves."""
    practice.config(profiles.format(arn=sandbox.role_arns["Admin"]))
    assert_refused(practice.run("--profile", "p"), 2, message)
    assert sandbox.calls == []


def test_edited_config_counts_at_once(practice: Home, sandbox: Sandbox) -> None:
    """A changed setting is another question, though the answer to the old one is still fresh."""
    arn = sandbox.role_arns["Admin"]
    wrap(practice, sandbox, f"role_arn = {arn}")
    one = log_in(practice, sandbox, "--profile", "p")
    assert answer_of(practice.run("--profile", "p")) == one
    wrap(practice, sandbox, f"role_arn = {arn}\nduration_seconds = 900")
    two = answer_of(practice.run("--profile", "p"))
    assert two["AccessKeyId"] != one["AccessKeyId"]
    assert life(two) <= 901
    wrap(practice, sandbox, f"role_arn = {arn}")
    assert answer_of(practice.run("--profile", "p")) == one
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]


# As time goes by


def test_stale_session_is_renewed_silently(practice: Home, sandbox: Sandbox) -> None:
    """A role session with under 16 minutes left is replaced; nobody is asked."""
    log_in(practice, sandbox)
    one = answer_of(practice.run(*role(sandbox)))
    practice.age(3600 - 960 - 120)
    assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] == one["AccessKeyId"]
    practice.age(130)
    two = answer_of(practice.run(*role(sandbox)))
    assert two["AccessKeyId"] != one["AccessKeyId"]
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]


def test_old_session_serves_while_it_lives_if_aws_fails(practice: Home, sandbox: Sandbox) -> None:
    """A renewal that fails costs nothing while the old session lives; then it is the error."""
    log_in(practice, sandbox)
    one = answer_of(practice.run(*role(sandbox)))
    practice.age(3600 - 600)
    sandbox.fail("AssumeRole", "http500", times=4)
    assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] == one["AccessKeyId"]
    practice.age(600 - 50)
    assert_refused(practice.run(*role(sandbox)), 1, "AWS STS has a problem of its own")
    assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] != one["AccessKeyId"]


def test_failed_renewal_is_not_tried_at_every_call(practice: Home, sandbox: Sandbox) -> None:
    """While the old session serves, AWS has a minute's peace after a failure."""
    log_in(practice, sandbox)
    one = answer_of(practice.run(*role(sandbox)))
    practice.age(3600 - 600)
    sandbox.fail("AssumeRole", "http500", times=2)
    for _ in range(3):
        assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] == one["AccessKeyId"]
    assert actions(sandbox) == ["GetSessionToken"] + ["AssumeRole"] * 3


def test_old_role_session_serves_when_nobody_can_be_asked(practice: Home, sandbox: Sandbox) -> None:
    """With the MFA session over and nobody there, the rest of the role session is used."""
    line = (*role(sandbox), "--session-duration-seconds", "900")
    one = log_in(practice, sandbox, *line)
    practice.age(3600 - 700)
    assert answer_of(practice.run(*line))["AccessKeyId"] == one["AccessKeyId"]
    practice.age(700)
    assert_refused(practice.run(*line), 3, "needs an MFA code")


def test_mfa_session_serves_until_its_last_minute(practice: Home, sandbox: Sandbox) -> None:
    """Roles are derived from an MFA session that is too old to be handed out itself."""
    log_in(practice, sandbox)
    practice.age(43200 - 60 - 20)
    assert answer_of(practice.run(*role(sandbox)))["AccountId"] == "222222222222"
    practice.age(30)
    assert_refused(practice.run(*role(sandbox, "Developer")), 3, "needs an MFA code")


def test_session_that_aws_rejects_is_asked_for_anew(practice: Home, sandbox: Sandbox) -> None:
    """A session that AWS has forgotten does not stand in the way: the code is asked again."""
    log_in(practice, sandbox)
    sandbox.reset()
    terminal = practice.terminal(*role(sandbox))
    answer_prompt(terminal, sandbox.code(1))
    terminal.expect('"AccountId":"222222222222"')
    terminal.wait()
    assert actions(sandbox) == ["AssumeRole", "GetSessionToken", "AssumeRole"]
    answer_of(practice.run(*role(sandbox, "Developer")))


def test_rejected_session_in_the_middle_of_a_chain_is_replaced(
    practice: Home, sandbox: Sandbox
) -> None:
    """A role that AWS no longer takes is assumed anew from the MFA session."""
    wrap(
        practice,
        sandbox,
        f"role_arn = {sandbox.role_arns['Admin']}",
        f"[profile deep]\nsource_profile = p\nrole_arn = {sandbox.role_arns['Deep']}",
    )
    session = log_in(practice, sandbox)
    answer_of(practice.run("--profile", "p"))
    kept = sandbox.state.sessions.get(session["AccessKeyId"], session["SessionToken"])
    sandbox.state.sessions._sessions.clear()
    sandbox.state.sessions._sessions[kept.access_key_id] = kept
    assert answer_of(practice.run("--profile", "deep"))["AccountId"] == "555555555555"
    assert actions(sandbox)[2:] == ["AssumeRole"] * 3


def test_inactive_key_is_named(practice: Home, sandbox: Sandbox) -> None:
    """A key that was switched off is told by its last four characters."""
    sandbox.state.access_keys.set_active(sandbox.access_key_id, is_active=False)
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert_refused(done, 1, "AWS does not know the access key …MPLE, or it is inactive", "IAM")


def test_wrong_secret_is_named(practice: Home, sandbox: Sandbox) -> None:
    """A secret with a typing error is told as such, not as a clock that is off."""
    path = practice.aws / "credentials"
    path.write_text(path.read_text().replace("EXAMPLEKEY", "EXAMPLEKEX"))
    done = practice.run(*KEYS, "--mfa-code", sandbox.code())
    assert_refused(done, 1, "the secret access key of …MPLE is wrong", "give the pair")


# Renewed ahead


def warm_past_half_life(home: Home, sandbox: Sandbox) -> Answer:
    """Make a warm answer that is past half of its life; return it."""
    log_in(home, sandbox)
    one = answer_of(home.run(*role(sandbox)))
    home.age(2000)
    aged = answer_of(home.run(*role(sandbox)))
    assert aged["AccessKeyId"] == one["AccessKeyId"]
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    return aged


def test_warm_answer_past_half_life_is_renewed_behind_the_caller(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """The old answer comes at once; a detached process renews it, once, and asks nobody."""
    old = warm_past_half_life(practice, sandbox)
    with sandbox.held():
        calls = [practice.start(*role(sandbox)) for _ in range(10)]
        for call in calls:
            out, err = call.communicate(timeout=30)
            assert (call.returncode, json.loads(out), err) == (0, old, b"")
    wait_until(lambda: answer_of(practice.run(*role(sandbox))) != old)
    new = answer_of(practice.run(*role(sandbox)))
    assert life(new) > 3500
    wait_until(lambda: not processes(practice))
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]
    assert answer_of(practice.run(*role(sandbox))) == new


def test_failed_renewal_is_recorded_and_shown(practice: Home, sandbox: Sandbox) -> None:
    """A renewal that fails disturbs nobody; ``status`` tells, and so does the final failure."""
    old = warm_past_half_life(practice, sandbox)
    sandbox.fail("AssumeRole", "http503", times=3)
    assert answer_of(practice.run(*role(sandbox))) == old
    wait_until(lambda: "renewal failed at" in practice.run("status").out)
    assert "HTTP 503" in practice.run("status").out
    assert answer_of(practice.run(*role(sandbox))) == old
    practice.age(1700)
    sandbox.fail("AssumeRole", "html511")
    done = practice.run(*role(sandbox))
    assert (done.status, done.out) == (1, "")
    assert re.search(r"\(renewal failed at \d{4}-\S+Z: .*HTTP 503", done.err)
    answer_of(practice.run(*role(sandbox)))
    assert "renewal failed" not in practice.run("status").out


def test_renewal_starts_only_while_the_mfa_session_lives(practice: Home, sandbox: Sandbox) -> None:
    """Nothing is started that would have to ask."""
    line = (*role(sandbox), "--session-duration-seconds", "900")
    log_in(practice, sandbox, *line)
    practice.age(2000)
    old = answer_of(practice.run(*line))
    assert answer_of(practice.run(*line)) == old
    wait_until(lambda: not processes(practice))
    assert not list(practice.cache.glob("*.renewal"))
    assert len(sandbox.calls) == 2


# login, logout, status


def test_login_asks_now_so_that_nothing_asks_later(practice: Home, sandbox: Sandbox) -> None:
    """``login`` asks even while a session lives; profiles of one device share the code."""
    log_in(practice, sandbox)
    practice.age(5)
    terminal = practice.terminal("login", "prod", "dev", "bastion")
    answer_prompt(terminal, sandbox.code(1))
    for profile in ("prod", "dev", "bastion"):
        terminal.expect(rf"{profile}: MFA session until (\d{{4}}-\d\d-\d\d )?\d\d:\d\d")
    assert terminal.wait() == 0
    made = ["GetSessionToken", "GetSessionToken", "AssumeRole", "AssumeRole"]
    assert actions(sandbox) == made
    answer_of(practice.run(*role(sandbox, "Developer")))
    assert actions(sandbox) == made


def test_login_of_a_profile_without_mfa_is_refused(practice: Home, sandbox: Sandbox) -> None:
    """There is nothing to log in to where no code is needed."""
    practice.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n"
        "[profile f]\ncredential_process = true\n"
    )
    assert_refused(practice.run("login", "p"), 2, "profile p needs no MFA code", "mfa_serial")


def test_failed_login_leaves_the_old_session(practice: Home, sandbox: Sandbox) -> None:
    """A wrong code at ``login`` takes nothing away."""
    log_in(practice, sandbox)
    practice.age(5)
    done = practice.run("login", "bastion", "--mfa-code", wrong_code(sandbox))
    assert_refused(done, 1, "AWS did not accept the MFA code")
    answer_of(practice.run(*role(sandbox)))


def test_logout_forgets_the_session_and_its_roles(practice: Home, sandbox: Sandbox) -> None:
    """``logout`` of one profile forgets what came from its code; the next call asks again."""
    log_in(practice, sandbox)
    answer_of(practice.run(*role(sandbox)))
    done = practice.run("logout", "dev")
    told = "2 sessions forgotten; to make new ones: aws-mfa-process login dev\n"
    assert (done.status, done.out, done.err) == (0, told, "")
    for line in (KEYS, role(sandbox)):
        assert_refused(practice.run(*line), 3, "needs an MFA code")
    assert practice.run("logout", "--all").out == "0 sessions forgotten\n"


@pytest.mark.parametrize("whose", ["--all", "dev"])
@pytest.mark.parametrize("what", ["a renewal", "a role", "an MFA session"])
def test_logout_is_final(practice: Home, sandbox: PracticeAWS, what: str, whose: str) -> None:
    """What has asked STS already is not kept; whoever waits for it gets it all the same."""
    code = sandbox.code()
    if what == "a renewal":
        warm_past_half_life(practice, sandbox)
    elif what == "a role":
        log_in(practice, sandbox)
    line = role(sandbox) if what == "a renewal" else (*role(sandbox), "--mfa-code", code)
    before = len(sandbox.calls)
    with sandbox.held():
        call = practice.start(*line)
        wait_until(lambda: len(sandbox.calls) > before)
        assert practice.run("logout", whose).status == 0
    out, err = call.communicate()
    assert (json.loads(out)["Version"], err) == (1, b"")
    wait_until(lambda: not processes(practice))  # until the renewal has ended
    assert_refused(practice.run(*role(sandbox)), 3, "needs an MFA code")
    assert not list(practice.cache.glob("session-*"))
    answer_of(practice.run(*role(sandbox), "--mfa-code", sandbox.code(1)))
    answer_of(practice.run(*role(sandbox)))


def test_logout_of_another_device_keeps_what_is_being_made(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """Whoever logs out of one device does not lose the session of another one."""
    with (practice.aws / "config").open("a") as file:
        file.write("\n[profile other]\nmfa_serial = GAHT12345678\n")
    with (practice.aws / "credentials").open("a") as file:
        file.write("\n[other]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n")
    with sandbox.held():
        call = practice.start(*KEYS, "--mfa-code", sandbox.code())
        wait_until(lambda: sandbox.calls)
        assert practice.run("logout", "other").status == 0
    assert call.communicate()[1] == b""
    assert call.returncode == 0
    answer_of(practice.run(*KEYS))


def test_fault_of_a_line_is_blamed_on_the_line(practice: Home) -> None:
    """What is wrong in a ``credential_process`` line of ours is told as such."""
    config = practice.aws / "config"
    config.write_text(config.read_text().replace("role/Developer", "rolle/Developer"))
    done = practice.run("login", "dev")
    assert_refused(done, 2, "profile dev: credential_process in ~/.aws/config line 19 is refused")
    assert "--role-arn 'arn:" in done.err


def test_credentials_file_may_be_a_pipe(practice: Home, sandbox: Sandbox) -> None:
    """The credentials can be read from what a shell substitutes for their file."""
    line = shlex.join([PROGRAM, *KEYS, "--mfa-code", sandbox.code()])
    script = f"AWS_SHARED_CREDENTIALS_FILE=<(cat {practice.aws}/credentials) {line}"
    answer_of(practice.run("-c", script, program=need("bash")))


def test_logout_that_cannot_remove_says_so(practice: Home, sandbox: Sandbox) -> None:
    """A cache folder that cannot be written is told; the sessions are still there."""
    log_in(practice, sandbox)
    practice.cache.chmod(0o500)
    program, *rest = as_plain_user(PROGRAM, "logout", "--all")
    done = practice.run(*rest, program=program)
    assert_refused(done, 1, "cannot be removed: Permission denied", "make the folder your own")
    answer_of(practice.run(*KEYS))


def test_logout_leaves_other_devices_alone(practice: Home, sandbox: Sandbox) -> None:
    """Sessions of another profile's device stay."""
    log_in(practice, sandbox)
    with (practice.aws / "config").open("a") as file:
        file.write("\n[profile other]\nmfa_serial = GAHT12345678\n")
    with (practice.aws / "credentials").open("a") as file:
        file.write("\n[other]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n")
    assert practice.run("logout", "other").out == "0 sessions forgotten\n"
    answer_of(practice.run(*KEYS))


def test_status_shows_what_is_there(practice: Home, sandbox: Sandbox) -> None:
    """``status`` shows each profile with its role and what is left of its sessions."""
    log_in(practice, sandbox)
    answer_of(practice.run(*role(sandbox)))
    done = practice.run("status")
    assert (done.status, done.err) == (0, "")
    rows = {line.split()[0]: line for line in done.out.splitlines() if line}
    assert "11 h 59 min, until " in rows["alice"]
    assert rows["prod"].split() == [
        "prod",
        "222222222222",
        "Admin",
        "59",
        "min",
        "renewed",
        "by",
        "itself",
    ]
    assert rows["dev"].split()[3:] == ["none", "made", "when", "asked", "for,", "no", "code"]
    assert len(sandbox.calls) == 2


def test_status_tells_what_goes_before_our_line(practice: Home) -> None:
    """Below its table ``status`` says what SDKs do with a profile, with file, line and remedy."""
    credentials = practice.aws / "credentials"
    credentials.write_text(
        f"{credentials.read_text()}\n[prod]\naws_access_key_id = x\naws_secret_access_key = y\n"
    )
    with (practice.aws / "config").open("a") as file:
        file.write("[profile q]\nregion = x # y\n[r]\nregion = x\n")
    done = practice.run("status", environ={"AWS_ACCESS_KEY_ID": "x"})
    assert (done.status, done.err) == (0, "")
    table, below, notes, _ = (" ".join(part.split()) for part in done.out.split("\n\n"))
    assert " prod " not in table
    assert below.startswith(
        "Not served by this program prod the static keys in ~/.aws/credentials line 6 beside our"
        " line: boto3, the AWS CLI, JavaScript, Go and Ruby use the keys and never run this"
        " program; Rust and Java run it move the keys"
    )
    assert "read 'x # y', JavaScript and Go 'x'" in notes
    assert "[r] in ~/.aws/config" in notes
    assert notes.count("AWS_ACCESS_KEY_ID is set in this shell") == 1


@pytest.mark.parametrize(
    ("config", "credentials", "told"),
    [
        ("", "[prod]\naws_access_key_id = x\naws_secret_access_key = y\n", "prod: the static keys"),
        ("role_arn = x\n", "", "prod: role_arn, without source_profile, in ~/.aws/config line"),
        ("sso_account_id = 1\nsso_role_name = x\n", "", "prod: sso_account_id or sso_role_name"),
    ],
)
def test_login_warns_before_a_person_is_asked(
    practice: Home, sandbox: Sandbox, config: str, credentials: str, told: str
) -> None:
    """Whom the code will not help is told on standard error; the session is made all the same."""
    files = practice.aws / "config", practice.aws / "credentials"
    text = files[0].read_text().replace("[profile prod]\n", f"[profile prod]\n{config}")
    practice.config(text, f"{files[1].read_text()}{credentials}")
    terminal = practice.terminal("login", "prod", environ={"AWS_ACCESS_KEY_ID": "x"})
    terminal.expect_exact(f"aws-mfa-process: warning: profile {told}")
    terminal.expect_exact("hint: ")
    terminal.expect_exact("warning: AWS_ACCESS_KEY_ID is set in this shell")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("prod: MFA session until")
    assert terminal.wait() == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/home/x y/aws-mfa-process --profile bastion-keys", "has a blank in its path"),
        ('"{} --profile bastion-keys"', "stands in quotation marks as a whole"),
        ("{} login prod", "has the command 'login' where only options may stand"),
    ],
)
def test_login_for_a_line_that_cannot_be_run_says_why(practice: Home, line: str, told: str) -> None:
    """Where nothing leads to a code, the error is why the line cannot be run."""
    practice.config(f"[profile p]\ncredential_process = {line.format(PROGRAM)}\n")
    done = practice.run("login", "p")
    assert_refused(done, 2, told)
    assert "needs no MFA code" not in done.err


@pytest.mark.parametrize(
    ("name", "hint"),
    [("prdo", "did you mean prod?"), ("Dev", "did you mean dev?"), ("r", "write [profile r]")],
)
def test_the_profile_that_was_meant_is_named(practice: Home, name: str, hint: str) -> None:
    """Whoever asks for a profile that does not exist is told which one was probably meant."""
    with (practice.aws / "config").open("a") as file:
        file.write("[r]\nregion = x\n")
    for line in (("--profile", name), ("login", name), ("logout", name)):
        assert_refused(practice.run(*line), 2, f"profile {name} does not exist", hint)


def test_status_survives_what_is_broken(practice: Home) -> None:
    """A profile that cannot be is a line and a note of ``status``; the others are shown."""
    with (practice.aws / "config").open("a") as file:
        file.write(f"\n[profile q]\ncredential_process = {PROGRAM} --profil x\n")
        file.write(f'[profile r]\ncredential_process = {PROGRAM} "x\n')
        file.write("[profile s]\ncredential_process = other x\n")
        file.write("[profile t]\nmfa_serial = GAHT12345678\nrole_arn = Admin\n")
    done = practice.run("status")
    assert (done.status, done.err) == (0, "")
    table, _, below = done.out.partition("\nNot served by this program\n")
    told = " ".join(below.split())
    assert "is refused by this program: unknown option '--profil' did you mean --profile?" in told
    assert not re.search(r"^[qrst] ", table, re.MULTILINE)
    assert re.findall(r"^  (\w)  ", below, re.MULTILINE) == ["q", "r", "t"]
    assert re.search(r"^  prod +222222222222  Admin ", table, re.MULTILINE)


def test_used_code_is_known_as_long_as_a_device_may_show_it(
    practice: Home, sandbox: Sandbox
) -> None:
    """A code is not sent again for two and a half minutes; later the six digits may come again."""
    code = sandbox.code()
    answer_of(practice.run(*KEYS, "--mfa-code", code))
    assert practice.run("logout", "--all").status == 0
    cache = Cache(str(practice.cache))
    for seconds, message in ((130, "That code was used already"), (21, "AWS did not accept")):
        for entry in list(cache.entries("codes")):
            aged = {digest: at - seconds for digest, at in entry.document.items()}
            cache.write("codes", entry.key, aged)
        assert_refused(practice.run(*KEYS, "--mfa-code", code), 1, message, "next code")
    assert actions(sandbox) == ["GetSessionToken"] * 2


def age_failures(home: Home, seconds: float) -> None:
    """Move the failures that were shared into the past."""
    cache = Cache(str(home.cache))
    for entry in list(cache.entries("failure")):
        document = {**entry.document, "at": entry.document["at"] - seconds}
        cache.write("failure", entry.key, document)


@pytest.mark.parametrize("seconds", [61, -1200], ids=["a minute later", "a clock set back"])
def test_failed_renewal_is_tried_again_after_a_minute(
    practice: Home, sandbox: Sandbox, seconds: float
) -> None:
    """One failure does not put the renewal off for the rest of the old session's life."""
    log_in(practice, sandbox)
    one = answer_of(practice.run(*role(sandbox)))
    practice.age(3600 - 600)
    sandbox.fail("AssumeRole", "http500", times=2)
    assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] == one["AccessKeyId"]
    age_failures(practice, seconds)
    assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] != one["AccessKeyId"]
    assert actions(sandbox) == ["GetSessionToken"] + ["AssumeRole"] * 4


def test_cancel_is_for_the_rest_of_the_old_session(practice: Home, sandbox: Sandbox) -> None:
    """Whoever does not want to type a code now is asked again when the old role session is over."""
    line = (*role(sandbox), "--session-duration-seconds", "900")
    one = log_in(practice, sandbox, *line)
    practice.age(3600 - 700)
    terminal = practice.terminal(*line)
    terminal.expect(QUESTION)
    terminal.sendeof()
    terminal.expect_exact(one["AccessKeyId"])
    terminal.wait()
    age_failures(practice, 100)
    terminal = practice.terminal(*line)
    assert terminal.expect_exact([one["AccessKeyId"], "wants the MFA code of "]) == 0
    terminal.wait()
    practice.age(700)
    terminal = practice.terminal(*line)
    terminal.expect(QUESTION)
    terminal.close()


def test_cancel_of_an_earlier_hour_puts_no_renewal_off(practice: Home, sandbox: Sandbox) -> None:
    """A role session that was made after a cancel is renewed silently like any other."""
    terminal = practice.terminal(*role(sandbox))
    terminal.expect(QUESTION)
    terminal.sendeof()
    terminal.expect("was cancelled")
    terminal.wait()
    log_in(practice, sandbox)
    one = answer_of(practice.run(*role(sandbox)))
    practice.age(3600 - 600)
    age_failures(practice, 3600 - 600)
    assert answer_of(practice.run(*role(sandbox)))["AccessKeyId"] != one["AccessKeyId"]
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole", "AssumeRole"]


def test_refusal_from_the_future_is_forgotten(practice: Home, sandbox: Sandbox) -> None:
    """A cancel that came before the clock was set back does not last until it is caught up."""
    line = shlex.join([PROGRAM, *role(sandbox)])
    wait = "while [ ! -e go ]; do sleep 0.1; done"
    terminal = practice.terminal("-c", f"cd; {line}; {wait}; {line}", program="sh")
    terminal.expect(QUESTION)
    terminal.sendeof()
    terminal.expect("was cancelled")
    age_failures(practice, -1200)
    (practice.path / "go").touch()
    assert terminal.expect([QUESTION, "was cancelled, "]) == 0
    terminal.close()


def test_command_that_failed_is_nobody_s_refusal(practice: Home, sandbox: Sandbox) -> None:
    """When a command gave no code, the same job may ask the person."""
    line = shlex.join([PROGRAM, *role(sandbox)])
    terminal = practice.terminal("-c", f"{line} --mfa-process false; {line}", program="sh")
    terminal.expect("exit status 1")
    assert terminal.expect([QUESTION, "seconds ago"]) == 0
    terminal.close()


def test_renewal_keeps_nothing_of_the_caller_open(practice: Home, sandbox: PracticeAWS) -> None:
    """A caller that reads until the end of our output, or of any other pipe, waits for no STS."""
    warm_past_half_life(practice, sandbox)
    reader, writer = os.pipe()
    with (
        sandbox.held(),
        subprocess.Popen(
            [PROGRAM, *role(sandbox)],
            env=practice.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(writer,),
        ) as call,
    ):
        os.close(writer)
        assert call.communicate(timeout=10)[1] == b""
        assert select.select([reader], [], [], 10)[0]
        assert os.read(reader, 1) == b""
        wait_until(lambda: actions(sandbox)[2:] == ["AssumeRole"])
    os.close(reader)
    wait_until(lambda: not processes(practice))


def test_renewal_outlives_the_terminal_of_the_caller(practice: Home, sandbox: PracticeAWS) -> None:
    """A terminal window that is closed does not take the renewal along."""
    old = warm_past_half_life(practice, sandbox)
    command = ("-c", '"$@"; exec sleep 60', "sh", PROGRAM, *role(sandbox))
    with sandbox.held():
        terminal = practice.terminal(*command, program="sh")
        terminal.expect_exact('{"Version":1')
        wait_until(lambda: actions(sandbox)[2:] == ["AssumeRole"])
        terminal.ptyproc.fileobj.close()  # type: ignore[attr-defined]
        wait_until(lambda: not terminal.isalive())
        terminal.close()
    wait_until(lambda: not processes(practice))
    assert answer_of(practice.run(*role(sandbox))) != old


def has_another_answer(home: Home, line: Sequence[str], old: Answer) -> bool:
    """Tell whether a command line is answered anew."""
    return answer_of(home.run(*line)) != old


def test_every_session_is_renewed_ahead(practice: Home, sandbox: Sandbox) -> None:
    """A command line that was renewed once is renewed again, an hour later and ever after."""
    warm_past_half_life(practice, sandbox)
    for turn in range(1, 3):
        old = answer_of(practice.run(*role(sandbox)))
        wait_until(partial(has_another_answer, practice, role(sandbox), old))
        wait_until(lambda: not processes(practice))
        assert actions(sandbox)[2:] == ["AssumeRole"] * turn
        practice.age(2000)
        answer_of(practice.run(*role(sandbox)))
        for marker in practice.cache.glob("memo-*.renewal"):
            os.utime(marker, (time.time() - 2000,) * 2)


def test_renewal_runs_nothing_from_the_working_directory(practice: Home, sandbox: Sandbox) -> None:
    """A package of our name in the folder where the caller stands is not what renews."""
    old = warm_past_half_life(practice, sandbox)
    trap = practice.path / "aws_mfa_process"
    trap.mkdir()
    for name in ("__init__.py", "__main__.py"):
        (trap / name).write_text("import pathlib; pathlib.Path(__file__ + '.ran').touch()\n")
    command = ("-c", f'cd {practice.path}; exec "$@"', "sh", PROGRAM, *role(sandbox))
    assert answer_of(practice.run(*command, program="sh")) == old
    wait_until(lambda: list(trap.glob("*.ran")) or len(sandbox.calls) == 3)
    assert not list(trap.glob("*.ran"))
    wait_until(lambda: not processes(practice))

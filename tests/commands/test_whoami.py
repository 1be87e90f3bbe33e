"""``whoami``: who a profile is, as AWS says."""

import json
import re
import time

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, assert_refused
from support.practice import actions

ADMIN = "arn:aws:iam::222222222222:role/Admin"


@pytest.fixture
def logged_in(practice: Home, sandbox: Sandbox) -> Home:
    """A home directory with a live MFA session."""
    assert practice.run("login", "bastion", "--mfa-code", sandbox.code()).status == 0
    return practice


def until(seconds: int) -> str:
    """Return a local time as a person reads it."""
    then = time.localtime(seconds)
    is_today = then[:3] == time.localtime()[:3]
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", then)


def test_a_role(logged_in: Home, sandbox: Sandbox) -> None:
    """Account, role with its path, session and its end, then the ARN; AWS itself was asked."""
    done = logged_in.run("whoami", "audit")
    shown = json.loads(logged_in.run("export", "audit", "--format", "json").out)
    end = until(int(time.time()) + 3600)
    assert (done.status, done.err) == (0, "")
    first, arn = done.out.splitlines()
    assert re.sub("[0-9: -]+$", "", first) == ("444444444444  role/team/ReadOnly as alice, until")
    assert len(first.rpartition("until ")[2]) == len(end)
    assert arn == "arn:aws:sts::444444444444:assumed-role/ReadOnly/alice"
    assert actions(sandbox)[-1] == "GetCallerIdentity"
    assert shown["AccountId"] == "444444444444"


def test_a_user(logged_in: Home) -> None:
    """Without a role it is the user, with an MFA session."""
    done = logged_in.run("whoami", "bastion")
    assert done.out.startswith("111111111111  user/alice, until ")
    assert done.out.endswith("\narn:aws:iam::111111111111:user/alice\n")


def test_json_has_one_shape(logged_in: Home) -> None:
    """The fields of ``--json``, which other programs rely on."""
    options = ("--source-identity", "alice@example", "--role-session-name", "night-job")
    shown = json.loads(logged_in.run("whoami", "prod", "--json", *options).out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown.pop("until"))
    assert shown == {
        "profile": "prod",
        "account_id": "222222222222",
        "account_name": None,
        "arn": "arn:aws:sts::222222222222:assumed-role/Admin/night-job",
        "role": "Admin",
        "user": None,
        "session_name": "night-job",
        "source_identity": "alice@example",
    }
    user = json.loads(logged_in.run("whoami", "bastion", "--json").out)
    names = ("user", "role", "session_name", "source_identity")
    assert [user[name] for name in names] == ["alice", None, None, None]
    told = logged_in.run("whoami", "prod", *options).out
    assert "role/Admin as night-job, source identity alice@example, until " in told


def test_the_name_of_the_account(logged_in: Home) -> None:
    """A name that the profile gives its account stands beside the number."""
    line = f"{PROGRAM} --profile bastion-keys --role-arn {ADMIN}"
    with (logged_in.aws / "config").open("a") as file:
        file.write(f"[profile named]\naccount_name = live shop\ncredential_process = {line}\n")
    assert logged_in.run("whoami", "named").out.startswith("222222222222 (live shop)  role/Admin")
    assert json.loads(logged_in.run("whoami", "named", "--json").out)["account_name"] == "live shop"
    assert "account_name" not in logged_in.run("status").out


def test_the_number_alone(logged_in: Home) -> None:
    """``--account`` is for scripts."""
    done = logged_in.run("whoami", "dev", "--account")
    assert (done.status, done.out, done.err) == (0, "333333333333\n", "")
    done = logged_in.run("whoami", "dev", "--account", "--json")
    assert_refused(done, 2, "not allowed with", "aws-mfa-process whoami --help")


def test_keys_in_the_environment_are_warned_of(logged_in: Home) -> None:
    """What beats the profile in this shell is told, and is not what is looked at."""
    done = logged_in.run("whoami", "dev", "--account", environ={"AWS_ACCESS_KEY_ID": "AKIAOTHER"})
    assert (done.status, done.out) == (0, "333333333333\n")
    warning, hint = done.err.splitlines()
    assert warning.startswith("aws-mfa-process: warning: AWS_ACCESS_KEY_ID is set in this shell")
    assert hint == "hint: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"


def test_whoami_asks_for_the_code_where_it_is_needed(practice: Home, sandbox: Sandbox) -> None:
    """The code can be given; without one, nobody can be asked here."""
    done = practice.run("whoami", "prod")
    assert (done.status, done.out) == (3, "")
    done = practice.run("whoami", "prod", "--mfa-code", sandbox.code())
    assert done.out.startswith("222222222222  role/Admin as alice, until ")

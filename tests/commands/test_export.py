"""``export``: credentials as text, read back by real shells and AWS clients."""

import configparser
import json
import re
import string
import sys
from datetime import datetime

import pytest

from aws_mfa_process.commands.export import GIVEN
from aws_mfa_process.commands.programs import quoting
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from support.clients import WHO, aws_cli_2, js_default_chain
from support.home import Home, assert_refused
from support.parts import need
from support.practice import actions
from support.terminal import QUESTION, answer_prompt

PRINTABLE = string.printable.rstrip(string.whitespace) + " "
"""Every printable character of ASCII, a blank last."""
ODD = f"=ls ~ $HOME `id` $(id) !! it's \\'\\\\ {PRINTABLE}"
SHELLS = {
    "bash": ("env", 'eval "$({})"'),
    "dash": ("env", 'eval "$({})"'),
    "zsh": ("env", 'eval "$({})"'),
    "fish": ("fish", "{} | source"),
}
BEFORE = {"AWS_PROFILE": "gone", "AWS_SECURITY_TOKEN": "old", "AWS_REGION": "sa-east-1"}
"""What a shell had, and would go before the keys."""


@pytest.fixture
def logged_in(practice: Home, sandbox: Sandbox) -> Home:
    """A home directory with a live MFA session, and that of a role."""
    assert practice.run("login", "prod", "--mfa-code", sandbox.code()).status == 0
    return practice


def make_odd(home: Home) -> None:
    """Put odd secrets into the stored sessions."""
    cache = Cache(str(home.cache))
    for entry in list(cache.entries("session")):
        odd = {"secret_access_key": ODD, "session_token": ODD[::-1]}
        cache.write("session", entry.key, {**entry.document, **odd})
    cache.remove_memos()


def shell(home: Home, name: str, script: str) -> dict[str, str]:
    """Return the AWS variables that a program sees which a shell starts after a script."""
    done = home.run("-c", f"{script}\nenv -0", program=need(name), environ=BEFORE)
    assert (done.status, done.err) == (0, "")
    pairs = (line.partition("=") for line in done.out.split("\0"))
    return {key: value for key, _, value in pairs if key.startswith("AWS_")}


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_reads_every_character(logged_in: Home, name: str) -> None:
    """What a shell hands on is what AWS gave, whatever characters it has."""
    make_odd(logged_in)
    form, use = SHELLS[name]
    command = f"aws-mfa-process export prod --format {form}"
    seen = shell(logged_in, name, use.format(command))
    answer = json.loads(logged_in.run("export", "prod", "--format", "json").out)
    assert answer["SecretAccessKey"] == ODD
    assert {key: text for key, text in seen.items() if key != "AWS_EC2_METADATA_DISABLED"} == {
        "AWS_ACCESS_KEY_ID": answer["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": ODD,
        "AWS_SESSION_TOKEN": ODD[::-1],
        "AWS_CREDENTIAL_EXPIRATION": answer["Expiration"],
        "AWS_ACCOUNT_ID": "222222222222",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    back = use.format(f"aws-mfa-process export --unset --format {form}")
    gone = shell(logged_in, name, f"{use.format(command)}\n{back}")
    assert set(gone) == {"AWS_EC2_METADATA_DISABLED"}


def test_what_beat_the_keys_is_gone(
    logged_in: Home, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    """Clients use the keys, also the SDK for JavaScript, to which a profile goes before them."""
    clients = [aws_cli_2(sandbox, "gone", request), js_default_chain(sandbox, "gone", request)]
    commands = [
        [word for word in it.command if word not in ("--profile", "gone")] for it in clients
    ]
    commands[1].insert(3, "gone")
    boto3 = WHO.replace("profile_name=sys.argv[1]", "").replace(", sys;", ";")
    commands.append([sys.executable, "-c", f"{boto3}.get_caller_identity()['Arn'])"])
    exported = 'eval "$(aws-mfa-process export prod)"'
    for command in commands:
        environ = {**BEFORE, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
        script = f'{exported}; exec "$@"'
        done = logged_in.run("-c", script, "sh", *command, program="/bin/sh", environ=environ)
        assert "assumed-role/Admin/alice" in done.out, done


def test_the_lines_of_powershell_and_cmd() -> None:
    """PowerShell doubles quotation marks; FOR /F of cmd looks at no mark again."""
    made = quoting.DIALECTS["powershell"]
    assert made.set("X", 'a\'b\u2019 $c `d "e"') == "$Env:X = 'a''b\u2019\u2019 $c `d \"e\"'"
    assert made.unset is not None
    assert made.unset(["X", "Y"]) == "Remove-Item -ErrorAction Ignore Env:X,Env:Y"
    made = quoting.DIALECTS["cmd"]
    assert made.set("X", 'a"b%c&d^') == 'SET X=a"b%c&d^'
    assert made.unset is not None
    assert made.unset(["X", "Y"]) == "SET X=\nSET Y="


def test_an_env_file_is_read_by_node(logged_in: Home) -> None:
    """What AWS gives stands bare in an env file, which Docker and Node.js read."""
    node = need("node")
    text = logged_in.run("export", "prod", "--format", "dotenv").out
    answer = json.loads(logged_in.run("export", "prod", "--format", "json").out)
    assert "'" not in text
    assert '"' not in text
    file = logged_in.path / "env"
    file.write_text(text)
    show = "console.log(JSON.stringify(process.env))"
    done = logged_in.run(f"--env-file={file}", "-e", show, program=node)
    seen = json.loads(done.out)
    assert seen["AWS_SECRET_ACCESS_KEY"] == answer["SecretAccessKey"]
    assert seen["AWS_SESSION_TOKEN"] == answer["SessionToken"]
    assert "AWS_PROFILE" not in text


def test_json_is_that_of_the_aws_cli(logged_in: Home) -> None:
    """The AWS CLI 2 prints the same fields in the same form; the account is ours."""
    ours = logged_in.run("export", "prod", "--format", "json").out
    words = ("configure", "export-credentials", "--profile", "prod", "--format", "process")
    theirs = logged_in.run(*words, program=need("aws", "/usr/local/bin:/usr/bin"))
    assert theirs.status == 0, theirs
    mine, other = json.loads(ours), json.loads(theirs.out)
    assert mine.pop("AccountId") == "222222222222"
    other.pop("AccountId", None)
    times = [datetime.fromisoformat(it.pop("Expiration")) for it in (mine, other)]
    assert times[0] == times[1]
    assert list(mine) == list(other)
    assert mine == other
    assert ours.splitlines()[:2] == theirs.out.splitlines()[:2]


def test_ini_is_a_profile_of_its_own(logged_in: Home) -> None:
    """The section can be pasted into the credentials file and goes before no line of ours."""
    text = logged_in.run("export", "prod", "--format", "ini").out
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser.sections() == ["prod-session"]
    assert parser["prod-session"]["region"] == "eu-central-1"
    with (logged_in.aws / "credentials").open("a") as file:
        file.write(f"\n{text}")
    who = f"{WHO}.get_caller_identity()['Arn'])"
    endpoint = (logged_in.aws / "config").read_text()
    url = re.findall(r"endpoint_url = (\S+)", endpoint)[0]
    done = logged_in.run(
        "-c", who, "prod-session", program=sys.executable, environ={"AWS_ENDPOINT_URL": url}
    )
    assert "assumed-role/Admin/alice" in done.out, done


@pytest.mark.parametrize("form", ["env", "fish", "json", "ini"])
def test_secrets_are_not_shown_on_a_terminal(practice: Home, sandbox: Sandbox, form: str) -> None:
    """Nobody is asked for what is not shown then; with ``--show`` it is."""
    terminal = practice.terminal("export", "prod", "--format", form)
    terminal.expect_exact("secrets are not shown on a terminal")
    terminal.expect_exact("--show")
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 2
    assert actions(sandbox) == []
    terminal = practice.terminal("export", "prod", "--format", form, "--show")
    terminal.expect(QUESTION)
    terminal.sendline(sandbox.code())
    terminal.expect("(?i)access_?key_?id")
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0


def test_the_command_of_the_hint_can_be_pasted(home: Home) -> None:
    """A name with a blank stands in quotation marks there."""
    terminal = home.terminal("export", "my prod")
    terminal.expect_exact("export 'my prod')")
    terminal.read()
    terminal.close()


def test_unset_needs_nothing(home: Home) -> None:
    """The lines that take all back are printed without a profile, for shells alone."""
    done = home.run("export", "--unset")
    assert (done.status, done.out, done.err) == (0, f"unset {' '.join(GIVEN)}\n", "")
    terminal = home.terminal("export", "--unset", "--format", "fish")
    terminal.expect_exact("set -e AWS_ACCESS_KEY_ID")
    for form in ("json", "ini", "dotenv"):
        done = home.run("export", "--unset", "--format", form)
        assert_refused(done, 2, f"{form} has nothing to unset", "env, fish, powershell, cmd")


def test_options_change_the_session(logged_in: Home) -> None:
    """Options of the role and the region work as for the credential process."""
    role = "arn:aws:iam::333333333333:role/Developer"
    done = logged_in.run("export", "bastion", "--role-arn", role, "--region", "eu-west-3")
    assert done.status == 0, done
    assert "export AWS_REGION='eu-west-3'\nexport AWS_DEFAULT_REGION='eu-west-3'\n" in done.out
    quiet = logged_in.run("export", "bastion", "--role-arn", role, environ={"AWS_REGION": "x-1"})
    assert "AWS_REGION='eu-central-1'" in quiet.out
    shown = logged_in.run("export", "bastion", "--role-arn", role, "--format", "json").out
    assert json.loads(shown)["AccountId"] == "333333333333"


def test_a_profile_has_to_be_named(practice: Home) -> None:
    """Without a terminal to pick one on, the profile that is missing is a failure."""
    assert_refused(practice.run("export"), 2, "no profile is named", "aws-mfa-process export")
    assert_refused(practice.run("export", "gone"), 2, "profile gone does not exist")


def test_a_profile_is_picked_while_a_shell_evaluates(practice: Home, sandbox: Sandbox) -> None:
    """The list and the question are on the terminal, and only the lines go to the shell."""
    script = 'eval "$(aws-mfa-process export)"; echo "<$AWS_ACCOUNT_ID>"'
    terminal = practice.terminal("-c", script, program=need("bash"))
    terminal.expect_exact("Profile:")
    terminal.send("dev\r")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("<333333333333>")


def test_long_term_keys_are_not_exported(practice: Home) -> None:
    """A profile without MFA and role has no session."""
    with (practice.aws / "credentials").open("a") as file:
        file.write("[plain]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = x\n")
    assert_refused(practice.run("export", "plain"), 2, "plain")
    assert_refused(practice.run("whoami", "plain"), 2, "plain")

"""The commands for long-term keys, with a real keyring and the IAM of the practice AWS."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import SourceCredentials
from aws_mfa_process.sandbox.server.access_keys import AccessKeys
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from aws_mfa_process.store.cache import Cache
from support.home import PROGRAM, Home, Result
from support.keyring import Keyring
from support.parts import as_plain_user, need
from support.practice import actions
from support.strace import FOLLOW, kill_before, steps_of
from support.terminal import QUESTION, answer_prompt
from support.waiting import is_reading, is_waiting, wait_until

KEYS = "bastion-keys"
NO_BUS = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
WRONG_SECRET = "wrongwrongwrongwrongwrongwrongwrongwrong"
REST = (
    "# mine: keep\r\n[other]\r\n  region : eu-west-1\r\n\r\n"
    "[bastion-keys]   # alice\r\n; why\r\nRegion=eu-central-1\r\n{}\r\n  # last\r\n[empty]"
)
"""A credentials file with a place for two lines, odd in every way that AWS's own reader takes."""


class Desk:
    """A home directory with a keyring, and the practice AWS."""

    def __init__(self, home: Home, keyring: Keyring, sandbox: Sandbox) -> None:
        self.home = home
        self.keyring = keyring
        self.sandbox = sandbox
        self.credentials = home.aws / "credentials"
        self.config = home.aws / "config"
        self.admin = ["--profile", KEYS, "--role-arn", sandbox.role_arns["Admin"]]

    @property
    def pair(self) -> list[str]:
        """The user's first key."""
        return [self.sandbox.access_key_id, self.sandbox.secret_access_key]

    def run(self, *arguments: str, text: str = "", environ: dict[str, str] | None = None) -> Result:
        """Run the program with a text on standard input."""
        return self.home.run(*arguments, text=text, environ=environ, timeout=120)

    def ok(self, *arguments: str, text: str = "", environ: dict[str, str] | None = None) -> str:
        """Run the program, which has to succeed in silence, and return what it prints."""
        done = self.run(*arguments, text=text, environ=environ)
        assert (done.status, done.err) == (0, ""), done
        return done.out

    def stored(self, profile: str = KEYS) -> list[str]:
        """Return the pair that the keyring holds, read by another program; nothing if none."""
        text = self.keyring.text(profile)
        return list(json.loads(text)["keys"]) if text else []

    def works(self, pair: list[str]) -> bool:
        """Tell whether AWS takes a key."""
        endpoint = Endpoint(KEYS, "eu-central-1", "aws", self.sandbox.endpoint_url)
        return STS(endpoint).caller_arn(SourceCredentials(*pair)).endswith(":user/alice")

    def login(self) -> None:
        """Make an MFA session."""
        self.ok("login", "bastion", "--mfa-code", self.sandbox.code())

    def actions(self) -> list[str]:
        """Return the calls that AWS has seen."""
        return actions(self.sandbox)

    def key_ids(self) -> list[str]:
        """Return the user's keys at AWS."""
        return [key.access_key_id for key in self.sandbox.state.access_keys.all()]


@pytest.fixture
def desk(practice: Home, keyring: Keyring, sandbox: Sandbox) -> Desk:
    """A keyring that holds nothing yet, and keys in the credentials file.

    The keyring is named, which saves the time of looking for one; nothing is compiled, so that a
    command takes the same steps each time.
    """
    practice.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    practice.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.SecretService.Keyring"
    return Desk(practice, keyring, sandbox)


@pytest.fixture
def stored(desk: Desk) -> Desk:
    """The keys in the keyring, and nowhere else."""
    at = int(time.time())
    desk.keyring.put(KEYS, json.dumps({"keys": desk.pair, "stored_at": at}))
    entry = [desk.pair[0], "SecretService Keyring", at]
    Cache(str(desk.home.cache)).write("keys", {"index": 2}, {KEYS: entry})
    desk.credentials.write_text("")
    assert desk.stored() == desk.pair
    return desk


def refused(done: Result, status: int, *texts: str) -> None:
    """Check that a command failed with one sentence and a hint, and what they say."""
    assert done.status == status, done
    assert re.fullmatch(r"aws-mfa-process: error: .*\n(hint: .*\n)?", done.err), done
    for text in texts:
        assert text in done.err, done


def places(folder: Path, secret: str) -> list[Path]:
    """Return the files below a folder in which a secret stands."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if secret.encode() in path.read_bytes()]


# add


def test_add_asks_on_the_terminal_and_hides_the_secret(desk: Desk) -> None:
    """A person types the pair, sees the id but not the secret, and is told what is left to do."""
    desk.credentials.write_text("")
    terminal = desk.home.terminal("add", KEYS)
    terminal.expect("Access key id: $")
    terminal.sendline(desk.pair[0])
    terminal.expect("Secret access key \\(not shown\\): $")
    terminal.sendline(desk.pair[1])
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    assert "Stored the key …MPLE of arn:aws:iam::111111111111:user/alice" in shown
    assert shown.endswith("\r\nNext: aws-mfa-process login bastion\r\n")
    assert desk.pair[1] not in shown
    assert desk.stored() == desk.pair


@pytest.mark.parametrize(
    ("key_id", "hint"),
    [
        ("", "16 to 128 letters and digits; a user's own starts with AKIA"),
        ("AKIA", "16 to 128 letters and digits"),
        ("A" * 129, "16 to 128 letters and digits"),
        (WRONG_SECRET[:-1] + "/", "16 to 128 letters and digits"),
        ("ASIAIOSFODNN7EXAMPLE", "the user's own access key: its id starts with AKIA"),
    ],
)
def test_add_does_not_ask_for_the_secret_of_no_id(desk: Desk, key_id: str, hint: str) -> None:
    """What cannot be the id of a user's key ends the questions, with the form that it has."""
    terminal = desk.home.terminal("add", KEYS)
    terminal.expect("Access key id: $")
    terminal.sendline(key_id)
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 2
    assert "Secret" not in shown
    assert hint in shown
    assert "--stdin" not in shown


def test_secret_is_not_shown_after_ctrl_z(desk: Desk) -> None:
    """A shell gives its own echo back when a question is stopped: this one is not."""
    shell = desk.home.terminal("-i", environ={"PS1": "READY> ", "ENV": ""}, program=need("bash"))
    shell.sendline(shlex.join([PROGRAM, "add", KEYS]))
    shell.expect("Access key id: $")
    shell.sendline(desk.pair[0])
    shell.expect("shown\\): $")
    shell.send("\x1a")
    shell.sendline(desk.pair[1])
    shell.expect_exact("Stored the key …MPLE")
    assert desk.pair[1] not in (shell.before or "")
    shell.close(force=True)


def test_terminated_question_for_a_secret_gives_the_echo_back(desk: Desk) -> None:
    """SIGTERM ends the question in order."""
    terminal = desk.home.terminal("add", KEYS)
    terminal.expect("Access key id: $")
    terminal.sendline(desk.pair[0])
    terminal.expect("shown\\): $")
    assert not terminal.getecho()
    wait_until(lambda: is_reading(terminal.pid))
    terminal.kill(signal.SIGTERM)
    wait_until(terminal.getecho)
    assert terminal.wait() == 143
    terminal.close()


@pytest.mark.parametrize("secret", ["", "wrong\u00e4wrong"])
def test_add_names_the_form_of_a_secret(desk: Desk, secret: str) -> None:
    """What cannot be a secret is not shown, nor sent to AWS."""
    terminal = desk.home.terminal("add", KEYS)
    terminal.expect("Access key id: $")
    terminal.sendline(desk.pair[0])
    terminal.expect("shown\\): $")
    terminal.sendline(secret)
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 2
    assert "hint: it is what AWS showed once" in shown
    assert "wrong" not in shown
    assert desk.actions() == []


@pytest.mark.parametrize(
    "form",
    [
        '{{"access_key_id": "{0}", "secret_access_key": "{1}"}}',
        '\ufeff {{"AccessKey": {{"AccessKeyId": "{0}", "SecretAccessKey": "{1}", "Status": ""}}}}',
        "{0}\n{1}\n",
        "  {0} \r\n {1}\r\n\r\n",
    ],
)
def test_add_reads_a_pair_from_standard_input(desk: Desk, form: str) -> None:
    """A script gives JSON in our spelling, JSON as IAM gives it, or two lines."""
    desk.credentials.write_text("")
    out = desk.ok("add", KEYS, "--stdin", text=form.format(*desk.pair))
    assert "Stored the key …MPLE" in out
    assert desk.pair[1] not in out
    assert desk.stored() == desk.pair
    assert json.loads(desk.ok(*desk.admin, "--mfa-code", desk.sandbox.code()))["Version"] == 1


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("{0}\nwrongwrongwrongwrongwrongwrongwrongwrong\n", 1, "secret access key"),
        ("AKIAIOSFODNN7UNKNOWN\n{1}\n", 1, "does not know the access key …NOWN"),
        ("ASIAIOSFODNN7EXAMPLE\n{1}\n", 2, "temporary key"),
        ("", 2, "not an access key id"),
        ("{0}", 2, "not an access key id"),
        ("{1}\n{0}", 2, "not an access key id"),
        ("\x00\x1b[2J\udcff", 2, "not an access key id"),
        ("[1, 2]", 2, "not an access key id"),
        ('{{"AccessKey": "{1}"}}', 2, "not an access key id"),
        ("[" * 5000, 2, "not an access key id"),
    ],
)
def test_add_stores_nothing_that_does_not_work(
    desk: Desk, text: str, status: int, says: str
) -> None:
    """A wrong, temporary or garbled pair is refused, its secret is not shown, nothing is stored."""
    raw = text.format(*desk.pair) if "{" in text else text
    result = desk.run("add", KEYS, "--stdin", text=raw)
    refused(result, status, says)
    assert desk.pair[1] not in result.err
    assert WRONG_SECRET not in result.err
    assert desk.stored() == []
    assert not list(desk.home.cache.glob("keys-*"))


def test_add_refuses_an_inactive_key(desk: Desk) -> None:
    """A key that is switched off is not stored, and the error says so."""
    desk.sandbox.state.access_keys.set_active(desk.pair[0], is_active=False)
    done = desk.run("add", KEYS, "--stdin", text="\n".join(desk.pair))
    refused(done, 1, "or it is inactive")
    assert desk.stored() == []


def test_a_secret_on_the_command_line_is_refused_unseen(desk: Desk) -> None:
    """Somebody who gives the secret as an argument gets an error that does not repeat it."""
    done = desk.run("add", KEYS, *desk.pair)
    refused(done, 2, "an argument too many")
    assert desk.pair[1] not in done.err
    refused(desk.run("add", KEYS), 3, "no terminal", "--stdin")
    refused(desk.run("add", "x]y", "--stdin"), 2, "cannot be the name of a profile")


TWO = ("arn:aws:iam::111111111111:mfa/a", "GAHT12345678")


@pytest.mark.parametrize(
    ("serials", "named", "written"),
    [
        ((), "", "arn:aws:iam::111111111111:mfa/alice"),
        (TWO, "GAHT12345678", "GAHT12345678"),
        (TWO, "", ", ".join(TWO)),
        (TWO, " ".join(TWO), " ".join(TWO)),
    ],
)
def test_add_asks_for_the_device_that_iam_does_not_tell(
    desk: Desk, serials: tuple[str, ...], named: str, written: str
) -> None:
    """With none, or a policy that forbids to look, the person names it; of several, all or some."""
    desk.config.write_text(f"[profile x]\nendpoint_url = {desk.sandbox.endpoint_url}\n")
    desk.sandbox.mfa_serials = list(serials)
    if not serials:
        desk.sandbox.fail("ListMFADevices", "s3_error", times=3)
    terminal = desk.home.terminal("add", "x", "--write")
    terminal.expect("id: $")
    terminal.sendline(desk.pair[0])
    terminal.expect("shown\\): $")
    terminal.sendline(desk.pair[1])
    for serial in serials:
        terminal.expect_exact(f"MFA device: {serial}")
    offer = re.escape(f" [{', '.join(serials) or written}]")
    for answer in ("alice", "arn:aws:iam::1111:mfa/alice", "arn:aws:iam::111111111111:user/alice"):
        terminal.expect(f"serial number of the MFA device{offer}: $")
        terminal.sendline(answer)
        terminal.expect_exact("That cannot be an MFA device: it looks like arn:aws:iam::1111111")
    terminal.expect(f"serial number of the MFA device{offer}: $")
    terminal.sendline(named)
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    assert f"mfa_serial = {written}\n" in desk.config.read_text()


def test_add_reads_a_list_of_devices_to_its_end(desk: Desk) -> None:
    """A device that stands on the last page is found."""
    desk.sandbox.page_size = 1
    keys = [f"arn:aws:iam::111111111111:u2f/user/alice/key-{number}" for number in (1, 2)]
    desk.sandbox.mfa_serials = [*keys, desk.sandbox.mfa_serial]
    environ = {"AWS_ENDPOINT_URL": desk.sandbox.endpoint_url}
    out = desk.ok("add", "x", "--stdin", text="\n".join(desk.pair), environ=environ)
    assert f"mfa_serial = {desk.sandbox.mfa_serial}" in out
    assert desk.actions().count("ListMFADevices") == 3


def test_add_takes_the_device_as_an_option(desk: Desk) -> None:
    """With ``--mfa-serial`` IAM is not asked; with neither the usual form is shown."""
    desk.sandbox.mfa_serials = []
    environ = {"AWS_ENDPOINT_URL": desk.sandbox.endpoint_url}
    text = "\n".join(desk.pair)
    out = desk.ok("add", "x", "--stdin", text=text, environ=environ)
    assert "alice has no MFA device yet" in out
    assert "mfa_serial = arn:aws:iam::111111111111:mfa/alice" in out
    written = desk.ok("add", "x", "--stdin", "--write", text=text, environ=environ)
    assert "Put this into" in written
    assert "mfa_serial" not in desk.config.read_text().replace("mfa_serial", "", 1)
    desk.sandbox.calls.clear()
    out = desk.ok("add", "x", "--stdin", "--mfa-serial", "GAHT12345678", text=text, environ=environ)
    assert "mfa_serial = GAHT12345678" in out
    assert desk.actions() == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--mfa-serial", "alice", "'alice' is not an MFA device"),
        (
            "--mfa-serial",
            "arn:aws:iam::111111111111:u2f/user/alice/key",
            "is no device that shows codes",
        ),
        ("--mfa-serial", "arn:aws:iam::ACCOUNT:mfa/DEVICE", "an account has 12 digits"),
        ("--role-arn", "Admin", "'Admin' is not the ARN of a role"),
        ("--as", "prod", "profile prod exists already"),
        ("--as", KEYS, f"profile {KEYS} exists already"),
        ("--as", "a]b", "'a]b' cannot be the name of a profile"),
        ("--as", "my prod", "not every SDK takes the name 'my prod'"),
    ],
)
def test_add_refuses_before_it_asks(desk: Desk, option: str, value: str, said: str) -> None:
    """What cannot be written is refused before a person types a secret."""
    refused(desk.run("add", KEYS, "--write", option, value), 2, said)
    assert desk.actions() == []


@pytest.mark.parametrize("role", ["Admin", "Developer", ""])
def test_add_writes_the_profile_for_sdks(desk: Desk, role: str) -> None:
    """``--as NAME --write`` writes a line that SDKs run; the AWS CLI uses it as it stands."""
    desk.config.write_text("")
    desk.credentials.write_text("")
    desk.home.environ["AWS_ENDPOINT_URL"] = desk.sandbox.endpoint_url
    desk.home.environ["AWS_REGION"] = "eu-central-1"
    options = ["--role-arn", desk.sandbox.role_arns[role]] if role else []
    text = "\n".join(desk.pair)
    out = desk.ok("add", "my keys", "--stdin", "--write", "--as", "work", *options, text=text)
    assert "Wrote region = eu-central-1 and credential_process = " in out
    assert out.endswith("\nNext: aws-mfa-process login work\n")
    before = desk.config.read_text()
    desk.ok("add", "my keys", "--stdin", "--write", "--as", "work", *options, text=text)
    assert desk.config.read_text() == before
    desk.ok("login", "work", "--mfa-code", desk.sandbox.code())
    call = ("sts", "get-caller-identity", "--profile", "work", "--output", "text")
    done = desk.home.run(*call, program=need("aws"))
    assert f"assumed-role/{role}/" in done.out if role else "user/alice" in done.out, done


@pytest.mark.parametrize("folder", ["bin", "my tools", "a$b"])
def test_printed_lines_can_be_pasted(desk: Desk, tmp_path: Path, folder: str) -> None:
    """The lines at the end of ``add`` make a profile that works, wherever the program stands."""
    (tmp_path / folder).mkdir()
    program = tmp_path / folder / "aws-mfa-process"
    program.symlink_to(PROGRAM)
    desk.config.write_text("")
    desk.credentials.write_text("")
    desk.home.environ["AWS_ENDPOINT_URL"] = desk.sandbox.endpoint_url
    text = "\n".join(desk.pair)
    done = desk.home.run("add", "x", "--stdin", program=str(program), text=text)
    blocks = re.findall(r"(?m)^\[.*\]\n(?:[a-z_]+ = .*\n)+", done.out)
    assert len(blocks) == 2
    desk.config.write_text("\n".join(blocks))
    desk.ok("login", "x-mfa", "--mfa-code", desk.sandbox.code())
    call = ("sts", "get-caller-identity", "--profile", "x-mfa")
    assert "user/alice" in desk.home.run(*call, program=need("aws")).out


def test_import_names_the_user(desk: Desk) -> None:
    """A policy that allows calls on the own user's ARN alone does not stop it."""
    desk.sandbox.names_user = True
    text = desk.config.read_text()
    desk.config.write_text(re.sub("(?m)^mfa_serial.*\n", "", text))
    out = desk.ok("import", "--yes")
    assert f"mfa_serial = {desk.sandbox.mfa_serial}" in out


def test_calls_of_iam_name_the_user(desk: Desk) -> None:
    """A policy that allows calls on the own user's ARN alone does not stop any command."""
    desk.sandbox.names_user = True
    pair = "\n".join(desk.pair)
    environ = {"AWS_ENDPOINT_URL": desk.sandbox.endpoint_url}
    out = desk.ok("add", "x", "--stdin", text=pair, environ=environ)
    assert f"mfa_serial = {desk.sandbox.mfa_serial}" in out
    desk.ok("add", KEYS, "--stdin", text=pair)
    desk.login()
    assert re.search(r"  (\d{4}-\d\d-\d\d )?\d\d:\d\d$", desk.ok("list").splitlines()[1])
    out = desk.ok("rotate", KEYS)
    told = "1 session of it is forgotten; a code makes new ones: aws-mfa-process login"
    assert f"{told} {KEYS}" in out
    assert not list(desk.home.cache.glob("session-*"))
    rotated(desk)


@pytest.mark.parametrize("options", [(), ("--write",), ("--keep",)])
def test_import_ends_with_what_to_do_next(desk: Desk, options: tuple[str, ...]) -> None:
    """Device and profiles are printed or written; ``rotate`` and ``--undo`` are named."""
    desk.config.write_text("")
    environ = {"AWS_ENDPOINT_URL": desk.sandbox.endpoint_url}
    out = desk.ok("import", "--yes", *options, environ=environ)
    assert f"{KEYS}-mfa]\n" in out
    assert ("mfa_serial" in desk.config.read_text()) == ("--write" in options)
    assert f"aws-mfa-process rotate {KEYS} makes a new key" in out
    assert (f"aws-mfa-process import --undo {KEYS}" in out) == ("--keep" not in options)


def test_add_writes_the_config_and_keeps_every_other_byte(desk: Desk) -> None:
    """``--write`` adds the device to the profile, or the profile itself; all else stays."""
    before = f"# top\r\n[profile x]\r\n  endpoint_url={desk.sandbox.endpoint_url}\r\n[default]"
    desk.config.write_bytes(before.encode())
    text = "\n".join(desk.pair)
    desk.ok("add", "x", "--stdin", "--write", text=text)
    put = f"  mfa_serial = {desk.sandbox.mfa_serial}\r\n  region = us-east-1\r\n"
    after = before.replace("x]\r\n", f"x]\r\n{put}")
    assert desk.config.read_bytes().decode() == after
    desk.ok("add", "x", "--stdin", "--write", text=text)
    assert desk.config.read_bytes().decode() == after
    environ = {"AWS_ENDPOINT_URL": desk.sandbox.endpoint_url, "AWS_REGION": "eu-west-2"}
    desk.ok("add", "my keys", "--stdin", "--write", text=text, environ=environ)
    new = f"mfa_serial = {desk.sandbox.mfa_serial}\r\nregion = eu-west-2\r\n"
    assert desk.config.read_bytes().decode() == f"{after}\r\n\r\n[profile 'my keys']\r\n{new}"
    code = desk.sandbox.code()
    assert desk.ok("--profile", "my keys", "--mfa-code", code, environ=environ).startswith("{")


def test_add_makes_the_config(desk: Desk) -> None:
    """``--write`` works for a person who has no AWS config yet."""
    shutil.rmtree(desk.home.aws)
    environ = {"AWS_ENDPOINT_URL": desk.sandbox.endpoint_url}
    desk.ok("add", "default", "--stdin", "--write", text="\n".join(desk.pair), environ=environ)
    assert desk.config.read_text().startswith("[default]\nmfa_serial = ")


def test_add_says_which_key_it_replaces(stored: Desk) -> None:
    """A pair in the place of another one is stored, and the old one named."""
    new = stored.sandbox.state.access_keys.create(time.time(), 0)
    pair = [new.access_key_id, new.secret_access_key]
    out = stored.ok("add", KEYS, "--stdin", "--yes", text="\n".join(pair))
    assert "in place of …MPLE" in out
    assert stored.stored() == pair


@pytest.mark.parametrize("has_index", [True, False])
def test_add_replaces_no_other_key_unasked(stored: Desk, has_index: bool) -> None:
    """Another pair in the keyring is replaced if a person agrees, also when the index is lost."""
    new = stored.sandbox.state.access_keys.create(time.time(), 0)
    pair = [new.access_key_id, new.secret_access_key]
    for answer, status in (("", 3), ("y", 0)):
        if not has_index:
            shutil.rmtree(stored.home.cache)
        done = stored.run("add", KEYS, "--stdin", text="\n".join(pair))
        refused(done, 3, "no terminal", "--yes")
        assert stored.stored() == stored.pair
        terminal = stored.home.terminal("add", KEYS)
        terminal.expect("id: $")
        terminal.sendline(pair[0])
        terminal.expect("shown\\): $")
        terminal.sendline(pair[1])
        last = pair[0][-4:]
        terminal.expect_exact(f"Store the key …{last} for profile {KEYS}, in place of …MPLE? [y/N]")
        terminal.sendline(answer)
        terminal.read()
        terminal.close()
        assert terminal.exitstatus == status
    assert stored.stored() == pair


def test_add_keeps_what_an_interrupted_rotation_has_stored(stored: Desk) -> None:
    """The pair that is stored already is not written anew: the new key beside it would be lost."""
    document = json.loads(stored.keyring.text(KEYS))
    text = json.dumps({**document, "next_keys": ["AKIANEXTNEXTNEXTNEXT", WRONG_SECRET]})
    stored.keyring.put(KEYS, text)
    stored.ok("add", KEYS, "--stdin", text="\n".join(stored.pair))
    assert stored.keyring.text(KEYS) == text


# import


def write_odd(desk: Desk) -> str:
    """Write a credentials file of odd form and return what has to be left of it."""
    lines = f"AWS_ACCESS_KEY_ID  :{desk.pair[0]}\r\naws_secret_access_key= {desk.pair[1]}\r\n"
    desk.credentials.write_bytes(REST.replace("{}\r\n", lines).encode())
    return REST.replace("{}\r\n", "")


def test_import_takes_two_lines_and_leaves_every_other_byte(desk: Desk, tmp_path: Path) -> None:
    """The pair is in the keyring, the rest of the file as it was, mode and link included."""
    rest = write_odd(desk)
    real = tmp_path / "dotfiles"
    desk.credentials.rename(real)
    desk.credentials.symlink_to(real)
    real.chmod(0o640)
    out = desk.ok("import", KEYS, "--yes")
    assert f"Removed it from {desk.credentials}." in out
    assert desk.stored() == desk.pair
    assert real.read_bytes().decode() == rest
    assert desk.credentials.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert desk.ok("import", "--yes") == "No profile has an access key in the AWS files.\n"


def test_after_an_import_the_secret_is_in_no_file(desk: Desk, tmp_path: Path) -> None:
    """After import, login and use it is nowhere below the home and the temporary folder."""
    desk.home.environ["TMPDIR"] = str(desk.home.path)
    desk.home.environ["AWS_MFA_PROCESS_DEBUG"] = str(desk.home.path / "debug.log")
    assert places(tmp_path, desk.pair[1]) == [desk.credentials]
    desk.ok("import", "--yes")
    desk.login()
    desk.ok(*desk.admin)
    desk.ok("list")
    assert places(tmp_path, desk.pair[1]) == []
    assert "GetCallerIdentity" in (desk.home.path / "debug.log").read_text()
    vault = desk.home.path / ".local/share/keyrings/login.keyring"
    assert b"aws-mfa-process" not in vault.read_bytes()


def test_import_finds_keys_in_the_config(desk: Desk) -> None:
    """Keys of a ``[profile x]`` in the config are moved too, however its header is spelled."""
    desk.credentials.write_text("")
    address = f"endpoint_url = {desk.sandbox.endpoint_url}"
    lines = "".join(
        f"aws_{n} = {v}\n"
        for n, v in zip(("access_key_id", "secret_access_key"), desk.pair, strict=True)
    )
    desk.config.write_text(f'[profile  "x"]\n{lines}{address}\n[profile xx]\n{address}\n')
    desk.ok("import", "--yes")
    assert desk.stored("x") == desk.pair
    assert desk.config.read_text() == f'[profile  "x"]\n{address}\n[profile xx]\n{address}\n'


def test_import_leaves_a_pair_that_another_file_overrides(desk: Desk) -> None:
    """Of two different pairs of one profile only the one in use is moved: none is ever lost."""
    other = "aws_access_key_id = AKIAOTHEROTHEROTHER1\naws_secret_access_key = other\n"
    desk.config.write_text(
        desk.config.read_text().replace(f"[profile {KEYS}]\n", f"[profile {KEYS}]\n{other}")
    )
    before = desk.config.read_bytes()
    desk.ok("import", KEYS, "--yes")
    assert desk.stored() == desk.pair
    assert desk.config.read_bytes() == before


def test_import_asks_first(desk: Desk) -> None:
    """Without ``--yes`` a person agrees to each profile; no means that nothing is changed."""
    before = desk.credentials.read_bytes()
    refused(desk.run("import"), 3, "no terminal", "--yes")
    for answer, status in (("n", 3), ("", 3), ("y", 0)):
        assert desk.credentials.read_bytes() == before
        assert desk.stored() == []
        terminal = desk.home.terminal("import")
        terminal.expect_exact(f"Move the key …MPLE of profile {KEYS} to the keyring? [y/N] ")
        terminal.sendline(answer)
        terminal.read()
        terminal.close()
        assert terminal.exitstatus == status
    assert desk.stored() == desk.pair


def test_import_can_keep_the_file(desk: Desk) -> None:
    """With ``--keep`` the pair is in both places, and the one in the keyring is used."""
    before = desk.credentials.stat()
    assert "Removed" not in desk.ok("import", "--yes", "--keep")
    after = desk.credentials.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert desk.stored() == desk.pair
    desk.ok("import", "--yes")
    assert places(desk.home.path, desk.pair[1]) == []


def test_import_goes_on_after_a_key_that_aws_refuses(desk: Desk) -> None:
    """Of several profiles a dead key and a temporary one stay where they are, the rest is moved."""
    desk.config.write_text(
        f"[default]\nendpoint_url = {desk.sandbox.endpoint_url}\n"
        + "".join(
            f"[profile {name}]\nendpoint_url = {desk.sandbox.endpoint_url}\n"
            for name in ("a", "dead", "temporary", "z")
        )
    )
    ours = "aws_access_key_id = {}\naws_secret_access_key = {}\n".format(*desk.pair)
    dead = "[dead]\naws_access_key_id = AKIADEADDEADDEADDEAD\naws_secret_access_key = gone\n"
    temporary = f"[temporary]\n{ours}aws_session_token = x\n"
    desk.credentials.write_text(f"[a]\n{ours}{dead}{temporary}[z]\n{ours}")
    done = desk.run("import", "--yes")
    refused(done, 1, "…DEAD")
    assert "Left profile dead as it was: AWS does not know the access key …DEAD" in done.out
    assert f"Warning: {desk.credentials} still holds the secret, in another profile" in done.out
    assert desk.credentials.read_text() == f"[a]\n{dead}{temporary}[z]\n"
    assert desk.stored("a") == desk.stored("z") == desk.pair
    assert desk.stored("dead") == desk.stored("temporary") == []
    refused(desk.run("import", "temporary", "--yes"), 2, "only a temporary key")
    refused(desk.run("import", "a", "--yes"), 2, "no access key")


def test_a_name_with_a_blank_can_be_typed(desk: Desk) -> None:
    """The command that is named takes it as one word."""
    desk.home.environ["AWS_ENDPOINT_URL"] = desk.sandbox.endpoint_url
    assert desk.home.run("add", "my keys", "--stdin", text="\n".join(desk.pair)).status == 0
    out = desk.ok("import", "--undo", "my keys")
    assert "aws-mfa-process remove 'my keys' takes it out." in out


def test_import_is_undone_to_the_byte(desk: Desk) -> None:
    """``--undo`` writes the pair back where it was; the keyring keeps it."""
    before = desk.credentials.read_bytes()
    desk.ok("import", "--yes")
    assert desk.credentials.read_bytes() != before
    out = desk.ok("import", "--undo", KEYS)
    assert desk.credentials.read_bytes() == before
    assert desk.stored() == desk.pair
    assert "still in the keyring" in out
    assert desk.pair[1] not in out
    refused(desk.run("import", "--undo"), 2, "names of profiles")
    refused(desk.run("import", "--undo", "nobody"), 3, "holds no keys for profile nobody")


def test_neither_way_replaces_another_key_unasked(stored: Desk) -> None:
    """Import over another stored pair, and undo over another written one, have to be agreed to."""
    new = stored.sandbox.state.access_keys.create(time.time(), 0)
    pair = [new.access_key_id, new.secret_access_key]
    text = f"[{KEYS}]\naws_access_key_id = {pair[0]}\naws_secret_access_key = {pair[1]}\n"
    stored.credentials.write_text(text)
    for arguments in (["import", KEYS], ["import", "--undo", KEYS]):
        terminal = stored.home.terminal(*arguments)
        terminal.expect("(in place of …MPLE|by …MPLE)\\? \\[y/N\\] ")
        terminal.sendline("n")
        terminal.read()
        terminal.close()
        assert terminal.exitstatus == 3
        assert stored.credentials.read_text() == text
        assert stored.stored() == stored.pair


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_import_into_a_file_that_cannot_be_written(desk: Desk) -> None:
    """Where the file cannot be changed the key is in both places, and the error says why."""
    before = desk.credentials.read_bytes()
    desk.home.aws.chmod(0o500)
    try:
        command = as_plain_user(PROGRAM, "import", "--yes")
        done = desk.home.run(*command[1:], program=command[0])
    finally:
        desk.home.aws.chmod(0o700)
    refused(done, 2, "credentials cannot be written: Permission denied")
    assert desk.credentials.read_bytes() == before
    assert desk.stored() == desk.pair


def test_import_points_out_the_copies_of_editors(desk: Desk) -> None:
    """A backup, a swap file or a comment that holds the secret is named, not touched."""
    copies = [desk.home.aws / name for name in ("credentials~", ".credentials.swp", "old.bak")]
    for copy in copies:
        shutil.copy(desk.credentials, copy)
    (desk.home.aws / "unreadable").mkdir()
    with desk.credentials.open("a") as file:
        file.write(f"# {desk.pair[1]}\n")
    out = desk.ok("import", "--yes")
    for copy in copies:
        assert f"Warning: {copy} still holds the secret; delete that file." in out
    assert f"{desk.credentials} still holds the secret, in another profile or a comment." in out
    assert all(copy.exists() for copy in copies)


# killed at every step

STEPS = ("clone3", "clone", "sendto", "rename", "unlink", "exit_group")
"""What a command does to the world: keyring (a thread each), AWS, files. Between two of them
nothing changes, so a kill before each one is a kill at every step."""


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_import_can_be_killed_at_every_step(desk: Desk, tmp_path: Path) -> None:
    """Killed anywhere, the pair is in a place that works; the next run ends with it in one."""
    before = desk.credentials.read_bytes()
    steps = steps_of(desk.home, STEPS, "import", "--yes")
    assert len(steps) > 3
    for step in steps:
        desk.keyring.clear(KEYS)
        shutil.rmtree(desk.home.cache, ignore_errors=True)
        desk.credentials.write_bytes(before)
        kill_before(desk.home, step, "import", "--yes")
        if desk.credentials.read_bytes() == before and not desk.keyring.text(KEYS):
            continue  # nothing has changed yet
        is_in_file = desk.pair[1].encode() in desk.credentials.read_bytes()
        assert is_in_file or desk.stored() == desk.pair, step
        desk.ok("import", "--yes")
        assert desk.stored() == desk.pair, step
        assert places(tmp_path, desk.pair[1]) == [], step
        assert [path.name for path in sorted(desk.home.aws.iterdir())] == ["config", "credentials"]
        assert desk.credentials.read_bytes() == f"[{KEYS}]\n".encode()


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_rotate_can_be_killed_at_every_step(desk: Desk, tmp_path: Path) -> None:
    """Killed anywhere, the stored key works; the next run ends with one new key, without a code."""
    desk.ok("import", "--yes")
    text = desk.keyring.text(KEYS)
    desk.login()
    saved = tmp_path / "cache"
    shutil.copytree(desk.home.cache, saved)
    steps = steps_of(desk.home, STEPS, "rotate", KEYS)
    assert len(steps) > 10
    for step in steps:
        keys = AccessKeys(desk.sandbox.user, desk.sandbox.now())
        desk.sandbox.state = replace(desk.sandbox.state, access_keys=keys)
        desk.keyring.put(KEYS, text)
        shutil.rmtree(desk.home.cache)
        shutil.copytree(saved, desk.home.cache)
        kill_before(desk.home, step, "rotate", KEYS)
        if desk.key_ids() == [desk.pair[0]] and desk.keyring.text(KEYS) == text:
            continue  # nothing has changed yet
        assert desk.works(desk.stored()), step
        assert set(desk.key_ids()) >= {desk.stored()[0]}, step
        has_ended = desk.key_ids() == [desk.stored()[0]] != [desk.pair[0]]
        has_session = bool(list(Cache(str(desk.home.cache)).entries("session")))
        if not has_ended:
            assert has_session, step
            desk.ok("rotate", KEYS)
        (left,) = desk.key_ids()
        assert left == desk.stored()[0] != desk.pair[0], step
        assert desk.works(desk.stored()), step
        assert list(json.loads(desk.keyring.text(KEYS))) == ["keys", "stored_at"] or has_ended


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_remove_can_be_killed_at_every_step(stored: Desk, tmp_path: Path) -> None:
    """Killed anywhere, the pair is whole or gone; the next run ends without it and its sessions."""
    stored.login()
    text, saved = stored.keyring.text(KEYS), tmp_path / "cache"
    shutil.copytree(stored.home.cache, saved)
    steps = steps_of(stored.home, STEPS, "remove", KEYS, "--yes")
    assert len(steps) > 3
    for step in steps:
        stored.keyring.put(KEYS, text)
        shutil.rmtree(stored.home.cache)
        shutil.copytree(saved, stored.home.cache)
        kill_before(stored.home, step, "remove", KEYS, "--yes")
        assert stored.keyring.text(KEYS) in (text, ""), step
        stored.run("remove", KEYS, "--yes")
        assert (stored.stored(), sessions(stored)) == ([], []), step
        refused(stored.run("remove", KEYS, "--yes"), 3, "holds no keys")


# list and remove


def test_list_shows_keys_and_never_a_secret(stored: Desk) -> None:
    """Profile, end of the id and place; with a live MFA session also age and last use, from IAM.

    The JSON is that of the reference: no field comes or goes, times are UTC.
    """
    text = stored.ok("list")
    header, shown, note = text.splitlines()
    assert re.split(r" {2,}", header.strip()) == [
        *("PROFILE", "KEY", "KEYRING", "STORED", "MADE", "LAST USED")
    ]
    stored_at = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d"
    assert re.fullmatch(rf"  {KEYS}  …MPLE  SecretService Keyring  {stored_at} +-     -", shown)
    assert note.endswith(" is not known without an MFA session.")
    (row,) = json.loads(stored.ok("list", "--json"))
    assert (row["profile"], row["access_key_id"]) == (KEYS, "MPLE")
    assert row["created"] is row["age_days"] is row["last_used"] is None
    stored.login()
    text = stored.ok("list")
    _, shown = text.splitlines()
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d  (\d{4}-\d\d-\d\d )?\d\d:\d\d$", shown)
    shown = stored.ok("list", "--json")
    (row,) = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", shown))
    assert isinstance(row["age_days"], int)
    assert row == {
        "profile": KEYS,
        "access_key_id": stored.pair[0][-4:],
        "stored_in": "SecretService Keyring",
        "stored_at": "TIME",
        "created": "TIME",
        "age_days": row["age_days"],
        "last_used": "TIME",
    }
    assert row["age_days"] in (364, 365)
    stored.sandbox.fail("ListAccessKeys", "s3_error", times=3)
    assert json.loads(stored.ok("list", "--json"))[0]["last_used"] is None
    assert "without an MFA session" not in text + stored.ok("list")
    for out in (text, shown):
        assert stored.pair[0] not in out
        assert stored.pair[1] not in out


@pytest.mark.parametrize("width", [40, 80])
def test_list_is_not_wider_than_the_terminal(stored: Desk, width: int) -> None:
    """Times become ages where there is no room for the others."""
    stored.login()
    script = f"read go; stty cols {width}; exec {PROGRAM} list"
    terminal = stored.home.terminal("-c", script, program=need("sh"))
    terminal.sendline("")
    drawn = re.sub(r"\x1b\[[\d;]*m", "", terminal.read()).splitlines()[1:]
    assert terminal.wait() == 0
    assert all(len(line) <= width for line in drawn)
    assert "…MPLE" in drawn[1]
    assert drawn[1].endswith("ago  today") == (width == 40)


def index(desk: Desk) -> Path:
    """Return the index of keys."""
    (path,) = desk.home.cache.glob("keys-*")
    return path


def spoil_nothing(_desk: Desk) -> None:
    """Leave the index as it is."""


def spoil_by_loss(desk: Desk) -> None:
    """Lose the index."""
    index(desk).unlink()


def spoil_by_damage(desk: Desk) -> None:
    """Tear the index."""
    index(desk).write_bytes(b"torn")


def spoil_by_another_version(desk: Desk) -> None:
    """Let another version of the program write the index."""
    cache = Cache(str(desk.home.cache))
    cache.write("keys", {"index": 2}, {KEYS: ["AKIA"], "x": 5})


def spoil_by_age(desk: Desk) -> None:
    """Let the index say another key, and one that is gone."""
    cache = Cache(str(desk.home.cache))
    old = ["AKIAOLDOLDOLDOLDOLD1", "SecretService Keyring", 1]
    cache.write("keys", {"index": 2}, {KEYS: old, "gone": old})


@pytest.mark.parametrize(
    "spoil",
    [spoil_nothing, spoil_by_loss, spoil_by_damage, spoil_by_another_version, spoil_by_age],
)
def test_the_index_is_put_right(stored: Desk, spoil: Callable[[Desk], None]) -> None:
    """Whatever became of the index: the credential process and ``list`` go on, and repair it."""
    good = Cache(str(stored.home.cache)).read("keys", {"index": 2})
    spoil(stored)
    assert stored.ok(*stored.admin, "--mfa-code", stored.sandbox.code()).startswith("{")
    assert [row["profile"] for row in json.loads(stored.ok("list", "--json"))] == [KEYS]
    assert Cache(str(stored.home.cache)).read("keys", {"index": 2}) == good
    assert index(stored).stat().st_mode & 0o777 == 0o600
    assert stored.pair[1].encode() not in index(stored).read_bytes()
    spoil(stored)
    stored.ok(*stored.admin)
    spoil(stored)
    assert "Removed the key …MPLE" in stored.ok("remove", KEYS, "--yes")
    assert stored.stored() == []


def test_keys_that_were_removed_elsewhere_are_forgotten(stored: Desk) -> None:
    """A pair that another program took out of the keyring: a hint, and the index is right again."""
    stored.keyring.clear(KEYS)
    done = stored.run(*stored.admin, "--mfa-code", stored.sandbox.code())
    refused(done, 3, "no keys", f"aws-mfa-process add {KEYS}")
    refused(stored.run(*stored.admin), 3, f"aws-mfa-process add {KEYS}")
    assert stored.ok("list").startswith("The keyring holds no keys")
    refused(
        stored.run("remove", KEYS, "--yes"),
        3,
        "holds no keys",
        "which there are: aws-mfa-process list",
    )


def sessions(desk: Desk) -> list[str]:
    """Return the access keys from which the stored sessions came."""
    entries = Cache(str(desk.home.cache)).entries("session")
    return [entry.key["source"]["access_key_id"] for entry in entries]


def test_remove_asks_and_forgets_what_came_from_the_key(stored: Desk) -> None:
    """No leaves all; yes takes the pair, its sessions and all memos, and no other session."""
    stored.login()
    stored.ok(*stored.admin)
    cache = Cache(str(stored.home.cache))
    (entry, *_) = cache.entries("session")
    other = {**entry.key, "source": {"access_key_id": "AKIAOTHER"}}
    cache.write("session", other, entry.document)
    memos = [path for path in stored.home.cache.glob("memo-*") if not path.suffix]
    assert memos
    refused(stored.run("remove", KEYS), 3, "no terminal")
    for answer, status in (("n", 3), ("yes", 0)):
        assert stored.stored() == stored.pair
        assert len(sessions(stored)) == 3
        terminal = stored.home.terminal("remove", KEYS)
        terminal.expect_exact(f"Remove the key …MPLE of profile {KEYS} from the keyring?")
        terminal.sendline(answer)
        terminal.read()
        terminal.close()
        assert terminal.exitstatus == status
    assert stored.stored() == []
    assert sessions(stored) == ["AKIAOTHER"]
    assert not any(path.exists() for path in memos)
    refused(stored.run(*stored.admin), 3, f"run aws-mfa-process add {KEYS}")
    refused(
        stored.run("remove", KEYS, "--yes"),
        3,
        "holds no keys",
        "which there are: aws-mfa-process list",
    )


def test_remove_ends_the_sessions_of_a_pair_that_is_gone(stored: Desk) -> None:
    """Where another program has taken the pair away, ``remove`` still forgets what came from it."""
    stored.login()
    stored.keyring.clear(KEYS)
    assert "gone already; forgot its sessions" in stored.ok("remove", KEYS, "--yes")
    assert sessions(stored) == []


def test_keyring_that_fails_is_nobody_s_refusal(stored: Desk) -> None:
    """The next call looks into the keyring again, and tells what is wrong with it by itself."""
    line = shlex.join([PROGRAM, "--profile", KEYS])
    terminal = stored.home.terminal("-c", f"{line}; {line}", program="sh", environ=NO_BUS)
    terminal.expect(pexpect.EOF)
    shown = terminal.before or ""
    assert shown.count("the keyring cannot be used") == 2
    assert "seconds ago" not in shown


def test_answer_of_a_replaced_key_is_not_remembered(stored: Desk) -> None:
    """``add`` of another key while a call runs: the next call is one of the new key."""
    stored.login()
    new = stored.sandbox.state.access_keys.create(time.time(), 0)
    stored.sandbox.latency_seconds = 3
    before = len(stored.sandbox.calls)
    with stored.home.start(*stored.admin) as call:
        wait_until(lambda: len(stored.sandbox.calls) > before)
        stored.sandbox.latency_seconds = 0
        pair = f"{new.access_key_id}\n{new.secret_access_key}\n"
        stored.ok("add", KEYS, "--stdin", "--yes", text=pair)
        call.communicate()
    refused(stored.run(*stored.admin), 3, "needs an MFA code")


def test_remove_where_sessions_cannot_be_removed(stored: Desk) -> None:
    """A cache folder that cannot be written keeps no key in the keyring; the person is told."""
    stored.login()
    stored.ok(*stored.admin)  # leaves a memo
    stored.home.cache.chmod(0o500)
    program, *rest = as_plain_user(PROGRAM, "remove", KEYS, "--yes")
    try:
        done = stored.home.run(*rest, program=program)
    finally:
        stored.home.cache.chmod(0o700)
    assert (done.status, done.err) == (0, "")
    assert "could not be removed: Permission denied" in done.out
    assert stored.stored() == []


def test_what_is_not_ours_is_said_and_can_be_replaced(stored: Desk) -> None:
    """Another program's text under our name: clear errors, and ``remove`` or ``add`` help."""
    stored.keyring.put(KEYS, "[1]")
    assert "not a key pair of this program" in stored.ok("list")
    assert json.loads(stored.ok("list", "--json"))[0]["profile"] == KEYS
    done = stored.run(*stored.admin, "--mfa-code", stored.sandbox.code())
    refused(done, 3, "not a key pair", f"add {KEYS}")
    refused(stored.run("rotate", KEYS), 3, "not a key pair")
    assert (
        stored.ok("remove", KEYS, "--yes") == f"Removed what the keyring held for profile {KEYS}.\n"
    )
    assert stored.keyring.text(KEYS) == ""
    stored.keyring.put_beside(KEYS, "{")
    stored.ok("add", KEYS, "--stdin", text="\n".join(stored.pair))
    assert stored.stored() == stored.pair


# a practice shell

PRACTISE = """\
set -e
python -c 'import configparser as c, os; \
c = c.ConfigParser(); c.read(os.environ["AWS_SHARED_CREDENTIALS_FILE"]); \
k = c["bastion-keys"]; print(k["aws_access_key_id"], k["aws_secret_access_key"], sep="\\n")' >pair
aws-mfa-process list
aws-mfa-process add bastion-keys --stdin <pair
aws-mfa-process import --yes
aws-mfa-process --profile bastion-keys --mfa-code $(aws-mfa-process sandbox code) >answer
aws-mfa-process list
aws-mfa-process rotate bastion-keys
aws-mfa-process list --json
rm -r "$XDG_CACHE_HOME"
aws-mfa-process list
dirname "$AWS_CONFIG_FILE" >folder
ls -ld "$AWS_MFA_PROCESS_SANDBOX_KEYRING" "$AWS_MFA_PROCESS_SANDBOX_KEYRING"/*
aws-mfa-process remove bastion-keys --yes
aws-mfa-process list
"""
"""All commands for keys, as a person tries them."""


def test_a_practice_shell_does_not_touch_real_keys(desk: Desk, tmp_path: Path) -> None:
    """All can be practised under the name of a real key, which is neither shown nor changed."""
    real = json.dumps({"keys": ["AKIAREALREALREALREAL", WRONG_SECRET], "stored_at": 1})
    desk.keyring.put(KEYS, real)
    shell = tmp_path / "shell"
    shell.write_text(f"#!/bin/sh\ncd {tmp_path}\n{PRACTISE}")
    shell.chmod(0o700)
    done = desk.run("sandbox", environ={"SHELL": str(shell)})
    assert done.status == 0, done
    told = done.out.partition("what is kept, and until when\n")[2]
    first, *rest = told.splitlines()
    assert first.startswith("The keyring holds no keys")
    assert json.loads((tmp_path / "answer").read_text())["Version"] == 1
    assert re.search(r"bastion-keys  …\w{4}  practice keyring  ", told)
    assert re.search(r"Deleted the old key …\w{4}\.", told)
    assert re.search(r"^drwx------.*\n-rw-------", told, re.MULTILINE)
    assert rest[-1].startswith("The keyring holds no keys")
    assert "REAL" not in told + done.err
    assert desk.keyring.text(KEYS) == real
    assert not Path((tmp_path / "folder").read_text().strip()).exists()


# the credential process


def modules(
    desk: Desk, *arguments: str, environ: dict[str, str] | None = None, text: str = ""
) -> set[str]:
    """Return what Python imports when the program runs with a line that succeeds."""
    words = ("-X", "importtime", PROGRAM, *arguments)
    done = desk.home.run(*words, program=sys.executable, environ=environ, text=text)
    assert done.status == 0, done
    return {line.rpartition("|")[2].strip() for line in done.err.splitlines()}


def test_the_keyring_is_not_needed_after_the_code(stored: Desk) -> None:
    """With the keyring daemon gone all but a new code works, and nothing of keyring is loaded."""
    stored.login()
    first = modules(stored, *stored.admin)
    stored.keyring.close()
    lines = {
        "warm": stored.admin,
        "another role": [*stored.admin[:3], stored.sandbox.role_arns["Developer"]],
        "status": ["status"],
        "logout": ["logout", "prod"],
    }
    for environ in ({}, NO_BUS):
        for name in ("warm", "another role", "status"):
            loaded = modules(stored, *lines[name], environ=environ) | first
            assert not {module for module in loaded if "keyring" in module}, name
        stored.home.age(50 * 60)
        renewed = modules(stored, *stored.admin, environ=environ)
        assert "aws_mfa_process.aws.sts" in renewed
        assert not {module for module in renewed if "keyring" in module}
    modules(stored, *lines["logout"], environ=NO_BUS)
    refused(stored.run(*stored.admin, "--mfa-code", stored.sandbox.code()), 3, "keyring")


def test_boto3_is_for_iam_alone(stored: Desk) -> None:
    """A session is made, renewed and answered without boto3; reading IAM loads it.

    A key is stored and listed without it, too, where there is nothing to ask IAM for.
    """
    pair = "\n".join(stored.pair)
    for line in (["add", KEYS, "--stdin"], ["list"]):
        assert "boto3" not in modules(stored, *line, text=pair)
    for _ in ("made", "warm"):
        loaded = modules(stored, *stored.admin[:2], "--mfa-code", stored.sandbox.code())
        assert not {name for name in loaded if name.startswith("boto3")}
        stored.home.age(11 * 3600 + 50 * 60)
    stored.login()
    assert "boto3" in modules(stored, "list")


def test_status_without_keys_does_not_open_the_keyring(stored: Desk) -> None:
    """``status`` and a renewal with a lost index say what is missing, and look nowhere."""
    shutil.rmtree(stored.home.cache)
    assert not {module for module in modules(stored, "status") if "keyring" in module}
    assert f"no keys are stored for profile {KEYS}" in stored.ok("status")


def test_who_waits_does_not_open_the_keyring(stored: Desk) -> None:
    """While one process asks for the code, another one that waits for it has not loaded keyring."""
    asker = stored.home.terminal(*stored.admin)
    asker.expect(QUESTION)
    log = stored.home.path / "waiter"
    role = stored.sandbox.role_arns["Developer"]
    with log.open("wb") as error:
        waiter = subprocess.Popen(
            [sys.executable, "-v", PROGRAM, *stored.admin[:3], role],
            env=stored.home.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=error,
            start_new_session=True,
        )
    wait_until(lambda: "'aws_mfa_process.sessions.flight'" in log.read_text())
    wait_until(lambda: is_waiting(waiter.pid))
    asker.sendline(stored.sandbox.code())
    assert asker.read().strip().endswith("}")
    out, _ = waiter.communicate(timeout=30)
    assert json.loads(out)["Version"] == 1
    loaded = re.findall(r"^import '(\S+)'", log.read_text(), re.MULTILINE)
    assert "aws_mfa_process.keys.index" in loaded
    assert not [name for name in loaded if name.startswith(("keyring", "secretstorage"))]
    assert stored.actions().count("GetSessionToken") == 1


def test_a_stored_pair_beats_a_static_one(stored: Desk) -> None:
    """Static keys beside the stored pair of the same profile are not used."""
    stored.credentials.write_text(
        f"[{KEYS}]\naws_access_key_id = AKIADEADDEADDEADDEAD\n"
        f"aws_secret_access_key = {WRONG_SECRET}\n"
    )
    assert stored.ok(*stored.admin, "--mfa-code", stored.sandbox.code()).startswith("{")
    assert {call.access_key_id[:4] for call in stored.sandbox.calls} == {"AKIA", "ASIA"}
    assert "AKIADEADDEADDEADDEAD" not in [call.access_key_id for call in stored.sandbox.calls]


def test_an_existing_config_finds_the_stored_pair_by_name(stored: Desk) -> None:
    """A standard role profile whose ``source_profile`` has its keys in the keyring just works."""
    role = stored.sandbox.role_arns["Developer"]
    with stored.config.open("a") as file:
        file.write(
            f"[profile old]\nrole_arn = {role}\nsource_profile = {KEYS}\n"
            f"mfa_serial = {stored.sandbox.mfa_serial}\n"
            f"endpoint_url = {stored.sandbox.endpoint_url}\n"
        )
    for _ in range(2):
        out = stored.ok("--profile", "old", "--mfa-code", stored.sandbox.code())
        assert json.loads(out)["AccountId"] == "333333333333"
    client = stored.home.terminal("--profile", "old")
    assert json.loads(client.read())["AccountId"] == "333333333333"


def test_one_code_is_asked_with_the_keys_in_the_keyring(stored: Desk) -> None:
    """The whole way on a terminal: keyring, one code, a role."""
    terminal = stored.home.terminal(*stored.admin)
    answer_prompt(terminal, stored.sandbox.code())
    assert '"AccountId":"222222222222"' in terminal.read()
    assert stored.actions() == ["GetSessionToken", "AssumeRole"]


def test_missing_keys_are_a_hint(desk: Desk) -> None:
    """Without any keys the credential process says which command stores them."""
    desk.credentials.write_text("")
    refused(desk.run(*desk.admin), 3, f"no keys are stored for profile {KEYS}", f"add {KEYS}")


# rotate


@pytest.fixture
def session(stored: Desk) -> Desk:
    """The keys in the keyring, and a live MFA session."""
    stored.login()
    stored.sandbox.calls.clear()
    return stored


def rotated(desk: Desk) -> None:
    """Check that there is one new key, that it works and that the old one is forgotten."""
    (left,) = desk.key_ids()
    assert left == desk.stored()[0] != desk.pair[0]
    assert desk.works(desk.stored())
    assert desk.pair[0] not in sessions(desk)
    assert set(json.loads(desk.keyring.text(KEYS))) == {"keys", "stored_at"}


def test_rotate_needs_one_code(stored: Desk) -> None:
    """Without a session one code is asked; afterwards one new key is left, here and at AWS."""
    terminal = stored.home.terminal("rotate", KEYS)
    answer_prompt(terminal, stored.sandbox.code())
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0, shown
    rotated(stored)
    new_id, secret = stored.stored()
    assert f"The new key …{new_id[-4:]} is in use." in shown
    assert "Deleted the old key …MPLE." in shown
    assert secret not in shown
    assert stored.actions().count("GetSessionToken") == 1
    assert stored.ok(*stored.admin, "--mfa-code", stored.sandbox.code()).startswith("{")


@pytest.mark.parametrize("profiles", [["prod"], ["prod", "dev"]])
def test_rotate_says_what_it_forgets(session: Desk, profiles: list[str]) -> None:
    """The sessions of the old key, those of roles too, and the command for the next code."""
    session.ok("login", *profiles, "--min-left", "60")
    out = session.ok("rotate", KEYS)
    count = len(profiles) + 1
    assert (
        f"{count} sessions of it are forgotten; a code makes new ones: aws-mfa-process login {KEYS}"
        in out
    )
    assert not list(session.home.cache.glob("session-*"))
    rotated(session)


def test_rotate_waits_until_aws_knows_the_new_key(session: Desk) -> None:
    """A new key that AWS does not take for three seconds is waited for, the old one in use."""
    session.sandbox.key_delay_seconds = 3
    session.ok("rotate", KEYS)
    assert session.actions().count("GetCallerIdentity") > 2
    rotated(session)


def test_rotate_with_two_keys_changes_nothing(session: Desk) -> None:
    """With the quota used up the error names both keys, their state and their last use."""
    keys = session.sandbox.state.access_keys
    other = keys.create(time.time(), 0).access_key_id
    keys.set_active(other, is_active=False)
    before = session.keyring.text(KEYS)
    done = session.run("rotate", KEYS)
    refused(done, 2, f"{other} (Inactive, never used)", "delete it in the IAM console", other)
    assert re.search(rf"{session.pair[0]} \(the stored one, Active, last used 20\S+Z\)", done.err)
    assert session.keyring.text(KEYS) == before
    assert session.key_ids() == [session.pair[0], other]
    assert "CreateAccessKey" not in session.actions()


def test_rotate_with_an_inactive_key(stored: Desk) -> None:
    """A stored key that is switched off cannot be rotated; the error says what is wrong."""
    stored.sandbox.state.access_keys.set_active(stored.pair[0], is_active=False)
    terminal = stored.home.terminal("rotate", KEYS)
    answer_prompt(terminal, stored.sandbox.code())
    assert "or it is inactive" in terminal.read()
    assert stored.stored() == stored.pair
    assert stored.key_ids() == [stored.pair[0]]


def test_rotate_can_keep_the_old_key_switched_off(session: Desk) -> None:
    """``--deactivate-only`` leaves the old key at AWS, inactive; the next time says what to do."""
    assert "Switched off the old key …MPLE." in session.ok("rotate", KEYS, "--deactivate-only")
    states = {key.access_key_id: key.is_active for key in session.sandbox.state.access_keys.all()}
    assert states == {session.pair[0]: False, session.stored()[0]: True}
    assert session.works(session.stored())
    session.login()
    refused(session.run("rotate", KEYS), 2, f"if nothing uses {session.pair[0]} any more")


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("ListAccessKeys", "http500"),
        ("CreateAccessKey", "http500"),
        ("CreateAccessKey", "lost_reply"),
        ("DeleteAccessKey", "http500"),
        ("DeleteAccessKey", "lost_reply"),
        ("UpdateAccessKey", "http500"),
        ("UpdateAccessKey", "lost_reply"),
    ],
)
def test_rotate_goes_on_after_a_failure(session: Desk, action: str, kind: str) -> None:
    """AWS fails at any step: a clear error, a stored key that works, and a second run ends it."""
    flag = ["--deactivate-only"] if action == "UpdateAccessKey" else []
    session.sandbox.fail(action, kind, times=3)
    done = session.run("rotate", KEYS, *flag)
    while session.sandbox.take_fault(action):
        pass
    assert session.works(session.stored())
    assert len(session.key_ids()) <= 2
    is_done_all_the_same = kind == "lost_reply" and action in ("DeleteAccessKey", "UpdateAccessKey")
    out = ""
    if is_done_all_the_same:
        assert (done.status, done.err) == (0, "")
    else:
        refused(done, 1, "AWS IAM")
        out = session.ok("rotate", KEYS, *flag)
    if (action, kind) == ("CreateAccessKey", "lost_reply"):
        assert re.search(r"Deleted the key …\w{4} that an interrupted run had made", out)
    assert session.works(session.stored())
    old = [key for key in session.sandbox.state.access_keys.all() if not key.is_active]
    assert [key.access_key_id for key in old] == ([session.pair[0]] if flag else [])
    assert len(session.key_ids()) == 1 + len(old)
    assert "GetSessionToken" not in session.actions()


def test_rotate_never_deletes_a_key_that_a_person_made(session: Desk) -> None:
    """A key made elsewhere after an interrupted run is a full quota, not something to clean up."""
    session.sandbox.fail("CreateAccessKey", "http500", times=3)
    refused(session.run("rotate", KEYS), 1, "AWS IAM has a problem of its own")
    while session.sandbox.take_fault("CreateAccessKey"):
        pass
    keys = session.sandbox.state.access_keys
    used = keys.create(time.time(), 0)
    keys.record_use(used.access_key_id, time.time(), "s3", "eu-central-1")
    refused(session.run("rotate", KEYS), 2, f"{used.access_key_id} (Active, last used")
    keys.delete(used.access_key_id)
    late = keys.create(time.time() + 3600, 0)
    refused(session.run("rotate", KEYS), 2, f"{late.access_key_id} (Active, never used)")
    assert len(session.key_ids()) == 2
    keys.delete(late.access_key_id)
    session.ok("rotate", KEYS)
    rotated(session)


def test_rotate_rolls_back_a_new_key_that_is_gone(session: Desk) -> None:
    """A new key that somebody deleted before it was in use is made again."""
    document = json.loads(session.keyring.text(KEYS))
    document["next_keys"] = ["AKIAGONEGONEGONEGONE", WRONG_SECRET]
    session.keyring.put(KEYS, json.dumps(document))
    session.ok("rotate", KEYS)
    rotated(session)


def test_rotate_asks_again_when_aws_rejects_the_session(session: Desk) -> None:
    """A session that AWS no longer takes costs one more code, not the rotation."""
    session.sandbox.state.sessions._sessions.clear()
    terminal = session.home.terminal("rotate", KEYS)
    answer_prompt(terminal, session.sandbox.code())
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    rotated(session)


def test_two_rotations_do_not_meet(session: Desk) -> None:
    """While one rotation runs another one of the same profile is refused."""
    session.sandbox.key_delay_seconds = 80  # below what ``rotate`` waits
    first = session.home.start("rotate", KEYS)
    made = ["CreateAccessKey", "GetCallerIdentity"]
    wait_until(lambda: session.actions()[-2:] == made)
    refused(session.run("rotate", KEYS), 2, "being rotated already")
    session.sandbox.clock_offset_seconds = 81
    _, error = first.communicate()
    assert (first.returncode, error) == (0, b"")
    rotated(session)


def test_remove_tells_what_a_rotation_has_left_at_aws(session: Desk) -> None:
    """Removed between two runs of ``rotate``, both keys are named: they still exist."""
    session.sandbox.fail("DeleteAccessKey", "http500", times=3)
    assert session.run("rotate", KEYS).status == 1
    new = session.stored()[0]
    out = session.ok("remove", KEYS, "--yes")
    assert f"Removed the key …{new[-4:]} and …MPLE." in out
    assert sessions(session) == []


def test_rotate_needs_stored_keys_and_a_device(desk: Desk) -> None:
    """Without a stored pair, or a device, the error says what comes first."""
    refused(desk.run("rotate", KEYS), 3, "holds no keys", f"add {KEYS}", f"import {KEYS}")
    assert not desk.home.cache.exists()
    desk.ok("import", "--yes")
    text = desk.config.read_text()
    desk.config.write_text(re.sub("mfa_serial.*\n", "", text))
    refused(desk.run("rotate", KEYS), 2, "mfa_serial")


# secrets


@pytest.mark.skipif(sys.platform != "linux", reason="traces system calls")
def test_no_command_shows_a_secret(desk: Desk) -> None:
    """No program is started with a secret in arguments or environment, none is said or logged."""
    log = desk.home.path / "debug.log"
    desk.home.environ["AWS_MFA_PROCESS_DEBUG"] = str(log)
    trace = desk.home.path / "trace"
    options = [*FOLLOW, "-v", "-s", "100000", "-e", "trace=execve", "-o", str(trace), PROGRAM]
    shown = ""
    code = desk.sandbox.code()
    lines = [
        ["import", "--yes"],
        ["login", "prod", "--mfa-code", code],
        ["list"],
        ["rotate", KEYS],
        ["list", "--json"],
        ["import", "--undo", KEYS],
        ["remove", KEYS, "--yes"],
    ]
    secrets = [desk.pair[1]]
    for line in lines:
        done = desk.home.run(*options, *line, program=need("strace"))
        assert done.status == 0, done
        shown += trace.read_text() + done.out + done.err
        secrets += desk.stored()[1:]
    assert len(set(secrets)) == 2
    shown += log.read_text()
    assert "execve(" in shown
    for secret in set(secrets):
        assert secret not in shown

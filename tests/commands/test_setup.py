"""``setup`` on configs as people have them, with a real keyring and the practice AWS."""

import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from aws_mfa_process.chain.judge import judge_all
from aws_mfa_process.commands.profiles.view import view_of
from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, Result, assert_refused
from support.keyring import Keyring
from support.parts import need
from support.practice import actions
from support.strace import kill_before, steps_of
from support.terminal import answer_prompt

COLOUR = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")
ADMIN = "arn:aws:iam::222222222222:role/Admin"
DEVELOPER = "arn:aws:iam::333333333333:role/Developer"
READ_ONLY = "arn:aws:iam::444444444444:role/team/ReadOnly"
DEVICE = "arn:aws:iam::111111111111:mfa/alice"
PAIR = (
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
)
STEPS = ("clone3", "clone", "sendto", "rename", "unlink", "exit_group")
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NEXT = "Next: aws-mfa-process login --if-needed\n"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////"
SESSION = (
    "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\n"
    "aws_secret_access_key = sessionsessionsessionsessionsessionsess1\n"
    f"aws_session_token = {TOKEN}\n"
)


class Case(NamedTuple):
    """Two files, which profiles are served, and which are left."""

    config: str
    credentials: str
    served: dict[str, str]
    left: tuple[str, ...] = ()


def _fifty() -> Case:
    sections = [
        f"[profile team{number:02}]\nrole_arn = {ADMIN}\nsource_profile = bastion-keys\n"
        f"role_session_name = n{number:02}\nregion = eu-central-1\n"
        for number in range(50)
    ]
    keys = f"[profile bastion-keys]\nmfa_serial = {DEVICE}\nregion = eu-central-1\n"
    names = {f"team{number:02}": "Admin" for number in range(50)}
    return Case(keys + "\n".join(sections), f"[bastion-keys]\n{PAIR}", names)


CASES = {
    "plain": Case(
        "[default]\nregion = eu-central-1\noutput = json\n\n"
        f"[profile prod]\nrole_arn = {ADMIN}\nsource_profile = default\nmfa_serial = {DEVICE}\n"
        "region = eu-central-1\n\n"
        f"[profile audit]\nrole_arn = {READ_ONLY}\nsource_profile = default\n"
        f"mfa_serial = {DEVICE}\nexternal_id = sandbox-audit\nduration_seconds = 900\n",
        f"[default]\n{PAIR}",
        {"default": "alice", "prod": "Admin", "audit": "ReadOnly"},
    ),
    "aws-mfa": Case(
        "[default]\nregion = eu-central-1\n"
        f"[profile dev]\nrole_arn = {DEVELOPER}\nsource_profile = default\n",
        f"[default-long-term]\n{PAIR}aws_mfa_device = {DEVICE}\n\n[default]\n"
        f"assumed_role = False\n{SESSION}aws_security_token = {TOKEN}\n"
        "expiration = 2026-11-26 22:00:00\n",
        {"default": "alice", "dev": "Developer"},
    ),
    "awsume": Case(
        f"[profile alice]\nregion = eu-central-1\nmfa_serial = {DEVICE}\n"
        f"[profile prod]\nrole_arn = {ADMIN}\nsource_profile = alice\n"
        f"[profile dev]\ncredential_process = awsume prod --json\nregion = eu-west-1\n",
        f"[alice]\n{PAIR}\n[autoawsume-prod]\nmanager = awsume\n{SESSION}",
        {"alice": "alice", "prod": "Admin", "dev": "Admin"},
        ("autoawsume-prod",),
    ),
    "fifty": _fifty(),
    "mfa-login": Case(
        f"[profile alice]\nregion = eu-central-1\n[profile prod]\nrole_arn = {ADMIN}\n"
        f"source_profile = alice\nmfa_serial = {DEVICE}\n",
        f"[alice]\n{PAIR}[prod]\n{SESSION}[session-1]\n{SESSION}",
        {"alice": "alice", "prod": "Admin"},
        ("session-1",),
    ),
    "mixed": Case(
        "[default]\nlogin_session = arn:aws:iam::111111111111:user/alice\nregion = eu-central-1\n"
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n"
        "sso_region = eu-central-1\n"
        "[profile sso]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = X\n"
        f"[profile over-sso]\nrole_arn = {ADMIN}\nsource_profile = sso\n"
        "[profile leapp]\ncredential_process = leapp session run-aws-credential-plugin --x 1\n"
        f"[profile alice]\nmfa_serial = {DEVICE}\n"
        f"[profile dev]\nrole_arn = {DEVELOPER}\nsource_profile = alice\n",
        f"[alice]\n{PAIR}",
        {"alice": "alice", "dev": "Developer"},
        ("default", "sso", "over-sso", "leapp"),
    ),
    "messy": Case(
        "# by hand, ägypten\r\n\r\n[default]\r\n  region : eu-central-1\r\n"
        "  ; of the old laptop\r\n  s3 =\r\n      max_concurrent_requests = 4\r\n\r\n"
        '[profile "prod"]   ; the big one\r\n'
        f"Role_ARN={ADMIN}\r\n#source_profile = old\r\nsource_profile  =  default\r\n\r\n"
        f"mfa_serial = {DEVICE}\r\ncli_pager =\r\n"
        "mfa_process = oathtool --totp -b GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\r\n"
        "output = table\r\n\r\n[preview]\r\ncloudfront = true\r\n"
        f"[profile hub]\r\nrole_arn = {ADMIN}\r\nsource_profile = default\r\n"
        "[profile deep]\r\nrole_arn = arn:aws:iam::555555555555:role/Deep\r\n"
        "source_profile = hub",
        "# keys\r\n[default] # alice\r\n  " + PAIR.replace("\n", "\r\n  ") + "\r\n# end",
        {"default": "alice", "prod": "Admin", "hub": "Admin", "deep": "Deep"},
    ),
}


class Desk:
    """A home directory with a keyring, and the practice AWS."""

    def __init__(self, home: Home, keyring: Keyring, sandbox: Sandbox) -> None:
        self.home, self.keyring, self.sandbox = home, keyring, sandbox

    def write(self, case: Case) -> None:
        """Write the files of a case, to the byte."""
        (self.home.aws / "config").write_bytes(case.config.encode())
        (self.home.aws / "credentials").write_bytes(case.credentials.encode())

    def files(self) -> list[bytes]:
        """Return what the two files hold."""
        return [(self.home.aws / name).read_bytes() for name in ("config", "credentials")]

    def setup(self, *arguments: str) -> Result:
        """Run `setup` without a terminal."""
        return self.home.run("setup", *arguments, timeout=120)

    def ok(self, *arguments: str) -> str:
        """Run `setup`, which has to succeed."""
        done = self.setup(*arguments)
        assert (done.status, done.err) == (0, ""), done
        return done.out

    def line_of(self, profile: str) -> list[str]:
        """Return the command that SDKs run for a profile."""
        paths = (str(self.home.aws / name) for name in ("config", "credentials"))
        values = read_profiles(*paths).profiles[profile]
        assert shlex.split(values["credential_process"]) == values["credential_process"].split()
        return values["credential_process"].split()

    def outcomes(self) -> dict[str, str]:
        """Return what the judge makes of the profiles."""
        files = read_profiles(*(str(self.home.aws / name) for name in ("config", "credentials")))
        return {it.profile: it.outcome for it in judge_all(view_of(files, self.home.environ))}


@pytest.fixture
def desk(home: Home, keyring: Keyring, sandbox: Sandbox) -> Desk:
    """No file is there yet; the variable leads to the practice AWS."""
    home.environ["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
    home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.SecretService.Keyring"
    home.environ |= {"AWS_PAGER": "", "AWS_DEFAULT_REGION": "eu-central-1"}
    return Desk(home, keyring, sandbox)


def files_with(folder: Path, text: str) -> list[Path]:
    """Return the files below a folder in which a text stands."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


@pytest.mark.parametrize("name", CASES)
def test_a_person_accepts_once_and_all_names_go_on_working(desk: Desk, name: str) -> None:
    """One yes, one code; each name is served; a second run changes nothing; undo gives it back."""
    case = CASES[name]
    desk.write(case)
    before = desk.files()
    terminal = desk.home.terminal("setup")
    terminal.expect_exact("Do it?")
    assert desk.files() == before
    terminal.send("y")
    if "mfa_process" not in case.config:
        answer_prompt(terminal, desk.sandbox.code())
    shown = COLOUR.sub("", terminal.read())
    assert terminal.wait() == 0, shown
    assert shown.count(" works") == len(case.served)
    assert "Try it: aws sts get-caller-identity --profile" in shown

    assert [it for it in case.served if desk.outcomes()[it] != "served"] == []
    asked = [*case.served][:3]
    for profile, arn in zip(asked, desk.home.callers(*asked), strict=True):
        assert case.served[profile] in arn
    assert files_with(desk.home.path, SECRET) == []

    after = desk.files()
    told = desk.ok()
    assert told.endswith(f"Nothing to change.\n{NEXT}")
    assert [it for it in case.left if f"  {it} " not in told] == []
    assert desk.ok("--check") == "Nothing to change.\n"
    assert desk.files() == after
    desk.ok("--undo", "--yes")
    assert desk.files() == before
    assert desk.keyring.text("default-keys") == ""
    assert_refused(desk.setup("--undo", "--yes"), 2, "nothing that could be undone in these files")


@pytest.mark.parametrize("name", CASES)
def test_every_other_byte_stays(desk: Desk, name: str) -> None:
    """What is gone are lines of settings that moved; all others stand in their order."""
    case = CASES[name]
    desk.write(case)
    desk.ok("--yes", "--no-login")
    moved = ("role", "source_", "mfa_", "external_", "duration_", "aws_", "credential_process")
    for old, new in zip((case.config, case.credentials), desk.files(), strict=True):
        rest = iter(new.decode().splitlines(keepends=True))
        kept = [it for it in old.splitlines(True) if not it.strip().lower().startswith(moved)]
        assert [line for line in kept if line not in rest] == []


AWS_VAULT = Case(
    "[default]\ncredential_process = aws-vault export --format=json jon\n"
    f"[profile jon]\nregion = eu-central-1\nmfa_serial = {DEVICE}\n"
    f"[profile prod]\ninclude_profile = jon\nrole_arn = {ADMIN}\n"
    f"[profile dev]\nsource_profile = jon\nrole_arn = {DEVELOPER}\n"
    "mfa_process = ykman oath accounts code -s aws\n"
    "[profile json]\ncredential_process = /opt/bin/aws-vault exec --json -d 8h prod\n",
    "",
    {"default": "alice", "prod": "Admin", "dev": "Developer", "json": "Admin"},
)
VAULT = """\
#!/bin/sh
[ "$*" = 'export --no-session --format=json jon' ] || exit 7
printf 'Enter passphrase to unlock: ' >/dev/tty && read -r word </dev/tty
[ "$word" = open ] || exit 1
printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}' "$PAIR_ID" "$PAIR_SECRET"
"""
"""aws-vault with its file back end, as far as `setup` uses it."""


def test_keys_of_aws_vault_are_stored_first(desk: Desk) -> None:
    """Lines of aws-vault become ours, what it inherits is written out, and the key is named."""
    desk.write(AWS_VAULT)
    before = desk.files()
    out = desk.ok("--yes")
    assert "No key of jon is stored yet.\nWhen you have it: aws-mfa-process add jon\n" in out
    pair = f"{desk.sandbox.access_key_id}\n{desk.sandbox.secret_access_key}\n"
    desk.home.run("add", "jon", "--stdin", text=pair)
    desk.home.run("login", "prod", "--mfa-code", desk.sandbox.code())
    assert {it for it, outcome in desk.outcomes().items() if outcome == "served"} == {
        *("default", "prod", "dev", "json"),
    }
    assert desk.line_of("prod") == desk.line_of("json")
    user, role = desk.home.callers("default", "json")
    assert ":user/alice" in user
    assert ":assumed-role/Admin/" in role
    assert b"\n[profile prod]\nregion = eu-central-1\n" in desk.files()[0]
    desk.ok("--undo", "--yes")
    assert desk.files() == before


def test_a_source_profile_is_inherited_from_above(desk: Desk) -> None:
    """aws-vault takes it from any profile that is included, however far above."""
    desk.write(
        Case(
            f"[default]\nregion = eu-central-1\nmfa_serial = {DEVICE}\n"
            "[profile base]\nsource_profile = default\n[profile common]\ninclude_profile = base\n"
            f"[profile prod]\ninclude_profile = common\nrole_arn = {ADMIN}\n"
            f"[profile dev]\nparent_profile = common\nrole_arn = {DEVELOPER}\n",
            f"[default]\n{PAIR}",
            {"default": "alice", "prod": "Admin", "dev": "Developer"},
        )
    )
    desk.ok("--yes", "--mfa-code", desk.sandbox.code())
    prod, dev = desk.home.callers("prod", "dev")
    assert ":assumed-role/Admin/" in prod
    assert ":assumed-role/Developer/" in dev
    assert desk.setup("--check").status == 0


def test_aws_vault_gives_its_key_itself(desk: Desk, tmp_path: Path) -> None:
    """A person accepts, unlocks aws-vault and types a code; no program of theirs asks again."""
    vault = tmp_path / "aws-vault"
    vault.write_text(VAULT)
    vault.chmod(0o755)
    desk.home.environ["PATH"] = f"{tmp_path}:{desk.home.environ['PATH']}"
    desk.home.environ["PAIR_ID"] = desk.sandbox.access_key_id
    desk.home.environ["PAIR_SECRET"] = desk.sandbox.secret_access_key
    ykman = tmp_path / "ykman"
    ykman.write_text(f"#!/bin/sh\necho {desk.sandbox.code()}\n")
    ykman.chmod(0o755)
    desk.write(AWS_VAULT)
    before = desk.files()
    terminal = desk.home.terminal("setup")
    terminal.expect_exact("Do it?")
    terminal.send("y")
    terminal.expect_exact("No key of jon is stored yet.\r\nTake it from aws-vault? [y/N] ")
    terminal.sendline("y")
    terminal.expect_exact("Enter passphrase to unlock: ")
    terminal.sendline("open")
    terminal.expect_exact("Stored the key …")
    shown = COLOUR.sub("", terminal.read())
    assert terminal.wait() == 0, shown
    assert shown.count(" works") == len(AWS_VAULT.served)
    callers = desk.home.callers(*AWS_VAULT.served)
    for who, arn in zip(AWS_VAULT.served.values(), callers, strict=True):
        assert who in arn
    assert files_with(desk.home.path, SECRET) == []
    assert desk.ok("--check") == "Nothing to change.\n"
    desk.ok("--undo", "--yes")
    assert desk.files() == before


def test_a_key_may_be_typed_or_left_for_later(desk: Desk) -> None:
    """Without aws-vault the pair is asked for; Enter leaves it, and the command is named."""
    desk.write(AWS_VAULT)
    terminal = desk.home.terminal("setup", "--no-login")
    terminal.expect_exact("Do it?")
    terminal.send("y")
    terminal.expect_exact("Access key id (Enter: later): ")
    terminal.sendline("")
    terminal.expect_exact("When you have it: aws-mfa-process add jon\r\n")
    terminal.read()
    assert terminal.wait() == 0
    desk.ok("--undo", "--yes")
    terminal = desk.home.terminal("setup", "prod", "--no-login")
    terminal.expect_exact("Do it?")
    terminal.send("y")
    terminal.expect_exact("Access key id (Enter: later): ")
    terminal.sendline(desk.sandbox.access_key_id)
    terminal.expect_exact("(not shown): ")
    terminal.sendline(desk.sandbox.secret_access_key)
    terminal.expect_exact("Stored the key …")
    terminal.read()
    assert terminal.wait() == 0
    assert desk.sandbox.access_key_id in desk.keyring.text("jon")


@pytest.mark.parametrize("flags", [("--check",), ("--dry-run",), ("--dry-run", "--yes")])
def test_looking_changes_nothing(desk: Desk, flags: tuple[str, ...]) -> None:
    """Neither the files nor the keyring nor the journal; and no secret is shown."""
    for case in CASES.values():
        desk.write(case)
        before = desk.files()
        done = desk.setup(*flags)
        assert (done.status, done.err) == (int("--check" in flags), "")
        assert desk.files() == before
        for secret in (SECRET, TOKEN, "sessionsession", "GEZDGNBV", "AKIAIOSFODNN7EXAMPLE"):
            assert secret not in done.out
    assert not (desk.home.path / ".local" / "state" / "aws-mfa-process").exists()
    assert set(actions(desk.sandbox)) <= {"GetCallerIdentity", "ListMFADevices"}


def test_flags_alone_do_it_all(desk: Desk) -> None:
    """A script gives what a person would; the table says that each role works."""
    desk.write(CASES["plain"])
    out = desk.ok("--yes", "--mfa-code", desk.sandbox.code())
    assert "  -  aws_secret_access_key = …\n" in out
    assert "  prod     222222222222:role/Admin          works\n" in out
    assert actions(desk.sandbox).count("GetSessionToken") == 1
    assert desk.line_of("audit")[1:] == [
        *("--profile", "default-keys", "--role-arn", READ_ONLY),
        *("--external-id", "sandbox-audit", "--duration-seconds", "900"),
    ]


def test_nobody_is_asked_without_a_terminal(desk: Desk) -> None:
    """What would be asked is shown, nothing is changed, and the flag is named."""
    desk.write(CASES["plain"])
    before = desk.files()
    done = desk.setup()
    assert done.status == 3
    assert done.err.endswith("hint: give --yes\n")
    assert desk.files() == before


@pytest.mark.parametrize("answer", ["n", "\x04"], ids=["no", "Ctrl-D"])
def test_no_is_no(desk: Desk, answer: str) -> None:
    """Who does not accept finds everything as it was."""
    desk.write(CASES["mfa-login"])
    before = desk.files()
    terminal = desk.home.terminal("setup")
    terminal.expect_exact("Do it?")
    terminal.send(answer)
    assert "nothing was changed" in terminal.read()
    assert terminal.wait() == 3
    assert desk.files() == before
    assert desk.keyring.text("alice-keys") == ""


def test_keys_may_stay(desk: Desk) -> None:
    """Roles are served with the keys where they are, and no keyring is opened."""
    desk.home.environ["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
    desk.write(CASES["plain"])
    credentials = desk.files()[1]
    desk.ok("--yes", "--keep-keys", "--mfa-code", desk.sandbox.code())
    assert desk.files()[1] == credentials
    assert desk.line_of("prod")[1:3] == ["--profile", "default"]
    assert ":assumed-role/Admin/" in desk.home.caller("prod")
    assert desk.ok("--keep-keys").endswith(f"Nothing to change.\n{NEXT}")


def test_a_key_alone_that_stays_is_sent_on_to_roles(desk: Desk) -> None:
    """Each end says what comes next, and so does `status`: no profile uses the program yet."""
    desk.home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    desk.write(Case("[default]\nregion = eu-central-1\n", f"[default]\n{PAIR}", {}))
    step = (
        "Next: aws-mfa-process setup discover, for the roles that your policies name;\n"
        "or aws-mfa-process setup accounts FILE, for those of a list; or write a\n"
        "profile with role_arn and source_profile = default, then aws-mfa-process setup.\n"
    )
    assert desk.ok("--yes", "--keep-keys").endswith(f"Done.\n{step}")
    assert desk.ok("--keep-keys").endswith(f"Nothing to change.\n{step}")
    assert f"uses this program.\n{step}" in desk.home.run("status").out
    words = ("discover", "--yes", "--mfa-code", desk.sandbox.code())
    assert "Done. Next: aws-mfa-process login" in desk.ok(*words)


def test_a_login_that_is_left_out_is_what_comes_next(desk: Desk) -> None:
    """It is for the person then."""
    desk.write(CASES["plain"])
    assert desk.ok("--yes", "--keep-keys", "--no-login").endswith(f"Done.\n{NEXT}")


def test_keys_that_move_alone_are_proved_by_what_they_serve(desk: Desk) -> None:
    """Profiles that were served before are logged in and called, since their key has moved."""
    desk.write(CASES["plain"])
    desk.ok("--yes", "--keep-keys", "--no-login")
    told = desk.ok("--yes", "--mfa-code", desk.sandbox.code())
    assert files_with(desk.home.path, SECRET) == []
    assert told.count(" works") == len(CASES["plain"].served)
    assert "Try it: aws sts get-caller-identity --profile" in told


def test_a_profile_that_is_named_is_served_alone(desk: Desk) -> None:
    """The others keep their settings, and go on working over the name of the keys."""
    desk.write(CASES["plain"])
    desk.ok("prod", "--yes", "--mfa-code", desk.sandbox.code())
    assert desk.outcomes()["prod"] == "served"
    assert desk.outcomes()["audit"] == "unserved"
    assert_refused(desk.setup("prd"), 2, "profile prd does not exist", "did you mean prod?")


def test_a_key_that_aws_refuses_stays(desk: Desk) -> None:
    """It is named with the reason, and what is built on it is left too."""
    desk.write(CASES["plain"]._replace(credentials=f"[default]\n{PAIR}".replace("wJal", "oJal")))
    before = desk.files()
    out = desk.ok("--yes")
    assert "Left as they are" in out
    assert "  prod     " in out
    assert out.endswith("Nothing to change.\n")
    assert desk.files() == before


def test_a_device_that_no_file_names_is_found(desk: Desk) -> None:
    """IAM tells it, as for `add`; or the flag does."""
    desk.write(Case("[default]\nregion = eu-central-1\n", f"[default]\n{PAIR}", {}))
    desk.ok("--yes", "--no-login")
    assert f"mfa_serial = {DEVICE}".encode() in desk.files()[0]
    desk.ok("--undo", "--yes")
    desk.sandbox.mfa_serials = []
    assert "no MFA device is known" in desk.ok("--yes", "--no-login")
    desk.ok("--yes", "--no-login", "--mfa-serial", DEVICE)
    assert desk.outcomes()["default"] == "served"


def test_roles_that_list_devices_are_served(desk: Desk) -> None:
    """No SDK understands the list; it moves to the profile with the keys, in whichever order."""
    role = "[profile {}]\nrole_arn = {}\nsource_profile = keys\nmfa_serial = {}\n"
    config = role.format("prod", ADMIN, f"{DEVICE}, {DEVICE}-2")
    config += role.format("dev", DEVELOPER, f"{DEVICE}-2 {DEVICE}")
    desk.write(Case(f"[profile keys]\nregion = eu-central-1\n{config}", f"[keys]\n{PAIR}", {}))
    out = desk.ok("--yes", "--no-login")
    assert f"2 MFA devices                      alice ({DEVICE}) alice-2 ({DEVICE}-2)" in out
    written = desk.files()[0].decode()
    assert written.count("mfa_serial") == 1
    assert f"mfa_serial = {DEVICE}, {DEVICE}-2\n" in written
    assert "--mfa-serial" not in written
    assert {desk.outcomes()[name] for name in ("prod", "dev")} == {"served"}


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("\ufeff[default]\n", "it starts with a byte order mark"),
        ("[profile a]\nx = 1\n[profile a]\n", "line 3: section [profile a] stands there twice"),
    ],
)
def test_what_aws_cli_cannot_read_is_refused(desk: Desk, config: str, says: str) -> None:
    """The sentence names the line; nothing is touched."""
    desk.write(Case(config, f"[default]\n{PAIR}", {}))
    before = desk.files()
    assert_refused(desk.setup("--yes"), 2, says)
    assert desk.files() == before


def test_what_a_person_mends_is_set_up_then(desk: Desk) -> None:
    """A byte order mark and a section that stands there twice are named, one after the other."""
    case = CASES["messy"]
    twice = "[profile hub]\r\ncli_timestamp_format = wire\r\n"
    desk.write(case._replace(config=f"\ufeff{twice}{case.config}"))
    for says, mended in (
        ("starts with a byte order mark", f"{twice}{case.config}"),
        ("section [profile hub] stands there twice", case.config),
    ):
        before = desk.files()
        terminal = desk.home.terminal("setup")
        terminal.expect_exact(says)
        terminal.expect_exact("hint: the AWS CLI fails on this file too")
        terminal.read()
        assert terminal.wait() == 2
        assert desk.files() == before
        desk.write(case._replace(config=mended))
    before = desk.files()
    terminal = desk.home.terminal("setup", "--no-login")
    terminal.expect_exact("Do it?")
    terminal.send("y")
    terminal.expect_exact("Done.")
    terminal.read()
    assert terminal.wait() == 0
    assert [it for it in case.served if desk.outcomes()[it] != "served"] == []
    desk.ok("--undo", "--yes")
    assert desk.files() == before


def test_a_file_that_is_changed_meanwhile_is_left_alone(desk: Desk) -> None:
    """Nothing is written, nothing is left that could be undone, and the hint leads on."""
    desk.write(CASES["plain"])
    config, mine = desk.home.aws / "config", b"[profile new]\nregion = eu-central-1\n"
    terminal = desk.home.terminal("setup", "--no-login")
    terminal.expect_exact("Do it?")
    config.write_bytes(mine + config.read_bytes())
    terminal.send("y")
    terminal.expect_exact("was changed meanwhile")
    terminal.expect_exact("hint: see aws-mfa-process setup --check, then run it again")
    terminal.read()
    assert terminal.wait() == 2
    before = desk.files()
    assert before[0].startswith(mine)
    assert_refused(desk.setup("--undo", "--yes"), 2, "nothing that could be undone in these files")
    assert desk.setup("--check").status == 1
    desk.ok("--yes", "--no-login")
    desk.ok("--undo", "--yes")
    assert desk.files() == before


def test_undo_leaves_a_file_that_was_changed_since(desk: Desk) -> None:
    """A later edit is nobody's to lose; without it the bytes come back."""
    desk.write(CASES["plain"])
    before = desk.files()
    desk.ok("--yes", "--no-login")
    config = desk.home.aws / "config"
    after = config.read_bytes()
    config.write_bytes(after + b"# mine\n")
    assert_refused(desk.setup("--undo", "--yes"), 2, "was changed after setup")
    assert config.read_bytes() == after + b"# mine\n"
    config.write_bytes(after)
    desk.ok("--undo", "--yes")
    assert desk.files() == before


def test_the_journal_holds_no_secret(desk: Desk) -> None:
    """It is closed to others, and what it cannot say is in the keyring."""
    for name in ("aws-mfa", "messy"):
        desk.write(CASES[name])
        desk.ok("--yes", "--no-login")
    folder = desk.home.path / ".local" / "state" / "aws-mfa-process"
    journals = sorted(folder.iterdir())
    assert len(journals) == 2
    for path in (folder, *journals):
        assert path.stat().st_mode & 0o077 == 0
    for secret in (SECRET, TOKEN, "sessionsession", "GEZDGNBV"):
        assert files_with(folder, secret) == []


def test_from_nothing_to_a_role(desk: Desk) -> None:
    """A person with a key and a phone: three questions, the pair, a code."""
    terminal = desk.home.terminal("setup")
    terminal.expect_exact("ARN of the role to work in (Enter: none): ")
    terminal.sendline("Admin")
    terminal.expect_exact("That is no ARN of a role")
    terminal.sendline(ADMIN)
    terminal.expect_exact("Name of its profile [prod]: ")
    terminal.sendline("")
    terminal.expect_exact("Access key id: ")
    terminal.sendline(desk.sandbox.access_key_id)
    terminal.expect_exact("(not shown): ")
    terminal.sendline(desk.sandbox.secret_access_key)
    answer_prompt(terminal, desk.sandbox.code())
    assert "Next:" not in (terminal.before or "")  # for it logs in by itself
    assert "  prod  222222222222:role/Admin  works\r\n" in COLOUR.sub("", terminal.read())
    assert terminal.wait() == 0
    assert ":assumed-role/Admin/" in desk.home.caller("prod")
    desk.ok("--undo", "--yes")
    assert not (desk.home.aws / "config").exists()
    assert desk.keyring.text("bastion-keys") != ""  # it may be the only copy


def test_options_of_lists_are_not_passed_over(desk: Desk) -> None:
    """Who names one profile does not get all of them changed."""
    desk.write(CASES["plain"])
    before = desk.files()
    done = desk.setup("--profile", "prod", "--yes")
    assert_refused(done, 2, "--profile is for setup accounts and setup discover")
    assert "hint: aws-mfa-process setup prod\n" in done.err
    assert desk.setup("--names", "{role}", "--yes").status == 2
    assert desk.files() == before


def test_a_setting_that_aws_does_not_take_is_left(desk: Desk) -> None:
    """A line would only fail in every program."""
    plain = CASES["plain"]
    wrong = "duration_seconds = 900\nrole_session_name = a b\n"
    desk.write(plain._replace(config=plain.config.replace("duration_seconds = 900\n", wrong)))
    told = desk.ok("--yes", "--no-login")
    assert "audit  profile audit: role_session_name 'a b' must be" in told
    assert desk.line_of("prod")
    assert "audit" not in [it for it, outcome in desk.outcomes().items() if outcome == "served"]


def test_nothing_and_no_terminal(desk: Desk) -> None:
    """A script is told which command takes the pair."""
    done = desk.setup("--yes")
    assert done.status == 2
    assert "hint: aws-mfa-process add bastion-keys --stdin --write --as prod" in done.err


def test_nothing_and_no_keyring(desk: Desk) -> None:
    """Nobody is asked for what cannot be stored: the key may stand in the files instead."""
    desk.home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    terminal = desk.home.terminal("setup")
    told = terminal.read()
    assert (terminal.wait(), "ARN of the role" in told) == (3, False)
    assert told.endswith(": aws configure && aws-mfa-process setup --keep-keys\r\n")
    done = desk.setup("--keep-keys")
    assert (done.status, "hint: aws configure && " in done.err) == (2, True)


def test_a_path_with_a_blank_is_refused(desk: Desk, tmp_path: Path) -> None:
    """No SDK takes it alike; a link is the way out."""
    folder = tmp_path / "my tools"
    folder.mkdir()
    program = folder / "aws-mfa-process"
    program.symlink_to(desk.home.program)
    desk.write(CASES["plain"])
    done = desk.home.run("setup", "--yes", program=str(program))
    assert done.status == 2
    assert "has a blank or a quotation mark in it" in done.err
    assert "hint: link it to a path without: ln -s" in done.err


def test_without_a_keyring_nothing_is_asked(desk: Desk) -> None:
    """The way out is named before a person accepts what cannot be done."""
    desk.home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    desk.write(CASES["plain"])
    before = desk.files()
    done = desk.setup("--yes")
    assert done.status == 3
    assert "setup --keep-keys" in done.err
    assert desk.files() == before


def test_each_run_is_undone_by_itself(desk: Desk) -> None:
    """The last one first."""
    desk.write(CASES["plain"])
    states = [desk.files()]
    for profile in ("prod", "audit"):
        desk.ok(profile, "--yes", "--no-login")
        states.append(desk.files())
    assert_refused(desk.setup("audit", "--undo", "--yes"), 2, "--undo takes no name")
    assert desk.files() == states[-1]
    for state in (states[1], states[0]):
        desk.ok("--undo", "--yes")
        assert desk.files() == state


def test_runs_on_other_files_are_theirs(desk: Desk, tmp_path: Path) -> None:
    """What setup did for another AWS_CONFIG_FILE is neither undone nor in the way."""
    desk.write(CASES["plain"])
    before = desk.files()
    desk.ok("--yes", "--no-login", "--keep-keys")
    after = desk.files()
    other = tmp_path / "other"
    other.write_bytes(CASES["plain"].config.encode())
    desk.home.environ["AWS_CONFIG_FILE"] = "other"
    words = ("setup", "--yes", "--no-login", "--keep-keys")
    desk.home.run("--chdir", str(tmp_path), PROGRAM, *words, program="env")
    assert b"credential_process" in other.read_bytes()
    assert desk.files() == after
    desk.home.environ["AWS_CONFIG_FILE"] = str(other)
    other.unlink()
    assert_refused(desk.setup("--undo", "--yes"), 2, f"{other} is gone, and with it")
    del desk.home.environ["AWS_CONFIG_FILE"]
    desk.ok("--undo", "--yes")
    assert desk.files() == before
    assert_refused(desk.setup("--undo", "--yes"), 2, "could be undone in these files")


def test_another_key_is_not_written_back(desk: Desk) -> None:
    """After a rotation the old secret is nowhere, and the files are left as they are."""
    desk.write(CASES["plain"])
    desk.ok("--yes", "--no-login")
    after = desk.files()
    other = {"keys": ["AKIAIOSFODNN7ANOTHER", "x" * 40], "stored_at": 1}
    desk.keyring.put("default-keys", json.dumps(other))
    assert_refused(
        desk.setup("--undo", "--yes"),
        2,
        "is another one by now, …THER",
        "import --undo default-keys",
    )
    assert desk.files() == after


def test_files_may_be_links_and_elsewhere(desk: Desk, tmp_path: Path) -> None:
    """The variables count, and a link stays one."""
    folder = tmp_path / "dotfiles"
    folder.mkdir()
    case = CASES["plain"]
    (folder / "config").write_text(case.config)
    (folder / "credentials").write_text(case.credentials)
    (folder / "link").symlink_to("config")
    desk.home.environ |= {
        "AWS_CONFIG_FILE": str(folder / "link"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }
    desk.ok("--yes", "--no-login")
    assert (folder / "link").is_symlink()
    assert "credential_process" in (folder / "config").read_text()
    desk.ok("--undo", "--yes")
    assert (folder / "config").read_text() == case.config


def test_profiles_of_granted_and_of_a_second_key(desk: Desk) -> None:
    """A line of granted names its profile; two names of one key are served both."""
    desk.write(
        Case(
            f"[profile prod]\nrole_arn = {ADMIN}\nsource_profile = alice\n"
            f"mfa_serial = {DEVICE}\n"
            "[profile g]\ncredential_process = dgranted credential-process --profile prod\n",
            f"[alice]\n{PAIR}[work]\n{PAIR}",
            {},
        )
    )
    before = desk.files()
    out = desk.ok("--yes", "--mfa-code", desk.sandbox.code())
    assert "  g      222222222222:role/Admin  works\n" in out
    assert desk.line_of("g") == desk.line_of("prod")
    assert desk.outcomes()["work"] == "served"
    assert files_with(desk.home.path, SECRET) == []
    desk.ok("--undo", "--yes")
    assert desk.files() == before


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_setup_can_be_killed_at_every_step(desk: Desk) -> None:
    """No secret is lost; what is half done is named, and undone; then all can be done anew."""
    desk.home.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    case = CASES["aws-mfa"]
    desk.write(case)
    before = desk.files()
    words = ("setup", "--yes", "--no-login")
    steps = [it for it in steps_of(desk.home, STEPS, *words) if it[0] != "exit_group"]
    done = desk.files()
    assert len(steps) > 6
    halves = 0
    for step in steps:
        for folder in (desk.home.cache, desk.home.path / ".local" / "state" / "aws-mfa-process"):
            shutil.rmtree(folder, ignore_errors=True)
        desk.keyring.clear("default-long-term")
        desk.write(case)
        kill_before(desk.home, step, *words)
        now = desk.files()
        again = desk.setup(*words[1:])
        if now in (before, done):
            assert again.status == 0, (step, again)
        else:
            halves += 1
            assert_refused(again, 2, "setup was ended when", "aws-mfa-process setup --undo")
            desk.ok("--undo", "--yes")
            assert desk.files() == before, step
            desk.ok(*words[1:])
        assert desk.files() == done, step
        desk.ok("--undo", "--yes")
        assert desk.files() == before, step
    assert halves


def test_a_secret_that_is_part_of_another_hides_both(desk: Desk) -> None:
    """The difference and the journal have no part of one; what stays as it is is not shown."""
    session = SESSION.replace(TOKEN, "{}")
    token = SECRET[-10:]
    desk.write(
        Case(
            f"[profile one]\nrole_arn = {ADMIN}\nsource_profile = alice\nmfa_serial = {DEVICE}\n"
            f"[profile two]\nrole_arn = {ADMIN}\nsource_profile = alice\n"
            "[profile last]\nregion = eu-central-1\n",
            f"[one]\n{session.format('on')}[two]\n{session.format(token)}[alice]\n{PAIR}",
            {},
        )
    )
    before = desk.files()
    out = desk.ok("--yes", "--no-login")
    assert out.count("-  aws_secret_access_key = …\n") == 3
    assert out.count("-  aws_session_token = …\n") == 1
    assert "[profile last]" not in out
    state = desk.home.path / ".local" / "state"
    for secret in (SECRET, "sessionsession"):
        for part in (secret[:9], secret[-9:]):
            assert part not in out
            assert files_with(state, part) == []
    desk.ok("--undo", "--yes")
    assert desk.files() == before


def test_what_cannot_be_written_leaves_no_key_behind(desk: Desk) -> None:
    """No file was changed, so nothing stays in the keyring."""
    desk.write(CASES["plain"])
    before = desk.files()
    state = desk.home.path / ".local" / "state"
    state.mkdir(parents=True)
    (state / "aws-mfa-process").write_text("")
    done = desk.setup("--yes")
    assert done.status == 2
    assert "without it nothing could be undone" in done.err
    assert desk.files() == before
    assert desk.keyring.text("default-keys") == ""
    (state / "aws-mfa-process").unlink()
    desk.ok("--yes", "--no-login")


def test_undo_tells_of_a_file_that_is_gone(desk: Desk) -> None:
    """What setup left as it was in it nobody has; the key can be had alone."""
    desk.write(CASES["plain"])
    desk.ok("--yes", "--no-login")
    (desk.home.aws / "config").unlink()
    done = desk.setup("--undo", "--yes")
    assert_refused(done, 2, "config is gone, and with it", "import --undo default-keys")
    assert desk.home.run("import", "--undo", "default-keys", "--yes").status == 0
    assert SECRET.encode() in (desk.home.aws / "credentials").read_bytes()


def test_undo_leaves_permissions_and_links(desk: Desk, tmp_path: Path) -> None:
    """What holds no secret stays open; a link that led nowhere leads nowhere again."""
    case = CASES["plain"]
    desk.write(case)
    (desk.home.aws / "config").chmod(0o644)
    desk.ok("--yes", "--no-login")
    desk.ok("--undo", "--yes")
    assert (desk.home.aws / "config").stat().st_mode & 0o777 == 0o644
    (desk.home.aws / "config").unlink()
    (desk.home.aws / "config").symlink_to(tmp_path / "later")
    desk.ok("--yes", "--no-login", "--mfa-serial", DEVICE)
    assert (tmp_path / "later").exists()
    desk.ok("--undo", "--yes")
    assert not (tmp_path / "later").exists()
    assert (desk.home.aws / "config").is_symlink()


def test_a_block_stays_when_its_key_moves(desk: Desk, tmp_path: Path) -> None:
    """The name that its lines have goes on working, so that nothing changes for CI."""
    desk.write(Case(f"[profile me]\nmfa_serial = {DEVICE}\n", f"[me]\n{PAIR}", {}))
    accounts = tmp_path / "accounts.csv"
    row = "222222222222,prod,Admin,\n"
    accounts.write_text(f"account,name,roles,region\n{row}{row}")
    desk.ok("accounts", str(accounts), "--yes")
    desk.ok("--yes", "--mfa-code", desk.sandbox.code())
    assert desk.ok("accounts", str(accounts), "--check") == "Nothing to change.\n"
    assert ":assumed-role/Admin/" in desk.home.caller("prod-Admin")


def test_the_partition_of_a_block_stays_when_its_key_moves(desk: Desk, tmp_path: Path) -> None:
    """The device tells it, wherever that stands by now."""
    device = DEVICE.replace("aws", "aws-cn")
    desk.write(Case(f"[profile me]\nmfa_serial = {device}\n", f"[me]\n{PAIR}", {}))
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,name,roles,region\n222222222222,prod,Admin,\n")
    assert "arn:aws-cn:iam::222222222222:role/Admin" in desk.ok("accounts", str(accounts), "--yes")
    desk.ok("--yes", "--no-login")
    assert desk.ok("accounts", str(accounts), "--check") == "Nothing to change.\n"


def test_very_many_profiles(desk: Desk) -> None:
    """A thousand, each with the lines of all others; undo gives the bytes back."""
    role = f"source_profile = default\nmfa_serial = {DEVICE}\nregion = eu-central-1\n"
    numbers = range(100000000000, 100000001000)
    arns = (f"role_arn = arn:aws:iam::{number}:role/Admin\n" for number in numbers)
    config = "\n".join(f"[profile p{n}]\n{arn}{role}" for n, arn in enumerate(arns))
    desk.write(Case(config, f"[default]\n{PAIR}", {}))
    before = desk.files()
    desk.ok("--yes", "--no-login")
    assert desk.line_of("p999")[-1] == "arn:aws:iam::100000000999:role/Admin"
    assert desk.ok("--check") == "Nothing to change.\n"
    desk.ok("--undo", "--yes")
    assert desk.files() == before


@pytest.mark.parametrize("own", [f"mfa_serial = {DEVICE}\n", ""])
def test_a_role_over_a_session_is_left(desk: Desk, own: str) -> None:
    """Nobody would make a new session; doctor sends nobody to setup for it before."""
    role = f"[profile prod]\nrole_arn = {ADMIN}\nsource_profile = mfa\n{own}"
    config = f"[default]\nmfa_serial = {DEVICE}\n{role}"
    desk.write(Case(config, f"[default]\n{PAIR}[mfa]\n{SESSION}", {}))
    told = desk.home.run("doctor", "prod").out
    assert ("let source_profile name the profile with the key of the user" in told) == bool(own)
    out = desk.ok("--yes", "--no-login")
    assert "prod  its source profile mfa has a session in plaintext, which no code renews;" in out
    assert role in (desk.home.aws / "config").read_text()
    assert desk.ok("--check") == "Nothing to change.\n"


def test_a_setting_of_several_lines_is_left(desk: Desk) -> None:
    """It would tear the file, and its lines may be secrets."""
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    case = CASES["plain"]
    long = f"[profile prod]\nmfa_process = oathtool --totp\n  -b {seed}\n"
    desk.write(case._replace(config=case.config.replace("[profile prod]\n", long)))
    out = desk.ok("--yes", "--no-login")
    assert "prod  its mfa_process goes over several lines: write it in one\n" in out
    assert seed not in out
    assert long in (desk.home.aws / "config").read_text()
    assert files_with(desk.home.path / ".local", seed) == []


def test_a_wrong_code_is_told_as_that(desk: Desk) -> None:
    """All is written; no role is said to want what it does not want, and what to do is named."""
    desk.write(CASES["plain"])
    done = desk.setup("--yes", "--mfa-code", "000000")
    assert (done.status, done.err) == (1, "")
    assert "AWS did not accept the MFA code" in done.out
    assert done.out.count("there is no MFA session\n") == 3
    assert "of its own" not in done.out
    again = "aws-mfa-process login --all-roles --if-needed"
    assert done.out.endswith(f"Again, when that is mended: {again}\n")
    words = (*again.split()[1:], "--mfa-code", desk.sandbox.code())
    assert desk.home.run(*words).status == 0


def test_names_of_all_sdks_are_served(desk: Desk) -> None:
    """A slash and a colon need no quotation marks; what does is left, and why is said."""
    role = f"role_arn = {ADMIN}\nsource_profile = default\nmfa_serial = {DEVICE}\n"
    names = ("corp/prod:admin", "a=b", "-x", "größe")
    config = "".join(f"[profile {name}]\n{role}" for name in names)
    desk.write(Case(config, f"[default]\n{PAIR}", {}))
    out = desk.ok("--yes", "--mfa-code", desk.sandbox.code())
    assert out.count("not every SDK takes its name; all take letters, digits and") == 3
    assert ":assumed-role/Admin/" in desk.home.caller("corp/prod:admin")


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_a_first_profile_can_be_killed_at_every_step(desk: Desk) -> None:
    """What is there of it can be undone; the key stays where it is."""
    pair = f"{desk.sandbox.access_key_id}\n{desk.sandbox.secret_access_key}\n"
    assert desk.home.run("add", "bastion-keys", "--stdin", text=pair).status == 0
    config = desk.home.aws / "config"
    written, status = 0, -1
    for number in range(1, 9):
        inject = f"inject=rename:signal=KILL:when={number}"
        words = ("-o", os.devnull, "-e", "trace=rename", "-e", inject, PROGRAM)
        terminal = desk.home.terminal(*words, "setup", "--no-login", program=need("strace"))
        terminal.expect_exact("ARN of the role")
        terminal.sendline(ADMIN)
        terminal.expect_exact("Name of its profile [prod]: ")
        terminal.sendline("my prod")
        terminal.expect_exact("Not every SDK takes that.")
        terminal.sendline("")
        terminal.read()
        status = terminal.wait()
        if config.exists():
            written += 1
            desk.ok("--undo", "--yes")
            assert not config.exists(), number
        if status == 0:
            break
    assert status == 0
    assert written

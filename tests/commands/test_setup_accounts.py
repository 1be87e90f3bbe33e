"""``setup accounts FILE``: one block for many accounts, and nothing outside of it."""

from pathlib import Path

import pytest

from aws_mfa_process.config.profiles import read_profiles
from support.home import PROGRAM, Home, Result, assert_refused
from support.practice import PracticeAWS

HEAD = "account,name,roles,region\n"
LIST = HEAD + "222222222222,prod,Admin,eu-central-1\n333333333333,dev,Developer,\n"


class Desk:
    """A home directory that leads to the practice AWS, and a list."""

    def __init__(self, home: Home, path: Path) -> None:
        self.home, self.path = home, path
        self.config = home.aws / "config"

    def run(self, text: str, *arguments: str) -> Result:
        """Run the command with a list."""
        self.path.write_text(text, newline="")
        words = ("accounts", str(self.path), "--profile", "bastion-keys", *arguments)
        return self.home.run("setup", *words)

    def ok(self, text: str, *arguments: str) -> str:
        """Run it, which has to succeed."""
        done = self.run(text, *arguments)
        assert (done.status, done.err) == (0, ""), done
        return done.out

    def profiles(self) -> list[str]:
        """Return the names of all profiles."""
        return list(read_profiles(str(self.config), "/dev/null").profiles)


@pytest.fixture
def desk(practice: Home, tmp_path: Path) -> Desk:
    """The practice config; the variable leads to its AWS."""
    for line in (practice.aws / "config").read_text().splitlines():
        if line.startswith("endpoint_url = "):
            practice.environ["AWS_ENDPOINT_URL"] = line.removeprefix("endpoint_url = ")
    return Desk(practice, tmp_path / "accounts.csv")


def test_each_role_has_a_profile_that_works(desk: Desk, sandbox: PracticeAWS) -> None:
    """The block is appended; its lines are served, and the role answers."""
    before = desk.config.read_text()
    out = desk.ok(LIST, "--yes")
    assert out.startswith("2 profiles for 2 accounts\n")
    assert desk.config.read_text() == (
        f"{before}\n# made by aws-mfa-process setup accounts: change nothing here\n"
        "[profile prod-Admin]\naccount_name = prod\nregion = eu-central-1\n"
        f"credential_process = {PROGRAM} --profile bastion-keys"
        " --role-arn arn:aws:iam::222222222222:role/Admin\n"
        "[profile dev-Developer]\naccount_name = dev\n"
        f"credential_process = {PROGRAM} --profile bastion-keys"
        " --role-arn arn:aws:iam::333333333333:role/Developer\n"
        "# made until here\n"
    )
    done = desk.home.run("whoami", "prod-Admin", "--mfa-code", sandbox.code())
    assert "222222222222 (prod)  role/Admin as alice" in done.out, done


def test_a_second_run_follows_the_list(desk: Desk) -> None:
    """Nothing for the same list; who left goes, who came is there, what is outside stays."""
    desk.ok(LIST, "--yes")
    assert desk.ok(LIST) == "Nothing to change.\n"
    assert desk.ok(LIST, "--check") == "Nothing to change.\n"
    outside = "\n# mine\n[profile mine]\nregion = eu-west-1"
    desk.config.write_text(desk.config.read_text() + outside)
    new = f"{HEAD}222222222222,prod,Admin Ops,\n"
    assert desk.run(new, "--check").status == 1
    shown = desk.ok(new, "--diff")
    assert "  +  [profile prod-Ops]\n" in shown
    before = desk.config.read_bytes()
    desk.ok(new, "--yes")
    assert desk.profiles()[-3:] == ["prod-Admin", "prod-Ops", "mine"]
    assert desk.config.read_text().endswith(outside)
    assert desk.home.run("setup", "--undo", "--yes").status == 0
    assert desk.config.read_bytes() == before


def test_many_accounts_in_one_step(desk: Desk) -> None:
    """50 accounts with 3 roles are 150 profiles; the template names them."""
    rows = [f"{number:012},Team {number},Admin a/Ops ReadOnly,\r\n" for number in range(50)]
    text = "\ufeff" + HEAD.replace("\n", "\r\n") + "".join(rows)
    desk.ok(text, "--yes", "--names", "{role}.{account}")
    names = [name for name in desk.profiles() if "." in name]
    assert len(names) == 150
    assert names[:2] == ["Admin.000000000000", "Ops.000000000000"]
    assert b":role/a/Ops\n" in desk.config.read_bytes()


def test_line_ends_are_those_of_the_file(desk: Desk) -> None:
    """A file of Windows stays one, and a missing end of the last line is put there."""
    text = desk.config.read_text().rstrip("\n").replace("\n", "\r\n")
    desk.config.write_text(text, newline="")
    desk.ok(LIST, "--yes")
    data = desk.config.read_bytes()
    assert data.startswith(text.encode() + b"\r\n\r\n# made by")
    assert data.count(b"\n") == data.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("account,name\n", "has no column roles", "account,name,roles,region"),
        (f"{HEAD}\n22,prod,Admin,\n", "line 3: the account has not twelve digits", "column text"),
        (f"{HEAD}222222222222,,Admin,\n", "line 2: the account has no name", ""),
        (f'{HEAD}222222222222,"a\n[b]",Admin,\n', "line 3: the account has no name", ""),
        (f"{HEAD}222222222222,prod,,\n", "line 2: roles are names of roles", "Admin Ops"),
        (f"{HEAD}222222222222,prod,a;b,\n", "line 2: roles are names of roles", ""),
        (f"{HEAD}222222222222,prod,A,eu x\n", "line 2: that is no region", ""),
        (f"{HEAD}222222222222,p;x,A,\n", "'p;x-A' cannot be the name of a profile", ""),
        (f"{LIST}444444444444,prod,Admin,\n", "profile prod-Admin would stand for", "--names"),
    ],
)
def test_a_wrong_list_is_named_by_line(desk: Desk, text: str, message: str, hint: str) -> None:
    """And nothing is changed."""
    before = desk.config.read_bytes()
    assert_refused(desk.run(text, "--yes"), 2, message, hint)
    assert desk.config.read_bytes() == before


def test_wrong_options_are_named(desk: Desk) -> None:
    """The profile, the template, the file, and names that others have."""
    assert_refused(
        desk.run(LIST, "--names", "{nam}"), 2, "an unknown field 'nam'", "did you mean name?"
    )
    assert_refused(desk.run(LIST, "--names", "{name}"), 2, "profile prod exists already", "--names")
    words = ("setup", "accounts", "/nowhere.csv")
    assert_refused(desk.home.run(*words), 2, "no profile with the keys is named", "--profile")
    done = desk.home.run(*words, "--profile", "nobody")
    assert_refused(done, 2, "profile nobody does not exist", "aws-mfa-process add nobody")
    done = desk.home.run(*words, "--profile", "bastion-keys")
    assert_refused(done, 2, "/nowhere.csv cannot be read: No such file", "CSV")
    done = desk.run(LIST)
    assert done.status == 3
    assert done.err.endswith("hint: give --yes\n")

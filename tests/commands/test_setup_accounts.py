"""``setup accounts FILE``: one block for many accounts, and nothing outside of it."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

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


FORMS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "accounts.csv": lambda rows: (
        HEAD
        + "".join(
            f"{it['account']},{it['name']},{' '.join(it['roles'])},eu-west-1\n" for it in rows
        )
    ),
    "excel.csv": lambda rows: (
        "\ufeffName;Account;Region;Roles\r\n"
        + "".join(
            f'"{it["name"]}";{it["account"]};eu-west-1;{" ".join(it["roles"])}\r\n' for it in rows
        )
    ),
    "accounts.json": lambda rows: json.dumps({"accounts": rows}),
    "list": json.dumps,
    "accounts.YML": lambda rows: (
        "# by hand\n"
        + "".join(
            f"- account: {it['account']}\n  name: {it['name']}\n  region: eu-west-1\n  owner: me\n"
            f"  roles: [{', '.join(it['roles'])}]\n"
            for it in rows
        )
    ),
    "accounts": lambda rows: (
        "accounts:\n"
        + "".join(
            f'  - {{"account": "{it["account"]}", name: {it["name"]}, region: eu-west-1,'
            f" roles: {' '.join(it['roles'])}}}\n"
            for it in rows
        )
    ),
}
"""A list as each form has it, by the name of its file; two tell it by what stands in them."""


@pytest.mark.parametrize("name", FORMS)
def test_each_form_makes_the_same_block(desk: Desk, name: str) -> None:
    """50 accounts with 3 roles, zeros at their start included."""
    roles = ["Admin", "team/Ops", "ReadOnly"]
    rows = [
        {"account": f"0{n:011o}", "name": f"Team {n}", "roles": roles, "region": "eu-west-1"}
        for n in range(50)
    ]
    before = desk.config.read_text()
    desk.path = desk.path.with_name(name)
    desk.ok(FORMS[name](rows), "--yes")
    lines = [
        f"[profile Team-{n}-{role.rpartition('/')[2]}]\naccount_name = Team {n}\n"
        f"region = eu-west-1\ncredential_process = {PROGRAM} --profile bastion-keys"
        f" --role-arn arn:aws:iam::0{n:011o}:role/{role}\n"
        for n in range(50)
        for role in roles
    ]
    assert desk.config.read_text() == (
        f"{before}\n# made by aws-mfa-process setup accounts: change nothing here\n"
        f"{''.join(lines)}# made until here\n"
    )


def test_what_aws_organizations_prints(desk: Desk) -> None:
    """It has no roles, which are given; who left the organization is no account."""
    accounts = [
        {"Id": "222222222222", "Name": "prod", "Email": "a@b", "Status": "ACTIVE"},
        {"Id": "333333333333", "Name": "dev", "State": "ACTIVE"},
        {"Id": "444444444444", "Name": "old", "Status": "SUSPENDED"},
    ]
    desk.path = desk.path.with_suffix(".json")
    text = json.dumps({"Accounts": accounts}, indent=4)
    assert_refused(desk.run(text, "--yes"), 2, "entry 1 (prod): roles are names", "--roles")
    desk.ok(text, "--yes", "--roles", "Admin ReadOnly")
    added = ["prod-Admin", "prod-ReadOnly", "dev-Admin", "dev-ReadOnly"]
    assert desk.profiles()[-4:] == added
    text = json.dumps({"Accounts": accounts, "NextToken": "x"})
    assert_refused(desk.run(text, "--roles", "A"), 2, "is not the whole list", "--max-items")


BOMB = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{o}, *{o}]\n" for o, n in pairwise("abcdefgh"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"account": 012345678901}]', "line 1 has a number that starts with 0"),
        ('[{"account": 12345678901, "name": "a", "roles": "A"}]', "entry 1 (a): the account has"),
        ('[{"account": "222222222222", "account": "1"}]', "has 'account' twice"),
        ('[{"account": "222222222222"]', "line 1 is no JSON"),
        ('[{"account": ["222222222222"], "name": "a", "roles": "A"}]', "account is no text"),
        ('[{"account": "222222222222", "name": true, "roles": "A"}]', "name is no text"),
        ('[{"account": "222222222222", "name": "a", "roles": [["A"]]}]', "roles are a list"),
        ('["222222222222"]', "entry 1 is no account"),
        ('{"account": "222222222222"}', "is no list of accounts"),
        ("[" * 100000, "is nested too deeply"),
        (f"---\n{BOMB}", "line 3 has an alias"),
        ("- name: a\n  Name: b\n", "has 'Name' twice"),
        ("- account: [\n", "is no YAML"),
        ("- account: !!python/object/apply:os.system [id]\n", "account is no text"),
        ("- a: 1\n---\n- a: 2\n", "has several documents"),
        ("- account: \0\n", "is no YAML: it has a character"),
        ("- " * 100000, "nested too deeply"),
        ("- account: 222222222222\n  name: |\n    a\n    [profile b]\n  roles: A\n", "no name in"),
        ("- account: 222222222222\n  name: ~\n  roles: A\n", "the account has no name"),
        ("- account: 222222222222\n  name: -x\n  roles: A\n", "'-x-A' cannot be the name"),
        (HEAD, "names no account"),
        ("[]", "names no account"),
        (f"{HEAD}222222222222,Acme, Inc,Admin,eu-west-1\n", "line 2 has more fields"),
        ("account,account\n", "has a column twice"),
        (f'{HEAD}222222222222,"{"x" * 200000}",A,\n', "line 2 is no CSV"),
        ("\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_hostile_list_is_refused(desk: Desk, text: str, message: str) -> None:
    """And nothing is changed."""
    before = desk.config.read_bytes()
    desk.path = desk.path.with_name("list")
    desk.path.write_bytes(text.encode("latin-1"))
    done = desk.home.run("setup", "accounts", str(desk.path), "--yes")
    assert done.status == 2, done
    assert message in done.err, done
    assert desk.config.read_bytes() == before


def test_a_config_that_takes_nothing_leaves_nothing_to_undo(desk: Desk) -> None:
    """Where the block cannot be written there is nothing that could be undone."""
    desk.home.environ["AWS_CONFIG_FILE"] = "/proc/nothing/config"
    done = desk.run(LIST, "--yes")
    assert done.status == 2, done
    assert "/proc/nothing/config cannot be written" in done.err
    del desk.home.environ["AWS_CONFIG_FILE"]
    assert list(desk.home.path.rglob("setup-*")) == []


def test_a_damaged_block_is_left_alone(desk: Desk) -> None:
    """One that lacks a mark, or stands there twice, would be mended by guessing."""
    desk.ok(LIST, "--yes")
    text = desk.config.read_text()
    marks = [line for line in text.splitlines(keepends=True) if "made " in line]
    for damaged in (text.replace(marks[1], ""), text + "".join(marks)):
        desk.config.write_text(damaged)
        done = desk.run(LIST, "--yes")
        assert_refused(done, 2, "lacks one of its two marks, or stands there twice", "delete")
        assert desk.config.read_text() == damaged


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
        ("name,roles\n", "has no column account", "account,name,roles,region"),
        ("account,name\n222222222222,prod\n", "line 2: roles are names of roles", "--roles"),
        (f"{HEAD}\n22,prod,Admin,\n", "line 3: the account has not twelve digits", "make it text"),
        (f"{HEAD}222222222222,,Admin,\n", "line 2: the account has no name", ""),
        (f'{HEAD}222222222222,"a\n[b]",Admin,\n', "line 3: the account has no name", ""),
        (f"{HEAD}222222222222,prod,,\n", "line 2: roles are names of roles", "Admin Ops"),
        (f"{HEAD}222222222222,prod,a;b,\n", "line 2: roles are names of roles", ""),
        (f"{HEAD}222222222222,prod,A,eu x\n", "line 2: that is no region", ""),
        (f"{HEAD}222222222222,p;x,A,\n", "'p;x-A' cannot be the name of a profile", ""),
        (f"{LIST}444444444444,prod,Admin,\n", "stand for 222222222222 Admin and 444", "--names"),
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
    done = desk.home.run(*words, "--profile", "nobody")
    assert_refused(done, 2, "profile nobody does not exist", "aws-mfa-process add nobody")
    done = desk.home.run(*words, "--profile", "bastion-keys")
    assert_refused(done, 2, "/nowhere.csv cannot be read: No such file", "CSV")
    done = desk.home.run("setup", "accounts", "--profile", "bastion-keys")
    assert_refused(done, 2, "no list is named", "aws-mfa-process setup accounts FILE")
    done = desk.home.run("setup", "accounts", "a", "b")
    assert_refused(done, 2, "more than one list is named", "aws-mfa-process setup accounts FILE")
    done = desk.run(LIST)
    assert done.status == 3
    assert done.err.endswith("hint: give --yes\n")

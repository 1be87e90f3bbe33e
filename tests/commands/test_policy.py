"""`policy`: what is printed where, what it is filled in with, and who can read it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import hcl2
import pytest

from aws_mfa_process.policy.catalogue import CATALOGUE, SIZES
from aws_mfa_process.policy.document import parse
from support.bastion import Bastion
from support.home import Home, assert_refused
from support.practice import PracticeAWS

ACCOUNT = "111111111111"
CONFIG = """\
[profile keys]
mfa_serial = arn:aws:iam::111111111111:mfa/alice
[profile prod]
source_profile = keys
role_arn = arn:aws:iam::222222222222:role/Admin
external_id = from-config
[profile dev]
credential_process = aws-mfa-process --profile keys --role-arn arn:aws:iam::333333333333:role/x/Dev
"""
FULL = {
    "account": ACCOUNT,
    "role": "arn:aws:iam::222222222222:role/Admin",
    "user": "a" * 64,
    "path": f"/{'p' * 100}/",
    "external_id": "e" * 800,
    "mfa_age": "129600",
    "enrol_in_console": "",
}


def options(name: str, *, is_full: bool) -> list[str]:
    """Return the options of a document: those that it needs, or all that it takes."""
    entry = CATALOGUE[name]
    if not is_full:
        return ["--account", ACCOUNT] if entry.kind == "trust" else []
    given = [(f"--{it.replace('_', '-')}", FULL[it]) for it in entry.takes]
    return [word for pair in given for word in pair if word]


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("is_full", [False, True])
def test_a_document_fits(home: Home, name: str, is_full: bool) -> None:
    """IAM takes its size and its letters; it is read as what it is, with two lines beside it."""
    done = home.run("policy", name, *options(name, is_full=is_full))
    assert done.status == 0, done
    assert len(done.err.splitlines()) == 2
    assert all(line.startswith("aws-mfa-process: ") for line in done.err.splitlines())
    kind = CATALOGUE[name].kind
    text = done.out if kind == "organization" else "".join(done.out.split())
    assert len(text) <= SIZES[kind]
    assert set(done.out) <= {"\n", *map(chr, range(0x20, 0x7F))}
    assert parse(done.out).has_variables


@pytest.mark.parametrize("name", CATALOGUE)
def test_terraform_reads_the_same(home: Home, tmp_path: Path, name: str) -> None:
    """What Terraform makes of it is the JSON, and the text is formatted as Terraform has it."""
    given = options(name, is_full=False)
    expected = json.loads(home.run("policy", name, *given).out)
    text = home.run("policy", name, *given, "--format", "terraform").out
    (resource,) = hcl2.loads(text)["resource"]
    (kind,) = (it.strip('"') for it in resource)
    assert kind in ("aws_iam_policy", "aws_iam_role", "aws_organizations_policy")
    terraform = shutil.which("terraform")
    if terraform is None:  # is in no package index: then the parser is the only witness
        return
    call = text[text.index("jsonencode(") : text.rindex("\n}")]
    (tmp_path / "main.tf").write_text(f"locals {{\n  document = {call}\n}}\n")
    environ = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}

    def run(*words: str, given: str) -> str:
        return subprocess.run(
            [terraform, *words],
            cwd=tmp_path,
            env=environ,
            input=given,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    assert json.loads(json.loads(run("console", given="local.document"))) == expected
    assert run("fmt", "-", given=text) == text


@pytest.mark.parametrize("name", CATALOGUE)
def test_cloudformation_makes_it(sandbox: PracticeAWS, home: Home, name: str) -> None:
    """A stack of the template has the document, as IAM then gives it."""
    given = options(name, is_full=False)
    expected = json.loads(home.run("policy", name, *given).out)
    template = home.run("policy", name, *given, "--format", "cloudformation").out
    if CATALOGUE[name].kind == "organization":  # the practice AWS has no such resource
        (resource,) = json.loads(template)["Resources"].values()
        assert resource["Type"] == "AWS::Organizations::Policy"
        assert resource["Properties"]["Content"] == expected
        return
    bastion = Bastion(sandbox)
    stacks = bastion.client("cloudformation", bastion.administrator)
    stacks.create_stack(StackName="s", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    (made,) = stacks.describe_stack_resources(StackName="s")["StackResources"]
    if CATALOGUE[name].kind == "trust":
        role = bastion.iam.get_role(RoleName=made["PhysicalResourceId"])["Role"]
        assert role["AssumeRolePolicyDocument"] == expected
    else:
        arn = f"arn:aws:iam::{bastion.account}:policy/{name}"
        version = bastion.iam.get_policy_version(PolicyArn=arn, VersionId="v1")
        assert version["PolicyVersion"]["Document"] == expected


def test_the_config_fills_it_in(home: Home) -> None:
    """Account and roles, also of our own lines; options go before it."""
    home.config(CONFIG)
    done = home.run("policy", "bastion-group")
    assert "account 111111111111 and 2 roles as in the AWS config" in done.err.replace(
        "Account", "account"
    )
    allow = json.loads(done.out)["Statement"]
    assert allow[0]["Resource"] == [
        "arn:aws:iam::222222222222:role/Admin",
        "arn:aws:iam::333333333333:role/x/Dev",
    ]
    assert "arn:aws:iam::111111111111:user/${aws:username}" in allow[1]["Resource"]
    home.config("[profile p]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n")
    assert "1 role as in the AWS config" in home.run("policy", "bastion-group").err
    home.config(CONFIG)
    given = ("--account", "999999999999", "--role", "Ops", "--role", "Ops-*")
    done = home.run("policy", "bastion-group", *given)
    allow = json.loads(done.out)["Statement"]
    assert allow[0]["Resource"] == ["arn:aws:iam::*:role/Ops", "arn:aws:iam::*:role/Ops-*"]
    assert "111111111111" not in done.out
    assert "config" not in done.err


def test_a_role_of_the_config_has_its_external_id(home: Home) -> None:
    """And the account whose devices the config names is whom it trusts."""
    home.config(CONFIG)
    role = ("--role", "arn:aws:iam::222222222222:role/Admin")
    (assume, _) = json.loads(home.run("policy", "role-trust", *role).out)["Statement"]
    assert assume["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    assert assume["Condition"]["StringEquals"] == {"sts:ExternalId": "from-config"}
    text = home.run("policy", "role-trust", *role, "--format", "terraform").out
    assert text.startswith('resource "aws_iam_role" "Admin" {\n  name = "Admin"\n')


def test_a_role_keeps_its_path(sandbox: PracticeAWS, home: Home) -> None:
    """A role without it has another ARN than the one that the users' policy names."""
    role = f"arn:aws:iam::{ACCOUNT}:role/team/a/Work"
    given = ("--account", ACCOUNT, "--role", role)
    text = home.run("policy", "role-trust", *given, "--format", "terraform").out
    assert text.startswith(
        'resource "aws_iam_role" "Work" {\n  name = "Work"\n  path = "/team/a/"\n'
    )
    template = home.run("policy", "role-trust", *given, "--format", "cloudformation").out
    bastion = Bastion(sandbox)
    stacks = bastion.client("cloudformation", bastion.administrator)
    stacks.create_stack(StackName="s", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    made = bastion.iam.get_role(RoleName="Work")["Role"]
    assert made["Arn"].partition(":role/")[2] == "team/a/Work"


def test_another_partition(home: Home) -> None:
    """China's ARNs begin in another way."""
    home.config("[profile keys]\nmfa_serial = arn:aws-cn:iam::111111111111:mfa/alice\n")
    assert "arn:aws:" not in home.run("policy", "self-manage-mfa").out


def test_a_role_tells_the_partition(home: Home) -> None:
    """Users and trust have that of the role; with another one nobody could enrol or get in."""
    role = "arn:aws-us-gov:iam::222222222222:role/Admin"
    for name in ("bastion-group", "role-trust"):
        out = home.run("policy", name, "--account", ACCOUNT, "--role", role).out
        assert f"arn:aws-us-gov:iam::{ACCOUNT}:" in out
        assert "arn:aws:" not in out
    home.config(f"[profile work]\nsource_profile = keys\nrole_arn = {role}\n")
    assert "arn:aws:" not in home.run("policy", "self-manage-mfa").out


def test_nothing_is_trusted_by_accident(home: Home) -> None:
    """Without an account there is no safe pattern; two accounts in the config are none."""
    two = "[profile {0}]\nmfa_serial = arn:aws:iam::{0}:mfa/x\n"
    for config in ("", two.format("111111111111") + two.format("222222222222")):
        home.config(config)
        for name in ("role-trust", "agent-trust"):
            done = home.run("policy", name)
            assert_refused(done, 2, "no account is known", f"policy {name} --account ID")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["bastion-group", "--account", "1234"],
            "--account is wrong: a right one has 12 digits",
        ),
        (["bastion-group", "--user", "*"], "--user is wrong: a right one is the name of a user"),
        (
            ["bastion-group", "--user", "team/bob"],
            "--user is wrong: a right one is the name of a user",
        ),
        (
            ["bastion-group", "--path", "team"],
            "--path is wrong: a right one starts and ends with a slash",
        ),
        (["bastion-group", "--path", "/*/"], "ASCII without *, ? and $"),
        (["bastion-group", "--path", f"{'/' * 200} "], "ASCII without *, ? and $"),
        (["bastion-group", "--path", "/${aws:userid}/"], "ASCII without *, ? and $"),
        (
            ["bastion-group", "--role", "arn:aws:iam::1:user/x"],
            "--role is wrong: a right one is the ARN of a role",
        ),
        (["bastion-group", "--external-id", "x"], "--external-id has no place in bastion-group"),
        (["organization-scp", "--account", ACCOUNT], "--account has no place in organization-scp"),
        (["list", "--format", "json"], "--format has no place in list"),
        (["list", "--account", ACCOUNT], "--account has no place in list"),
        (
            ["role-trust", "--external-id", "a b"],
            "--external-id is wrong: a right one has 2 to 1224",
        ),
        (
            ["role-trust", "--mfa-age", "an hour"],
            "--mfa-age is wrong: a right one is 1 to 999999 seconds",
        ),
        (
            ["role-trust", "--mfa-age", "9999999"],
            "--mfa-age is wrong: a right one is 1 to 999999 seconds",
        ),
        (["role-trust", "--role", "a", "--role", "b"], "a trust policy is for one role"),
        (["role-trust", "--role", "Ops-*"], "a trust policy is for one role"),
        (["bastion-grup"], "invalid choice"),
    ],
)
def test_what_makes_no_document_is_refused(home: Home, words: list[str], message: str) -> None:
    """Nothing is printed that IAM would read in another way than it was meant."""
    assert_refused(home.run("policy", *words), 2, message, "aws-mfa-process policy")


def test_what_is_too_large_is_refused(home: Home) -> None:
    """IAM would not take it; the hint says how it gets smaller."""
    roles = [word for number in range(150) for word in ("--role", f"{'r' * 50}{number}")]
    done = home.run("policy", "bastion-group", *roles)
    assert_refused(
        done,
        2,
        "characters, and IAM takes 6144",
        "by one pattern: aws-mfa-process policy bastion-group --role",
    )


def test_a_name_that_is_misspelt_is_known(home: Home) -> None:
    """The hint has the one that was meant."""
    hint = "did you mean bastion-group? See aws-mfa-process policy --help"
    assert_refused(home.run("policy", "bastion-grup"), 2, "invalid choice", hint)


@pytest.mark.parametrize("words", [["list"], []])
def test_the_list_has_all_of_them(home: Home, words: list[str]) -> None:
    """Each with what it is for, in plain text."""
    done = home.run("policy", *words)
    assert done.status == 0
    for name, entry in CATALOGUE.items():
        assert any(name in line and entry.purpose in line for line in done.out.splitlines())

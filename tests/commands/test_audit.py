"""``audit``: whom MFA does not bind, from IAM over HTTP to what is told."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from aws_mfa_process.policy.audit.titles import TITLES
from support.audited import (
    OPEN,
    add_role,
    audit,
    found,
    give,
    names_in,
    rows,
    sentences,
    sentences_in,
)
from support.home import Home, assert_refused
from support.iam_parts import (
    ACCOUNT,
    COMPLETE,
    WITHOUT,
    allows,
    denial,
    policy,
    trust,
)
from support.iam_server import IAMServer
from support.iam_world import World
from support.practice import PracticeAWS

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

ROOT = Path(__file__).parents[2]


def test_csv_says_beside_it_what_was_not_looked_at(logged_in: Home, world: World) -> None:
    """A reader of no line at all could take it for an account in order."""
    world.denied.add("GetCredentialReport")
    done = audit(logged_in, world, "--csv")
    assert "aws-mfa-process: not looked at: iam:GetCredentialReport is denied\n" in done.err
    assert "looked" not in done.out


def test_an_account_in_order(logged_in: Home, world: World) -> None:
    """Nothing is found where MFA binds everybody, whoever denies: exit status 0."""
    give(world, [allows("*"), COMPLETE[6].versions[0]])
    done = audit(logged_in, world)
    first, *_, last = done.out.splitlines()
    assert (done.status, done.err) == (0, "")
    assert first == f"Nothing found in account {ACCOUNT}: 1 user and 0 roles"
    assert last.startswith("Not looked at: ")


def test_the_organization_has_a_say(logged_in: Home, world: World) -> None:
    """A denial above the account binds it; without a word of an Allow nothing is allowed."""
    give(world, [allows("*")])
    everything = allows("*")
    assert found(logged_in, world) == {"alice": {"AMP101"}}
    world.levels = [[everything], [everything], [everything]]
    assert found(logged_in, world) == {"alice": {"AMP101"}}
    world.levels[1].append(policy(denial(WITHOUT, Action="*")))
    assert found(logged_in, world) == {}
    world.levels = [[everything], [allows("ec2:*")], [allows("s3:*")]]
    assert found(logged_in, world) == {}
    world.denied.add("ListParents")
    done = audit(logged_in, world, "--csv")
    assert names_in(done) == {"alice": {"AMP101"}}
    assert "ListParents is denied" in done.err


def test_policies_of_aws_are_read(logged_in: Home, world: World) -> None:
    """They are not among the account's own, and their default version counts."""
    arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    world.aws_managed[arn] = allows(["ec2:Describe*", "s3:ListAllMyBuckets"])
    attached = {"PolicyName": "ViewOnlyAccess", "PolicyArn": arn}
    world.lists["UserDetailList"][0]["AttachedManagedPolicies"].append(attached)
    assert found(logged_in, world) == {"alice": {"AMP101", "AMP113"}}
    world.denied.add("GetPolicyVersion")
    assert found(logged_in, world) == {"alice": {"AMP103", "AMP113"}}


def test_a_trust_policy_lets_a_user_in_without_a_policy_of_theirs(
    logged_in: Home, world: World
) -> None:
    """Who is named there needs no other permission; a denial of theirs still holds."""
    add_role(world, "job", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}))
    done = audit(logged_in, world, "--csv")
    assert names_in(done) == {"alice": {"AMP101"}, "job": {"AMP110"}}
    [told] = sentences_in(done, "AMP101")
    assert told.startswith(
        f"sts:AssumeRole on arn:aws:iam::{ACCOUNT}:role/job is allowed with the key alone, by a"
        " statement of the trust of job"
    )
    give(world, [policy(denial(WITHOUT))])
    assert found(logged_in, world) == {"job": {"AMP110"}}


def test_a_role_for_everybody(logged_in: Home, world: World) -> None:
    """The star lets in users of this account and of all others."""
    add_role(world, "all", trust("*"))
    done = audit(logged_in, world, "--csv")
    assert names_in(done) == {"alice": {"AMP101"}, "all": {"AMP110"}}
    assert sentences_in(done, "AMP110") == ["everybody may assume it without MFA"]


def test_the_sentence_names_call_statement_and_hole(logged_in: Home, world: World) -> None:
    """What is allowed, by which statement, and why the denial that is there does not match."""
    world.lists["UserDetailList"][0]["UserPolicyList"] += OPEN
    give(
        world, [policy({**denial({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), "Sid": "No"})]
    )
    [told] = sentences(logged_in, world, "AMP101")
    assert told == (
        "s3:ListAllMyBuckets is allowed with the key alone, by a statement of inline policy"
        " everything; statement No of inline policy p0 of group group0 does not match:"
        " aws:MultiFactorAuthPresent is absent, which takes BoolIfExists and not Bool"
    )


def test_a_fresh_key_and_a_fresh_device_count(logged_in: Home, world: World) -> None:
    """The report may be four hours old: IAM itself is asked before anybody is accused."""
    world.report_is_stale = True
    give(world, [allows("*")])
    assert found(logged_in, world) == {"alice": {"AMP101"}}
    world.keys["alice"] = []
    assert found(logged_in, world) == {}


def test_the_root_user(logged_in: Home, world: World) -> None:
    """Its keys, and that it has no device where IAM and the report both say so."""
    world.summary = {"AccountAccessKeysPresent": 1, "AccountMFAEnabled": 0}
    assert found(logged_in, world) == {"root": {"AMP106"}}
    world.root = {"mfa_active": "false", "password_enabled": "true"}
    assert found(logged_in, world) == {"root": {"AMP106", "AMP107"}}


def test_no_output_has_a_whole_key(logged_in: Home, world: World) -> None:
    """Of a key there are the last four characters, in each form."""
    world.keys["alice"] = [("AKIAIOSFODNN7ALICEKY", "Active", "2025-01-01T00:00:00Z", "")]
    runs = [audit(logged_in, world, *options) for options in ((), ("--json",), ("--csv",))]
    for done in runs:
        assert "CEKY" in done.out
        assert "AKIA" not in done.out
        assert done.status == 1
        assert "AKIA" not in done.err
    ids = {(row["id"], row["access_key_id"]) for row in rows(runs[-1])}
    assert ids == {("AMP108", "CEKY"), ("AMP109", "CEKY")}


def test_json_is_as_documented(logged_in: Home, world: World) -> None:
    """The fields of the example in the documentation are those that are printed."""
    give(world, [allows("*")])
    printed = json.loads(audit(logged_in, world, "--json").out)
    text = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    example = re.search(r"## `audit .*?```json\n(.*?)```", text, re.DOTALL)
    assert example is not None
    shown = json.loads(example[1])
    assert shown.keys() == printed.keys()
    assert shown["findings"][0].keys() == printed["findings"][0].keys()
    header = audit(logged_in, world, "--csv").out.splitlines()[0]
    assert header.split(",") == list(shown["findings"][0])


def test_each_number_has_a_paragraph() -> None:
    """The page has each number, in this order, and no other one; so has the code."""
    page = (ROOT / "docs" / "reference" / "audit.md").read_text(encoding="utf-8")
    assert re.findall(r"^\*\*(AMP\d{3})\*\*", page, re.MULTILINE) == list(TITLES)
    sources = (ROOT / "aws_mfa_process" / "policy" / "audit").glob("*.py")
    text = "".join(it.read_text(encoding="utf-8") for it in sources if it.stem != "titles")
    assert set(re.findall(r'"(AMP\d{3})"', text)) == set(TITLES)


def test_a_terminal_gets_a_bar(logged_in: Home, world: World) -> None:
    """How far it is, then what was found."""
    give(world, [allows("*")])
    with IAMServer(world) as server:
        names = ("AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_ORGANIZATIONS")
        environ = dict.fromkeys(names, server.url)
        child = logged_in.terminal("audit", "prod", environ=environ)
        child.expect("Users")
        child.expect("1/1")
        child.expect("1 thing found in account")
        child.expect("alice")
        child.wait()
    assert child.exitstatus == 1


def test_a_profile_is_picked_or_named(logged_in: Home) -> None:
    """Without a name and a terminal the command says how it is named."""
    assert_refused(
        logged_in.run("audit"), 2, "no profile is named", "aws-mfa-process audit PROFILE"
    )


@pytest.fixture
def iam(logged_in: Home, sandbox: PracticeAWS) -> "IAMClient":
    """IAM of the practice AWS, as an administrator of the account has it."""
    shown = json.loads(logged_in.run("export", "prod", "--format", "json").out)
    return boto3.client(
        "iam",
        region_name="eu-central-1",
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=shown["AccessKeyId"],
        aws_secret_access_key=shown["SecretAccessKey"],
        aws_session_token=shown["SessionToken"],
    )


def test_in_the_practice_aws_from_open_to_bound(
    logged_in: Home, sandbox: PracticeAWS, iam: "IAMClient"
) -> None:
    """What is made there with calls of IAM is found; the document that is told mends it."""
    iam.create_group(GroupName="people")
    iam.put_group_policy(
        GroupName="people", PolicyName="all", PolicyDocument=json.dumps(allows("*"))
    )
    iam.create_user(UserName="carol", Path="/team/")
    iam.add_user_to_group(GroupName="people", UserName="carol")
    iam.create_access_key(UserName="carol")
    for _ in range(3):
        sandbox.fail("ListMFADevices", "throttling")
    done = logged_in.run("audit", "prod")
    assert done.status == 1, done
    assert re.findall(r"AMP\d+", done.out) == ["AMP101", "AMP102", "AMP104", "AMP109"]
    assert "attach to the user, or to a group of theirs, what aws-mfa-process policy" in done.out
    told = re.findall("what aws-mfa-process (policy [a-z-]+) prints", done.out)
    printed = logged_in.run(*told[0].split(), "--account", ACCOUNT)
    assert printed.status == 0
    iam.put_group_policy(GroupName="people", PolicyName="mfa", PolicyDocument=printed.out)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="carol")
    done = logged_in.run("audit", "prod")
    assert re.findall(r"AMP\d+", done.out) == ["AMP102", "AMP104", "AMP109"]


def test_keys_without_a_device_may_look(
    logged_in: Home, sandbox: PracticeAWS, iam: "IAMClient"
) -> None:
    """A profile of which this program makes no session will do, if it may read IAM."""
    iam.create_user(UserName="auditor")
    document_ = json.dumps(allows(["iam:Get*", "iam:List*", "iam:GenerateCredentialReport"]))
    iam.put_user_policy(UserName="auditor", PolicyName="look", PolicyDocument=document_)
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    place = f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    secret = f"aws_secret_access_key = {key['SecretAccessKey']}\n"
    logged_in.config(
        f"[profile look]\n{place}",
        f"[look]\naws_access_key_id = {key['AccessKeyId']}\n{secret}",
    )
    done = logged_in.run("audit", "look")
    assert (done.status, done.err) == (1, "")
    assert re.findall(r"AMP\d+", done.out) == ["AMP101", "AMP104", "AMP113"]
    assert "DescribeOrganization is denied" in done.out

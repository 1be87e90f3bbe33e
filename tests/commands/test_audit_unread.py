"""``audit`` where AWS says no, or things go while they are read: nothing is guessed."""

import json

import pytest

from support.audited import KEY, OPEN, audit, found, give, sentences
from support.home import Home, assert_refused
from support.iam_parts import TAG, WITHOUT, allows, denial, policy
from support.iam_world import World, document
from support.practice import PracticeAWS


def test_what_cannot_be_read_is_not_guessed(logged_in: Home, world: World) -> None:
    """A policy that nobody may read could allow or deny anything, and it is named."""
    world.denied |= {"GetAccountAuthorizationDetails", "GetGroupPolicy"}
    give(world, [policy(denial(WITHOUT))])
    [told] = sentences(logged_in, world, "AMP103")
    assert told.startswith("whether MFA binds the user's keys cannot be told: inline policy p0 of")
    assert told.endswith("group group0 could not be read")
    world.denied.add("ListGroupsForUser")
    [told] = sentences(logged_in, world, "AMP103")
    assert told.endswith("policies of the groups of alice could not be read")


def test_tags_that_cannot_be_read_may_be_any(logged_in: Home, world: World) -> None:
    """Where GetUser is denied, what depends on a tag or a boundary is not known."""
    world.denied |= {"GetAccountAuthorizationDetails", "GetUser"}
    give(world, [allows("*", "*", TAG), policy(denial(WITHOUT, ["s3:*"]))])
    told = sentences(logged_in, world, "AMP103")
    assert len(told) == 1
    assert "permissions boundary of alice could not be read" in told[0]
    give(world, [policy(denial({**WITHOUT, "StringNotEquals": {"aws:PrincipalTag/Team": "x"}}))])
    assert found(logged_in, world) == {"alice": {"AMP103"}}


def test_that_a_device_can_be_enrolled_is_not_guessed(logged_in: Home, world: World) -> None:
    """A key that MFA binds is in order only if it is known to enrol nothing."""
    world.denied |= {"GetAccountAuthorizationDetails", "GetGroupPolicy"}
    give(world, [allows("*")])
    everything_but = denial(WITHOUT)
    world.lists["UserDetailList"][0]["UserPolicyList"] += [
        {"PolicyName": "deny", "PolicyDocument": document(policy(everything_but))}
    ]
    [others] = sentences(logged_in, world, "AMP103")
    assert others.startswith("whether a key changes MFA devices of other users cannot be told: ")
    world.devices["alice"] = []
    [_, own] = sentences(logged_in, world, "AMP103")
    assert own.startswith("whether the key makes and enables a device cannot be told: ")


def test_a_device_that_may_be_missing_is_told(logged_in: Home, world: World) -> None:
    """Where neither IAM nor the report says whether there is one, a key may enrol the first."""
    give(world, [allows("*"), policy(denial(WITHOUT))])
    world.devices["alice"] = []
    assert found(logged_in, world)["alice"] >= {"AMP102", "AMP104"}
    world.denied |= {"ListVirtualMFADevices", "ListMFADevices", "GetCredentialReport"}
    told = sentences(logged_in, world, "AMP103")
    assert told == [
        "whether the user has an MFA device could not be read, and a key may enable a device"
    ]
    world.denied.add("ListAccessKeys")
    told = sentences(logged_in, world, "AMP103")
    assert told == [
        "whether the user has an active key could not be read, and a key may enable a device"
    ]


@pytest.mark.parametrize("allowed", ["GetAccountAuthorizationDetails", "ListUsers"])
def test_each_call_that_is_denied_is_named(logged_in: Home, world: World, allowed: str) -> None:
    """Whatever could not be asked is told, whenever it was asked."""
    world.levels = [[allows("*")], [allows("*")]]
    world.aws_managed["arn:aws:iam::aws:policy/x"] = allows("s3:*")
    group = {"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}
    give(world, [allows("iam:GetUser")])
    world.lists["GroupDetailList"][0]["AttachedManagedPolicies"].append(group)
    world.devices["alice"], world.keys["alice"] = [], [(*KEY[:3], "")]
    world.denied |= {"GetAccountAuthorizationDetails"} - {allowed}
    audit(logged_in, world)
    world.denied |= {"GetLoginProfile", *world.calls} - {allowed}
    world.calls.clear()
    told = json.loads(audit(logged_in, world, "--json").out)["not_looked_at"]
    asked = set(world.calls) - {allowed}
    assert len(asked) > 5
    assert {call for call in asked if not any(f":{call} is denied" in it for it in told)} == set()


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("GetUser", {}),
        ("ListGroupsForUser", {}),
        ("ListUserPolicies", {}),
        ("GetUserPolicy", {"alice": {"AMP109"}}),
        ("ListAttachedUserPolicies", {}),
        ("GetGroupPolicy", {"alice": {"AMP101", "AMP109", "AMP113"}}),
        ("ListAccessKeys", {"alice": {"AMP113"}}),
        ("GetAccessKeyLastUsed", {"alice": {"AMP101", "AMP113"}}),
    ],
)
def test_what_is_deleted_meanwhile_is_left_out(
    logged_in: Home, world: World, call: str, wanted: dict[str, set[str]]
) -> None:
    """A user, a policy or a key that goes between two calls ends nothing."""
    world.lists["UserDetailList"][0]["UserPolicyList"] += OPEN
    give(world, [allows("iam:GetUser")])
    world.keys["alice"] = [(*KEY[:3], "")]
    world.denied |= {"GetAccountAuthorizationDetails"}
    world.gone = {call}
    assert found(logged_in, world) == wanted


def test_a_profile_that_may_read_nothing_is_told(logged_in: Home, world: World) -> None:
    """Without users there is nothing to judge, and that is not taken for «nothing found»."""
    world.denied |= {"GetAccountAuthorizationDetails", "ListUsers"}
    done = audit(logged_in, world)
    assert_refused(done, 1, "profile prod may not look at IAM: iam:ListUsers is denied", "audit")


def test_a_session_that_ends_meanwhile_is_told(
    logged_in: Home, world: World, sandbox: PracticeAWS
) -> None:
    """The hint names what helps: the sessions of that profile alone, or what is not ours."""
    world.expired = {"ListMFADevices", "ListAccessKeys"}
    ended, forget = "AWS no longer accepts the session", "aws-mfa-process logout prod and try again"
    assert_refused(audit(logged_in, world), 1, ended, f"forget it with {forget}")
    shown = json.loads(logged_in.run("export", "prod", "--format", "json").out)
    config = logged_in.aws / "config"
    with config.open("a", encoding="utf-8") as file:
        file.write(
            "\n[profile by-hand]\nregion = eu-central-1\n"
            f"endpoint_url = {sandbox.endpoint_url}\n"
            f"aws_access_key_id = {shown['AccessKeyId']}\n"
            f"aws_secret_access_key = {shown['SecretAccessKey']}\n"
            f"aws_session_token = {shown['SessionToken']}\n"
        )
    renewed = "renew them where profile by-hand has them from, and try again"
    assert_refused(audit(logged_in, world, profile="by-hand"), 1, ended, renewed)


def test_the_report_serves_where_keys_are_denied(logged_in: Home, world: World) -> None:
    """It has no ids of keys, and says whether they are active; it is waited for."""
    world.denied |= {"ListAccessKeys", "ListMFADevices"}
    world.report_takes = 2
    give(world, [allows("s3:*")])
    assert found(logged_in, world) == {"alice": {"AMP101"}}
    world.denied |= {"GetCredentialReport"}
    assert sentences(logged_in, world, "AMP103") == [
        "whether the user has an active key could not be read, and MFA would not bind it"
    ]

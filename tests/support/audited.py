"""``audit`` of an account that a test makes up."""

import csv
import io

from support.home import Home, Result
from support.iam_parts import ACCOUNT, Json, allows
from support.iam_server import IAMServer
from support.iam_world import World, document

OPEN = [{"PolicyName": "everything", "PolicyDocument": document(allows("*"))}]
OLD, USED = "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z"
KEY = ("AKIAIOSFODNN7ALICEKY", "Active", OLD, USED)


def audit(home: Home, world: World, *options: str, profile: str = "prod") -> Result:
    with IAMServer(world) as server:
        names = ("AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_ORGANIZATIONS")
        return home.run("audit", profile, *options, environ=dict.fromkeys(names, server.url))


def rows(done: Result) -> list[dict[str, str]]:
    noted = "aws-mfa-process: not looked at: "
    assert all(line.startswith(noted) for line in done.err.splitlines()), done
    return list(csv.DictReader(io.StringIO(done.out)))


def found(home: Home, world: World) -> dict[str, set[str]]:
    """Return the numbers of what is found, by name."""
    done = audit(home, world, "--csv")
    return names_in(done)


def names_in(done: Result) -> dict[str, set[str]]:
    """Return the numbers of what a run with ``--csv`` has told, by name."""
    names: dict[str, set[str]] = {}
    for row in rows(done):
        names.setdefault(row["name"], set()).add(row["id"])
    assert done.status == (1 if names else 0)
    return names


def alices_account() -> World:
    """Return an account with one user, who has a key in use and a device."""
    world = World(ACCOUNT, summary={"AccountAccessKeysPresent": 0, "AccountMFAEnabled": 1})
    name = "alice"
    user = {
        "UserName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "UserId": "AIDA",
        "UserPolicyList": [],
        "AttachedManagedPolicies": [],
        "GroupList": [],
    }
    world.lists["UserDetailList"].append(user)
    world.keys[name], world.devices[name] = [KEY], [f"arn:aws:iam::{ACCOUNT}:mfa/{name}"]
    return world


def give(world: World, policies: list[Json]) -> None:
    """Let alice be in a group with inline policies."""
    name = f"group{len(world.lists['GroupDetailList'])}"
    world.lists["UserDetailList"][0]["GroupList"].append(name)
    every = [
        {"PolicyName": f"p{number}", "PolicyDocument": document(it)}
        for number, it in enumerate(policies)
    ]
    group = {"GroupName": name, "Arn": "", "GroupPolicyList": every, "AttachedManagedPolicies": []}
    world.lists["GroupDetailList"].append(group)


def add_role(world: World, name: str, trusting: Json) -> None:
    """Let there be a role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    found = {"RoleName": name, "Path": "/", "Arn": arn}
    world.lists["RoleDetailList"].append({**found, "AssumeRolePolicyDocument": document(trusting)})


def sentences(home: Home, world: World, number: str) -> list[str]:
    """Return what is told under one number."""
    return sentences_in(audit(home, world, "--csv"), number)


def sentences_in(done: Result, number: str) -> list[str]:
    """Return what a run with ``--csv`` has told under one number."""
    return [row["sentence"] for row in rows(done) if row["id"] == number]

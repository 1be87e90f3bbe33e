"""Accounts of mixed shape, made from a seed, with what an audit must find in them.

What must be found follows from how an account was put together: each part says which calls it lets
pass or stops, and no evaluator is asked.
"""

import random
import time
from typing import Any, NamedTuple

from support.iam_parts import (
    ACCOUNT,
    ALL,
    ALLOWS,
    BOUNDARIES,
    COMPLETE,
    LEAKY,
    PARTS,
    TRUSTS,
    UNKNOWN,
    Json,
    Part,
    allows,
    trust,
)
from support.iam_world import World, document

DAY = 86400
SHAPES = (ALLOWS, COMPLETE, LEAKY, UNKNOWN)
REFUSED_BY_MOTO = ("leak-2008", "odd-operator", "odd-text")


class Member(NamedTuple):
    """A user as they were put together."""

    name: str
    parts: list[Part]
    boundary: str
    keys: list[tuple[str, str, str, str]]
    devices: list[str]
    has_password: bool
    is_direct: bool


def expected(member: Member, now: int) -> set[str]:
    """Return what must be found of a user."""
    found = set()
    is_active = any(status == "Active" for _, status, _, _ in member.keys)
    if is_active:
        found |= _of_policies(member)
    if member.devices and all(":u2f/" in it for it in member.devices):
        found |= {"AMP105"} if is_active or member.has_password else set()
    if not member.devices and (is_active or member.has_password):
        found.add("AMP104")
    for _, status, created, used in member.keys:
        if status != "Active":
            continue
        found |= {"AMP108"} if now - seconds(created) > 90 * DAY else set()
        found |= set() if used else {"AMP109"}
    return found | ({"AMP113"} if member.is_direct else set())


def _of_policies(member: Member) -> set[str]:
    """Return what follows from the parts: what is allowed, and left by each denial."""
    limit, has_enrolment, _ = BOUNDARIES.get(member.boundary, (ALL, True, None))
    denials = [part for part in member.parts if part.kind == "deny"]
    unknown = [part for part in member.parts if part.kind == "unknown"]
    granted = [part for part in member.parts if part.kind == "allow"]
    left = limit
    for part in denials:
        left &= part.passes
    passes = frozenset().union(*(part.passes for part in granted)) & left
    found = set()
    if unknown:
        could = left if any(part.is_malformed for part in unknown) else passes
        found |= {"AMP103"} if could else set()
    elif passes:
        found.add("AMP101")
    is_told = not any(part.is_malformed for part in unknown)
    enrols = all(part.enrols for part in denials) and has_enrolment
    others = all(part.others for part in denials) and has_enrolment
    if not is_told and (others or (enrols and not member.devices)):
        found.add("AMP103")
    if not member.devices and enrols and is_told and any(part.enrols for part in granted):
        found.add("AMP102")
    has_others = others and is_told and any(part.others for part in granted)
    if "AMP101" not in found and has_others:
        found.add("AMP114")
    return found


def seconds(text: str) -> int:
    return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone)


def stamp(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


class Population(NamedTuple):
    """A world, and what must be found in it by name: users and roles."""

    world: World
    users: dict[str, set[str]]
    roles: dict[str, set[str]]


def population(
    seed: int, users: int = 200, groups: int = 30, policies: int = 80, *, is_for_moto: bool = False
) -> Population:
    """Make an account; moto knows no boundaries of users, and refuses some documents."""
    chance, now = random.Random(seed), int(time.time())
    every = [part for part in PARTS if not (is_for_moto and part.name in REFUSED_BY_MOTO)]
    boundaries = {} if is_for_moto else BOUNDARIES
    world = World(ACCOUNT, summary={"AccountAccessKeysPresent": 0, "AccountMFAEnabled": 1})
    for part in every:
        world.lists["Policies"].append(_managed(part.name, part.versions))
    for name, (_, _, limit) in boundaries.items():
        world.lists["Policies"].append(_managed(name, (limit,)))
    for number in range(policies - len(world.lists["Policies"])):
        world.lists["Policies"].append(_managed(f"unused-{number}", (allows("*"),)))
    held = [chance.choice(every) for _ in range(groups)]
    for number, part in enumerate(held):
        world.lists["GroupDetailList"].append(_group(number, part, is_inline=chance.random() < 0.3))
    shapes = [[part for part in some if part in every] for some in SHAPES]
    members = [_member(chance, number, now, held, shapes) for number in range(users)]
    if is_for_moto:
        members = [member._replace(boundary="") for member in members]
    world.lists["UserDetailList"] += [_user(world, chance, it, held) for it in members]
    for name, (document_, _) in TRUSTS.items():
        world.lists["RoleDetailList"].append(_role(name, document_))
    service = trust({"AWS": "*"})
    path = "/aws-service-role/x.amazonaws.com/"
    world.lists["RoleDetailList"].append(_role("AWSServiceRoleForX", service, path))
    wanted = {it.name: expected(it, now) for it in members}
    roles = {name: ids for name, (_, ids) in TRUSTS.items()}
    return Population(world, wanted, {**roles, "AWSServiceRoleForX": set()})


def _member(
    chance: random.Random, number: int, now: int, held: list[Part], shapes: list[list[Part]]
) -> Member:
    allowing, complete, leaky, unknown = shapes
    parts = chance.sample(allowing, chance.choice([0, 1, 1, 2, 3]))
    kind = chance.random()
    parts += [chance.choice(complete)] if kind < 0.35 else []
    parts += [chance.choice(leaky)] if 0.25 < kind < 0.75 else []
    parts += [chance.choice(unknown)] if unknown and kind > 0.93 else []
    keys = []
    for at in range(chance.choice([0, 1, 1, 1, 2])):
        age = chance.choice([3, 60, 89, 92, 400]) * DAY + number * 60 + at
        used = stamp(now - DAY) if chance.random() < 0.6 else ""
        status = chance.choice(["Active", "Active", "Active", "Inactive"])
        keys.append((f"AKIA{number:012}{at:04}", status, stamp(now - age), used))
    virtual = f"arn:aws:iam::{ACCOUNT}:mfa/u{number}"
    devices = chance.choice(
        [[], [virtual], [virtual, virtual + "b"], [virtual.replace("mfa", "u2f")]]
    )
    boundary = chance.choice([*BOUNDARIES, *[""] * 9])
    is_direct = any(part not in held for part in parts) or (chance.random() < 0.5 and bool(parts))
    has_password = chance.random() < 0.3
    return Member(f"user{number}", parts, boundary, keys, devices, has_password, is_direct)


def _user(world: World, chance: random.Random, member: Member, held: list[Part]) -> Json:
    name = member.name
    world.keys[name], world.devices[name] = member.keys, member.devices
    world.passwords |= {name} if member.has_password else set()
    path = chance.choice(["/", "/team/", "/team/deep/"])
    found: Json = {
        "UserName": name,
        "Path": path,
        "Arn": f"arn:aws:iam::{ACCOUNT}:user{path}{name}",
        "UserId": f"AIDA{name.upper()}",
        "UserPolicyList": [],
        "AttachedManagedPolicies": [],
        "GroupList": [],
        "Tags": [{"Key": "team", "Value": _team(member)}],
    }
    if member.boundary:
        arn = f"arn:aws:iam::{ACCOUNT}:policy/{member.boundary}"
        kind = "PermissionsBoundaryPolicy"
        boundary = {"PermissionsBoundaryType": kind, "PermissionsBoundaryArn": arn}
        found["PermissionsBoundary"] = boundary
    for part in member.parts:
        if part in held and not (member.is_direct and chance.random() < 0.5):
            found["GroupList"].append(f"group{held.index(part)}")
        elif chance.random() < 0.5:
            found["UserPolicyList"].append(_inline(part))
        else:
            found["AttachedManagedPolicies"].append(_attached(part))
    is_direct = bool(found["UserPolicyList"] or found["AttachedManagedPolicies"])
    if member.is_direct and not is_direct:  # see oneself, which changes nothing else
        found["UserPolicyList"].append(
            _inline(next(it for it in ALLOWS if it.name == "see-oneself"))
        )
    return found


def _team(member: Member) -> str:
    return "blue" if any(part.name == "s3-blue" for part in member.parts) else "red"


def _managed(name: str, versions: tuple[Any, ...]) -> Json:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    last = len(versions)
    every = [
        {
            "Document": document(it),
            "VersionId": f"v{number}",
            "IsDefaultVersion": number == last,
            "CreateDate": "2026-01-01T00:00:00Z",
        }
        for number, it in enumerate(versions, 1)
    ]
    every.reverse()
    return {
        "PolicyName": name,
        "Arn": arn,
        "DefaultVersionId": f"v{last}",
        "PolicyVersionList": every,
    }


def _attached(part: Part) -> Json:
    return {"PolicyName": part.name, "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/{part.name}"}


def _inline(part: Part) -> Json:
    return {"PolicyName": f"{part.name}-inline", "PolicyDocument": document(part.versions[-1])}


def _group(number: int, part: Part, *, is_inline: bool) -> Json:
    return {
        "GroupName": f"group{number}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/group{number}",
        "GroupPolicyList": [_inline(part)] if is_inline else [],
        "AttachedManagedPolicies": [] if is_inline else [_attached(part)],
    }


def _role(name: str, document_: Json, path: str = "/") -> Json:
    return {
        "RoleName": name,
        "Path": path,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
        "AssumeRolePolicyDocument": document(document_),
    }

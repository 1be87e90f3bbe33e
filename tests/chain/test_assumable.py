"""Which roles policies name: the grammar of IAM, as far as it concerns AssumeRole."""

from typing import Any

import pytest

from aws_mfa_process.chain import assumable
from aws_mfa_process.chain.assumable import Candidate, Statement, User
from aws_mfa_process.config.accounts import Account

USER = User("alice", "111111111111")
START = "arn:aws:iam::"
ADMIN = f"{START}222222222222:role/Admin"
DEV = f"{START}333333333333:role/team/Dev"
ALICE = f"{START}111111111111:role/alice"


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> list[Statement]:
    """Return what a document says of AssumeRole; a statement allows it unless it says otherwise."""
    usual = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    document = {"Version": version, "Statement": [usual | it for it in statements]}
    return assumable.statements_of(document, "p", USER)


def allowed(statements: list[Statement]) -> list[str]:
    """Return which of the three roles are to be tried."""
    return [it.arn for it in assumable.candidates(statements, [ADMIN, DEV, ALICE])]


@pytest.mark.parametrize(
    ("statement", "roles"),
    [
        ({"Resource": ADMIN}, [ADMIN]),
        ({"Resource": [DEV, ADMIN]}, [DEV, ADMIN]),
        ({"Resource": "*"}, [ADMIN, DEV, ALICE]),
        ({"Resource": f"{START}*:role/Adm?n"}, [ADMIN]),
        ({"Resource": f"{START}*:role/admin"}, []),
        ({"Resource": f"{START}*:role/*v"}, [DEV]),
        ({"Resource": f"{START}333333333333:*"}, [DEV]),
        ({"Resource": "*:role/" + "*a" * 40 + "*b"}, []),
        ({"Resource": f"{START}*:role/[A-Z]*"}, []),
        ({"Resource": "*", "Action": "STS:assumeROLE"}, [ADMIN, DEV, ALICE]),
        ({"Resource": "*", "Action": ["s3:*", "sts:Assume*"]}, [ADMIN, DEV, ALICE]),
        ({"Resource": "*", "Action": "*"}, [ADMIN, DEV, ALICE]),
        ({"Resource": "*", "Action": "sts:AssumeRoleWithSAML"}, []),
        ({"Resource": "*", "Action": "sts:TagSession"}, []),
        ({"Resource": "*", "Effect": "allow"}, []),
        ({"NotResource": ADMIN}, [DEV, ALICE]),
        ({"Resource": f"{START}*:role/${{aws:username}}"}, [ALICE]),
        ({"Resource": f"{START}${{aws:PrincipalAccount}}:role/${{AWS:UserName}}"}, [ALICE]),
        ({"Resource": f"{START}*:role/${{aws:PrincipalTag/team}}"}, []),
        (
            {"Resource": ADMIN, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            [ADMIN],
        ),
        ({}, []),
        ({"Resource": {"a": 1}}, []),
    ],
)
def test_what_a_statement_allows(statement: dict[str, Any], roles: list[str]) -> None:
    """Patterns, variables and inversions as IAM reads them."""
    assert allowed(policy(statement)) == roles


def test_actions_may_be_inverted() -> None:
    """``NotAction`` allows what it does not name."""
    inverted = {"Effect": "Allow", "Resource": ADMIN}
    for actions, roles in (("s3:*", [ADMIN]), (["iam:*", "sts:*"], [])):
        document = {"Statement": {**inverted, "NotAction": actions}}
        assert allowed(assumable.statements_of(document, "p", USER)) == roles


def test_a_certain_deny_counts() -> None:
    """One under a condition, or with a variable of AWS alone, is left to AWS."""
    everything = {"Resource": "*"}
    deny = {"Effect": "Deny", "Resource": ADMIN}
    assert allowed(policy(everything, deny)) == [DEV, ALICE]
    assert allowed(policy(deny, {"Resource": ADMIN})) == []
    assert allowed(policy(everything, {"Effect": "Deny", "NotResource": ADMIN})) == [ADMIN]
    uncertain: dict[str, Any]
    for uncertain in ({"Condition": {"x": {}}}, {"NotResource": "${aws:userid}"}):
        stays = policy(everything, {"Effect": "Deny", "Resource": ADMIN, **uncertain})
        assert allowed(stays) == [ADMIN, DEV, ALICE]


def test_variables_are_of_the_new_language() -> None:
    """In a policy of 2008 they are plain text."""
    statement = {"Resource": f"{START}*:role/${{aws:username}}"}
    assert allowed(policy(statement, version="2008-10-17")) == []


def test_candidates_say_on_what_ground() -> None:
    """Named in full, under a condition, or likely though no policy that could be read has them."""
    found = assumable.candidates(
        policy({"Resource": ADMIN, "Condition": {"x": {}}}, {"Resource": f"{START}*:role/team/*"}),
        [DEV],
        [ALICE],
    )
    assert found == [
        Candidate(ADMIN, is_named=True, is_conditional=True),
        Candidate(DEV, is_named=False, is_conditional=False),
        Candidate(ALICE, is_named=False, is_conditional=False),
    ]


def test_patterns_are_filled_from_a_list() -> None:
    """The account or the role that a pattern names is tried with what the list has."""
    statements = policy(
        {"Resource": [f"{START}*:role/Admin", f"{START}444444444444:role/*", DEV]},
        {"Resource": f"{START}*:role/*", "Effect": "Deny", "Condition": {"x": {}}},
    )
    accounts = [Account("222222222222", "prod", (), "")]
    found = assumable.roles_of_patterns(statements, accounts, ["Ops"], START)
    assert list(found) == [ADMIN, f"{START}444444444444:role/Ops", DEV]
    assert assumable.wildcards(statements) == [
        ("p", f"{START}*:role/Admin"),
        ("p", f"{START}444444444444:role/*"),
    ]
    assert list(assumable.roles_in([*accounts, Account("1", "x", ("A",), "")], ["Ops"], START)) == [
        f"{START}222222222222:role/Ops",
        f"{START}1:role/A",
    ]


@pytest.mark.parametrize("document", [None, "x", [], {}, {"Statement": "x"}, {"Statement": [1]}])
def test_what_is_no_policy_allows_nothing(document: object) -> None:
    """And stops nothing."""
    assert assumable.statements_of(document, "p", USER) == []

"""What the documents name exists: IAM takes a misspelt action, and makes nothing of it."""

from typing import Any

import pytest

from aws_mfa_process.policy.catalogue import CATALOGUE
from aws_mfa_process.policy.document import parse
from aws_mfa_process.policy.documents import agent_guardrail
from aws_mfa_process.policy.evaluate import Decision, Policies, Request, evaluate
from aws_mfa_process.policy.names import Names
from aws_mfa_process.policy.principals import Caller
from aws_mfa_process.policy.read_only import HIDDEN, READ
from aws_mfa_process.policy.wildcard import filled, matches
from support.simulator import known_actions

NAMES = Names(account="111111111111", enrols_in_console=True)
EVERYTHING = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def statements() -> list[dict[str, Any]]:
    """Return all statements of all documents."""
    return [it for entry in CATALOGUE.values() for it in entry.make(NAMES)["Statement"]]


def listed(statement: dict[str, Any]) -> list[str]:
    """Return the actions of a statement, but for all of them."""
    found = statement["Action"] if "Action" in statement else statement["NotAction"]
    return [it for it in ([found] if isinstance(found, str) else found) if it != "*"]


def expanded(pattern: str, actions: dict[str, Any]) -> dict[str, Any]:
    """Return the actions that a pattern means, spelt as AWS spells them."""
    text = filled(pattern, None)[1]
    return {name: found for name, found in actions.items() if matches(text, name)}


@pytest.fixture(scope="module")
def actions(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What AWS documents of the services that are named."""
    services = {it.partition(":")[0] for one in statements() for it in listed(one)}
    return known_actions(request.config, sorted(services))


def test_every_action_exists(actions: dict[str, Any]) -> None:
    """And every pattern means at least one."""
    named = {it for statement in statements() for it in listed(statement)}
    assert {it for it in named if not expanded(it, actions)} == set()


def test_what_is_allowed_on_something_acts_on_it(actions: dict[str, Any]) -> None:
    """An Allow of a call with an ARN grants nothing where the call takes none of that kind."""
    for statement in statements():
        resources = statement.get("Resource", "*")
        if statement["Effect"] == "Deny" or "Principal" in statement or "*" in resources:
            continue
        kinds = {arn.split(":")[5].partition("/")[0] for arn in resources}
        for action in listed(statement):
            acts_on = {it["name"].rstrip("*") for it in actions[action]["resourceTypes"]}
            assert kinds <= acts_on, (action, kinds, acts_on)


def test_an_agent_only_reads(actions: dict[str, Any]) -> None:
    """Nothing that AWS calls writing, tagging or managing of permissions; and no list is idle."""
    read = {name: it for pattern in READ for name, it in expanded(pattern, actions).items()}
    assert {name for name, it in read.items() if it["accessLevel"] not in ("Read", "List")} == set()
    hidden = {name for pattern in HIDDEN for name in expanded(pattern, actions)}
    assert hidden <= set(read)
    secret = ("secretsmanager:", "s3:GetObject", "ssm:GetParameter", "kms:Decrypt", "dynamodb:Get")
    assert not [name for name in read if name.startswith(secret)]


@pytest.mark.parametrize(
    "action",
    [
        "apigateway:GET",
        "autoscaling:DescribeLaunchConfigurations",
        "cloudformation:DescribeStackEvents",
        "cloudformation:GetTemplate",
        "cloudfront:GetDistributionConfig",
        "cloudfront:ListDistributions",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeSpotInstanceRequests",
        "ec2:DescribeVpnConnections",
        "ecs:DescribeTasks",
        "events:ListTargetsByRule",
        "lambda:GetFunctionConfiguration",
        "secretsmanager:GetSecretValue",
    ],
)
def test_an_agent_sees_no_secret(action: str) -> None:
    """What AWS answers to these has user data, environments, headers or keys in it."""
    guardrail = parse(agent_guardrail(NAMES))
    policies = Policies([guardrail, EVERYTHING], boundary=guardrail)
    context = {"aws:sourceidentity": ("alice",)}
    caller = Caller("111111111111", "arn:aws:sts::111111111111:assumed-role/agent/alice")
    denied = evaluate(Request(action, "*", context), caller, policies)
    assert denied.decision is Decision.DENIED
    assert evaluate(Request("ec2:DescribeInstances", "*", context), caller, policies).is_allowed

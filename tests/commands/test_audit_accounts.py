"""``audit`` of whole accounts, whose findings are known from how they were made."""

import pytest

from support.audited import audit, found, names_in
from support.home import Home
from support.iam_moto import fill
from support.iam_population import Population, population


def wanted(made: Population) -> dict[str, set[str]]:
    return {name: ids for name, ids in {**made.users, **made.roles}.items() if ids}


@pytest.mark.parametrize("seed", range(3))
def test_an_account_of_mixed_shape_is_judged_without_a_mistake(logged_in: Home, seed: int) -> None:
    """200 users, 30 groups, 80 policies: all that must be found is, and nothing else."""
    made = population(seed)
    assert found(logged_in, made.world) == wanted(made)
    assert made.world.calls.count("GetAccountAuthorizationDetails") > 2


def test_single_calls_tell_the_same(logged_in: Home) -> None:
    """Where GetAccountAuthorizationDetails and the report are denied, lists are read instead."""
    made = population(7, users=40, groups=10, policies=60)
    made.world.denied |= {
        "GetAccountAuthorizationDetails",
        "GenerateCredentialReport",
        "GetCredentialReport",
        "GetAccountSummary",
        "DescribeOrganization",
    }
    done = audit(logged_in, made.world, "--csv")
    assert names_in(done) == wanted(made)
    told = [it.partition(": not looked at: ")[2] for it in done.err.splitlines()]
    assert "iam:GetAccountAuthorizationDetails is denied" in told
    assert "iam:GetCredentialReport is denied" in told
    assert "there is no credential report" not in told
    assert any(it.startswith("service control policies") for it in told)


@pytest.mark.parametrize("seed", [5])
def test_the_same_in_the_practice_aws(logged_in: Home, seed: int) -> None:
    """moto, which knows neither boundaries of users nor odd documents, is audited without one."""
    assert logged_in.run("audit", "prod").status == 0
    made = population(seed, is_for_moto=True)
    fill(made.world)
    assert names_in(logged_in.run("audit", "prod", "--csv")) == wanted(made)

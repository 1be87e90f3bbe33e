"""The service control policies above an account.

Its one rule: most accounts may not read them; that is said, and is no failure.
"""

from typing import Any, NamedTuple

from aws_mfa_process.aws.inventory import AbsentError, DeniedError, Inventory
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.policy.document import Policy, PolicyError, parse, unreadable

_SERVICE = "organizations"
_SCP = "SERVICE_CONTROL_POLICY"
_TALLEST = 10
"""More levels than an organization can have."""


class Above(NamedTuple):
    """What stands above an account.

    Attributes:
        levels: Policies of each level; none of them where nothing binds the account.
        id: Of the organization; empty: there is none; None: not known.
        unseen: What could not be read, and why.
    """

    levels: tuple[tuple[Policy, ...], ...] = ()
    id: str | None = None
    unseen: tuple[str, ...] = ()


def organization(inventory: Inventory, account_id: str) -> Above:
    """Read what stands above an account; the management account is bound by nothing."""
    found = Above()
    try:
        answer = inventory.ask("describe_organization", _SERVICE).get("Organization", {})
        found = Above(id=str(answer.get("Id", "")))
        if answer.get("MasterAccountId") == account_id:
            return found
        targets = _targets(inventory, account_id)
        levels = [_policies(inventory, target) for target in targets]
        return found._replace(levels=tuple(level for level in levels if level))
    except AbsentError as error:
        return found if str(error).startswith("PolicyType") else Above(id="")
    except DeniedError as error:
        why = f"{error} is denied"
    except MFAProcessError as error:
        why = error.message
    return found._replace(
        unseen=(f"service control policies of the organization, which may deny more: {why}",)
    )


def _targets(inventory: Inventory, account_id: str) -> list[str]:
    """Return the account and all above it, up to the root."""
    found = [account_id]
    while len(found) < _TALLEST:
        parents = inventory.ask("list_parents", _SERVICE, ChildId=found[-1]).get("Parents", [])
        found += [str(parent["Id"]) for parent in parents]
        if not parents or parents[0].get("Type") == "ROOT":
            break
    return found


def _policies(inventory: Inventory, target: str) -> tuple[Policy, ...]:
    answer = inventory.ask("list_policies_for_target", _SERVICE, TargetId=target, Filter=_SCP)
    return tuple(_policy(inventory, it) for it in answer.get("Policies", []))


def _policy(inventory: Inventory, summary: dict[str, Any]) -> Policy:
    name = f"service control policy {summary.get('Name', summary['Id'])}"
    answer = inventory.ask("describe_policy", _SERVICE, PolicyId=summary["Id"])
    try:
        return parse(str(answer.get("Policy", {}).get("Content", "")), name)
    except PolicyError:
        return unreadable(name)

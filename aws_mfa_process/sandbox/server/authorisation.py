"""May they? The evaluator, asked with what the practice AWS knows of a request.

Rule: every request carries the condition keys that each real one carries. Where this is weaker
than AWS: docs/reference/policies.md.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from aws_mfa_process.policy.document import parse
from aws_mfa_process.policy.evaluate import Decision, Policies, Request, Verdict, evaluate
from aws_mfa_process.policy.principals import Caller
from aws_mfa_process.policy.wildcard import Context
from aws_mfa_process.sandbox.server.accounts import Role
from aws_mfa_process.sandbox.server.identities import Identity
from aws_mfa_process.sandbox.server.replies import AWSError, access_denied
from aws_mfa_process.sandbox.server.state import Query

EVERYTHING: Final = parse(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    },
    "AdministratorAccess",
)
"""What the roles of the practice world may do in their accounts."""
_KINDS: Final = {
    "identity": ("an ", "identity-based policy"),
    "boundary": ("a ", "permissions boundary"),
    "session": ("a ", "session policy"),
    "organization": ("a ", "service control policy"),
    "resource": ("a ", "resource-based policy"),
}


class Asked(NamedTuple):
    """What a caller wants to do.

    Attributes:
        action: For example ``iam:GetUser``.
        resource: ARN, or ``*``.
        context: Condition keys of this call beside those of every request, in small letters.
        role: The role that is to be assumed: its trust policy has a say.
    """

    action: str
    resource: str
    context: Mapping[str, str] = MappingProxyType({})
    role: Role | None = None


def decide(query: Query, identity: Identity, asked: Asked) -> Verdict:
    """Ask the evaluator.

    Args:
        query: The call.
        identity: Who calls: that of the query, or the same with an MFA code that came along.
        asked: What they want to do; a call may ask for several things.
    """
    policies, role = policies_of(query), asked.role
    if role:
        policies = policies._replace(
            resource=role.trust, resource_account_id=role.account_id, resource_decides=True
        )
    caller = Caller(identity.account_id, identity.arn, identity.role.arn if identity.role else "")
    own = {name: (text,) for name, text in asked.context.items()}
    request = Request(asked.action, asked.resource, {**_context(query, identity), **own})
    return evaluate(request, caller, policies)


def policies_of(query: Query) -> Policies:
    """Return the policies of who calls, under those of the organization.

    A role of the practice world may do everything in its account.
    """
    identity = query.identity
    if identity.is_member:
        found = query.members.policies(identity)
    else:
        found = Policies([EVERYTHING] if identity.role else query.alices)
    scps = query.scps.get(identity.account_id, ())
    if not scps:
        return found
    return found._replace(organization=[[EVERYTHING], [EVERYTHING, *map(parse, scps)]])


def refusal(identity: Identity, asked: Asked, verdict: Verdict) -> AWSError:
    """Word a refusal.

    Source:
        IAM User Guide, "Troubleshoot access denied error messages".
    """
    article, kind = _KINDS[verdict.kind]
    why = f" because no {kind} allows the {asked.action} action"
    if verdict.decision is Decision.DENIED:
        why = f" with an explicit deny in {article}{kind}"
    return access_denied(not_authorized(identity, asked) + why)


def not_authorized(identity: Identity, asked: Asked) -> str:
    """Say who may not do what, and not why."""
    who = f"User: {identity.arn} is not authorized to perform: {asked.action}"
    return who if asked.resource == "*" else f"{who} on resource: {asked.resource}"


def _context(query: Query, identity: Identity) -> Context:
    """Return the condition keys that every request carries.

    Source:
        IAM User Guide, "AWS global condition context keys".
    """
    time = datetime.fromtimestamp(query.now, UTC)
    found = {
        "aws:currenttime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(query.now)),
        "aws:principalaccount": identity.account_id,
        "aws:principalarn": identity.role.arn if identity.role else identity.arn,
        "aws:principalisawsservice": "false",
        "aws:principaltype": "AssumedRole" if identity.role else "User",
        "aws:securetransport": "true",
        "aws:userid": identity.user_id,
        "aws:viaawsservice": str(query.is_via_service).lower(),
    }
    if not query.is_via_service:
        found["aws:sourceip"] = "127.0.0.1"
    if not identity.role:
        found["aws:username"] = identity.user_name
    if identity.is_session:
        issued = datetime.fromtimestamp(identity.issued_at, UTC)
        found["aws:tokenissuetime"] = issued.strftime("%Y-%m-%dT%H:%M:%SZ")
    if identity.source_identity:
        found["aws:sourceidentity"] = identity.source_identity
    if identity.has_mfa:
        found["aws:multifactorauthpresent"] = "true"
        found["aws:multifactorauthage"] = str(int(query.now - identity.mfa_at))
    elif identity.is_session or query.is_via_service:
        found["aws:multifactorauthpresent"] = "false"
    return {name: (text,) for name, text in found.items()}

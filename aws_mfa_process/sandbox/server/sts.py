"""STS: GetSessionToken, AssumeRole and GetCallerIdentity, with the rules of AWS.

Rule: first the form of the parameters, then the MFA code, then the policies, then the durations.
"""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from aws_mfa_process.policy.evaluate import Decision
from aws_mfa_process.sandbox.server import form
from aws_mfa_process.sandbox.server.accounts import HOUR_SECONDS, ROLES, Role
from aws_mfa_process.sandbox.server.authorisation import (
    Asked,
    decide,
    not_authorized,
    refusal,
)
from aws_mfa_process.sandbox.server.device import Device, cannot_validate
from aws_mfa_process.sandbox.server.identities import Identity
from aws_mfa_process.sandbox.server.replies import AWSError, access_denied, validation_error
from aws_mfa_process.sandbox.server.state import Query

_SESSION_SECONDS: Final = 43200
_ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)


def get_caller_identity(query: Query) -> dict[str, object]:
    """Tell the caller who they are; nobody is refused."""
    identity = query.identity
    return {"Arn": identity.arn, "UserId": identity.user_id, "Account": identity.account_id}


def get_session_token(query: Query) -> dict[str, object]:
    """Give the user a session, with MFA if a good code came along.

    Raises:
        AWSError: Called with session credentials, a bad duration or a bad code.
    """
    form.check(query.parameters, form.GET_SESSION_TOKEN)
    seconds = int(query.parameters.get("DurationSeconds", _SESSION_SECONDS))
    if query.identity.is_session:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    identity = replace(_with_mfa(query), is_session=True, issued_at=query.now)
    session = query.state.sessions.create(identity, query.now + seconds)
    return {"Credentials": session.reply()}


def assume_role(query: Query) -> dict[str, object]:
    """Give a session of a role.

    Raises:
        AWSError: A bad parameter or code; the policies say no; the duration is too long.
    """
    parameters = query.parameters
    form.check(parameters, form.ASSUME_ROLE)
    role_arn, name = parameters["RoleArn"], parameters["RoleSessionName"]
    if not _ROLE_ARN.fullmatch(role_arn):
        raise validation_error(f"{role_arn} is invalid")
    form.check_session_policies(parameters)
    form.check_session_tags(parameters)
    seconds = int(parameters.get("DurationSeconds", HOUR_SECONDS))
    caller = _with_mfa(query)
    role = _allowed_role(query, caller, role_arn)
    source_identity = _source_identity(caller, role, parameters.get("SourceIdentity", ""))
    _check_role_duration(seconds, role, caller)
    assumed = Identity(
        account_id=role.account_id,
        arn=f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{name}",
        user_id=f"{role.role_id}:{name}",
        role=role,
        is_session=True,
        source_identity=source_identity,
        is_chained=caller.is_session,
        issued_at=query.now,
        is_member=role.written_trust is not None,
    )
    reply: dict[str, object] = {
        "Credentials": query.state.sessions.create(assumed, query.now + seconds).reply(),
        "AssumedRoleUser": {"AssumedRoleId": assumed.user_id, "Arn": assumed.arn},
    }
    if source_identity:
        reply["SourceIdentity"] = source_identity
    return reply


def answer(action: str, query: Query) -> dict[str, object]:
    """Answer any call of STS.

    Raises:
        AWSError: AWS says no, or there is no such call; ``NotImplemented`` for one that only the
            real AWS does.
    """
    if action in _NOT_HERE:
        message = f"The practice AWS does not do {action}; the real AWS does."
        raise AWSError("NotImplemented", message, HTTPStatus.NOT_IMPLEMENTED)
    if action not in _ACTIONS:
        message = f"Could not find operation {action} for version 2011-06-15"
        raise AWSError("InvalidAction", message, HTTPStatus.BAD_REQUEST)
    return _ACTIONS[action](query)


_ACTIONS: Final = {
    "AssumeRole": assume_role,
    "GetCallerIdentity": get_caller_identity,
    "GetSessionToken": get_session_token,
}
_NOT_HERE: Final = frozenset(
    {
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "AssumeRoot",
        "DecodeAuthorizationMessage",
        "GetAccessKeyInfo",
        "GetDelegatedAccessToken",
        "GetFederationToken",
        "GetWebIdentityToken",
    }
)


def _with_mfa(query: Query) -> Identity:
    serial, code = query.parameters.get("SerialNumber"), query.parameters.get("TokenCode")
    if serial is None and code is None:
        return query.identity
    if serial is None or code is None:
        raise access_denied(
            "MultiFactorAuthentication failed, "
            "must provide both MFA serial number and one time pass code."
        )
    _device(query, serial).verify(code, query.now)
    return replace(query.identity, has_mfa=True, mfa_at=query.now)


def _device(query: Query, serial: str) -> Device:
    """Find a device of the caller; one that was made here stands before the first one."""
    if query.identity.is_member and not query.identity.role:
        found = query.members.device(query.identity, serial)
        if found is None:
            raise cannot_validate()
        return found
    made, first = query.state.virtual_devices.get(serial), query.state.device_of(serial)
    if query.identity.role:
        raise cannot_validate()
    if made is not None:
        if made.enabled_at is None or query.now < made.enabled_at + query.device_delay_seconds:
            raise cannot_validate()
        return made.device
    if first is None:
        raise cannot_validate()
    return first


def _allowed_role(query: Query, caller: Identity, role_arn: str) -> Role:
    """Ask all policies: those of the caller, and whom the role trusts.

    A refusal by the role's side looks like that of a role that does not exist.
    """
    parameters = query.parameters
    role = ROLES.get(role_arn) or query.members.role(role_arn)
    context = {"sts:rolesessionname": parameters["RoleSessionName"]}
    for name in ("ExternalId", "SourceIdentity"):
        if name in parameters:
            context[f"sts:{name.lower()}"] = parameters[name]
    actions = ["AssumeRole"]
    actions += ["SetSourceIdentity"] if "SourceIdentity" in parameters else []
    actions += ["TagSession"] if form.members_of(parameters, "Tags", "Key") else []
    for action in actions:
        _check_allowed(query, caller, Asked(f"sts:{action}", role_arn, context, role))
    if role is None:
        raise access_denied(not_authorized(caller, Asked("sts:AssumeRole", role_arn)))
    return role


def _check_allowed(query: Query, caller: Identity, asked: Asked) -> None:
    verdict = decide(query, caller, asked)
    if verdict.is_allowed:
        return
    if verdict.decision is Decision.DENIED or (asked.role and verdict.kind != "resource"):
        raise refusal(caller, asked, verdict)
    raise access_denied(not_authorized(caller, asked))


def _source_identity(caller: Identity, role: Role, given: str) -> str:
    """Keep the source identity of the chain; nobody may set another one."""
    if caller.source_identity and given and given != caller.source_identity:
        raise access_denied(
            f"User: {caller.arn} is not authorized to perform: sts:SetSourceIdentity "
            f"on resource: {role.arn}"
        )
    return caller.source_identity or given


def _check_role_duration(seconds: int, role: Role, caller: Identity) -> None:
    if caller.is_session and seconds > HOUR_SECONDS:
        raise validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit "
            "for roles assumed by role chaining"
        )
    if seconds > role.max_session_seconds:
        raise validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )

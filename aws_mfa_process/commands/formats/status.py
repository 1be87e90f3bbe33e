"""What ``status`` tells, as JSON; the shape is that of `docs/reference/json.md`."""

import json
from typing import Any

from aws_mfa_process.chain.view import Verdict
from aws_mfa_process.commands.profiles.standing import Standing
from aws_mfa_process.commands.status import State
from aws_mfa_process.credentials import SessionCredentials, utc_time


def text_of(state: State) -> str:
    """Return the document; times are UTC, and nothing in it is a secret."""
    document = {
        "profiles": [_profile(state, it) for it in state.standings],
        "verdicts": [_verdict(verdict) for verdict in state.verdicts],
        "obstacle": state.obstacle or None,
    }
    return json.dumps(document, indent=2)


def _profile(state: State, standing: Standing) -> dict[str, Any]:
    chain = standing.chain
    mfa = chain.mfa if chain is not None else None
    account, _ = standing.role
    until = standing.no_code_until
    return {
        "profile": standing.profile,
        "outcome": standing.judgement.outcome,
        "account_id": account or None,
        "role_arn": chain.roles[-1].role_arn if chain is not None and chain.roles else None,
        "mfa_serial": ", ".join(mfa.listed) if mfa is not None else None,
        "mfa_mode": mfa.mode if mfa is not None else None,
        "code_session": _session(standing.code_session),
        "session": _session(standing.session),
        "next": standing.next,
        "next_sentence": standing.sentence,
        "no_code_until": utc_time(until) if until else None,
        "source": _source(state, standing),
        "error": _failure(standing),
        "verdicts": [_verdict(verdict) for verdict in standing.judgement.verdicts],
    }


def _session(session: SessionCredentials | None) -> dict[str, str] | None:
    if session is None:
        return None
    return {"from": utc_time(session.issued_at), "until": utc_time(session.expiration)}


def _source(state: State, standing: Standing) -> dict[str, str | None] | None:
    if standing.chain is None:
        return None
    source = standing.chain.source
    entry = state.keys.get(source.profile) if source.kind == "keyring" else None
    return {
        "kind": source.kind,
        "profile": source.profile,
        "stored_in": entry.backend if entry is not None else None,
        "stored_at": utc_time(entry.stored_at) if entry is not None else None,
    }


def _failure(standing: Standing) -> dict[str, str | None] | None:
    """Return why credentials cannot be made, else what has failed since they were."""
    failure = standing.failure
    error = standing.error or (failure.error if failure is not None else None)
    if error is None:
        return None
    at = utc_time(int(failure.at)) if failure is not None else None
    return {"at": at, "sentence": error.message, "hint": error.hint}


def _verdict(verdict: Verdict) -> dict[str, str]:
    return {
        "id": verdict.id,
        "profile": verdict.profile,
        "sentence": verdict.sentence,
        "hint": verdict.hint,
    }

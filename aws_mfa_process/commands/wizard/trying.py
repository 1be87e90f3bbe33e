"""Roles that are tried: assumed, for as short as AWS lets one, and forgotten.

Its one rule: only AWS says whether a role can be assumed, and a failure that passes is never taken
for a no.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

from aws_mfa_process.aws.clients import Clients
from aws_mfa_process.aws.policies import is_denied
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.assumable import Candidate
from aws_mfa_process.chain.model import Endpoint, Role
from aws_mfa_process.commands.screens import screen
from aws_mfa_process.credentials import SessionCredentials
from aws_mfa_process.errors import STSError

_AT_ONCE = 10
_SHORTEST_SECONDS = 900


class Tried(NamedTuple):
    """A role, and what AWS said.

    Attributes:
        is_assumed: AWS gave a session.
        error: Why not; None with a session.
        is_denied: It is a no, and not a failure that may pass.
    """

    candidate: Candidate
    is_assumed: bool
    error: STSError | None = None
    is_denied: bool = False


def try_all(
    candidates: Sequence[Candidate], endpoint: Endpoint, session: SessionCredentials, name: str
) -> list[Tried]:
    """Try to assume roles, ten at a time, in the order in which they were given.

    Args:
        candidates: The roles.
        endpoint: Which STS.
        session: The MFA session.
        name: Of the role sessions, as CloudTrail shows it.
    """
    found = {}
    results = _results(candidates, STS(endpoint, clients=Clients()), session, name)
    if screen.is_drawn():
        from aws_mfa_process.commands.screens import drawn  # noqa: PLC0415 - rich is heavy

        results = drawn.progress("Roles", results, len(candidates))
    for tried in results:
        found[tried.candidate] = tried
    return [found[it] for it in candidates]


def _results(
    candidates: Sequence[Candidate], sts: STS, session: SessionCredentials, name: str
) -> Iterator[Tried]:
    """Yield results as they come."""
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        running = [pool.submit(_try, it, sts, session, name) for it in candidates]
        yield from (future.result() for future in as_completed(running))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _try(candidate: Candidate, sts: STS, session: SessionCredentials, name: str) -> Tried:
    role = Role("", candidate.arn, _SHORTEST_SECONDS, "", name, "", (), (), (), "")
    try:
        sts.assume_role(session, role)
    except STSError as error:
        return Tried(candidate, is_assumed=False, error=error, is_denied=is_denied(error))
    return Tried(candidate, is_assumed=True)

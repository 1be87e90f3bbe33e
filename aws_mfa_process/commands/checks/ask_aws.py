"""What AWS is asked: the time, and whose keys these are.

Its one rule: it only reads, opens no keyring and asks no person. All is asked at once; each STS has
three seconds to be connected and three to answer.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from aws_mfa_process.aws.iam import IAM
from aws_mfa_process.aws.reach import late, their_time
from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.model import Chain, Endpoint
from aws_mfa_process.commands.checks.world import Answer, User
from aws_mfa_process.commands.profiles.standing import Standing
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY, Profiles
from aws_mfa_process.credentials import AnyCredentials, SourceCredentials
from aws_mfa_process.errors import MFAProcessError

SECONDS = 3
_ALL_SECONDS = 8
"""For everything, names of hosts and a slow machine included."""


def answers_and_users(
    files: Profiles, standings: Iterable[Standing]
) -> tuple[tuple[Answer, ...], Mapping[str, User]]:
    """Ask each STS for its time, and AWS about users and their keys, all at once.

    Returns:
        One answer for each STS, and users by the profile with the key, where AWS has told.
    """
    endpoints: dict[str, Endpoint] = {}
    askers: dict[str, Callable[[], User | None]] = {}
    for standing in standings:
        chain = standing.chain
        if chain is None:
            continue
        place = (*chain.endpoint[1:4], chain.endpoint.settings.get("ca_bundle"))
        endpoints.setdefault(repr(place), chain.endpoint)
        credentials = _credentials(files, chain, standing)
        if credentials is not None:
            askers.setdefault(chain.source.profile, partial(_user, chain, credentials))
    found = _together(
        {
            **{place: partial(_answer, endpoint) for place, endpoint in endpoints.items()},
            **{("user", name): ask for name, ask in askers.items()},
        }
    )
    answers = tuple(
        found.get(place) or Answer(error=late(endpoint, _ALL_SECONDS))
        for place, endpoint in endpoints.items()
    )
    users = {name: found.get(("user", name)) for name in askers}
    return answers, {name: user for name, user in users.items() if user is not None}


def _credentials(files: Profiles, chain: Chain, standing: Standing) -> AnyCredentials | None:
    """Return what the user's own calls can be made with: the MFA session, or keys in plaintext."""
    if not chain.source.is_long_term:
        return None
    if standing.code_session is not None and chain.is_of_mfa_session:
        return standing.code_session
    if chain.source.kind != "static":
        return None
    values = files.keys_of(chain.source.profile)
    return SourceCredentials(values[KEY_ID], values[SECRET_KEY])


def _together(jobs: Mapping[Any, Callable[[], Any]]) -> Mapping[Any, Any]:
    """Return the results of those that end in time."""
    results: dict[Any, Any] = {}
    faults: list[Exception] = []

    def work(name: object, job: Callable[[], Any]) -> None:
        try:
            results[name] = job()
        except Exception as error:  # noqa: BLE001 - raised below, where it is told
            faults.append(error)

    threads = [threading.Thread(target=work, args=job, daemon=True) for job in jobs.items()]
    deadline = time.monotonic() + _ALL_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    for fault in faults:
        raise fault
    return dict(results)


def _answer(endpoint: Endpoint) -> Answer:
    started = time.time()
    try:
        theirs = their_time(endpoint, SECONDS)
    except MFAProcessError as error:
        return Answer(error=error)
    return Answer((started + time.time()) / 2 - theirs if theirs else None)


def _user(chain: Chain, credentials: AnyCredentials) -> User | None:
    """Ask whose a key is, which devices that user has, and when the key was made."""
    try:
        arn = STS(chain.endpoint).caller_arn(credentials)
    except MFAProcessError:
        return None
    iam = IAM(chain.endpoint, credentials, arn)
    user = User(arn)
    try:
        user = user._replace(serials=tuple(iam.mfa_serials()))
        made = {key.access_key_id: key.created_at for key in iam.access_keys()}
        user = user._replace(created_at=made.get(chain.source.access_key_id, 0))
    except MFAProcessError:
        return user
    return user

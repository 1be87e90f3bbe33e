"""IAM of a whole account, read and never changed: what its calls answer.

Its one rule: a call that AWS denies ends nothing: it is noted, and what it would have told is
missing. Whatever else fails is a failure.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.exceptions import ClientError

from aws_mfa_process.aws.clients import Clients
from aws_mfa_process.aws.service import Service
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials

T = TypeVar("T")
S = TypeVar("S")
_AT_ONCE = 10
"""Threads: as many as botocore keeps connections of one client."""
_PAGE_SIZE = 1000
_REPORT_SECONDS = 60
_PAUSE_SECONDS = 0.5
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedAccess")
_ABSENT = (
    "NoSuchEntity",
    "ReportNotPresent",
    "ReportExpired",
    "ReportInProgress",
    "AWSOrganizationsNotInUseException",
    "PolicyTypeNotEnabledException",
)
"""What is no failure, but an answer."""


class DeniedError(Exception):
    """AWS denied a call; its name is the text."""


class AbsentError(Exception):
    """What a call asks for is not there."""


class _Service(Service):
    """A service as boto3 gives it, whose paginators read a list to its end."""

    attempts = 8

    def new_client(self, session: botocore.session.Session, **options: Any) -> Any:  # noqa: ANN401
        maker: Any = boto3.Session(botocore_session=session)
        return maker.client(self._name, **options)

    def send(self, client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        try:
            if not client.can_paginate(action):
                return super().send(client, action, parameters)
            pages = client.get_paginator(action)
            if action == "get_account_authorization_details":
                parameters = {**parameters, "PaginationConfig": {"PageSize": _PAGE_SIZE}}
            return dict(pages.paginate(**parameters).build_full_result())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _DENIED:
                raise DeniedError(f"{self._name}:{_name(action)}") from None
            if code in _ABSENT:
                raise AbsentError(code) from None
            raise


class Inventory:
    """Reads an account with one profile's credentials.

    Attributes:
        denied: Names of the calls that AWS denied so far, each once.
    """

    def __init__(self, endpoint: Endpoint, credentials: AnyCredentials) -> None:
        """Keep what calls need; botocore finds the address of each service for the profile."""
        clients = Clients()
        self._services = {
            name: _Service(name, endpoint, clients=clients) for name in ("iam", "organizations")
        }
        self._credentials = credentials
        self.denied: dict[str, None] = {}

    def ask(self, action: str, service: str = "iam", **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the answer to a call; a list is read to its end.

        Args:
            action: Method of the client of boto3.
            service: As botocore names it.
            parameters: As AWS names them.

        Raises:
            DeniedError: AWS denied it.
            AbsentError: There is no such thing.
            MFAProcessError: It failed in another way.
        """
        return self._services[service].call(action, parameters, self._credentials)

    def ask_or_none(self, action: str, **parameters: Any) -> dict[str, Any] | None:  # noqa: ANN401
        """Return the answer of IAM; None where AWS denied it, which is noted."""
        try:
            return self.ask(action, **parameters)
        except DeniedError as error:
            self.denied[str(error)] = None
            return None

    def report(self) -> str | None:
        """Return the credential report as CSV; None if there is none for us.

        IAM makes a new one at most every four hours.
        """
        end = time.monotonic() + _REPORT_SECONDS
        while (self.ask_or_none("generate_credential_report") or {}).get("State") in (
            "STARTED",
            "INPROGRESS",
        ):
            if time.monotonic() > end:
                break
            time.sleep(_PAUSE_SECONDS)
        try:
            answer = self.ask_or_none("get_credential_report")
        except AbsentError:
            return None
        content = answer.get("Content", b"") if answer else None
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


def together(work: Callable[[S], T], items: Sequence[S]) -> Iterator[T]:
    """Yield what becomes of each item, in their order; some are worked on at once."""
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _name(action: str) -> str:
    """Return a call as AWS names it.

    >>> _name("list_mfa_devices"), _name("get_user")
    ('ListMFADevices', 'GetUser')
    """
    words: Iterable[str] = ("MFA" if it == "mfa" else it.title() for it in action.split("_"))
    return "".join(words)

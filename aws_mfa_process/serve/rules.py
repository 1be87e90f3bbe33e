"""Who gets an answer from an endpoint on loopback.

Its one rule: pure; whatever is not exactly what an SDK sends gets nothing, and no reason that
would help another one.
"""

import hmac
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

HOST = "127.0.0.1"
PATH = "/credentials"
_NAMES = (HOST, "localhost")
"""What a client may call us: a web page that has its own name lead here sends that one."""


class Asked(NamedTuple):
    """What a request says of itself.

    Attributes:
        path: As it stands in its first line.
        hosts: All its ``Host`` headers.
        tokens: All its ``Authorization`` headers.
    """

    path: str
    hosts: Sequence[str]
    tokens: Sequence[str]

    def __repr__(self) -> str:
        """Show the path: the token is a secret."""
        return f"Asked({self.path})"


class Refusal(NamedTuple):
    """Why nothing is given: status, and the two words that SDKs show."""

    status: HTTPStatus
    code: str
    message: str


def refusal_of(asked: Asked, port: int, token: str) -> Refusal | None:
    """Return why a GET gets nothing; None: it gets the credentials.

    Args:
        asked: The request.
        port: On which we listen.
        token: What only our command knows.
    """
    if len(asked.hosts) != 1 or asked.hosts[0].lower() not in [f"{name}:{port}" for name in _NAMES]:
        return Refusal(HTTPStatus.FORBIDDEN, "AccessDenied", "the Host header is not ours")
    if asked.path != PATH:
        return Refusal(HTTPStatus.NOT_FOUND, "NotFound", "there is nothing here")
    given = asked.tokens[0] if len(asked.tokens) == 1 else ""
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
        return Refusal(
            HTTPStatus.FORBIDDEN, "AccessDenied", "the Authorization header is missing or wrong"
        )
    return None

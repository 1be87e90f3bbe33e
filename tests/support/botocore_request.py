"""What botocore would send: the request itself, made with its own client and kept from leaving."""

import contextlib
import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from unittest import mock

import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.loaders import Loader

from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials

IS_OLD = BOTOCORE_DEFAUT_SESSION_VARIABLES["sts_regional_endpoints"][2] == "legacy"
"""Whether this botocore asks the global endpoint by default (before 1.40); we never do."""
_LOADER = Loader()
"""Of botocore's data, which is read once for all."""


class Sent(NamedTuple):
    """A request of botocore."""

    url: str
    headers: dict[str, str]
    body: bytes
    bundle: Any

    @property
    def scope(self) -> str:
        """The credential scope, behind the key id."""
        return self.headers["Authorization"].split("Credential=")[1].split(",")[0].split("/", 1)[1]


class _StopError(Exception):
    pass


def request_of(
    endpoint: Endpoint,
    call: tuple[str, Mapping[str, Any]],
    credentials: AnyCredentials,
    environ: Mapping[str, str],
) -> Sent:
    """Return what botocore would send, with the environment that is given and no other.

    Raises whatever botocore raises where it cannot.
    """
    kept: list[Sent] = []
    with mock.patch.dict(os.environ, environ, clear=True):
        session: Any = botocore.session.Session(profile=endpoint.profile)
        session.register_component("data_loader", _LOADER)
        client: Any = session.create_client(
            "sts",
            region_name=endpoint.region,
            endpoint_url=endpoint.url or None,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token or None,
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        )

        def keep(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
            headers = {
                name: text.decode() if isinstance(text, bytes) else str(text)
                for name, text in request.headers.items()
            }
            body = request.body if isinstance(request.body, bytes) else request.body.encode()
            verify = client._endpoint.http_session._verify
            kept.append(Sent(request.url, headers, body, verify))
            raise _StopError

        client.meta.events.register("before-send.sts", keep)
        name, parameters = call
        with contextlib.suppress(_StopError):
            getattr(client, name)(**parameters)
    return kept[0]

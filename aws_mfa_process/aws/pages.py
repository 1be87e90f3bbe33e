"""A service as boto3 gives it, whose paginators read a list to its end."""

import boto3
import botocore.session

from aws_mfa_process.aws.service import Service
from aws_mfa_process.values import Any


class PagedService(Service):
    """Calls of which those that list are made page after page."""

    def new_client(self, session: botocore.session.Session, **options: Any) -> Any:  # noqa: ANN401
        """Return a client of boto3."""
        maker: Any = boto3.Session(botocore_session=session)
        return maker.client(self._name, **options)

    def send(self, client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        """Return the answer to a call, with all pages."""
        if client.can_paginate(action):
            return dict(client.get_paginator(action).paginate(**parameters).build_full_result())
        return super().send(client, action, parameters)

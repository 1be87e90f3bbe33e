"""Calls of IAM through boto3, whose paginators read a list to its end."""

import boto3
import botocore.session

from aws_mfa_process.aws.service import Service
from aws_mfa_process.values import Any


class IAMCalls(Service):
    """IAM as boto3 gives it."""

    def new_client(self, session: botocore.session.Session, **options: Any) -> Any:  # noqa: ANN401
        """Return a client of IAM."""
        return boto3.Session(botocore_session=session).client("iam", **options)

    def send(self, client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        """Return the answer to a call, of a list the whole."""
        if client.can_paginate(action):
            return dict(client.get_paginator(action).paginate(**parameters).build_full_result())
        return super().send(client, action, parameters)

"""moto, which answers for every service but the user's own STS and IAM.

Rule: moto is loaded by the first call that needs it, since that takes a second.
"""

import io
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class MotoBackend:
    """moto behind the front. Its state belongs to the process, so there is one a process."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._lock = threading.Lock()
        self._app: WSGIApplication | None = None
        self._is_used = False

    def load(self) -> "WSGIApplication":
        """Load moto, once."""
        with self._lock:
            if self._app is None:
                from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - slow
                    DomainDispatcherApplication,
                    create_backend_app,
                )

                self._app = DomainDispatcherApplication(create_backend_app)
            return self._app

    def accounts(self) -> list[str]:
        """Name the accounts in which calls of IAM were made."""
        if not self._is_used:
            return []
        from moto.iam.models import iam_backends  # noqa: PLC0415 - slow

        return list(iam_backends)

    def answer(self, request: Request, account_id: str, more: Mapping[str, str] = {}) -> Response:
        """Hand a request on, in the account of its caller, with more parameters of a query."""
        app = self.load()
        self._is_used = True
        body = request.get_data()
        if more:
            body += b"&" + urlencode(more).encode()
        environ = {
            **request.environ,
            "HTTP_X_MOTO_ACCOUNT_ID": account_id,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return Response.from_app(app, environ)

    def reset(self) -> None:
        """Forget everything moto was told."""
        if self._is_used:
            from moto.moto_api._internal.models import moto_api_backend  # noqa: PLC0415 - slow

            moto_api_backend.reset()
            self._is_used = False

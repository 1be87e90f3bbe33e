"""Calls of AWS through botocore.

Its one rule: what botocore raises ends here; what leaves is one of our errors, without a secret.
"""

import errno
import logging
import os
import re
import ssl
import time
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import botocore.awsrequest
import botocore.exceptions
import botocore.parsers
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import get_environ_proxies

from aws_mfa_process import __version__, debug
from aws_mfa_process.aws import body, failed
from aws_mfa_process.aws.deadline import within
from aws_mfa_process.aws.refusal import Asked, refusal_of
from aws_mfa_process.chain.model import Endpoint, MFAUse
from aws_mfa_process.credentials import AnyCredentials
from aws_mfa_process.errors import ConfigError, MFAProcessError
from aws_mfa_process.store.read import regular
from aws_mfa_process.values import Any

if TYPE_CHECKING:
    from aws_mfa_process.aws.clients import Clients

logging.getLogger().addHandler(logging.NullHandler())
botocore.awsrequest.AWSResponse = body.Answer  # type: ignore[misc] # it asks nobody else

MISREAD = (LookupError, AttributeError, TypeError)
"""What botocore raises on settings and answers of a kind that it does not expect."""
_NOT_AWS = (botocore.parsers.ResponseParserError, *MISREAD)
_WAYS: Sequence[tuple[tuple[type[Exception], ...], failed.Way]] = (
    (_NOT_AWS, failed.NOT_AWS),
    ((botocore.exceptions.ConnectionError,), failed.NOT_REACHED),
    ((botocore.exceptions.ReadTimeoutError,), failed.TOO_LATE),
    ((botocore.exceptions.HTTPClientError,), failed.CLOSED),
)
"""What botocore raises, from the special to the general."""
_HTTP_REFUSES, _HTTP_SIGN_IN = 400, 511


class Service:
    """One service of AWS, at the endpoint of a chain.

    Attributes:
        attempts: How often a call is sent at most that may be sent again.
        seconds: The most that a whole call takes.
    """

    attempts = 2
    seconds: float = failed.CALL_SECONDS

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        url: str = "",
        use: MFAUse | None = None,
        clients: "Clients | None" = None,
    ) -> None:
        """Keep what `failed.Call` names; without ``clients`` each call makes its own."""
        self._name, self._endpoint, self._url = name, endpoint, url
        self._use = use or MFAUse()
        self._clients = clients
        self._session: botocore.session.Session | None = None

    def call(
        self,
        action: str,
        parameters: dict[str, Any],
        credentials: AnyCredentials,
        *,
        is_sent_once: bool = False,
    ) -> dict[str, Any]:
        """Make one call and return its answer.

        A call with an MFA code is sent once, whatever happens to it; others up to twice.

        Args:
            action: Method of the botocore client.
            parameters: As AWS names them.
            credentials: Whose call it is.
            is_sent_once: A second one would do a second thing.

        Raises:
            WrongCodeError: The code is wrong or was used before.
            SessionRejectedError: AWS no longer takes ``credentials``.
            NotSentError: AWS could not be reached; a code is unused.
            STSError: AWS refused, or its answer was lost.
            ConfigError: A parameter or the network settings of the profile cannot be used.
        """
        failed.refuse_odd_keys(credentials)
        call = failed.call_of(self._name, self._endpoint, self._url, parameters, credentials)
        client = self._client(call, credentials, is_sent_once=is_sent_once or call.has_code)
        started = time.time()
        try:
            return self.send(client, action, parameters)
        except ClientError as error:
            response: dict[str, Any] = dict(error.response)
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if status < _HTTP_REFUSES or status == _HTTP_SIGN_IN:
                raise failed.error_of(call, failed.NOT_AWS) from None
            asked = Asked(call.service.upper(), call.endpoint.region, parameters, self._use)
            raise refusal_of(response, asked, credentials, call.secrets) from None
        except TimeoutError:
            raise failed.error_of(call, failed.TOO_LATE) from None
        except (BotoCoreError, ValueError, *_NOT_AWS) as error:
            raise failure_of(error, call) from None
        finally:
            debug.note(f"{action} at {call.name()} took {time.time() - started:.3f} s")

    def _client(self, call: failed.Call, credentials: AnyCredentials, *, is_sent_once: bool) -> Any:  # noqa: ANN401 - botocore makes its classes as it runs
        """Return a client: one that is shared, if there are some."""

        def make() -> Any:  # noqa: ANN401 - same
            return self._prepared(call, credentials, is_sent_once=is_sent_once)

        if self._clients is None:
            return make()
        place = (self._name, *self._endpoint[:4], self._url)
        return self._clients.get((place, credentials, is_sent_once), make)

    def _prepared(
        self, call: failed.Call, credentials: AnyCredentials, *, is_sent_once: bool
    ) -> Any:  # noqa: ANN401 - botocore makes its classes as it runs
        """Return a client; what fails here has sent nothing."""
        config = Config(
            connect_timeout=failed.CONNECT_SECONDS,
            read_timeout=failed.READ_SECONDS,
            retries={
                "total_max_attempts": 1 if is_sent_once else self.attempts,
                "mode": "standard",
            },
            user_agent_extra=f"aws-mfa-process/{__version__}",
        )
        try:
            self._session = self._session or botocore.session.Session(
                profile=call.endpoint.profile or None
            )
            refuse_empty_bundle(self._session, call.profile())
            _leave_times(self._session)
            client = self.new_client(
                self._session,
                region_name=call.endpoint.region,
                endpoint_url=call.url or None,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token or None,
                config=config,
            )
        except OSError as error:
            debug.note(f"botocore: {type(error).__name__}")
            raise failed.cannot_be_called(
                call,
                f"{error.filename}: {error.strerror}",
                "let the setting that names it name a file that can be read, or take it away",
            ) from None
        except (BotoCoreError, ValueError) as error:
            raise failure_of(error, call._replace(has_code=False)) from None
        except MISREAD as error:
            debug.note(f"botocore: {type(error).__name__}")
            raise failed.cannot_be_called(
                call,
                f"botocore cannot use a setting of {call.profile()}",
                "look at settings that are no plain word there, such as api_versions",
            ) from None
        check_network(self._session, call, client.meta.endpoint_url)
        return client

    def new_client(self, session: botocore.session.Session, **options: Any) -> Any:  # noqa: ANN401
        """Return a client of this service."""
        return session.create_client(self._name, **options)

    def send(self, client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        """Return the answer to a call of a client that `new_client` gave.

        Raises:
            TimeoutError: There is none within the time for a whole call.
        """
        return dict(within(self.seconds, lambda: getattr(client, action)(**parameters)))


def check_network(session: botocore.session.Session, call: failed.Call, url: str) -> None:
    """Refuse what botocore would notice only in the middle of a call.

    Raises:
        ConfigError: The address is none, or the certificates cannot be read.
    """
    scheme = url.partition("://")[0].lower()
    if scheme not in ("http", "https"):
        raise failed.cannot_be_called(
            call,
            "its address is neither https:// nor http://",
            "set endpoint_url to https://HOST",
        )
    setting, bundle = ca_bundle(session, call.profile())
    if scheme == "http" or not bundle:
        return
    try:
        if os.path.isdir(bundle):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        os.close(regular(bundle))
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
    except (OSError, ValueError) as error:  # the latter for a NUL in the name
        reason: str | None = "no certificate can be read from it"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            reason = error.strerror
        raise ConfigError(
            f"{setting} is {bundle}: {reason}",
            hint="let it name a file of certificates in PEM form, or take it away",
        ) from None


def _leave_times(session: botocore.session.Session) -> None:
    """Have times as texts: one that cannot be read is an odd answer, and no fault of the config."""
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)


def refuse_empty_bundle(session: botocore.session.Session, profile: str) -> None:
    """Raise `ConfigError` where botocore would verify no certificate."""
    setting, bundle = ca_bundle(session, profile)
    if bundle is not None and not bundle.strip():
        raise ConfigError(
            f"{setting} is empty: no certificate would be verified",
            hint="let it name a file of certificates in PEM form, or take it away",
        )


def ca_bundle(session: botocore.session.Session, profile: str) -> tuple[str, str | None]:
    """Return the setting that names the certificates, and the file; None for botocore's own.

    Source:
        botocore ``session.py`` (``create_client``) and ``args.py``/``endpoint.py``
        (``_get_verify_value``).
    """
    bundle: str | None = session.get_config_variable("ca_bundle")
    if "AWS_CA_BUNDLE" in os.environ:
        return "AWS_CA_BUNDLE", bundle
    if bundle is not None:
        return f"ca_bundle of {profile}", bundle
    return "REQUESTS_CA_BUNDLE", os.environ.get("REQUESTS_CA_BUNDLE")


def failure_of(error: Exception, call: failed.Call) -> MFAProcessError:
    """Return our error for what botocore raises when no answer came."""
    debug.note(f"botocore: {type(error).__name__}")
    if isinstance(error, botocore.exceptions.SSLError):
        if _was_connected(error):
            return failed.error_of(call, failed.CLOSED)
        is_untrusted = re.search("CERTIFICATE_VERIFY_FAILED|doesn't match", str(error))
        return failed.error_of(call, failed.BAD_CERTIFICATE if is_untrusted else failed.NO_TLS)
    proxies = get_environ_proxies(call.url or "https://amazonaws.com")
    inner = getattr(error, "kwargs", {}).get("error")
    if proxies and isinstance(inner, ValueError):  # an address that urllib3 cannot read
        return failed.bad_proxy(call)
    raised = inner if isinstance(inner, body.UnreadError) else error
    way = next((way for kinds, way in _WAYS if isinstance(raised, kinds)), None)
    if way is None:
        what = f"region, services and endpoint_url (https://HOST) of {call.profile()}"
        hint = f"correct {what} and the environment"
        return failed.cannot_be_called(call, call.shown(error), hint)
    socks = way is not failed.NOT_AWS and failed.socks_proxy(call, proxies)
    if socks:
        return socks
    return not_reached(call) if way is failed.NOT_REACHED else failed.error_of(call, way)


def _was_connected(error: Exception) -> bool:
    """Tell whether TLS broke behind its handshake, so that the request may have left.

    botocore raises the same for both; which one it was its traceback tells.
    """
    found: BaseException | None = error
    while found is not None:
        frames = traceback.walk_tb(found.__traceback__)
        if any(frame.f_code.co_name == "connect" for frame, _ in frames):
            return False
        found = found.__context__
    return True


def not_reached(call: failed.Call) -> MFAProcessError:
    """Return the error for an address that cannot be reached; it may be that of no region."""
    if call.url:
        return failed.error_of(call, failed.NOT_REACHED)
    session = botocore.session.Session()
    regions = session.get_available_regions("sts", call.endpoint.partition)
    known = call.endpoint.region in regions
    return failed.error_of(call, failed.REGION_NOT_REACHED if known else failed.NO_REGION)

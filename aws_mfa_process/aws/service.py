"""Calls of AWS through botocore, and every way in which they bring no answer.

Its one rule: what botocore raises ends here; what leaves is one of our errors, without a secret.
"""

import errno
import logging
import os
import re
import ssl
import time
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import botocore.parsers
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aws_mfa_process import __version__, debug
from aws_mfa_process.aws.refusal import clean, refusal_of
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError, MFAProcessError, NotSentError, STSError

logging.getLogger().addHandler(logging.NullHandler())

_CONNECT_SECONDS = 10
_READ_SECONDS = 15
_NOT_SENT = (
    botocore.exceptions.EndpointConnectionError,
    botocore.exceptions.ConnectTimeoutError,
    botocore.exceptions.ProxyConnectionError,
    botocore.exceptions.SSLError,
)
_NOT_STS = (
    botocore.parsers.ResponseParserError,
    LookupError,  # the parser of botocore on XML or HTML of another kind
    AttributeError,
    TypeError,
)
_HTTP_SIGN_IN = 511


class Service:
    """One service of AWS, at the endpoint of a chain."""

    def __init__(self, name: str, endpoint: Endpoint, url: str = "") -> None:
        """Keep the endpoint; the client is made by each call, for its credentials.

        Args:
            name: As botocore names the service.
            endpoint: The profile whose network settings hold, and the region.
            url: Explicit address; empty: the one that botocore finds.
        """
        self.name = name
        self.endpoint = endpoint
        self._url = url
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
        code = parameters.get("TokenCode", "")
        secrets = [credentials.secret_access_key, credentials.session_token, code]
        method = self._prepared(action, credentials, secrets, is_sent_once or bool(code))
        started = time.time()
        try:
            answer = method(**parameters)
        except ClientError as error:
            told: dict[str, Any] = dict(error.response)
            if told.get("ResponseMetadata", {}).get("HTTPStatusCode") == _HTTP_SIGN_IN:
                raise self._not_sts(has_code=bool(code)) from None
            service = self.name.upper()
            raise refusal_of(told, service, parameters, credentials, secrets) from None
        except _NOT_STS as error:
            debug.note(f"botocore: {type(error).__name__}")
            raise self._not_sts(has_code=bool(code)) from None
        except (BotoCoreError, ValueError) as error:
            raise self._unreachable(error, has_code=bool(code), secrets=secrets) from None
        finally:
            debug.note(f"{action} at {self._name()} took {time.time() - started:.3f} s")
        return dict(answer)

    def _prepared(
        self,
        action: str,
        credentials: AnyCredentials,
        secrets: list[str],
        is_sent_once: bool,  # noqa: FBT001 - private
    ) -> Callable[..., Any]:
        """Return the method of a client; what fails here has sent nothing."""
        keys = (credentials.access_key_id, *filter(None, secrets))
        if not all(text.isascii() and text.isprintable() for text in keys):
            raise ConfigError(
                f"the access key {key_tail(credentials.access_key_id)}, its secret or its session"
                " token has a character that no key of AWS has",
                hint="copy the keys anew to where they come from; they are plain ASCII on one line",
            )
        try:
            client = self._client(credentials, is_sent_once)
        except OSError as error:
            debug.note(f"botocore: {type(error).__name__}")
            raise ConfigError(
                f"{self._name()} cannot be called: {error.filename}: {error.strerror}"
            ) from None
        except (BotoCoreError, ValueError) as error:
            raise self._unreachable(error, has_code=False, secrets=secrets) from None
        except (LookupError, TypeError, AttributeError) as error:
            debug.note(f"botocore: {type(error).__name__}")
            raise ConfigError(
                f"{self._name()} cannot be called: botocore cannot use a setting of"
                f" {self._profile()}",
                hint="look at settings that are no plain word there, such as api_versions",
            ) from None
        self._check_network(client.meta.endpoint_url)
        method: Callable[..., Any] = getattr(client, action)
        return method

    def _client(
        self,
        credentials: AnyCredentials,
        is_sent_once: bool,  # noqa: FBT001 - private
    ) -> Any:  # noqa: ANN401 - botocore makes its classes as it runs
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": 1 if is_sent_once else 2, "mode": "standard"},
            user_agent_extra=f"aws-mfa-process/{__version__}",
        )
        self._session = self._session or botocore.session.Session(
            profile=self.endpoint.profile or None
        )
        return self._session.create_client(
            self.name,
            region_name=self.endpoint.region,
            endpoint_url=self._url or None,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token or None,
            config=config,
        )

    def _check_network(self, url: str) -> None:
        """Refuse what botocore would notice only in the middle of a call."""
        scheme = url.partition("://")[0].lower()
        if scheme not in ("http", "https"):
            raise ConfigError(
                f"{self._name()} cannot be called: its address is neither https:// nor http://",
                hint="set endpoint_url to https://HOST",
            )
        setting, bundle = self._ca_bundle()
        if scheme == "http" or not bundle:
            return
        try:
            if os.path.isdir(bundle):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
        except OSError as error:
            is_file = isinstance(error, ssl.SSLError)
            reason = "no certificate can be read from it" if is_file else error.strerror
            raise ConfigError(
                f"{setting} is {bundle}: {reason}",
                hint="let it name a file of certificates in PEM form, or take it away",
            ) from None

    def _ca_bundle(self) -> tuple[str, str]:
        """Return the setting that names the certificates, and the file; empty for botocore's own.

        Source:
            botocore ``session.py`` (``create_client``) and ``args.py``/``endpoint.py``
            (``_get_verify_value``).
        """
        assert self._session is not None  # noqa: S101 - it has made the client
        bundle = self._session.get_config_variable("ca_bundle")
        if "AWS_CA_BUNDLE" in os.environ:
            return "AWS_CA_BUNDLE", bundle or ""
        if bundle is not None:
            return f"ca_bundle of {self._profile()}", bundle
        return "REQUESTS_CA_BUNDLE", os.environ.get("REQUESTS_CA_BUNDLE", "")

    def _profile(self) -> str:
        return f"profile {self.endpoint.profile or 'default'}"

    def _name(self) -> str:
        """Return how to call this service in a message; an address is shown without a password."""
        address = " ".join(_user_info_and_rest(self._url)[1].split())
        return address or f"AWS {self.name.upper()} in {self.endpoint.region}"

    def _text_of(self, error: Exception, secrets: list[str]) -> str:
        """Return what botocore says, unless a part of a password could be in it."""
        user_info, address = _user_info_and_rest(self._url)
        text = str(error).replace(self._url, address) if self._url else str(error)
        if any(part in text for part in re.split(r"[\W_]+", user_info) if part):
            return "the reason could show the password in its address"
        return clean(text, secrets)

    def _unreachable(
        self, error: Exception, *, has_code: bool, secrets: list[str]
    ) -> MFAProcessError:
        """Return our error for a call that brought no answer of STS."""
        debug.note(f"botocore: {type(error).__name__}")
        name = self._name()
        again = _again(has_code)
        if isinstance(error, botocore.exceptions.SSLError):
            return _tls_failure(name, str(error))
        if isinstance(error, _NOT_SENT):
            return NotSentError(
                f"{name} cannot be reached",
                hint="check network, proxy and endpoint; then try again",
            )
        if isinstance(error, botocore.exceptions.ReadTimeoutError):
            return STSError(
                f"{name} did not answer within {_READ_SECONDS} seconds",
                hint=f"check network and proxy{again}",
            )
        inner = getattr(error, "kwargs", {}).get("error")
        if isinstance(inner, ValueError):  # an address of a proxy that urllib3 cannot read
            return _bad_proxy(name, self._url)
        if isinstance(error, botocore.exceptions.HTTPClientError):
            return STSError(
                f"{name} closed the connection without an answer",
                hint=f"check network and proxy{again}",
            )
        return ConfigError(f"{name} cannot be called: {self._text_of(error, secrets)}")

    def _not_sts(self, *, has_code: bool) -> STSError:
        """Return our error for an answer that STS would not give."""
        return STSError(
            f"what answered for {self._name()} is not AWS {self.name.upper()}: a sign-in page of"
            " the network, or a proxy?",
            hint="open a web page in the browser to sign in to the network" + _again(has_code),
        )


def _user_info_and_rest(url: str) -> tuple[str, str]:
    """Split an address into what could be user and password, and the address without it.

    All before the last ``@`` counts: a password that should have been escaped may hold anything.

    >>> _user_info_and_rest("https://alice:p/w@x@host/path")
    ('alice:p/w@x', 'https://host/path')
    >>> _user_info_and_rest("alice:secret@host")
    ('alice:secret', 'host')
    """
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|", url)
    start = scheme.end() if scheme else 0
    user_info, _, rest = url[start:].rpartition("@")
    return user_info, url[:start] + rest


def _tls_failure(name: str, text: str) -> NotSentError:
    if re.search("CERTIFICATE_VERIFY_FAILED|doesn't match", text):
        return NotSentError(
            f"{name}: the TLS certificate cannot be verified",
            hint="set ca_bundle in the profile or AWS_CA_BUNDLE to the certificate of your proxy",
        )
    return NotSentError(
        f"{name} does not speak TLS as it must",
        hint="is it the port for https, or should the address be http://? check the proxy too",
    )


def _bad_proxy(name: str, url: str) -> ConfigError:
    """Return our error for a proxy that is none; its address may hold a password."""
    scheme = "http" if url.lower().startswith("http:") else "https"
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    setting = next((name for name in names if os.environ.get(name)), "the proxy's setting")
    return ConfigError(
        f"{name} cannot be called: {setting} is not the address of a proxy",
        hint="it looks like http://HOST:PORT, with %XX for special characters of a password",
    )


def _again(has_code: bool) -> str:  # noqa: FBT001 - private
    return "; then try again with the next code" if has_code else "; then try again"

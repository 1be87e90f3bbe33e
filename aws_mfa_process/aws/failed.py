"""Every way in which a call of AWS brings no answer, as one of our errors.

Its one rule: it does not know what made the call, and no sentence shows a secret of it. What AWS
answers with a no is in `refusal`.
"""

import os
import re
from collections.abc import Mapping, Sequence

from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials
from aws_mfa_process.display import key_tail
from aws_mfa_process.errors import ConfigError, MFAProcessError, NotSentError, STSError
from aws_mfa_process.values import Any, NamedTuple

CONNECT_SECONDS = 10
READ_SECONDS = 15
CALL_SECONDS = 30
"""For a whole call, with its second try."""
SET_CLOCK = "set the clock (on Linux: sudo timedatectl set-ntp true) and try again"
_TEXT_LENGTH = 500
_SHORTEST_SECRET = 6
"""An MFA code; keys are longer."""


class Call(NamedTuple):
    """What the sentences about a call are made of.

    Attributes:
        service: As botocore names it.
        endpoint: The profile whose network settings hold, and the region.
        url: Explicit address, which may hold a password; empty: the one that AWS has.
        secrets: What must not be shown.
        has_code: An MFA code is sent with it.
    """

    service: str
    endpoint: Endpoint
    url: str
    secrets: tuple[str, ...] = ()
    has_code: bool = False

    def __repr__(self) -> str:
        """Show whom it calls, and no secret."""
        return f"Call({self.name()})"

    def name(self) -> str:
        """Return whom it calls; an address is shown without a password."""
        address = " ".join(_user_info_and_rest(self.url)[1].split())
        return address or f"AWS {self.service.upper()} in {self.endpoint.region}"

    def profile(self) -> str:
        """Return whose settings it uses."""
        return f"profile {self.endpoint.profile or 'default'}"

    def shown(self, error: Exception) -> str:
        """Return the text of an error, unless a part of a password could be in it."""
        user_info, address = _user_info_and_rest(self.url)
        text = str(error).replace(self.url, address) if self.url else str(error)
        if any(part in text for part in re.split(r"[\W_]+", user_info) if part):
            return "the reason could show the password in its address"
        return clean(text, self.secrets)


class Way(NamedTuple):
    """One way to get no answer: our error, its sentence and its hint.

    ``{name}`` is whom the call was for; ``{again}`` says to try again, with the next code if one
    was sent.
    """

    kind: type[MFAProcessError]
    message: str
    hint: str


NOT_REACHED = Way(
    NotSentError,
    "{name} cannot be reached",
    "check network, proxy and endpoint; then try again",
)
REGION_NOT_REACHED = NOT_REACHED._replace(
    hint="is {region} a region, and your network open to it? correct region in {profile}, or check"
    " network and proxy; then try again",
)
NO_REGION = NOT_REACHED._replace(
    message="{name} cannot be reached, and botocore knows no region of that name",
    hint="correct region in {profile} (or AWS_REGION, AWS_DEFAULT_REGION); then try again",
)
BAD_CERTIFICATE = Way(
    NotSentError,
    "{name}: the TLS certificate cannot be verified",
    "set ca_bundle in the profile or AWS_CA_BUNDLE to the certificate of your proxy",
)
NO_TLS = Way(
    NotSentError,
    "{name} does not speak TLS as it must",
    "is it the port for https, or should the address be http://? check the proxy too",
)
TOO_LATE = Way(
    STSError,
    "{name} did not answer in time",
    "check network and proxy; then {again}",
)
CLOSED = Way(
    STSError,
    "{name} closed the connection without an answer",
    "check network and proxy; then {again}",
)
NOT_AWS = Way(
    STSError,
    "what answered for {name} is not AWS {service}: a sign-in page of the network, or a proxy?",
    "open a web page in the browser to sign in to the network; then {again}",
)


def call_of(
    service: str,
    endpoint: Endpoint,
    url: str,
    parameters: Mapping[str, Any],
    credentials: AnyCredentials,
) -> Call:
    """Return what the sentences about a call are made of."""
    code = parameters.get("TokenCode", "")
    codes = (code, *(parameters.get(f"AuthenticationCode{number}", "") for number in (1, 2)))
    secrets = (credentials.secret_access_key, credentials.session_token, *codes)
    return Call(service, endpoint, url, secrets, has_code=bool(code))


def refuse_odd_keys(credentials: AnyCredentials) -> None:
    """Raise `ConfigError` for keys with a character that could not be sent."""
    keys = (
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
    )
    if not all(text.isascii() and text.isprintable() for text in keys):
        raise ConfigError(
            f"the access key {key_tail(credentials.access_key_id)}, its secret or its session"
            " token has a character that no key of AWS has",
            hint="copy the keys anew to where they come from; they are plain ASCII on one line",
        )


def error_of(call: Call, way: Way) -> MFAProcessError:
    """Return the error for a call that failed in one of these ways."""
    again = "try again with the next code" if call.has_code else "try again"
    words = {
        "name": call.name(),
        "service": call.service.upper(),
        "again": again,
        "region": call.endpoint.region,
        "profile": call.profile(),
    }
    return way.kind(way.message.format(**words), hint=way.hint.format(**words))


def cannot_be_called(call: Call, reason: str, hint: str) -> ConfigError:
    """Return the error for a call that the settings do not allow; nothing was sent."""
    return ConfigError(f"{call.name()} cannot be called: {reason}", hint=hint)


def bad_proxy(call: Call) -> ConfigError:
    """Return the error for a proxy that is none; its address may hold a password."""
    scheme = "http" if call.url.lower().startswith("http:") else "https"
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    setting = next((name for name in names if os.environ.get(name)), "the proxy's setting")
    return cannot_be_called(
        call,
        f"{setting} is not the address of a proxy",
        "it looks like http://HOST:PORT, with %XX for special characters of a password",
    )


def socks_proxy(call: Call, proxies: Mapping[str, str]) -> ConfigError | None:
    """Return the error for a SOCKS proxy, where one is meant for this call."""
    scheme = "http" if call.url.lower().startswith("http:") else "https"
    if not proxies.get(scheme, "").lower().startswith("socks"):
        return None
    setting = f"{scheme}_proxy" if os.environ.get(f"{scheme}_proxy") else f"{scheme.upper()}_PROXY"
    return cannot_be_called(
        call,
        f"{setting} is a SOCKS proxy, which neither we nor the AWS CLI can use",
        f"set {setting} to an http:// proxy; where AWS is reached without one, unset it",
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


def clean(text: str, secrets: Sequence[str]) -> str:
    """Return a foreign text on one line, without the secrets of the call."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:  # what is shorter is none, and may be part of any word
            text = text.replace(secret, "***")
    return " ".join(text.split())[:_TEXT_LENGTH]

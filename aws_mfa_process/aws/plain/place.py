"""Where a call of STS goes, or why only botocore can tell.

Its one rule: it decides and does nothing, and what it does not know it leaves to botocore. A test
holds every place to the one of botocore, and the tables to its settings.
"""

import re
from collections.abc import Callable, Mapping

from aws_mfa_process.aws.plain.known import CHOICES, HEEDED, unknown
from aws_mfa_process.aws.plain.proxy import proxy_of
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.values import NamedTuple

_SUFFIXES = (
    (r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+", "amazonaws.com", "api.aws"),
    (r"cn-\w+-\d+", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    (r"us-gov-\w+-\d+", "amazonaws.com", "api.aws"),
    (r"eusc-de-\w+-\d+", "amazonaws.eu", ""),
    (r"us-iso-\w+-\d+", "c2s.ic.gov", ""),
    (r"us-isob-\w+-\d+", "sc2s.sgov.gov", ""),
    (r"eu-isoe-\w+-\d+", "cloud.adc-e.uk", ""),
    (r"us-isof-\w+-\d+", "csp.hci.ic.gov", ""),
)
"""Regions of each partition, its DNS suffix, and that of dual-stack where all botocores agree
(botocore ``data/partitions.json``)."""
_LEGACY = (
    r"ap-(northeast|south|southeast)-1|ap-southeast-2|ca-central-1|eu-(central|north)-1"
    r"|eu-west-[123]|sa-east-1|us-(east|west)-[12]"
)
"""Regions whose legacy endpoint is the global one (botocore ``data/endpoints.json``)."""
_URL = r"(https?)://([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?(/.*)?"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PATH = r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?"


class Place(NamedTuple):
    """Where a call goes.

    Attributes:
        scheme: ``https`` or ``http``.
        host: In lower case.
        port: As a number.
        path: At least ``/``.
        region: That the signature is for.
        bundle: File of certificates that are trusted; empty for http.
        app: For the user agent; may be empty.
    """

    scheme: str
    host: str
    port: int
    path: str
    region: str
    bundle: str
    app: str

    @property
    def authority(self) -> str:
        """Host and port as the ``Host`` header has them."""
        usual = 443 if self.scheme == "https" else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


class Facts(NamedTuple):
    """What has to be known of the world.

    Attributes:
        environ: As botocore would find it.
        has_models: Whether the user has changed botocore's data (``~/.aws/models``).
        default_bundle: Gives the certificates that botocore trusts; empty: not known.
        system_proxies: Gives what the system says of proxies where the environment says nothing;
            None: not known.
    """

    environ: Mapping[str, str]
    has_models: bool
    default_bundle: Callable[[], str]
    system_proxies: Callable[[], Mapping[str, str] | None]


class BotocoreOnlyError(Exception):
    """Only botocore can do this call; the text says why."""


def place_of(endpoint: Endpoint, facts: Facts) -> Place:
    """Return where a call of STS goes.

    Raises:
        BotocoreOnlyError: It is not certain that botocore would do the same.
    """
    if not endpoint.profile:
        raise BotocoreOnlyError("no profile")
    reason = "~/.aws/models" if facts.has_models else unknown(endpoint.settings, facts.environ)
    if reason:
        raise BotocoreOnlyError(reason)
    values = {
        name: facts.environ.get(variable, endpoint.settings.get(name, ""))
        for name, variable in HEEDED.items()
    }
    if _is_true(values["csm_enabled"]):
        raise BotocoreOnlyError("csm_enabled")
    host, region, scheme, port, path = endpoint.region, endpoint.region, "https", "", "/"
    if endpoint.url:
        scheme, host, port, path = _split(endpoint.url)
        _suffixes(region)
    else:
        host, region = _host(endpoint, facts, values)
    netloc = f"{host}:{port}" if port else host
    if proxy_of(scheme, netloc, facts.environ, facts.system_proxies):
        raise BotocoreOnlyError("there is a proxy for it")
    bundle = _bundle(endpoint, facts, scheme)
    number = int(port or (443 if scheme == "https" else 80))
    app = re.sub(r"[^A-Za-z0-9!$%&'*+\-.^_`|~,#]", "-", values["sdk_ua_app_id"])
    return Place(scheme, host.lower(), number, path, region, bundle, app)


def _is_true(text: str) -> bool:
    """Read a boolean as botocore does (``utils.py``, ``ensure_boolean``)."""
    return text.lower() == "true"


def _suffixes(region: str) -> tuple[str, str]:
    """Return the two DNS suffixes of a region's partition."""
    is_odd = "fips" in region or re.fullmatch(r"us-gov-\d+", region)  # botocore calls others
    if re.fullmatch(_LABEL, region) and region.islower() and not is_odd:
        for regions, suffix, dual_suffix in _SUFFIXES:
            if re.fullmatch(regions, region, re.ASCII):
                return suffix, dual_suffix
    raise BotocoreOnlyError(f"region {region}")


def _host(endpoint: Endpoint, facts: Facts, values: Mapping[str, str]) -> tuple[str, str]:
    """Return the host that AWS has for a region, and the region of the signature.

    Source:
        botocore ``data/sts/…/endpoint-rule-set-1.json`` and ``args.py``
        (``_get_sts_regional_endpoints_config``).
    """
    region = endpoint.region
    is_fips = _is_true(values["use_fips_endpoint"])
    is_dual = _is_true(values["use_dualstack_endpoint"])
    suffix, dual_suffix = _suffixes(region)
    if is_dual and not dual_suffix:
        raise BotocoreOnlyError(f"use_dualstack_endpoint in {region}")
    name, variable = "sts_regional_endpoints", CHOICES["sts_regional_endpoints"][0]
    mode = facts.environ.get(variable, endpoint.settings.get(name, ""))
    if mode == "legacy" and re.fullmatch(_LEGACY, region) and not is_fips and not is_dual:
        return "sts.amazonaws.com", "us-east-1"
    is_named = is_fips and (is_dual or not region.startswith("us-gov-"))
    first = "sts-fips" if is_named else "sts"
    return f"{first}.{region}.{dual_suffix if is_dual else suffix}", region


def _split(url: str) -> tuple[str, str, str, str]:
    """Return scheme, host, port (as written, or empty) and path of an explicit address."""
    found = re.fullmatch(_URL, url)
    if found:
        scheme, host, port, path = found[1], found[2], found[3] or "", found[4] or "/"
        labels = host.split(".")
        is_number = labels[-1].isdigit()
        is_host = all(re.fullmatch(_LABEL, label) for label in labels) and (
            not is_number or _is_address(labels)
        )
        is_port = not port or (0 < int(port) < 65536 and str(int(port)) == port)  # noqa: PLR2004
        if is_host and is_port and re.fullmatch(_PATH, path):
            return scheme, host, port, path
    raise BotocoreOnlyError("the form of its address")


def _is_address(labels: list[str]) -> bool:
    """Tell whether labels are a dotted IPv4 address."""
    numbers = [label for label in labels if label.isdigit() and str(int(label)) == label]
    return len(labels) == len(numbers) == 4 and all(int(label) < 256 for label in numbers)  # noqa: PLR2004


def _bundle(endpoint: Endpoint, facts: Facts, scheme: str) -> str:
    """Return the file of certificates; a setting that names none is refused for http too.

    Source:
        botocore ``session.py`` (``create_client``), ``endpoint.py`` (``_get_verify_value``).
    """
    environ = facts.environ
    found = environ.get("AWS_CA_BUNDLE", endpoint.settings.get("ca_bundle"))
    if found is None:
        found = environ.get("REQUESTS_CA_BUNDLE")
    if found is None:
        if scheme == "http":
            return ""
        found = facts.default_bundle()
    if not found.strip() or "\0" in found:
        raise BotocoreOnlyError("the certificates that are trusted")
    return found if scheme == "https" else ""

"""Where the plain call goes is where botocore would go, or botocore goes there."""

import inspect
import os
import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import botocore
import botocore.configprovider
import pytest
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.utils import get_environ_proxies
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_mfa_process.aws.plain.facts import facts
from aws_mfa_process.aws.plain.known import is_known, is_known_variable
from aws_mfa_process.aws.plain.place import BotocoreOnlyError, Facts, Place, place_of
from aws_mfa_process.aws.plain.proxy import proxy_of
from aws_mfa_process.aws.plain.signature import form_of, signed
from aws_mfa_process.chain.endpoint import endpoint_of
from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.credentials import SourceCredentials
from support.botocore_request import IS_OLD, Sent, request_of

KEYS = SourceCredentials("AKIAIOSFODNN7EXAMPLE", "secret")
CALL: tuple[str, Mapping[str, str]] = ("get_caller_identity", {})
PARTITIONS = Loader().load_data("partitions")["partitions"]
REGIONS = sorted({name for partition in PARTITIONS for name in partition["regions"]})
STRANGE = (
    "us-east-9 cn-south-9 xx-north-1 mars eusc-fr-east-1 US-EAST-1 us-east-1. -x fips-us-east-1"
    " us-gov-fips-1 us-gov-1 ca-fips-1 cn-fips-1 us-iso-fips-1"
)


SERVICES = {
    "x": "sts =\n  endpoint_url = http://127.0.0.1:7\ns3 =\n  a = b\n",
    "empty": "",
    "of no service": "endpoint_url = http://127.0.0.1:7\n",
    "of another one": "s3 =\n  endpoint_url = http://127.0.0.1:7\n",
    "of nothing": "sts =\n",
    "of a word": "sts = http://127.0.0.1:7\n",
    "of an empty address": "sts =\n  endpoint_url =\n",
    "of a setting": "sts =\n  a = b\n",
}
"""Sections of services, by name."""


class World(NamedTuple):
    """An environment and a profile."""

    environ: Mapping[str, str]
    profile: Mapping[str, str]


class Home:
    """Two AWS files, for one example after the other."""

    def __init__(self, path: Path) -> None:
        self.config = path / "config"
        self.environ = {
            "HOME": str(path),
            "PATH": os.environ["PATH"],
            "AWS_CONFIG_FILE": str(self.config),
            "AWS_SHARED_CREDENTIALS_FILE": str(path / "credentials"),
        }

    def both(self, world: World) -> tuple[Place | str, Sent | Exception | None]:
        """Return where the plain call goes and what botocore sends, or why it does not go."""
        usual = {"sts_regional_endpoints": "regional"} if IS_OLD else {}
        profile = {**usual, **world.profile}
        lines = "".join(f"{name} = {text}\n" for name, text in profile.items())
        services = "".join(f"[services {name}]\n{text}" for name, text in SERVICES.items())
        self.config.write_text(f"[profile p]\n{lines}{services}")
        environ = {**self.environ, **world.environ}
        files = read_profiles(str(self.config), environ["AWS_SHARED_CREDENTIALS_FILE"])
        endpoint = endpoint_of(files, "p", environ)
        with mock.patch.dict(os.environ, environ, clear=True):
            try:
                ours = place_of(endpoint, facts())
            except BotocoreOnlyError as reason:
                return str(reason), None
        theirs: Sent | Exception
        try:
            theirs = request_of(endpoint, CALL, KEYS, environ)
        except (BotoCoreError, ValueError, AttributeError, TypeError) as error:
            theirs = error
        return ours, theirs


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home directory for all examples."""
    return Home(tmp_path_factory.mktemp("home"))


def assert_same(ours: Place | str, theirs: Sent | Exception | None) -> None:
    """Demand that the plain call is left out, or is what botocore does."""
    if isinstance(ours, str):
        assert ours, "a reason"
        return
    assert isinstance(theirs, Sent), (ours, theirs)
    where = re.sub("//[^/]*", lambda host: host[0].lower(), theirs.url)
    assert where == f"{ours.scheme}://{_netloc(ours, where)}{ours.path}"
    headers = signed(ours, form_of("GetCallerIdentity", {}), KEYS, 0)
    scope = headers["authorization"].split("Credential=")[1].split(",")[0].split("/", 1)[1]
    assert theirs.scope.split("/")[1:] == scope.split("/")[1:]
    assert theirs.body == form_of("GetCallerIdentity", {})
    if ours.scheme == "https":
        default = facts().default_bundle()
        assert ours.bundle == (default if theirs.bundle is True else theirs.bundle)


def _netloc(place: Place, url: str) -> str:
    """Return host and port as the address has them, which may spell out the usual port."""
    port = re.search(r"//[^/]*:(\d+)", url)
    return f"{place.host}:{place.port}" if port else place.host


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_of_every_partition(home: Home, region: str) -> None:
    """With and without FIPS, dual-stack and the legacy endpoint; real regions go plainly."""
    for fips, dual, mode in product(("", "true"), ("", "true"), ("regional", "legacy")):
        profile = {
            "region": region,
            "use_fips_endpoint": fips or "false",
            "use_dualstack_endpoint": dual or "false",
            "sts_regional_endpoints": mode,
        }
        ours, theirs = home.both(World({}, profile))
        assert_same(ours, theirs)
        is_pseudo = region.endswith("-global")
        is_far = region.startswith(("us-iso", "eu-iso", "us-isob", "us-isof", "eusc"))
        assert isinstance(ours, Place) != (is_pseudo or (bool(dual) and is_far)), (profile, ours)


@pytest.mark.parametrize("region", STRANGE.split())
def test_a_region_that_nobody_knows(home: Home, region: str) -> None:
    """A name of a known form goes where botocore goes; any other one is left to it."""
    assert_same(*home.both(World({}, {"region": region})))


URLS = (
    "http://127.0.0.1:5000",
    "https://sts.example.com",
    "https://STS.Example.com:443/",
    "http://host/path/a",
    "https://host:8443/a/../b",
    "https://host/a//b",
    "https://user:pw@host",
    "https://host?x=1",
    "https://[::1]:5000",
    "https://host.",
    "https://1.2.3.999",
    "https://host:0",
    "HTTPS://host",
    "https://ho_st",
    "https://h\u00f6st",
    "ftp://host",
    "not a url",
)


@pytest.mark.parametrize("url", URLS)
def test_an_explicit_address(home: Home, url: str) -> None:
    """What is certain goes plainly; what botocore reads in its own way is left to it."""
    ours, theirs = home.both(World({}, {"region": "eu-west-1", "endpoint_url": url}))
    assert_same(ours, theirs)
    assert isinstance(ours, Place) == (url in URLS[:4]), ours


WORDS = ("", "true", "false", "TRUE", "1", "regional", "legacy", "preferred", "sigv4", "x", "auto")
VARIABLES = (
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_DEFAULTS_MODE",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_AUTH_SCHEME_PREFERENCE",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH",
    "AWS_SDK_UA_APP_ID",
    "AWS_RETRY_MODE",
    "AWS_MAX_ATTEMPTS",
    "AWS_CSM_ENABLED",
    "AWS_PAGER",
    "AWS_SOMETHING",
)
ADDRESSES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
CASES = ("HTTPS_PROXY", "HTTPS_proxy", "HTTP_proxy")
PROXIES = ("HTTP_PROXY", "https_proxy", "Https_Proxy", "NO_PROXY", "no_proxy", "ALL_PROXY")
NAMES = (
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "sts_regional_endpoints",
    "ignore_configured_endpoint_urls",
    "auth_scheme_preference",
    "defaults_mode",
    "retry_mode",
    "max_attempts",
    "parameter_validation",
    "tcp_keepalive",
    "mfa_mode",
    "output",
    "some_setting",
)
environs = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from(WORDS) for name in VARIABLES},
        **{name: st.sampled_from(("", "http://127.0.0.1:5000", "/x")) for name in ADDRESSES},
        **{name: st.sampled_from(("", "http://p:1", "*", "amazonaws.com")) for name in PROXIES},
    },
)
profiles = st.fixed_dictionaries(
    {"region": st.sampled_from(("eu-central-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1"))},
    optional={
        **{name: st.sampled_from(WORDS[1:]) for name in NAMES},
        "endpoint_url": st.sampled_from(URLS[:7]),
        "ca_bundle": st.sampled_from(("/x", "false")),
        "services": st.sampled_from(("", "not there", *SERVICES)),
        "s3": st.just("\n  addressing_style = path"),
        "sts": st.just("\n  signature_version = v4"),
    },
)


@pytest.mark.parametrize("services", ["", "not there", *SERVICES])
@pytest.mark.parametrize("variable", ["", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
@pytest.mark.parametrize("ignored", ["", "true"])
def test_any_section_of_services(home: Home, services: str, variable: str, ignored: str) -> None:
    """What it says is heeded or left to botocore, which refuses some."""
    environ = {variable: "http://127.0.0.1:5000"} if variable else {}
    profile = {"services": services, "ignore_configured_endpoint_urls": ignored}
    assert_same(*home.both(World(environ, {"region": "eu-central-1", **profile})))


@settings(max_examples=150)
@given(environ=environs, profile=profiles)
def test_any_environment_and_profile(
    home: Home, environ: Mapping[str, str], profile: Mapping[str, str]
) -> None:
    """Whatever is set, the plain call does what botocore does, or leaves it to botocore."""
    assert_same(*home.both(World(environ, profile)))


HOSTS = ("sts.eu-central-1.amazonaws.com", "127.0.0.1:5000", "localhost", "a.b:443")
NO = (
    "*",
    "*,x",
    " * ",
    ".amazonaws.com",
    "com",
    "mazonaws.com",
    "127.0.0.1",
    "127.0.0.1:5000",
    "a, b:443 ,",
    "localhost",
    "",
)


@settings(max_examples=300)
@given(
    scheme=st.sampled_from(("http", "https")),
    netloc=st.sampled_from(HOSTS),
    environ=st.fixed_dictionaries(
        {},
        optional={
            **{
                name: st.sampled_from(("", "http://p:1"))
                for name in (*("http_proxy", "HTTP_PROXY", "Http_Proxy", "https_proxy"), *CASES)
            },
            **{name: st.sampled_from(NO) for name in ("no_proxy", "NO_PROXY", "NO_proxy")},
            "all_proxy": st.just("http://p:1"),
            "REQUEST_METHOD": st.just("GET"),
        },
    ),
)
def test_proxies_of_the_environment(scheme: str, netloc: str, environ: Mapping[str, str]) -> None:
    """A proxy is found where botocore finds one."""
    with mock.patch.dict(os.environ, environ, clear=True):
        theirs = get_environ_proxies(f"{scheme}://{netloc}/").get(scheme)
    assert proxy_of(scheme, netloc, environ, dict) == bool(theirs)


def test_proxies_of_the_system_are_heeded() -> None:
    """Where the environment names none the system's one counts, and one that is not known, too."""
    assert proxy_of("https", "host", {}, lambda: {"https": "http://p:1"})
    assert proxy_of("https", "host", {}, lambda: None)
    assert not proxy_of("https", "host", {}, lambda: {"http": "http://p:1"})
    assert not proxy_of("https", "host", {"no_proxy": "x"}, lambda: {"https": "http://p:1"})


@pytest.mark.parametrize(
    ("environ", "has_models"),
    [({"AWS_DATA_PATH": "/x"}, False), ({"SSLKEYLOGFILE": "/x"}, False), ({}, True)],
)
def test_what_could_change_botocore_itself(environ: dict[str, str], has_models: bool) -> None:
    """Models of the user's own, and logs of keys, are botocore's to heed."""
    endpoint = endpoint_of(read_profiles("/none", "/none"), "p", {})._replace(profile="p")
    unknown = Facts(environ, has_models, lambda: "/x", dict)
    with pytest.raises(BotocoreOnlyError):
        place_of(endpoint, unknown)
    assert (
        place_of(
            endpoint, Facts({}, has_models=False, default_bundle=lambda: "/x", system_proxies=dict)
        ).bundle
        == "/x"
    )


def _settings_of_botocore() -> Iterator[tuple[str, str]]:
    """Yield the names in a profile and in the environment, of what botocore can be set."""
    variables = botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES
    for config_name, variable, *_ in variables.values():
        names = config_name if isinstance(config_name, list | tuple) else [config_name]
        variables_ = variable if isinstance(variable, list | tuple) else [variable]
        yield from ((name, "") for name in names if isinstance(name, str))
        yield from (("", name) for name in variables_ if isinstance(name, str))


BOTOCORES_OWN = {"data_path", "api_versions", "request_min_compression_size_bytes"}
"""Settings that are always left to botocore, and their variables."""


def test_no_setting_of_botocore_is_forgotten() -> None:
    """A botocore that learns a setting makes this fail: which table is it for?"""
    for name, variable in _settings_of_botocore():
        if name and name not in BOTOCORES_OWN:
            assert is_known(name), name
        if variable and variable.removeprefix("AWS_").lower() not in BOTOCORES_OWN:
            assert is_known_variable(variable), variable


KNOWN_OTHERS = {"REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE", "_X_AMZN_TRACE_ID", "FOO"}
BOTOCORES_OWN_VARIABLES = {"BOTOCORE_EXPERIMENTAL__PLUGINS", "AWS_DATA_PATH"}


def test_no_variable_in_the_source_of_botocore_is_forgotten() -> None:
    """The same for what botocore reads from the environment by itself."""
    folder = Path(inspect.getfile(botocore)).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    found = set(re.findall(r"environ(?:\.get\(|\[)\s*['\"](\w+)['\"]", text))
    found |= set(re.findall(r"['\"](AWS_[A-Z0-9_]+|BOTO[A-Z0-9_]+)['\"] in os\.environ", text))
    assert len(found) > 5, found
    known = KNOWN_OTHERS | BOTOCORES_OWN_VARIABLES
    assert {name for name in found - known if not is_known_variable(name)} == set()

"""The program itself, with and without botocore: the same answers, the same failures."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.certificates import Authority
from support.documents import DOCUMENT, KEY_ID, given, refusal
from support.home import Home, Result, assert_refused
from support.practice import KEYS, actions
from support.raw import Raw, answer_of
from support.tunnel import Tunnel

HTTPS = "https://127.0.0.1:9"
BUNDLE = "let it name a file of certificates"
THROUGH = "through botocore"
ANSWERS = {
    "credentials": given(),
    "chunks": answer_of(
        f"{len(DOCUMENT):x}\r\n{DOCUMENT}\r\n0\r\n\r\n",
        "200 OK",
        "Transfer-Encoding: chunked",
        length=False,
    ),
    "no token": given(SessionToken=""),
    "no end": given(Expiration="soon"),
    "refusal": refusal("AccessDenied"),
    "wrong code": refusal("AccessDenied", "MultiFactorAuthentication failed with invalid code"),
    "keys that are repeated": refusal("X123456", "practice 123456"),
    "HTML": answer_of("<html>", "200 OK"),
    "redirect": answer_of("", "302 Found", "Location: https://other.invalid/"),
    "sign-in": answer_of("<html>", "511 X"),
    "problem": answer_of("", "503 X"),
    "date that is none": answer_of(
        DOCUMENT, "200 OK", "Date: Fri, 27 Nov 99999999999 17:00:00 GMT"
    ),
    "garbage": b"\x00\xff\r\n",
    "nothing": b"",
}


def run(
    home: Home, environ: Mapping[str, str] | None = None, *, code: str = "123456"
) -> tuple[Result, str]:
    """Run the program for the practice profile with a device; return what it did, and its log."""
    log = home.path / "debug.log"
    log.write_text("")
    more = {"AWS_MFA_PROCESS_DEBUG": str(log), **(environ or {})}
    done = home.run(*KEYS, "--mfa-code", code, environ=more)
    text = log.read_text()
    assert "unexpected" not in text
    return done, text


def set_in_profile(home: Home, **settings: str) -> None:
    """Set settings of the practice profile with the device."""
    config = home.aws / "config"
    text = config.read_text(encoding="utf-8")
    for name, value in settings.items():
        start = "[profile bastion-keys]\n"
        section = re.sub(rf"(?m)^{name} = .*\n", "", text.partition(start)[2])
        text = f"{text.partition(start)[0]}{start}{name} = {value}\n{section}"
    config.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ANSWERS)
def test_both_ways_end_alike(practice: Home, name: str) -> None:
    """Exit status, answer and error of a process are the same by either way."""
    with Raw(ANSWERS[name]) as server:
        set_in_profile(practice, endpoint_url=server.url)
        plain, log = run(practice)
        assert THROUGH not in log
        for path in practice.cache.iterdir():
            path.unlink()
        set_in_profile(practice, some_setting="x")
        slow, log = run(practice)
        assert f"{THROUGH}: setting some_setting" in log
    assert plain == slow
    assert plain.status == (0 if KEY_ID in plain.out else 1)
    assert [request.count(b"TokenCode=123456") for request in server.requests] == [1, 1]
    assert "123456" not in plain.err + log


SLOW: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "user name in the address": ({}, {"endpoint_url": "http://us:pw@{host}"}, "its address"),
    "unknown region": ({}, {"region": "mars"}, "region mars"),
    "unknown setting": ({}, {"some_setting": "x"}, "setting some_setting"),
    "unknown variable": ({"AWS_NEW_THING": "x"}, {}, "AWS_NEW_THING"),
    "signature of another kind": ({}, {"auth_scheme_preference": "sigv4,sigv4a"}, "auth_scheme"),
    "report of each call": ({"AWS_CSM_ENABLED": "true"}, {}, "csm_enabled"),
}


@pytest.mark.parametrize("name", SLOW)
def test_what_is_not_known_is_left_to_botocore(practice: Home, sandbox: Sandbox, name: str) -> None:
    """What only botocore can do it does, and the debug file says why."""
    environ, settings, reason = SLOW[name]
    host = sandbox.endpoint_url.partition("://")[2]
    set_in_profile(practice, **{key: text.format(host=host) for key, text in settings.items()})
    done, log = run(practice, environ, code=sandbox.code())
    assert (done.status, done.err) == (0, "")
    assert re.search(f"{THROUGH}: .*{reason}", log)
    assert actions(sandbox) == ["GetSessionToken"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("setting", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle", "both"])
def test_certificates_are_those_that_are_set(
    practice: Home, authority: Authority, setting: str
) -> None:
    """Variable and setting name the certificates that count, the variable before the setting."""
    bundle = str(authority.bundle)
    environ = {setting: bundle} if setting.isupper() else {}
    if setting == "ca_bundle":
        set_in_profile(practice, ca_bundle=bundle)
    if setting == "both":
        set_in_profile(practice, ca_bundle="/none.pem")
        environ = {"AWS_CA_BUNDLE": bundle}
    with Raw(answer_of(DOCUMENT), tls=authority.server(["IP:127.0.0.1"])) as server:
        set_in_profile(practice, endpoint_url=server.url)
        done, log = run(practice, environ)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["AccessKeyId"] == KEY_ID
    assert THROUGH not in log


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize("exempt", ["", "127.0.0.1"])
def test_proxy_is_used_unless_the_host_is_exempt(
    practice: Home, authority: Authority, variable: str, exempt: str
) -> None:
    """A proxy for the address is what botocore knows; the code passes through it and comes back."""
    with (
        Raw(answer_of(DOCUMENT), tls=authority.server(["IP:127.0.0.1"])) as server,
        Tunnel(int(server.url.rpartition(":")[2])) as proxy,
    ):
        set_in_profile(practice, endpoint_url=server.url)
        bundle = {"AWS_CA_BUNDLE": str(authority.bundle)}
        done, log = run(practice, {variable: proxy.url, "no_proxy": exempt, **bundle})
    assert (done.status, done.err) == (0, "")
    assert len(proxy.asked) == (0 if exempt else 1)
    assert (f"{THROUGH}: there is a proxy for it" in log) == (not exempt)


ODD = {
    "NUL in the bundle": (
        {"endpoint_url": HTTPS, "ca_bundle": "/a\0b"},
        (2, "ca_bundle of profile bastion-keys is /a?b: no certificate can be read", BUNDLE),
    ),
    "bundle of another alphabet": (
        {"endpoint_url": HTTPS, "ca_bundle": "/\u00e4.pem"},
        (2, "ca_bundle of profile bastion-keys is /\u00e4.pem: No such file", BUNDLE),
    ),
    "bundle in the home folder": (
        {"endpoint_url": HTTPS, "ca_bundle": "~/x.pem"},
        (2, "ca_bundle of profile bastion-keys is ~/x.pem: No such file", BUNDLE),
    ),
    "bundle that is a folder": (
        {"endpoint_url": HTTPS, "ca_bundle": "/"},
        (2, "ca_bundle of profile bastion-keys is /: Is a directory", BUNDLE),
    ),
    "bundle without a certificate": (
        {"endpoint_url": HTTPS, "ca_bundle": __file__},
        (2, f"is {__file__}: no certificate can be read from it", BUNDLE),
    ),
    "bundle that is empty": ({"ca_bundle": ""}, (2, "of profile bastion-keys is empty", BUNDLE)),
    "bundle that is no plain word": (
        {"endpoint_url": HTTPS, "ca_bundle": "\n  a = b"},
        (2, "botocore cannot use a setting of profile bastion-keys", "no plain word"),
    ),
    "region of another alphabet": (
        {"region": "us-\u00e4ast-1"},
        (2, "doesn't match a supported format", ""),
    ),
    **{
        address: ({"endpoint_url": f"http://{address}"}, expected)
        for address, expected in {
            "127.0.0.1:0": (1, "cannot be reached", "check network"),
            "127.0.0.1:\u0661": (2, "cannot be called", ""),
            "a\0b.invalid": (2, "Invalid endpoint", ""),
            "\u00e4.invalid": (2, "Invalid endpoint", ""),
            f"{'a' * 64}.invalid": (2, "Invalid endpoint", ""),
            ".".join(["a" * 60] * 4): (1, "cannot be reached", "check network"),
            "2130706433:9": (1, "cannot be reached", "check network"),
        }.items()
    },
}


@pytest.mark.parametrize("name", ODD)
def test_odd_setting_is_told(practice: Home, name: str) -> None:
    """Whatever stands in a setting, the failure is one sentence, and the same by either way."""
    settings, expected = ODD[name]
    set_in_profile(practice, **settings)
    first, _ = run(practice)
    for path in practice.cache.iterdir():
        path.unlink()
    set_in_profile(practice, some_setting="x")
    second, _ = run(practice)
    assert first == second
    assert_refused(first, *expected)

"""A plain call is, byte for byte, the one that botocore would send at the same second."""

import calendar
import os
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_mfa_process.aws.plain.facts import facts
from aws_mfa_process.aws.plain.place import place_of
from aws_mfa_process.aws.plain.signature import form_of, signed
from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.credentials import AnyCredentials, SourceCredentials
from support.botocore_request import request_of

METHODS = {
    "GetSessionToken": "get_session_token",
    "AssumeRole": "assume_role",
    "GetCallerIdentity": "get_caller_identity",
}
ROLE = "arn:aws:iam::222222222222:role/Admin"
URLS = ("", "http://127.0.0.1:5000", "https://sts.example.com:8443/a/b", "https://host:443")

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=30)
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=60)
tags = st.lists(
    st.fixed_dictionaries({"Key": texts, "Value": st.one_of(st.just(""), texts)}),
    min_size=1,
    max_size=3,
)
roles = st.fixed_dictionaries(
    {"RoleArn": st.sampled_from((ROLE, f"{ROLE}/é +~*")), "RoleSessionName": texts},
    optional={
        "DurationSeconds": st.integers(900, 43200),
        "ExternalId": texts,
        "SourceIdentity": texts,
        "Tags": tags,
        "TransitiveTagKeys": st.lists(texts, min_size=1, max_size=3),
        "PolicyArns": st.lists(
            st.fixed_dictionaries({"arn": st.just("arn:aws:iam::aws:policy/ReadOnlyAccess")}),
            min_size=1,
            max_size=3,
        ),
        "Policy": st.text(min_size=1, max_size=60),
        "SerialNumber": st.just("arn:aws:iam::111111111111:mfa/alice"),
        "TokenCode": st.just("123456"),
    },
)
tokens = st.fixed_dictionaries(
    {
        "SerialNumber": st.just("GAHT12345678"),
        "TokenCode": st.just("000001"),
        "DurationSeconds": st.integers(900, 129600),
    }
)
calls: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.just("AssumeRole"), roles),
    st.tuples(st.just("GetSessionToken"), tokens),
    st.tuples(st.just("GetCallerIdentity"), st.just({})),
)
keys = st.builds(SourceCredentials, printable, printable, st.one_of(st.just(""), printable))


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A home directory with one profile."""
    path = tmp_path_factory.mktemp("home")
    (path / "config").write_text("[profile p]\nsts_regional_endpoints = regional\n")
    return {
        "HOME": str(path),
        "AWS_CONFIG_FILE": str(path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@settings(max_examples=200)
@given(call=calls, credentials=keys, url=st.sampled_from(URLS))
def test_the_same_request(
    environ: Mapping[str, str], call: tuple[str, Any], credentials: AnyCredentials, url: str
) -> None:
    """Body, signed headers and signature are equal, at the second that botocore has taken."""
    action, parameters = call
    endpoint = Endpoint("p", "eu-central-1", "aws", url)
    theirs = request_of(endpoint, (METHODS[action], parameters), credentials, environ)
    now = calendar.timegm(time.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
    body = form_of(action, parameters)
    ours = signed(place_of(endpoint, facts()), body, credentials, now)
    assert body == theirs.body
    named = {name.lower(): text for name, text in theirs.headers.items()}
    assert ours["authorization"] == named["authorization"]
    assert {name for name in ours if name != "host"} <= set(named)
    for name in ("content-type", "x-amz-date", "x-amz-security-token"):
        assert ours.get(name) == named.get(name)

"""The console's switch-role link, and what it cannot express."""

from urllib.parse import parse_qs, urlsplit

import pytest

from aws_mfa_process.chain.console import site_of
from aws_mfa_process.chain.model import Chain
from aws_mfa_process.chain.resolve import resolve
from aws_mfa_process.chain.switch import switch_url
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.profiles import Profiles
from aws_mfa_process.errors import ConfigError

KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "secret",
    "mfa_serial": "arn:aws:iam::111111111111:mfa/alice",
}
REGIONS = {
    "aws": "eu-central-1",
    "aws-cn": "cn-northwest-1",
    "aws-us-gov": "us-gov-east-1",
    "aws-eusc": "eusc-de-east-1",
}
HOSTS = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
    "aws-eusc": "eusc-de-east-1.signin.amazonaws-eusc.eu",
}
SITE = site_of("aws", "eu-central-1")
ADMIN = "arn:aws:iam::222222222222:role/Admin"


def chain_of(role_arn: str = ADMIN, **settings: str) -> Chain:
    """Return the chain of a profile ``prod`` with a role."""
    prod = {"role_arn": role_arn, "source_profile": "keys", **settings}
    profiles = {
        "keys": KEYS,
        "prod": {name: text for name, text in prod.items() if text},
        "middle": {"role_arn": f"{ADMIN}2", "source_profile": "keys"},
    }
    files = Profiles(profiles, {}, "", profiles)
    return resolve(files, Request("prod", {}), {}, {})


@pytest.mark.parametrize("partition", REGIONS)
def test_a_link_has_account_role_name_and_colour(partition: str) -> None:
    """It is on the sign-in host of the partition, the role with its path."""
    arn = f"arn:{partition}:iam::444444444444:role/team/a=b/ReadOnly"
    link = urlsplit(switch_url(site_of(partition, REGIONS[partition]), chain_of(arn)))
    assert (link.scheme, link.netloc, link.path) == ("https", HOSTS[partition], "/switchrole")
    asked = parse_qs(link.query, strict_parsing=True)
    colour = asked.pop("color")[0]
    assert len(colour) == 6
    assert int(colour, 16)
    assert asked == {
        "account": ["444444444444"],
        "roleName": ["team/a=b/ReadOnly"],
        "displayName": ["prod"],
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"role_arn": f"arn:aws:iam::222222222222:role/{'p' * 60}/Role"}, "have 65 characters"),
        ({"source_profile": "middle"}, "reaches Admin through Admin2, but the console assumes"),
        ({"external_id": "ours"}, "has external_id, which a switch-role link cannot carry"),
        ({"policy": "{}"}, "has policy,"),
        ({"policy_arns": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "has policy_arns,"),
        ({"session_tags": "team=blue"}, "has session_tags,"),
        ({"source_identity": "alice"}, "has source_identity,"),
        (
            {"source_profile": "", "credential_source": "Ec2InstanceMetadata"},
            "is assumed by a machine",
        ),
    ],
)
def test_what_the_link_cannot_express_is_refused(settings: dict[str, str], said: str) -> None:
    """Nobody gets another role, or a wider one, than the profile has."""
    with pytest.raises(ConfigError) as failure:
        switch_url(SITE, chain_of(**settings))
    assert said in failure.value.message
    assert failure.value.hint == "aws-mfa-process console prod --federate"


def test_a_role_of_64_characters_is_the_longest() -> None:
    """Path and name count together, without the slash at the start."""
    name = f"{'p' * 59}/Role"
    assert len(name) == 64
    link = switch_url(SITE, chain_of(f"arn:aws:iam::222222222222:role/{name}"))
    assert parse_qs(urlsplit(link).query)["roleName"] == [name]


def test_a_profile_without_role_has_no_link() -> None:
    """There is nothing to switch to."""
    files = Profiles({"keys": KEYS}, {}, "", {"keys": KEYS})
    with pytest.raises(ConfigError, match="has no role"):
        switch_url(SITE, resolve(files, Request("keys", {}), {}, {}))

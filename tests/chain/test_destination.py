"""Pages of the console, and on which host each opens: for every partition, and for bad ones."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aws_mfa_process.chain.console import DOMAINS, Site, login_url, site_of
from aws_mfa_process.chain.destination import HOME, Destination, destination_of, url_of
from aws_mfa_process.errors import ConfigError

AWS = site_of("aws", "eu-central-1")
HOST = "https://eu-central-1.console.aws.amazon.com"
LAMBDA = "arn:aws:lambda:eu-west-1:222222222222:function:work"


@pytest.mark.parametrize(
    ("partition", "region", "signin", "switch", "console"),
    [
        ("aws", "us-east-1", "signin.aws.amazon.com", "", "console.aws.amazon.com"),
        (
            "aws",
            "eu-central-1",
            "eu-central-1.signin.aws.amazon.com",
            "signin.aws.amazon.com",
            "eu-central-1.console.aws.amazon.com",
        ),
        ("aws-cn", "cn-north-1", "signin.amazonaws.cn", "", "console.amazonaws.cn"),
        (
            "aws-cn",
            "cn-northwest-1",
            "cn-northwest-1.signin.amazonaws.cn",
            "signin.amazonaws.cn",
            "cn-northwest-1.console.amazonaws.cn",
        ),
        (
            "aws-us-gov",
            "us-gov-west-1",
            "signin.amazonaws-us-gov.com",
            "",
            "console.amazonaws-us-gov.com",
        ),
        (
            "aws-us-gov",
            "us-gov-east-1",
            "us-gov-east-1.signin.amazonaws-us-gov.com",
            "signin.amazonaws-us-gov.com",
            "us-gov-east-1.console.amazonaws-us-gov.com",
        ),
        (
            "aws-eusc",
            "eusc-de-east-1",
            "eusc-de-east-1.signin.amazonaws-eusc.eu",
            "",
            "eusc-de-east-1.console.amazonaws-eusc.eu",
        ),
    ],
)
def test_each_partition_has_its_hosts(
    partition: str, region: str, signin: str, switch: str, console: str
) -> None:
    """Sign-in and console are those of the region, but for the one whose hosts have no prefix."""
    hosts = (signin, switch or signin, console)
    assert site_of(partition, region) == Site(region, *(f"https://{host}" for host in hosts))


@pytest.mark.parametrize(
    ("partition", "region", "url", "said"),
    [
        ("aws-iso", "us-iso-east-1", "", "partition aws-iso is, this program does not know"),
        ("aws-iso-b", "us-isob-east-1", "", "partition aws-iso-b is"),
        ("aws", "cn-north-1", "", "cn-north-1 is not in partition aws,"),
        ("aws-cn", "us-east-1", "", "us-east-1 is not in partition aws-cn,"),
        ("aws", "a.example/?-1", "", "'a.example/?-1' is no region"),
        ("aws", "", "", "'' is no region"),
        ("aws", "us-east-1", "https://me:secret@host", "none that a browser could be given"),
        ("aws", "us-east-1", "ftp://host", "none that a browser could be given"),
        ("aws", "us-east-1", "http://host\r\nX: y", "none that a browser could be given"),
    ],
)
def test_what_is_no_place_is_refused(partition: str, region: str, url: str, said: str) -> None:
    """A region of another partition, a console nobody described, an address with a password."""
    with pytest.raises(ConfigError) as failure:
        site_of(partition, region, url)
    assert said in failure.value.message
    assert "secret" not in failure.value.message + failure.value.hint


def test_an_explicit_address_is_sign_in_and_console() -> None:
    """What the AWS config names takes the place of all of AWS's hosts."""
    site = site_of("aws", "eu-west-1", "http://127.0.0.1:5000/")
    assert url_of(site, HOME) == "http://127.0.0.1:5000/console/home?region=eu-west-1"
    assert login_url(site, "x", "t").startswith("http://127.0.0.1:5000/federation?")


@pytest.mark.parametrize(
    ("word", "url"),
    [
        ("s3", f"{HOST}/s3/home?region=eu-central-1"),
        ("dynamodb", f"{HOST}/dynamodbv2/home?region=eu-central-1"),
        ("iam", f"{HOST}/iam/home"),
        ("/s3/buckets/mine", f"{HOST}/s3/buckets/mine?region=eu-central-1"),
        ("/ec2/home?region=us-east-1#Images:", f"{HOST}/ec2/home?region=eu-central-1#Images:"),
        (LAMBDA, f"{HOST}/go/view?arn={LAMBDA}"),
        ("arn:aws:s3:::mine/a&b", f"{HOST}/go/view?arn=arn:aws:s3:::mine/a%26b"),
        (
            "https://us-west-2.console.aws.amazon.com/ec2/home?a=1#Instances:",
            f"{HOST}/ec2/home?a=1&region=eu-central-1#Instances:",
        ),
        ("https://s3.console.aws.amazon.com/s3/", f"{HOST}/s3/?region=eu-central-1"),
        ("https://console.aws.amazon.com", f"{HOST}/?region=eu-central-1"),
        ("https://console.aws.amazon.com?a=1", f"{HOST}/?a=1&region=eu-central-1"),
        ("HTTPS://Console.AWS.amazon.com:443/x", f"{HOST}/x?region=eu-central-1"),
    ],
)
def test_a_page_opens_on_the_host_of_the_role(word: str, url: str) -> None:
    """Of an address the path counts; the host and the region are those of the site."""
    assert url_of(AWS, destination_of(word)) == url


@pytest.mark.parametrize(
    ("word", "region", "account", "partition"),
    [
        (LAMBDA, "eu-west-1", "222222222222", "aws"),
        ("arn:aws:s3:::mine", "", "", "aws"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "", "", "aws"),
        ("arn:aws-cn:sns:cn-north-1:222222222222:t", "cn-north-1", "222222222222", "aws-cn"),
        ("https://eu-west-3.console.aws.amazon.com/x", "eu-west-3", "", "aws"),
        ("https://console.aws.amazon.com/x?region=eu-west-3", "eu-west-3", "", "aws"),
        ("https://console.aws.amazon.com/x#region=eu-west-3", "", "", "aws"),
        ("https://console.aws.amazon.com/x?region=x.example", "", "", "aws"),
        (
            "https://333333333333-k3jd.us-east-1.console.aws.amazon.com/x",
            "us-east-1",
            "333333333333",
            "aws",
        ),
        ("https://console.amazonaws.cn/x", "", "", "aws-cn"),
        (
            "https://us-gov-east-1.console.amazonaws-us-gov.com/x",
            "us-gov-east-1",
            "",
            "aws-us-gov",
        ),
        (
            "https://eusc-de-east-1.console.amazonaws-eusc.eu/x",
            "eusc-de-east-1",
            "",
            "aws-eusc",
        ),
        ("/x?region=eu-west-3", "", "", ""),
    ],
)
def test_a_page_tells_region_account_and_partition(
    word: str, region: str, account: str, partition: str
) -> None:
    """What an ARN or an address says of itself is read off it."""
    found = destination_of(word)
    assert (found.region, found.account, found.partition) == (region, account, partition)


def test_an_arn_elsewhere_opens_its_service() -> None:
    """The look-up by ARN is known of the partition aws alone."""
    topic = destination_of("arn:aws-cn:sns:cn-north-1:222222222222:topic")
    assert topic.path == "/sns/v3/home"
    assert destination_of("arn:aws-cn:other:cn-north-1::x").path == HOME.path


@pytest.mark.parametrize(
    "word",
    [
        "https://console.aws.amazon.com@evil.example/",
        "https://console.aws.amazon.com:secret@evil.example/",
        "https://evil.example/console.aws.amazon.com",
        "https://evil.example#.console.aws.amazon.com",
        "https://evil.example?.console.aws.amazon.com",
        "https://evil.example\\.console.aws.amazon.com/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evilconsole.aws.amazon.com/",
        "https://console.aws.amazon.com:8443/",
        "https://console.aws.amazon.com./",
        "https://aws.amazon.com/",
        "https://signin.aws.amazon.com/federation?SigninToken=secret",
        "https://evil.console.aws.amazon.com/",
        "http://console.aws.amazon.com/",
        "https://console.aws.amazon.com/\nx",
        "https://console.aws.amazon.com//evil.example",
        "https://con\u017fole.aws.amazon.com/",
        "javascript://console.aws.amazon.com/",
        "//evil.example/",
        "/\\evil.example/",
        "/a b",
        "/\u00e4",
        "arn:aws:s3",
        "arn:aws:s3:evil.example:222222222222:x",
        "arn:evil:s3:::x",
        "arn:aws:s3:::a b",
        "nonsense",
        "",
    ],
)
def test_what_is_no_page_is_refused(word: str) -> None:
    """No address of another host, no blank, no made-up service; the word itself is not shown."""
    with pytest.raises(ConfigError) as failure:
        destination_of(word)
    assert failure.value.hint
    assert "secret" not in failure.value.message + failure.value.hint


def test_a_misspelled_service_is_named() -> None:
    """The hint says what was probably meant."""
    with pytest.raises(ConfigError) as failure:
        destination_of("cloudwach")
    assert "did you mean cloudwatch?" in failure.value.hint


PIECES = (
    "https:// console.aws.amazon.com evil.example arn:aws: s3 ::: eu-west-1 region= %2f 443"
    " @ : / // \\ ? # . &"
)
PARTS = st.lists(st.sampled_from([*PIECES.split(), "\t", " "]), max_size=8).map("".join)


@given(word=st.one_of(PARTS, st.text(max_size=40)))
@example(word="https://console.aws.amazon.com/@evil.example")
def test_no_word_leads_to_another_host(word: str) -> None:
    """Whatever is given, a browser is sent to the site's own host or nowhere."""
    try:
        page = destination_of(word)
    except ConfigError:
        return
    for partition, (_, home) in DOMAINS.items():
        site = site_of(partition, home or "eusc-de-east-1")
        url = url_of(site, page)
        found = urlsplit(url)
        assert f"{found.scheme}://{found.netloc}" == site.console
        assert url.isascii()
        assert url.isprintable()
        assert " " not in url


def test_home_is_of_the_region() -> None:
    """Without a page it is the first one of the console."""
    assert url_of(AWS, HOME) == f"{HOST}/console/home?region=eu-central-1"
    assert Destination("/console/home") == HOME

"""Where the console of a partition is, and the links that lead into it.

Its one rule: pure, and every host is one of the table or the address that the AWS config names.
"""

import re
from urllib.parse import quote, urlencode

from aws_mfa_process import APP
from aws_mfa_process.chain.endpoint import partition_of_region
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

_REGION = re.compile(r"[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}", re.ASCII)
_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(/[\w./~-]*)?", re.ASCII)
DOMAINS = {
    "aws": ("aws.amazon.com", "us-east-1"),
    "aws-cn": ("amazonaws.cn", "cn-north-1"),
    "aws-us-gov": ("amazonaws-us-gov.com", "us-gov-west-1"),
    "aws-eusc": ("amazonaws-eusc.eu", ""),
}
"""By partition: the domain of its console and its sign-in, and the region whose hosts have no
region in their name.

Source: AWS General Reference, «AWS Sign-In endpoints»; botocore's rules of the service ``signin``.
The partitions that are shut off from the internet (``aws-iso…``) have sign-in hosts there too, but
their consoles are described nowhere that we could read.
"""


class Site(NamedTuple):
    """The console and its sign-in, as addresses without a path.

    Attributes:
        region: That the console shows.
        signin: Where a session becomes a sign-in.
        switch: Where roles are switched.
        console: Where the pages are.
        url: The explicit address that the AWS config names; empty: they are AWS's own.
    """

    region: str
    signin: str
    switch: str
    console: str
    url: str = ""


def site_of(partition: str, region: str, url: str = "") -> Site:
    """Return the site of a partition.

    Args:
        partition: As ARNs name it.
        region: That the console is to show.
        url: Explicit address of the sign-in; its console is there as well. Empty: AWS's own.

    Raises:
        ConfigError: The region is none of that partition, or nothing is known of its console.
    """
    if not is_region(region):
        raise ConfigError(f"{region!r} is no region", hint="it looks like eu-central-1")
    if partition_of_region(region) != partition:
        raise ConfigError(
            f"region {region} is not in partition {partition}, where the role is",
            hint="give another region with --region",
        )
    if url:
        if not _ADDRESS.fullmatch(url):
            raise ConfigError(
                "the explicit address of the sign-in is none that a browser could be given",
                hint="set endpoint_url (or AWS_ENDPOINT_URL_SIGNIN) to https://HOST, without a"
                " password in it",
            )
        address = url.rstrip("/")
        return Site(region, address, address, address, url)
    if partition not in DOMAINS:
        raise ConfigError(
            f"where the console of partition {partition} is, this program does not know",
            hint=f"tell us at the issues of {APP}, if you may; until then sign in as you do now",
        )
    domain, home = DOMAINS[partition]
    start = "" if region == home else f"{region}."
    switch = f"signin.{domain}" if home else f"{start}signin.{domain}"
    hosts = (f"{start}signin.{domain}", switch, f"{start}console.{domain}")
    return Site(region, *(f"https://{host}" for host in hosts))


def is_region(text: str) -> bool:
    """Tell whether a text has the form of a region's name, so that it may be part of a host's.

    >>> is_region("us-gov-west-1"), is_region("eusc-de-east-1"), is_region("a.example/-1")
    (True, True, False)
    """
    return _REGION.fullmatch(text) is not None


def login_url(site: Site, address: str, token: str) -> str:
    """Return the address that signs a browser in, a secret for as long as the token is good.

    Source:
        IAM user guide, «Enable custom identity broker access to the AWS console».
    """
    names = {"Action": "login", "Issuer": APP, "Destination": address, "SigninToken": token}
    return f"{site.signin}/federation?{urlencode(names, quote_via=quote)}"

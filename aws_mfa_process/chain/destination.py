"""The page of the console that a person names: a service, a path, an ARN, a copied address.

Its one rule: pure; of an address only the path is taken, so that nobody is sent to another host.
"""

import re
from urllib.parse import quote

from aws_mfa_process.chain.console import DOMAINS, Site, is_region
from aws_mfa_process.config.names import close_match
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

_ADDRESS = re.compile(r"https://([a-z0-9.-]+)(?::443)?(?=[/?#]|\Z)(.*)", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"/(?!/)[!-\[\]-~]*", re.ASCII)
"""Printable ASCII without blanks and backslashes; what browsers take for a host's name is none."""
_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account>\d{12}|aws|):(?P<resource>[!-~]+)",
    re.ASCII,
)
_SESSION = re.compile(r"(\d{12})-[a-z0-9]+", re.ASCII)
"""What stands before the host's name where a browser is signed in to several accounts."""
_GLOBAL = frozenset(
    ("billing", "cloudfront", "cost-management", "iam", "organizations", "route53", "support")
)
_NAMES = {
    "apigateway": "apigateway",
    "athena": "athena",
    "backup": "backup",
    "batch": "batch",
    "bedrock": "bedrock",
    "billing": "billing",
    "cloudformation": "cloudformation",
    "cloudfront": "cloudfront/v4",
    "cloudtrail": "cloudtrailv2",
    "cloudwatch": "cloudwatch",
    "codebuild": "codesuite/codebuild",
    "codepipeline": "codesuite/codepipeline",
    "cognito": "cognito/v2",
    "config": "config",
    "cost-management": "costmanagement",
    "dynamodb": "dynamodbv2",
    "ec2": "ec2",
    "ecr": "ecr",
    "ecs": "ecs/v2",
    "efs": "efs",
    "eks": "eks",
    "elasticache": "elasticache",
    "eventbridge": "events",
    "glue": "glue",
    "guardduty": "guardduty",
    "iam": "iam",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "cloudwatch",
    "opensearch": "aos",
    "organizations": "organizations/v2",
    "rds": "rds",
    "redshift": "redshiftv2",
    "route53": "route53/v2",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "secretsmanager": "secretsmanager",
    "securityhub": "securityhub",
    "ses": "ses",
    "sns": "sns/v3",
    "sqs": "sqs/v3",
    "ssm": "systems-manager",
    "states": "states",
    "support": "support",
    "vpc": "vpcconsole",
    "wafv2": "wafv2",
}
"""Services as ARNs and the AWS CLI name them, and what stands before ``/home`` in the console."""


class Destination(NamedTuple):
    """A page of the console.

    Attributes:
        path: With query and fragment; begins with a slash.
        region: That it names; may be empty, as the others.
        account: Whose page it is.
        partition: In which partition.
        is_regional: The page is another one in each region.
    """

    path: str
    region: str = ""
    account: str = ""
    partition: str = ""
    is_regional: bool = True


HOME = Destination("/console/home")


def is_page(word: str) -> bool:
    """Tell whether a word is meant as a page, good or not.

    >>> [is_page(word) for word in ("s3", "/s3/home", "arn:aws:s3:::b", "http://a.example", "prod")]
    [True, True, True, True, False]
    """
    return word.startswith(("arn:", "/")) or "://" in word or word in _NAMES


def destination_of(word: str) -> Destination:
    """Return the page that a word names.

    Raises:
        ConfigError: It names none, or one that is not of an AWS console; the value is not shown,
            since a copied address may hold a token.
    """
    if word.startswith("arn:"):
        return _of_arn(word)
    if word.startswith("/"):
        return Destination(_checked(word))
    if "://" in word:
        return _of_address(word)
    if not word:
        raise ConfigError(
            "the page is an empty word", hint="leave it away for the first page of the console"
        )
    if word not in _NAMES:
        close = close_match(word, _NAMES)
        meant = f"did you mean {close}? " if close else ""
        raise ConfigError(
            "the page is neither a service that this program knows, nor a path, an ARN or an"
            " address of the console",
            hint=f"{meant}give the path that the console has, such as /{quote(word)}/home",
        )
    return _front_page(word)


def url_of(site: Site, destination: Destination) -> str:
    """Return the address of a page on a site."""
    path = destination.path
    return site.console + (_in_region(path, site.region) if destination.is_regional else path)


def _front_page(service: str) -> Destination:
    return Destination(f"/{_NAMES[service]}/home", is_regional=service not in _GLOBAL)


def _checked(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ConfigError(
            "the path of the page has two slashes at its start, a blank, a backslash or a character"
            " that is not ASCII",
            hint="copy it as the browser shows it, such as /s3/home; write %20 for a blank",
        )
    return path


def _of_arn(word: str) -> Destination:
    """Return the page of a resource: the console itself knows which one that is.

    In other partitions than ``aws`` it is the first page of the service.
    """
    arn = _ARN.fullmatch(word)
    if arn is None or (arn["region"] and not is_region(arn["region"])):
        raise ConfigError(
            "the ARN of the page is none", hint="it looks like arn:aws:s3:::NAME; copy it whole"
        )
    account = arn["account"].removesuffix("aws")
    place = Destination("", arn["region"], account, arn["partition"])
    if arn["partition"] == "aws":
        return place._replace(path=f"/go/view?arn={quote(word, safe=':/')}", is_regional=False)
    page = _front_page(arn["service"]) if arn["service"] in _NAMES else HOME
    return place._replace(path=page.path, is_regional=page.is_regional)


def _of_address(word: str) -> Destination:
    address = _ADDRESS.fullmatch(word)
    host = address[1].lower() if address else ""
    for partition, (domain, _) in DOMAINS.items():
        labels = host.removesuffix(f"console.{domain}")
        if address is None or labels == host or not (labels == "" or labels.endswith(".")):
            continue
        account, region = _of_labels(labels)
        rest = address[2]
        path = _checked(rest if rest.startswith("/") else f"/{rest}")
        return Destination(path, region or _region_in(path), account, partition)
    raise ConfigError(
        "the address of the page is not one of an AWS console",
        hint="only https://console.aws.amazon.com/…, with a region before it or not, and those of"
        " the other partitions are opened; or give its path alone, such as /s3/home",
    )


def _of_labels(text: str) -> tuple[str, str]:
    """Return account and region that stand before the host's name; other names are refused."""
    account = region = ""
    for label in text.split(".")[:-1]:
        session = _SESSION.fullmatch(label)
        if session:
            account = session[1]
        elif is_region(label):
            region = label
        elif label != "s3":
            raise ConfigError(
                f"{label}.console is no host of the AWS console that this program knows",
                hint="give the path of the page alone, such as /s3/home",
            )
    return account, region


def _region_in(path: str) -> str:
    """Return the region in the query of a path."""
    found = re.search(r"[?&]region=([a-z0-9-]+)(?=[&#]|\Z)", path.partition("#")[0])
    return found[1] if found and is_region(found[1]) else ""


def _in_region(path: str, region: str) -> str:
    """Return a path whose query names the region.

    >>> _in_region("/ec2/home?a=1&region=us-east-1#Instances:", "eu-west-1")
    '/ec2/home?a=1&region=eu-west-1#Instances:'
    """
    before, mark, fragment = path.partition("#")
    name, _, query = before.partition("?")
    pairs = [pair for pair in query.split("&") if pair and not pair.startswith("region=")]
    return f"{name}?{'&'.join([*pairs, f'region={region}'])}{mark}{fragment}"

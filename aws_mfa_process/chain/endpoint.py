"""Which STS is asked: region, partition, explicit address."""

import functools
from collections.abc import Mapping

from aws_mfa_process.chain.model import Endpoint
from aws_mfa_process.chain.source import Step, Walk, first
from aws_mfa_process.config import arns
from aws_mfa_process.config.profiles import SECRETS, Profiles, Settings

_PARTITIONS = {
    "aws-cn": ("cn-", "cn-north-1"),
    "aws-us-gov": ("us-gov-", "us-gov-west-1"),
    "aws-iso": ("us-iso-", "us-iso-east-1"),
    "aws-iso-b": ("us-isob-", "us-isob-east-1"),
    "aws-iso-e": ("eu-isoe-", "eu-isoe-west-1"),
    "aws-iso-f": ("us-isof-", "us-isof-south-1"),
    "aws-eusc": ("eusc-", "eusc-de-east-1"),
}
"""How the names of a partition's regions start, and the one that is asked by default."""


def _partition(steps: list[Step], environ: Mapping[str, str]) -> str:
    """Return the partition that the ARNs of a chain name, else the one of its region.

    Where neither tells, the environment's region does, as for the SDKs.
    """
    for name in ("mfa_serial", "role_arn"):
        for step in steps:
            for arn in arns.devices(step.settings.get(name, "")):
                parts = arn.split(":")
                if parts[0] == "arn" and len(parts) > 1:
                    return parts[1]
    region = first(steps, "region").settings.get("region")
    return partition_of_region(region or next(filter(None, _regions(environ)), ""))


def _regions(environ: Mapping[str, str]) -> list[str]:
    return [environ.get(name, "") for name in ("AWS_REGION", "AWS_DEFAULT_REGION")]


@functools.cache
def partition_of_region(region: str) -> str:
    """Return the partition of a region, by how its name starts.

    >>> partition_of_region("eusc-de-east-1"), partition_of_region("eu-central-1")
    ('aws-eusc', 'aws')
    """
    starts = ((name, start) for name, (start, _) in _PARTITIONS.items())
    return next((name for name, start in starts if region.startswith(start)), "aws")


def endpoint_of_walk(walk: Walk, holder: Step) -> Endpoint:
    """Decide which STS is asked: that of an option, else of the profile that holds the device."""
    return _endpoint(walk.files, walk.environ, walk.steps, holder, walk.region)


def endpoint_of(files: Profiles, profile: str, environ: Mapping[str, str]) -> Endpoint:
    """Decide which STS is asked for a profile by itself; it need not exist yet."""
    step = Step(profile, files.profiles.get(profile, {}))
    endpoint = _endpoint(files, environ, [step], step, "")
    return endpoint if profile in files.profiles else endpoint._replace(profile="")


def _endpoint(
    files: Profiles, environ: Mapping[str, str], steps: list[Step], holder: Step, option: str
) -> Endpoint:
    partition = _partition(steps, environ)
    regions = [
        option,
        holder.settings.get("region", ""),
        *(step.settings.get("region", "") for step in reversed(steps)),
        *_regions(environ),
    ]
    if partition == "aws" or partition in _PARTITIONS:
        regions = [name for name in regions if partition_of_region(name) == partition]
    _, default = _PARTITIONS.get(partition, ("", "us-east-1"))
    region = next(filter(None, regions), default)
    url = service_url(files, holder.settings, environ, "sts")
    return Endpoint(holder.profile, region, partition, url, _network_settings(files, holder))


def _network_settings(files: Profiles, holder: Step) -> Settings:
    """Return what may shape a call: settings of the profile itself, as botocore finds them."""
    values = files.profiles.get(holder.profile, {})
    section = files.services.get(values.get("services", ""))  # an empty one botocore refuses
    is_decided = section and "endpoint_url" in section.get("sts", {"endpoint_url": ""})
    left_out = (*SECRETS, *(["services"] if is_decided else []))
    return {name: text for name, text in values.items() if name not in left_out}


def service_url(files: Profiles, values: Settings, environ: Mapping[str, str], service: str) -> str:
    """Return the explicit address of a service, or an empty text.

    Args:
        files: With the ``services`` sections.
        values: Settings of the profile.
        environ: With the variables.
        service: As the sections name it.

    Source:
        AWS SDKs reference guide, «Service-specific endpoints»: the service's variable, the
        global variable, the service in the ``services`` section, the profile's
        ``endpoint_url``; none of them with ``ignore_configured_endpoint_urls``.
    """
    name = "ignore_configured_endpoint_urls"
    ignore = environ.get(f"AWS_{name.upper()}", values.get(name, ""))
    if ignore.lower() == "true":
        return ""
    section = files.services.get(values.get("services", ""), {})
    return (
        environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        or environ.get("AWS_ENDPOINT_URL")
        or section.get(service, {}).get("endpoint_url")
        or values.get("endpoint_url", "")
    )

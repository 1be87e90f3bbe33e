"""The form of parameters of STS, and how its validator words what is wrong with them.

Rule: all members are looked at, and all faults are told in one refusal.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from aws_mfa_process.sandbox.server.replies import AWSError, validation_error

Parameters = Mapping[str, str]

_ARN_LETTERS: Final = (
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
)
_NAME_LETTERS: Final = r"[\w+=,.@-]*"
_POLICY_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+", re.ASCII)


@dataclass(frozen=True)
class Text:
    """A member that is a text, its least and most length and its letters."""

    least: int
    most: int
    letters: str
    is_required: bool = False

    def faults(self, text: str | None) -> Iterator[str]:
        """Say which constraints a value does not satisfy."""
        if text is None:
            if self.is_required:
                yield "Member must not be null"
            return
        if not re.fullmatch(self.letters, text, re.ASCII):
            yield f"Member must satisfy regular expression pattern: {self.letters}"
        if len(text) < self.least:
            yield f"Member must have length greater than or equal to {self.least}"
        if len(text) > self.most:
            yield f"Member must have length less than or equal to {self.most}"


@dataclass(frozen=True)
class Number:
    """A member that is a number, the least and the most it may be."""

    least: int
    most: int

    def faults(self, text: str | None) -> Iterator[str]:
        """Say which constraints a value does not satisfy."""
        if text is not None and int(text) < self.least:
            yield f"Member must have value greater than or equal to {self.least}"
        if text is not None and int(text) > self.most:
            yield f"Member must have value less than or equal to {self.most}"


_ARN: Final = Text(20, 2048, _ARN_LETTERS)
_MFA: Final[Mapping[str, Text | Number]] = {
    "SerialNumber": Text(9, 256, r"[\w+=/:,.@-]*"),
    "TokenCode": Text(6, 6, r"[\d]*"),
}
GET_SESSION_TOKEN: Final = {"DurationSeconds": Number(900, 129600), **_MFA}
ASSUME_ROLE: Final = {
    "RoleArn": replace(_ARN, is_required=True),
    "RoleSessionName": Text(2, 64, _NAME_LETTERS, is_required=True),
    "DurationSeconds": Number(900, 43200),
    "ExternalId": Text(2, 1224, r"[\w+=,.@:\/-]*"),
    **_MFA,
    "SourceIdentity": Text(2, 64, _NAME_LETTERS),
}


def check(parameters: Parameters, members: Mapping[str, Text | Number]) -> None:
    """Check the form of a call's parameters.

    Args:
        parameters: Of the call.
        members: `GET_SESSION_TOKEN` or `ASSUME_ROLE`; ``PolicyArns`` is looked at in any case.

    Raises:
        AWSError: ``MalformedInput`` for what is no number, else ``ValidationError`` with all
            that is wrong.

    Source:
        Constraints of the STS API Reference; ``N validation errors detected`` as quoted in
        mmmorris1975/aws-runas#80.
    """
    for name, member in members.items():
        text = parameters.get(name, "0")
        if isinstance(member, Number) and not re.fullmatch(r"-?\d+", text, re.ASCII):
            message = f"{name} is no number"  # how AWS words this is not known
            raise AWSError("MalformedInput", message, HTTPStatus.BAD_REQUEST)
    arns = dict.fromkeys(members_of(parameters, "PolicyArns", "arn"), _ARN)
    faults = [
        f"Value {_quoted(parameters.get(name))} at '{_path(name)}' "
        f"failed to satisfy constraint: {fault}"
        for name, member in {**members, **arns}.items()
        for fault in member.faults(parameters.get(name))
    ]
    if faults:
        errors = "error" if len(faults) == 1 else "errors"
        raise validation_error(f"{len(faults)} validation {errors} detected: {'; '.join(faults)}")


def check_session_policies(parameters: Parameters) -> None:
    """Refuse session policies that are none.

    Raises:
        AWSError: ``PolicyArns`` names what is no managed policy, or ``Policy`` is no JSON object.
    """
    for arn in members_of(parameters, "PolicyArns", "arn").values():
        if not _POLICY_ARN.fullmatch(arn):
            raise validation_error(f"{arn} is invalid")
    try:
        is_object = isinstance(json.loads(parameters.get("Policy", "{}")), dict)
    except ValueError:
        is_object = False
    if not is_object:
        message = "The policy is not in the valid JSON format."
        raise AWSError("MalformedPolicyDocument", message, HTTPStatus.BAD_REQUEST)


def check_session_tags(parameters: Parameters) -> None:
    """Refuse tags that come twice, and transitive ones that do not come at all.

    Raises:
        AWSError: ``InvalidParameterValue``.

    Source:
        Recordings against AWS by ``localstack/localstack``, ``test_sts.snapshot.json``.
    """
    keys = [key.lower() for key in members_of(parameters, "Tags", "Key").values()]
    if len(keys) > len(set(keys)):
        raise _bad_tags("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    transitive = {key.lower() for key in members_of(parameters, "TransitiveTagKeys").values()}
    if not transitive <= set(keys):
        raise _bad_tags("The specified transitive tag key must be included in the requested tags.")


def members_of(parameters: Parameters, name: str, field: str = "") -> dict[str, str]:
    """Find the members of a list, or one field of each, by their names in the query."""
    form = re.compile(rf"{name}\.member\.\d+" + (rf"\.{field}" if field else ""))
    return {given: text for given, text in parameters.items() if form.fullmatch(given)}


def _bad_tags(message: str) -> AWSError:
    return AWSError("InvalidParameterValue", message, HTTPStatus.BAD_REQUEST)


def _quoted(text: str | None) -> str:
    return "null" if text is None else f"'{text}'"


def _path(name: str) -> str:
    """Spell the name of a member as the validator does: ``policyArns.1.member.arn``."""
    path = re.sub(r"\.member\.(\d+)", r".\1.member", name)
    return path[0].lower() + path[1:]

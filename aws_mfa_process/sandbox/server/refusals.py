"""How services refuse whom they do not know or allow, where that differs from STS and IAM.

Rule: refusals are worded as STS words them, and reworded here, last.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aws_mfa_process.sandbox.server.replies import AWSError

_INVALID: Final = "The security token included in the request is invalid."
_EXPIRED: Final = "The security token included in the request is expired"
_NOT_VALIDATED: Final = "AWS was not able to validate the provided access credentials"

_Words = Mapping[str, tuple[str, int, str]]


def _json(status: int) -> _Words:
    return {
        "InvalidClientTokenId": ("UnrecognizedClientException", status, _INVALID),
        "ExpiredToken": ("ExpiredTokenException", status, _EXPIRED),
        "AccessDenied": ("AccessDeniedException", status, "{}"),
        "SignatureDoesNotMatch": ("InvalidSignatureException", status, "{}"),
        "MissingAuthenticationToken": ("MissingAuthenticationTokenException", status, "{}"),
        "IncompleteSignature": ("IncompleteSignatureException", status, "{}"),
    }


_WORDS: Final[Mapping[str, _Words]] = {
    "s3": {
        "InvalidClientTokenId": (
            "InvalidAccessKeyId",
            HTTPStatus.FORBIDDEN,
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        "ExpiredToken": (
            "ExpiredToken",
            HTTPStatus.BAD_REQUEST,
            "The provided token has expired.",
        ),
    },
    "ec2": {
        "InvalidClientTokenId": ("AuthFailure", HTTPStatus.UNAUTHORIZED, _NOT_VALIDATED),
        "SignatureDoesNotMatch": ("AuthFailure", HTTPStatus.UNAUTHORIZED, _NOT_VALIDATED),
        "ExpiredToken": ("RequestExpired", HTTPStatus.BAD_REQUEST, "Request has expired."),
        "AccessDenied": (
            "UnauthorizedOperation",
            HTTPStatus.FORBIDDEN,
            "You are not authorized to perform this operation. {}",
        ),
    },
    "json": _json(HTTPStatus.BAD_REQUEST),
    "rest-json": _json(HTTPStatus.FORBIDDEN),
}


def reworded(error: AWSError, form: str) -> AWSError:
    """Word a refusal as services of one form do.

    Args:
        error: As STS words it.
        form: As `replies.form_of` gives it.

    Source:
        S3 API Reference, "Error responses"; EC2 API Reference, "Error codes"; replies of DynamoDB
        and Lambda as quoted in baopham/laravel-dynamodb#228, cloudyr/aws.lambda#10 and
        cloudquery/cq-provider-aws#1171; of EC2 in markcaudill/haproxy-autoscale#20.
    """
    if error.code not in _WORDS.get(form, {}):
        return error
    code, status, message = _WORDS[form][error.code]
    return AWSError(code, message.format(error.message), status)

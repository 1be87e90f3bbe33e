"""How AWS, and what is not AWS, may say no: both ways tell the same of it."""

from pathlib import Path

import pytest

from support.documents import NOT_STS, refusal
from support.raw import Raw, answer_of
from support.ways import BOTOCORE, PLAIN, Case, Told, Ways, assert_agree

HTML = "<html><body>No</body></html>"
OWN = "AWS STS has a problem of its own (HTTP"
NO = "AWS refused the MFA session"
ERROR = "<Error><Code>AccessDenied</Code><Message>No</Message></Error>"
REFUSALS: dict[str, Case] = {
    **{
        code: (refusal(code, status=status), f"{NO}: {code}: It is so")
        for code, status in (
            ("AccessDenied", "403 Forbidden"),
            ("AccessDeniedException", "400 Bad Request"),
            ("RegionDisabledException", "403 Forbidden"),
            ("MalformedPolicyDocument", "400 Bad Request"),
            ("PackedPolicyTooLarge", "400 Bad Request"),
            ("InvalidContextAssertion", "400 Bad Request"),
            ("ValidationError", "400 Bad Request"),
            ("Throttling", "400 Bad Request"),
            ("MissingAuthenticationToken", "403 Forbidden"),
            ("IncompleteSignature", "400 Bad Request"),
            ("InvalidAction", "400 Bad Request"),
            ("OptInRequired", "403 Forbidden"),
        )
    },
    "ExpiredToken": (refusal("ExpiredToken"), "AWS no longer accepts the session"),
    "ExpiredTokenException": (
        refusal("ExpiredTokenException", status="400 B"),
        "no longer accepts",
    ),
    "InvalidClientTokenId": (refusal("InvalidClientTokenId"), "AWS does not know the access key"),
    "SignatureDoesNotMatch": (refusal("SignatureDoesNotMatch"), "the secret access key of"),
    "clock": (
        refusal(
            "SignatureDoesNotMatch",
            "Signature expired: 20200101T000000Z is now earlier than 20200101T000000Z",
        ),
        "the clock of this machine is",
    ),
    "wrong code": (
        refusal(
            "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."
        ),
        "AWS did not accept the MFA code",
    ),
    "wrong device": (
        refusal("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code."),
        "AWS cannot check codes of",
    ),
    "InternalFailure": (refusal("InternalFailure", status="500 E"), f"{OWN} 500 InternalFailure)"),
    "busy": (refusal("RequestLimitExceeded", status="503 E"), f"{OWN} 503 RequestLimitExceeded)"),
    "418": (refusal("Teapot", status="418 I"), f"{NO}: Teapot"),
    "429": (refusal("TooManyRequestsException", status="429 T"), f"{NO}: TooManyRequestsException"),
    "599": (refusal("X", status="599 T"), f"{OWN} 599 X)"),
    "600": (refusal("X", status="600 T"), f"{OWN} 600 X)"),
    "no namespace": (refusal("AccessDenied", xmlns=""), f"{NO}: AccessDenied"),
    "prefix": (
        refusal("AccessDenied", xmlns=' xmlns:a="x"')
        .replace(b"ErrorResponse", b"a:ErrorResponse")
        .replace(b"Content-Length", b"X-Length"),
        f"{NO}: AccessDenied",
    ),
    "EC2 form": (
        answer_of(
            f"<Response><Errors>{ERROR}</Errors><RequestID>1</RequestID></Response>", "403 F"
        ),
        f"{NO}: AccessDenied: No",
    ),
    "S3 form": (answer_of(ERROR, "403 F"), f"{NO}: HTTP 403"),
    "empty ErrorResponse": (answer_of("<ErrorResponse/>", "403 F"), f"{NO}: HTTP 403"),
    "empty Error": (answer_of("<ErrorResponse><Error/></ErrorResponse>", "403 F"), NOT_STS),
    "text for Error": (
        answer_of("<ErrorResponse><Error>x</Error></ErrorResponse>", "403 F"),
        NOT_STS,
    ),
    "no Code": (
        answer_of("<R><Error><Message>No</Message></Error></R>", "403 F"),
        f"{NO}: HTTP 403: No",
    ),
    "no Message": (answer_of("<R><Error><Code>X</Code></Error></R>", "403 F"), f"{NO}: X"),
    "Code within Code": (
        answer_of("<R><Error><Code><a>X</a></Code></Error></R>", "403 F"),
        NOT_STS,
    ),
    "two codes": (
        answer_of("<R><Error><Code>A</Code><Code>B</Code></Error></R>", "403 F"),
        NOT_STS,
    ),
    "two errors": (
        answer_of(f"<R>{ERROR}{ERROR}</R>", "403 F"),
        NOT_STS,
        f"{NO}: AccessDenied: No",
    ),
    "two errors of EC2": (
        answer_of(f"<R><Errors>{ERROR}{ERROR}</Errors></R>", "403 F"),
        NOT_STS,
        f"{NO}: AccessDenied: No",
    ),
    "line break in Code": (refusal("A\nB\n", "a\n  b"), f"{NO}: A B: a b"),
    "escape in Message": (refusal("A", "&#x9b;31m&#x202e;x"), f"{NO}: A"),
    "keys in Code": (refusal("x123456s3cr3tk3y"), f"{NO}: x******: It"),
    "keys in Message": (refusal("X", "123456 s3cr3tk3y"), f"{NO}: X: *** ***"),
    "long message": (refusal("X", "long " * 2000), f"{NO}: X: long"),
    "long code": (refusal("X" * 2000), f"{NO}: XXX"),
    "document type": (
        answer_of(f"<!DOCTYPE x><ErrorResponse>{ERROR}</ErrorResponse>", "403 F"),
        NOT_STS,
    ),
    **{
        f"HTML with {status}": (answer_of(HTML, f"{status} X", "Content-Type: text/html"), expected)
        for status, expected in (
            (403, f"{NO}: HTTP 403"),
            (407, f"{NO}: HTTP 407"),
            (500, f"{OWN} 500)"),
            (502, f"{OWN} 502)"),
            (511, NOT_STS),
        )
    },
    **{
        f"nothing with {status}": (answer_of("", f"{status} X"), expected)
        for status, expected in (
            (400, NOT_STS),
            (403, NOT_STS),
            (500, f"{OWN} 500)"),
            (503, f"{OWN} 503)"),
            (511, NOT_STS),
        )
    },
    "blank with 500": (answer_of(" \r\n", "500 X"), f"{OWN} 500)"),
    "511 with a code": (refusal("X", status="511 N"), NOT_STS),
    "HTML in capitals with 500": (answer_of("<HTML><p>No</HTML>", "500 X"), NOT_STS),
    "HTML that is XML with 403": (
        answer_of(f"<!DOCTYPE html>{HTML}", "403 X"),
        NOT_STS,
    ),
    "JSON with 403": (answer_of('{"message": "no"}', "403 F"), NOT_STS),
    "text with 403": (answer_of("no", "403 F"), NOT_STS),
    **{
        f"date {date!r}": (
            answer_of(
                "<R><Error><Code>RequestExpired</Code></Error></R>", "403 F", f"Date: {date}"
            ),
            "the secret access key of",
        )
        for date in (
            "",
            "now",
            "Fri, 99999999999999999999 Nov 2026 17:00:00 GMT",
            "Fri, 27 Nov 99999999999 17:00:00 GMT",
            "Fri, 27 Nov 2026 17:00:00 +99999999",
            "Fri, 27 Nov 2026 99:99:99 GMT",
            "\xff",
        )
    },
}


AGAIN = {
    "InternalFailure": (500, 2),
    "NotImplemented": (501, 1),
    "ServiceUnavailable": (503, 2),
    "VersionNotSupported": (505, 1),
    "TooManyRequestsException": (429, 2),
    "Throttling": (400, 2),
    "RequestLimitExceeded": (503, 2),
    "RequestTimeout": (408, 2),
    "IDPCommunicationError": (400, 2),
    "AccessDenied": (403, 1),
    "ExpiredToken": (403, 1),
    "RequestTimeTooSkewed": (403, 1),
    "ValidationError": (400, 1),
}


@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
@pytest.mark.parametrize("code", AGAIN)
def test_refusal_that_may_pass_is_asked_again_once(
    code: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an MFA code both ways ask again in the same cases, and not a third time."""
    status, times = AGAIN[code]
    with Raw(refusal(code, status=f"{status} X")) as server:
        found = Ways(tmp_path, monkeypatch).call(way, server.url, has_code=False)
    assert isinstance(found, Told)
    assert len(server.requests) == times


@pytest.mark.parametrize("name", REFUSALS)
def test_answer(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways tell the same of an answer that is no."""
    answer, *words = REFUSALS[name]
    assert_agree(Ways(tmp_path, monkeypatch), answer, *words)

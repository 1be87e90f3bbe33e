"""What STS answers to GetSessionToken, and what else may come."""

import time

from aws_mfa_process.credentials import utc_time
from support.raw import answer_of

END = int(time.time()) + 3600
KEY_ID, SECRET, TOKEN = "ASIAEXAMPLE", "se/cr+et", "FwoG/+token=="
GIVEN = "given"
NOT_STS = "is not AWS STS"
XMLNS = ' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
MEMBERS = {
    "AccessKeyId": KEY_ID,
    "SecretAccessKey": SECRET,
    "SessionToken": TOKEN,
    "Expiration": utc_time(END),
}


def members(more: str = "", **changed: str | None) -> str:
    """Return the members of credentials, some of them others; None: left out."""
    texts = {**MEMBERS, **changed}
    return more + "".join(
        f"<{name}>{text}</{name}>" for name, text in texts.items() if text is not None
    )


def document(credentials: str, start: str = "", xmlns: str = XMLNS) -> str:
    """Return the answer to GetSessionToken."""
    return (
        f"{start}<GetSessionTokenResponse{xmlns}><GetSessionTokenResult><Credentials>{credentials}"
        "</Credentials></GetSessionTokenResult><ResponseMetadata><RequestId>1</RequestId>"
        "</ResponseMetadata></GetSessionTokenResponse>"
    )


DOCUMENT = document(members())


def given(more: str = "", **changed: str | None) -> bytes:
    """Return an answer with credentials, some members of them others; None: left out."""
    return answer_of(document(members(more, **changed)))


def refusal(
    code: str, message: str = "It is so", status: str = "403 Forbidden", xmlns: str = XMLNS
) -> bytes:
    """Return an answer that refuses."""
    return answer_of(
        f"<ErrorResponse{xmlns}><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>",
        status,
    )

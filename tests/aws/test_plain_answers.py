"""What STS may answer: the plain call makes of each answer what botocore makes of it, or less."""

import time
from pathlib import Path

import pytest

from aws_mfa_process.credentials import utc_time
from support.documents import (
    DOCUMENT,
    END,
    GIVEN,
    KEY_ID,
    MEMBERS,
    NOT_STS,
    TOKEN,
    XMLNS,
    document,
    given,
    members,
    refusal,
)
from support.raw import answer_of
from support.ways import Case, Ways, assert_agree

NONE = "STS answered without credentials"
ENDED = "ended already"
OWN = f'<!DOCTYPE a [<!ENTITY c "{TOKEN}">]>'
LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)
PREFIXED = document(members(), xmlns=' xmlns:a="x"').replace("<", "<a:").replace("<a:/", "</a:")
DOUBLED = DOCUMENT.replace("</Credentials>", "</Credentials><Credentials/>", 1)
HTML = "<html><body>Sign in</body></html>"
DOCUMENTS: dict[str, Case] = {
    "as AWS": (given(), GIVEN),
    "no namespace": (answer_of(document(members(), xmlns="")), GIVEN),
    "prefix": (answer_of(PREFIXED), GIVEN),
    "prefix of no namespace": (
        answer_of(DOCUMENT.replace("SessionToken>", "a:SessionToken>")),
        NOT_STS,
    ),
    "namespace with a brace": (answer_of(document(members(), xmlns=' xmlns="}x"')), NOT_STS),
    "declaration": (
        answer_of(document(members(), '<?xml version="1.0" encoding="UTF-8"?>\n')),
        GIVEN,
    ),
    "declaration of another encoding": (
        answer_of(document(members(), '<?xml version="1.0" encoding="ISO-8859-1"?>')),
        GIVEN,
    ),
    "byte order mark": (answer_of(document(members(), "\ufeff")), GIVEN),
    "UTF-16": (answer_of(DOCUMENT.encode("utf-16")), GIVEN),
    "CDATA": (given(SessionToken=f"<![CDATA[{TOKEN}]]>"), GIVEN),
    "CDATA in the middle": (given(SessionToken=f"<![CDATA[{TOKEN[:5]}]]>{TOKEN[5:]}"), GIVEN),
    "character reference": (given(SessionToken=TOKEN.replace("+", "&#43;")), GIVEN),
    "hexadecimal reference": (given(SessionToken=TOKEN.replace("=", "&#x3d;")), GIVEN),
    "comment between": (given("<!-- & -->"), GIVEN),
    "comment within": (given(SessionToken=f"{TOKEN[:4]}<!-- x -->{TOKEN[4:]}"), GIVEN),
    "instruction": (given("<?do it?>"), GIVEN),
    "instruction within": (given(SessionToken=f"{TOKEN[:4]}<?do it?>{TOKEN[4:]}"), GIVEN),
    "white space between": (answer_of(document(members().replace("><", ">\n  <"))), GIVEN),
    "attribute": (answer_of(DOCUMENT.replace("<Credentials>", '<Credentials a="b">')), GIVEN),
    "unknown member": (given("<Other>x</Other><More><Deep/></More>"), GIVEN),
    "unknown root": (answer_of(DOCUMENT.replace("GetSessionTokenResponse", "X")), GIVEN),
    "document type": (answer_of(document(members(), "<!DOCTYPE html>")), NOT_STS),
    "entity of its own": (answer_of(document(members(SessionToken="&c;"), OWN)), NOT_STS),
    "billion laughs": (answer_of(document(members(SessionToken="&a9;"), LAUGHS)), NOT_STS),
    "outside entity": (
        answer_of(
            document(
                members(SessionToken="&x;"),
                '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            )
        ),
        NOT_STS,
    ),
    "unknown entity": (given(SessionToken="&nbsp;"), NOT_STS),
    "result of another action": (
        answer_of(DOCUMENT.replace("GetSessionToken", "AssumeRole")),
        NOT_STS,
    ),
    "no result": (answer_of(f"<GetSessionTokenResponse{XMLNS}/>"), NOT_STS),
    "result as the root": (
        answer_of(
            f"<GetSessionTokenResult><Credentials>{members()}</Credentials></GetSessionTokenResult>"
        ),
        NOT_STS,
    ),
    "empty result": (answer_of("<R><GetSessionTokenResult/></R>"), NONE),
    "text for a result": (
        answer_of("<R><GetSessionTokenResult>x</GetSessionTokenResult></R>"),
        NOT_STS,
        NONE,
    ),
    "empty credentials": (answer_of(document("")), NONE),
    "text for credentials": (answer_of(document("x")), NONE),
    "members twice": (
        given(AccessKeyId=f"{KEY_ID}</AccessKeyId><AccessKeyId>{KEY_ID}"),
        NOT_STS,
        NONE,
    ),
    "another token": (given("<SessionToken>other</SessionToken>"), NOT_STS, NONE),
    "credentials twice": (answer_of(DOUBLED), NOT_STS, GIVEN),
    "result twice": (
        answer_of(
            DOCUMENT.replace(
                "<GetSessionTokenResult>", "<GetSessionTokenResult/><GetSessionTokenResult>"
            )
        ),
        NOT_STS,
        NONE,
    ),
    **{
        f"no {name}": (
            answer_of(DOCUMENT.replace(f"<{name}>", "<X>").replace(f"</{name}>", "</X>")),
            NONE,
        )
        for name in MEMBERS
    },
    **{f"empty {name}": (given(**{name: ""}), NONE) for name in MEMBERS},
    **{f"{name} of another kind": (given(**{name: "<a>b</a>"}), NONE) for name in MEMBERS},
    "key with a space": (given(SecretAccessKey="a b"), NONE),
    "key with a line break": (given(AccessKeyId="A\nB"), NONE),
    "key on a line of its own": (given(AccessKeyId=f"\n{KEY_ID}\n"), NONE),
    "token of another alphabet": (given(SessionToken="t\u00f6ken"), NONE),
    "token with an escape": (given(SessionToken="&#x9b;31m"), NONE),
    "token with a control character": (given(SessionToken="\x1b[31m"), NOT_STS),
    "bytes that are no UTF-8": (given(SessionToken="t@ken").replace(b"@", b"\xff"), NOT_STS),
    "end with a fraction": (given(Expiration=utc_time(END)[:-1] + ".250Z"), GIVEN),
    "end without a zone": (given(Expiration=utc_time(END)[:-1]), NONE),
    "end of another zone": (given(Expiration=utc_time(END + 7200)[:-1] + "+02:00"), GIVEN),
    "end as a number": (given(Expiration=str(END)), NONE),
    "end as a mail has it": (
        given(Expiration=time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(END))),
        NONE,
    ),
    "end that is no day": (given(Expiration="2030-02-30T00:00:00Z"), NONE),
    "end that is no time": (given(Expiration="soon"), NONE),
    "end in year 0": (given(Expiration="0000-01-01T00:00:00Z"), NONE),
    "end in year 1": (given(Expiration="0001-01-01T00:00:00Z"), NONE),
    "end in year 9999": (given(Expiration="9999-12-31T23:59:59Z"), NONE),
    "end in a million years": (given(Expiration="1000000-01-01T00:00:00Z"), NONE),
    "end after what was asked for": (given(Expiration=utc_time(END + 7200)), NONE),
    "end in the past": (given(Expiration="2020-01-01T00:00:00Z"), "ended already"),
    "deep": (answer_of(document(members() + "<a>" * 50000 + "</a>" * 50000)), NOT_STS, GIVEN),
    "a little deep": (answer_of(document(members() + "<a>" * 30 + "</a>" * 30)), NOT_STS, GIVEN),
    "many members": (
        answer_of(document(members() + "".join(f"<a{n}/>" for n in range(20000)))),
        GIVEN,
    ),
    "many attributes": (
        answer_of(document(members() + "<a" + "".join(f" a{n}=''" for n in range(20000)) + "/>")),
        GIVEN,
    ),
    "more than one MiB": (given("<a>" + "x" * 2**20 + "</a>"), NOT_STS, GIVEN),
    "less than one MiB": (given("<a>" + "x\n" * 2**18 + "</a>"), GIVEN),
    "something after the end": (answer_of(DOCUMENT + "x"), NOT_STS),
    "no end": (answer_of(DOCUMENT[:-10]), NOT_STS),
    "two documents": (answer_of(DOCUMENT * 2), NOT_STS),
    "HTML": (answer_of(HTML), NOT_STS),
    "HTML that is XML": (answer_of(f"<!DOCTYPE html>{HTML}"), NOT_STS),
    "JSON": (answer_of('{"GetSessionTokenResponse": {}}'), NOT_STS),
    "text": (answer_of("hello"), NOT_STS),
    "empty": (answer_of(""), NOT_STS),
    "NUL": (answer_of("\0" * 100), NOT_STS),
    "refusal with 200": (refusal("AccessDenied", status="200 OK"), NOT_STS),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_answer(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are given for an answer of STS alone, and else the same is told by either way."""
    answer, *words = DOCUMENTS[name]
    assert_agree(Ways(tmp_path, monkeypatch), answer, *words)

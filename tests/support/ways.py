"""One call of STS, made plainly and through botocore."""

from pathlib import Path
from typing import NamedTuple

import pytest

from aws_mfa_process.aws.sts import STS
from aws_mfa_process.chain.model import Endpoint, Role
from aws_mfa_process.credentials import SessionCredentials, SourceCredentials
from aws_mfa_process.errors import MFAProcessError
from support.botocore_request import IS_OLD
from support.documents import END, GIVEN, KEY_ID, SECRET, TOKEN
from support.raw import Raw

KEYS = SourceCredentials("AKIAEXAMPLE", "s3cr3tk3y", "")
ACCOUNT = "111111111111"
SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/alice"
CODE = "123456"
ROLE = Role("p", "arn:aws:iam::222222222222:role/Admin", None, "", "session", "", (), (), (), "")
PLAIN, BOTOCORE = "plain", "botocore"
UNKNOWN = {"some_setting": "x"}
"""What nobody knows, so that botocore has to do the call."""


Case = tuple[bytes, *tuple[str, ...]]
"""An answer, what comes of it, and what comes of it through botocore where that may differ."""


class Told(NamedTuple):
    """A failure as a person sees it."""

    kind: str
    message: str
    hint: str
    status: int


class Ways:
    """The profile of a call; a debug file tells which way it took."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = folder / "debug.log"
        config = folder / "config"
        config.write_text("[profile p]\nregion = eu-central-1\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_MFA_PROCESS_DEBUG", str(self.log))

    def call(
        self, way: str, url: str, *, has_code: bool = True, **settings: str
    ) -> SessionCredentials | Told:
        """Make a call by a way, and return what came of it."""
        self.log.write_text("")
        unknown = UNKNOWN if way == BOTOCORE else {}
        sts = STS(Endpoint("p", "eu-central-1", "aws", url, {**unknown, **settings}))
        try:
            if has_code:
                return sts.get_session_token(KEYS, SERIAL, CODE, 3600)._replace(issued_at=0)
            return sts.assume_role(KEYS, ROLE)._replace(issued_at=0)
        except MFAProcessError as error:
            return Told(type(error).__name__, error.message, error.hint, error.exit_code)
        finally:
            noted = "through botocore: setting some_setting" in self.log.read_text()
            assert noted == (way == BOTOCORE)


def assert_agree(ways: Ways, answer: bytes, expected: str, of_botocore: str = "") -> None:
    """Check what comes of an answer by either way; where they may differ both are named."""
    with Raw(answer) as server:
        found = {way: ways.call(way, server.url) for way in (PLAIN, BOTOCORE)}
    assert_told(found[PLAIN], expected)
    if not of_botocore:
        assert found[PLAIN] == found[BOTOCORE]
    elif not IS_OLD:  # the words are those of a botocore of today
        assert_told(found[BOTOCORE], of_botocore)
    assert len(server.requests) == 2


def assert_told(found: SessionCredentials | Told, expected: str) -> None:
    """Check what came of a call: credentials (``given``), or a failure that says this."""
    if expected == GIVEN:
        assert found == SessionCredentials(KEY_ID, SECRET, TOKEN, END, 0, ACCOUNT)
        return
    assert isinstance(found, Told), found
    assert expected in found.message
    assert found.status == 1

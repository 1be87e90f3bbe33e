"""The pause before a second try is botocore's: as long as AWS says, within bounds."""

import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.retries.standard import ExponentialBackoff

from aws_mfa_process.aws.plain import call
from support.documents import refusal
from support.raw import Raw
from support.ways import BOTOCORE, PLAIN, Ways

pytestmark = pytest.mark.skipif(
    not hasattr(ExponentialBackoff, "_RETRY_AFTER_HEADER"), reason="a botocore of before that"
)
HEADER = "x-amz-retry-after"
WISHES = [
    "",
    "0",
    "20",
    "700",
    "5200",
    "999999999",
    "-700",
    "soon",
    "7.5",
    "9" * 400,
    " 80 ",
    "+80",
]
STATUSES = {"Throttling": 400, "InternalFailure": 500}


@pytest.mark.parametrize("code", STATUSES)
@pytest.mark.parametrize("wish", WISHES)
def test_pause_is_that_of_botocore(wish: str, code: str) -> None:
    """Whatever AWS asks for, the pause is one that botocore could make."""
    headers = {HEADER: wish} if wish else {}
    meta = {"HTTPStatusCode": STATUSES[code], "HTTPHeaders": headers}
    error = call.RefusedError({"Error": {"Code": code}, "ResponseMetadata": meta})
    context: Any = SimpleNamespace(attempt_number=1, http_response=SimpleNamespace(headers=headers))
    detector: Any = SimpleNamespace(is_throttling_error_from_context=lambda _: code == "Throttling")
    least, most = (
        ExponentialBackoff(random=partial(float, end), throttling_detector=detector).delay_amount(
            context
        )
        for end in (0, 1)
    )
    assert least <= call._pause_seconds(error) <= most


@pytest.mark.parametrize("way", [PLAIN, BOTOCORE])
def test_second_try_waits_as_long_as_aws_says(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that wants half a second gets it, by either way."""
    ways = Ways(tmp_path, monkeypatch)
    answer = refusal("InternalFailure", status="500 X")
    with Raw(answer.replace(b"\r\n", f"\r\n{HEADER}: 500\r\n".encode(), 1)) as server:
        started = time.monotonic()
        ways.call(way, server.url, has_code=False)
        assert time.monotonic() - started >= 0.5
    assert len(server.requests) == 2

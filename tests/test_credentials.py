"""`credentials`: times that agree with the calendar, answers that every SDK reads."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.credentials import SessionCredentials, SourceCredentials, utc_time

TIMES = st.integers(0, 2**34)
LIVES = st.integers(900, 129600)


def session(expiration: int = 3600, issued_at: int = 0, account_id: str = "") -> SessionCredentials:
    """Make a session."""
    return SessionCredentials("ASIAEXAMPLE", "secret", "token", expiration, issued_at, account_id)


@given(TIMES)
def test_time_is_written_as_aws_writes_it(seconds: int) -> None:
    """The text of a time is UTC with a Z, and reads back as the same time."""
    text = utc_time(seconds)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    read = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert int(read.timestamp()) == seconds


@given(TIMES, LIVES, st.integers(-10, 130000))
def test_session_is_fresh_while_it_outlives_the_expiry_window(
    start: int, life: int, later: int
) -> None:
    """Fresh is: more than 16 minutes are left; under 30 minutes of life, more than a quarter."""
    made = session(start + life, start)
    window = 16 * 60 if life >= 30 * 60 else life // 4
    left = life - later
    assert made.is_fresh(start + later) == (left > window)
    assert made.is_alive(start + later) == (left > 60)


@given(TIMES, LIVES)
def test_half_life_lies_between_the_ends(start: int, life: int) -> None:
    """A renewal is due when as much of the life is over as is left, and before it is stale.

    Lives from 30 to 32 minutes have no such time: they are renewed when they are asked for.
    """
    made = session(start + life, start)
    assert abs((made.half_life() - start) - (start + life - made.half_life())) <= 1
    assert made.half_life() <= made.fresh_until() or 1800 <= life < 1920


@given(st.text(), st.text(), st.text(), TIMES, st.sampled_from(["", "111111111111"]))
def test_answer_is_one_line_of_json(
    key_id: str, secret: str, token: str, expiration: int, account: str
) -> None:
    """The answer is one ASCII line with the fields and types that the SDKs expect."""
    made = SessionCredentials(key_id, secret, token, expiration, 0, account)
    answer = made.answer()
    assert answer.isascii()
    assert answer.count(b"\n") == 1
    assert answer.endswith(b"\n")
    expected = {
        "Version": 1,
        "AccessKeyId": key_id,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": utc_time(expiration),
    }
    assert json.loads(answer) == expected | ({"AccountId": account} if account else {})


def test_answer_has_no_blanks_between_its_parts() -> None:
    """The JSON is compact."""
    assert session(account_id="111111111111").answer() == (
        b'{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret",'
        b'"SessionToken":"token","Expiration":"1970-01-01T01:00:00Z","AccountId":"111111111111"}\n'
    )


@pytest.mark.parametrize(
    "shown",
    [
        repr(SourceCredentials("AKIAEXAMPLE", "secret", "token")),
        f"{SourceCredentials('AKIAEXAMPLE', 'secret', 'token')}",
        repr(session()),
        f"{session()}",
        repr([session()]),
    ],
)
def test_credentials_are_silent_about_their_secrets(shown: str) -> None:
    """Shown are the last four characters of the key id, nothing of secret and token."""
    assert "…MPLE" in shown
    for hidden in ("secret", "token", "AKIAEX", "ASIAEX"):
        assert hidden not in shown


@pytest.mark.parametrize(
    ("life", "left"), [(900, 226), (1799, 450), (1800, 961), (3600, 961), (43200, 961)]
)
def test_edges_of_the_expiry_window(life: int, left: int) -> None:
    """The last second at which a session is fresh, and the last one at which it is alive."""
    made = session(life)
    assert made.is_fresh(life - left)
    assert not made.is_fresh(life - left + 1)
    assert made.is_alive(life - 61)
    assert not made.is_alive(life - 60)

"""Servers of STS that nobody here wrote take both ways, from real processes."""

import json
import time

import pytest

from aws_mfa_process.credentials import seconds_of
from support.foreign import ROLE, SERVERS, Foreign, served
from support.home import Home, Result

THROUGH = "through botocore: setting some_setting"
CODES = ("123456", "654321")
"""None of them looks at any."""


@pytest.fixture(scope="module", params=SERVERS)
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    with served(request.param, tmp_path_factory.mktemp("server"), request.config) as server:
        yield server


def run(home: Home, *line: str, is_plain: bool) -> Result:
    """Run the program; check by which way it went."""
    log = home.path / "debug.log"
    log.write_text("")
    done = home.run(*line, environ={"AWS_MFA_PROCESS_DEBUG": str(log)})
    assert (done.status, done.err) == (0, ""), (line, done)
    noted = log.read_text()
    assert " took " in noted
    assert (THROUGH in noted) == (not is_plain)
    return done


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "botocore"])
def test_foreign_server_takes_the_call(home: Home, foreign: Foreign, is_plain: bool) -> None:
    """An MFA session, a role from it, a role with the code, and the question who somebody is."""
    home.config(foreign.config + ("" if is_plain else "some_setting = x\n"))
    keys = ("--profile", "keys")
    role = (*keys, "--role-arn", foreign.role_arn)
    tagged = ("--session-tags=team=blüe,cost=7 + 1", "--mfa-mode=direct", "--mfa-code", CODES[1])
    for line in ((*keys, "--mfa-code", CODES[0]), role, (*role, *tagged)):
        answer = json.loads(run(home, *line, is_plain=is_plain).out)
        assert answer["Version"] == 1
        assert answer["AccountId"] == foreign.account
        assert answer["SessionToken"]
        assert 0 < seconds_of(answer["Expiration"]) - time.time() <= 43200
    whose = run(home, "whoami", "keys", is_plain=is_plain).out
    assert foreign.account in whose
    assert ROLE not in whose

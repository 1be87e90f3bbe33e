"""Sources that are not ours: one refresh for all, kept until their end and no longer."""

import json

from support.home import Home
from support.login import with_login
from support.practice import PracticeAWS, actions

ROLES = 50


def refreshes(sandbox: PracticeAWS) -> int:
    """Return how often a login was refreshed."""
    return sum(call.parameters.get("grantType") == "refresh_token" for call in sandbox.calls)


def test_one_refresh_for_fifty_roles_at_once(home: Home, sandbox: PracticeAWS) -> None:
    """The refresh token of a login works once: 50 processes that find it expired send one."""
    with_login(home, sandbox, left=-60)
    arn = sandbox.role_arns["Admin"]
    before = len(sandbox.calls)
    words = ("--profile", "console", "--role-arn", arn)
    runs = [home.start(*words, "--role-session-name", f"n{number}") for number in range(ROLES)]
    results = [(run.communicate(timeout=200), run.returncode) for run in runs]
    assert [said for (_, said), status in results if status] == []
    keys = {json.loads(out)["AccessKeyId"] for (out, _), _ in results}
    assert len(keys) == ROLES
    assert refreshes(sandbox) == 1
    assert actions(sandbox)[before:].count("AssumeRole") == ROLES

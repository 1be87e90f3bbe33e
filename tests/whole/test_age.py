"""How old an MFA session may be, for a role and for a clock that was set back."""

import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from support.home import Home, assert_refused
from support.practice import KEYS, PracticeAWS, actions, role


def aged(home: Home, sandbox: PracticeAWS, seconds: float) -> None:
    """Let time pass, for AWS and for what is stored."""
    sandbox.clock_offset_seconds += seconds
    home.age(seconds)


YOUNG = {"an option": (), "the role's profile": ("y",), "the keys' profile": ("bastion-keys",)}


def young(home: Home, sandbox: PracticeAWS, where: str, seconds: str = "600") -> tuple[str, ...]:
    """Return the line of a role that wants a young MFA, with the setting in one of its places."""
    if where == "an option":
        return (*role(sandbox, "Young"), "--mfa-max-age-seconds", seconds)
    config = home.aws / "config"
    text = f"{config.read_text()}\n[profile y]\nsource_profile = bastion-keys\n"
    text += f"role_arn = {sandbox.role_arns['Young']}\n"
    for name in YOUNG[where]:
        text = text.replace(
            f"[profile {name}]\n", f"[profile {name}]\nmfa_max_age_seconds = {seconds}\n"
        )
    config.write_text(text)
    return ("--profile", "y")


def test_a_role_that_wants_a_young_mfa(practice: Home, sandbox: PracticeAWS) -> None:
    """An older session is refused, here as with boto3, and the hint names login and the setting."""
    line = role(sandbox, "Young")
    assert practice.run(*line, "--mfa-code", sandbox.code()).status == 0
    answer = json.loads(practice.run(*KEYS).out)
    aged(practice, sandbox, 3700)
    done = practice.run(*line)
    assert_refused(done, 1, "AccessDenied", "aws-mfa-process login bastion-keys")
    assert "mfa_max_age_seconds" in done.err
    assert "aws:MultiFactorAuthAge" in done.err
    sts = boto3.client(
        "sts",
        endpoint_url=sandbox.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id=answer["AccessKeyId"],
        aws_secret_access_key=answer["SecretAccessKey"],
        aws_session_token=answer["SessionToken"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=sandbox.role_arns["Young"], RoleSessionName="x1")
    assert practice.run(*role(sandbox)).status == 0, "another role takes the old session"


@pytest.mark.parametrize("where", YOUNG)
def test_a_session_too_old_for_a_role_is_asked_anew(
    practice: Home, sandbox: PracticeAWS, where: str
) -> None:
    """With the setting, an old session is none for this role, and goes on for the others."""
    line = young(practice, sandbox, where)
    assert practice.run(*line, "--mfa-code", sandbox.code()).status == 0
    aged(practice, sandbox, 500)
    assert practice.run(*line).status == 0
    aged(practice, sandbox, 3600)
    assert_refused(practice.run(*line), 3, "needs an MFA code")
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    if where != "the keys' profile":
        assert practice.run(*role(sandbox)).status == 0
    assert practice.run(*line, "--mfa-code", sandbox.code(1)).status == 0
    assert actions(sandbox)[-2:] == ["GetSessionToken", "AssumeRole"]


@pytest.mark.parametrize("seconds", ["59", "129601", "x"])
@pytest.mark.parametrize("where", YOUNG)
def test_an_age_that_cannot_be_is_refused(
    practice: Home, sandbox: PracticeAWS, where: str, seconds: str
) -> None:
    """The limits of the setting are told, with the profile that has it."""
    done = practice.run(*young(practice, sandbox, where, seconds))
    name = {"": "--mfa-max-age-seconds"}.get(
        "".join(YOUNG[where]), f"profile {''.join(YOUNG[where])}: mfa_max_age_seconds"
    )
    assert_refused(done, 2, f"{name} must be a whole number of seconds from 60 to 129600")
    assert not sandbox.calls


@pytest.mark.parametrize("seconds", ["60", "129600"])
def test_a_role_session_made_in_time_outlives_the_age(
    practice: Home, sandbox: PracticeAWS, seconds: str
) -> None:
    """The age counts when the role is assumed, and not for what has been made by then."""
    line = young(practice, sandbox, "an option", seconds)
    assert practice.run(*line, "--mfa-code", sandbox.code()).status == 0
    aged(practice, sandbox, 1800)
    assert practice.run(*line).status == 0
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


def wrong_code(sandbox: PracticeAWS) -> str:
    """Return a code that is none now."""
    return f"{(int(sandbox.code(5)) + 1) % 1000000:06}"


@pytest.mark.parametrize("behind", [60, 3600, 90000])
@pytest.mark.parametrize("profile", ["bastion", "prod", "audit"])
def test_login_takes_no_session_from_the_future_for_a_new_one(
    practice: Home, sandbox: PracticeAWS, profile: str, behind: int
) -> None:
    """After a clock was set back, a wrong code is refused, and a good one makes a session."""
    login = ("login", profile, "--mfa-code")
    assert practice.run(*login, sandbox.code()).status == 0
    practice.age(-behind)
    done = practice.run(*login, wrong_code(sandbox))
    assert_refused(done, 1, "did not accept the MFA code")
    started = time.time()
    assert practice.run(*login, sandbox.code()).status == 0
    assert actions(sandbox).count("GetSessionToken") == 3
    assert json.loads(practice.run(*KEYS).out)
    assert sandbox.calls[-1].time >= started - 1


@pytest.mark.parametrize("behind", [60, 3600, 90000])
def test_login_in_direct_mode_takes_no_session_from_the_future(
    practice: Home, sandbox: PracticeAWS, behind: int
) -> None:
    """A role session that a code has made is no newer for a clock that was set back."""
    login = ("login", "prod", "--mfa-mode", "direct", "--mfa-code")
    assert practice.run(*login, sandbox.code()).status == 0
    practice.age(-behind)
    done = practice.run(*login, wrong_code(sandbox))
    assert_refused(done, 1, "did not accept the MFA code")
    assert practice.run(*login, sandbox.code()).status == 0
    assert actions(sandbox) == ["AssumeRole"] * 3


@pytest.mark.parametrize("behind", [60, 3600, 90000])
def test_a_session_from_the_future_serves_as_long_as_aws_takes_it(
    practice: Home, sandbox: PracticeAWS, behind: int
) -> None:
    """The credential process asks nobody for it, and anew when AWS takes it no more."""
    assert practice.run(*KEYS, "--mfa-code", sandbox.code()).status == 0
    practice.age(-behind)
    assert practice.run(*role(sandbox)).status == 0
    sandbox.clock_offset_seconds += 43300
    done = practice.run(*role(sandbox, "Developer"))
    assert_refused(done, 3, "needs an MFA code")
    assert practice.run(*role(sandbox, "Developer"), "--mfa-code", sandbox.code()).status == 0

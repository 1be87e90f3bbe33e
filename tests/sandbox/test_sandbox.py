"""The practice AWS judges as AWS does: every rule over real HTTP, signed by botocore."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import pexpect
import pytest

from aws_mfa_process.aws.body import Answer
from aws_mfa_process.sandbox.folder import TOKEN_HEADER
from aws_mfa_process.sandbox.practice import TOKEN_VARIABLE
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.parts import need
from support.terminal import QUESTION
from support.waiting import wait_until

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_sts import STSClient
    from types_boto3_sts.type_defs import CredentialsTypeDef

DENIED = "User: {} is not authorized to perform: sts:AssumeRole on resource: {}"
EXPLICITLY = " with an explicit deny in an identity-based policy"
ALICE = "arn:aws:iam::111111111111:user/alice"
INVALID_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
CANNOT_VALIDATE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
CHAIN_LIMIT = (
    "The requested DurationSeconds exceeds the 1 hour session limit "
    "for roles assumed by role chaining"
)
ROLE_LIMIT = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
TOKEN_INVALID = "The security token included in the request is invalid."
SESSION = boto3.Session()
WITHOUT_CHECKS = botocore.config.Config(
    parameter_validation=False, retries={"total_max_attempts": 1}, max_pool_connections=50
)


def connect(
    sandbox: Sandbox,
    service: Any,  # noqa: ANN401 - s3 and others, whose types are not installed
    credentials: "CredentialsTypeDef | None" = None,
) -> Any:  # noqa: ANN401
    return SESSION.client(
        service,
        "eu-central-1",
        endpoint_url=sandbox.endpoint_url,
        config=WITHOUT_CHECKS,
        aws_access_key_id=credentials["AccessKeyId"] if credentials else sandbox.access_key_id,
        aws_secret_access_key=(
            credentials["SecretAccessKey"] if credentials else sandbox.secret_access_key
        ),
        aws_session_token=(credentials and credentials["SessionToken"]) or None,
    )


def sts(sandbox: Sandbox, credentials: "CredentialsTypeDef | None" = None) -> "STSClient":
    found: STSClient = connect(sandbox, "sts", credentials)
    return found


def iam(sandbox: Sandbox, credentials: "CredentialsTypeDef | None" = None) -> "IAMClient":
    found: IAMClient = connect(sandbox, "iam", credentials)
    return found


def caller(sandbox: Sandbox, key_id: str, secret: str, token: str = "") -> "STSClient":
    return sts(
        sandbox,
        {
            "AccessKeyId": key_id,
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": datetime.now(UTC),
        },
    )


def begin_a_step(sandbox: Sandbox) -> None:
    """Set the clock back to the start of its 30 seconds, so that none end within the test."""
    sandbox.clock_offset_seconds = -(time.time() % 30)


def mfa_session(sandbox: Sandbox, seconds: int = 43200) -> "CredentialsTypeDef":
    return sts(sandbox).get_session_token(
        SerialNumber=sandbox.mfa_serial, TokenCode=sandbox.code(), DurationSeconds=seconds
    )["Credentials"]


def role_session(
    sandbox: Sandbox,
    role: str,
    credentials: "CredentialsTypeDef | None" = None,
    **more: Any,  # noqa: ANN401
) -> "CredentialsTypeDef":
    client = sts(sandbox, credentials or mfa_session(sandbox))
    return client.assume_role(RoleArn=sandbox.role_arns[role], RoleSessionName="alice", **more)[
        "Credentials"
    ]


def refusal(call: Callable[..., object], **parameters: object) -> tuple[str, str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    error = response["Error"]
    return error["Code"], error["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def constraint(name: str, value: object, limit: str) -> tuple[str, str, int]:
    text = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint"
    return "ValidationError", f"{text}: {limit}", HTTPStatus.BAD_REQUEST


def denied(message: str) -> tuple[str, str, int]:
    return "AccessDenied", message, HTTPStatus.FORBIDDEN


def life_seconds(credentials: "CredentialsTypeDef") -> float:
    return (credentials["Expiration"] - datetime.now(UTC)).total_seconds()


class TestMFACodes:
    """How AWS judges the codes of a device."""

    @pytest.mark.parametrize("step", [-2, -1, 0, 1, 2])
    def test_codes_of_five_steps_are_good(self, sandbox: Sandbox, step: int) -> None:
        """The code of each of the five steps around now is accepted."""
        begin_a_step(sandbox)
        client = sts(sandbox)
        client.get_session_token(SerialNumber=sandbox.mfa_serial, TokenCode=sandbox.code(step))

    @pytest.mark.parametrize("step", [-3, 3])
    def test_codes_of_other_steps_are_refused(self, sandbox: Sandbox, step: int) -> None:
        """A code of three steps ago or ahead is a wrong code, with AWS's trailing blank."""
        begin_a_step(sandbox)
        call = sts(sandbox).get_session_token
        code = sandbox.code(step)
        assert refusal(call, SerialNumber=sandbox.mfa_serial, TokenCode=code) == denied(
            INVALID_CODE
        )

    def test_a_code_is_good_once(self, sandbox: Sandbox) -> None:
        """The same code a second time is refused, in another call as well."""
        code = sandbox.code()
        client = sts(sandbox)
        client.get_session_token(SerialNumber=sandbox.mfa_serial, TokenCode=code)
        again = {"SerialNumber": sandbox.mfa_serial, "TokenCode": code}
        assert refusal(client.get_session_token, **again) == denied(INVALID_CODE)
        role = {"RoleArn": sandbox.role_arns["Admin"], "RoleSessionName": "alice"}
        assert refusal(client.assume_role, **role, **again) == denied(INVALID_CODE)

    def test_unused_codes_may_come_out_of_order(self, sandbox: Sandbox) -> None:
        """A later code does not spoil an earlier one."""
        begin_a_step(sandbox)
        client = sts(sandbox)
        for step in (2, -1, 1):
            client.get_session_token(SerialNumber=sandbox.mfa_serial, TokenCode=sandbox.code(step))

    def test_the_app_gives_a_code_that_is_still_good(self, sandbox: Sandbox) -> None:
        """Five codes in a row from the test's app are all accepted."""
        begin_a_step(sandbox)
        assert len({mfa_session(sandbox)["AccessKeyId"] for _ in range(5)}) == 5

    def test_nine_verifications_in_three_minutes(self, sandbox: Sandbox) -> None:
        """After nine codes, wrong ones too, even a good one is refused until the next window."""
        call = sts(sandbox).get_session_token
        sandbox.clock_offset_seconds = 90 - time.time() % 180
        for _ in range(9):
            wrong = refusal(call, SerialNumber=sandbox.mfa_serial, TokenCode="000000")
            assert wrong == denied(INVALID_CODE)
        good = {"SerialNumber": sandbox.mfa_serial, "TokenCode": sandbox.code()}
        assert refusal(call, **good) == denied(CANNOT_VALIDATE)
        sandbox.clock_offset_seconds += 180
        mfa_session(sandbox)

    @pytest.mark.parametrize(
        "serial", ["arn:aws:iam::111111111111:mfa/bob", "arn:aws:iam::222222222222:mfa/alice"]
    )
    def test_a_foreign_serial_cannot_be_validated(self, sandbox: Sandbox, serial: str) -> None:
        """A device that is not the caller's is refused in AWS's words."""
        call = sts(sandbox).get_session_token
        refused = refusal(call, SerialNumber=serial, TokenCode=sandbox.code())
        assert refused == denied(CANNOT_VALIDATE)

    @pytest.mark.parametrize("given", ["SerialNumber", "TokenCode"])
    def test_serial_and_code_come_together(self, sandbox: Sandbox, given: str) -> None:
        """One without the other is refused."""
        both = {"SerialNumber": sandbox.mfa_serial, "TokenCode": sandbox.code()}
        assert refusal(sts(sandbox).get_session_token, **{given: both[given]}) == denied(
            "MultiFactorAuthentication failed, "
            "must provide both MFA serial number and one time pass code."
        )

    @pytest.mark.parametrize(
        ("code", "limit"),
        [
            ("12345", "Member must have length greater than or equal to 6"),
            ("1234567", "Member must have length less than or equal to 6"),
            ("12a456", r"Member must satisfy regular expression pattern: [\d]*"),
        ],
    )
    def test_a_code_is_six_digits(self, sandbox: Sandbox, code: str, limit: str) -> None:
        """Anything else is a validation error, not a wrong code."""
        call = sts(sandbox).get_session_token
        refused = refusal(call, SerialNumber=sandbox.mfa_serial, TokenCode=code)
        assert refused == constraint("tokenCode", code, limit)


class TestGetSessionToken:
    """The MFA session."""

    def test_lasts_twelve_hours_unless_told(self, sandbox: Sandbox) -> None:
        """Without DurationSeconds a session lives 43200 seconds."""
        assert life_seconds(sts(sandbox).get_session_token()["Credentials"]) == pytest.approx(
            43200, abs=5
        )

    @pytest.mark.parametrize("seconds", [900, 129600])
    def test_lasts_as_long_as_asked(self, sandbox: Sandbox, seconds: int) -> None:
        """The shortest and the longest session are given as asked."""
        assert life_seconds(mfa_session(sandbox, seconds)) == pytest.approx(seconds, abs=5)

    @pytest.mark.parametrize(
        ("seconds", "limit"),
        [
            (899, "Member must have value greater than or equal to 900"),
            (129601, "Member must have value less than or equal to 129600"),
        ],
    )
    def test_other_durations_are_refused(self, sandbox: Sandbox, seconds: int, limit: str) -> None:
        """900 to 129600 seconds, nothing else."""
        refused = refusal(sts(sandbox).get_session_token, DurationSeconds=seconds)
        assert refused == constraint("durationSeconds", seconds, limit)

    def test_is_still_the_user(self, sandbox: Sandbox) -> None:
        """GetCallerIdentity names the user, by key and by session."""
        for credentials in (None, mfa_session(sandbox)):
            identity = sts(sandbox, credentials).get_caller_identity()
            assert (identity["Account"], identity["Arn"]) == ("111111111111", ALICE)

    def test_not_with_session_credentials(self, sandbox: Sandbox) -> None:
        """Neither an MFA session nor a role session can make another MFA session."""
        first = mfa_session(sandbox)
        for credentials in (first, role_session(sandbox, "Admin", first)):
            refused = refusal(sts(sandbox, credentials).get_session_token)
            assert refused == denied("Cannot call GetSessionToken with session credentials")

    def test_without_a_code_has_no_mfa(self, sandbox: Sandbox) -> None:
        """A session got without a code opens no role."""
        plain = sts(sandbox).get_session_token()["Credentials"]
        arn = sandbox.role_arns["Admin"]
        refused = refusal(sts(sandbox, plain).assume_role, RoleArn=arn, RoleSessionName="alice")
        assert refused == denied(DENIED.format(ALICE, arn) + EXPLICITLY)


class TestAssumeRole:
    """Roles, their trust policies and their durations."""

    @pytest.mark.parametrize(
        ("role", "account", "more"),
        [
            ("Admin", "222222222222", {}),
            ("Developer", "333333333333", {}),
            ("ReadOnly", "444444444444", {"ExternalId": "sandbox-audit"}),
        ],
    )
    def test_from_an_mfa_session(
        self, sandbox: Sandbox, role: str, account: str, more: dict[str, Any]
    ) -> None:
        """Each role is reached, lasts an hour, and its ARN leaves the path out."""
        credentials = role_session(sandbox, role, **more)
        assert life_seconds(credentials) == pytest.approx(3600, abs=5)
        identity = sts(sandbox, credentials).get_caller_identity()
        assert identity["Account"] == account
        assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role}/alice"

    def test_a_code_with_the_call_is_mfa_too(self, sandbox: Sandbox) -> None:
        """From long-term keys with a code a role lasts up to its own maximum."""
        reply = sts(sandbox).assume_role(
            RoleArn=sandbox.role_arns["Admin"],
            RoleSessionName="alice",
            SerialNumber=sandbox.mfa_serial,
            TokenCode=sandbox.code(),
            DurationSeconds=43200,
        )
        assert life_seconds(reply["Credentials"]) == pytest.approx(43200, abs=5)

    def test_without_mfa_is_denied(self, sandbox: Sandbox) -> None:
        """Long-term keys alone open no role."""
        arn = sandbox.role_arns["Admin"]
        refused = refusal(sts(sandbox).assume_role, RoleArn=arn, RoleSessionName="alice")
        assert refused == denied(DENIED.format(ALICE, arn) + EXPLICITLY)

    @pytest.mark.parametrize("external_id", [{}, {"ExternalId": "another"}])
    def test_external_id_must_fit(self, sandbox: Sandbox, external_id: dict[str, str]) -> None:
        """A missing or wrong external id is a refusal that does not say why."""
        arn = sandbox.role_arns["ReadOnly"]
        call = sts(sandbox, mfa_session(sandbox)).assume_role
        refused = refusal(call, RoleArn=arn, RoleSessionName="alice", **external_id)
        assert refused == denied(DENIED.format(ALICE, arn))

    @pytest.mark.parametrize(
        "arn", ["arn:aws:iam::222222222222:role/Nobody", "arn:aws:iam::444444444444:role/ReadOnly"]
    )
    def test_an_unknown_role_is_denied(self, sandbox: Sandbox, arn: str) -> None:
        """A role that does not exist, or lacks its path, looks like one that is not allowed."""
        call = sts(sandbox, mfa_session(sandbox)).assume_role
        refused = refusal(call, RoleArn=arn, RoleSessionName="alice")
        assert refused == denied(DENIED.format(ALICE, arn))

    def test_a_role_leads_to_a_role(self, sandbox: Sandbox) -> None:
        """Deep trusts Admin, and nobody else."""
        mfa = mfa_session(sandbox)
        deep = role_session(sandbox, "Deep", role_session(sandbox, "Admin", mfa))
        assert sts(sandbox, deep).get_caller_identity()["Account"] == "555555555555"
        arn = sandbox.role_arns["Deep"]
        developer = role_session(sandbox, "Developer", mfa)
        who = "arn:aws:sts::333333333333:assumed-role/Developer/alice"
        for credentials, name in ((mfa, ALICE), (developer, who)):
            call = sts(sandbox, credentials).assume_role
            refused = refusal(call, RoleArn=arn, RoleSessionName="alice")
            assert refused == denied(DENIED.format(name, arn))

    def test_sessions_give_an_hour_at_most(self, sandbox: Sandbox) -> None:
        """From an MFA session and from a role alike, 3601 seconds are role chaining's limit."""
        mfa = mfa_session(sandbox)
        admin = role_session(sandbox, "Admin", mfa)
        for credentials, role in ((mfa, "Admin"), (admin, "Deep")):
            refused = refusal(
                sts(sandbox, credentials).assume_role,
                RoleArn=sandbox.role_arns[role],
                RoleSessionName="alice",
                DurationSeconds=3601,
            )
            assert refused == ("ValidationError", CHAIN_LIMIT, HTTPStatus.BAD_REQUEST)

    def test_a_role_has_its_own_maximum(self, sandbox: Sandbox) -> None:
        """Developer gives an hour, even to long-term keys with a code."""
        refused = refusal(
            sts(sandbox).assume_role,
            RoleArn=sandbox.role_arns["Developer"],
            RoleSessionName="alice",
            SerialNumber=sandbox.mfa_serial,
            TokenCode=sandbox.code(),
            DurationSeconds=3601,
        )
        assert refused == ("ValidationError", ROLE_LIMIT, HTTPStatus.BAD_REQUEST)

    @pytest.mark.parametrize(
        ("name", "value", "limit"),
        [
            ("DurationSeconds", 899, "Member must have value greater than or equal to 900"),
            ("DurationSeconds", 43201, "Member must have value less than or equal to 43200"),
            ("RoleSessionName", "a", "Member must have length greater than or equal to 2"),
            ("RoleSessionName", "a" * 65, "Member must have length less than or equal to 64"),
            (
                "RoleSessionName",
                "a b",
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
            ),
            (
                "SourceIdentity",
                "a/b",
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
            ),
            ("ExternalId", "a", "Member must have length greater than or equal to 2"),
            (
                "RoleArn",
                "arn:aws:iam::1:role",
                "Member must have length greater than or equal to 20",
            ),
        ],
    )
    def test_parameters_have_their_form(
        self, sandbox: Sandbox, name: str, value: object, limit: str
    ) -> None:
        """Bad values are refused in the words of AWS's validator."""
        given = {"RoleArn": sandbox.role_arns["Admin"], "RoleSessionName": "alice", name: value}
        refused = refusal(sts(sandbox, mfa_session(sandbox)).assume_role, **given)
        assert refused == constraint(name[0].lower() + name[1:], value, limit)

    def test_all_faults_are_told_at_once(self, sandbox: Sandbox) -> None:
        """Several faults, also of one parameter and of a list's member, are counted and listed."""
        refused = refusal(
            sts(sandbox, mfa_session(sandbox)).assume_role,
            RoleArn=sandbox.role_arns["Admin"],
            TokenCode="abc",
            SerialNumber=sandbox.mfa_serial,
            PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {"arn": "ReadOnly"}],
        )
        null = "Member must not be null"
        digits = r"Member must satisfy regular expression pattern: [\d]*"
        six, twenty = (f"Member must have length greater than or equal to {n}" for n in (6, 20))
        values = {
            "null at 'roleSessionName'": [null],
            "'abc' at 'tokenCode'": [digits, six],
            "'ReadOnly' at 'policyArns.2.member.arn'": [twenty],
        }
        faults = [
            f"Value {value} failed to satisfy constraint: {limit}"
            for value, limits in values.items()
            for limit in limits
        ]
        text = f"4 validation errors detected: {'; '.join(faults)}"
        assert refused == ("ValidationError", text, HTTPStatus.BAD_REQUEST)

    @pytest.mark.parametrize(
        ("given", "code", "message"),
        [
            ({"DurationSeconds": "an hour"}, "MalformedInput", ""),
            ({"DurationSeconds": ""}, "MalformedInput", ""),
            ({"Policy": "{]"}, "MalformedPolicyDocument", "The policy is not in the valid JSON"),
            ({"Policy": "[]"}, "MalformedPolicyDocument", "The policy is not in the valid JSON"),
            (
                {"PolicyArns": [{"arn": "arn:aws:s3:::a-bucket-not-a-policy"}]},
                "ValidationError",
                "arn:aws:s3:::a-bucket-not-a-policy is invalid",
            ),
            (
                {"Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["project"]},
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ),
            (
                {"Tags": [{"Key": "team", "Value": "blue"}, {"Key": "Team", "Value": "red"}]},
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, sandbox: Sandbox, given: dict[str, Any], code: str, message: str
    ) -> None:
        """Numbers, policies and tags that are none are refused before the code is used up."""
        begin_a_step(sandbox)
        call = sts(sandbox).assume_role
        mfa = {"SerialNumber": sandbox.mfa_serial, "TokenCode": sandbox.code()}
        role = {"RoleArn": sandbox.role_arns["Admin"], "RoleSessionName": "alice"}
        refused = refusal(call, **role, **mfa, **given)
        assert refused[::2] == (code, HTTPStatus.BAD_REQUEST)
        assert refused[1].startswith(message)
        assert sandbox.code() == mfa["TokenCode"]

    def test_a_role_arn_is_checked(self, sandbox: Sandbox) -> None:
        """What is no ARN of a role is invalid; a missing one must not be null."""
        call = sts(sandbox, mfa_session(sandbox)).assume_role
        bad = "arn:aws:iam::222222222222:user/Admin"
        refused = refusal(call, RoleArn=bad, RoleSessionName="alice")
        assert refused == ("ValidationError", f"{bad} is invalid", HTTPStatus.BAD_REQUEST)
        assert "Value null at 'roleArn'" in refusal(call, RoleSessionName="alice")[1]

    def test_everything_else_is_taken_and_recorded(self, sandbox: Sandbox) -> None:
        """Identity, tags and policies are accepted and stand in the record of the call."""
        reply = sts(sandbox, mfa_session(sandbox)).assume_role(
            RoleArn=sandbox.role_arns["Admin"],
            RoleSessionName="alice@example.com",
            SourceIdentity="alice",
            Tags=[{"Key": "team", "Value": "blue"}],
            TransitiveTagKeys=["team"],
            PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
            Policy='{"Version":"2012-10-17","Statement":[]}',
        )
        assert reply["SourceIdentity"] == "alice"
        parameters = sandbox.calls[-1].parameters
        assert parameters["Tags.member.1.Key"] == "team"
        assert parameters["TransitiveTagKeys.member.1"] == "team"
        assert parameters["PolicyArns.member.1.arn"].endswith("ReadOnlyAccess")
        assert json.loads(parameters["Policy"])["Version"] == "2012-10-17"

    def test_a_source_identity_stays(self, sandbox: Sandbox) -> None:
        """Each further role returns the one that was set; another one is denied."""
        admin = role_session(sandbox, "Admin", SourceIdentity="alice")
        deep: dict[str, Any] = {"RoleArn": sandbox.role_arns["Deep"], "RoleSessionName": "alice"}
        call = sts(sandbox, admin).assume_role
        assert call(**deep)["SourceIdentity"] == "alice"
        assert call(**deep, SourceIdentity="alice")["SourceIdentity"] == "alice"
        refused = refusal(call, **deep, SourceIdentity="bob")
        who = "arn:aws:sts::222222222222:assumed-role/Admin/alice"
        text = f"User: {who} is not authorized to perform: sts:SetSourceIdentity on resource: "
        assert refused == denied(text + deep["RoleArn"])

    def test_a_role_session_has_no_mfa_device(self, sandbox: Sandbox) -> None:
        """A serial with a role session cannot be validated: the device is the user's."""
        admin = role_session(sandbox, "Admin")
        refused = refusal(
            sts(sandbox, admin).assume_role,
            RoleArn=sandbox.role_arns["Deep"],
            RoleSessionName="alice",
            SerialNumber=sandbox.mfa_serial,
            TokenCode=sandbox.code(),
        )
        assert refused == denied(CANNOT_VALIDATE)

    def test_a_role_session_outlives_its_source(self, sandbox: Sandbox) -> None:
        """When the MFA session has ended, a role session from it goes on."""
        mfa = mfa_session(sandbox, 900)
        admin = role_session(sandbox, "Admin", mfa)
        sandbox.clock_offset_seconds = 1000
        assert refusal(sts(sandbox, mfa).get_caller_identity)[0] == "ExpiredToken"
        assert sts(sandbox, admin).get_caller_identity()["Account"] == "222222222222"

    @pytest.mark.parametrize(
        ("call", "action", "given"),
        [
            ("get_federation_token", "GetFederationToken", {"Name": "alice"}),
            ("get_access_key_info", "GetAccessKeyInfo", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
            ("decode_authorization_message", "DecodeAuthorizationMessage", {"EncodedMessage": "a"}),
            ("assume_root", "AssumeRoot", {"TargetPrincipal": "222222222222"}),
        ],
    )
    def test_other_calls_of_sts_are_not_done(
        self, sandbox: Sandbox, call: str, action: str, given: dict[str, Any]
    ) -> None:
        """What this AWS cannot do it says, instead of making something up."""
        client = sts(sandbox)
        if action not in client.meta.service_model.operation_names:
            pytest.skip(f"this botocore does not know {action}")
        refused = refusal(getattr(client, call), **given)
        message = f"The practice AWS does not do {action}; the real AWS does."
        assert refused == ("NotImplemented", message, HTTPStatus.NOT_IMPLEMENTED)

    def test_an_unknown_call_does_not_exist(self, sandbox: Sandbox) -> None:
        """A misspelt call is an invalid action."""
        key = botocore.credentials.Credentials(sandbox.access_key_id, sandbox.secret_access_key)
        request = botocore.awsrequest.AWSRequest("GET", f"{sandbox.endpoint_url}/?Action=GetTea")
        botocore.auth.SigV4Auth(key, "sts", "eu-central-1").add_auth(request)
        with pytest.raises(urllib.error.HTTPError, match="400") as caught:
            urllib.request.urlopen(
                urllib.request.Request(str(request.url), headers=dict(request.headers))
            )
        with caught.value as reply:
            assert "<Code>InvalidAction</Code>" in reply.read().decode()


class TestCredentials:
    """Who is let in at all."""

    def test_an_expired_session_is_refused(self, sandbox: Sandbox) -> None:
        """ExpiredToken, 403, in AWS's words."""
        mfa = mfa_session(sandbox, 900)
        sandbox.clock_offset_seconds = 901
        message = "The security token included in the request is expired"
        refused = refusal(sts(sandbox, mfa).get_caller_identity)
        assert refused == ("ExpiredToken", message, HTTPStatus.FORBIDDEN)

    def test_unknown_credentials_are_refused(self, sandbox: Sandbox) -> None:
        """An unknown key, an unknown session and a session without its token are invalid."""
        mfa = mfa_session(sandbox)
        other_mfa = mfa_session(sandbox)
        for key, secret, token in [
            ("AKIAUNKNOWNUNKNOWN00", "secret", ""),
            ("ASIAUNKNOWNUNKNOWN00", "secret", "token"),
            (mfa["AccessKeyId"], mfa["SecretAccessKey"], ""),
            (mfa["AccessKeyId"], mfa["SecretAccessKey"], other_mfa["SessionToken"]),
        ]:
            refused = refusal(caller(sandbox, key, secret, token).get_caller_identity)
            assert refused == ("InvalidClientTokenId", TOKEN_INVALID, HTTPStatus.FORBIDDEN)

    def test_a_wrong_secret_is_refused(self, sandbox: Sandbox) -> None:
        """The signature is computed again, with the secret that AWS knows."""
        code, message, status = refusal(
            caller(sandbox, sandbox.access_key_id, "wrong").get_caller_identity
        )
        assert (code, status) == ("SignatureDoesNotMatch", HTTPStatus.FORBIDDEN)
        assert message.startswith("The request signature we calculated does not match")

    @pytest.mark.parametrize(
        ("skew", "message"), [(901, "Signature expired: "), (-330, "Signature not yet current: ")]
    )
    def test_a_clock_that_is_off_is_refused(
        self, sandbox: Sandbox, skew: int, message: str
    ) -> None:
        """Signed 15 minutes ago or 5 minutes ahead, a request does not match."""
        sandbox.signature_skew_seconds = skew
        refused = refusal(sts(sandbox).get_caller_identity)
        assert refused[0] == "SignatureDoesNotMatch"
        assert refused[1].startswith(message)

    def test_a_small_difference_of_clocks_is_fine(self, sandbox: Sandbox) -> None:
        """Four minutes either way do not matter."""
        for skew in (-240, 240):
            sandbox.signature_skew_seconds = skew
            sts(sandbox).get_caller_identity()

    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({}, "MissingAuthenticationToken"),
            ({"Authorization": "Basic YTpi"}, "IncompleteSignature"),
            (
                {
                    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/"
                    "eu-central-1/sts/aws4_request, SignedHeaders=host, Signature=00"
                },
                "SignatureDoesNotMatch",
            ),
        ],
    )
    def test_an_unsigned_request_is_refused(
        self, sandbox: Sandbox, headers: dict[str, str], code: str
    ) -> None:
        """No signature, another scheme, or no date: refused before anything else."""
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        request = urllib.request.Request(sandbox.endpoint_url, body, headers)
        with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(request):
            pass
        with caught.value as reply:
            assert f"<Code>{code}</Code>" in reply.read().decode()

    def test_an_unsigned_url_is_refused_in_xml(self, sandbox: Sandbox) -> None:
        """A call of STS that stands in the URL is answered in the form of STS, signed or not."""
        url = f"{sandbox.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15"
        with pytest.raises(urllib.error.HTTPError, match="403") as caught:
            urllib.request.urlopen(url)
        with caught.value as reply:
            assert reply.headers["Content-Type"].startswith("text/xml")
            assert "<Code>MissingAuthenticationToken</Code>" in reply.read().decode()

    def test_a_presigned_call_works_and_ends(self, sandbox: Sandbox) -> None:
        """A URL is good as it was signed, for as long as it was signed for."""
        presign = sts(sandbox).generate_presigned_url
        url = presign("get_caller_identity", HttpMethod="GET", ExpiresIn=3600)
        sandbox.signature_skew_seconds = 3500
        with urllib.request.urlopen(url) as reply:
            assert ALICE in reply.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="403") as caught:
            urllib.request.urlopen(f"{url}&Extra=1")
        caught.value.close()
        sandbox.signature_skew_seconds = 3700
        with pytest.raises(urllib.error.HTTPError, match="403") as caught:
            urllib.request.urlopen(url)
        caught.value.close()


class TestPolicies:
    """What the user and the roles may do."""

    @pytest.mark.parametrize(
        ("name", "call", "code", "status"),
        [
            ("s3:ListAllMyBuckets", "list_buckets", "AccessDenied", 403),
            ("ec2:DescribeRegions", "describe_regions", "UnauthorizedOperation", 403),
            ("dynamodb:ListTables", "list_tables", "AccessDeniedException", 400),
            ("lambda:*", "list_functions", "AccessDeniedException", 403),
            ("iam:ListAccessKeys", "list_access_keys", "AccessDenied", 403),
        ],
    )
    def test_keys_alone_may_do_nothing(
        self, sandbox: Sandbox, name: str, call: str, code: str, status: int
    ) -> None:
        """Every service refuses the long-term key, in the form that its clients parse."""
        service = connect(sandbox, name.partition(":")[0])
        refused = refusal(getattr(service, call))
        assert refused[::2] == (code, status)
        where = f" on resource: {ALICE}" if name.startswith("iam:") else ""
        text = f"User: {ALICE} is not authorized to perform: {name}{where}{EXPLICITLY}"
        assert refused[1].removeprefix("You are not authorized to perform this operation. ") == text

    @pytest.mark.parametrize(
        ("service", "call", "codes", "statuses"),
        [
            (
                "s3",
                "list_buckets",
                ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"],
                [403, 403, 400],
            ),
            (
                "ec2",
                "describe_regions",
                ["AuthFailure", "AuthFailure", "RequestExpired"],
                [401, 401, 400],
            ),
            (
                "dynamodb",
                "list_tables",
                [
                    "UnrecognizedClientException",
                    "InvalidSignatureException",
                    "ExpiredTokenException",
                ],
                [400, 400, 400],
            ),
            (
                "lambda",
                "list_functions",
                [
                    "UnrecognizedClientException",
                    "InvalidSignatureException",
                    "ExpiredTokenException",
                ],
                [403, 403, 403],
            ),
            (
                "iam",
                "list_users",
                ["InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken"],
                [403, 403, 403],
            ),
        ],
    )
    def test_services_have_their_own_words(
        self, sandbox: Sandbox, service: str, call: str, codes: list[str], statuses: list[int]
    ) -> None:
        """Unknown keys, a wrong secret and an expired session: code and status by service."""
        role = role_session(sandbox, "Admin")
        sandbox.clock_offset_seconds = 3601
        unknown = role.copy()
        unknown["AccessKeyId"] = "ASIAUNKNOWNUNKNOWN00"
        wrong = role.copy()
        wrong["SecretAccessKey"] = "wrong"
        refused = [
            refusal(getattr(connect(sandbox, service, credentials), call))
            for credentials in (unknown, wrong, role)
        ]
        assert [code for code, _, _ in refused] == codes
        assert [status for _, _, status in refused] == statuses

    def test_mfa_alone_opens_no_other_service(self, sandbox: Sandbox) -> None:
        """In the bastion account there is nothing to do but to leave it."""
        refused = refusal(connect(sandbox, "ec2", mfa_session(sandbox)).describe_regions)
        assert refused[1] == (
            "You are not authorized to perform this operation. "
            f"User: {ALICE} is not authorized to perform: ec2:DescribeRegions because no "
            "identity-based policy allows the ec2:DescribeRegions action"
        )

    def test_the_device_is_seen_without_mfa(self, sandbox: Sandbox) -> None:
        """The user may look herself and her device up by the key alone."""
        assert iam(sandbox).get_user()["User"]["Arn"] == ALICE
        device = iam(sandbox).list_mfa_devices(UserName="alice")["MFADevices"][0]
        assert device["SerialNumber"] == sandbox.mfa_serial

    def test_iam_does_not_know_a_session_without_mfa(self, sandbox: Sandbox) -> None:
        """IAM takes keys, or a session with MFA; a session got without a code is invalid there."""
        plain = iam(sandbox, sts(sandbox).get_session_token()["Credentials"])
        for call in ("get_user", "list_access_keys", "list_users"):
            assert refusal(getattr(plain, call)) == (
                "InvalidClientTokenId",
                TOKEN_INVALID,
                HTTPStatus.FORBIDDEN,
            )

    def test_others_are_none_of_her_business(self, sandbox: Sandbox) -> None:
        """Self-service ends at the own name."""
        call = iam(sandbox, mfa_session(sandbox)).list_access_keys
        assert refusal(call, UserName="bob")[0] == "AccessDenied"

    def test_roles_work_in_their_own_accounts(self, sandbox: Sandbox) -> None:
        """A bucket of one account is not listed in another; odd keys and URLs are signed right."""
        mfa = mfa_session(sandbox)
        admin = connect(sandbox, "s3", role_session(sandbox, "Admin", mfa))
        developer = connect(sandbox, "s3", role_session(sandbox, "Developer", mfa))
        where = {"LocationConstraint": "eu-central-1"}
        admin.create_bucket(Bucket="practice", CreateBucketConfiguration=where)
        key = {"Bucket": "practice", "Key": "a folder/ü+c"}
        admin.put_object(**key, Body=b"hello")
        assert admin.get_object(**key)["Body"].read() == b"hello"
        with urllib.request.urlopen(admin.generate_presigned_url("get_object", key)) as reply:
            assert reply.read() == b"hello"
        assert [bucket["Name"] for bucket in admin.list_buckets()["Buckets"]] == ["practice"]
        assert developer.list_buckets()["Buckets"] == []
        sandbox.reset()
        again = connect(sandbox, "s3", role_session(sandbox, "Admin"))
        assert again.list_buckets()["Buckets"] == []

    def test_roles_have_an_iam_of_their_own(self, sandbox: Sandbox) -> None:
        """IAM of a role's account knows nothing of the bastion's user."""
        assert iam(sandbox, role_session(sandbox, "Admin")).list_users()["Users"] == []


class TestAccessKeys:
    """The user's own long-term keys."""

    def test_there_are_two_at_most(self, sandbox: Sandbox) -> None:
        """A third key is one too many: LimitExceeded, 409."""
        client = iam(sandbox, mfa_session(sandbox))
        client.create_access_key()
        message = "Cannot exceed quota for AccessKeysPerUser: 2"
        refused = refusal(client.create_access_key)
        assert refused == ("LimitExceeded", message, HTTPStatus.CONFLICT)

    def test_a_new_key_works_and_can_be_taken_away(self, sandbox: Sandbox) -> None:
        """Created, used, switched off, on, deleted: each is seen at once."""
        client = iam(sandbox, mfa_session(sandbox))
        key = client.create_access_key(UserName="alice")["AccessKey"]
        key_id = key["AccessKeyId"]
        owner = caller(sandbox, key_id, key["SecretAccessKey"])
        assert owner.get_caller_identity()["Arn"] == ALICE
        client.update_access_key(AccessKeyId=key_id, Status="Inactive")
        assert refusal(owner.get_caller_identity)[0] == "InvalidClientTokenId"
        assert [k["Status"] for k in client.list_access_keys()["AccessKeyMetadata"]] == [
            "Active",
            "Inactive",
        ]
        client.update_access_key(AccessKeyId=key_id, Status="Active")
        assert owner.get_caller_identity()["Arn"] == ALICE
        client.delete_access_key(AccessKeyId=key_id)
        assert refusal(owner.get_caller_identity)[0] == "InvalidClientTokenId"
        assert len(client.list_access_keys()["AccessKeyMetadata"]) == 1

    def test_a_new_key_is_unknown_for_a_while(self, sandbox: Sandbox) -> None:
        """AWS tells its regions of a key with some delay."""
        sandbox.key_delay_seconds = 10
        key = iam(sandbox, mfa_session(sandbox)).create_access_key()["AccessKey"]
        owner = caller(sandbox, key["AccessKeyId"], key["SecretAccessKey"])
        assert refusal(owner.get_caller_identity)[0] == "InvalidClientTokenId"
        sandbox.clock_offset_seconds = 11
        assert owner.get_caller_identity()["Arn"] == ALICE

    def test_last_use_is_known(self, sandbox: Sandbox) -> None:
        """Service and region of the last call with a key; N/A for an unused one."""
        client = iam(sandbox, mfa_session(sandbox))
        used = client.get_access_key_last_used(AccessKeyId=sandbox.access_key_id)
        assert used["AccessKeyLastUsed"]["ServiceName"] == "sts"
        assert used["AccessKeyLastUsed"]["Region"] == "eu-central-1"
        assert datetime.now(UTC) - used["AccessKeyLastUsed"]["LastUsedDate"] < timedelta(minutes=1)
        key = client.create_access_key()["AccessKey"]
        unused = client.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert unused["AccessKeyLastUsed"]["ServiceName"] == "N/A"

    def test_a_deleted_key_stays_deleted(self, sandbox: Sandbox) -> None:
        """A request that was under way when its key went does not bring the key back."""
        keys = sandbox.state.access_keys
        keys.delete(sandbox.access_key_id)
        keys.record_use(sandbox.access_key_id, time.time(), "sts", "eu-central-1")
        assert keys.all() == []

    def test_an_unknown_key_is_not_found(self, sandbox: Sandbox) -> None:
        """NoSuchEntity, 404; and a call without a key id or with an odd status is invalid."""
        client = iam(sandbox, mfa_session(sandbox))
        refused = refusal(client.delete_access_key, AccessKeyId="AKIAUNKNOWNUNKNOWN00")
        message = "The Access Key with id AKIAUNKNOWNUNKNOWN00 cannot be found."
        assert refused == ("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
        assert refusal(client.delete_access_key)[0] == "ValidationError"
        odd = {"AccessKeyId": sandbox.access_key_id, "Status": "Paused"}
        assert refusal(client.update_access_key, **odd)[0] == "ValidationError"


class TestControls:
    """What tests can turn, in the process and over HTTP."""

    def test_calls_are_recorded_without_secrets(self, sandbox: Sandbox) -> None:
        """Action, key, region, parameters and client are known; the code is not kept."""
        mfa_session(sandbox, 900)
        (call,) = sandbox.calls
        assert (call.service, call.action) == ("sts", "GetSessionToken")
        assert (call.access_key_id, call.region) == (sandbox.access_key_id, "eu-central-1")
        assert call.parameters == {"SerialNumber": sandbox.mfa_serial, "DurationSeconds": "900"}
        assert call.user_agent.startswith("Boto3/")
        assert call.time == pytest.approx(time.time(), abs=10)

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("http500", "InternalFailure"),
            ("http503", "ServiceUnavailable"),
            ("throttling", "Throttling"),
        ],
    )
    def test_aws_fails_as_often_as_told(self, sandbox: Sandbox, kind: str, code: str) -> None:
        """The next calls of one action fail, then all is well; other actions never fail."""
        sandbox.fail("GetSessionToken", kind, times=2)
        client = sts(sandbox)
        client.get_caller_identity()
        assert [refusal(client.get_session_token)[0] for _ in range(2)] == [code, code]
        client.get_session_token()

    @pytest.mark.parametrize(("kind", "is_processed"), [("drop", False), ("lost_reply", True)])
    def test_a_connection_is_dropped(self, sandbox: Sandbox, kind: str, is_processed: bool) -> None:
        """The reply never comes; after a lost reply the code is used up all the same."""
        sandbox.fail("GetSessionToken", kind)
        given: dict[str, Any] = {"SerialNumber": sandbox.mfa_serial, "TokenCode": sandbox.code()}
        client = sts(sandbox)
        with pytest.raises(botocore.exceptions.ConnectionClosedError):
            client.get_session_token(**given)
        if is_processed:
            assert refusal(client.get_session_token, **given) == denied(INVALID_CODE)
        else:
            client.get_session_token(**given)

    def test_a_captive_portal_answers(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Web pages come instead of AWS, with 200 and with 511; and S3's kind of error."""
        as_others_have_it = Answer.__base__
        monkeypatch.setattr(botocore.awsrequest, "AWSResponse", as_others_have_it)
        client = sts(sandbox)
        sandbox.fail("GetCallerIdentity", "captive_portal")
        with pytest.raises(KeyError):
            client.get_caller_identity()
        for kind, status in (("html511", 511), ("s3_error", 403)):
            sandbox.fail("GetCallerIdentity", kind)
            with pytest.raises(botocore.exceptions.ClientError) as caught:
                client.get_caller_identity()
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status

    def test_sts_is_as_slow_as_told(self, sandbox: Sandbox) -> None:
        """Latency is for each call, a hang for the one that it was queued for."""
        client = sts(sandbox)
        sandbox.latency_seconds = 0.2
        sandbox.fail("GetCallerIdentity", "hang", seconds=0.3)
        for least in (0.5, 0.2):
            started = time.monotonic()
            client.get_caller_identity()
            assert time.monotonic() - started >= least

    def test_an_unknown_fault_is_an_error(self, sandbox: Sandbox) -> None:
        """A misspelt fault fails the test that asked for it."""
        with pytest.raises(ValueError, match="no such fault: flood"):
            sandbox.fail("AssumeRole", "flood")

    def test_everything_is_reached_over_http(self, sandbox: Sandbox) -> None:
        """Codes and calls, for a server in another process."""
        begin_a_step(sandbox)
        assert control(sandbox, "code")["code"] == sandbox.code()
        assert 0 < control(sandbox, "code")["seconds_left"] <= 30
        assert not control(sandbox, "code")["is_used"]
        unused = control(sandbox, "unused-code")["code"]
        sts(sandbox).get_session_token(SerialNumber=sandbox.mfa_serial, TokenCode=unused)
        assert control(sandbox, "calls")[0]["action"] == "GetSessionToken"

    def test_a_wrong_control_call_is_told(self, sandbox: Sandbox) -> None:
        """Misspelt controls are not passed over in silence."""
        with pytest.raises(urllib.error.HTTPError) as caught:
            control(sandbox, "nothing")
        with caught.value as reply:
            assert reply.code == HTTPStatus.NOT_FOUND
            assert "error" in json.load(reply)


def control(sandbox: Sandbox, name: str) -> Any:  # noqa: ANN401 - JSON
    headers = {TOKEN_HEADER: sandbox.token}
    asked = urllib.request.Request(f"{sandbox.endpoint_url}/_sandbox/{name}", headers=headers)
    with urllib.request.urlopen(asked) as reply:
        return json.load(reply)


class TestServer:
    """The server itself."""

    def test_fifty_callers_at_once(self, sandbox: Sandbox) -> None:
        """Slow calls wait side by side, and all are answered."""
        sandbox.latency_seconds = 0.5
        client = sts(sandbox)
        started = time.monotonic()
        with ThreadPoolExecutor(50) as callers:
            answers = list(callers.map(lambda _: client.get_caller_identity(), range(50)))
        assert {answer["Account"] for answer in answers} == {"111111111111"}
        assert time.monotonic() - started < 10

    def test_a_code_is_taken_once_by_many(self, sandbox: Sandbox) -> None:
        """Of ten callers with one code at the same moment, one gets a session."""
        call = sts(sandbox).get_session_token
        code = sandbox.code()

        def is_taken(_: int) -> bool:
            try:
                call(SerialNumber=sandbox.mfa_serial, TokenCode=code)
            except botocore.exceptions.ClientError:
                return False
            return True

        with ThreadPoolExecutor(10) as callers:
            assert sum(callers.map(is_taken, range(10))) == 1

    def test_closing_lets_waiting_calls_go(self) -> None:
        """A hanging call does not hold the end of the server up, and the port is free again."""
        with Sandbox() as own, ThreadPoolExecutor(1) as caller:
            own.fail("GetCallerIdentity", "hang", seconds=60)
            waiting = caller.submit(sts(own).get_caller_identity)
            while not own.calls:
                time.sleep(0.01)
            started = time.monotonic()
            own.close()
            assert waiting.result()["Account"] == "111111111111"
            assert time.monotonic() - started < 5
            address = ("127.0.0.1", int(own.endpoint_url.rpartition(":")[2]))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)

    def test_reset_is_quick(self, sandbox: Sandbox) -> None:
        """Tests can afford a new world each."""
        started = time.monotonic()
        sandbox.reset()
        assert time.monotonic() - started < 0.05

    def test_nothing_is_logged(self, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
        """Requests, good and bad, leave no line on stderr."""
        refusal(sts(sandbox, None).get_session_token, DurationSeconds=1)
        sts(sandbox).get_caller_identity()
        assert capfd.readouterr() == ("", "")

    def test_the_config_is_what_sdks_read(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Profiles for SDKs hold the credential process; the keys are in a private file."""
        sandbox.write_config(tmp_path, "/opt/aws-mfa-process")
        config = (tmp_path / "config").read_text()
        assert (
            "credential_process = /opt/aws-mfa-process --profile bastion-keys "
            "--role-arn arn:aws:iam::444444444444:role/team/ReadOnly --external-id sandbox-audit"
        ) in config
        assert config.count(f"endpoint_url = {sandbox.endpoint_url}") == 5
        assert sandbox.secret_access_key in (tmp_path / "credentials").read_text()
        assert (tmp_path / "credentials").stat().st_mode & 0o077 == 0


PROGRAM = [sys.executable, "-m", "aws_mfa_process"]
OURS = str(Path(sys.executable).with_name("aws-mfa-process"))
WHO = (
    "import boto3; "
    "print(boto3.Session(profile_name='prod').client('sts').get_caller_identity()['Account'])"
)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where practices have their folders, so that left-overs are seen.

    A stand-in is the AWS CLI on PATH: each practice shell asks it for its version.
    """
    folders = tmp_path / "aws-mfa-process"
    folders.mkdir(mode=0o700)
    programs = tmp_path / "programs"
    programs.mkdir()
    executable(programs / "aws", "echo aws-cli/2.13.0")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.delenv("AWS_MFA_PROCESS_SANDBOX", raising=False)
    return folders


def is_gone(folders: Path, endpoint_url: str) -> bool:
    """Wait for the end of a practice AWS: no folder, nobody at the port."""
    address = ("127.0.0.1", int(endpoint_url.rpartition(":")[2]))
    for _ in range(1200):
        try:
            socket.create_connection(address).close()
        except ConnectionRefusedError:
            if not list(folders.iterdir()):
                return True
        time.sleep(0.05)
    return False


def open_shell() -> tuple["pexpect.spawn[str]", str]:
    """Open a practice shell on a terminal; give it and its endpoint."""
    shell = pexpect.spawn(PROGRAM[0], [*PROGRAM[1:], "sandbox"], encoding="utf-8", timeout=120)
    shell.expect(r"A practice AWS runs at (http://127\.0\.0\.1:\d+)\.")
    endpoint_url = matched(shell)
    shell.expect("until when\r\n")
    return shell, endpoint_url


def matched(terminal: "pexpect.spawn[str]") -> str:
    assert isinstance(terminal.match, re.Match)
    return str(terminal.match[1])


def executable(path: Path, command: str) -> str:
    """Write a program of one command."""
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)
    return str(path)


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program with a text on standard input."""
    return subprocess.run(
        [*PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False
    )


def printed_code(*more: str) -> tuple[str, str]:
    done = run("sandbox", "code", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Unix")
class TestShell:
    """A shell in which every AWS tool uses the practice AWS."""

    def test_boto3_asks_once_and_nothing_is_left(self, folders: Path) -> None:
        """The code, taken in another terminal, opens prod; leaving the shell ends everything."""
        shell, endpoint_url = open_shell()
        (folder,) = folders.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / "address").stat().st_mode & 0o077 == 0
        shell.sendline(f'{sys.executable} -c "{WHO}"')
        shell.expect(QUESTION)
        shell.send(printed_code("--endpoint-url", endpoint_url)[0])
        shell.expect(r"222222222222\r\n")
        shell.sendline(f'{sys.executable} -c "{WHO}"')
        shell.expect(r"222222222222\r\n")
        shell.sendline("exit 3")
        shell.expect(pexpect.EOF)
        assert shell.wait() == 0
        assert is_gone(folders, endpoint_url)

    def test_calls_are_the_quick_ones(self, folders: Path, tmp_path: Path) -> None:
        """No variable of the shell is one that only botocore would understand."""
        log = tmp_path / "log"
        shell, endpoint_url = open_shell()
        shell.sendline(f'AWS_MFA_PROCESS_DEBUG={log} {sys.executable} -c "{WHO}"')
        shell.expect(QUESTION)
        shell.send(printed_code("--endpoint-url", endpoint_url)[0])
        shell.expect(r"222222222222\r\n")
        shell.sendline("exit")
        shell.expect(pexpect.EOF)
        shell.wait()
        assert is_gone(folders, endpoint_url)
        assert "AssumeRole at " in log.read_text()
        assert "through botocore" not in log.read_text()

    def test_ctrl_c_is_for_what_runs_in_the_shell(self, folders: Path) -> None:
        """Ctrl-C ends a program of the shell and neither the shell nor the practice AWS."""
        shell, endpoint_url = open_shell()
        shell.sendline("echo begun; sleep 60; echo over")
        shell.expect(r"\nbegun\r\n")
        shell.sendintr()
        shell.sendline(f"{shlex.join([*PROGRAM, 'sandbox', 'code'])}")
        shell.expect(r"(?<!\d)\d{6}\r\n")
        shell.sendline("exit")
        shell.expect(pexpect.EOF)
        assert shell.wait() == 0
        assert is_gone(folders, endpoint_url)

    def test_a_killed_parent_leaves_nothing(self, folders: Path) -> None:
        """Even SIGKILL leaves no server and no folder."""
        shell, endpoint_url = open_shell()
        shell.kill(signal.SIGKILL)
        shell.wait()
        assert is_gone(folders, endpoint_url)
        shell.close(force=True)

    @pytest.mark.parametrize("arguments", [["sandbox"], ["sandbox", "--demo"]])
    @pytest.mark.parametrize(
        ("number", "status"),
        [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)],
        ids=["int", "term", "kill"],
    )
    def test_an_end_while_it_starts_is_quiet(
        self, folders: Path, arguments: list[str], number: int, status: int
    ) -> None:
        """Ended before the practice AWS answers, nothing is printed and nothing is left."""
        with subprocess.Popen(
            [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            wait_until(lambda: list(folders.iterdir()))
            process.send_signal(number)
            assert process.communicate() == ("", "")
        assert process.returncode == status
        wait_until(lambda: not list(folders.iterdir()))

    def test_the_shell_sees_no_other_credentials(
        self, folders: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """What AWS variables there were are gone; no file of the person's is read for keys."""
        real = {"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL"}
        home = tmp_path_factory.mktemp("home")
        (home / ".aws").mkdir()
        for path, section in ((home / ".boto", "Credentials"), (home / ".aws/config", "default")):
            path.write_text(f"[{section}]\naws_access_key_id=a\naws_secret_access_key=b\n")
        look = "import boto3; print('keys:', boto3.Session().get_credentials())"
        done = subprocess.run(
            [*PROGRAM, "sandbox"],
            input=f'env; {sys.executable} -c "{look}"',
            env={**os.environ, **real, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "AWS_PROFILE" not in done.stdout
        assert "AKIAREALREALREALREAL" not in done.stdout
        assert f"AWS_CONFIG_FILE={folders}" in done.stdout
        assert "keys: None" in done.stdout
        assert not list(folders.iterdir())

    @pytest.mark.parametrize(
        ("version", "words"),
        [
            ("", ["There is no aws on PATH. Install AWS CLI 2.13 or 1.29, or newer"]),
            ("aws-cli/2.9.19", ["/aws is too old to know endpoint_url", "status 1"]),
            ("aws-cli/1.22.34", ["/aws is too old to know endpoint_url", "status 1"]),
            ("aws-cli/2.13.0", ["status 0"]),
        ],
        ids=["none", "old 2", "old 1", "new"],
    )
    def test_an_old_cli_does_not_leave_the_sandbox(
        self,
        folders: Path,
        tmp_path_factory: pytest.TempPathFactory,
        version: str,
        words: list[str],
    ) -> None:
        """An AWS CLI that would call the real AWS does not run; that, or none, is told at once."""
        programs = tmp_path_factory.mktemp("programs")
        if version:
            executable(programs / "aws", f'echo "{version} $AWS_CALLED"')
        python = executable(
            tmp_path_factory.mktemp("bin") / "python", f'exec {sys.executable} "$@"'
        )
        elsewhere = (
            f"import sys; sys.executable = {python!r}; "
            "from aws_mfa_process.cli import main; sys.exit(main(['sandbox']))"
        )
        done = subprocess.run(
            [sys.executable, "-c", elsewhere],
            input="AWS_CALLED=yes aws sts get-caller-identity; echo status $?",
            env={**os.environ, "PATH": str(programs)},
            capture_output=True,
            text=True,
            check=True,
        )
        told = " ".join(done.stdout.split())
        assert [word for word in words if word not in told] == []
        is_new = words == ["status 0"]
        assert ("too old" in done.stderr) == (words[-1] == "status 1")
        assert ("too old" not in done.stdout and " yes" in done.stdout) == is_new
        assert not list(folders.iterdir())

    @pytest.mark.usefixtures("folders")
    def test_our_own_cli_stands_in_for_an_old_one(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Where an old AWS CLI is first on PATH, the one beside the program is run instead."""
        need("aws", str(Path(sys.executable).parent))
        programs = tmp_path_factory.mktemp("programs")
        executable(programs / "aws", "echo aws-cli/2.9.19")
        done = subprocess.run(
            [*PROGRAM, "sandbox"],
            input="aws --version",
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert re.search(r"^aws-cli/(?!2\.9\.19)", done.stdout, re.MULTILINE)
        assert "too old" not in done.stdout

    @pytest.mark.parametrize(
        ("shell", "prompt"),
        [("bash", r"\(practice AWS\) mine> "), ("dash", r"\(practice AWS\) \$ ")],
    )
    def test_the_prompt_says_where_it_is(
        self,
        folders: Path,
        tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch,
        shell: str,
        prompt: str,
    ) -> None:
        """The prompt is marked, once; what the person's own files set is kept."""
        home = tmp_path_factory.mktemp("home")
        (home / ".bashrc").write_text("PS1='mine> '; PROMPT_COMMAND+='; asked=yes'\n")
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("SHELL", need(shell))
        terminal, endpoint_url = open_shell()
        for _ in range(2):
            terminal.expect(prompt)
            assert "practice AWS" not in str(terminal.before)
            terminal.sendline("echo $asked.")
        terminal.expect(r"yes\.\r\n" if shell == "bash" else r"\r\n\.\r\n")
        terminal.sendline("exit")
        terminal.expect(pexpect.EOF)
        assert is_gone(folders, endpoint_url)

    def test_the_first_advice_is_where_the_code_comes_from(
        self, folders: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first line of the commands can be copied to another terminal, whatever its PATH."""
        programs, *_ = os.environ["PATH"].split(os.pathsep)
        for path, own in ((os.path.dirname(sys.executable), "aws-mfa-process"), ("", OURS)):
            monkeypatch.setenv("PATH", os.pathsep.join([programs, path, "/usr/bin", "/bin"]))
            done = run("sandbox")
            first = next(line for line in done.stdout.splitlines() if line.startswith("  "))
            assert re.fullmatch(f"  {own} sandbox code(  +the code, in another terminal)?", first)
        assert not list(folders.iterdir())

    @pytest.mark.parametrize("width", [30, 80, 160])
    def test_the_first_screen_is_as_wide_as_the_terminal(
        self, monkeypatch: pytest.MonkeyPatch, width: int
    ) -> None:
        """But not over 100 columns; no word is broken, and no line is wider but for one word."""
        monkeypatch.setenv("COLUMNS", str(width))
        lines = run("sandbox").stdout.splitlines()
        told = [line for line in lines if not line.startswith("  ")]
        assert all(len(line) <= min(width, 100) or " " not in line for line in told)
        assert any(len(line) > min(width, 100) - 20 for line in told)
        assert "which refuses these keys." in " ".join(told)
        asks = next(line for line in lines if line.startswith("  aws sts "))
        assert asks.endswith("  asks for that code") == (width > 30)
        if width > 30:
            widest = [line for line in lines if not line.endswith(" sandbox code")]
            assert all(len(line) <= min(width, 100) for line in widest)

    def test_one_of_several_practices_is_named(self, folders: Path) -> None:
        """Where two run, the app lists both; where one is left, it shows the code of that one."""
        shells = [open_shell(), open_shell()]
        done = run("sandbox", "code")
        assert (done.returncode, done.stdout) == (2, "")
        assert "error: 2 practice AWSs run: " in done.stderr
        for _, endpoint_url in shells:
            assert endpoint_url in done.stderr
            assert re.fullmatch(r"\d{6}\n", printed_code("--endpoint-url", endpoint_url)[0])
        shells[0][0].sendline("exit")
        shells[0][0].expect(pexpect.EOF)
        shells[0][0].wait()
        assert re.fullmatch(r"\d{6}\n", printed_code()[0])
        shells[1][0].close(force=True)
        assert is_gone(folders, shells[1][1])

    @pytest.mark.skipif(sys.platform != "linux", reason="finds a process in /proc")
    def test_a_killed_practice_is_no_practice(self, folders: Path) -> None:
        """What a server leaves that was killed is not taken for one that runs, and is removed."""
        shell, _ = open_shell()
        children = Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split()
        (server,) = [
            int(number)
            for number in children
            if b"sandbox.server" in Path(f"/proc/{number}/cmdline").read_bytes()
        ]
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{server}/cmdline").read_bytes())
        assert list(folders.iterdir())
        done = run("sandbox", "code")
        assert (done.returncode, done.stdout) == (2, "")
        assert "error: no practice AWS runs\nhint: start one: " in done.stderr
        assert not list(folders.iterdir())
        shell.close(force=True)

    @pytest.mark.parametrize("spoil", ["is a file", "is open to others"])
    def test_without_a_runtime_folder_the_state_folder_serves(
        self, folders: Path, spoil: str
    ) -> None:
        """Where the runtime folder cannot be used, the practice is found nevertheless."""
        if spoil == "is a file":
            folders.rmdir()
            folders.touch()
        else:
            folders.chmod(0o755)
        shell, endpoint_url = open_shell()
        assert re.fullmatch(r"\d{6}\n", printed_code()[0])
        shell.sendline("exit")
        shell.expect(pexpect.EOF)
        assert is_gone(folders.parent / "state" / "aws-mfa-process", endpoint_url)

    def test_without_any_folder_a_practice_is_found_by_its_address(
        self, folders: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where neither can be made, a temporary folder serves."""
        folders.rmdir()
        folders.touch()
        monkeypatch.setenv("XDG_STATE_HOME", str(folders))
        script = f"{shlex.join([*PROGRAM, 'sandbox', 'code'])}; dirname $AWS_CONFIG_FILE"
        done = run("sandbox", text=script)
        code, folder = done.stdout.splitlines()[-2:]
        assert re.fullmatch(r"\d{6}", code)
        assert not Path(folder).exists()

    @pytest.mark.usefixtures("folders")
    def test_no_shell_in_a_shell(self) -> None:
        """A second practice AWS inside the first is refused, with the way out."""
        done = run("sandbox", text=f"{shlex.join([*PROGRAM, 'sandbox'])}; echo status $?")
        assert "status 2" in done.stdout
        assert "this is a practice shell already" in done.stderr
        assert "hint: leave it first: exit" in done.stderr

    def test_a_missing_shell_is_told(self, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A SHELL that is not there is a mistake of the environment, exit 2."""
        monkeypatch.setenv("SHELL", "/nowhere/sh")
        done = run("sandbox")
        assert done.returncode == 2
        assert "the shell /nowhere/sh cannot be started: No such file" in done.stderr
        assert not list(folders.iterdir())


def test_the_app_shows_the_code_alone_on_stdout(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code is for a pipe; how long it is good, or that it was used, is for the person."""
    monkeypatch.setenv(TOKEN_VARIABLE, sandbox.token)
    begin_a_step(sandbox)
    code, note = printed_code("--endpoint-url", sandbox.endpoint_url)
    assert code == f"{sandbox.code()}\n"
    assert re.fullmatch(r"\(good for \d+ s more\)\n", note)
    mfa_session(sandbox)
    again, note = printed_code("--endpoint-url", sandbox.endpoint_url)
    assert again == code
    assert re.fullmatch(r"\(used already; the next one in \d+ s\)\n", note)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "no practice AWS runs"),
        (["--endpoint-url", "http://127.0.0.1:1"], 1, "no practice AWS answers at http://127"),
    ],
)
@pytest.mark.usefixtures("folders")
def test_the_app_needs_a_practice_aws(arguments: list[str], status: int, message: str) -> None:
    """Without one, `sandbox code` says how to get one."""
    done = run("sandbox", "code", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert f"error: {message}" in done.stderr
    assert "aws-mfa-process sandbox" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["code", "--demo"], "code and --demo do not go together"),
        (["--endpoint-url", "http://127.0.0.1:1"], "--endpoint-url is for code"),
        (["--demo", "--endpoint-url", "http://127.0.0.1:1"], "--endpoint-url is for code"),
    ],
)
@pytest.mark.usefixtures("folders")
def test_no_option_is_passed_over(arguments: list[str], message: str) -> None:
    """Options that do nothing together are a mistake of the command line, exit 2."""
    done = run("sandbox", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {message}\nhint: aws-mfa-process sandbox" in done.stderr


@pytest.mark.parametrize("arguments", [["sandbox"], ["sandbox", "--demo"]])
@pytest.mark.usefixtures("folders")
def test_a_missing_extra_is_told(arguments: list[str]) -> None:
    """Without moto the command to install it is the hint, exit 2."""
    without_moto = (
        "import sys; sys.modules['moto'] = None; from aws_mfa_process.cli import main; "
        f"sys.exit(main({arguments}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", without_moto], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "hint: in a checkout: pipx install --force '.[sandbox]' or," in done.stderr
    assert "pip install '.[sandbox]'\n" in done.stderr


@pytest.mark.usefixtures("folders")
def test_a_server_that_does_not_start_is_told() -> None:
    """A broken moto is an error of one line."""
    broken = (
        "import os, sys; os.environ['PYTHONPATH'] = '/nowhere'; sys.executable = '/bin/false'; "
        "from aws_mfa_process.cli import main; sys.exit(main(['sandbox']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "error: the practice AWS did not start" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Unix")
class TestDemo:
    """The tour without questions."""

    def test_shows_one_code_for_three_accounts(self, folders: Path) -> None:
        """It ends well, shows what it promises and leaves nothing."""
        done = run("sandbox", "--demo")
        assert (done.returncode, done.stderr) == (0, "")
        cold = "one code typed; calls of STS: 1 GetSessionToken, 3 AssumeRole, 3 GetCallerIdentity"
        assert cold in done.stdout
        assert "no code typed; calls of STS: 3 GetCallerIdentity" in done.stdout
        for account in ("222222222222", "333333333333", "444444444444"):
            assert f"arn:aws:sts::{account}:assumed-role/" in done.stdout
        assert "drwx------" in done.stdout
        assert "-rw-------" in done.stdout
        assert not list(folders.iterdir())

    def test_ctrl_c_leaves_nothing(self, folders: Path) -> None:
        """Interrupted in the middle, no server, no client and no folder stay."""
        demo = pexpect.spawn(
            PROGRAM[0], [*PROGRAM[1:], "sandbox", "--demo"], encoding="utf-8", timeout=120
        )
        demo.expect(r"(http://127\.0\.0\.1:\d+)")
        endpoint_url = matched(demo)
        demo.expect(r"whoami\.py\r\n")
        demo.sendintr()
        demo.expect(pexpect.EOF)
        assert demo.wait() == 130
        assert is_gone(folders, endpoint_url)

    def test_fails_when_a_step_does(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A role that is refused is not passed over."""
        sandbox.fail("AssumeRole", "s3_error", times=3)
        done = show(sandbox, tmp_path, "run", sys.executable)
        assert done.returncode == 1
        assert "MFAProcessError: the demo failed: " in done.stderr

    @pytest.mark.parametrize(
        ("version", "word"),
        [
            ("aws-cli/2.9.19 Python/3.11", "is too old to know endpoint_url in a profile"),
            ("aws-cli/1.22.34 Python/3.10", "is too old to know endpoint_url in a profile"),
            ("", "skipped: no aws on PATH"),
        ],
    )
    def test_skips_a_cli_that_would_leave_the_sandbox(
        self, sandbox: Sandbox, tmp_path: Path, version: str, word: str
    ) -> None:
        """An old AWS CLI, which would call the real AWS, is named and not run."""
        if version:
            executable(tmp_path / "aws", f"echo {version}")
        done = show(sandbox, tmp_path, "_aws_cli", str(tmp_path / "python"))
        assert (done.returncode, done.stderr) == (0, "")
        assert word in done.stdout
        assert sandbox.calls == []

    def test_a_program_that_hangs_is_ended(self) -> None:
        """A program that neither ends nor says anything is killed when patience is over."""
        started = time.monotonic()
        code = "import signal, time; signal.signal(signal.SIGHUP, signal.SIG_IGN); time.sleep(60)"
        hang = (
            "import sys; from aws_mfa_process.sandbox import terminal; "
            f"terminal.run([sys.executable, '-c', {code!r}], {{}}, str, patience_seconds=1)"
        )
        done = subprocess.run(
            [sys.executable, "-c", hang], capture_output=True, text=True, check=False
        )
        assert "MFAProcessError: a program did not end in time" in done.stderr
        assert time.monotonic() - started < 30


def show(
    sandbox: Sandbox, folder: Path, step: str, python: str
) -> subprocess.CompletedProcess[str]:
    """Run one step of the demo in a process of its own, against a server of the test."""
    sandbox.write_config(folder, shlex.join(PROGRAM))
    code = (
        f"import sys; sys.executable = {python!r}; "
        "from pathlib import Path; from aws_mfa_process.sandbox import demo, practice; "
        f"demo.{step}(practice.Practice({sandbox.endpoint_url!r}, Path({str(folder)!r}),"
        f" {sandbox.token!r}))"
    )
    environment = {**os.environ, "PATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

"""The practice AWS lets into its console whom AWS would, and refuses the others."""

import json
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import NamedTuple

import boto3
import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.practice import PracticeAWS

Keys = dict[str, str]


class Page(NamedTuple):
    """What a browser got."""

    status: int
    text: str
    url: str


class Person:
    """A browser without a picture."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Open it, with no cookies."""
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        self._url = sandbox.endpoint_url

    def open(self, url: str, form: dict[str, str] | None = None) -> Page:
        """Open a page, or send a form to it."""
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self._opener.open(urllib.request.Request(url, data)) as answer:
                return Page(answer.status, answer.read().decode(), answer.url)
        except urllib.error.HTTPError as error:
            return Page(error.code, error.read().decode(), url)

    def ask_for_token(self, keys: Keys, **more: str) -> Page:
        """Ask for a sign-in token."""
        session = {
            "sessionId": keys["AccessKeyId"],
            "sessionKey": keys["SecretAccessKey"],
            "sessionToken": keys.get("SessionToken", ""),
        }
        form = {"Action": "getSigninToken", "Session": json.dumps(session), **more}
        return self.open(f"{self._url}/federation", form)

    def log_in(self, token: str, destination: str = "/console/home?region=eu-west-1") -> Page:
        """Open the address that signs in."""
        wanted = destination if "://" in destination else self._url + destination
        names = {"Action": "login", "SigninToken": token, "Destination": wanted}
        return self.open(f"{self._url}/federation?{urllib.parse.urlencode(names)}")


def client(sandbox: Sandbox, keys: Keys | None = None) -> "boto3.Session":
    """Return STS, for the user or with a session."""
    given = keys or {
        "AccessKeyId": sandbox.access_key_id,
        "SecretAccessKey": sandbox.secret_access_key,
    }
    return boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"), "eu-west-1"
    )


def mfa_session(sandbox: Sandbox) -> Keys:
    sts = client(sandbox).client("sts", endpoint_url=sandbox.endpoint_url)
    answer = sts.get_session_token(SerialNumber=sandbox.mfa_serial, TokenCode=sandbox.code())
    return dict(answer["Credentials"])  # type: ignore[arg-type]


def role_session(sandbox: Sandbox, keys: Keys | None = None, seconds: int = 3600) -> Keys:
    """Assume Admin, with a code by the user or without one from a session."""
    sts = client(sandbox, keys).client("sts", endpoint_url=sandbox.endpoint_url)
    code = {} if keys else {"SerialNumber": sandbox.mfa_serial, "TokenCode": sandbox.code()}
    answer = sts.assume_role(
        RoleArn=sandbox.role_arns["Admin"],
        RoleSessionName="me",
        DurationSeconds=seconds,
        **code,  # type: ignore[arg-type]
    )
    return dict(answer["Credentials"])  # type: ignore[arg-type]


def token_of(page: Page) -> str:
    assert page.status == 200, page
    return str(json.loads(page.text)["SigninToken"])


def test_a_role_session_is_let_in(sandbox: PracticeAWS) -> None:
    """The page says who is signed in, and where."""
    person = Person(sandbox)
    page = person.log_in(token_of(person.ask_for_token(role_session(sandbox))), "/s3/home?region=r")
    assert page.url == f"{sandbox.endpoint_url}/s3/home?region=r"
    assert "Signed in as arn:aws:sts::222222222222:assumed-role/Admin/me until" in page.text
    assert "/s3/home in r" in page.text


def test_sessions_of_get_session_token_are_refused(sandbox: PracticeAWS) -> None:
    """AWS lets no session of an IAM user into the console."""
    page = Person(sandbox).ask_for_token(mfa_session(sandbox))
    assert page.status == 400
    assert "Invalid credentials" in page.text


@pytest.mark.parametrize("name", ["AccessKeyId", "SecretAccessKey", "SessionToken"])
def test_a_session_that_is_none_is_refused(sandbox: PracticeAWS, name: str) -> None:
    """All three values have to be right."""
    keys = {**role_session(sandbox), name: "wrong"}
    assert Person(sandbox).ask_for_token(keys).status == 400


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '"text"', "null", '{"sessionId":[]}'])
def test_a_session_in_another_form_is_refused(sandbox: PracticeAWS, text: str) -> None:
    """Whatever is no session in JSON is no reason to fall over."""
    form = {"Action": "getSigninToken", "Session": text}
    assert Person(sandbox).open(f"{sandbox.endpoint_url}/federation", form).status == 400


def test_an_ended_session_is_refused(sandbox: PracticeAWS) -> None:
    """A session serves until its end."""
    keys = role_session(sandbox, seconds=900)
    sandbox.clock_offset_seconds = 901
    assert Person(sandbox).ask_for_token(keys).status == 400


@pytest.mark.parametrize(
    ("duration", "status"), [("899", 400), ("900", 200), ("43200", 200), ("43201", 400), ("x", 400)]
)
def test_a_duration_has_limits(sandbox: PracticeAWS, duration: str, status: int) -> None:
    """A console session lasts 15 minutes to 12 hours, whatever the role session does."""
    keys = role_session(sandbox)
    assert Person(sandbox).ask_for_token(keys, SessionDuration=duration).status == status


def test_a_chained_role_takes_no_duration(sandbox: PracticeAWS) -> None:
    """A role assumed with session credentials signs in for as long as its session lives."""
    keys = role_session(sandbox, mfa_session(sandbox))
    person = Person(sandbox)
    assert person.ask_for_token(keys, SessionDuration="900").status == 400
    assert person.ask_for_token(keys).status == 200


def test_a_console_session_outlives_the_role_session_by_its_duration(sandbox: PracticeAWS) -> None:
    """It ends when it was to, and says so."""
    person = Person(sandbox)
    keys = role_session(sandbox, seconds=900)
    page = person.log_in(token_of(person.ask_for_token(keys, SessionDuration="7200")))
    assert page.status == 200
    sandbox.clock_offset_seconds = 7100
    assert person.open(page.url).status == 200
    sandbox.clock_offset_seconds = 7201
    ended = person.open(page.url)
    assert (ended.status, "Your session has ended" in ended.text) == (401, True)


def test_a_token_ends_after_15_minutes(sandbox: PracticeAWS) -> None:
    """Until then it works, as often as it is used."""
    person = Person(sandbox)
    token = token_of(person.ask_for_token(role_session(sandbox)))
    assert person.log_in(token).status == 200
    assert Person(sandbox).log_in(token).status == 200
    sandbox.clock_offset_seconds = 901
    assert Person(sandbox).log_in(token).status == 400
    assert Person(sandbox).log_in("made up").status == 400


def test_nobody_is_sent_elsewhere(sandbox: PracticeAWS) -> None:
    """A sign-in leads to the console of the same host."""
    person = Person(sandbox)
    token = token_of(person.ask_for_token(role_session(sandbox)))
    for wanted in ("https://evil.example/", f"{sandbox.endpoint_url}.evil.example/"):
        assert person.log_in(token, wanted).status == 400


def test_what_a_page_shows_is_no_html(sandbox: PracticeAWS) -> None:
    """Nothing that is given becomes a part of the page's own text."""
    person = Person(sandbox)
    url = f"{sandbox.endpoint_url}/switchrole?account=%3Cscript%3E&roleName=Admin&displayName=x"
    page = person.open(f"{url}&color=FAD791")
    assert "&lt;script&gt;, role Admin, shown as x in #FAD791" in page.text
    assert person.open(f"{sandbox.endpoint_url}/federation?Action=other").status == 400


def test_calls_of_sdks_go_on_beside_the_console(sandbox: PracticeAWS) -> None:
    """Who is signed in to the console is nobody to an SDK."""
    person = Person(sandbox)
    person.log_in(token_of(person.ask_for_token(role_session(sandbox))))
    assert person.open(f"{sandbox.endpoint_url}/console/home").status == 200
    assert Person(sandbox).open(f"{sandbox.endpoint_url}/console/home").status == 403
    assert [call.action for call in sandbox.calls][:3] == ["AssumeRole", "getSigninToken", "login"]
    assert all("Session" not in call.parameters for call in sandbox.calls)

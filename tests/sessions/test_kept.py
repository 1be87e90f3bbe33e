"""Sources that are not ours: one refresh for all, kept until their end and no longer."""

import contextlib
import hashlib
import json
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from aws_mfa_process.aws.sources import KNOWS_LOGIN
from aws_mfa_process.sandbox.server.identities import USER
from aws_mfa_process.store.cache import Cache
from support.home import PROGRAM, Home, Result, assert_refused, processes
from support.login import (
    LOGIN,
    SSO_ROLES,
    expired,
    login_file,
    with_login,
    with_sso,
    write_login,
    write_sso,
)
from support.loopback import Giving, Loopback
from support.practice import PracticeAWS, actions
from support.raw import Raw
from support.waiting import wait_until

ROLES = 50
CONSOLE = ("--profile", "console")


def refreshes(sandbox: PracticeAWS) -> int:
    """Return how often a login was refreshed, or tried to be."""
    return sum(call.parameters.get("grantType") == "refresh_token" for call in sandbox.calls)


def key_of(done: Result) -> str:
    """Return the access key id of an answer."""
    assert done.status == 0, done
    return str(json.loads(done.out)["AccessKeyId"])


def all_at_once(home: Home, *lines: tuple[str, ...]) -> list[Result]:
    """Run the program for several command lines at once."""
    with ThreadPoolExecutor(len(lines)) as pool:
        return list(pool.map(lambda line: home.run(*line, timeout=200), lines))


def test_one_refresh_for_fifty_roles_at_once(home: Home, sandbox: PracticeAWS) -> None:
    """The refresh token of a login works once: 50 processes that find it expired send one.

    They come through two profiles with the same login.
    """
    with_login(home, sandbox, left=-60)
    config = home.aws / "config"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}{text.split('[profile sdk', 1)[0].replace('console', 'other')}")
    before = len(sandbox.calls)
    arn = ("--role-arn", sandbox.role_arns["Admin"])
    names = (("console", "other")[number % 2] for number in range(ROLES))
    lines = [
        ("--profile", name, *arn, "--role-session-name", f"n{number}")
        for number, name in enumerate(names)
    ]
    keys = {key_of(done) for done in all_at_once(home, *lines)}
    assert len(keys) == ROLES
    assert refreshes(sandbox) == 1
    assert actions(sandbox)[before:].count("AssumeRole") == ROLES
    entries = Cache(str(home.cache)).entries("session")
    assert sum("surroundings" in entry.key for entry in entries) == 2


def test_login_is_handed_out_with_its_end(home: Home, sandbox: PracticeAWS) -> None:
    """A profile without a role gives the keys of the login, as long as they live."""
    with_login(home, sandbox)
    token = json.loads(login_file(home).read_text())["accessToken"]
    for profile in ("console", "sdk-console"):
        line = CONSOLE if profile == "console" else ("export", profile, "--format", "process")
        done = home.run(*line)
        if profile == "console":
            assert json.loads(done.out) == {
                "Version": 1,
                "AccessKeyId": token["accessKeyId"],
                "SecretAccessKey": token["secretAccessKey"],
                "SessionToken": token["sessionToken"],
                "Expiration": token["expiresAt"],
                "AccountId": "111111111111",
            }
    (stored,) = Cache(str(home.cache)).entries("session")
    assert stat.S_IMODE(Path(stored.path).stat().st_mode) == 0o600
    assert not list(home.cache.glob("memo-*[0-9a-f]"))


def test_stored_login_needs_no_botocore(home: Home, sandbox: PracticeAWS) -> None:
    """What is kept is handed out without loading more than a role session would."""
    with_login(home, sandbox)
    first = home.run(*CONSOLE)
    words = ("-X", "importtime", "-m", "aws_mfa_process", *CONSOLE)
    done = home.run(*words, program=sys.executable)
    assert done.out == first.out
    loaded = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert not loaded & {"botocore", "subprocess", "awscrt", "rich"}


def test_another_tool_has_refreshed_meanwhile(home: Home, sandbox: PracticeAWS) -> None:
    """A refusal is no failure while another tool writes down what it has refreshed."""
    passkey = with_login(home, sandbox, left=-60)
    refreshed = passkey.refresh(json.loads(login_file(home).read_text()))
    process = home.start(*CONSOLE)
    wait_until(lambda: refreshes(sandbox) == 2)
    write_login(home, refreshed)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["AccessKeyId"] == refreshed["accessToken"]["accessKeyId"]
    assert refreshes(sandbox) == 2


def test_another_tool_is_just_writing(home: Home, sandbox: PracticeAWS) -> None:
    """The AWS CLI writes the file of a login in place: it is empty for a moment."""
    with_login(home, sandbox)
    text = login_file(home).read_text()
    login_file(home).write_text("")
    log = home.path / "debug"
    process = home.start(*CONSOLE, environ={"AWS_MFA_PROCESS_DEBUG": str(log)})
    wait_until(lambda: log.exists() and "looking at the login once more" in log.read_text())
    login_file(home).write_text(text)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["AccessKeyId"] == json.loads(text)["accessToken"]["accessKeyId"]


def test_login_is_refreshed_in_its_own_region(home: Home, sandbox: PracticeAWS) -> None:
    """AWS refuses a refresh elsewhere; the region of the caller does not count."""
    with_login(home, sandbox, left=-60)
    config = home.aws / "config"
    config.write_text(config.read_text().replace(f"endpoint_url = {sandbox.endpoint_url}\n", ""))
    with Raw(b"HTTP/1.1 503 No\r\n\r\n") as proxy:
        environ = {"AWS_REGION": "us-east-1", "HTTPS_PROXY": proxy.url}
        assert home.run(*CONSOLE, environ=environ).status == 3
    asked = {it.partition(b" HTTP/")[0] for it in proxy.requests}  # 1.1 since Python 3.12
    assert asked == {b"CONNECT eu-central-1.signin.aws.amazon.com:443"}


def test_what_still_lives_serves_when_a_refresh_fails(home: Home, sandbox: PracticeAWS) -> None:
    """Keys with some minutes left go on, stored by us or not."""
    passkey = with_login(home, sandbox, left=200)
    sandbox.fail("CreateOAuth2Token", "http500", times=20)
    token = json.loads(login_file(home).read_text())["accessToken"]
    assert key_of(home.run(*CONSOLE)) == token["accessKeyId"]
    done = home.run("--profile", "login-Admin")
    assert json.loads(done.out)["AccountId"] == "222222222222"
    del passkey


def test_signing_out_ends_it(home: Home, sandbox: PracticeAWS) -> None:
    """What is kept is not handed out when the person has signed out with the AWS CLI."""
    with_login(home, sandbox)
    key_of(home.run(*CONSOLE))
    login_file(home).unlink()
    said = "the credentials of profile console cannot be had: its login has ended"
    assert_refused(home.run(*CONSOLE), 3, said, "aws-mfa-process login console")


def test_signing_in_again_changes_it(home: Home, sandbox: PracticeAWS) -> None:
    """The keys are those of the login that is there."""
    passkey = with_login(home, sandbox)
    first = key_of(home.run(*CONSOLE))
    assert key_of(home.run(*CONSOLE)) == first
    write_login(home, passkey.sign_in())
    assert key_of(home.run(*CONSOLE)) != first
    assert len(list(Cache(str(home.cache)).entries("session"))) == 1


def test_another_login_in_the_config(home: Home, sandbox: PracticeAWS) -> None:
    """A profile whose login_session names somebody else gives nothing of the one before."""
    with_login(home, sandbox)
    key_of(home.run(*CONSOLE))
    config = home.aws / "config"
    config.write_text(config.read_text().replace(LOGIN, LOGIN.replace("alice", "bob")))
    assert_refused(home.run(*CONSOLE), 3, "its login has ended", "login console")


def test_login_after_twelve_hours(home: Home, sandbox: PracticeAWS) -> None:
    """Nobody can refresh it any more: exit status 3, with the command that signs in."""
    with_login(home, sandbox, left=-60)
    sandbox.clock_offset_seconds = 12 * 3600 + 60
    for line in (CONSOLE, ("--profile", "login-Admin")):
        hint = "run aws-mfa-process login console, which runs aws login --profile console"
        assert_refused(home.run(*line), 3, "its login has ended", hint)


def test_logout_forgets_what_is_kept(home: Home, sandbox: PracticeAWS) -> None:
    """``logout`` forgets the keys of a login, and the roles that came from them."""
    with_login(home, sandbox)
    for line in (("logout", "console"), ("logout", "sdk-Admin"), ("logout", "--all")):
        key_of(home.run("--profile", "console", "--role-arn", sandbox.role_arns["Admin"]))
        again = " ".join(["login", *line[1:]]).removesuffix(" --all")
        told = f"2 sessions forgotten; to make new ones: aws-mfa-process {again}\n"
        assert home.run(*line).out.startswith(told)
        assert not list(Cache(str(home.cache)).entries("session"))


def test_keys_that_aws_no_longer_takes_are_loaded_anew(home: Home, sandbox: PracticeAWS) -> None:
    """Where STS refuses what is kept, the source is asked once more."""
    passkey = with_login(home, sandbox)
    key_of(home.run(*CONSOLE))
    kept = next(iter(Cache(str(home.cache)).entries("session")))
    document = {**kept.document, "access_key_id": "ASIAREVOKED"}
    Cache(str(home.cache)).write("session", kept.key, document)
    done = home.run("--profile", "login-Admin")
    assert json.loads(done.out)["AccountId"] == "222222222222"
    del passkey


def test_one_refresh_for_all_roles_of_an_sso_session(home: Home, sandbox: PracticeAWS) -> None:
    """Ten profiles of one SSO login that has to be refreshed refresh it once."""
    profiles = with_sso(home, sandbox, left=600)
    before = refreshes(sandbox)
    found = [json.loads(it.out) for it in all_at_once(home, *(("--profile", p) for p in profiles))]
    accounts = {*SSO_ROLES} if KNOWS_LOGIN else {None}  # an older botocore does not tell them
    assert {it.get("AccountId") for it in found} == accounts
    assert refreshes(sandbox) == before + 1
    kept = [home.run("--profile", profile) for profile in profiles]  # the first was not, see there
    calls = len(sandbox.calls)
    assert [home.run("--profile", profile) for profile in profiles] == kept
    assert len(sandbox.calls) == calls


def test_new_sso_login_serves_no_role_of_the_one_before(home: Home, sandbox: PracticeAWS) -> None:
    """The person may be somebody else now."""
    profile, *_ = with_sso(home, sandbox)
    first = key_of(home.run("--profile", profile))
    assert key_of(home.run("--profile", profile)) == first
    write_sso(home, sandbox)
    assert key_of(home.run("--profile", profile)) != first


def test_role_that_is_refused_is_refused_to_its_own_profile(
    home: Home, sandbox: PracticeAWS
) -> None:
    """Where a login cannot be refreshed any more, others of it get what it still gives."""
    profile, *_ = with_sso(home, sandbox, left=600)
    sandbox.state.sso._refresh.clear()
    with (home.aws / "config").open("a") as file:
        file.write(
            "[profile none]\nsso_session = my\nsso_account_id = 222222222222\n"
            "sso_role_name = None\nregion = eu-central-1\n"
            f"endpoint_url = {sandbox.endpoint_url}\n"
        )
    with ThreadPoolExecutor(2) as pool:
        with sandbox.held():
            first = pool.submit(home.run, "--profile", "none")
            wait_until(lambda: bool(sandbox.calls))
            second = pool.submit(home.run, "--profile", profile)
            wait_until(lambda: at_lock_of_sso(home) > 1)
        assert_refused(
            first.result(), 3, "profile none cannot be had: AWS refused: Forbidden", "sso_role_name"
        )
        assert key_of(second.result())


def at_lock_of_sso(home: Home) -> int:
    """Return how many processes refresh the login of SSO, or wait for that."""
    name = hashlib.sha1(b"my", usedforsecurity=False).hexdigest()
    login = home.aws / "sso" / "cache" / f"{name}.json"
    lock = Cache(str(home.cache)).path_of("lock", {"login": str(login)})
    found = 0
    for process in processes(home):
        with contextlib.suppress(OSError):
            opened = Path(f"/proc/{process}/fd").iterdir()
            found += any(os.path.realpath(file) == lock for file in opened)
    return found


def test_role_over_sso_that_is_refused(home: Home, sandbox: PracticeAWS) -> None:
    """The hint is about the role of SSO, and not about a user with MFA."""
    with_sso(home, sandbox)
    with (home.aws / "config").open("a") as file:
        file.write(
            f"[profile no]\nrole_arn = {sandbox.role_arns['Deep']}\nsource_profile ="
            f" sso-ReadOnly-0\nregion = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
        )
    done = home.run("--profile", "no")
    assert_refused(done, 1, "refused to let you assume", "no MFA if that is a role")
    assert "your user" not in done.err


@pytest.mark.parametrize("profile", ["sso-Admin-0", "deep"])
def test_clock_that_is_ahead(home: Home, sandbox: PracticeAWS, profile: str) -> None:
    """What AWS gives has ended by the clock of the machine: no sign-in would change that."""
    with_sso(home, sandbox)
    sandbox.clock_offset_seconds = -7200
    done = home.run("--profile", profile)
    assert_refused(done, 3, "has ended already, by the clock of this machine", "set the clock")


def keys_for_a_token(number: int) -> str:
    """Return keys of which each call gets others, and which last for long."""
    return (
        f"<Credentials><AccessKeyId>ASIA{number}</AccessKeyId>"
        "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    )


def test_web_identity_is_kept_while_its_token_stands(home: Home) -> None:
    """Another token in the file, or another region, gives other keys."""
    token = home.path / "token"
    token.write_text("token one")
    with Giving("AssumeRoleWithWebIdentity", keys_for_a_token) as sts:
        home.config(
            "[profile w]\nrole_arn = arn:aws:iam::222222222222:role/Web\nregion = eu-central-1\n"
            f"web_identity_token_file = {token}\nendpoint_url = {sts.url}\n"
        )
        line = ("--profile", "w")
        assert [key_of(home.run(*line)) for _ in range(2)] == ["ASIA1", "ASIA1"]
        token.write_text("token two")
        assert [key_of(home.run(*line)) for _ in range(2)] == ["ASIA2", "ASIA2"]
        environ = {"AWS_REGION": "eu-west-1"}
        assert key_of(home.run(*line, environ=environ)) == "ASIA3"
        token.unlink()
        assert home.run(*line).status == 3


class Container(Loopback):
    """The metadata of a container, which gives keys of the user."""

    def __init__(self, sandbox: PracticeAWS) -> None:
        heard: list[str] = []
        self.heard = heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                now = sandbox.now()
                identity = replace(USER, is_session=True, has_mfa=True, mfa_at=now)
                keys = sandbox.state.sessions.create(identity, now + 3600).reply()
                document = {**keys, "Token": keys["SessionToken"]}
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


def test_container_is_asked_once_for_all_roles(home: Home, sandbox: PracticeAWS) -> None:
    """What a container gives is not what another one gives, whose address is another one."""
    arn = sandbox.role_arns["Admin"]
    home.config(
        f"[profile c]\nrole_arn = {arn}\ncredential_source = EcsContainer\n"
        f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    )
    keys = set()
    with Container(sandbox) as container:
        for path in ("/one", "/two"):
            environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{container.url}{path}"}
            for name in ("first", "second"):
                words = ("--profile", "c", "--role-session-name", name)
                keys.add(key_of(home.run(*words, environ=environ)))
        assert len(keys) == 4
        assert container.heard == ["/one", "/two"]


def program(home: Home, **more: object) -> str:
    """Write another program that counts its runs in the key, and repeats a variable."""
    given = {"Version": 1, "AccessKeyId": "AKIA$AWS_WHO", "SecretAccessKey": "s", **more}
    path = home.path / "other"
    text = json.dumps(given).replace('"', '\\"')
    path.write_text(f'#!/bin/sh\necho x >>{home.path}/runs\necho "{text}"\n')
    path.chmod(0o755)
    home.config(f"[profile f]\ncredential_process = {path}\n")
    return str(path)


LATER = "2099-01-01T00:00:00Z"


def test_another_program_runs_once_for_all(home: Home) -> None:
    """What it gives is kept until its end, for each environment that it may look at."""
    program(home, SessionToken="t", Expiration=LATER)
    line = ("--profile", "f")
    for done in all_at_once(home, *([line] * 10)):
        assert key_of(done) == "AKIA"
    assert (home.path / "runs").read_text() == "x\n"
    assert key_of(home.run(*line, environ={"AWS_WHO": "BOB"})) == "AKIABOB"
    assert key_of(home.run(*line)) == "AKIABOB"[:4]
    assert (home.path / "runs").read_text() == "x\nx\n"


def test_another_program_that_reads_a_relative_path(home: Home) -> None:
    """In another folder it gives other credentials."""
    home.config("[profile f]\ncredential_process = cat ./keys\n")
    line = f'cd {home.path}/$0 && exec "$1" --profile f'
    for name in ("one", "two", "one"):
        folder = home.path / name
        folder.mkdir(exist_ok=True)
        given = {"AccessKeyId": name, "SecretAccessKey": "s", "SessionToken": "t"}
        (folder / "keys").write_text(json.dumps({"Version": 1, "Expiration": LATER, **given}))
        assert key_of(home.run("-c", line, name, PROGRAM, program="/bin/sh")) == name


def test_another_program_beside_an_sso_session(home: Home) -> None:
    """What it gives is its own: it goes by its variables, and no sign-in changes it."""
    program(home, SessionToken="t", Expiration=LATER)
    with (home.aws / "config").open("a") as file:
        file.write("sso_session = my\n")
    line = ("--profile", "f")
    assert key_of(home.run(*line)) == "AKIA"
    assert key_of(home.run(*line, environ={"AWS_WHO": "BOB"})) == "AKIABOB"
    done = home.run("login", "f")
    assert done.status == 2
    assert "sso login" not in done.err


@pytest.mark.parametrize(
    ("more", "said", "hint"),
    [
        ({}, "gives an IAM user's keys, which would be used without MFA", "add mfa_serial"),
        ({"SessionToken": "t"}, "without an Expiration", "let the SDK use that profile itself"),
        ({"Expiration": LATER}, "gives an IAM user's keys", "add mfa_serial"),
    ],
)
def test_what_is_not_handed_out(home: Home, more: dict[str, object], said: str, hint: str) -> None:
    """Long-term keys would pass MFA by; what has no end could never be asked for anew."""
    program(home, **more)
    assert_refused(home.run("--profile", "f"), 2, said, hint)


def test_keys_beside_a_login(home: Home) -> None:
    """A botocore that does not know it runs the other program, whose keys are not handed out."""
    program(home, Expiration=LATER)
    with (home.aws / "config").open("a") as file:
        file.write(f"login_session = {LOGIN}\n")
    done = home.run("--profile", "f")
    if KNOWS_LOGIN:
        assert_refused(done, 3, "its login has ended")
    else:
        assert_refused(done, 2, "gives an IAM user's keys")


def test_expired_helper() -> None:
    """The times of the support are what they say."""
    assert expired({"accessToken": {}}, -60)["accessToken"]["expiresAt"] < "2099"

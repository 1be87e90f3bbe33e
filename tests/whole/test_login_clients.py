"""A sign-in by passkey reaches a role in SDKs that do not know it; the AWS CLI signs in itself."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from aws_mfa_process.aws.sources import KNOWS_LOGIN
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.clients import (
    Client,
    aws_cli_1,
    aws_cli_2,
    boto3,
    js_default_chain,
    js_from_ini,
    official_cli_2,
    rclone,
    s5cmd,
)
from support.home import PROGRAM, Home, assert_refused, processes
from support.login import expired, login_file, with_login, with_sso, write_login, write_sso
from support.parts import need
from support.practice import PracticeAWS, actions
from support.waiting import is_blocked, wait_until

Named = Callable[[Sandbox, str, pytest.FixtureRequest], Client]
CLIENTS = [boto3, aws_cli_1, aws_cli_2, js_default_chain, js_from_ini, s5cmd, rclone]
OF_STS = [boto3, aws_cli_1, aws_cli_2, js_default_chain, js_from_ini]


@pytest.mark.parametrize("named", CLIENTS)
def test_client_reaches_a_role_from_a_login(
    home: Home, sandbox: PracticeAWS, named: Named, request: pytest.FixtureRequest
) -> None:
    """The keys of the login have ended; one refresh gives the client the role."""
    with_login(home, sandbox, left=-60)
    client = named(sandbox, "sdk-Admin", request)
    for _ in range(2):
        done = home.run(*client.command[1:], program=client.command[0], environ=client.environ)
        assert done.status == 0, done
    called = actions(sandbox)
    assert called.count("AssumeRole") == 1
    assert called.count("CreateOAuth2Token") == 2  # the sign-in, and the refresh
    used = json.loads(home.run("--profile", "login-Admin").out)["AccessKeyId"]
    assert sandbox.calls[-1].access_key_id == used


@pytest.mark.parametrize("named", OF_STS)
def test_client_uses_the_login_itself(
    home: Home, sandbox: PracticeAWS, named: Named, request: pytest.FixtureRequest
) -> None:
    """A profile without a role serves clients that do not know the setting."""
    with_login(home, sandbox, left=-60)
    client = named(sandbox, "sdk-console", request)
    done = home.run(*client.command[1:], program=client.command[0], environ=client.environ)
    assert "arn:aws:iam::111111111111:user/alice" in done.out, done


def matched(terminal: "pexpect.spawn[str]") -> str:
    """Return the address that a terminal has just shown."""
    assert isinstance(terminal.match, re.Match)
    return str(terminal.match.group(1))


class SignedIn:
    """A home whose person has the official AWS CLI, and a browser with a passkey."""

    def __init__(
        self,
        home: Home,
        request: pytest.FixtureRequest,
        *,
        has_browser: bool,
        has_version_1: bool = False,
    ) -> None:
        self.home = home
        place = Path(official_cli_2(request.config.cache.mkdir("aws-cli-2"))).parent
        tools = home.path / "tools"
        tools.mkdir()
        browser = tools / "browser"
        curl = need("curl")
        browser.write_text(
            f'#!/bin/sh\necho "$1" >>{home.path}/opened\n'
            f'{curl} -sL "$1" >{home.path}/page 2>/dev/null </dev/null &\n'
        )
        browser.chmod(0o755)
        folders = [str(place), "/usr/bin", "/bin"]
        if has_version_1:  # before the other one, as in a virtual environment
            folders.insert(0, str(Path(sys.executable).parent))
        self.environ = {"PATH": os.pathsep.join(folders), "NO_PROXY": "127.0.0.1"}
        if has_browser:
            self.environ["BROWSER"] = f"{browser} %s"

    @property
    def page(self) -> str:
        """What the browser shows."""
        return (self.home.path / "page").read_text()


@pytest.mark.parametrize("profile", ["login-Admin", "sdk-Admin", "console", "sdk-console"])
def test_login_runs_aws_login(
    home: Home, sandbox: PracticeAWS, profile: str, request: pytest.FixtureRequest
) -> None:
    """``login`` lets the official AWS CLI sign in for the profile at the start, and goes on."""
    with_login(home, sandbox, left=-60)
    sandbox.state.login.end_all()
    assert_refused(home.run("--profile", "console"), 3, "its login has ended", "login console")
    person = SignedIn(home, request, has_browser=True, has_version_1=profile == "console")
    done = home.run("login", profile, environ=person.environ, timeout=120)
    assert done.status == 0, done
    assert done.out.startswith("console: aws login --profile console\n")
    assert "Updated profile console to use arn:aws:iam::111111111111:user/alice" in done.out
    assert done.out.splitlines()[-1].startswith(f"{profile}: ")
    calls = len(sandbox.calls)
    again = home.run("login", profile, "--if-needed", environ=person.environ)
    assert (again.status, len(sandbox.calls)) == (0, calls), again
    assert "aws login" not in again.out
    assert home.run("--profile", "console").status == 0


def test_login_without_a_browser_is_remote(
    home: Home, sandbox: PracticeAWS, request: pytest.FixtureRequest
) -> None:
    """The person opens the address elsewhere, and types what is shown there."""
    with_login(home, sandbox)
    login_file(home).unlink()
    person = SignedIn(home, request, has_browser=False, has_version_1=True)
    hint = "/aws login --remote --profile console in a terminal"  # the first aws is version 1
    refused = home.run("login", "console", environ=person.environ)
    assert_refused(refused, 3, "needs a browser, or a terminal", hint)
    terminal = home.terminal("login", "console", environ=person.environ)
    terminal.expect_exact("console: aws login --remote --profile console")
    terminal.expect(r"(http://127[^\r\n]+)\r")
    address = matched(terminal)
    page = home.run("-sL", address, program=need("curl")).out
    terminal.expect("authorization code")
    terminal.sendline(page.partition('"code">')[2].partition("<")[0])
    terminal.expect("console: signed in")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_login_that_is_interrupted(
    home: Home, sandbox: PracticeAWS, request: pytest.FixtureRequest
) -> None:
    """Ctrl-C reaches the AWS CLI, and ends us as it ends everything."""
    with_login(home, sandbox)
    person = SignedIn(home, request, has_browser=False)
    terminal = home.terminal("login", "console", environ=person.environ)
    terminal.expect("authorization code")
    wait_until(lambda: all(map(is_blocked, processes(home))))  # the CLI asks before it listens
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 130


def test_login_runs_aws_sso_login(
    home: Home, sandbox: PracticeAWS, request: pytest.FixtureRequest
) -> None:
    """``login`` of a role over SSO signs in to SSO, and the role before it is not used again."""
    with_sso(home, sandbox)
    first = home.run("--profile", "deep")
    assert json.loads(first.out)["AccountId"] == "555555555555"
    person = SignedIn(home, request, has_browser=True)
    done = home.run("login", "deep", environ=person.environ, timeout=120)
    assert done.status == 0, done
    assert done.out.startswith("sso-Admin-0: aws sso login --profile sso-Admin-0\n")
    assert done.out.splitlines()[-1].startswith("deep: 555555555555:role/Deep until ")
    assert home.run("--profile", "deep").out != first.out


def test_sso_login_without_a_browser(
    home: Home, sandbox: PracticeAWS, request: pytest.FixtureRequest
) -> None:
    """The person confirms a code on another machine."""
    (profile, *_) = with_sso(home, sandbox)
    person = SignedIn(home, request, has_browser=False)
    terminal = home.terminal("login", profile, environ=person.environ)
    terminal.expect_exact("aws sso login --no-browser --use-device-code")
    terminal.expect(r"(http://127[^\r\n]+user_code=[^\r\n]+)\r")
    address = matched(terminal)
    assert "approved" in home.run("-sL", address, program=need("curl")).out
    account = "222222222222" if KNOWS_LOGIN else "AWS"  # an older botocore does not tell it
    terminal.expect(f"{profile}: signed in, keys of {account}")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_login_all_signs_in_once(
    home: Home, sandbox: PracticeAWS, request: pytest.FixtureRequest
) -> None:
    """``login`` of everything signs in once for each login, and then makes the roles."""
    with_login(home, sandbox)
    config = home.aws / "config"
    text = config.read_text()
    config.write_text(text.split("[profile login-ReadOnly")[0])
    person = SignedIn(home, request, has_browser=True)
    names = ["login-Admin", "sdk-Developer", "sdk-Admin"]
    for words in (names, ["--all-roles"]):
        done = home.run("login", *words, environ=person.environ, timeout=120)
        assert done.status == 0, done
        assert done.out.count("aws login --profile console") == 1
        assert "sdk-Admin: 222222222222:role/Admin until" in done.out


def test_without_the_aws_cli(home: Home, sandbox: PracticeAWS) -> None:
    """Version 1 cannot sign in, and where there is none that is said too."""
    with_login(home, sandbox)
    tools = home.path / "tools"
    tools.mkdir()
    wanted = "needs the AWS CLI 2.32 or later, and"
    done = home.run("login", "console", environ={"PATH": str(tools)})
    assert_refused(done, 2, f"{wanted} there is no aws on PATH", "aws login --profile console")
    (tools / "aws").symlink_to(need("aws", str(Path(sys.executable).parent)))
    done = home.run("login", "console", environ={"PATH": str(tools)})
    assert_refused(done, 2, f"{wanted} {tools}/aws is 1.", "install it (https://docs.aws")
    (tools / "aws").unlink()
    (tools / "aws").write_text("#!/bin/sh\nexit 1\n")
    (tools / "aws").chmod(0o755)
    done = home.run("login", "console", environ={"PATH": str(tools)})
    assert_refused(done, 2, f"{wanted} no aws on PATH tells its version", "install it")


def test_failure_of_aws_login_is_told(home: Home, sandbox: PracticeAWS) -> None:
    """A sign-in that fails is no sign-in; nothing is forgotten, and its status is said."""
    with_login(home, sandbox)
    tools = home.path / "tools"
    tools.mkdir()
    script = '#!/bin/sh\n[ "$1" = --version ] && echo aws-cli/2.33.0 && exit\nexit 7\n'
    (tools / "aws").write_text(script)
    (tools / "aws").chmod(0o755)
    environ = {"PATH": str(tools), "BROWSER": shutil.which("true") or ""}
    done = home.run("login", "console", environ=environ)
    assert done.status == 3
    assert "nobody has signed in for profile console: aws login ended with status 7" in done.err
    assert home.run("--profile", "console").status == 0


def test_sign_in_that_fails_stops_no_other_one(home: Home, sandbox: PracticeAWS) -> None:
    """Nor the code of a device; its own profiles are told at the end."""
    with_login(home, sandbox)
    with (home.aws / "config").open("a") as file:
        file.write(
            f"[profile keys]\nregion = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
            f"mfa_serial = {sandbox.mfa_serial}\naws_access_key_id = {sandbox.access_key_id}\n"
            f"aws_secret_access_key = {sandbox.secret_access_key}\n"
            f"[profile sdk-keys]\ncredential_process = {PROGRAM} --profile keys\n"
        )
    named = home.run("login", "console", "--mfa-code", sandbox.code())
    assert_refused(named, 2, "console takes no MFA code: it is signed in", "leave --mfa-code away")
    environ = {"PATH": ""}
    failure = "signing in for profile console needs the AWS CLI"
    given = ("--mfa-code", sandbox.code())
    done = home.run("login", *given, environ=environ)
    assert (done.status, done.err.count(failure)) == (2, 1), done
    assert "MFA session until" in done.out
    done = home.run("login", "login-Admin", "keys", "sdk-Admin", "--if-needed", environ=environ)
    assert done.status == 0, done
    sandbox.state.login.end_all()
    write_login(home, expired(json.loads(login_file(home).read_text())))
    home.run("logout", "console")
    done = home.run("login", "login-Admin", "keys", "sdk-Admin", "--if-needed", environ=environ)
    assert (done.status, done.err.count(failure)) == (2, 1), done
    assert "keys: MFA session until" in done.out


def test_login_is_made_in_the_region_of_its_profile(home: Home, sandbox: PracticeAWS) -> None:
    """Where it is refreshed, whatever the shell says; without one there, where that says."""
    with_login(home, sandbox)
    tools = home.path / "tools"
    tools.mkdir()
    script = f"""#!/bin/sh
[ "$1" = --version ] && echo aws-cli/2.33.0 && exit
echo "$AWS_REGION,$AWS_DEFAULT_REGION" >{home.path}/region
"""
    (tools / "aws").write_text(script)
    (tools / "aws").chmod(0o755)
    environ = {
        "PATH": str(tools),
        "BROWSER": shutil.which("true") or "",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-1",
    }
    assert home.run("login", "console", environ=environ).status == 0
    assert (home.path / "region").read_text() == ",\n"
    config = home.aws / "config"
    config.write_text(config.read_text().replace("region = eu-central-1\n", "", 1))
    home.run("login", "console", environ=environ)
    assert (home.path / "region").read_text() == "us-west-2,us-west-1\n"


def test_an_aws_login_that_leaves_no_login_is_none(home: Home, sandbox: PracticeAWS) -> None:
    """It ended without an error: nobody is told to be signed in, nor sent round in a circle."""
    with_login(home, sandbox)
    login_file(home).unlink()
    tools = home.path / "tools"
    tools.mkdir()
    (tools / "aws").write_text('#!/bin/sh\n[ "$1" = --version ] && echo aws-cli/2.33.0\nexit 0\n')
    (tools / "aws").chmod(0o755)
    environ = {"PATH": str(tools), "BROWSER": shutil.which("true") or ""}
    done = home.run("login", "login-Admin", environ=environ)
    assert done.status == 3
    assert "signed in" not in done.err
    assert done.err.endswith("login: aws sts get-caller-identity --profile console\n")


def test_sso_that_is_not_complete_is_the_config_s(home: Home) -> None:
    """Nobody can sign in to it: exit status 2, for a role over it too."""
    text = "[profile half]\nsso_session = x\nsso_role_name = Admin\nregion = eu-central-1\n"
    role = "arn:aws:iam::222222222222:role/Admin"
    home.config(f"{text}[profile over]\nsource_profile = half\nrole_arn = {role}\n")
    for profile in ("half", "over"):
        assert_refused(home.run("--profile", profile), 2, "are not complete", "[profile half]")


def test_new_sso_login_of_another_tool(home: Home, sandbox: PracticeAWS) -> None:
    """A profile of SSO is served to a client with what the new login gives."""
    (profile, *_) = with_sso(home, sandbox)
    first = home.run("--profile", profile)
    sandbox.state.sso.end_all()
    assert home.run("--profile", profile).out == first.out
    write_sso(home, sandbox)
    assert home.run("--profile", profile).out != first.out

"""``console`` through the real process: what a browser gets, and what nobody else sees."""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.certificates import Authority
from support.home import PROGRAM, Home, Result, assert_refused
from support.loopback import Loopback
from support.parts import need
from support.practice import PracticeAWS, actions
from support.prepared import Prepared
from support.terminal import answer_prompt
from support.waiting import wait_until

CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)
ADMIN = "arn:aws:iam::222222222222:role/Admin"
KEYS = "[profile keys]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\nregion = eu-central-1\n"
PAIR = "[keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n"
LOOKING = """\
import glob, http.client, sys, urllib.parse
folder, address = sys.argv[1:]
seen = b""
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        seen += open(path, "rb").read() + b"\\n"
    except OSError:
        pass
url = urllib.parse.urlsplit(address)
connection = http.client.HTTPConnection(url.netloc)
connection.request("GET", url.path)
answer = connection.getresponse()
open(folder + "/seen", "wb").write(seen)
open(folder + "/answer", "w").write(f"{answer.status} {answer.headers['Location']}")
open(folder + "/done", "w").close()
"""
"""A browser that looks at all argument lists before it opens what it is given."""


def printed(done: Result) -> dict[str, str]:
    """Return the parameters of the address that alone stands on standard output."""
    assert done.status == 0, done
    assert re.fullmatch(r"http://\S+\n", done.out), done
    return {name: values[0] for name, values in parse_qs(urlsplit(done.out.strip()).query).items()}


def log_in(home: Home, sandbox: Sandbox) -> None:
    """Give the code of the day."""
    assert home.run("login", "prod", "--mfa-code", sandbox.code()).status == 0


@pytest.fixture(scope="module")
def _prepared(
    _sandbox_of_the_session: PracticeAWS, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("prod") / "home", _sandbox_of_the_session, log_in)


@pytest.fixture
def code_given(_prepared: Prepared, practice: Home, sandbox: PracticeAWS) -> Home:
    """The code of the day was given for ``prod``."""
    _prepared.copy(practice, sandbox)
    return practice


def script(folder: Path, text: str) -> str:
    """Write a program and return its path."""
    path = folder / "browser"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def add(home: Home, text: str) -> None:
    """Add to the AWS config."""
    with (home.aws / "config").open("a") as file:
        file.write(f"\n{text}")


def test_the_whole_way_in_a_real_browser(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """From a code typed on a terminal to the page of the console that says who is signed in."""
    chromium, page = need("chromium"), tmp_path / "page"
    command = f'{chromium} {CHROMIUM} --user-data-dir={tmp_path}/data --dump-dom "$1"'
    practice.environ["BROWSER"] = script(
        tmp_path, f"#!/bin/sh\n{command} >{page}.part 2>{tmp_path}/log\nmv {page}.part {page}\n"
    )
    terminal = practice.terminal("console", "prod", "s3", "--region", "eu-west-3")
    terminal.expect("prod .222222222222:role/Admin. wants the MFA code of alice, for the console")
    answer_prompt(terminal, sandbox.code())
    terminal.expect(r"Opened the console of 222222222222 as Admin, until [-\d: ]+\.\r\n")
    terminal.expect("--switch: a link that does not end, if you are signed in .* as alice")
    terminal.wait()
    wait_until(page.exists, 60)
    shown = page.read_text()
    assert "Signed in as arn:aws:sts::222222222222:assumed-role/Admin/alice until" in shown, shown
    assert "/s3/home in eu-west-3" in shown


@pytest.mark.usefixtures("code_given")
def test_the_address_stands_in_no_argument_list(practice: Home, tmp_path: Path) -> None:
    """The browser is given a page on loopback that leads to the sign-in, and that once."""
    looking = tmp_path / "looking.py"
    looking.write_text(LOOKING)
    browser = f"{sys.executable} {looking} {tmp_path} %s"
    done = practice.run("console", "prod", environ={"BROWSER": f"no-such-browser:{browser}"})
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Opened the console of 222222222222 as Admin, until ")
    wait_until((tmp_path / "done").exists)
    status, address = (tmp_path / "answer").read_text().split()
    token = parse_qs(urlsplit(address).query)["SigninToken"][0]
    seen = (tmp_path / "seen").read_bytes()
    assert status == "302"
    assert str(looking).encode() in seen
    assert b"SigninToken" not in seen
    assert token.encode() not in seen


@pytest.mark.usefixtures("code_given")
def test_the_address_alone_is_printed(practice: Home, sandbox: PracticeAWS) -> None:
    """``--print`` opens nothing, and needs no desktop; what to know of it is on standard error."""
    done = practice.run("console", "prod", "/s3/buckets", "--print", environ={"BROWSER": "false"})
    asked = printed(done)
    assert asked["Action"] == "login"
    assert asked["Destination"] == f"{sandbox.endpoint_url}/s3/buckets?region=eu-central-1"
    assert re.fullmatch(
        r"aws-mfa-process: the console of 222222222222 as Admin, until [-\d: ]+;"
        r" who has the address within 15 minutes is signed in\n",
        done.err,
    )


@pytest.mark.usefixtures("code_given")
def test_options_may_stand_between_profile_and_page(practice: Home, sandbox: PracticeAWS) -> None:
    """People add an option wherever they are."""
    wanted = f"{sandbox.endpoint_url}/s3/home?region=eu-west-1"
    for words in (
        ["prod", "--region", "eu-west-1", "s3", "--print"],
        ["--print", "prod", "--region=eu-west-1", "s3"],
        ["--print", "--region", "eu-west-1", "prod", "s3"],
    ):
        assert printed(practice.run("console", *words))["Destination"] == wanted


@pytest.mark.usefixtures("code_given")
def test_a_chained_role_gets_a_whole_hour(practice: Home, sandbox: PracticeAWS) -> None:
    """A session is made for it, with no duration at the sign-in and without a question."""
    practice.age(2000)
    printed(practice.run("console", "prod", "--print"))
    assert actions(sandbox)[-3:] == ["AssumeRole", "AssumeRole", "getSigninToken"]
    assert sandbox.calls[-1].parameters == {}
    printed(practice.run("console", "prod", "--duration", "1800", "--print"))
    assert sandbox.calls[-1].parameters == {}
    assert sandbox.calls[-2].parameters["DurationSeconds"] == "1800"
    assert actions(sandbox).count("GetSessionToken") == 1


def test_direct_mode_opens_it_for_as_long_as_wanted(practice: Home, sandbox: PracticeAWS) -> None:
    """A role that the user's keys have assumed may stay for twelve hours, and is not made anew."""
    direct = ("console", "prod", "--mfa-mode", "direct", "--print")
    began = time.time()
    done = practice.run(*direct, "--duration", "43200", "--mfa-code", sandbox.code())
    printed(done)
    assert sandbox.calls[-1].parameters == {"SessionDuration": "43200"}
    ends = [time.localtime(end + 43200) for end in (began, time.time())]
    assert any(time.strftime("%H:%M;", end) in done.err for end in ends)
    printed(practice.run(*direct))
    assert actions(sandbox) == ["AssumeRole", "getSigninToken", "getSigninToken"]


def test_a_duration_that_aws_does_not_allow_is_refused(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """Nobody is asked, and the ways that work are named."""
    done = practice.run("console", "prod", "--duration", "3601")
    hint = (
        "with a link that the console renews: aws-mfa-process console prod --switch; or with a code"
        " of its own: aws-mfa-process console prod --mfa-mode direct --duration 3601"
    )
    assert_refused(done, 2, "for at most 3600 seconds, but --duration is 3601", hint)
    for text in ("899", "43201", "1h", ""):
        done = practice.run("console", "prod", "--duration", text)
        assert_refused(done, 2, "--duration must be a whole number of seconds from 900 to 43200")
    add(
        practice, f"[profile deep]\nsource_profile = prod\nrole_arn = {sandbox.role_arns['Deep']}\n"
    )
    done = practice.run("console", "deep", "--duration", "7200")
    assert_refused(done, 2, "--duration is 7200", "console deep --duration 3600")
    assert "--switch" not in done.err
    assert "direct" not in done.err
    assert sandbox.calls == []


def test_a_session_without_a_role_is_refused(practice: Home, sandbox: PracticeAWS) -> None:
    """Nobody is asked for a code that would be in vain."""
    done = practice.run("console", "bastion")
    assert_refused(done, 2, "profile bastion has no role", "a role: aws-mfa-process console ")
    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("word", "account", "path"),
    [
        (
            "arn:aws:lambda:eu-west-1:333333333333:function:work",
            "333333333333",
            "/go/view?arn=arn:aws:lambda:eu-west-1:333333333333:function:work",
        ),
        (
            "https://444444444444-x1.eu-west-2.console.aws.amazon.com/ec2/home#Instances:",
            "444444444444",
            "/ec2/home?region=eu-west-2#Instances:",
        ),
    ],
)
@pytest.mark.usefixtures("code_given")
def test_a_page_finds_the_profile_of_its_account(
    practice: Home, sandbox: PracticeAWS, word: str, account: str, path: str
) -> None:
    """A copied ARN or address is enough where one profile reaches the account."""
    done = practice.run("console", word, "--print")
    assert printed(done)["Destination"] == sandbox.endpoint_url + path
    assert f"the console of {account} as" in done.err


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["arn:aws:sns:eu-west-1:999999999999:t"], "account 999999999999, which no profile", ""),
        (["arn:aws:s3:::mine"], "no profile is named", "console PROFILE DESTINATION"),
        (["s3"], "no profile is named", "console PROFILE DESTINATION"),
        ([], "no profile is named", "console PROFILE"),
        (["prdo"], "profile prdo does not exist", "prod"),
        (["prod", "clodwatch"], "the page is neither", "did you mean cloudwatch?"),
        (
            ["prod", "arn:aws:sns:eu-west-1:333333333333:t"],
            "account 333333333333, but profile prod leads to 222222222222",
            "without a profile",
        ),
        (
            ["prod", "https://console.amazonaws.cn/s3/home"],
            "partition aws-cn, but profile prod leads to aws",
            "",
        ),
        (["prod", "s3", "--region", "cn-north-1"], "cn-north-1 is not in partition aws", ""),
        (["prod", "s3", "--region", "Frankfurt"], "'Frankfurt' is no region", "eu-central-1"),
        (["prod", "https://console.aws.amazon.com@evil.example/"], "not one of an AWS", ""),
        (["https://signin.aws.amazon.com/federation?SigninToken=x"], "not one of an AWS", ""),
        (["prod", "s3", "extra"], "an argument too many: 'extra'", "console --help"),
        (["prod", "--switch", "--federate"], "not allowed with", ""),
    ],
)
def test_what_cannot_be_opened_is_told(
    practice: Home, sandbox: PracticeAWS, words: list[str], message: str, hint: str
) -> None:
    """Exit status 2, one sentence, and AWS hears nothing."""
    assert_refused(practice.run("console", *words), 2, message, hint)
    assert sandbox.calls == []


def test_several_profiles_of_an_account_are_told(practice: Home, sandbox: PracticeAWS) -> None:
    """Where more than one reaches it, a person picks; without a terminal they are named."""
    line = (practice.aws / "config").read_text().partition("[profile prod]\n")[2].split("\n[")[0]
    add(practice, f"[profile prod-too]\n{line}\n")
    arn = "arn:aws:sns:eu-west-1:222222222222:topic"
    assert_refused(practice.run("console", arn), 2, "no profile", "with one of prod, prod-too")
    log_in(practice, sandbox)
    terminal = practice.terminal("console", arn, "--print")
    terminal.expect("Profile:")
    terminal.expect("prod-too")
    terminal.send("too\r")
    terminal.expect("SigninToken=")
    terminal.wait()
    assert terminal.exitstatus == 0


@pytest.mark.usefixtures("code_given")
def test_a_profile_named_like_a_service_is_a_profile(practice: Home) -> None:
    """A first word that names a profile is that."""
    config = (practice.aws / "config").read_text()
    (practice.aws / "config").write_text(config.replace("[profile dev]", "[profile s3]"))
    done = practice.run("console", "s3", "--print")
    assert printed(done)["Destination"].endswith("/console/home?region=eu-central-1")
    assert "333333333333 as Developer" in done.err


@pytest.mark.usefixtures("code_given")
def test_the_region_is_that_of_the_profile_else_of_the_shell(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """An option goes before the page's, that before the profile's, that before the shell's."""
    page = "https://eu-west-2.console.aws.amazon.com/x"
    environ = {"AWS_REGION": "ap-south-1"}
    for words, region in (
        ([page, "--region", "eu-west-1"], "eu-west-1"),
        ([page], "eu-west-2"),
        (["/x"], "eu-central-1"),
    ):
        done = practice.run("console", "prod", *words, "--print", environ=environ)
        assert printed(done)["Destination"] == f"{sandbox.endpoint_url}/x?region={region}"
    config = (practice.aws / "config").read_text()
    (practice.aws / "config").write_text(config.replace("region = eu-central-1\n", ""))
    done = practice.run("console", "prod", "/x", "--print", environ=environ)
    assert printed(done)["Destination"] == f"{sandbox.endpoint_url}/x?region=ap-south-1"
    done = practice.run("console", "prod", "/x", "--print")
    assert printed(done)["Destination"] == f"{sandbox.endpoint_url}/x?region=us-east-1"


def test_a_switch_link_needs_neither_code_nor_call(practice: Home, sandbox: PracticeAWS) -> None:
    """It names account, role and profile; nothing of it is secret."""
    done = practice.run("console", "prod", "--switch", "--print")
    asked = printed(done)
    assert (asked["account"], asked["roleName"]) == ("222222222222", "Admin")
    assert asked["displayName"] == "prod"
    assert "for who is signed in to the console as alice; it is no secret" in done.err
    assert sandbox.calls == []


def test_console_mode_switches_by_default(
    practice: Home, sandbox: PracticeAWS, tmp_path: Path
) -> None:
    """The profile's setting chooses, an option beats it, and another word is a fault."""
    config = (practice.aws / "config").read_text()
    for mode in ("switch", "swap"):
        text = config.replace("[profile prod]\n", f"[profile prod]\nconsole_mode = {mode}\n")
        (practice.aws / "config").write_text(text)
        done = practice.run("console", "prod", "--print")
        if mode == "switch":
            assert printed(done)["roleName"] == "Admin"
            message = "no place for a page, a region or a duration"
            for words in (["s3"], ["--region", "eu-west-1"], ["--duration", "900"]):
                refused = practice.run("console", "prod", *words)
                assert_refused(refused, 2, message, "console prod --federate")
            looking = tmp_path / "looking.py"
            looking.write_text(LOOKING)
            browser = {"BROWSER": f"{sys.executable} {looking} {tmp_path}"}
            opened = practice.run("console", "prod", environ=browser)
            assert opened.out == (
                "Opened the link to switch to 222222222222 as Admin, for who is signed in to the"
                " console as alice.\n"
            )
            wait_until((tmp_path / "done").exists)
            assert "/switchrole?account=222222222222" in (tmp_path / "answer").read_text()
        else:
            message = "profile prod: console_mode must be federate or switch, not 'swap'"
            assert_refused(done, 2, message, "console_mode")
    done = practice.run("console", "prod", "--federate", "--print", "--mfa-code", sandbox.code())
    assert "SigninToken" in printed(done)
    assert practice.run("status").status == 0


def test_a_switch_link_that_cannot_be_is_told(practice: Home, sandbox: PracticeAWS) -> None:
    """What the console could not do is said before it fails there."""
    done = practice.run("console", "audit", "--switch")
    message = "profile audit has external_id, which a switch-role link cannot carry"
    assert_refused(done, 2, message, "aws-mfa-process console audit --federate")
    done = practice.run("console", "bastion", "--switch")
    assert_refused(done, 2, "profile bastion has no role")
    log_in(practice, sandbox)
    assert "--switch" not in practice.run("console", "audit", "--print").err


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws-cn", "cn-northwest-1", "signin.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "signin.amazonaws-us-gov.com"),
        ("aws-eusc", "eusc-de-east-1", "eusc-de-east-1.signin.amazonaws-eusc.eu"),
    ],
)
def test_a_role_of_another_partition_has_its_own_console(
    home: Home, partition: str, region: str, host: str
) -> None:
    """The ARNs decide, and a region of elsewhere in the shell is passed over."""
    config = f"{KEYS}[profile prod]\nsource_profile = keys\nrole_arn = {ADMIN}\n"
    config = config.replace("arn:aws:", f"arn:{partition}:").replace("eu-central-1", region)
    home.config(config, PAIR)
    environ = {"AWS_REGION": "eu-west-1"}
    done = home.run("console", "prod", "--switch", "--print", environ=environ)
    assert done.status == 0, done
    assert urlsplit(done.out).netloc == host


def test_a_console_that_nobody_described_is_told(home: Home) -> None:
    """For partitions off the internet this program does not guess."""
    config = f"{KEYS}[profile prod]\nsource_profile = keys\nrole_arn = {ADMIN}\n"
    config = config.replace("arn:aws:", "arn:aws-iso:").replace("eu-central-1", "us-iso-east-1")
    home.config(config, PAIR)
    for mode in ("--switch", "--federate"):
        done = home.run("console", "prod", mode)
        assert_refused(done, 2, "where the console of partition aws-iso is")


def test_without_a_browser_nobody_is_asked(practice: Home, sandbox: PracticeAWS) -> None:
    """Before a code is used up it is seen that nothing could be opened."""
    hint = "write the address: aws-mfa-process console prod --print"
    assert_refused(practice.run("console", "prod"), 2, "no browser to open: neither $BROWSER", hint)
    environ = {"BROWSER": "no-such-browser:'unclosed", "DISPLAY": ""}
    done = practice.run("console", "prod", environ=environ)
    assert_refused(done, 2, "$BROWSER names none that is installed", hint)
    assert sandbox.calls == []


@pytest.mark.usefixtures("code_given")
def test_the_desktop_opens_it_where_no_browser_is_named(practice: Home, tmp_path: Path) -> None:
    """On a desktop it is xdg-open that knows the person's browser."""
    looking = tmp_path / "looking.py"
    looking.write_text(LOOKING)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "xdg-open"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {looking} {tmp_path} "$1"\n')
    program.chmod(0o755)
    path = f"{tmp_path}/bin{os.pathsep}{practice.environ['PATH']}"
    done = practice.run("console", "prod", environ={"WAYLAND_DISPLAY": "wayland-0", "PATH": path})
    assert done.status == 0, done
    wait_until((tmp_path / "done").exists)
    assert "SigninToken=" in (tmp_path / "answer").read_text()


@pytest.mark.usefixtures("code_given")
def test_windows_opens_it_where_linux_runs_in_it(practice: Home, tmp_path: Path) -> None:
    """Under WSL the address goes to PowerShell on standard input (a stand-in here)."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "powershell.exe"
    program.write_text(f'#!/bin/sh\nread -r address\necho "$address" >{tmp_path}/address\n')
    program.chmod(0o755)
    path = f"{tmp_path}/bin{os.pathsep}{practice.environ['PATH']}"
    environ = {"WSL_DISTRO_NAME": "Debian", "PATH": path}
    done = practice.run("console", "prod", environ=environ)
    assert done.status == 0, done
    assert "SigninToken=" in (tmp_path / "address").read_text()
    program.write_text("#!/bin/sh\nexit 3\n")
    done = practice.run("console", "prod", environ=environ)
    assert_refused(done, 1, "powershell.exe ended with status 3")
    environ = {"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0", "PATH": f"{Path(PROGRAM).parent}"}
    done = practice.run("console", "prod", environ=environ)
    assert_refused(done, 2, "no browser to open: neither $BROWSER nor a program of the desktop")


@pytest.mark.usefixtures("code_given")
def test_a_browser_that_fails_is_told(practice: Home, tmp_path: Path) -> None:
    """Its exit status is seen, and one that cannot be started too."""
    done = practice.run("console", "prod", environ={"BROWSER": "false"})
    assert_refused(done, 1, "false ended with status 1", "console prod --print")
    nothing = script(tmp_path, "#!/no/such/shell\n")
    done = practice.run("console", "prod", environ={"BROWSER": nothing})
    assert_refused(done, 1, "browser cannot be started: No such file", "console prod --print")


class SignIn(Loopback):
    """A sign-in that answers as it is told, and keeps what it has heard."""

    def __init__(self, status: int, content: str) -> None:
        """Listen and serve until closed."""
        self.heard: list[tuple[str, str]] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                heard.append((self.path, body))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(content.replace("BODY", body).encode())

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


def at(url: str) -> dict[str, str]:
    """Return the variables that lead to a sign-in elsewhere."""
    return {"AWS_ENDPOINT_URL_SIGNIN": url}


@pytest.mark.usefixtures("code_given")
def test_the_session_goes_in_the_body_of_a_post(practice: Home) -> None:
    """No query, no secret in an address; and the token comes back in the address alone."""
    with SignIn(200, json.dumps({"SigninToken": "t+/ ü".replace(" ü", "=")})) as other:
        done = practice.run("console", "prod", "--print", environ=at(other.url))
        assert printed(done)["SigninToken"] == "t+/="
        (path, body) = other.heard[0]
    assert path == "/federation"
    asked = parse_qs(body, strict_parsing=True)
    assert sorted(asked) == ["Action", "Session"]
    session = json.loads(asked["Session"][0])
    assert sorted(session) == ["sessionId", "sessionKey", "sessionToken"]
    assert session["sessionId"].startswith("ASIA")


@pytest.mark.parametrize("where", ["services", "profile"])
@pytest.mark.usefixtures("code_given")
def test_the_aws_config_names_the_sign_in(practice: Home, sandbox: PracticeAWS, where: str) -> None:
    """A ``services`` section goes before the profile's ``endpoint_url``, as for every service."""
    with SignIn(200, '{"SigninToken": "t"}') as other:
        config = (practice.aws / "config").read_text()
        line = "services = local\n" if where == "services" else ""
        config = config.replace("[profile bastion-keys]\n", f"[profile bastion-keys]\n{line}")
        config += f"\n[services local]\nsignin =\n  endpoint_url = {other.url}\n"
        (practice.aws / "config").write_text(config)
        done = practice.run("console", "prod", "--print")
        assert done.out.startswith(other.url if where == "services" else sandbox.endpoint_url)


SIGN_IN_PAGE = "a sign-in page of the network"
ANSWERS: dict[str, tuple[int, str, str, str]] = {
    "refused": (400, "<html>BODY</html>", "did not let the session of the role in", "--switch"),
    "forbidden": (403, "BODY", "(HTTP 403)", "--switch"),
    "failed": (503, "BODY", "failed (HTTP 503)", "try again in a minute"),
    "network": (511, "BODY", SIGN_IN_PAGE, "open a web page"),
    "redirected": (302, "", SIGN_IN_PAGE, "open a web page"),
    "portal": (200, "<html>BODY</html>", SIGN_IN_PAGE, "open a web page"),
    "no JSON": (200, "{", SIGN_IN_PAGE, ""),
    "deep JSON": (200, "[" * 100_000, SIGN_IN_PAGE, ""),
    "a list": (200, "[]", SIGN_IN_PAGE, ""),
    "no token": (200, "{}", SIGN_IN_PAGE, ""),
    "an empty token": (200, '{"SigninToken": ""}', SIGN_IN_PAGE, ""),
    "a number": (200, '{"SigninToken": 1}', SIGN_IN_PAGE, ""),
    "two lines": (200, '{"SigninToken": "a\\r\\nb"}', SIGN_IN_PAGE, ""),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.usefixtures("code_given")
def test_an_answer_that_is_no_token_is_told(practice: Home, answer: str) -> None:
    """One sentence, and nothing of the session in it though the answer repeats it."""
    status, content, message, hint = ANSWERS[answer]
    debug = practice.path / "debug"
    with SignIn(status, content) as other:
        environ = {**at(other.url), "AWS_MFA_PROCESS_DEBUG": str(debug)}
        done = practice.run("console", "prod", "--print", environ=environ)
        assert_refused(done, 1, message, hint)
        assert len(other.heard) == 1
        session = json.loads(parse_qs(other.heard[0][1])["Session"][0])
    for secret in (session["sessionKey"], session["sessionToken"]):
        assert secret not in done.err + debug.read_text()


def test_a_refused_duration_is_told(practice: Home, sandbox: PracticeAWS) -> None:
    """Where AWS does not take it, the way out is to leave it away."""
    with SignIn(400, "") as other:
        words = ("--mfa-mode", "direct", "--duration", "43200", "--mfa-code", sandbox.code())
        done = practice.run("console", "prod", *words, "--print", environ=at(other.url))
    assert_refused(done, 1, "in for 43200 seconds (HTTP 400)", "try it without --duration")


def closed(_sandbox: PracticeAWS) -> dict[str, str]:
    with SignIn(200, "") as other:
        url = other.url
    return at(url)


def unknown_host(_sandbox: PracticeAWS) -> dict[str, str]:
    return at("http://no-such-host.invalid")


def not_tls(sandbox: PracticeAWS) -> dict[str, str]:
    return at(sandbox.endpoint_url.replace("http:", "https:"))


def closing(sandbox: PracticeAWS) -> dict[str, str]:
    sandbox.fail("getSigninToken", "drop")
    return {}


def no_bundle(sandbox: PracticeAWS) -> dict[str, str]:
    return {**not_tls(sandbox), "AWS_CA_BUNDLE": "/no/such/file"}


def with_password(_sandbox: PracticeAWS) -> dict[str, str]:
    return at("https://me:s3cret@host")


def bad_proxy(_sandbox: PracticeAWS) -> dict[str, str]:
    return {
        **at("http://sign-in.invalid"),
        "http_proxy": "http://me:s3cret@[",
        "no_proxy": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("make", "status", "message"),
    [
        (closed, 1, "cannot be reached"),
        (unknown_host, 1, "cannot be reached"),
        (not_tls, 1, "does not speak TLS"),
        (closing, 1, "closed the connection without an answer"),
        (no_bundle, 2, "AWS_CA_BUNDLE is /no/such/file"),
        (with_password, 2, "none that a browser could be given"),
        (bad_proxy, 2, "is not the address of a proxy"),
    ],
)
@pytest.mark.usefixtures("code_given")
def test_a_network_that_fails_is_told(
    practice: Home,
    sandbox: PracticeAWS,
    make: Callable[[PracticeAWS], dict[str, str]],
    status: int,
    message: str,
) -> None:
    """The sentences are those of every other call of AWS."""
    done = practice.run("console", "prod", "--print", environ=make(sandbox))
    assert_refused(done, status, message)
    assert "s3cret" not in done.err


@pytest.mark.usefixtures("code_given")
def test_a_proxy_is_used(practice: Home) -> None:
    """What the environment says of proxies holds here too."""
    with SignIn(200, '{"SigninToken": "t"}') as proxy:
        environ = {**at("http://sign-in.invalid"), "http_proxy": proxy.url, "no_proxy": "127.0.0.1"}
        done = practice.run("console", "prod", "--print", environ=environ)
        assert done.out.startswith("http://sign-in.invalid/federation?Action=login&"), done
        assert proxy.heard[0][0] == "http://sign-in.invalid/federation"


@pytest.mark.usefixtures("code_given")
def test_certificates_are_verified_as_for_every_call(practice: Home, tmp_path: Path) -> None:
    """By those that the environment names, or the profile whose network settings hold."""
    authority = Authority(tmp_path)
    context = authority.server(["IP:127.0.0.1"])
    with SignIn(200, '{"SigninToken": "t"}') as other:
        other.socket = context.wrap_socket(
            other.socket, server_side=True, do_handshake_on_connect=False
        )
        environ = at(other.url.replace("http:", "https:"))
        words = ("console", "prod", "--print")
        done = practice.run(*words, environ=environ)
        assert_refused(done, 1, "the TLS certificate cannot be verified", "ca_bundle")
        assert other.heard == []
        done = practice.run(*words, environ={**environ, "AWS_CA_BUNDLE": ""})
        assert_refused(done, 2, "AWS_CA_BUNDLE is empty: no certificate would be verified")
        for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            done = practice.run(*words, environ={**environ, name: str(authority.bundle)})
            assert done.status == 0, done
        line = f"[profile bastion-keys]\nca_bundle = {authority.bundle}\n"
        config = (practice.aws / "config").read_text()
        (practice.aws / "config").write_text(config.replace("[profile bastion-keys]\n", line))
        assert practice.run(*words, environ=environ).status == 0
        assert len(other.heard) == 3

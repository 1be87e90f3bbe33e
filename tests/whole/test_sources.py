"""Keys of other programs and of the environment: an IAM user's are used with a code."""

import contextlib
import json
import shlex
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, assert_refused
from support.loopback import Loopback, Refusing
from support.practice import actions
from support.warm import Warm

ADMIN = "arn:aws:iam::222222222222:role/Admin"
AWS = str(Path(sys.executable).with_name("aws"))
LONG_TERM = {"without": {}, "null": {"SessionToken": None}, "empty": {"SessionToken": ""}}


def world(home: Home, sandbox: Sandbox, printed: object, *, settings: str = "") -> None:
    """Write role ``p`` over ``f``, whose process prints something and counts its runs."""
    (home.path / "printed").write_text(json.dumps(printed), encoding="utf-8")
    program = home.path / "program"
    program.write_text(f"#!/bin/sh\necho x >>{home.path}/runs\ncat {home.path}/printed\n")
    program.chmod(0o755)
    home.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = f\n"
        f"mfa_serial = {sandbox.mfa_serial}\n{settings}"
        f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
        f"[profile f]\ncredential_process = {program}\n"
        f"mfa_serial = {sandbox.mfa_serial}\n"
        f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
        f"[profile sdk]\ncredential_process = {PROGRAM} --profile p\n"
    )


def user_keys(sandbox: Sandbox, **more: object) -> dict[str, object]:
    """Return what a process prints that holds the user's keys."""
    pair = {"AccessKeyId": sandbox.access_key_id, "SecretAccessKey": sandbox.secret_access_key}
    return {"Version": 1, **pair, **more}


def runs(home: Home) -> int:
    """Return how often the other program has run."""
    return len((home.path / "runs").read_text().split())


def account(out: str) -> str:
    """Return the account of an answer."""
    return str(json.loads(out)["AccountId"])


@pytest.mark.parametrize("token", LONG_TERM.values(), ids=list(LONG_TERM))
def test_keys_of_another_program_are_used_with_a_code(
    home: Home, sandbox: Sandbox, token: dict[str, object]
) -> None:
    """Without a session token they are an IAM user's; the program runs once for an answer."""
    world(home, sandbox, user_keys(sandbox, **token))
    assert_refused(home.run("--profile", "p"), 3, "terminal")
    before = runs(home)
    done = home.run("--profile", "p", "--mfa-code", sandbox.code())
    assert account(done.out) == "222222222222", done
    assert runs(home) == before + 1
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    other = home.run("--profile", "p", "--role-arn", sandbox.role_arns["Developer"])
    assert account(other.out) == "333333333333", other
    assert runs(home) == before + 1  # the MFA session serves


@pytest.mark.parametrize("token", LONG_TERM.values(), ids=list(LONG_TERM))
def test_the_aws_cli_asks_for_the_same_code(
    home: Home, sandbox: Sandbox, token: dict[str, object]
) -> None:
    """Where we ask for a code, the AWS CLI does so too, and gets the role with it."""
    world(home, sandbox, user_keys(sandbox, **token))
    terminal = home.terminal("sts", "get-caller-identity", "--profile", "p", program=AWS)
    terminal.expect("MFA code")
    terminal.sendline(sandbox.code())
    terminal.expect("222222222222")
    terminal.wait()


def test_mfa_session_of_another_programs_keys(home: Home, sandbox: Sandbox) -> None:
    """A profile without a role, and ``login``, give the MFA session of such keys."""
    world(home, sandbox, user_keys(sandbox))
    done = home.run("login", "sdk", "--mfa-code", sandbox.code())
    assert "sdk: MFA session until" in done.out, done
    assert account(home.run("--profile", "f").out) == "111111111111"
    assert account(home.run("--profile", "p").out) == "222222222222"
    assert runs(home) == 1


def test_direct_mode_with_another_programs_keys(home: Home, sandbox: Sandbox) -> None:
    """In direct mode the code goes to the role itself."""
    world(home, sandbox, user_keys(sandbox), settings="mfa_mode = direct\n")
    done = home.run("--profile", "p", "--mfa-code", sandbox.code())
    assert account(done.out) == "222222222222", done
    assert actions(sandbox) == ["AssumeRole"]


@pytest.mark.parametrize("settings", ["", "mfa_mode = direct\n", "duration_seconds = 1800\n"])
def test_session_of_another_program_goes_on_without_a_code(
    home: Home, sandbox: Sandbox, settings: str
) -> None:
    """With a session token nobody is asked, and a code that is given is not sent."""
    world(home, sandbox, user_keys(sandbox))
    session = json.loads(home.run("--profile", "f", "--mfa-code", sandbox.code()).out)
    assert home.run("logout", "--all").status == 0
    world(home, sandbox, session, settings=settings)
    done = home.run("--profile", "p")
    assert account(done.out) == "222222222222", done
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]
    assert "SerialNumber" not in sandbox.calls[-1].parameters
    refused = home.run("--profile", "f")
    assert_refused(refused, 2, "profile f gives session credentials", "source_profile")


def environment(sandbox: Sandbox, token: str | None = None) -> dict[str, str]:
    """Return variables with the user's keys."""
    pair = {
        "AWS_ACCESS_KEY_ID": sandbox.access_key_id,
        "AWS_SECRET_ACCESS_KEY": sandbox.secret_access_key,
    }
    return pair if token is None else {**pair, "AWS_SESSION_TOKEN": token}


def environment_profile(home: Home, sandbox: Sandbox, settings: str = "") -> None:
    """Write a role whose keys are those of the environment."""
    home.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\n"
        f"credential_source = Environment\nmfa_serial = {sandbox.mfa_serial}\n{settings}"
        f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    )


@pytest.mark.parametrize("token", [None, ""])
@pytest.mark.parametrize("mode", ["auto", "session", "direct"])
def test_keys_of_the_environment_are_used_with_a_code(
    home: Home, sandbox: Sandbox, token: str | None, mode: str
) -> None:
    """``credential_source = Environment`` without a token is an IAM user's."""
    environment_profile(home, sandbox, f"mfa_mode = {mode}\n")
    environ = environment(sandbox, token)
    assert_refused(home.run("--profile", "p", environ=environ), 3, "terminal")
    done = home.run("--profile", "p", "--mfa-code", sandbox.code(), environ=environ)
    assert account(done.out) == "222222222222", done
    assert sandbox.calls[0].parameters["SerialNumber"] == sandbox.mfa_serial


@pytest.mark.parametrize("token", [None, ""])
def test_the_aws_cli_asks_with_keys_of_the_environment(
    home: Home, sandbox: Sandbox, token: str | None
) -> None:
    """Where we ask for a code, the AWS CLI does so too."""
    environment_profile(home, sandbox)
    line = ("sts", "get-caller-identity", "--profile", "p")
    terminal = home.terminal(*line, program=AWS, environ=environment(sandbox, token))
    terminal.expect("MFA code")
    terminal.sendline(sandbox.code())
    terminal.expect("222222222222")
    terminal.wait()


def test_session_of_the_environment_goes_on_without_a_code(home: Home, sandbox: Sandbox) -> None:
    """With a session token in the environment nobody is asked."""
    world(home, sandbox, user_keys(sandbox))
    session = json.loads(home.run("--profile", "f", "--mfa-code", sandbox.code()).out)
    environment_profile(home, sandbox)
    environ = {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    done = home.run("--profile", "p", environ=environ)
    assert account(done.out) == "222222222222", done


OPTIONS = ["", "--no-prompt", "--region eu-west-1", "--duration-seconds 900", "--mfa-mode session"]


@pytest.mark.parametrize("keys", ["p", "b"])
def test_a_loop_is_a_loop_whatever_options_are_given(
    home: Home, sandbox: Sandbox, warm_aws_cli: Warm, keys: str
) -> None:
    """Two profiles that name each other are refused as by the AWS CLI, though one has keys."""
    pair = environment(sandbox)
    held = "".join(f"{name.lower()} = {text}\n" for name, text in pair.items())
    home.config(
        f"[profile p]\nrole_arn = {sandbox.role_arns['Admin']}\nsource_profile = b\n"
        f"{held if keys == 'p' else ''}endpoint_url = {sandbox.endpoint_url}\n"
        f"[profile b]\nrole_arn = {sandbox.role_arns['Deep']}\nsource_profile = p\n"
        f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    )
    cli = warm_aws_cli.run([AWS, "sts", "get-caller-identity", "--profile", "p"], home.environ)
    assert "Infinite loop" in cli.err, cli
    for options in OPTIONS:
        done = home.run("--profile", "p", *shlex.split(options))
        assert_refused(done, 2, "p → b → p", "source_profile")


class Metadata(Loopback):
    """What stands where a container or an instance asks for credentials, and has none."""

    def __init__(self, status: int, body: bytes) -> None:
        """Listen and serve until closed."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PUT = do_GET  # noqa: N815 - its name is http.server's

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Write nothing."""

        super().__init__(Handler)


NO_ROLE = "it has web_identity_token_file, but no role_arn"
WEB_IDENTITIES = {
    "no file": (None, ADMIN, "token cannot be read: No such file"),
    "empty": (b"", ADMIN, "token is no token"),
    "no text": (b"\xff\xfe\0\0\0", ADMIN, "token is no token"),
    "no role": (b"token", "", NO_ROLE),
    "a role's name": (b"token", "Admin", "botocore cannot use what is set there"),
    "refused": (b"t0k3n", ADMIN, "AWS refused: InvalidIdentityToken"),
}


@pytest.mark.parametrize("name", WEB_IDENTITIES)
def test_a_web_identity_that_fails_is_told(home: Home, name: str) -> None:
    """The file is named, and what is wrong with it, and the settings that belong together."""
    content, role_arn, said = WEB_IDENTITIES[name]
    token = home.path / "token"
    if content is not None:
        token.write_bytes(content)
    with Refusing("InvalidIdentityToken") as sts:
        home.config(
            f"[profile p]\nrole_arn = {ADMIN}\nsource_profile = w\n[profile w]\n"
            f"web_identity_token_file = {token}\n{f'role_arn = {role_arn}' if role_arn else ''}\n"
            f"region = eu-central-1\nendpoint_url = {sts.url}\n"
        )
        done = home.run("--profile", "p")
    hint = "look at role_arn and web_identity_token_file in [profile w]"
    assert_refused(done, 3, "the credentials of profile w cannot be had", hint)
    assert_refused(done, 3, said, hint)
    assert "t0k3n" not in done.err


def test_a_web_identity_without_a_network_is_told(home: Home) -> None:
    """That AWS cannot be reached is no fault of the token."""
    (home.path / "token").write_text("token")
    home.config(
        f"[profile p]\nrole_arn = {ADMIN}\nsource_profile = w\n[profile w]\n"
        f"web_identity_token_file = {home.path}/token\nrole_arn = {ADMIN}\n"
        "region = eu-central-1\nendpoint_url = http://127.0.0.1:1\n"
    )
    assert_refused(home.run("--profile", "p"), 3, "profile w cannot be had: AWS cannot be reached")


URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
METADATA = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
NOTHING = "gives no credentials"
NO_ANSWER = "cannot be had: what should give them does not answer as it must"
NO_ADDRESS = "cannot be had: an address or a token that is set for it cannot be used"
CREDENTIAL_SOURCES = {
    "no container": ("EcsContainer", {}, NOTHING),
    "a container's that knows none": ("EcsContainer", {URI: "{none}/x"}, NO_ANSWER),
    "a container's of another form": ("EcsContainer", {URI: "{other}/x"}, NO_ANSWER),
    "a container's elsewhere": ("EcsContainer", {URI: "http://example.org/x"}, NO_ADDRESS),
    "no instance": ("Ec2InstanceMetadata", {METADATA: "http://127.0.0.1:1"}, NOTHING),
    "an instance without a role": ("Ec2InstanceMetadata", {METADATA: "{none}"}, NOTHING),
    "an instance's of another form": ("Ec2InstanceMetadata", {METADATA: "{other}"}, NOTHING),
    "an instance's that is no address": ("Ec2InstanceMetadata", {METADATA: "none"}, NO_ADDRESS),
}


@pytest.mark.parametrize("name", CREDENTIAL_SOURCES)
def test_a_credential_source_that_fails_is_told(home: Home, name: str) -> None:
    """The source is named, and where it gives credentials."""
    kind, given, said = CREDENTIAL_SOURCES[name]
    home.config(f"[profile p]\nrole_arn = {ADMIN}\ncredential_source = {kind}\n")
    with Metadata(404, b"") as none, Metadata(200, b"{}") as other:
        environ = {
            name: text.format(none=none.url, other=other.url) for name, text in given.items()
        }
        done = home.run("--profile", "p", environ={"AWS_EC2_METADATA_DISABLED": "false", **environ})
    place = {"EcsContainer": "in a container", "Ec2InstanceMetadata": "on an EC2 instance"}[kind]
    status = 2 if said == NOTHING else 3
    assert_refused(done, status, f"{kind} {said}", f"it gives them {place}")
    assert "correct credential_source in [profile p]" in done.err


KEYS_OF_IT = {"AccessKeyId": "ASIAX", "SecretAccessKey": "s", "Token": "t"}
HOSTILE: dict[str, list[bytes]] = {
    "without end": [b"x" * 65536] * 100_000,
    "a head without end": [b"A: " + b"x" * 65533] * 100_000,
    "junk": [b"HTTP/1.1 200 OK\r\n\r\n", bytes(range(256))],
    "no HTTP": [bytes(range(256))],
    "deep": [b"HTTP/1.1 200 OK\r\n\r\n", b"[" * 100_000],
    "a list": [b"HTTP/1.1 200 OK\r\n\r\n", b"[1]"],
    "null": [b"HTTP/1.1 200 OK\r\n\r\n", b"null"],
    "numbers": [b"HTTP/1.1 200 OK\r\n\r\n", json.dumps(dict.fromkeys(KEYS_OF_IT, 1)).encode()],
    **{
        end: [
            b"HTTP/1.1 200 OK\r\n\r\n",
            json.dumps({"Code": "Success", **KEYS_OF_IT, "Expiration": end}).encode(),
        ]
        for end in ("", "x", "9999-12-31T23:59:59-12:00", "99999-01-01T00:00:00Z", "9" * 400)
    },
}


class Hostile(ThreadingTCPServer):
    """What answers every request with the same parts, whatever they are."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, parts: list[bytes]) -> None:
        """Listen and serve until closed."""

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    self.connection.recv(65536)
                    for part in parts:
                        self.connection.sendall(part)

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        """Stop serving and close."""
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("kind", ["EcsContainer", "Ec2InstanceMetadata"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answer_of_a_credential_source_is_told(home: Home, kind: str, name: str) -> None:
    """Within a minute, without much memory, in a sentence of ours; nothing of it is handed out."""
    home.config(f"[profile p]\nrole_arn = {ADMIN}\ncredential_source = {kind}\n")
    with Hostile(HOSTILE[name]) as hostile:
        url = f"http://127.0.0.1:{hostile.server_address[1]}"
        environ = {URI: f"{url}/x", METADATA: url, "AWS_EC2_METADATA_DISABLED": "false"}
        environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        line = ["-c", 'ulimit -v 2000000; exec "$@"', "sh", PROGRAM, "--profile", "p"]
        done = home.run(*line, program="/bin/sh", environ=environ)
    assert done.status in (1, 2, 3), done
    assert_refused(done, done.status, "")
    assert "fault of the program" not in done.err

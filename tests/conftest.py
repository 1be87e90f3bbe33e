"""What the tests stand on: an empty HOME, the practice AWS, the installed program, a terminal."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, NoReturn

import hypothesis
import pexpect
import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox

# Under nohup, or in the background of a script, all processes would start deaf to them.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# botocore in this process must not find what the developer has set for it.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    if not _name.startswith("AWS_MFA_PROCESS_TEST_"):
        del os.environ[_name]
os.environ |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
os.environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")

PROGRAM = str(Path(sys.executable).with_name("aws-mfa-process"))
"""The console script, as users have it."""
KEYS = ("--profile", "bastion-keys")
"""The command line for the MFA session."""
QUESTION = r"MFA code for .*: $"
_FORM = re.compile(r"aws-mfa-process: error: [^\n]+\n(hint: [^\n]+\n)?")
_SLEEPS = {"230", "35", "115", "101"}
"""Numbers of clock_nanosleep and nanosleep, on x86-64 and arm64."""

hypothesis.settings.register_profile("real", deadline=None)
hypothesis.settings.load_profile("real")  # real files and processes take the time they take


def as_plain_user(*command: str) -> list[str]:
    """Return a command that file modes bind, also where the tests run as root."""
    if os.geteuid():
        return list(command)
    return ["setpriv", "--bounding-set=-all", *command]


@pytest.fixture(scope="session")
def _sandbox_of_the_session() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox_of_the_session: Sandbox) -> Sandbox:
    """The practice AWS, as new."""
    _sandbox_of_the_session.reset()
    return _sandbox_of_the_session


class Loopback(ThreadingHTTPServer):
    """A server of a test's own, on loopback."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Listen and serve until closed."""
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        """Stop serving and close."""
        self.shutdown()
        self.server_close()


class Result(NamedTuple):
    """What a process did."""

    status: int
    out: str
    err: str


class Home:
    """An empty home directory with an AWS config, and processes that live in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aws = path / ".aws"
        self.aws.mkdir(parents=True)
        self.cache = path / ".cache" / "aws-mfa-process"
        self.environ = {
            "HOME": str(path),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            **{name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")},
        }

    def config(self, text: str, credentials: str = "") -> None:
        """Write the AWS config and credentials files."""
        (self.aws / "config").write_text(text, encoding="utf-8")
        (self.aws / "credentials").write_text(credentials, encoding="utf-8")

    def run(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        program: str = PROGRAM,
        text: str = "",
        timeout: float = 60,
    ) -> Result:
        """Run the program (or another one) without a terminal and return what it did.

        The text stands on its standard input.
        """
        done = subprocess.run(
            [program, *arguments],
            env={**self.environ, **(environ or {})},
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            start_new_session=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(
        self, *arguments: str, environ: Mapping[str, str] | None = None, program: str = PROGRAM
    ) -> "subprocess.Popen[bytes]":
        """Start the program without a terminal."""
        return subprocess.Popen(
            [program, *arguments],
            env={**self.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def terminal(
        self, *arguments: str, environ: Mapping[str, str] | None = None, program: str = PROGRAM
    ) -> "pexpect.spawn[str]":
        """Start the program (or a client) on a pseudo-terminal of its own."""
        return pexpect.spawn(
            program,
            list(arguments),
            env={**self.environ, **(environ or {})},
            encoding="utf-8",
            timeout=30,
        )

    def age(self, seconds: float) -> None:
        """Move all stored times into the past, as if the machine had slept (sealed anew)."""
        from aws_mfa_process.store.cache import Cache  # noqa: PLC0415

        cache = Cache(str(self.cache))
        for entry in list(cache.entries("session")):
            document = dict(entry.document)
            document["expiration"] -= int(seconds)
            document["issued_at"] -= int(seconds)
            cache.write("session", entry.key, document)
        cache.remove_memos()


class Keyring:
    """A real keyring daemon on a session bus of its own, for a home directory."""

    password = "of the keyring"
    _SCRIPT = """
        printf %s "$0" | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        echo "$DBUS_SESSION_BUS_ADDRESS"
        exec cat
    """
    _COLLECTION = "/org/freedesktop/secrets/collection/login"

    def __init__(self, home: Home, folder: Path, display: str = "") -> None:
        for program in ("dbus-run-session", "gnome-keyring-daemon", "secret-tool", "dbus-send"):
            need(program)
        folder.mkdir(mode=0o700)
        self.home = home
        home.environ["XDG_RUNTIME_DIR"] = str(folder)
        if display:
            home.environ["DISPLAY"] = display
        self._session = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", self._SCRIPT, self.password],
            env=home.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._session.stdout is not None
        self.address = self._session.stdout.readline().decode().strip()
        assert self.address, "no session bus"
        home.environ["DBUS_SESSION_BUS_ADDRESS"] = self.address

    def close(self) -> None:
        """End the session, and with it the bus and the daemon."""
        for stream in (self._session.stdin, self._session.stdout):
            assert stream is not None
            stream.close()
        self._session.wait()

    def text(self, profile: str) -> str:
        """Return what is stored for a profile, read by another program; empty for nothing."""
        return self._tool("lookup", profile)

    def put(self, profile: str, text: str) -> None:
        """Store a text for a profile, by another program, as keyring would."""
        self._tool("store", "--label=a test", profile, text=text, application=True)

    def put_beside(self, profile: str, text: str) -> None:
        """Store a text for a profile as other programs do that know nothing of keyring."""
        self._tool("store", "--label=another", profile, text=text)

    def clear(self, profile: str) -> None:
        """Remove what is stored for a profile, by another program."""
        self._tool("clear", profile)

    def lock(self) -> None:
        """Lock the keyring, as a desktop does after a while."""
        name, interface = "org.freedesktop.secrets", "org.freedesktop.Secret.Service"
        call = [
            "/org/freedesktop/secrets",
            f"{interface}.Lock",
            f"array:objpath:{self._COLLECTION}",
        ]
        done = self.home.run(
            "--session", "--print-reply", f"--dest={name}", *call, program="dbus-send"
        )
        assert done.status == 0, done.err

    def _tool(self, command: str, *options: str, text: str = "", application: bool = False) -> str:
        *flags, profile = options
        attributes = ["service", "aws-mfa-process", "username", profile]
        attributes += ["application", "Python keyring library"] if application else []
        done = subprocess.run(
            ["secret-tool", command, *flags, *attributes],
            env=self.home.environ,
            input=text.encode(),
            capture_output=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.stdout.decode()


@pytest.fixture
def keyring(home: Home, tmp_path: Path) -> Iterator[Keyring]:
    """A real keyring, unlocked; processes of the home directory find it."""
    keyring = Keyring(home, tmp_path / "runtime")
    yield keyring
    keyring.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An empty home directory; nothing lives on in it."""
    home = Home(tmp_path / "home")
    yield home
    for number in processes(home):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@pytest.fixture
def practice(home: Home, sandbox: Sandbox) -> Home:
    """A home directory whose AWS config leads to the practice AWS."""
    sandbox.write_config(home.aws, PROGRAM)
    return home


def missing(what: str) -> NoReturn:
    """Skip the test for want of a real part; fail it where all were to be there."""
    if os.environ.get("AWS_MFA_PROCESS_TEST_ALL"):
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")


def need(program: str, folder: str | None = None) -> str:
    """Return the path of a real program; without it the test ends as `missing` says."""
    return shutil.which(program, path=folder) or missing(program)


def answer_prompt(terminal: "pexpect.spawn[str]", code: str) -> None:
    """Type a code when the program asks for it."""
    terminal.expect(QUESTION)
    terminal.sendline(code)


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a function says yes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def processes(home: Home) -> list[int]:
    """Return the processes that live in a home directory."""
    mark = f"HOME={home.path}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def is_waiting(process: int) -> bool:
    """Tell whether a process of ours has come to where it only sleeps."""
    if "python" not in Path(f"/proc/{process}/exe").resolve().name:
        return False
    return Path(f"/proc/{process}/syscall").read_text(encoding="ascii").split()[0] in _SLEEPS


def actions(sandbox: Sandbox) -> list[str]:
    """Return the names of the calls that AWS has seen."""
    return [call.action for call in sandbox.calls]


def role(sandbox: Sandbox, name: str = "Admin") -> tuple[str, ...]:
    """Return the command line for a role."""
    return (*KEYS, "--role-arn", sandbox.role_arns[name])


def assert_refused(done: Result, status: int, message: str, hint: str = "") -> None:
    """Check the form of a failure: nothing on stdout, one line and perhaps a hint on stderr."""
    assert (done.status, done.out) == (status, ""), done
    assert _FORM.fullmatch(done.err), done
    error, _, told = done.err.partition("\nhint: ")
    assert message in error, done
    assert hint in told, done

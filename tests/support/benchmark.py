"""The cases of the benchmark: whole processes in a home directory on the practice AWS."""

import configparser
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import botocore
import pexpect

from aws_mfa_process.credentials import utc_time
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.certificates import Authority
from support.terminal import QUESTION

BIN = Path(sys.executable).parent
PROGRAM = str(BIN / "aws-mfa-process")
MANY = 50
AT_ONCE = 20
STORED = 200
PROFILES = FILES = 5000
ROLE = "arn:aws:iam::222222222222:role/Admin"
BOTOCORE = f"""
import botocore.session
session = botocore.session.Session(profile="session")
client = session.create_client("sts", region_name="eu-central-1")
client.assume_role(RoleArn="{ROLE}", RoleSessionName="alice")
"""
"""The least that makes a role session with botocore."""
COUNTER = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


class Bench:
    """A home directory on the practice AWS, and the cases."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.home = folder / "home"
        self.aws = self.home / ".aws"
        self.aws.mkdir(parents=True)
        self.cache = self.home / ".cache" / "aws-mfa-process"
        self.sandbox = sandbox
        self.environ = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        sandbox.latency_seconds = 0.1
        sandbox.write_config(self.aws, PROGRAM)
        role = sandbox.role_arns["Admin"]
        self.ours = [PROGRAM, "--profile", "bastion-keys", "--role-arn", role]
        self.many = [f"role{number:02}" for number in range(MANY)]
        self._counter: list[str] = []
        self._counted = 0

    def add_roles(self) -> None:
        """Add as many profiles, each with a role session of its own."""
        with (self.aws / "config").open("a") as file:
            for name in self.many:
                line = " ".join([*self.ours, "--role-session-name", name])
                file.write(f"\n[profile {name}]\ncredential_process = {line}\n")

    def seconds(self, command: list[str], count: int = 1) -> float:
        """Return how long some processes at once take, all together."""
        started = time.perf_counter()
        running = [
            subprocess.Popen(
                [*self._counter, *command],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            for _ in range(count)
        ]
        for process in running:
            error = process.communicate()[1]
            if process.returncode:
                sys.exit(f"{command} failed: {error.decode()}")
            if self._counter:
                found = re.search(rb"Collected : (\d+)", error)
                self._counted += int(found[1]) if found else 0
        return time.perf_counter() - started

    def instructions(self, case: Callable[[], float]) -> int:
        """Count the instructions of a case, which do not depend on how busy a machine is.

        What a case starts in another way than by `seconds` is not counted.
        """
        self._counter, self._counted = COUNTER, 0
        case()
        self._counter = []
        return self._counted

    def remove(self, *kinds: str) -> None:
        """Forget stored things of some kinds."""
        for kind in kinds:
            for file in self.cache.glob(f"{kind}-*"):
                file.unlink()

    def warm(self) -> float:
        return self.seconds(self.ours)

    def stored(self) -> float:
        self.remove("memo")
        return self.seconds(self.ours)

    def renewal(self) -> float:
        self.remove("memo")
        self.forget_roles()
        return self.seconds(self.ours)

    def first(self, count: int = 1) -> float:
        """Start from nothing; the code comes from a command, since nobody is there to type."""
        self.remove("memo", "session", "codes", "failure")
        self.sandbox.reset()
        self.sandbox.latency_seconds = 0.1
        code = self.home / "code"
        code.write_text(self.sandbox.code())
        return self.seconds([*self.ours, "--mfa-process", f"cat {code}"], count)

    def completion(self) -> float:
        """Return what TAB costs behind ``whoami team``: a bash that starts, completes and ends."""
        file = BIN.parent / "share" / "bash-completion" / "completions" / "aws-mfa-process"
        line = "aws-mfa-process whoami team"
        words = f"COMP_WORDS=({line}) COMP_CWORD=2 COMP_LINE='{line}' COMP_POINT={len(line)}"
        count = f"[ ${{#COMPREPLY[@]}} -eq {MANY} ]"
        script = f". '{file}'; {words}; _aws_mfa_process; {count}"
        return self.seconds(["bash", "--norc", "-c", script])

    def short(self) -> float:
        """Return what the prompt of a shell waits for."""
        return self.seconds([PROGRAM, "status", "--short", "prod"])

    def all_roles(self) -> float:
        """Start from nothing, and assume every role after the code."""
        self.remove("memo", "session", "codes", "failure")
        self.sandbox.reset()
        self.sandbox.latency_seconds = 0.1
        code = self.home / "code"
        code.write_text(self.sandbox.code())
        line = ["login", *self.many, "--all-roles", "--mfa-process", f"cat {code}"]
        return self.seconds([PROGRAM, *line])

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let STS answer at once within the block."""
        self.sandbox.latency_seconds = 0
        yield
        self.sandbox.latency_seconds = 0.1

    def first_at_once(self) -> float:
        """Start from nothing, with an STS that answers at once."""
        self.remove("memo", "session", "codes", "failure")
        self.sandbox.reset()
        code = self.home / "code"
        code.write_text(self.sandbox.code())
        return self.seconds([*self.ours, "--mfa-process", f"cat {code}"])

    def botocore(self) -> float:
        """Return what the least script with botocore takes for one AssumeRole."""
        self.write_session()
        return self.seconds([sys.executable, "-I", "-c", BOTOCORE])

    def write_session(self) -> None:
        """Write the MFA session into a profile of its own, for botocore."""
        done = subprocess.run(
            self.ours[:3],
            env=self.environ,
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        answer = json.loads(done.stdout)
        config = configparser.RawConfigParser()
        config.read(self.aws / "credentials")
        config["session"] = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
            "endpoint_url": self.sandbox.endpoint_url,
        }
        with (self.aws / "credentials").open("w") as file:
            config.write(file)

    def enter(self) -> float:
        """Return the time from Enter at the question to the answer, with an STS that waits not."""
        self.remove("memo", "session", "codes", "failure")
        self.sandbox.reset()
        terminal = pexpect.spawn(self.ours[0], self.ours[1:], env=self.environ, encoding="utf-8")
        terminal.delaybeforesend = None
        terminal.expect(QUESTION)
        time.sleep(0.5)  # a person looks for the code
        code = self.sandbox.code()
        started = time.perf_counter()
        terminal.sendline(code)
        terminal.expect('"Version":1')
        seconds = time.perf_counter() - started
        terminal.expect(pexpect.EOF)
        terminal.close()
        return seconds

    def roles_at_once(self) -> float:
        """Return how long different roles take that are wanted at once; the MFA session lives."""
        self.remove("memo")
        self.forget_roles()
        started = time.perf_counter()
        running = [
            subprocess.Popen(
                [*self.ours, "--role-session-name", f"number{number}"],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            for number in range(AT_ONCE)
        ]
        if any(process.wait() for process in running):
            sys.exit("a role failed")
        return time.perf_counter() - started

    def forget_roles(self) -> None:
        """Forget all role sessions."""
        for file in self.cache.glob("session-*"):
            if b'"roles":' in file.read_bytes():
                file.unlink()

    def store_sessions(self) -> None:
        """Store many role sessions, one for each of as many profiles, and nothing else."""
        self.sandbox.write_config(self.aws, PROGRAM)
        self.many = [f"role{number:03}" for number in range(STORED)]
        self.add_roles()
        code = self.home / "code"
        self.remove("memo", "session", "codes", "failure")
        self.sandbox.reset()
        code.write_text(self.sandbox.code())
        line = ["login", *self.many, "--all-roles", "--mfa-process", f"cat {code}"]
        self.seconds([PROGRAM, *line])

    def one_more(self) -> float:
        """Return what one more role takes."""
        self.remove("memo")
        return self.seconds([*self.ours, "--role-session-name", f"more{time.time_ns()}"])

    def status(self) -> float:
        """Return what ``status`` takes."""
        return self.seconds([PROGRAM, "status"])

    def fill_the_folder(self) -> None:
        """Put many small files into the folder of sessions."""
        for number in range(FILES):
            (self.cache / f"memo-{number:032x}").touch()

    def add_profiles(self) -> None:
        """Add many profiles to the config."""
        with (self.aws / "config").open("a") as file:
            for number in range(PROFILES):
                line = " ".join([*self.ours[:-1], f"arn:aws:iam::{number:012}:role/Admin"])
                file.write(
                    f"\n[profile p{number}]\nregion = eu-central-1\noutput = json\n"
                    f"credential_process = {line}\n"
                )

    def memory(self, command: list[str]) -> float:
        """Return the most memory that a process has had, in MiB."""
        timed = ["/usr/bin/env", "python3", "-I", "-c", _MEASURE, *command]
        done = subprocess.run(timed, env=self.environ, capture_output=True, text=True, check=True)
        return int(done.stderr.split()[-1]) / 1024


_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


@contextmanager
def over_https(bench: Bench, folder: Path, *, is_whole: bool) -> Iterator[None]:
    """Serve a role session over https, and have the program ask there.

    With ``is_whole`` the certificates that are trusted are all those of botocore and one more.
    """
    authority = Authority(folder)
    bundle = authority.bundle
    if is_whole:
        whole = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
        bundle = folder / "whole.pem"
        bundle.write_bytes(whole + authority.bundle.read_bytes())
    with _server(authority.server(["IP:127.0.0.1"])) as url:
        old = dict(bench.environ)
        bench.environ |= {"AWS_ENDPOINT_URL_STS": url, "AWS_CA_BUNDLE": str(bundle)}
        yield
        bench.environ = old


@contextmanager
def _server(context: ssl.SSLContext) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            end = utc_time(int(time.time()) + 3600)
            body = (
                "<R><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>"
                "<SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken>"
                f"<Expiration>{end}</Expiration></Credentials></AssumeRoleResult>"
                "<GetSessionTokenResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>"
                "<SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken>"
                f"<Expiration>{end}</Expiration></Credentials></GetSessionTokenResult></R>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()

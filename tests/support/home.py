"""A home directory, and the installed program that runs in it."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

import pexpect

from aws_mfa_process.store.cache import Cache

PROGRAM = str(Path(sys.executable).with_name("aws-mfa-process"))
"""The console script, as users have it."""
_FORM = re.compile(r"aws-mfa-process: error: [^\n]+\n(hint: [^\n]+\n)?")

_CALLERS = """
import sys
from awscli.clidriver import create_clidriver
for profile in sys.argv[1:]:
    words = ["sts", "get-caller-identity", "--profile", profile]
    if create_clidriver().main([*words, "--query", "Arn", "--output", "text"]):
        sys.exit(1)
"""


class Result(NamedTuple):
    """What a process did."""

    status: int
    out: str
    err: str


class Home:
    """An empty home directory with an AWS config, and processes that live in it."""

    program = PROGRAM
    """What `run` runs."""

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

    def caller(self, profile: str) -> str:
        """Return who the AWS CLI is with a profile."""
        aws = str(Path(sys.executable).with_name("aws"))
        words = ("sts", "get-caller-identity", "--profile", profile, "--output", "json")
        done = self.run(*words, program=aws, timeout=120)
        assert done.status == 0, done
        return str(json.loads(done.out)["Arn"])

    def callers(self, *profiles: str) -> list[str]:
        """Return who the AWS CLI is with each profile, all asked in one process."""
        done = self.run("-c", _CALLERS, *profiles, program=sys.executable, timeout=120)
        assert done.status == 0, done
        return done.out.splitlines()

    def run(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        program: str = "",
        text: str = "",
        timeout: float = 60,
    ) -> Result:
        """Run the program (or another one) without a terminal and return what it did.

        The text stands on its standard input.
        """
        done = subprocess.run(
            [program or self.program, *arguments],
            env={**self.environ, **(environ or {})},
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            start_new_session=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        program: str = PROGRAM,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
    ) -> "subprocess.Popen[bytes]":
        """Start the program without a terminal."""
        return subprocess.Popen(
            [program, *arguments],
            env={**self.environ, **(environ or {})},
            stdin=stdin,
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
        cache = Cache(str(self.cache))
        for entry in list(cache.entries("session")):
            document = dict(entry.document)
            document["expiration"] -= int(seconds)
            document["issued_at"] -= int(seconds)
            cache.write("session", entry.key, document)
        cache.remove_memos()


def processes(home: Home) -> list[int]:
    """Return the processes that live in a home directory."""
    mark = f"HOME={home.path}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def assert_pasteable(hint: str) -> None:
    """Check that what begins with a command of ours is one for a shell, with no words behind it."""
    if hint.startswith("aws-mfa-process "):
        done = subprocess.run(["sh", "-n"], input=hint.encode(), capture_output=True, check=False)
        assert done.returncode == 0, (hint, done)
        assert not re.search(r"[,;:] |\.$", hint), hint


def assert_refused(done: Result, status: int, message: str, hint: str = "") -> None:
    """Check the form of a failure: nothing on stdout, one line and perhaps a hint on stderr."""
    assert (done.status, done.out) == (status, ""), done
    assert _FORM.fullmatch(done.err), done
    error, _, told = done.err.partition("\nhint: ")
    assert message in error, done
    assert hint in told, done
    assert_pasteable(told)

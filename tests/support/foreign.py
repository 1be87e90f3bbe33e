"""Servers with an STS that nobody here wrote: each a process of its own, on loopback."""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from support.parts import missing, need
from support.waiting import wait_until

BIN = str(Path(sys.executable).parent)
ROLE = "Admin"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"},'
    ' "Action": "sts:*"}]}'
)
ALL = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)


class Foreign(NamedTuple):
    """A server, and a user of it who may assume a role."""

    url: str
    account: str
    key_id: str
    secret: str

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role/{ROLE}"

    @property
    def config(self) -> str:
        """The profile of the user's keys."""
        return (
            f"[profile keys]\nregion = eu-central-1\nendpoint_url = {self.url}\n"
            f"aws_access_key_id = {self.key_id}\naws_secret_access_key = {self.secret}\n"
            f"mfa_serial = arn:aws:iam::{self.account}:mfa/alice\n"
        )


def moto(port: int, folder: Path, config: pytest.Config) -> tuple[list[str], Mapping[str, str]]:
    """The program and environment of moto, which looks at no signature."""
    del folder, config
    return [need("moto_server", BIN), "-H", "127.0.0.1", "-p", str(port)], {}


def ministack(
    port: int, folder: Path, config: pytest.Config
) -> tuple[list[str], Mapping[str, str]]:
    """Those of ministack, which looks at signatures, sessions and the role's trust policy."""
    variables = {"AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    return [_ministack(config)], {**variables, "HOME": str(folder)}


def roto(port: int, folder: Path, config: pytest.Config) -> tuple[list[str], Mapping[str, str]]:
    """Those of roto, in Rust."""
    del config
    options = ["--ephemeral", "--data-dir", str(folder / "roto"), "--port", str(port)]
    return [need("roto-server", BIN), *options], {}


SERVERS = {"moto": moto, "ministack": ministack, "roto": roto}


def _ministack(config: pytest.Config) -> str:
    """Return its program: it wants a botocore of its own, and is kept for the next run."""
    folder: Path = config.cache.mkdir("ministack")
    program = folder / "venv" / "bin" / "ministack"
    with (folder / "lock").open("w") as lock:  # two workers may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            venv.create(folder / "venv", clear=True)
            pip = [sys.executable, "-m", "pip", "--python", str(folder / "venv"), "install"]
            done = subprocess.run(
                [*pip, "--quiet", "ministack>=1.5"],
                env={name: text for name, text in os.environ.items() if name != "PIP_CONSTRAINT"},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                missing(f"ministack: {done.stderr}")
    return str(program)


@contextlib.contextmanager
def served(name: str, folder: Path, config: pytest.Config) -> Iterator[Foreign]:
    """Run one of `SERVERS`, with a user and a role."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command, environ = SERVERS[name](port, folder, config)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={"PATH": BIN, **environ},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None, (folder / "server.log").read_text()
        yield _furnished(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _furnished(url: str) -> Foreign:
    session = boto3.Session("test", "test", region_name="us-east-1")
    iam = session.client("iam", endpoint_url=url)
    account = iam.create_user(UserName="alice")["User"]["Arn"].split(":")[4]
    with contextlib.suppress(ClientError):  # roto has no policies
        iam.put_user_policy(UserName="alice", PolicyName="all", PolicyDocument=ALL)
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    return Foreign(url, account, key["AccessKeyId"], key["SecretAccessKey"])

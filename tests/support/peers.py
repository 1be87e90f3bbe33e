"""Other tools for the benchmark, each with a session in its own cache."""

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from support.benchmark import BIN, Bench
from support.clients import official_cli_2

CLI_COMMAND = ["sts", "get-caller-identity", "--profile", "cli"]
KEPT = Path(__file__).parents[2] / ".pytest_cache" / "d" / "aws-cli-2"
"""Where the tests keep it, too."""


def add_profile(bench: Bench) -> None:
    """Add a profile whose code the other tools ask for by themselves."""
    sandbox = bench.sandbox
    with (bench.aws / "config").open("a") as file:
        file.write(
            f"\n[profile cli]\nregion = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
            f"role_arn = {sandbox.role_arns['Admin']}\nsource_profile = bastion-keys\n"
            f"mfa_serial = {sandbox.mfa_serial}\n"
        )


def cases(bench: Bench, folder: Path) -> dict[str, Callable[[], float]]:
    """Return the tools that can be installed, as cases."""
    found: dict[str, Callable[[], float]] = {}
    for name, made in _COMMANDS.items():
        command = made(bench, folder)
        if command:
            found[name] = lambda command=command: bench.seconds(command)  # type: ignore[misc]
        else:
            print(f"not installed: {name}", file=sys.stderr)
    return found


def _aws_cli_1(bench: Bench, _folder: Path) -> list[str]:
    """The AWS CLI, which is given its code on a terminal."""
    bench.sandbox.reset()
    program = str(BIN / "aws")
    terminal = pexpect.spawn(program, CLI_COMMAND, env=bench.environ, encoding="utf-8")
    terminal.expect("MFA code")
    terminal.sendline(bench.sandbox.code())
    terminal.expect(pexpect.EOF)
    terminal.close()
    if terminal.exitstatus:
        sys.exit(f"the AWS CLI did not log in: {terminal.before}")
    return [program, *CLI_COMMAND]


def _aws_cli_2(_bench: Bench, _folder: Path) -> list[str]:
    """AWS's own build; it finds what the AWS CLI 1 has put into their common cache."""
    KEPT.mkdir(parents=True, exist_ok=True)
    try:
        return [official_cli_2(KEPT), *CLI_COMMAND]
    except pytest.skip.Exception:
        return []


def _aws_mfa(bench: Bench, folder: Path) -> list[str]:
    with (bench.aws / "credentials").open("a") as file:
        file.write(
            "\n[default-long-term]\naws_access_key_id = AKIAEXAMPLE\n"
            "aws_secret_access_key = example\naws_mfa_device = example\n"
            "\n[default]\nassumed_role = False\naws_access_key_id = ASIAEXAMPLE\n"
            "aws_secret_access_key = example\naws_session_token = example\n"
            "aws_security_token = example\nexpiration = 2099-01-01 00:00:00\n"
        )
    return _installed(folder, "aws-mfa", "aws-mfa")


def _awsume(bench: Bench, folder: Path) -> list[str]:
    """It keeps the MFA session, and assumes the role each time."""
    command = _installed(folder, "awsume", "awsumepy")
    if command:
        bench.environ["AWS_ENDPOINT_URL"] = bench.sandbox.endpoint_url
        command += ["cli", "--show-commands"]
        bench.seconds([*command, "--mfa-token", bench.sandbox.code()])
    return command


def _installed(folder: Path, package: str, program: str) -> list[str]:
    """Install a package from the index; return its program, or nothing where it does not come."""
    place = folder / package
    venv.create(place, with_pip=True)
    install = [str(place / "bin" / "pip"), "install", "--quiet", package, "setuptools"]
    done = subprocess.run(install, capture_output=True, check=False)
    return [] if done.returncode else [str(place / "bin" / program)]


_COMMANDS: dict[str, Callable[[Bench, Path], list[str]]] = {
    "AWS CLI 1, role session in its cache (100 ms STS)": _aws_cli_1,
    "AWS CLI 2, the same": _aws_cli_2,
    "aws-mfa, session still valid": _aws_mfa,
    "awsume, MFA session still valid (100 ms STS)": _awsume,
}

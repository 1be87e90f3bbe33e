"""How fast it is, as ratios to an empty interpreter, measured in one run on one machine.

Run it with ``make bench``, or ``python tests/bench.py`` from an environment that has the program
installed (not in place: an editable install adds an import hook). Everything is a whole process
on the practice AWS, which answers each call after 100 ms. Each round runs every case once, so
that a machine that changes its speed changes all of them; a row is the median of the ratios.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from aws_mfa_process.sandbox.server.sandbox import Sandbox

BIN = Path(sys.executable).parent
PROGRAM = str(BIN / "aws-mfa-process")
EMPTY = [sys.executable, "-I", "-c", "pass"]
QUICK_ROUNDS = 60
SLOW_ROUNDS = 7
MANY = 50
PEER = "aws-mfa"
CLI_COMMAND = ["sts", "get-caller-identity", "--profile", "cli"]


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
        with (self.aws / "config").open("a") as file:
            file.write(
                f"\n[profile cli]\nregion = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
                f"role_arn = {role}\nsource_profile = bastion-keys\n"
                f"mfa_serial = {sandbox.mfa_serial}\n"
            )

        self.many = [f"role{number:02}" for number in range(MANY)]

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
                command,
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
        return time.perf_counter() - started

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
        for file in self.cache.glob("session-*"):
            if b'"roles":' in file.read_bytes():
                file.unlink()
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

    def cli(self) -> float:
        """Return what the AWS CLI needs for a role session that it has in its own cache."""
        return self.seconds([str(BIN / "aws"), *CLI_COMMAND])

    def log_the_cli_in(self) -> None:
        """Give the AWS CLI its code, on a terminal."""
        import pexpect  # noqa: PLC0415 - for this one case

        self.sandbox.reset()
        terminal = pexpect.spawn(
            str(BIN / "aws"),
            CLI_COMMAND,
            env=self.environ,
            encoding="utf-8",
        )
        terminal.expect("MFA code")
        terminal.sendline(self.sandbox.code())
        terminal.expect(pexpect.EOF)
        terminal.close()
        if terminal.exitstatus:
            sys.exit(f"the AWS CLI did not log in: {terminal.before}")


def peer(folder: Path, bench: Bench) -> list[str] | None:
    """Install another tool from the package index; return its command for a live session."""
    place = folder / "peer"
    venv.create(place, with_pip=True)
    install = [str(place / "bin" / "pip"), "install", "--quiet", PEER, "setuptools"]
    if subprocess.run(install, capture_output=True, check=False).returncode:
        return None
    with (bench.aws / "credentials").open("a") as file:
        file.write(
            "\n[default-long-term]\naws_access_key_id = AKIAEXAMPLE\n"
            "aws_secret_access_key = example\naws_mfa_device = example\n"
            "\n[default]\nassumed_role = False\naws_access_key_id = ASIAEXAMPLE\n"
            "aws_secret_access_key = example\naws_session_token = example\n"
            "aws_security_token = example\nexpiration = 2099-01-01 00:00:00\n"
        )
    return [str(place / "bin" / PEER)]


def ratios(cases: dict[str, Callable[[], float]], empty: Callable[[], float], rounds: int) -> None:
    """Run the cases in turn and print each one's row."""
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            base = empty()
            value = case()
            if number:
                rows[name].append((value, base))
    for name, pairs in rows.items():
        ratio = statistics.median(value / base for value, base in pairs)
        seconds = statistics.median(value for value, _ in pairs)
        print(f"| {name} | {ratio:.2f} | {seconds * 1000:.0f} ms |", flush=True)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        bench = Bench(folder, sandbox)
        other = peer(folder, bench)

        def empty() -> float:
            return bench.seconds(EMPTY)

        print("| whole process | to an empty interpreter | median |")
        print("|---|---|---|")
        bench.first()
        bench.warm()
        ratios({"an empty interpreter, `python -I -c pass`": empty}, empty, QUICK_ROUNDS)
        ratios({"**warm answer**": bench.warm}, empty, QUICK_ROUNDS)
        ratios(
            {
                "answer from a stored session, no memo": bench.stored,
                "role renewed, MFA session alive (100 ms STS)": bench.renewal,
            },
            empty,
            SLOW_ROUNDS,
        )
        ratios(
            {
                "first call: code, MFA session, role (twice 100 ms STS)": bench.first,
                f"{MANY} first calls at once, all together": lambda: bench.first(MANY),
            },
            empty,
            SLOW_ROUNDS,
        )
        with (bench.aws / "config").open("a") as file:
            file.writelines(f"\n[profile team{number}]\nregion = x\n" for number in range(MANY))
        ratios(
            {f"TAB behind `whoami team`, {MANY} profiles, bash and its start": bench.completion},
            empty,
            QUICK_ROUNDS,
        )
        bench.first()
        ratios({"`status --short prod`": bench.short}, empty, QUICK_ROUNDS)
        bench.add_roles()
        ratios(
            {f"`login --all-roles`, {MANY} roles after one code (100 ms STS)": bench.all_roles},
            empty,
            SLOW_ROUNDS,
        )
        bench.log_the_cli_in()
        cases = {
            "AWS CLI 1, `sts get-caller-identity` with a role session in its cache"
            " (100 ms STS)": bench.cli
        }
        if other is not None:
            cases[f"{PEER}, session still valid"] = lambda: bench.seconds(other)
        ratios(cases, empty, SLOW_ROUNDS)


if __name__ == "__main__":
    main()

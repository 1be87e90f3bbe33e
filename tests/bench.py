"""How fast it is, as ratios to an empty interpreter, measured in one run on one machine.

Run it with ``make bench``, or ``python tests/bench.py`` from an environment that has the program
installed (not in place: an editable install adds an import hook). Everything is a whole process
on the practice AWS. Each round runs every case once, so that a machine that changes its speed
changes all of them; a row is the median of the ratios.
"""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.benchmark import AT_ONCE, BOTOCORE, FILES, MANY, PROFILES, STORED, Bench, over_https

EMPTY = [sys.executable, "-I", "-c", "pass"]
QUICK_ROUNDS = 60
SLOW_ROUNDS = 15
FEW_ROUNDS = 7
PEER = "aws-mfa"


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


class Table:
    """The rows, as they are measured."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        print("| whole process | to an empty interpreter | median |")
        print("|---|---|---|")

    def add(self, rounds: int, cases: dict[str, Callable[[], float]]) -> None:
        """Run the cases in turn and print each one's row."""
        rows: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for number in range(rounds + 1):
            for name, case in cases.items():
                base = self.empty()
                value = case()
                if number:
                    rows[name].append((value, base))
        for name, pairs in rows.items():
            ratio = statistics.median(value / base for value, base in pairs)
            seconds = statistics.median(value for value, _ in pairs)
            print(f"| {name} | {ratio:.2f} | {seconds * 1000:.0f} ms |", flush=True)

    def empty(self) -> float:
        """Return what an empty interpreter takes."""
        return self._bench.seconds(EMPTY)


def instructions(bench: Bench, command: list[str]) -> int:
    """Count the instructions of a process, which do not depend on how busy a machine is."""
    options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(
        ["valgrind", *options, *command],
        env=bench.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found[1]) if found else 0


def add_stored(table: Table, bench: Bench) -> None:
    """Measure what needs no code."""
    bench.first()
    bench.warm()
    table.add(QUICK_ROUNDS, {"an empty interpreter, `python -I -c pass`": table.empty})
    table.add(QUICK_ROUNDS, {"**warm answer**": bench.warm})
    table.add(
        SLOW_ROUNDS,
        {
            "answer from a stored session, no memo": bench.stored,
            "role renewed, MFA session alive (100 ms STS)": bench.renewal,
        },
    )
    table.add(QUICK_ROUNDS, {"`status --short prod`": bench.short})


def add_calls(table: Table, bench: Bench, folder: Path) -> None:
    """Measure calls of an STS that answers at once."""
    with bench.at_once():
        table.add(
            SLOW_ROUNDS,
            {
                "**role renewed**, http": bench.renewal,
                "the least script with botocore, http": bench.botocore,
            },
        )
        for is_whole in (False, True):
            trusted = "botocore's certificates and one" if is_whole else "one certificate"
            with over_https(bench, folder, is_whole=is_whole):
                bench.first_at_once()
                table.add(
                    SLOW_ROUNDS,
                    {
                        f"role renewed, https, {trusted}": bench.renewal,
                        f"the least script with botocore, https, {trusted}": bench.botocore,
                    },
                )
        table.add(
            SLOW_ROUNDS,
            {
                "first call, code from a command": bench.first_at_once,
                "**Enter at the question → answer**": bench.enter,
            },
        )


def add_many(table: Table, bench: Bench) -> None:
    """Measure much at once."""
    table.add(
        FEW_ROUNDS,
        {
            "first call: code, MFA session, role (twice 100 ms STS)": bench.first,
            f"{MANY} first calls at once, all together": lambda: bench.first(MANY),
            f"{AT_ONCE} roles at once, MFA session alive (100 ms STS)": bench.roles_at_once,
        },
    )
    with (bench.aws / "config").open("a") as file:
        file.writelines(f"\n[profile team{number}]\nregion = x\n" for number in range(MANY))
    table.add(
        QUICK_ROUNDS,
        {f"TAB behind `whoami team`, {MANY} profiles, bash and its start": bench.completion},
    )
    bench.add_roles()
    table.add(
        FEW_ROUNDS,
        {f"`login --all-roles`, {MANY} roles after one code (100 ms STS)": bench.all_roles},
    )


def add_growth(table: Table, bench: Bench) -> None:
    """Measure with much of everything."""
    bench.store_sessions()
    with bench.at_once():
        table.add(
            FEW_ROUNDS,
            {
                f"`status` with {STORED} profiles and sessions": bench.status,
                f"one more role with {STORED} stored ones": bench.one_more,
            },
        )
        bench.fill_the_folder()
        table.add(FEW_ROUNDS, {f"role renewed, {FILES} files in the folder": bench.one_more})
        bench.add_profiles()
        bench.renewal()
        table.add(
            FEW_ROUNDS,
            {
                f"answer from a stored session, {PROFILES} profiles": bench.stored,
                f"role renewed, {PROFILES} profiles": bench.renewal,
            },
        )


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        bench = Bench(folder, sandbox)
        other = peer(folder, bench)
        table = Table(bench)
        add_stored(table, bench)
        add_calls(table, bench, folder)
        add_other_measures(bench)
        add_many(table, bench)
        bench.log_the_cli_in()
        cases = {
            "AWS CLI 1, `sts get-caller-identity` with a role session in its cache"
            " (100 ms STS)": bench.cli
        }
        if other is not None:
            cases[f"{PEER}, session still valid"] = lambda: bench.seconds(other)
        table.add(FEW_ROUNDS, cases)
        add_growth(table, bench)


def add_other_measures(bench: Bench) -> None:
    """Measure memory, and instructions where there is valgrind."""
    script = [sys.executable, "-I", "-c", BOTOCORE]
    bench.first_at_once()
    bench.write_session()
    bench.remove("memo")
    bench.forget_roles()
    print(f"| most memory of a renewal | | {bench.memory(bench.ours):.0f} MiB |")
    print(f"| most memory of the script with botocore | | {bench.memory(script):.0f} MiB |")
    if shutil.which("valgrind") is None:
        return
    base = instructions(bench, EMPTY)
    ours = [sys.executable, *bench.ours]
    print(f"| instructions of a warm answer | {instructions(bench, ours) / base:.2f} | |")
    bench.remove("memo")
    print(f"| … of a stored one | {instructions(bench, ours) / base:.2f} | |")
    bench.remove("memo")
    bench.forget_roles()
    print(f"| … of a renewal | {instructions(bench, ours) / base:.2f} | |")
    print(f"| … of the script with botocore | {instructions(bench, script) / base:.2f} | |")


if __name__ == "__main__":
    main()

"""How fast it is, as ratios to an empty interpreter, measured in one run on one machine.

Run it with ``make bench``, or ``python tests/bench.py`` from an environment that has the program
installed (not in place: an editable install adds an import hook). Everything is a whole process
on the practice AWS. Each round runs every case once, so that a machine that changes its speed
changes all of them; a row is the median of the ratios. Where there is valgrind, instructions are
counted too, which do not depend on how busy a machine is.
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support import peers
from support.benchmark import AT_ONCE, BOTOCORE, FILES, MANY, PROFILES, STORED, Bench, over_https

EMPTY = [sys.executable, "-I", "-c", "pass"]
QUICK_ROUNDS = 60
SLOW_ROUNDS = 15
FEW_ROUNDS = 7


class Table:
    """The rows, as they are measured."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._has_valgrind = shutil.which("valgrind") is not None
        self._base = self._instructions(self.empty)
        print("| whole process | to an empty interpreter | median | instructions |")
        print("|---|---|---|---|")

    def add(
        self, rounds: int, cases: dict[str, Callable[[], float]], *, is_counted: bool = True
    ) -> list[float]:
        """Run the cases in turn, print each one's row, and return their medians in seconds.

        Instructions are counted of cases that are one process each, if wanted.
        """
        rows: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for number in range(rounds + 1):
            for name, case in cases.items():
                base = self.empty()
                value = case()
                if number:
                    rows[name].append((value, base))
        medians = []
        for name, pairs in rows.items():
            ratio = statistics.median(value / base for value, base in pairs)
            medians.append(statistics.median(value for value, _ in pairs))
            count = self._instructions(cases[name]) if is_counted else 0
            counted = f"{count / self._base:.2f}" if count else ""
            print(f"| {name} | {ratio:.2f} | {medians[-1] * 1000:.0f} ms | {counted} |", flush=True)
        return medians

    def empty(self) -> float:
        """Return what an empty interpreter takes."""
        return self._bench.seconds(EMPTY)

    def _instructions(self, case: Callable[[], float]) -> int:
        return self._bench.instructions(case) if self._has_valgrind else 0


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
        table.add(SLOW_ROUNDS, {"first call, code from a command": bench.first_at_once})
        table.add(
            SLOW_ROUNDS, {"**Enter at the question → answer**": bench.enter}, is_counted=False
        )


def add_many(table: Table, bench: Bench) -> None:
    """Measure much at once."""
    roles = f"{AT_ONCE} roles at once, MFA session alive (100 ms STS)"
    at_once, call, *_ = table.add(
        SLOW_ROUNDS,
        {
            roles: bench.roles_at_once,
            "the least script with botocore (100 ms STS)": bench.botocore,
            "first call: code, MFA session, role (twice 100 ms STS)": bench.first,
            f"{MANY} first calls at once, all together": lambda: bench.first(MANY),
        },
        is_counted=False,
    )
    print(f"| the {AT_ONCE} roles, in scripts with botocore | {at_once / call:.2f} | | |")
    with (bench.aws / "config").open("a") as file:
        file.writelines(f"\n[profile team{number}]\nregion = x\n" for number in range(MANY))
    table.add(
        QUICK_ROUNDS,
        {f"TAB behind `whoami team`, {MANY} profiles, bash and its start": bench.completion},
        is_counted=False,
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
            SLOW_ROUNDS,
            {
                f"`status` with {STORED} profiles and sessions": bench.status,
                f"one more role with {STORED} stored ones": bench.one_more,
            },
        )
        bench.fill_the_folder()
        table.add(SLOW_ROUNDS, {f"role renewed, {FILES} files in the folder": bench.one_more})
        bench.add_profiles()
        bench.renewal()
        table.add(
            SLOW_ROUNDS,
            {
                f"answer from a stored session, {PROFILES} profiles": bench.stored,
                f"role renewed, {PROFILES} profiles": bench.renewal,
            },
        )


def add_memory(bench: Bench) -> None:
    """Measure memory."""
    script = [sys.executable, "-I", "-c", BOTOCORE]
    bench.first_at_once()
    bench.write_session()
    bench.remove("memo")
    bench.forget_roles()
    print(f"| most memory of a renewal | | {bench.memory(bench.ours):.0f} MiB | |")
    print(f"| most memory of the script with botocore | | {bench.memory(script):.0f} MiB | |")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        bench = Bench(folder, sandbox)
        table = Table(bench)
        add_stored(table, bench)
        add_calls(table, bench, folder)
        add_memory(bench)
        add_many(table, bench)
        environ = dict(bench.environ)
        peers.add_profile(bench)
        table.add(FEW_ROUNDS, peers.cases(bench, folder))
        bench.environ = environ
        add_growth(table, bench)


if __name__ == "__main__":
    main()

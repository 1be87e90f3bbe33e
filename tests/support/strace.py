"""System calls of the program: seen, answered in the kernel's place, or never reached."""

import os
import re
from collections.abc import Sequence

from support.home import PROGRAM, Home, Result
from support.parts import need

Step = tuple[str, int]
"""The name of a system call, and how many of that name there are up to it."""
_NOTHING = r'"(POST (?!.*content-type)|Action=GetCaller|Action=List)'
"""A part of a call that does nothing: botocore's head without the body; a question."""
FOLLOW = ("-f", "--seccomp-bpf")
"""Look at child processes too, and stop at nothing else: as fast as without strace."""


def system_calls(home: Home, name: str, inject: str, *arguments: str) -> tuple[Result, str]:
    """Run the program, some calls of its answered at once; return what it did, and those calls.

    Each call stands behind its process and its time in seconds since the epoch.
    """
    log = home.path.parent / "trace"
    options = [*FOLLOW, "-ttt", "-o", str(log), "-e", f"trace={name}"]
    options += ["-e", f"inject={name}:{inject}"]
    done = home.run(*options, PROGRAM, *arguments, program=need("strace"))
    return done, log.read_text()


def steps_of(home: Home, names: Sequence[str], *arguments: str) -> list[Step]:
    """Run the program and return the steps of its main thread, in their order."""
    log = home.path.parent / "trace"
    line = ["-e", f"trace={','.join(names)}", "-o", str(log), PROGRAM, *arguments]
    done = home.run(*line, program=need("strace"))
    assert done.status == 0, done
    counts = dict.fromkeys(names, 0)
    steps = []
    for text in log.read_text().splitlines():
        call = re.match(r"(\w+)\(", text)
        if call and call[1] in counts:
            counts[call[1]] += 1
            if not re.search(_NOTHING, text):
                steps.append((call[1], counts[call[1]]))
    return steps


def kill_before(home: Home, step: Step, *arguments: str) -> None:
    """Run the program and kill it before one of its steps."""
    name, number = step
    inject = f"inject={name}:signal=KILL:when={number}"
    line = ["-o", os.devnull, "-e", f"trace={name}", "-e", inject, PROGRAM, *arguments]
    done = home.run(*line, program="strace")
    assert done.status in (-9, 137), (step, done)

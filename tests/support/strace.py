"""System calls of the program: seen, answered in the kernel's place, or never reached."""

import os
import re
from collections.abc import Mapping, Sequence

from support.home import PROGRAM, Home, Result
from support.parts import need

Step = tuple[str, int]
"""The name of a system call, and how many of that name there are up to it."""
_NOTHING = r'"(POST (?!.*content-type)|Action=GetCaller|Action=List)'
"""A part of a call that does nothing: botocore's head without the body; a question."""
_CHANGING = (
    r"(CreateItem|CreateCollection|SetSecret|Set|SetAlias|Delete|Lock)\\0|Action=(?!Get|List)"
    r"|POST .*content-type|^(unlink|rename|clone)"
)
"""What a thread does that changes something: a call of the keyring or of AWS, a file, a process."""
_MADE = r"(mkdir|openat\((?!AT_FDCWD, ./dev/).*O_(CREAT|TRUNC|WRONLY|RDWR)).* = \d+$"
"""A file or a folder that is new, or may be changed."""
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
    """Run the program and return the steps of its main thread, in their order.

    A step that follows one which changed nothing is left out: a kill before either leaves the same.
    """
    folder = home.path.parent / "traces"
    folder.mkdir()
    seen = {*names, "execve", "sendto", "openat", "mkdir"}
    line = ["-f", *FOLLOW, "-s", "400", "-e", f"trace={','.join(seen)}", "-o", str(folder / "of")]
    done = home.run(*line, PROGRAM, *arguments, program=need("strace"))
    assert done.status == 0, done
    threads = {path.suffix[1:]: path.read_text() for path in folder.iterdir()}
    (main,) = (text for text in threads.values() if text.startswith(f'execve("{PROGRAM}"'))
    counts = dict.fromkeys(names, 0)
    steps = []
    is_new = True
    for text in main.splitlines():
        call = re.match(r"(\w+)\(", text)
        if call and call[1] in counts:
            counts[call[1]] += 1
            if re.search(_NOTHING, text):
                continue
            if is_new:
                steps.append((call[1], counts[call[1]]))
            is_new = _changes(text, threads)
        elif re.match(_MADE, text):
            is_new = True
    return steps


def _changes(call: str, threads: Mapping[str, str]) -> bool:
    """Tell whether a call has changed anything: a thread of ours that only asks does not."""
    made = re.search(r"CLONE_THREAD.* = (\d+)$", call)
    if made:
        return re.search(_CHANGING, threads[made[1]], re.MULTILINE) is not None
    return " = -1 " not in call


def kill_before(home: Home, step: Step, *arguments: str) -> None:
    """Run the program and kill it before one of its steps."""
    name, number = step
    inject = f"inject={name}:signal=KILL:when={number}"
    line = ["-o", os.devnull, "-e", f"trace={name}", "-e", inject, PROGRAM, *arguments]
    done = home.run(*line, program="strace")
    assert done.status in (-9, 137), (step, done)

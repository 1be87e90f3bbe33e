"""Commands of AWS clients, run by a process that has loaded the client once.

What is kept from one command to the next is the client's code alone: each has its own
arguments and environment. In Python each is a process of its own. JavaScript keeps files that
it has read, by their path: there each command has to have a home directory of its own.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from support.home import Result
from support.parts import need

BOTO3 = "import boto3; boto3.Session().client('sts', 'eu-central-1')"
AWS_CLI_1 = "import awscli.clidriver; awscli.clidriver.create_clidriver()"
"""What loads a client in Python. The two need a process each: the AWS CLI 1 brings a botocore
of its own, which others in its process find instead of theirs. Where its data lie it says in
the environment as it is loaded; that stays."""
SECONDS = 120
"""No command takes longer."""
_DONE = "status "
_PYTHON = f"""\
import gc, json, os, runpy, sys, tempfile
given = set(os.environ)
exec(sys.argv[1])
own = {{name: text for name, text in os.environ.items() if name not in given}}
gc.freeze()
for line in sys.stdin:
    command, environ, folder = json.loads(line)
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    if not (process := os.fork()):
        for number, file in enumerate((open(os.devnull), out, err)):
            os.dup2(file.fileno(), number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ | own)
        if command[0] == sys.executable:
            sys.argv = command[1:2] + command[3:]
            exec(command[2], {{"__name__": "__main__"}})
        else:
            sys.argv = command
            runpy.run_path(command[0], run_name="__main__")
        sys.exit()
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    out.seek(0), err.seek(0)
    print("{_DONE}", json.dumps([status, *(it.read().decode() for it in (out, err))]), flush=True)
"""
_NODE = f"""\
import {{ createInterface }} from "node:readline";

let number = 0;
for await (const line of createInterface({{ input: process.stdin }})) {{
  const [[, script, ...words], environ] = JSON.parse(line);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environ);
  process.argv.splice(2, Infinity, ...words);
  const done = await import(`file://${{script}}?${{number++}}`).then(() => 0, () => 1);
  console.log("{_DONE}", JSON.stringify([done, "", ""]));
}}
"""


class Warm:
    """A client that is loaded, and runs one command after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, command: list[str], environ: Mapping[str, str], folder: str = "/") -> Result:
        """Run a command of the client in a folder, without a terminal; return what it did."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([command, dict(environ), folder]) + "\n")
        self._process.stdin.flush()
        end = threading.Timer(SECONDS, os.killpg, (self._process.pid, signal.SIGKILL))
        end.start()
        try:
            line = next(it for it in self._process.stdout if it.startswith(_DONE))
        finally:
            end.cancel()
        return Result(*json.loads(line.removeprefix(_DONE)))


@contextlib.contextmanager
def _warm(*command: str) -> Iterator[Warm]:
    with subprocess.Popen(
        command,
        env={"PATH": os.defpath, "HOME": os.devnull},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        yield Warm(process)
        assert process.stdin
        process.stdin.close()


def python(loads: str) -> contextlib.AbstractContextManager[Warm]:
    """Load a client in Python, by `BOTO3` or `AWS_CLI_1`; it runs scripts and ``-c``."""
    return _warm(sys.executable, "-c", _PYTHON, loads)


def node(folder: Path) -> contextlib.AbstractContextManager[Warm]:
    """Run scripts of Node, which share what they import; what they print is left out."""
    server = folder / "warm.mjs"
    server.write_text(_NODE)
    return _warm(need("node"), str(server))

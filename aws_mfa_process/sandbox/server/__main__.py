"""The practice AWS as a process of its own: ``python -m aws_mfa_process.sandbox.server COMMAND``.

It owns the folder with the AWS config, tells where everything is in one line of JSON, and
ends with its standard input; so nothing is left over, however its parent ended.
"""

import json
import os
import signal
import sys
from pathlib import Path

from aws_mfa_process.errors import machine_error
from aws_mfa_process.sandbox import folder
from aws_mfa_process.sandbox.server.accounts import ALICE, with_new_keys
from aws_mfa_process.sandbox.server.sandbox import Sandbox

_KEY_DELAY_SECONDS = 5


def main(command: str) -> None:
    """Serve until standard input ends; what the system refuses is told in the line of JSON.

    Args:
        command: The credential process, as it stands in the AWS config.
    """
    try:
        _serve(command)
    except Exception as error:
        failure = machine_error(error)
        if failure is None:
            raise
        _tell({"error": failure.message, "hint": failure.hint})


def _serve(command: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the person's programs
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _hold_end(signal.SIG_BLOCK)  # a folder that is made is in the hands of what removes it
    with folder.new() as name, Sandbox(with_new_keys(ALICE)) as sandbox:
        _hold_end(signal.SIG_UNBLOCK)
        sandbox.key_delay_seconds = _KEY_DELAY_SECONDS
        sandbox.write_config(Path(name), command)
        sandbox.moto.load()
        folder.announce(Path(name), sandbox.endpoint_url, sandbox.token)
        where = {"endpoint_url": sandbox.endpoint_url, "folder": name, "token": sandbox.token}
        if _tell(where):
            sys.stdin.read()


def _hold_end(how: int) -> None:
    """Let SIGTERM wait, or come."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(how, [signal.SIGTERM])


def _tell(where: dict[str, str]) -> bool:
    """Write a line of JSON to the parent; False when it has gone.

    The parent reads no more than that: what a library prints later would fill the pipe.
    """
    try:
        sys.stdout.write(f"{json.dumps(where)}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    finally:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return True


if __name__ == "__main__":  # pragma: no branch
    main(sys.argv[1])

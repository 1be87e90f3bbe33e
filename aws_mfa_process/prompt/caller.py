"""Who asks: the name of the calling program, for the question."""

import itertools
import os
import re
import sys

from aws_mfa_process import PARENT
from aws_mfa_process.display import plain

_INTERPRETERS = re.compile(r"^(python|node|ruby|perl|bash|sh|dash|zsh|java|php)[0-9.]*$")


def caller_name() -> str:
    """Return name and number of our parent process, such as ``terraform (4242)``.

    Only the program and, for an interpreter, the file it runs are looked at: the other arguments
    may hold secrets.
    """
    name = plain(program_name(_command_line(PARENT)))
    return f"{name} ({PARENT})" if name else ""


def program_name(words: list[str]) -> str:
    """Return the name of a program as a person knows it.

    >>> program_name(["/usr/bin/python3", "-u", "/home/alice/report.py", "--key", "x"])
    'report.py'
    >>> program_name(["terraform", "plan"])
    'terraform'
    >>> program_name(["bash", "--norc", "-c", "curl https://alice:secret/x"])
    'bash'
    """
    if not words:
        return ""
    name = os.path.basename(words[0])
    if _INTERPRETERS.match(name):
        options = list(itertools.takewhile(lambda word: word.startswith("-"), words[1:]))
        is_code = any(re.fullmatch(r"-[a-zA-Z]*[ce]", option) for option in options)
        if not is_code and len(words) > len(options) + 1:
            return os.path.basename(words[len(options) + 1])
    return name


def _command_line(number: int) -> list[str]:
    try:
        if sys.platform == "linux":
            with open(f"/proc/{number}/cmdline", "rb") as file:
                return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
        if sys.platform == "darwin":
            import subprocess

            command = ["/bin/ps", "-o", "comm=", "-p", str(number)]
            done = subprocess.run(command, capture_output=True, check=False)
            return [os.fsdecode(done.stdout.strip())]
    except OSError:
        pass
    return []

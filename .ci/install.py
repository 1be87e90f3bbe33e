"""Install packages with pip: one line for each that comes, one for why it could not come.

Run by the Makefile, with the interpreter of a virtual environment and the arguments of
``pip install``.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable

_COMES = re.compile(
    r" *(?:Downloading|Using cached) (?:\S*/)?([^\s/-]+-[^\s/-]+?)(?:-|\.tar|\.zip)\S*(.*)"
)
_UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ConnectionReset"
    r"|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED"
)
_LACKS = re.compile(r"satisfies the requirement ([\w.-]+)\S* \(from versions: none\)")


def main(arguments: list[str]) -> int:
    """Run pip and return its exit status."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_PROGRESS_BAR": "off", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        lines = list(shown(pip.stdout or ()))
    if pip.returncode:
        print(reason(lines), file=sys.stderr)
    return pip.returncode


def shown(lines: Iterable[str]) -> Iterable[str]:
    """Print a line for each file that comes; hand on what pip says."""
    is_told = False
    for line in lines:
        if comes := _COMES.match(line):
            print(f"  {comes[1]}{comes[2]}", flush=True)
        elif line.startswith("Installing collected packages:") and "," in line:
            print(f"  installing {line.count(',') + 1} packages", flush=True)
        elif "Retrying (" in line and not is_told:
            print("  the package index does not answer: trying again", flush=True)
            is_told = True
        yield line


def reason(lines: list[str]) -> str:
    """Return why pip failed: in one line where the index is out of reach, else in pip's words."""
    if any(_UNREACHABLE.search(line) for line in lines):
        return "The package index cannot be reached: look at the network, the proxy or pip's config"
    for line in lines:
        if lacks := _LACKS.search(line):
            return f"The package index has no {lacks[1]}, or cannot be reached"
    errors = [line for line in lines if line.startswith("ERROR:")]
    return "".join(errors or lines[-20:]).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Which command installs something beside this program, where this program is installed.

Its one rule: pipx and uv say in a file of the environment that it is theirs; of where the program
came from nothing needs to be known.
"""

import importlib.util
import os
import shlex
import sys


def install_command(package: str, *, is_upgrade: bool = False) -> str:
    """Return the command that adds a package, such as ``botocore[crt]``, to this program."""
    has_pip = importlib.util.find_spec("pip") is not None
    return command_for(package, sys.prefix, sys.executable, has_pip=has_pip, is_upgrade=is_upgrade)


def command_for(
    package: str, prefix: str, python: str, *, has_pip: bool, is_upgrade: bool = False
) -> str:
    """Return the command for an environment in a folder, with its interpreter.

    >>> command_for("a[b]", "/nowhere", "/bin/python", has_pip=True)
    "/bin/python -m pip install 'a[b]'"
    """
    what = f"{'--upgrade ' * is_upgrade}{shlex.quote(package)}"
    if os.path.exists(os.path.join(prefix, "pipx_metadata.json")):
        name = shlex.quote(os.path.basename(prefix))  # with the suffix that pipx was given
        if is_upgrade:
            return f"pipx runpip {name} install {what}"
        return f"pipx inject {name} {what} --force"  # or pipx lets be what is there without extras
    if os.path.exists(os.path.join(prefix, "uv-receipt.toml")) or not has_pip:
        return f"uv pip install --python {shlex.quote(python)} {what}"
    return f"{shlex.quote(python)} -m pip install {what}"

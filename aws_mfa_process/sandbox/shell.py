"""The person's own shell, in which every AWS tool talks to the practice AWS."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from typing import Final

from aws_mfa_process import APP
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.sandbox import aws_cli
from aws_mfa_process.sandbox.practice import ROLE_ACCOUNTS, Practice, credential_process

_WELCOME: Final = (
    "A practice AWS runs at {url}. It and all that is in it end with this shell: exit",
    "Accounts: {accounts}.",
    (
        "In here, AWS tools read config and keys from {folder}, not from ~/.aws, and call the"
        " practice AWS. Those of before mid-2023 do not know how and call the real one, which"
        " refuses these keys."
    ),
)
_COMMANDS: Final = (
    ("{code}", "the code, in another terminal"),
    ("aws sts get-caller-identity --profile prod", "asks for that code"),
    ("aws s3 mb s3://practice --profile dev", "does not ask again"),
    ("aws-mfa-process console prod s3", "the practice console, in a browser"),
    ("aws-mfa-process status", "what is kept, and until when"),
)
_WIDEST: Final = 100
_MARK: Final = "(practice AWS) "
_MARK_PROMPT: Final = f'case ${{PS1-}} in "{_MARK}"*) ;; *) PS1="{_MARK}$PS1" ;; esac'
"""For bash, which takes its prompt from the person's files and runs this before it shows it."""


def run(practice: Practice) -> None:
    """Open a shell and wait until the person leaves it.

    Raises:
        ConfigError: The shell cannot be started.
    """
    environment, note = aws_cli.keep_inside(practice.environment(), practice.folder / "bin")
    accounts = ", ".join(f"{name} ({account})" for name, account in ROLE_ACCOUNTS.items())
    told = {"url": practice.endpoint_url, "folder": practice.folder, "accounts": accounts}
    own = APP if shutil.which(APP) else credential_process()
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    sys.stdout.write(_welcome(width, {**told, "code": f"{own} sandbox code"}, note))
    sys.stdout.flush()
    program = os.environ.get("COMSPEC" if sys.platform == "win32" else "SHELL", "/bin/sh")
    # Ctrl-C is for what runs in the shell. A handler, unlike SIG_IGN, is not inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        subprocess.run([program], env=_marked(environment), check=False)
    except OSError as error:
        message = f"the shell {program} cannot be started: {error.strerror}"
        raise ConfigError(message, hint="set SHELL to a shell you have") from error
    finally:
        signal.signal(signal.SIGINT, before)


def _welcome(width: int, told: Mapping[str, object], note: str) -> str:
    """Return the first screen; words and commands stay whole, also where one is wider."""
    lines = [_wrapped(text.format(**told), width) for text in _WELCOME]
    lines.append("")
    column = max(len(command) for command, _ in _COMMANDS)
    is_narrow = any(column + len(what) + 4 > width for _, what in _COMMANDS)
    for pattern, what in _COMMANDS:
        command = pattern.format(**told)
        if is_narrow or len(command) > column:
            lines += [f"  {command}", _wrapped(what, width, " " * 6)]
        else:
            lines.append(f"  {command:{column}}  {what}")
    return "\n".join([*lines, *([_wrapped(note, width)] if note else []), ""])


def _wrapped(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _marked(environment: Mapping[str, str]) -> dict[str, str]:
    """Let the prompt say where it is, in every shell of Bourne's kind that keeps to these two."""
    commands = [_MARK_PROMPT, environment.get("PROMPT_COMMAND", "")]
    prompt_command = "; ".join(filter(None, commands))
    return {**environment, "PS1": f"{_MARK}$ ", "PROMPT_COMMAND": prompt_command}

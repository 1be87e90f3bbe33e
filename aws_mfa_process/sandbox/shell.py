"""The person's own shell, in which every AWS tool talks to the practice AWS."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from aws_mfa_process import APP
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.sandbox import aws_cli
from aws_mfa_process.sandbox.practice import ROLE_ACCOUNTS, Practice, credential_process

_WELCOME: Final = """\
A practice AWS runs at {url}. It and all that is in it end with this shell: exit
Accounts: {accounts}.
In here, AWS tools read config and keys from {folder}, not from ~/.aws, and call the practice AWS.
Those of before mid-2023 do not know how and call the real one, which refuses these keys.

  when asked for a code: {code}    (in another terminal)
  aws sts get-caller-identity --profile prod      asks for that code
  aws s3 mb s3://practice --profile dev           does not ask again
  aws-mfa-process console prod s3                 the practice console, in your browser
  aws-mfa-process status                          what is kept, and until when
"""
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
    sys.stdout.write(_WELCOME.format(**told, code=f"{own} sandbox code"))
    sys.stdout.write(f"{note}\n" if note else "")
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


def _marked(environment: Mapping[str, str]) -> dict[str, str]:
    """Let the prompt say where it is, in every shell of Bourne's kind that keeps to these two."""
    commands = [_MARK_PROMPT, environment.get("PROMPT_COMMAND", "")]
    prompt_command = "; ".join(filter(None, commands))
    return {**environment, "PS1": f"{_MARK}$ ", "PROMPT_COMMAND": prompt_command}

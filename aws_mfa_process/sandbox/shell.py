"""The person's own shell, in which every AWS tool talks to the practice AWS."""

import os
import signal
import subprocess
import sys

from aws_mfa_process.errors import ConfigError
from aws_mfa_process.sandbox.practice import Practice

_WELCOME = """\
A practice AWS runs at {url}. It ends with this shell, and so does all you do in it.
Accounts: prod (222222222222), dev (333333333333), audit (444444444444).

  aws-mfa-process sandbox code                    the authenticator app
  aws sts get-caller-identity --profile prod      asks for that code
  aws s3 mb s3://practice --profile dev           does not ask again
  aws-mfa-process status                          what is kept, and until when

The app in another terminal: aws-mfa-process sandbox code --endpoint-url {url}
"""


def run(practice: Practice) -> None:
    """Open a shell and wait until the person leaves it.

    Raises:
        ConfigError: The shell cannot be started.
    """
    sys.stdout.write(_WELCOME.format(url=practice.endpoint_url))
    sys.stdout.flush()
    program = os.environ.get("COMSPEC" if sys.platform == "win32" else "SHELL", "/bin/sh")
    # Ctrl-C is for what runs in the shell. A handler, unlike SIG_IGN, is not inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        subprocess.run([program], env=practice.environment(), check=False)
    except OSError as error:
        message = f"the shell {program} cannot be started: {error.strerror}"
        raise ConfigError(message, hint="set SHELL to a shell you have") from error
    finally:
        signal.signal(signal.SIGINT, before)

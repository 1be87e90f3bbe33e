"""A question in a window, asked by a process that outlives our caller.

SDKs give up after 5, 30 or 60 seconds; the code that is typed after that still makes the session
that the next try finds.
"""

import os
from collections.abc import Sequence

from aws_mfa_process import APP
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError, STSError
from aws_mfa_process.memo import own_command
from aws_mfa_process.prompt.caller import caller_name

_CLASSES = {kind.exit_code: kind for kind in (STSError, ConfigError, PersonNeededError)}


def ask(line: Sequence[str]) -> bytes:
    """Return the answer that such a process gives to a command line.

    It has a session of its own: what ends the caller's job does not end it.

    Raises:
        MFAProcessError: As that process told it.
        PersonNeededError: It was ended.
    """
    import subprocess

    asker = subprocess.Popen(
        own_command("_ask", caller_name(), *line),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=os.name != "nt",
    )
    answer, said = asker.communicate()
    if answer:
        return answer
    message, _, hint = said.decode("utf-8", "replace").rstrip("\n").partition("\nhint: ")
    if not message:
        raise PersonNeededError(
            "no answer came from the window that asked for the MFA code", hint="try again"
        )
    kind = _CLASSES.get(asker.returncode, MFAProcessError)
    raise kind(message.removeprefix(f"{APP}: error: "), hint=hint)

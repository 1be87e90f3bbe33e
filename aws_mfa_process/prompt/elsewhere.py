"""A question in a window, asked by a process that outlives our caller.

SDKs give up after 5, 30 or 60 seconds; the code that is typed after that still makes the session
that the next try finds.
"""

from aws_mfa_process import APP
from aws_mfa_process.errors import ConfigError, MFAProcessError, PersonNeededError, STSError
from aws_mfa_process.memo import own_command
from aws_mfa_process.prompt.caller import caller_name
from aws_mfa_process.prompt.child import survivor

_CLASSES = {kind.exit_code: kind for kind in (STSError, ConfigError, PersonNeededError)}


def ask(arguments: list[str]) -> bytes:
    """Return the answer of a process that may ask in a window and outlives us.

    Args:
        arguments: The command line of the credential process.

    Raises:
        MFAProcessError: As that process told it.
        PersonNeededError: It was ended.
    """
    asker = survivor(own_command("ask", caller_name(), *arguments))
    answer, said = asker.communicate()
    if answer:
        return answer
    message, _, hint = said.decode("utf-8", "replace").rstrip("\n").partition("\nhint: ")
    if not message:
        raise PersonNeededError("no answer came from the window that asked for the MFA code")
    kind = _CLASSES.get(asker.returncode, MFAProcessError)
    raise kind(message.removeprefix(f"{APP}: error: "), hint=hint)

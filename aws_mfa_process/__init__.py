"""MFA for every AWS SDK: a ``credential_process`` that asks for one code a day."""

import os
import time

__version__ = "0.1.0"

APP = "aws-mfa-process"
try:
    STARTED = time.time()
except OverflowError:  # a clock of after 2262, which is told where we begin
    STARTED = 0.0
"""When this process started, seconds since the epoch: what fails after that is shared."""
PARENT = os.getppid()
"""The process that started us, also after its end."""
GUARD_VARIABLE = "AWS_MFA_PROCESS_ACTIVE"
"""Set for the programs that we start, so that one that leads back to us is refused."""
DEBUG_VARIABLE = "AWS_MFA_PROCESS_DEBUG"
"""Names a file for the debug log; while it is set nothing is answered from a memo."""
PRACTICE_KEYRING_VARIABLE = "AWS_MFA_PROCESS_SANDBOX_KEYRING"
"""Names the folder in which a practice shell keeps its pairs, so that no real one is touched."""
EXEC_VARIABLE = "AWS_MFA_PROCESS_EXEC"
"""Names the profile for what `exec` runs."""


def main() -> None:
    """Run the program and end the process, also where what runs it cannot be loaded."""
    try:
        from aws_mfa_process.__main__ import main as run  # noqa: PLC0415 - that is told
    except KeyboardInterrupt:
        os._exit(130)
    except Exception as error:  # noqa: BLE001 - whatever stands or fails there
        tell_unloaded(error)
        os._exit(1)
    run()


def tell_unloaded(error: Exception) -> None:
    """Say in one line that the program cannot be loaded, with nothing but what is loaded."""
    reason = getattr(error, "strerror", None) or getattr(error, "name", None)
    told = f"the program cannot be loaded: {reason or type(error).__name__}"
    hint = f"try again; if that does not help, install it anew (with pipx: pipx reinstall {APP})"
    text = f"{APP}: error: {told}\nhint: {hint}\n"
    try:  # noqa: SIM105 - contextlib may be what is missing
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # nobody is there to be told

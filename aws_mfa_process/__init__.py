"""MFA for every AWS SDK: a ``credential_process`` that asks for one code a day."""

import os
import time

__version__ = "0.1.0"

APP = "aws-mfa-process"
STARTED = time.time()
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

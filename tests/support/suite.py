"""What holds for all tests of a run: what is around them, and which begin."""

import os
import signal

LONGEST = (
    "commands/test_keys.py",
    "sessions/test_hanging_source.py",
    "sessions/test_bounded_sources.py",
    "sandbox/test_sandbox.py",
    "commands/test_new_device.py",
    "commands/test_setup.py",
    "sessions/test_waits.py",
    "long/test_short.py",
    "long/test_short_soak.py",
    "whole/test_login_clients.py",
    "prompt/test_dialogs.py",
    "prompt/test_dialogs_callers.py",
    "whole/test_bastion_account.py",
    "whole/test_tutorial.py",
    "whole/test_readme.py",
)
"""Files that take half a minute and more, the longest first."""


def hear_signals() -> None:
    """Let processes start as on a terminal: under nohup, or behind ``&``, they would be deaf."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def forget_aws() -> None:
    """Keep botocore in this process from finding what the developer has set for it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        if not name.startswith("AWS_MFA_PROCESS_TEST_"):
            del os.environ[name]
    os.environ |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    os.environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")

"""A tour without questions: real clients, one MFA code typed on a real terminal.

Rule: whatever it shows is checked, and it fails if anything is otherwise.
"""

import json
import re
import shutil
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.sandbox import aws_cli, terminal
from aws_mfa_process.sandbox.practice import (
    ROLE_ACCOUNTS,
    SCRIPTS_FOLDER,
    Practice,
    ask,
    credential_process,
)

_SCRIPT: Final = """\
import boto3

for profile in ("prod", "dev", "audit"):
    sts = boto3.Session(profile_name=profile).client("sts")
    print(profile, sts.get_caller_identity()["Arn"])
"""


def run(practice: Practice) -> None:
    """Show the tour on stdout.

    Raises:
        MFAProcessError: A step did not do what it says.
    """
    _say(f"A practice AWS runs at {practice.endpoint_url}: a user with an MFA device, three roles.")
    script = practice.folder / "whoami.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    _say("\n1. A boto3 script that knows nothing of MFA: one code for three accounts\n")
    _show(_SCRIPT)
    cold = {"GetSessionToken": 1, "AssumeRole": 3, "GetCallerIdentity": 3}
    _clients(practice, [[sys.executable, str(script)]], cold)
    _say("\n2. The same script again: no question, nothing asked of STS for credentials\n")
    _clients(practice, [[sys.executable, str(script)]], {"GetCallerIdentity": 3})
    _say("\n3. The AWS CLI, with the sessions that boto3 got\n")
    _aws_cli(practice)
    _say("\n4. The credential process alone, warm\n")
    _alone(practice)
    _say("\n5. What is on the disk, readable by nobody else\n")
    _disk(practice)
    _say(f"\nAll of this was checked. Now you: {credential_process()} sandbox")


def _clients(practice: Practice, commands: list[list[str]], sts_calls: dict[str, int]) -> None:
    """Run clients on a terminal; they have to show all three accounts."""
    before = len(ask(practice.endpoint_url, "calls", practice.token))
    text, seconds, questions = "", 0.0, 0
    for command in commands:
        _say(f"   $ {' '.join([Path(command[0]).name, *command[1:]])}")
        seen = terminal.run(command, _environment(practice), lambda: _type_code(practice))
        _show(seen.text)
        _check(seen.exit_code == 0, f"{command[0]} ended with {seen.exit_code}")
        text += seen.text
        seconds += seen.seconds
        questions += seen.questions
    calls = ask(practice.endpoint_url, "calls", practice.token)[before:]
    counted = Counter(call["action"] for call in calls)
    spelled = ", ".join(f"{number} {action}" for action, number in counted.items())
    typed = "one code typed" if questions else "no code typed"
    _say(f"   {seconds:.2f} s, {typed}; calls of STS: {spelled}")
    for account in ROLE_ACCOUNTS.values():
        _check(f"arn:aws:sts::{account}:assumed-role/" in text, f"nobody was in account {account}")
    _check(questions == sts_calls.get("GetSessionToken", 0), f"{questions} codes were asked for")
    _check(counted == sts_calls, f"the calls of STS were to be {sts_calls}")


def _aws_cli(practice: Practice) -> None:
    program = shutil.which("aws", path=SCRIPTS_FOLDER) or shutil.which("aws")
    if program is None:
        _say("   skipped: no aws on PATH")
        return
    if aws_cli.is_too_old(program, _environment(practice)):
        _say(f"   skipped: {program} is too old to know endpoint_url in a profile")
        return
    commands = [
        [program, "sts", "get-caller-identity", "--output", "text", "--profile", profile]
        for profile in ROLE_ACCOUNTS
    ]
    _clients(practice, commands, {"GetCallerIdentity": len(commands)})


def _alone(practice: Practice) -> None:
    config = (practice.folder / "config").read_text(encoding="utf-8")
    command = re.findall(r"^credential_process = (.*)$", config, re.MULTILINE)[1].split()
    _say(f"   $ {' '.join([Path(command[0]).name, *command[1:]])}")
    started = time.monotonic()
    shown = subprocess.run(command, env=_environment(practice), capture_output=True, check=False)
    seconds = time.monotonic() - started
    _check(shown.returncode == 0 and not shown.stderr, "the credential process failed")
    answer = json.loads(shown.stdout)
    hidden = dict.fromkeys(("AccessKeyId", "SecretAccessKey", "SessionToken"), "…")
    _show(json.dumps({**answer, **hidden}, ensure_ascii=False))
    _say(f"   {seconds * 1000:.0f} ms")
    _check(answer["Version"] == 1, "the answer is to be of version 1")


def _disk(practice: Practice) -> None:
    paths = [practice.cache_folder, *sorted(practice.cache_folder.rglob("*"))]
    for path in paths:
        mode = path.stat().st_mode
        _say(f"   {stat.filemode(mode)}  {path.relative_to(practice.folder)}")
        _check(not stat.S_IMODE(mode) & 0o077, f"others may read {path}")
    _check(len(paths) > 1, "the sessions are to be kept")


def _environment(practice: Practice) -> dict[str, str]:
    """Return the environment of what the tour runs, which takes no modules of the caller's."""
    found = practice.environment()
    return {name: text for name, text in found.items() if not name.startswith("PYTHON")}


def _type_code(practice: Practice) -> str:
    return str(ask(practice.endpoint_url, "unused-code", practice.token)["code"])


def _check(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like assert
    if not is_so:
        raise MFAProcessError(f"the demo failed: {otherwise}", hint="try it once more")


def _show(text: str) -> None:
    for line in text.strip().splitlines():
        _say(f"   | {line}".rstrip())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

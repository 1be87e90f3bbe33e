"""A practice AWS in a child process, seen from its parent.

Needs neither moto nor werkzeug, so that a missing extra can be told in one sentence.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aws_mfa_process import APP, PRACTICE_KEYRING_VARIABLE
from aws_mfa_process.errors import MFAProcessError
from aws_mfa_process.sandbox import folder
from aws_mfa_process.sandbox.server.aws_config import ROLE_PROFILES

ENDPOINT_VARIABLE: Final = "AWS_MFA_PROCESS_SANDBOX"
"""Names the endpoint inside a practice shell."""
TOKEN_VARIABLE: Final = "AWS_MFA_PROCESS_SANDBOX_TOKEN"
"""Holds what a control call has to show, inside a practice shell."""

ROLE_ACCOUNTS: Final = {name: role.account_id for name, role in ROLE_PROFILES.items()}
"""The account behind each profile."""

SCRIPTS_FOLDER: Final = str(Path(sys.executable).parent)
"""Where the programs of this Python environment are."""

_FILE_VARIABLES: Final = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_TIMEOUT_SECONDS: Final = 5
_LONGEST_ANSWER: Final = 1 << 24


@dataclass(frozen=True)
class Practice:
    """Where a practice AWS runs and where its AWS config is.

    Attributes:
        folder: Only its owner may enter; the child removes it when it ends.
        token: What a control call has to show.
    """

    endpoint_url: str
    folder: Path
    token: str = field(default="", repr=False)

    @property
    def cache_folder(self) -> Path:
        """Where the credential process stores its sessions while practising."""
        return self.folder / "cache" / APP

    def environment(self) -> dict[str, str]:
        """Give the environment in which AWS tools find this AWS, and no keys but its own.

        Tools of before mid-2023 do not know ``AWS_ENDPOINT_URL``: they call the real AWS, which
        refuses the keys.
        """
        kept = _without_aws()
        cache = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
        return {
            **kept,
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_LOGIN_CACHE_DIRECTORY": str(self.folder / "login"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "BOTO_CONFIG": os.devnull,  # instead of ~/.boto, which old tools read keys from
            ENDPOINT_VARIABLE: self.endpoint_url,
            TOKEN_VARIABLE: self.token,
            PRACTICE_KEYRING_VARIABLE: str(self.folder / "keyring"),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "PATH": os.pathsep.join([kept.get("PATH", os.defpath), SCRIPTS_FOLDER]),
            cache: str(self.folder / "cache"),
        }


@contextmanager
def running() -> Iterator[Practice]:
    """Run a practice AWS for as long as the context lasts.

    Raises:
        MFAProcessError: It did not start.
    """
    command = [sys.executable, "-EP", "-m", "aws_mfa_process.sandbox.server", credential_process()]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**_without_aws(), **dict.fromkeys(_FILE_VARIABLES, os.devnull)},
        start_new_session=True,  # the terminal's signals are not for the server
    ) as process:
        try:
            practice = _read_where(process)
        except BaseException:  # Ctrl-C too
            process.terminate()
            raise
        yield practice


def _without_aws() -> dict[str, str]:
    """Return the environment without what is meant for the person's AWS."""
    return {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}


def _read_where(process: "subprocess.Popen[str]") -> Practice:
    """Wait for the line that says where everything is."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise MFAProcessError("the practice AWS did not start", hint="try it once more")
    where = json.loads(line)
    if "error" in where:
        message = f"the practice AWS did not start: {where['error']}"
        raise MFAProcessError(message, hint=where["hint"])
    return Practice(where["endpoint_url"], Path(where["folder"]), where["token"])


def credential_process() -> str:
    """Name this program as it should stand in an AWS config."""
    script = Path(SCRIPTS_FOLDER, APP)
    return str(script) if script.is_file() else f"{sys.executable} -m aws_mfa_process"


def found() -> list[str]:
    """Return where the user's practice AWSs answer; what a killed one has left is removed."""
    answering = []
    for place, endpoint_url, token in folder.announced():
        try:
            ask(endpoint_url, "code", token)
        except MFAProcessError as error:
            if isinstance(getattr(error.__cause__, "reason", None), ConnectionRefusedError):
                shutil.rmtree(place, ignore_errors=True)
        else:
            answering.append(endpoint_url)
    return answering


def token_of(endpoint_url: str) -> str:
    """Return what opens the controls of a practice AWS of the user; empty: it is not known."""
    tokens = {url: token for _, url, token in folder.announced()}
    return tokens.get(endpoint_url) or os.environ.get(TOKEN_VARIABLE, "")


def ask(endpoint_url: str, control: str, token: str) -> Any:  # noqa: ANN401 - JSON
    """Read one of the controls of a practice AWS.

    Args:
        endpoint_url: Where it runs.
        control: For example ``code``.
        token: The practice's own.

    Returns:
        What the JSON says.

    Raises:
        MFAProcessError: Nobody answers there.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        url = f"{endpoint_url}/_sandbox/{control}"
        asked = urllib.request.Request(url, headers={folder.TOKEN_HEADER: token})
        with opener.open(asked, timeout=_TIMEOUT_SECONDS) as reply:
            return json.loads(reply.read(_LONGEST_ANSWER))
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise MFAProcessError(
            f"no practice AWS answers at {endpoint_url}", hint=f"start one: {APP} sandbox"
        ) from error

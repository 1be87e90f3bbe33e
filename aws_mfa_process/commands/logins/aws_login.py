"""``aws login`` and ``aws sso login``, run for a person on the person's terminal.

Its one rule: the AWS CLI signs in, and nothing that it starts leads back to us.
"""

import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aws_mfa_process import GUARD_VARIABLE
from aws_mfa_process.chain.model import Source
from aws_mfa_process.commands.browsers.browser import browser_of
from aws_mfa_process.commands.programs import program
from aws_mfa_process.commands.programs.environ import without_credentials
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.errors import ConfigError, PersonNeededError
from aws_mfa_process.prompt.child import TooMuchError
from aws_mfa_process.sessions import bounded

Version = tuple[int, int]
_FIRST: Mapping[str, Version] = {"login": (2, 32), "sso": (2, 0)}
"""The AWS CLI that has each command first."""
_DEVICE_CODE: Version = (2, 22)
"""Since then ``aws sso login`` must be told that the browser is on another machine."""
_INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)
_PLACE = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


class AWSCLI(NamedTuple):
    """An ``aws`` that is installed."""

    path: str
    version: Version


def sign_in(source: Source, environ: Mapping[str, str]) -> None:
    """Let the AWS CLI sign in for the profile of a source.

    Args:
        source: One that says with what to sign in.
        environ: As the caller left it.

    Raises:
        ConfigError: There is no AWS CLI that can.
        PersonNeededError: There is neither a browser nor a terminal; or nobody has signed in.
        KeyboardInterrupt: Ctrl-C.
    """
    cli = _cli_for(source, environ)
    has_browser = _has_browser(environ)
    words = command(source, cli.version, has_browser=has_browser)
    is_first = shutil.which("aws", path=environ.get("PATH")) == cli.path
    by_hand = shlex.join(words if is_first else [cli.path, *words[1:]])
    if not has_browser and not os.isatty(0):
        raise PersonNeededError(
            f"signing in for profile {source.profile} needs a browser, or a terminal to be told of"
            " one elsewhere",
            hint=f"run {by_hand} in a terminal",
        )
    say(f"{source.profile}: {shlex.join(words)}")
    inner = {**_without_region(source, without_credentials(environ)), GUARD_VARIABLE: "1"}
    status = program.run_beside(cli.path, [cli.path, *words[1:]], inner)
    if status in _INTERRUPTED:
        raise KeyboardInterrupt
    if status:
        raise PersonNeededError(
            f"nobody has signed in for profile {source.profile}: {shlex.join(words[:-2])} ended"
            f" with status {status}",
            hint=f"look at what it says above, then try again or run {by_hand} yourself",
        )


def command(
    source: Source, version: Version = _DEVICE_CODE, *, has_browser: bool = True
) -> list[str]:
    """Return the command that signs in for a source.

    >>> source = Source("botocore", "c", "", False, (("login_session", "arn"),))
    >>> command(source), command(source, has_browser=False)
    (['aws', 'login', '--profile', 'c'], ['aws', 'login', '--remote', '--profile', 'c'])
    """
    end = ["--profile", source.profile]
    if source.sign_in == "login":
        return ["aws", "login", *([] if has_browser else ["--remote"]), *end]
    device_code = ["--use-device-code"] if version >= _DEVICE_CODE else []
    return ["aws", "sso", "login", *([] if has_browser else ["--no-browser", *device_code]), *end]


def _without_region(source: Source, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which a login is made in the region of its profile.

    The AWS CLI goes by a variable first, and a login is refreshed where it was made.
    """
    has_region = source.sign_in == "login" and "region" in dict(source.settings)
    gone = ("AWS_REGION", "AWS_DEFAULT_REGION") if has_region else ()
    return {name: text for name, text in environ.items() if name not in gone}


def _cli_for(source: Source, environ: Mapping[str, str]) -> AWSCLI:
    """Return the first ``aws`` on PATH that knows the command: version 1 is often before 2."""
    first = _FIRST[source.sign_in]
    found = []
    for cli in _installed(environ):
        if cli.version >= first:
            return cli
        found.append(cli)
    wanted = "2.32 or later" if source.sign_in == "login" else "2"
    there = f"{found[0].path} is {found[0].version[0]}.{found[0].version[1]}" if found else ""
    if not there:
        is_one = shutil.which("aws", path=environ.get("PATH"))
        there = "no aws on PATH tells its version" if is_one else "there is no aws on PATH"
    raise ConfigError(
        f"signing in for profile {source.profile} needs the AWS CLI {wanted}, and {there}",
        hint=f"install it ({_PLACE}), then {shlex.join(command(source))}",
    )


def _installed(environ: Mapping[str, str]) -> Iterator[AWSCLI]:
    """Yield each ``aws`` on PATH that says which one it is."""
    seen = set()
    inner = {**without_credentials(environ), GUARD_VARIABLE: "1"}
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = shutil.which("aws", path=folder) if os.path.isabs(folder) else None
        if path is None or os.path.realpath(path) in seen:
            continue
        seen.add(os.path.realpath(path))
        try:
            said = bounded.run([path, "--version"], inner)
        except (OSError, TooMuchError):
            continue
        version = re.search(rb"aws-cli/(\d+)\.(\d+)", said.out + said.said)
        if version:
            yield AWSCLI(path, (int(version[1]), int(version[2])))


def _has_browser(environ: Mapping[str, str]) -> bool:
    try:
        browser_of(environ, "")
    except ConfigError:
        return False
    return True

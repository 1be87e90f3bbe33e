"""A list from a git repository, through the git that is installed.

Its one rule: one file of one commit is read, and nothing of the repository is run or checked out:
no hook, no filter, no submodule; another transport than the one that was given is never used.
"""

import base64
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from aws_mfa_process import signals
from aws_mfa_process.commands.fetch.place import Place
from aws_mfa_process.display import plain
from aws_mfa_process.errors import ConfigError, MFAProcessError

if sys.platform != "win32":
    import resource

_MOST_SECONDS = 60
_MOST_BYTES = 256 * 1024 * 1024
"""Of what git writes into one file: a repository of lists is smaller."""
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
_KEPT = ("GIT_CONFIG_", "GIT_SSH", "GIT_ASKPASS", "GIT_SSL_CA", "GIT_EXEC_PATH")
"""Variables of git that say how a person reaches a server; others name a repository."""
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_MESSAGE_LENGTH = 200


class _Git(NamedTuple):
    """A repository of our own for one list.

    Attributes:
        end: When it has to be done, by the monotonic clock.
    """

    place: Place
    folder: str
    environ: Mapping[str, str]
    end: float

    def run(self, *words: str) -> bool:
        """Run git; tell whether it did what it was to do."""
        options = [word for setting in _SETTINGS for word in ("-c", setting)]
        command = ["git", *options, "-C", self.folder, *words]
        with contextlib.ExitStack() as stack:
            out, err = (stack.enter_context(open(self._path(it), "wb")) for it in ("out", "err"))
            stack.enter_context(signals.as_exceptions())
            with signals.held(), _short_files():
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env=self.environ,
                    process_group=None if os.name == "nt" else 0,
                )
                stack.callback(_end, process)
            try:
                return process.wait(max(0, self.end - time.monotonic())) == 0
            except subprocess.TimeoutExpired:
                raise MFAProcessError(
                    f"{self.place.shown} did not come within {_MOST_SECONDS} seconds",
                    hint=f"try it by hand: git ls-remote {self.place.address}",
                ) from None

    def said(self, name: str, most_bytes: int = 65536) -> bytes:
        """Return the start of what git wrote: to ``out``, or to ``err``."""
        with open(self._path(name), "rb") as file:
            return file.read(most_bytes)

    def failure(self, sentence: str) -> MFAProcessError:
        """Return our error for what git said first."""
        lines = self.said("err").decode("utf-8", "replace").splitlines()
        told = [line for line in lines if line and not line.startswith(("warning:", "hint:"))]
        why = re.sub(r"^(fatal|error|remote): ", "", told[0] if told else "")
        why = re.sub(r"//[^/@\s]*@", "//", why)  # the person's own settings may have a password
        return MFAProcessError(
            f"{sentence}: {plain(why, _MESSAGE_LENGTH) or 'git does not say why'}",
            hint=f"try it by hand: git ls-remote {self.place.address}",
        )

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, f"list-{name}")


def fetch(place: Place, environ: Mapping[str, str], most_bytes: int) -> tuple[bytes, str]:
    """Return a file of a repository, and which commit it is of, as a sentence.

    Of a file that is longer, a little more than ``most_bytes`` is returned.

    Raises:
        ConfigError: git is not installed.
        MFAProcessError: It cannot be had.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        end = time.monotonic() + _MOST_SECONDS
        git = _Git(place, folder, _environ(place, environ), end)
        try:
            if not git.run("init", "--quiet", "--bare", "--template="):
                raise git.failure("git cannot make a repository")
        except FileNotFoundError:
            raise ConfigError(
                f"{place.shown} needs git, which is not installed",
                hint="install git, or give the path of a file",
            ) from None
        commit = _commit(git)
        if not git.run("cat-file", "blob", f"{commit}:{place.path}"):
            raise ConfigError(
                f"{place.shown}: commit {commit} has no file {place.path}",
                hint="correct what stands behind #path=",
            )
        data = git.said("out", most_bytes + 1)
    if place.revision == commit:
        return data, ""
    pinned = re.sub(r"(@[^@#/]*)?#", f"@{commit}#", place.shown, count=1)
    return data, f"{place.revision} is at commit {commit}. To take just this one: {pinned}"


def _commit(git: _Git) -> str:
    """Fetch the revision, and return its commit; of a server that can, nothing but that commit."""
    place = git.place
    revision = place.revision
    fetch = ("fetch", "--quiet", "--no-tags")
    name = "FETCH_HEAD"
    if not git.run(*fetch, "--depth=1", "--", place.address, revision):
        is_commit = _COMMIT.fullmatch(revision) is not None
        is_plain = b"shallow" in git.said("err")  # files on a web server
        if not is_commit and not is_plain:
            raise git.failure(f"{place.shown} cannot be fetched")
        wanted: Sequence[str] = _EVERYTHING if is_commit else (revision,)
        if not git.run(*fetch, "--", place.address, *wanted):
            raise git.failure(f"{place.shown} cannot be fetched")
        name = revision if is_commit else name
    if not git.run("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}"):
        raise git.failure(f"{place.shown}: there is no {revision}")
    commit = git.said("out").decode().strip()
    if _COMMIT.fullmatch(revision) and not commit.startswith(revision):
        raise ConfigError(
            f"{place.shown}: {revision} looks like a commit, but is a name for {commit}",
            hint="give the whole commit, or another name",
        )
    return commit


def _environ(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of git: who asks nobody, and uses one transport alone.

    A password goes there, since argument lists can be seen by everybody.
    """
    found = {
        name: text
        for name, text in environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    found["GIT_ALLOW_PROTOCOL"] = place.address.partition(":")[0]
    found["GIT_TERMINAL_PROMPT"] = "0"
    found["LC_ALL"] = "C"
    found["SSH_ASKPASS_REQUIRE"] = "force"
    found.setdefault("SSH_ASKPASS", "false")  # a question nobody could answer
    count = found.get("GIT_CONFIG_COUNT", "")
    first = int(count) if re.fullmatch("[0-9]{1,4}", count) else 0
    settings = _of_user(place)
    for number, (name, text) in enumerate(settings.items(), start=first):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": text}
    if settings:
        found["GIT_CONFIG_COUNT"] = str(first + len(settings))
    return found


def _of_user(place: Place) -> dict[str, str]:
    """Return the settings of git for the user in an address, and for the password if it has one."""
    server = f"https://{place.address.partition('://')[2].partition('/')[0]}"
    user, colon, password = place.user_info.partition(":")
    if not colon:  # the password comes from where git has it
        return {f"credential.{server}.username": unquote(user)} if user else {}
    pair = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
    return {
        f"http.{server}/.extraHeader": f"Authorization: Basic {pair}",
        "http.followRedirects": "false",  # or another server would get it
    }


@contextlib.contextmanager
def _short_files() -> Iterator[None]:
    """Let programs that are started meanwhile write no file that is longer than a list needs."""
    if sys.platform == "win32":
        yield
        return
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    least = _MOST_BYTES if most == resource.RLIM_INFINITY else min(_MOST_BYTES, most)
    resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End git and what it has started, if it has not ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()

"""The warm path: a stored answer costs no more than an interpreter, and is never a wrong one."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aws_mfa_process import __file__ as package_file
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home
from support.parts import missing, need

PACKAGE = Path(package_file).parent
OURS = {
    "aws_mfa_process",
    "aws_mfa_process.__main__",
    "aws_mfa_process.memo",
    "aws_mfa_process.sealed",
}
HEAVY = frozenset(
    ("argparse", "asyncio", "boto3", "botocore", "dataclasses", "inspect", "keyring", "logging")
) | {"pathlib", "platformdirs", "subprocess", "threading", "typing", "urllib"}
"""What an answer does not wait for."""
STORED_MODULES = 40
"""So many of ours, and no more, find a stored session."""
OPENED = re.compile(r'open(?:at)?\([^"]*"([^"]+)".* = \d+$', re.MULTILINE)


def modules_in(log: str) -> set[str]:
    """Return the modules that ``-X importtime`` has logged."""
    return {line.rpartition("|")[2].strip() for line in log.splitlines()[1:]}


def heads_of(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


class Warm(Home):
    """A home directory in which one command line has been answered."""

    def __init__(self, home: Home, sandbox: Sandbox) -> None:
        self.path, self.aws, self.cache = home.path, home.aws, home.cache
        self.environ = {
            name: text for name, text in home.environ.items() if not name.startswith("COVERAGE_")
        }
        self.line = ["--profile", "bastion-keys", "--role-arn", sandbox.role_arns["Admin"]]
        done = self.run("--profile", "bastion-keys", "--mfa-code", sandbox.code())
        assert (done.status, done.err) == (0, "")
        self.answer = self.run(*self.line).out
        assert json.loads(self.answer)["AccountId"] == "222222222222"

    @property
    def memo(self) -> Path:
        """The stored answer."""
        (memo,) = (path for path in self.cache.glob("memo-*") if not path.suffix)
        return memo

    def modules(self, *arguments: str, environ: dict[str, str] | None = None) -> set[str]:
        """Return what Python imports when it runs like this."""
        done = self.run("-X", "importtime", *arguments, program=sys.executable, environ=environ)
        assert done.status == 0
        assert done.out in ("", self.answer)
        return modules_in(done.err)

    def is_warm(self, environ: dict[str, str] | None = None, more: tuple[str, ...] = ()) -> bool:
        """Tell whether the answer comes from the memo; it has to be right either way."""
        return "aws_mfa_process.cli" not in self.modules(
            PROGRAM, *self.line, *more, environ=environ
        )

    def trace(self, calls: str, *command: str) -> str:
        """Return the system calls of a process, as strace writes them."""
        log = self.path / "trace"
        options = ["-f", "-s", "4096", "-e", f"trace={calls}", "-o", str(log)]
        assert self.run(*options, *command, program=need("strace")).status == 0
        return log.read_text()


@pytest.fixture
def warm(practice: Home, sandbox: Sandbox) -> Warm:
    """A home directory in which one command line has been answered."""
    return Warm(practice, sandbox)


def test_a_warm_call_loads_what_an_empty_interpreter_loads(warm: Warm) -> None:
    """A warm call imports four modules of ours and nothing else."""
    empty = warm.modules("-I", "-c", "pass")
    assert warm.modules(PROGRAM, *warm.line) - empty == OURS


def test_a_warm_answer_is_written_at_once(warm: Warm) -> None:
    """A warm call writes one time to standard output and never elsewhere."""
    writes = re.findall(r"write\((\d+),", warm.trace("write,writev", PROGRAM, *warm.line))
    assert writes == ["1"]


def test_a_warm_call_opens_few_files(warm: Warm) -> None:
    """A warm call opens its script, four modules and the memo; and no file twice but the first."""
    empty = OPENED.findall(warm.trace("open,openat", sys.executable, "-I", "-c", "pass"))
    opened = OPENED.findall(warm.trace("open,openat", PROGRAM, *warm.line))
    for path in empty:
        if path in opened:
            opened.remove(path)
    cached = PACKAGE / "__pycache__"
    stems = ("__init__", "__main__", "memo", "sealed")
    files = {str(cached / f"{stem}.{sys.implementation.cache_tag}.pyc") for stem in stems}
    folders = {str(PACKAGE), str(Path(PROGRAM).parent), str(PACKAGE.parent)}
    assert set(opened) - folders == {PROGRAM, str(warm.memo), *files}
    assert len(opened) <= 11


def test_a_warm_call_starts_nothing_and_connects_nowhere(warm: Warm, sandbox: Sandbox) -> None:
    """A warm call within the first half of the session is one process without a socket."""
    before = len(sandbox.calls)
    calls = warm.trace("clone,clone3,fork,vfork,socket,connect", PROGRAM, *warm.line)
    assert re.findall(r"^\d+ +(?:clone3?|v?fork|socket|connect)\(", calls, re.MULTILINE) == []
    assert len(sandbox.calls) == before


def test_a_stored_session_is_answered_without_botocore_and_keyring(warm: Warm) -> None:
    """Without the memo, the stored session is found without loading what calls STS."""
    warm.memo.unlink()
    loaded = warm.modules(PROGRAM, *warm.line)
    assert "aws_mfa_process.cli" in loaded
    assert heads_of(loaded).isdisjoint(HEAVY)
    assert len([name for name in loaded if name.startswith("aws_mfa_process")]) <= STORED_MODULES
    assert warm.is_warm()


def test_a_renewal_loads_neither_botocore_nor_typing(warm: Warm, sandbox: Sandbox) -> None:
    """A role is assumed over http with the sockets of the standard library alone."""
    del sandbox
    line = [*warm.line, "--role-session-name", "other"]
    done = warm.run("-X", "importtime", PROGRAM, *line, program=sys.executable)
    assert json.loads(done.out)["AccountId"] == "222222222222"
    loaded = modules_in(done.err)
    assert "socket" in loaded
    assert heads_of(loaded).isdisjoint({*HEAVY, "ssl", "http", "email"})


def edit_config(warm: Warm) -> None:
    with (warm.aws / "config").open("a") as file:
        file.write("# a remark\n")


def replace_config(warm: Warm) -> None:
    """Put another file of the same size and time in its place."""
    config = warm.aws / "config"
    times = (config.stat().st_atime_ns, config.stat().st_mtime_ns)
    text = config.read_text()
    config.unlink()
    config.write_text(text)
    os.utime(config, ns=times)


def edit_credentials(warm: Warm) -> None:
    os.utime(warm.aws / "credentials", (1, 1))


def open_memo(warm: Warm) -> None:
    warm.memo.chmod(0o644)


def open_folder(warm: Warm) -> None:
    warm.cache.chmod(0o755)


def give_memo_away(warm: Warm) -> None:
    if os.geteuid() != 0:
        missing("root, who can give a file away")
    os.chown(warm.memo, 65534, 65534)


def tear_memo(warm: Warm) -> None:
    os.truncate(warm.memo, warm.memo.stat().st_size // 2)


def empty_memo(warm: Warm) -> None:
    os.truncate(warm.memo, 0)


def change_memo(warm: Warm) -> None:
    data = warm.memo.read_bytes()
    warm.memo.write_bytes(data.replace(b'"Version":1', b'"Version":2'))


def age_format(warm: Warm) -> None:
    data = warm.memo.read_bytes()
    warm.memo.write_bytes(data.replace(b"aws-mfa-process 1 ", b"aws-mfa-process 0 "))


def link_memo(warm: Warm) -> None:
    """Put a link to a copy in its place."""
    memo = warm.memo
    copy = warm.cache / "copy"
    memo.rename(copy)
    memo.symlink_to(copy)


def swap_memo(warm: Warm) -> None:
    """Put the memo of another question in its place."""
    memo = warm.memo
    memo.rename(warm.cache / "mine")
    assert warm.run(*warm.line[:2]).status == 0
    warm.memo.rename(memo)
    (warm.cache / "mine").unlink()


def make_folder_of_memo(warm: Warm) -> None:
    memo = warm.memo
    memo.unlink()
    memo.mkdir()


@pytest.mark.parametrize(
    "change",
    [
        edit_config,
        replace_config,
        edit_credentials,
        open_memo,
        open_folder,
        give_memo_away,
        tear_memo,
        empty_memo,
        change_memo,
        age_format,
        link_memo,
        swap_memo,
    ],
)
def test_what_is_not_as_it_was_is_a_miss(warm: Warm, change: Callable[[Warm], None]) -> None:
    """Whatever has changed, the answer is right, and the next one is warm again."""
    assert warm.is_warm()
    change(warm)
    assert not warm.is_warm()
    assert warm.is_warm()


def test_a_memo_that_cannot_be_written_costs_only_time(warm: Warm) -> None:
    """Where no memo can be written, each call takes the stored session."""
    make_folder_of_memo(warm)
    assert not warm.is_warm()
    assert not warm.is_warm()


def test_another_command_line_is_another_question(warm: Warm) -> None:
    """A memo answers the exact command line that it was written for."""
    assert not warm.is_warm(more=("--region", "eu-west-1"))
    assert warm.is_warm(more=("--region", "eu-west-1"))
    assert warm.is_warm()


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_another_endpoint_is_another_question(warm: Warm, sandbox: Sandbox, name: str) -> None:
    """A memo answers for the endpoint that it was written for."""
    environ = {name: sandbox.endpoint_url}
    assert not warm.is_warm(environ)
    assert warm.is_warm(environ)
    assert warm.is_warm()


def test_other_config_files_are_another_question(warm: Warm) -> None:
    """A memo answers for the config files that it was written for."""
    shutil.copy(warm.aws / "config", warm.path / "config")
    environ = {"AWS_CONFIG_FILE": str(warm.path / "config")}
    assert not warm.is_warm(environ)
    assert warm.is_warm(environ)
    assert warm.is_warm()


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_PROFILE": "prod", "AWS_DEFAULT_PROFILE": "prod"},
        {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"},
        {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "other"},
        {"AWS_DATA_PATH": "/somewhere", "PAGER": "less"},
    ],
)
def test_the_callers_choices_are_not_ours(warm: Warm, environ: dict[str, str]) -> None:
    """What an SDK passes down from its own caller changes nothing."""
    assert warm.is_warm(environ)

"""The question on a terminal: real pseudo-terminals, real shells, and a person who types."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest

from aws_mfa_process.errors import CannotAskError
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.prompt.terminal import Terminal
from aws_mfa_process.sandbox.server.replies import AWSError
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, processes
from support.parts import missing, need
from support.practice import actions
from support.terminal import QUESTION, answer_prompt
from support.waiting import wait_until

LINE = ("--profile", "bastion-keys")
ADMIN = ("--role-arn", "arn:aws:iam::222222222222:role/Admin")
SHELLS = ("bash", "dash")
SUSPEND, QUIT, INTERRUPT, END, ESCAPE = "\x1a", "\x1c", "\x03", "\x04", "\x1b"
CLEAR_LINE = "\x15"

BOTO3 = "import boto3; boto3.Session(profile_name='bastion').client('sts').get_caller_identity()"
CLIENT = f"""#!{sys.executable} -I
import os, subprocess, sys, time
how, *command = sys.argv[1:]
process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
while not os.path.exists("go"):
    time.sleep(0.02)
if how == "killed":
    os.kill(os.getpid(), 9)
process.stdout.close()
os.remove("go")
if how == "lives on":
    process.wait()
    print("client has seen", process.returncode)
process.stderr.close()
process.returncode = 0
sys.exit(1)
"""


class Shell:
    """An interactive shell on a terminal of its own, in the home directory."""

    def __init__(self, home: Home, name: str) -> None:
        options = ["--norc", "--noprofile", "-i"] if name == "bash" else ["-i"]
        self.terminal: pexpect.spawn[str] = pexpect.spawn(
            need(name),
            options,
            env={**home.environ, "PS1": "READY> ", "TERM": "dumb"},
            encoding="utf-8",
            timeout=20,
            cwd=str(home.path),
        )
        self.ready()

    def ready(self) -> str:
        """Wait for the shell's prompt and return what came before."""
        self.terminal.expect_exact("READY> ")
        return self.terminal.before or ""

    def run(self, line: str) -> str:
        """Run a command line and return what it printed, its echo included."""
        self.terminal.sendline(line)
        return self.ready()

    def ask(self, *more: str, program: str = PROGRAM) -> None:
        """Start the program and wait for its question."""
        self.terminal.sendline(shlex.join([program, *more]))
        self.terminal.expect(QUESTION)

    def has_its_terminal(self) -> bool:
        """Tell whether a line typed now is shown and arrives whole, with the echo on."""
        shown = self.run("echo wh''ole; stty -a")
        return "echo wh''ole" in shown and "\nwhole\r" in shown and " echo " in shown

    def close(self) -> None:
        self.terminal.close(force=True)


@pytest.fixture(params=SHELLS)
def shell(practice: Home, request: pytest.FixtureRequest) -> Iterator[Shell]:
    """An interactive shell with job control."""
    shell = Shell(practice, request.param)
    yield shell
    shell.close()


@pytest.fixture
def bash(practice: Home) -> Iterator[Shell]:
    """The same, bash only."""
    shell = Shell(practice, "bash")
    yield shell
    shell.close()


def client(home: Home) -> str:
    """Return a client that leaves when a file is there, in one way or another."""
    path = home.path / "client"
    path.write_text(CLIENT)
    path.chmod(0o755)
    return str(path)


def askers(home: Home) -> list[int]:
    """Return the processes of the program that run in a home directory."""
    found = []
    for number in processes(home):
        with suppress(OSError):
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            if PROGRAM.encode() in words[:2]:
                found.append(number)
    return found


def is_stopped(number: int) -> bool:
    return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ((*LINE, *ADMIN), r"prod \(222222222222:role/Admin\)"),
        (LINE, "bastion"),
        (
            (*LINE, *ADMIN, "--duration-seconds", "7200"),
            r"bastion-keys \(222222222222:role/Admin\)",
        ),
    ],
    ids=["a role", "the session", "a line of no profile"],
)
def test_question_names_what_a_person_must_know(
    practice: Home, line: tuple[str, ...], who: str
) -> None:
    """The question names device, profile, role, caller with its number, and the time left."""
    caller = practice.path / "terraform"
    caller.write_text(
        f"#!{sys.executable} -I\nimport subprocess, sys\nsubprocess.run(sys.argv[1:])"
    )
    caller.chmod(0o755)
    terminal = practice.terminal(PROGRAM, *line, program=str(caller))
    terminal.expect(QUESTION)
    assert re.fullmatch(
        rf"{who} wants the MFA code of alice,"
        rf" for terraform \({terminal.pid}\)\r+\nCode \([345]\d s\): ",
        f"{terminal.before}{terminal.after}",
    )
    terminal.close(force=True)


def test_code_is_shown_as_it_is_typed(practice: Home, sandbox: Sandbox) -> None:
    """The terminal shows the code, as it shows everything that is typed."""
    terminal = practice.terminal(*LINE)
    terminal.expect(QUESTION)
    code = f"{sandbox.code()[:3]}-{sandbox.code()[3:]}"
    terminal.send(code)
    terminal.expect_exact(code)
    terminal.send("\r")
    terminal.expect_exact('\r\n{"Version":1')
    assert not terminal.before
    terminal.close(force=True)


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
@pytest.mark.parametrize("settings", ["sane", "raw -echo"])
def test_settings_of_the_terminal_are_never_changed(
    practice: Home, sandbox: Sandbox, settings: str
) -> None:
    """No question changes how the terminal treats keys: there is nothing to be given back."""
    trace = practice.path / "trace"
    watch = [need("strace"), "-f", "-e", "trace=ioctl", "-o", str(trace)]
    line = shlex.join([*watch, PROGRAM, *LINE, "--prompt", "terminal"])
    terminal = practice.terminal("-c", f"stty {settings}; {line}", program="sh")
    terminal.expect(QUESTION)
    terminal.send(f"{sandbox.code()}\r")
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)
    assert "TCGETS" in trace.read_text()
    assert "TCSETS" not in trace.read_text()


@pytest.mark.parametrize("client", ["", "boto3", "aws"])
def test_killed_question_leaves_the_shell_its_terminal(
    bash: Shell, practice: Home, client: str
) -> None:
    """SIGKILL of the process that asks, at any moment: the terminal is as it was before."""
    lines = {
        "": shlex.join([PROGRAM, *LINE]),
        "boto3": shlex.join([sys.executable, "-c", BOTO3]),
        "aws": f"{need('aws')} sts get-caller-identity --profile bastion",
    }
    before = bash.run("stty -a")
    for moment in (0.0, 0.1, 0.2, 0.4, "question", "digits") if not client else (0.2, "digits"):
        bash.terminal.sendline(lines[client])
        wait_until(lambda: askers(practice))
        if isinstance(moment, float):
            time.sleep(moment)
        else:
            bash.terminal.expect(QUESTION)
        if moment == "digits":
            bash.terminal.send("123")
            bash.terminal.expect_exact("123")
        for number in askers(practice):
            os.kill(number, signal.SIGKILL)
        bash.ready()
        bash.terminal.send(CLEAR_LINE)
        assert bash.run("stty -a").replace("123", "").lstrip("\r\x07\x08\x1b[K ") == before


@pytest.mark.parametrize(
    ("key", "status"),
    [("code", 0), (INTERRUPT, 130), (END, 3), (QUIT, 131), ("TERM", 143), ("HUP", 129)],
    ids=["code", "Ctrl-C", "Ctrl-D", "Ctrl-Backslash", "SIGTERM", "SIGHUP"],
)
def test_terminal_is_left_as_it_was(
    shell: Shell, practice: Home, sandbox: Sandbox, key: str, status: int
) -> None:
    """However the question ends, the status says how and the shell has its terminal back."""
    shell.ask(*LINE)
    if key == "code":
        shell.terminal.sendline(sandbox.code())
    elif len(key) == 1:
        shell.terminal.send(key)
    else:
        (number,) = askers(practice)
        subprocess.run(["kill", f"-{key}", str(number)], check=True)
    assert shell.ready().endswith("\n")
    assert f"\n{status}\r" in shell.run("echo $?")
    assert shell.has_its_terminal()


@pytest.mark.parametrize("what", ["AssumeRole", "mfa_process"])
def test_who_is_stopped_keeps_nobody_waiting(
    bash: Shell, practice: Home, sandbox: Sandbox, what: str
) -> None:
    """Ctrl-Z during a call of STS waits for its end, and ends a command; others go on."""
    line: tuple[str, ...] = (*LINE, *ADMIN)
    asked = practice.path / "asked"
    if what == "AssumeRole":
        assert practice.run(*LINE, "--mfa-code", sandbox.code()).status == 0
        sandbox.latency_seconds = 2
        before = len(sandbox.calls)
    else:
        code = practice.path / "code"
        oathtool = f"{need('oathtool')} --totp -b {sandbox.mfa_seed}"
        code.write_text(f"#!/bin/sh\necho $$ >>{asked}\nsleep 2\nexec {oathtool}\n")
        code.chmod(0o755)
        line = (*line, "--mfa-process", str(code))
    bash.terminal.sendline(shlex.join([PROGRAM, *line]))
    if what == "AssumeRole":
        wait_until(lambda: len(sandbox.calls) > before)
    else:
        wait_until(asked.exists)
    bash.terminal.send(SUSPEND)
    bash.terminal.expect_exact("Stopped")
    bash.ready()
    assert practice.run(*line, "--region", "eu-west-1", timeout=20).status == 0
    bash.terminal.sendline("fg")
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


def test_caller_that_blocks_ctrl_c_is_of_no_account(practice: Home) -> None:
    """A caller may leave us a signal mask; the question ends at Ctrl-C all the same."""
    script = (
        "import os, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    terminal = practice.terminal("-c", script, PROGRAM, *LINE, program=sys.executable)
    terminal.expect(QUESTION)
    terminal.send(INTERRUPT)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130


def test_question_ends_by_itself(shell: Shell) -> None:
    """Nobody types: the question ends after its time, with the reason."""
    started = time.monotonic()
    shell.ask(*LINE, "--prompt-seconds", "5")
    shown = shell.ready()
    assert 4 < time.monotonic() - started < 40
    assert re.match(r"\r+\naws-mfa-process: error: nobody typed the MFA code in time", shown)
    assert "\n3\r" in shell.run("echo $?")
    assert shell.has_its_terminal()


def test_suspended_question_is_asked_again(shell: Shell, sandbox: Sandbox) -> None:
    """Ctrl-Z gives the terminal back; ``fg`` asks again."""
    shell.ask(*LINE)
    shell.terminal.send(SUSPEND)
    shell.ready()
    assert shell.has_its_terminal()
    shell.terminal.sendline("fg")
    shell.terminal.expect(QUESTION)
    shell.terminal.sendline(sandbox.code())
    shell.terminal.expect_exact('{"Version":1')
    shell.ready()
    assert shell.has_its_terminal()


@pytest.mark.parametrize("between", ["", "sh"], ids=["direct", "by sh"])
@pytest.mark.parametrize("how", ["killed", "gives up"])
def test_client_that_leaves_takes_no_key_along(
    shell: Shell, practice: Home, how: str, between: str
) -> None:
    """A client is killed, or ends, while we ask: every key after that is the shell's."""
    program = [PROGRAM, *LINE]
    if between:
        program = ["sh", "-c", f"{shlex.join(program)}; true"]
    shell.ask(how, *program, program=client(practice))
    (practice.path / "go").touch()
    shell.ready()
    assert shell.has_its_terminal()
    if not between:
        wait_until(lambda: not askers(practice))
        assert shell.has_its_terminal()


def test_client_of_a_script_takes_no_key_along(bash: Shell, practice: Home) -> None:
    """In a script all share one foreground: what comes after a killed client is the script's."""
    line = shlex.join([client(practice), "killed", PROGRAM, *LINE])
    (practice.path / "script").write_text(f"{line}\necho on''wards\nread text\necho got:$text\n")
    bash.ask("script", program="sh")
    (practice.path / "go").touch()
    bash.terminal.expect_exact("onwards")
    time.sleep(0.3)
    bash.terminal.sendline("123456")
    bash.terminal.expect_exact("got:123456")
    bash.ready()
    assert bash.has_its_terminal()


def test_code_counts_after_the_client_gave_up(
    bash: Shell, practice: Home, sandbox: Sandbox
) -> None:
    """A client that no longer reads but lives: the code still makes a session, for later."""
    bash.ask("lives on", PROGRAM, *LINE, program=client(practice))
    (practice.path / "go").touch()
    wait_until(lambda: not (practice.path / "go").exists())
    bash.terminal.sendline(sandbox.code())
    bash.terminal.expect_exact("client has seen 1")
    bash.ready()
    assert actions(sandbox) == ["GetSessionToken"]
    assert json.loads(practice.run(*LINE).out)["Version"] == 1


@pytest.mark.parametrize("start", ["", "nohup ", "setsid -w "])
def test_background_job_is_never_stopped(bash: Shell, practice: Home, start: str) -> None:
    """Behind ``&`` the program neither asks nor stops: status 3 and the command that helps."""
    bash.run("set -b")
    bash.terminal.sendline(f"{start}{shlex.join([PROGRAM, *LINE])} >out 2>err & wait $!; echo =$?")
    bash.terminal.expect(r"=(\d+)\r")
    assert bash.terminal.match[1] == "3"  # type: ignore[index]
    bash.ready()
    error = (practice.path / "err").read_text()
    obstacle = "this job is in the background of its terminal, and there is no desktop"
    if "setsid" in start:
        obstacle = "there is neither a terminal nor a desktop to ask on"
    assert obstacle in error
    assert "hint: run aws-mfa-process login bastion in a terminal" in error
    assert not (practice.path / "out").read_text()


def test_job_moved_to_the_background_ends(bash: Shell, practice: Home) -> None:
    """With ``stty tostop``, too, a question in the background is silent and not stopped."""
    bash.run("stty tostop")
    bash.terminal.sendline(f"{shlex.join([PROGRAM, *LINE])} 2>err")
    bash.terminal.expect(QUESTION)
    bash.terminal.send(SUSPEND)
    bash.ready()
    assert "\n=3\r" in bash.run("bg; wait %1; echo =$?")
    assert "in the background of its terminal" in (practice.path / "err").read_text()
    assert bash.has_its_terminal()


def test_stopped_question_is_in_nobody_s_way(bash: Shell, practice: Home, sandbox: Sandbox) -> None:
    """After Ctrl-Z others are asked at once, also for the same command; ``fg`` has the answer."""
    bash.ask(*LINE)
    bash.terminal.send(SUSPEND)
    bash.ready()
    (number,) = askers(practice)
    wait_until(lambda: is_stopped(number))
    other = practice.terminal(*LINE)
    answer_prompt(other, sandbox.code())
    other.expect_exact('{"Version":1')
    other.expect(pexpect.EOF)
    bash.terminal.sendline("fg")
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()
    assert actions(sandbox) == ["GetSessionToken"]


def test_stopped_job_that_only_waits_is_in_nobody_s_way(
    bash: Shell, practice: Home, sandbox: Sandbox
) -> None:
    """Who waits for another one's question and is stopped with it holds up nobody either."""
    first, second = shlex.join([PROGRAM, *LINE]), shlex.join([PROGRAM, *LINE, *ADMIN])
    (practice.path / "job").write_text(f"{first} >one &\nsleep 1; {second} >two; wait\n")
    bash.terminal.sendline("sh job")
    bash.terminal.expect(QUESTION)
    wait_until(lambda: len(askers(practice)) == 2)
    time.sleep(0.5)
    bash.terminal.send(SUSPEND)
    bash.ready()
    other = practice.terminal(*LINE, *ADMIN)
    answer_prompt(other, sandbox.code())
    other.expect_exact('{"Version":1')
    other.expect(pexpect.EOF)
    bash.run("fg")
    answers = {(practice.path / name).read_text()[:12] for name in ("one", "two")}
    assert answers == {'{"Version":1'}
    assert actions(sandbox) == ["GetSessionToken", "AssumeRole"]


def test_time_to_answer_does_not_run_while_stopped(
    bash: Shell, practice: Home, sandbox: Sandbox
) -> None:
    """However long a question was stopped, ``fg`` brings it back with the time it had left."""
    bash.ask(*LINE, "--prompt-seconds", "5")
    bash.terminal.send(SUSPEND)
    bash.ready()
    (number,) = askers(practice)
    wait_until(lambda: is_stopped(number))
    time.sleep(5)
    bash.terminal.sendline("fg")
    answer_prompt(bash.terminal, sandbox.code())
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()


def test_question_in_the_background_is_in_nobody_s_way(
    bash: Shell, practice: Home, sandbox: Sandbox
) -> None:
    """A script that Ctrl-C ends may leave its client behind, deaf to the key: it gives way."""
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    line = shlex.join([sys.executable, "-Ic", code, PROGRAM, *LINE])
    (practice.path / "script").write_text(f"{line} 2>err & wait")
    bash.terminal.sendline("sh script")
    bash.terminal.expect(QUESTION)
    bash.terminal.send(INTERRUPT)
    bash.ready()
    bash.ask(*LINE)
    bash.terminal.sendline(sandbox.code())
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()
    assert actions(sandbox) == ["GetSessionToken"]


def test_program_that_takes_the_keys_gets_them_all(practice: Home) -> None:
    """When a full-screen program starts beside the question, the question gives way."""
    script = (
        f"({shlex.join([PROGRAM, *LINE])} 2>err; touch ended) & while [ ! -e go ]; do sleep 0.1;"
        " done; stty raw -echo; while [ ! -e ended ]; do sleep 0.1; done; echo RAW; head -c 8;"
        " stty sane; stty -a"
    )
    terminal = practice.terminal("-c", f"cd; {script}", program="sh")
    terminal.expect(QUESTION)
    (practice.path / "go").touch()
    terminal.expect_exact("RAW")
    terminal.send("abcdefgh")
    terminal.expect_exact("abcdefgh")
    terminal.expect(" echo ")
    terminal.close()
    error = (practice.path / "err").read_text()
    assert "another program reads the keys of the terminal" in error


def test_lines_typed_before_the_question_are_no_codes(practice: Home, sandbox: Sandbox) -> None:
    """What was typed for somebody else is not taken as a try; a code typed ahead is."""
    line = f"while [ ! -e go ]; do sleep 0.1; done; exec {shlex.join([PROGRAM, *LINE])}"
    terminal = practice.terminal("-c", f"cd; {line}", program="sh")
    for text in ("ls", "pwd", "id", sandbox.code()):
        terminal.sendline(text)
    (practice.path / "go").touch()
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)
    assert actions(sandbox) == ["GetSessionToken"]


def test_no_terminal_and_no_desktop_fails_at_once(practice: Home) -> None:
    """Without terminal and desktop it takes less than a second to say what to do."""
    practice.run("--version")
    started = time.monotonic()
    result = practice.run(*LINE)
    assert time.monotonic() - started < 20
    assert (result.status, result.out) == (3, "")
    assert result.err == (
        "aws-mfa-process: error: profile bastion needs an MFA code, but there is neither a"
        " terminal nor a desktop to ask on\n"
        "hint: run aws-mfa-process login bastion in a terminal\n"
    )


@pytest.mark.parametrize("stdin", ["<&-", "</dev/null", "< <(sleep 30)", "0<>/dev/zero", "2>&-"])
def test_standard_input_does_not_matter(bash: Shell, sandbox: Sandbox, stdin: str) -> None:
    """With standard input closed, empty, never ending or noisy (or no stderr) it asks."""
    bash.terminal.sendline(f"{shlex.join([PROGRAM, *LINE])} {stdin}")
    answer_prompt(bash.terminal, sandbox.code())
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()
    assert bash.has_its_terminal()


def test_works_in_script(practice: Home, sandbox: Sandbox) -> None:
    """The question comes through a terminal within a terminal."""
    line = shlex.join([PROGRAM, *LINE])
    terminal = practice.terminal("-qec", line, "/dev/null", program=need("script"))
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_works_in_tmux(practice: Home, sandbox: Sandbox) -> None:
    """The question comes in tmux, and its terminal is as before afterwards."""
    socket = str(practice.path / "tmux")
    environ = practice.environ

    def tmux(*arguments: str) -> str:
        command = [need("tmux"), "-S", socket, "-f", "/dev/null", *arguments]
        done = subprocess.run(
            command, env=environ, cwd=practice.path, capture_output=True, text=True, check=True
        )
        return done.stdout

    def shows(text: str) -> None:
        wait_until(lambda: text in tmux("capture-pane", "-p", "-J"), 20)

    tmux("new-session", "-d", "-x", "200", "-y", "50", "exec bash --norc")
    try:
        shows("bash-")
        tmux("send-keys", f"{shlex.join([PROGRAM, *LINE])} | cut -c1-12", "Enter")
        shows("wants the MFA code of alice")
        code = sandbox.code()
        tmux("send-keys", code, "Enter")
        shows('{"Version":1')
        tmux("send-keys", "stty -a | grep -wo echo", "Enter")
        shows("\necho\n")
        assert f" s): {code}\n" in tmux("capture-pane", "-p", "-J")
    finally:
        tmux("kill-server")


def test_works_in_a_process_namespace(practice: Home, sandbox: Sandbox) -> None:
    """A terminal made inside a namespace, as ``docker exec -t`` makes it, asks."""
    inside = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    if subprocess.run(inside, capture_output=True, check=False).returncode:
        missing("process namespaces")
    line = shlex.join([PROGRAM, *LINE])
    terminal = practice.terminal(
        *inside[1:-1], "script", "-qec", line, "/dev/null", program="unshare"
    )
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.close(force=True)


def test_hostile_profile_is_harmless_on_a_terminal(practice: Home, sandbox: Sandbox) -> None:
    """A profile's name cannot steer the terminal, nor fill it."""
    name = "--x\x1b[31m\x1b]0;t\x07$(touch ran)\\n'\u202e\u9b3c" + "y" * 500
    config, keys = ((practice.aws / file).read_text() for file in ("config", "credentials"))
    config = config.replace("[profile bastion-keys]", f"[profile {shlex.quote(name)}]")
    practice.config(config, keys.replace("bastion-keys", name))
    terminal = practice.terminal(f"--profile={name}")
    terminal.expect(QUESTION)
    shown = f"{terminal.before}{terminal.after}"
    assert shown.replace("\r", "").replace("\n", "").isprintable()
    assert len(shown) < 200
    terminal.sendline(sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.close(force=True)
    assert not list(practice.path.rglob("ran"))


@pytest.mark.parametrize("name", ["a\nerror: b", "\x1b]0;title\x07", "$(touch ran)", "z" * 500])
def test_hostile_profile_is_harmless_in_an_error(practice: Home, name: str) -> None:
    """An error about a hostile name is one line and a hint, without control characters."""
    keys = (practice.aws / "credentials").read_text().replace("bastion-keys", "x")
    practice.config(
        f"[profile {shlex.quote(name)}]\nmfa_serial = GAHT12345678\n"
        "source_profile = x\nrole_arn = arn:aws:iam::222222222222:role/Admin\n",
        keys,
    )
    for arguments in ((f"--profile={name}", "--no-prompt"), ("login", name), (name,)):
        result = practice.run(*arguments)
        lines = result.err.splitlines()
        assert result.status in {2, 3}
        assert lines[-2].startswith("aws-mfa-process: error: ")
        assert [line.partition(": ")[0] for line in lines] in (
            ["aws-mfa-process", "hint"],
            ["aws-mfa-process", "hint"] * 2,  # first that no SDK comes to us
        )
        assert result.err.replace("\n", "").isprintable()


def test_wrong_code_is_asked_again(practice: Home, sandbox: Sandbox) -> None:
    """No code, a wrong one, then a good one: each question says why it is asked again."""
    terminal = practice.terminal(*LINE)
    answer_prompt(terminal, "12345")
    terminal.expect_exact("A code is six digits\r")
    answer_prompt(terminal, "000000")
    terminal.expect(r"AWS did not accept that code; wait for the next one \(\d+ s\)\r")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.close(force=True)
    assert actions(sandbox) == ["GetSessionToken"] * 2


def test_code_whose_reply_was_lost_is_not_sent_again(practice: Home, sandbox: Sandbox) -> None:
    """A lost reply ends the try; its code is not sent again, and the wait for the next is told."""
    sandbox.fail("GetSessionToken", "lost_reply")
    code = sandbox.code()
    terminal = practice.terminal(*LINE)
    answer_prompt(terminal, code)
    terminal.expect_exact("error: ")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert actions(sandbox) == ["GetSessionToken"]
    terminal = practice.terminal(*LINE)
    answer_prompt(terminal, code)
    terminal.expect(r"That code was used already; wait for the next one \(\d+ s\)\r")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.close(force=True)
    assert actions(sandbox) == ["GetSessionToken"] * 2


def test_too_many_tries_are_explained(practice: Home, sandbox: Sandbox) -> None:
    """What AWS says after nine tries in three minutes is explained, and not asked again."""
    sandbox.clock_offset_seconds = 60 - time.time() % 180
    for _ in range(9):
        with suppress(AWSError):
            sandbox.state.device.verify("000000", sandbox.now())
    terminal = practice.terminal(*LINE)
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("too many tries within three minutes")
    terminal.expect_exact("hint: wait three minutes")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1


def test_cancel_answers_the_job_and_nobody_else(bash: Shell, sandbox: Sandbox) -> None:
    """After Ctrl-D the same job is not asked again at once, the next command of the person is."""
    line = shlex.join([PROGRAM, *LINE])
    bash.terminal.sendline(f"sh -c '{line}; {line}'")
    bash.terminal.expect(QUESTION)
    bash.terminal.send(END)
    shown = bash.ready()
    assert shown.count("was cancelled") == 2
    bash.ask(*LINE)
    bash.terminal.sendline(sandbox.code())
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()


def test_signals_that_were_ignored_stay_so(bash: Shell, practice: Home, sandbox: Sandbox) -> None:
    """A caller that ignores SIGTERM and SIGHUP, as nohup does, is not changed by the question."""
    bash.terminal.sendline(f"(trap '' TERM HUP; exec {shlex.join([PROGRAM, *LINE])})")
    bash.terminal.expect(QUESTION)
    (number,) = askers(practice)
    for name in (signal.SIGTERM, signal.SIGHUP):
        subprocess.run(["kill", f"-{int(name)}", str(number)], check=True)
    bash.terminal.sendline(sandbox.code())
    bash.terminal.expect_exact('{"Version":1')
    bash.ready()


@pytest.mark.parametrize("trap", ["", "trap '' HUP; "], ids=["SIGHUP", "SIGHUP ignored"])
def test_closed_terminal_ends_the_question(practice: Home, trap: str) -> None:
    """A terminal window that is closed takes the question with it, also under nohup."""
    error = practice.path / "err"
    line = f"{trap}exec {shlex.join([PROGRAM, *LINE])} 2>{error}"
    terminal = practice.terminal("-c", line, program="sh")
    terminal.expect(QUESTION)
    terminal.ptyproc.fileobj.close()  # type: ignore[attr-defined]
    wait_until(lambda: not terminal.isalive())
    if trap:
        assert terminal.exitstatus == 3
        assert "the terminal has gone" in error.read_text()
    else:
        assert terminal.exitstatus == 128 + signal.SIGHUP
        assert not error.read_text()
    terminal.close()


def test_wrong_code_typed_ahead_is_asked_again(practice: Home, sandbox: Sandbox) -> None:
    """A code that came before its question counts as a try, and the next one has a question."""
    line = f"while [ ! -e go ]; do sleep 0.1; done; exec {shlex.join([PROGRAM, *LINE])}"
    terminal = practice.terminal("-c", f"cd; {line}", program="sh")
    terminal.sendline("000000")
    (practice.path / "go").touch()
    terminal.expect(rf"AWS did not accept that code; .*\r+\n{QUESTION}")
    terminal.sendline(sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)


def test_two_devices_ask_one_after_the_other(practice: Home, sandbox: Sandbox) -> None:
    """One question at a time stands on a terminal, so that each code reaches its own device."""
    with (practice.aws / "config").open("a") as file:
        file.write("\n[profile other]\nmfa_serial = GAHT12345678\n")
    with (practice.aws / "credentials").open("a") as file:
        file.write("\n[other]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n")
    first, second = shlex.join([PROGRAM, *LINE]), shlex.join([PROGRAM, "--profile", "other"])
    line = f"{first} >first & while [ ! -e go ]; do sleep 0.1; done; {second} 2>second & wait"
    terminal = practice.terminal("-c", f"cd; {line}", program="sh")
    terminal.expect(rf"MFA code of alice, .*\r+\n{QUESTION}")
    (practice.path / "go").touch()
    wait_until(lambda: len(askers(practice)) == 2)
    assert terminal.expect(["MFA code", pexpect.TIMEOUT], timeout=2) == 1
    terminal.sendline(sandbox.code())
    terminal.expect(rf"MFA code of GAHT12345678, .*\r+\n{QUESTION}")
    terminal.send(END)
    terminal.expect(pexpect.EOF)
    assert json.loads((practice.path / "first").read_text())["Version"] == 1
    assert "was cancelled" in (practice.path / "second").read_text()
    terminal.close()


def test_keys_of_another_program_are_left_alone(practice: Home, sandbox: Sandbox) -> None:
    """A program reads the terminal key by key: there we ask only if told to."""
    line = shlex.join([PROGRAM, *LINE])
    reader = f"{sys.executable} -c 'import sys; sys.stdin.read()' </dev/tty & sleep 1"
    script = f"stty raw -echo; {reader}; {line}; kill $!; {line} --prompt terminal >out; stty -a"
    terminal = practice.terminal("-c", f"cd; {script}", program="sh")
    terminal.expect_exact("another program reads the keys of the terminal, and there is no desktop")
    terminal.expect(QUESTION)
    terminal.send(f"{sandbox.code()}\r")
    terminal.expect(" -icanon ")
    terminal.expect(" -echo ")
    terminal.expect(pexpect.EOF)
    assert json.loads((practice.path / "out").read_text())["Version"] == 1
    terminal.close()


WAITERS = {
    "sh": '#!/bin/sh\nstty raw -echo <$TTY\n"$@"\n',
    "threads": f"""#!{sys.executable} -I
import os, subprocess, sys, threading, tty
tty.setraw(os.open("/dev/tty", os.O_RDWR))
worker = threading.Thread(target=lambda: subprocess.run(sys.argv[1:]))
worker.start()
worker.join()
""",
    "go": f"""#!{sys.executable} -I
import os, select, subprocess, sys, tty
terminal = os.open("/dev/tty", os.O_RDWR)
tty.setraw(terminal)
process = subprocess.Popen(sys.argv[1:])
epoll = select.epoll()
others = [os.open("/dev/tty", mode | os.O_NONBLOCK) for mode in (os.O_RDONLY, os.O_WRONLY)]
for file in (terminal, *others):
    epoll.register(file, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET | select.EPOLLRDHUP)
epoll.register(os.pidfd_open(process.pid), select.EPOLLIN)
while process.poll() is None:
    epoll.poll()
""",
}
"""Programs that set the terminal to single keys and read none; Go's runtime polls its files."""
READERS = {
    "less": "exec less /etc/passwd",
    "vim": "exec vim -u NONE /etc/passwd",
    "epoll": f"""exec {sys.executable} -I -c '
import os, select, tty
terminal = os.open("/dev/tty", os.O_RDWR)
tty.setraw(terminal)
epoll = select.epoll()
epoll.register(terminal, select.EPOLLIN)
epoll.poll()
'""",
}


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what a program waits for")
@pytest.mark.parametrize("program", WAITERS)
def test_program_that_reads_no_keys_is_no_reader(
    practice: Home, sandbox: Sandbox, program: str
) -> None:
    """A terminal that was set to single keys by a program that waits for us can be asked on."""
    path = practice.path / "packer"
    path.write_text(WAITERS[program].replace("$TTY", "/dev/tty"))
    path.chmod(0o755)
    terminal = practice.terminal(PROGRAM, *LINE, program=str(path))
    terminal.expect(QUESTION)
    terminal.send(f"{sandbox.code()}\r")
    terminal.expect_exact('{"Version":1')
    terminal.close(force=True)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what a program waits for")
@pytest.mark.parametrize("program", READERS)
def test_full_screen_program_is_left_alone(practice: Home, program: str) -> None:
    """Beside a program that waits for keys nothing is shown, and the error says just that."""
    if program in ("less", "vim"):
        need(program)
    asking = f"(sleep 1; {shlex.join([PROGRAM, *LINE])} 2>err; touch ended) &"
    terminal = practice.terminal(
        "-c", f"cd; {asking} {READERS[program]}", program="sh", environ={"TERM": "xterm"}
    )
    wait_until((practice.path / "ended").exists)
    error = (practice.path / "err").read_text()
    assert "another program reads the keys of the terminal, and there is no desktop" in error
    terminal.expect([pexpect.TIMEOUT, "wants the MFA code"], timeout=0.5)
    assert terminal.match is None or terminal.after is pexpect.TIMEOUT
    terminal.close(force=True)


SUDO = """
import os, pty, sys
session, terminal = pty.fork()
if not session:
    command = os.fork()
    if not command:
        os.setpgid(0, 0)
        for stream, path in ((0, os.devnull), (1, "out"), (2, "err")):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), stream)
        os.execv(sys.argv[1], sys.argv[1:])
    os._exit(os.waitstatus_to_exitcode(os.waitpid(command, 0)[1]))
status = os.waitpid(session, 0)[1]
os.set_blocking(terminal, False)
try:
    shown = os.read(terminal, 1000)
except OSError:
    shown = b""
print("shown", shown, "status", os.waitstatus_to_exitcode(status))
"""
"""Runs a command on a terminal of its own, in the background of it, as ``sudo COMMAND | less``."""


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ([PROGRAM, *LINE], 3),
        ([PROGRAM, "login", "bastion"], 3),
        ([sys.executable, "-Ic", BOTO3], 1),
    ],
    ids=["credential process", "login", "boto3"],
)
def test_job_in_the_background_of_its_own_terminal_is_told_so(
    bash: Shell, practice: Home, command: list[str], status: int
) -> None:
    """Though it is the only job there, nothing is shown, and the error says why."""
    shown = bash.run(shlex.join([sys.executable, "-Ic", SUDO, *command]))
    assert f"shown b'' status {status}" in shown
    error = (practice.path / "err").read_text()
    assert "but this job is in the background of its terminal" in error
    assert "neither a terminal nor a desktop" not in error
    assert "in a terminal" in error


@pytest.mark.parametrize("how", ["cancelled", "wrong codes", "role"])
def test_failure_is_told_where_the_question_was(practice: Home, sandbox: Sandbox, how: str) -> None:
    """Behind a program that hides standard error, the terminal shows the two lines of a failure."""
    line = [PROGRAM, *LINE, *(("--role-arn", f"{ADMIN[1]}x") if how == "role" else ())]
    terminal = practice.terminal("-c", f"cd; {shlex.join(line)} 2>err; echo =$?", program="sh")
    if how == "cancelled":
        terminal.expect(QUESTION)
        terminal.send(END)
    elif how == "role":
        answer_prompt(terminal, sandbox.code())
    else:
        for code in ("1", "2", "3"):
            answer_prompt(terminal, code)
    terminal.expect(r"(aws-mfa-process: error: [^\r]+)\r+\n(hint: [^\r]+)\r+\n=[13]\r")
    shown = "".join(f"{text}\n" for text in terminal.match.groups())  # type: ignore[union-attr]
    assert shown == (practice.path / "err").read_text()
    terminal.close(force=True)


def test_failure_is_told_once(practice: Home) -> None:
    """Where standard error is the terminal, or nobody was asked, it is not told a second time."""
    line = shlex.join([PROGRAM, *LINE])
    terminal = practice.terminal("-c", f"cd; {line}; {line} 2>err; echo =$?", program="sh")
    terminal.expect(QUESTION)
    terminal.send(END)
    terminal.expect_exact("=3\r")
    assert str(terminal.before).count("error: ") == 1
    terminal.close(force=True)


def keys(home: Home, settings: str, *more: str) -> "pexpect.spawn[str]":
    """Start ``login`` on a terminal with these settings, and wait for its question."""
    line = (
        f"stty {settings}; {shlex.join([PROGRAM, 'login', 'bastion-keys', *more])} 2>err; echo =$?"
    )
    terminal = home.terminal("-c", f"cd; {line}; echo =; head -c 3", program="sh")
    terminal.expect(QUESTION)
    return terminal


@pytest.mark.parametrize("settings", ["raw -echo", "raw echo", "-icanon", "-echo"])
def test_chosen_terminal_is_read_as_it_is(practice: Home, sandbox: Sandbox, settings: str) -> None:
    """Where single keys come, digits are shown once, backspace works, and keys behind Enter stay.

    Where the terminal gives lines without showing them, they are read so.
    """
    terminal = keys(practice, settings)
    code = sandbox.code()
    terminal.send(code if settings == "-echo" else f"77\b\x7f{code}")
    terminal.send("\rxyz" + "\n" * (settings == "-echo"))
    terminal.expect(r"\r\n+bastion-keys: MFA session until")
    shown = terminal.before or ""
    assert shown.count(code) == (settings != "-echo")
    assert settings != "raw -echo" or shown == f"77\b \b\b \b{code}"
    terminal.expect_exact("=0")
    terminal.expect_exact("xyz")
    terminal.expect(pexpect.EOF)


@pytest.mark.parametrize(
    ("key", "status", "said"),
    [(INTERRUPT, 130, ""), (END, 3, "was cancelled"), (f"12{ESCAPE}", 3, "was cancelled")],
    ids=["Ctrl-C", "Ctrl-D", "Escape"],
)
def test_keys_that_end_a_question(practice: Home, key: str, status: int, said: str) -> None:
    """Where the terminal makes no signals of keys, they end the question all the same."""
    terminal = keys(practice, "raw -echo")
    terminal.send(key)
    terminal.expect_exact(f"\r\n={status}\n")
    assert said in (practice.path / "err").read_text()
    terminal.close(force=True)


def test_login_says_that_another_process_asks(practice: Home, sandbox: Sandbox) -> None:
    """``login`` does not ask beside an open question: it says so, and takes its session."""
    asking = practice.terminal(*LINE)
    asking.expect(QUESTION)
    direct = practice.terminal("login", "bastion-keys", "--mfa-mode", "direct", *ADMIN)
    direct.expect_exact(f"bastion-keys: process {asking.pid} is asking for this code; waiting")
    direct.close(force=True)
    login = practice.terminal("login", "bastion-keys")
    login.expect_exact(f"bastion-keys: process {asking.pid} is asking for this code; waiting")
    asking.sendline(sandbox.code())
    login.expect_exact("bastion-keys: MFA session until")
    login.expect(pexpect.EOF)
    asking.expect(pexpect.EOF)
    assert actions(sandbox) == ["GetSessionToken"]


@pytest.mark.parametrize(
    "options",
    [
        ("--mfa-mode", "direct", *ADMIN),
        ("--session-duration-seconds", "3600"),
        ("--mfa-serial", "arn:aws:iam::111111111111:mfa/alice", "--external-id", "a b", *ADMIN),
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_hint_leads_to_an_answer(
    practice: Home,
    sandbox: Sandbox,
    options: tuple[str, ...],
    is_named: bool,
) -> None:
    """The ``login`` that a hint names makes the session that was missing, whatever it hangs on."""
    line = shlex.join([PROGRAM, *LINE, *options])
    if "--mfa-serial" in options:
        text = (practice.aws / "config").read_text()
        (practice.aws / "config").write_text(re.sub("(?m)^mfa_serial.*\n", "", text))
    if is_named:
        with (practice.aws / "config").open("a") as file:
            file.write(f"\n[profile sdk]\ncredential_process = {line}\n")
    error = practice.run(*LINE, *options).err
    hint = re.search(r"^hint: run (aws-mfa-process login .*) in a terminal$", error, re.MULTILINE)
    assert hint
    words = shlex.split(hint[1])
    assert words[2] == ("sdk" if is_named else "bastion-keys")
    terminal = practice.terminal(*words[1:])
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact(" until ")
    terminal.expect(pexpect.EOF)
    assert practice.run(*LINE, *options).status == int("--external-id" in options)


def test_caller_may_leave_us_many_files(practice: Home, sandbox: Sandbox) -> None:
    """The terminal may get a number that not every way of waiting takes."""
    script = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))\n"
        "os.set_inheritable(0, True)\n"
        "for number in range(3, 1100): os.dup2(0, number)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    terminal = practice.terminal("-c", script, PROGRAM, *LINE, program=sys.executable)
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact('{"Version":1')
    terminal.expect(pexpect.EOF)


def test_logout_while_login_asks_is_told(practice: Home, sandbox: Sandbox) -> None:
    """A session that somebody has logged out of before it was there is not kept."""
    terminal = practice.terminal("login", "bastion")
    terminal.expect(QUESTION)
    assert practice.run("logout", "--all").status == 0
    terminal.sendline(sandbox.code())
    terminal.expect_exact("error: somebody has logged out meanwhile")
    terminal.expect_exact("hint: log in again")
    terminal.expect(pexpect.EOF)


def test_login_asks_where_its_profile_never_does(practice: Home, sandbox: Sandbox) -> None:
    """``mfa_prompt = none`` is for the SDKs; ``login`` is what their hint tells a person to do."""
    config = practice.aws / "config"
    config.write_text(config.read_text().replace("mfa_serial", "mfa_prompt = none\nmfa_serial"))
    done = practice.run(*LINE)
    assert "asking is switched off" in done.err
    assert "run aws-mfa-process login bastion in a terminal" in done.err
    terminal = practice.terminal("login", "bastion-keys")
    answer_prompt(terminal, sandbox.code())
    terminal.expect_exact("MFA session until")
    terminal.expect(pexpect.EOF)


def test_no_question_without_time() -> None:
    """Who has waited until its caller's patience is over asks no more."""
    source = Terminal(Question("GAHT1", "prod", "", "", 5, False), is_chosen=False)
    source._deadline = time.monotonic()
    with pytest.raises(CannotAskError, match="no time was left"):
        source.get("", ("GAHT1",))


def test_login_asks_itself_when_the_other_question_is_cancelled(
    practice: Home, sandbox: Sandbox
) -> None:
    """Whoever runs ``login`` wants to type a code, whatever became of others' questions."""
    asking = practice.terminal(*LINE)
    asking.expect(QUESTION)
    login = practice.terminal("login", "bastion-keys")
    login.expect_exact("is asking for this code; waiting")
    asking.send(END)
    asking.expect_exact("was cancelled")
    login.expect(QUESTION)
    login.sendline(sandbox.code())
    login.expect_exact("bastion-keys: MFA session until")
    login.expect(pexpect.EOF)
    asking.expect(pexpect.EOF)
    assert actions(sandbox) == ["GetSessionToken"]


def test_key_that_comes_before_the_script_reads_it_is_the_script_s(
    bash: Shell, practice: Home
) -> None:
    """A question whose client was killed takes no line, also while nobody else waits for one."""
    line = shlex.join([client(practice), "killed", PROGRAM, *LINE])
    later = "echo on''wards; sleep 2; read text; echo got:$text"
    (practice.path / "script").write_text(f"{line}\n{later}\n")
    bash.ask("script", program="sh")
    (practice.path / "go").touch()
    bash.terminal.expect_exact("onwards")
    time.sleep(0.5)
    assert bash.terminal.getecho()
    bash.terminal.sendline("123456")
    bash.terminal.expect_exact("got:123456")
    bash.ready()


def left(terminal: "pexpect.spawn[str]") -> int:
    """Return the seconds that a question has just named."""
    (seconds,) = re.findall(r"\((\d+) s\): $", str(terminal.after))
    return int(seconds)


def test_time_spent_waiting_is_no_more_there_to_answer(practice: Home) -> None:
    """A caller's patience runs since we were started, also while another question stood there."""
    line = (*LINE, "--prompt-seconds", "20")
    first = practice.terminal(*line)
    first.expect(QUESTION)
    assert left(first) in (18, 19, 20)
    second = practice.terminal(*line, "--region", "eu-west-1")
    time.sleep(6)
    first.kill(signal.SIGKILL)
    second.expect(QUESTION)
    assert 2 <= left(second) <= 14
    for terminal in (first, second):
        terminal.close()

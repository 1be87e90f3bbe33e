"""`cli` and `errors`: exit statuses, one line and a hint, never a secret or a traceback."""

import os
import re
import signal
import stat
import subprocess
import sys
import time

import pytest

from aws_mfa_process import __version__, errors
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, Result, assert_refused
from support.terminal import QUESTION, answer_prompt
from support.waiting import is_waiting, wait_until

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_exit_status_belongs_to_the_class() -> None:
    """1: AWS or the network; 2: command line or config; 3: a person is needed."""
    statuses = {
        kind.__name__: kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.MFAProcessError)
    }
    assert statuses.pop("MFAProcessError") == 1
    assert statuses == {
        "STSError": 1,
        "NotSentError": 1,
        "WrongCodeError": 1,
        "SessionRejectedError": 1,
        "ConfigError": 2,
        "PersonNeededError": 3,
        "CannotAskError": 3,
        "ProgramFailedError": 3,
        "SourceRefusedError": 3,
        "UncheckedCodeError": 1,
        "CodesRefusedError": 1,
        "MachineError": 1,
    }


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "no profile is named", "--help"),
        (["--profile"], "option --profile needs a value", "--help"),
        (["--profile", ""], "no profile is named", "--profile NAME"),
        (["--profil", "x"], "unknown option '--profil'", "--help"),
        (["stauts"], "there is no command 'stauts'", "aws-mfa-process status? The commands are"),
        (["prod"], "there is no command 'prod'", "aws-mfa-process --profile prod"),
        (["status", "--verbose=x"], "unknown option '--verbose'", "status --help"),
        (["login"], "no profile is named, and none has an MFA device", "setup"),
        (["assume"], "there is no command 'assume'", "the commands are setup, login"),
        (["exec"], "no profile is named", "aws-mfa-process exec PROFILE"),
        (["exec", "p", "ls", "-l"], "the command to run stands behind --", "exec p -- ls …"),
        (["exec", "p", "wJalrXUtnFEMI"], "the command to run stands behind --", "p -- COMMAND …"),
        (["status", ""], "the name of a profile is an empty word", "a variable"),
        (["status", "--short", ""], "the name of a profile is an empty word", "a variable"),
        (["login", "p", ""], "the name of a profile is an empty word", "a variable"),
        (["console", "p", ""], "the page is an empty word", "leave it away"),
        (["help", "ask"], "there is no command 'ask'", "the commands are setup, login"),
        (["ask", "x", "--profile", "p"], "there is no command 'ask'", "the commands are"),
        (["renew", "--profile", "p"], "there is no command 'renew'", "the commands are"),
        (["_ask"], "there is no command '_ask'", "the commands are"),
        (["list", "prod"], "an argument too many: 'prod'", "list --help"),
        (["list", "wJalrXUtnFEMI"], "an argument too many", "list --help"),
        (["status", "prod"], "profile prod does not exist", "[profile prod]"),
        (["status", "--json", "--watch"], "--json and --watch do not go together", "--help"),
        (["status", "--short"], "--short is for one profile", "status --short PROFILE"),
        (["status", "--watch"], "--watch needs a terminal", "status --json"),
        (["login", "--all", "p"], "--all and a PROFILE do not go together", "login --all"),
        (["logout"], "name the profiles to log out, or give --all", "logout --all"),
        (["logout", "--all", "p"], "name the profiles to log out, or give --all", ""),
        (["--profile", "nobody"], "profile nobody does not exist", "[profile nobody]"),
    ],
)
def test_wrong_command_line_is_exit_2(
    home: Home, arguments: list[str], message: str, hint: str
) -> None:
    """A mistake of the command line is told in one line, with what to do, and exit status 2."""
    assert_refused(home.run(*arguments), 2, message, hint)


def test_secret_on_the_command_line_is_not_shown(home: Home) -> None:
    """A secret given where none belongs is in no message."""
    for arguments in (
        ["--profile", "p", SECRET],
        [f"--secret={SECRET}"],
        ["--profile", "--role-arn", SECRET],
        ["status", f"--secret={SECRET}"],
    ):
        done = home.run(*arguments)
        assert_refused(done, 2, "")
        assert SECRET not in done.err


def test_control_characters_are_neutralised(home: Home) -> None:
    """A profile's name cannot steer the terminal on which its error is shown."""
    home.config("")
    done = home.run("--profile", "a\x1b]0;title\x07\nb\u202e\u00e9")
    assert_refused(done, 2, "profile a?]0;title??b?\u00e9 does not exist")


def test_bytes_that_are_no_text_are_shown_as_such(home: Home) -> None:
    """A name that is no UTF-8 is an error like any other."""
    raw = subprocess.run(
        [PROGRAM.encode(), b"--profile", b"a\xff"],
        env=home.environ,
        capture_output=True,
        check=False,
    )
    assert_refused(
        Result(raw.returncode, raw.stdout.decode(), raw.stderr.decode()), 2, "profile a?"
    )


def test_messages_are_utf_8_in_any_locale(home: Home) -> None:
    """The locale of the caller changes no byte of a message."""
    home.config("")
    for locale in ("C", "de_DE.ISO-8859-1", "C.UTF-8"):
        done = home.run("--profile", "\u00e9", environ={"LC_ALL": locale, "PYTHONUTF8": "1"})
        assert_refused(done, 2, "profile \u00e9 does not exist")


def test_help_and_version_are_no_failures(home: Home) -> None:
    """What was asked for goes to stdout, with exit status 0."""
    for arguments in (["--help"], ["-h"], ["--profile", "x", "--help"], ["--no-prompt", "-h"]):
        done = home.run(*arguments, environ={"PYTHONIOENCODING": "latin-1"})
        assert (done.status, done.err) == (0, "")
        assert "--mfa-serial ARN" in done.out
        assert "status" in done.out
    assert home.run("--version") == Result(0, f"aws-mfa-process {__version__}\n", "")
    done = home.run("logout", "--help")
    assert (done.status, done.err) == (0, "")
    assert "--all" in done.out
    done = home.run("--profile", "p", "--external-id", "-h")
    assert_refused(done, 2, "profile p does not exist")


def test_names_of_profiles_do_not_steer_a_terminal(home: Home) -> None:
    """What people read shows names without control characters, in whatever the output can hold."""
    name = "a\x1b]0;title\x07\u65e5"
    home.config(f"[profile '{name}']\nmfa_serial = GAHT12345678\n", f"[{name}]\n{PAIR}")
    done = home.run("status", environ={"PYTHONIOENCODING": "ascii"})
    assert (done.status, done.err) == (0, "")
    assert "a?]0;title?\\u65e5" in done.out


PAIR = "aws_access_key_id = AKIAX\naws_secret_access_key = x\n"
FAULT = f"""
import sys
from aws_mfa_process import cli
class Argument(str):
    def startswith(self, *prefix):
        raise RuntimeError({SECRET!r})
sys.exit(cli.main([Argument("x")]))
"""


def test_fault_of_the_program_is_one_line_without_its_text(home: Home) -> None:
    """An exception that nobody foresaw is named by its type; its text may hold a secret."""
    done = home.run("-c", FAULT, program=sys.executable)
    assert_refused(
        done, 1, "unexpected RuntimeError; this is a fault", "AWS_MFA_PROCESS_DEBUG=FILE"
    )
    assert SECRET not in done.err


def test_debug_file_says_where_and_holds_no_secret(home: Home) -> None:
    """The debug file is 0600 and has the places in the code, not the text of the exception."""
    log = home.path / "log"
    home.run("-c", FAULT, program=sys.executable, environ={"AWS_MFA_PROCESS_DEBUG": "~/log"})
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    text = log.read_text()
    assert "unexpected RuntimeError" in text
    assert re.search(r"cli\.py:\d+ in _status", text)
    assert SECRET not in text


def test_debug_file_tells_what_was_done(practice: Home, sandbox: Sandbox) -> None:
    """The log of a good call names the calls and no credentials; nothing else is different."""
    log = practice.path / "log"
    code = sandbox.code()
    done = practice.run(
        *("--profile", "bastion-keys", "--role-arn", sandbox.role_arns["Admin"]),
        *("--mfa-code", code),
        environ={"AWS_MFA_PROCESS_DEBUG": str(log)},
    )
    assert (done.status, done.err) == (0, "")
    text = log.read_text()
    assert "GetSessionToken at http://127.0.0.1:" in text
    assert "AssumeRole at" in text
    for secret in (code, sandbox.secret_access_key, *re.findall(r'"([^"]{30,})"', done.out)):
        assert secret not in text


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        (
            ["--profile", "bastion-keys", "--role-arn", "arn:aws:iam::222222222222:role/Admin"],
            3,
            ["no question on the terminal: there is none", "desktop: none", "no memo while"],
        ),
        (["_renew", "--profile", "bastion-keys"], 0, ["renew", "renewal failed: a renewal never"]),
        (["login", "bastion"], 3, ["login", "no question on the terminal", "desktop: none"]),
        (["--profile", "bastion-keys", "--no-prompt"], 3, ["but asking is switched off"]),
        (["--profile", "bastion-keys", "--mfa-process", "sh -c 'exit 1'"], 3, ["from mfa_process"]),
    ],
    ids=["nobody", "renew", "login", "switched off", "mfa_process"],
)
def test_debug_file_tells_what_was_decided(
    practice: Home, line: list[str], status: int, told: list[str]
) -> None:
    """The debug file tells source, device, mode, key, where a question could stand, and the end."""
    log = practice.path / "log"
    assert practice.run(*line, environ={"AWS_MFA_PROCESS_DEBUG": str(log)}).status == status
    text = log.read_text()
    decided = r"static keys \S+ of profile bastion-keys, device arn:\S+:mfa/alice, mode session"
    assert re.search(decided, text)
    assert re.search(r"session-\w+: MFA session\n", text)
    assert re.search(r"session-\w+: not stored, a new one is wanted\n", text)
    assert text.endswith(f" exit status {status}\n")
    for sentence in told:
        assert sentence in text


def test_debug_file_is_no_link(home: Home) -> None:
    """A link in the place of the debug file is not followed, and is no reason to fail."""
    (home.path / "log").symlink_to(home.path / "elsewhere")
    log = {"AWS_MFA_PROCESS_DEBUG": str(home.path / "log")}
    done = home.run("-c", FAULT, program=sys.executable, environ=log)
    assert done.status == 1
    assert not (home.path / "elsewhere").exists()


def test_closed_pipe_is_exit_1_in_silence(practice: Home, sandbox: Sandbox) -> None:
    """A caller that has gone gets no traceback, warm or cold; what was fetched is stored."""
    line = ["--profile", "bastion-keys"]
    for arguments in ([*line, "--mfa-code", sandbox.code()], line, line):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=practice.environ,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (1, b"")
    assert len(sandbox.calls) == 1
    assert practice.run(*line).status == 0


def test_closed_standard_streams_do_no_harm(practice: Home, sandbox: Sandbox) -> None:
    """Without stdin and stderr the answer comes all the same."""
    done = practice.run(
        *("-c", '"$@" 2>&- <&-', "sh", PROGRAM, "--profile", "bastion-keys"),
        *("--mfa-code", sandbox.code()),
        program="sh",
    )
    assert done.status == 0
    assert done.out.startswith('{"Version":1')


@pytest.mark.parametrize("is_warm", [True, False])
def test_pipe_that_does_not_wait_gets_the_whole_answer(
    practice: Home, sandbox: Sandbox, *, is_warm: bool
) -> None:
    """A caller that made its pipe non-blocking, and reads late, gets the answer once and whole."""
    line = ("--profile", "bastion-keys")
    expected = practice.run(*line, "--mfa-code", sandbox.code()).out
    if is_warm:
        assert practice.run(*line).out == expected
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    room = os.write(writer, bytes(1 << 20)) - 100
    os.read(reader, 100)
    with subprocess.Popen([PROGRAM, *line], env=practice.environ, stdout=writer) as process:
        os.close(writer)
        time.sleep(1)
        with open(reader, "rb") as pipe:
            assert pipe.read()[room:].decode() == expected
    assert process.returncode == 0


def test_ctrl_c_while_waiting_is_exit_130_in_silence(practice: Home, sandbox: Sandbox) -> None:
    """A process that waits for another one's answer ends on Ctrl-C without a traceback."""
    line = ["--profile", "bastion-keys"]
    terminal = practice.terminal(*line)
    terminal.expect(QUESTION)
    waiter = practice.start(*line)
    wait_until(lambda: is_waiting(waiter.pid))
    waiter.send_signal(signal.SIGINT)
    out, err = waiter.communicate(timeout=10)
    assert (waiter.returncode, out, err) == (130, b"", b"")
    terminal.sendline(sandbox.code())
    terminal.expect('"Version":1')
    terminal.wait()


def test_nothing_but_the_cache_is_left_in_home(practice: Home, sandbox: Sandbox) -> None:
    """A call leaves nothing in HOME but the cache."""
    terminal = practice.terminal("--profile", "bastion-keys")
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"Version":1')
    terminal.wait()
    assert sorted(os.listdir(practice.path)) == [".aws", ".cache"]


LINE = ("--profile", "bastion-keys")


def test_closed_standard_output_is_told_warm_and_cold(practice: Home, sandbox: Sandbox) -> None:
    """Without a standard output the credentials reach nobody: that is no success."""
    assert practice.run(*LINE, "--mfa-code", sandbox.code()).status == 0
    for _ in range(2):
        done = practice.run("-c", '"$@" >&-', "sh", PROGRAM, *LINE, program="sh")
        assert done.status == 1
        assert "standard output" in done.err
        assert practice.run(*LINE).status == 0


@pytest.mark.parametrize("closed", ["2>&-", "<&- 2>&-"])
def test_error_without_a_place_is_written_into_no_file(practice: Home, closed: str) -> None:
    """What the caller has closed is not what we open next: no message ends in a file of ours."""
    done = practice.run("-c", f'"$@" {closed}', "sh", PROGRAM, *LINE, program="sh")
    assert (done.status, done.out, done.err) == (3, "", "")
    for path in practice.cache.iterdir():
        assert b"error" not in path.read_bytes(), path

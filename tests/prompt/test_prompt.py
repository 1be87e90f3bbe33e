"""Where a code comes from: the choice of the place, texts and outcomes, and commands for codes."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.config.settings import digits
from aws_mfa_process.display import plain
from aws_mfa_process.errors import PersonNeededError
from aws_mfa_process.prompt import dialog, programs, tree, windows
from aws_mfa_process.prompt.caller import caller_name, program_name
from aws_mfa_process.prompt.dialog import dialog_text
from aws_mfa_process.prompt.editor import LineEditor
from aws_mfa_process.prompt.programs import DialogFailedError, Run
from aws_mfa_process.prompt.question import Question
from aws_mfa_process.prompt.terminal import prompt_text
from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, processes
from support.parts import need
from support.practice import actions
from support.terminal import QUESTION
from support.waiting import wait_until

LINE = ("--profile", "bastion-keys")
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
TERMINAL, DIALOG, NOBODY = "terminal", "dialog", "nobody"
CANCEL, TIMEOUT, FAILED = "cancel", "time-out", "failed"


def put(folder: Path, name: str, lines: str) -> None:
    """Put a program into a folder of programs."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{lines}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def desktop(practice: Home) -> dict[str, str]:
    """The environment of a desktop whose zenity answers every question with a cancel."""
    folder = practice.path / "bin"
    put(folder, "zenity", "exit 1")
    return {"DISPLAY": ":4999", "PATH": str(folder)}


def place(home: Home, environ: dict[str, str], *options: str, has_terminal: bool) -> str:
    """Return where a question is asked, and cancel it."""
    if not has_terminal:
        result = home.run(*LINE, *options, environ=environ)
        shown, status = result.err, result.status
    else:
        terminal = home.terminal(*LINE, *options, environ=environ)
        if not terminal.expect([QUESTION, pexpect.EOF]):
            terminal.sendeof()
            terminal.expect(pexpect.EOF)
            return TERMINAL
        terminal.close()
        shown, status = terminal.before or "", terminal.exitstatus or 0
    assert status == 3
    return DIALOG if "was cancelled" in shown else NOBODY


@pytest.mark.parametrize("has_desktop", [True, False], ids=["desktop", "no desktop"])
@pytest.mark.parametrize("has_terminal", [True, False], ids=["terminal", "no terminal"])
@pytest.mark.parametrize("prompt", ["auto", "terminal", "dialog", "none"])
def test_place_is_chosen(
    practice: Home, desktop: dict[str, str], prompt: str, *, has_terminal: bool, has_desktop: bool
) -> None:
    """The terminal comes first, then the desktop, of what is there and allowed."""
    allowed = {"auto": (TERMINAL, DIALOG), "none": ()}.get(prompt, (prompt,))
    there = [TERMINAL] * has_terminal + [DIALOG] * has_desktop
    wanted = next((name for name in there if name in allowed), NOBODY)
    environ = desktop if has_desktop else {}
    assert place(practice, environ, "--prompt", prompt, has_terminal=has_terminal) == wanted


def test_option_beats_variable_beats_profile(practice: Home, desktop: dict[str, str]) -> None:
    """``--prompt`` and ``--no-prompt`` beat the environment's variable, that the profile."""
    assert place(practice, desktop, has_terminal=True) == TERMINAL
    config = (practice.aws / "config").read_text()
    config = config.replace("mfa_serial", "mfa_prompt = dialog\nmfa_prompt_seconds = 5\nmfa_serial")
    (practice.aws / "config").write_text(config)
    never = ("--mfa-refusal-seconds", "0")
    assert place(practice, desktop, *never, has_terminal=True) == DIALOG
    environ = {**desktop, "AWS_MFA_PROCESS_PROMPT": "none"}
    assert place(practice, environ, *never, has_terminal=True) == NOBODY
    assert place(practice, environ, *never, "--prompt=terminal", has_terminal=True) == TERMINAL
    environ = {**desktop, "AWS_MFA_PROCESS_PROMPT": "auto"}
    assert place(practice, environ, *never, has_terminal=True) == TERMINAL
    assert place(practice, environ, *never, "--no-prompt", has_terminal=True) == NOBODY


@pytest.mark.parametrize("where", ["--prompt", "AWS_MFA_PROCESS_PROMPT"])
def test_unknown_place_is_an_error(practice: Home, where: str) -> None:
    """A word that names no place is exit status 2, wherever it stands."""
    options = [where, "window"] if where.startswith("-") else []
    environ = {} if options else {where: "window"}
    result = practice.run(*LINE, *options, environ=environ)
    assert result.status == 2
    assert f"{where} must be auto or terminal or dialog or none, not 'window'" in result.err


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ((), "neither a terminal nor a desktop"),
        (("pinentry-curses", "pinentry"), "neither a terminal nor a desktop"),
        (("pinentry-tty", "pinentry"), "neither a terminal nor a desktop"),
        (("pinentry-qt", "pinentry"), "pinentry-qt could not show"),
        (("pinentry-fltk", "pinentry"), "pinentry could not show"),
        (("kdialog", "pinentry-qt"), "kdialog could not show"),
    ],
)
def test_dialog_is_one_with_a_window(practice: Home, programs: tuple[str, ...], said: str) -> None:
    """A pinentry counts only if it has a window; what the plain name leads to is looked at."""
    folder = practice.path / "bin"
    folder.mkdir()
    for name in programs:
        if name == "pinentry":
            (folder / name).symlink_to(folder / programs[0])
        else:
            put(folder, name, "exit 7")
    result = practice.run(*LINE, environ={"DISPLAY": ":4999", "PATH": str(folder)})
    assert result.status == 3
    assert said in result.err


def test_wayland_is_a_desktop(practice: Home, desktop: dict[str, str]) -> None:
    """A session without X has a desktop too."""
    environ = {"WAYLAND_DISPLAY": "wayland-0", "PATH": desktop["PATH"]}
    assert place(practice, environ, has_terminal=False) == DIALOG


def test_code_of_the_command_line_asks_nobody(practice: Home, sandbox: Sandbox) -> None:
    """A given code is used; a wrong one is told, not asked again."""
    result = practice.run(*LINE, "--mfa-code", "000000")
    assert result.status == 1
    assert "did not accept" in result.err
    assert not practice.run(*LINE, "--mfa-code", f" {sandbox.code()} ").status


# Texts


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        ("123 456\n", "123456"),
        (" 123-456\r\n", "123456"),
        ("123\u00a0456", "123456"),
        ("123\u2011456", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("", None),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", None),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", None),
    ],
)
def test_code_is_six_digits(typed: str, code: str | None) -> None:
    """Blanks and dashes are forgiven; only six ASCII digits are a code."""
    assert digits(typed) == code


@given(st.text())
def test_no_text_but_six_digits_is_a_code(typed: str) -> None:
    """Whatever is typed gives six ASCII digits or nothing."""
    code = digits(typed)
    assert code is None or (len(code) == 6 and code.isascii() and code.isdecimal())


@given(st.text(), st.integers(1, 100))
def test_plain_text_is_harmless(text: str, length: int) -> None:
    """Plain text is printable, and not longer than it may be."""
    shown = plain(text, length)
    assert shown.isprintable()
    assert len(shown) <= length


questions = st.builds(
    Question, st.text(), st.text(), st.text(), st.text(), st.none() | st.just(9), st.booleans()
)


@given(questions)
def test_question_on_a_terminal_is_few_harmless_lines(question: Question) -> None:
    """Whatever the names are, each line of the question is printable and of limited length."""
    *told, code = prompt_text(question, "", 55).split("\r\n")
    assert len(told) == 1 + bool(question.warning) + bool(question.other)
    assert all(line.isprintable() and len(line) < 400 for line in told)
    assert code == ("Code: " if question.is_login else "Code (55 s): ")


@given(questions)
def test_question_in_a_window_is_harmless(question: Question) -> None:
    """Whatever the names are, no window gets markup, escapes, or a line too long for pinentry."""
    shown = dialog_text(question, "Why", 120)
    assert shown.replace("\n", "").isprintable()
    assert not set("<>&\\%") & set(shown)
    assert len(shown.splitlines()) <= 6 + bool(question.other)
    run = programs.pinentry(shown, 120, "")
    lines = run.stdin.splitlines()
    assert max(len(line.encode()) for line in lines) <= 1000
    assert [line.split()[0] for line in lines] == [
        "SETTITLE",
        "SETDESC",
        "SETPROMPT",
        "SETTIMEOUT",
        "GETPIN",
        "BYE",
    ]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], ""),
        (["/usr/bin/terraform", "plan"], "terraform"),
        (["/usr/bin/python3.11", "-u", "/home/alice/report.py", "secret"], "report.py"),
        (["python3", "-c", "import boto3; key='secret'"], "python3"),
        (["node", "-e", "secret"], "node"),
        (["/usr/bin/node", "/opt/cdk"], "cdk"),
        (["sh", "-ec", "secret"], "sh"),
        (["java", "-jar", "tool.jar"], "tool.jar"),
        (["bash"], "bash"),
    ],
)
def test_caller_is_named_without_its_arguments(words: list[str], name: str) -> None:
    """The caller is named by its program or script; no other argument is shown."""
    assert program_name(words) == name


def test_caller_is_our_parent() -> None:
    """The caller is the process that started us, with its number."""
    assert caller_name().endswith(f"({os.getppid()})")


def test_caller_with_a_hostile_name(practice: Home) -> None:
    """A caller cannot steer the terminal by its own name."""
    path = practice.path / "x\x1b]0;t\x07\n$(id)"
    path.write_text(f"#!{sys.executable} -I\nimport subprocess, sys\nsubprocess.run(sys.argv[1:])")
    path.chmod(0o755)
    terminal = practice.terminal(PROGRAM, *LINE, program=str(path))
    terminal.expect(QUESTION)
    assert f"for x?]0;t??$(id) ({terminal.pid})\r" in str(terminal.before)
    terminal.close(force=True)


# What dialog programs say


def outcome(run: Run, status: int, out: str) -> str:
    """Return the text that was typed, or how the window ended."""
    try:
        typed = run.outcome(status, out)
    except TimeoutError:
        return TIMEOUT
    except DialogFailedError:
        return FAILED
    return CANCEL if typed is None else f"typed {typed}"


GREETING = "OK Pleased to meet you\nOK\nOK\nOK\nOK\n"
BYE = "OK closing connection\n"


@pytest.mark.parametrize(
    ("make", "status", "out", "end"),
    [
        (programs.zenity, 0, "123456\n", "typed 123456"),
        (programs.zenity, 0, "\n", "typed "),
        (programs.zenity, 1, "", CANCEL),
        (programs.zenity, 5, "\n", TIMEOUT),
        (programs.zenity, 255, "", FAILED),
        (programs.zenity, -9, "", FAILED),
        (programs.kdialog, 0, "123456\n", "typed 123456"),
        (programs.kdialog, 1, "\n", CANCEL),
        (programs.kdialog, -6, "", FAILED),
        (programs.pinentry, 0, f"{GREETING}D 123456\nOK\n{BYE}", "typed 123456"),
        (programs.pinentry, 0, f"{GREETING}OK\n{BYE}", "typed "),
        (programs.pinentry, 0, f"{GREETING}ERR 83886179 Operation cancelled\n{BYE}", CANCEL),
        (programs.pinentry, 0, f"{GREETING}ERR 83886278 Fully cancelled\n{BYE}", CANCEL),
        (programs.pinentry, 0, f"{GREETING}ERR 83886142 Timeout\n{BYE}", TIMEOUT),
        (programs.pinentry, 0, f"{GREETING}ERR 83918950 Inappropriate ioctl\n{BYE}", FAILED),
        (programs.pinentry, 0, GREETING.replace("OK\nOK", "ERR 536871187 Unknown\nOK"), FAILED),
        (programs.pinentry, 1, "", FAILED),
        (programs.osascript, 0, "123456\n", "typed 123456"),
        (programs.osascript, 0, "gave up\n", TIMEOUT),
        (programs.osascript, 1, "", CANCEL),
        (programs.osascript, 2, "", FAILED),
        (programs.powershell, 0, "123456", "typed 123456"),
        (programs.powershell, 0, "", CANCEL),
        (programs.powershell, 1, "", CANCEL),
        (programs.powershell, 64, "", FAILED),
    ],
)
def test_end_of_a_window_is_one_outcome(
    make: programs.Program, status: int, out: str, end: str
) -> None:
    """Each way in which a dialog program ends is typed text, cancel, time-out or failure."""
    assert outcome(make("text", 60, ""), status, out) == end


@pytest.mark.parametrize("make", [programs.osascript, programs.powershell])
def test_text_is_no_part_of_a_script(make: programs.Program) -> None:
    """AppleScript and PowerShell get the text beside the script, which never changes."""
    text = '" & do shell script "id" & "; $(id)\n`id`'
    run, other = make(text, 60, ""), make("other", 60, "")
    script = next(word for word in run.command if "\n" in word or ";" in word)
    assert script in other.command
    assert text not in script
    assert text in run.command or text in run.environ.values()
    assert make is programs.powershell or run.command[-3:] == [text, programs.TITLE, "60"]


def test_shortcut_mark_of_zenity_is_doubled() -> None:
    """An underscore in a name is shown by zenity as one."""
    assert "--text=a__b" in programs.zenity("a_b", 60, "").command


def test_locale_without_unicode_is_known() -> None:
    """The most special variable of the locale counts; none is the C locale."""
    assert programs.is_utf8({"LANG": "en_GB.UTF-8"})
    assert programs.is_utf8({"LC_CTYPE": "C.utf8", "LANG": "C"})
    assert not programs.is_utf8({"LC_ALL": "C", "LC_CTYPE": "C.UTF-8"})
    assert not programs.is_utf8({})


# Lines that are typed key by key, and the Windows console


def typed(keys: str) -> tuple[str, bool]:
    """Return what keys leave in the line, and whether it is complete."""
    line = LineEditor()
    for key in keys:
        line.take(key)
    return line.text, line.is_done


def test_line_that_is_typed_key_by_key() -> None:
    """Keys make a line, backspace takes one back, Enter ends it; other keys do nothing."""
    assert typed("12\b3456\r") == ("13456\n", True)
    assert typed("\x7f\b1\t\x04\n") == ("1\n", True)
    assert typed("12") == ("12", False)


@pytest.mark.parametrize("keys", ["\x04", "\x1a", "\x1b", "123\x1b"])
def test_keys_that_cancel(keys: str) -> None:
    """Ctrl-D and Ctrl-Z on an empty line and Escape are a cancel, as the end of the input is."""
    assert typed(keys) == ("", True)


def test_interrupt_as_a_key() -> None:
    """Ctrl-C is no key of a line."""
    with pytest.raises(KeyboardInterrupt):
        typed("123\x03")


def test_console_is_on_windows_only() -> None:
    """Elsewhere there is no console, and asking on it says so."""
    assert not windows.is_usable()
    with pytest.raises(PersonNeededError):
        windows.ask("", time.monotonic() + 1)


# Commands that print codes


def test_oathtool_gives_the_code(practice: Home, sandbox: Sandbox) -> None:
    """oathtool with the seed in a file gives codes, and nobody is asked."""
    need("oathtool")
    seed = practice.path / "seed"
    seed.write_text(f"{SEED}\n")
    result = practice.run(*LINE, "--mfa-process", f"oathtool --totp -b @{seed}", "--no-prompt")
    assert (result.status, result.err) == (0, "")
    assert [call.action for call in sandbox.calls] == ["GetSessionToken"]


@pytest.mark.parametrize(
    "command",
    [
        "ykman oath accounts code --single AWS:alice",
        "pass otp aws/alice",
        "op item get AWS --otp",
        "keepassxc-cli show -q -t db.kdbx AWS",
    ],
)
def test_documented_command_gives_the_code(practice: Home, command: str) -> None:
    """The commands of the documentation are run as they stand (stand-ins of the same names)."""
    name, *words = command.split()
    test = f'[ "$*" = "{" ".join(words)}" ] || exit 9'
    put(practice.path / "bin", name, f"{test}\n{need('oathtool')} --totp -b {SEED}")
    config = (practice.aws / "config").read_text()
    config = config.replace("mfa_serial", f"mfa_process = {command}\nmfa_serial")
    (practice.aws / "config").write_text(config)
    result = practice.run(*LINE, environ={"PATH": str(practice.path / "bin")})
    assert (result.status, result.err) == (0, "")


def run_command(home: Home, script: str, *options: str) -> tuple[int, str]:
    """Let a script give the code; return exit status and error."""
    put(home.path / "bin", "code", script)
    command = f"{home.path}/bin/code"
    result = home.run(*LINE, "--mfa-process", command, *options)
    assert not result.out
    return result.status, result.err


def test_command_is_run_without_a_shell(practice: Home) -> None:
    """What a shell would interpret reaches the command as it is."""
    put(practice.path / "bin", "code", f'echo "$@" >{practice.path}/seen; exit 1')
    command = f"{practice.path}/bin/code $(id) ; '$HOME *' | ~"
    assert practice.run(*LINE, "--mfa-process", command).status == 3
    assert (practice.path / "seen").read_text() == "$(id) ; $HOME * | ~\n"


@pytest.mark.parametrize(
    "seed",
    [
        SEED,
        "GEZDGNBVGY3TQ",
        "gezd gnbv",
        "abcdefghijklmnop",
        "GEZDGNBV\nGY3TQOJQ",
        "x_6c1f5",
        "82 46 80 1",
    ],
)
def test_standard_error_of_a_command_goes_nowhere(practice: Home, seed: str) -> None:
    """A failed command is named with its exit status; what it said may be a seed, in any form."""
    put(practice.path / "bin", "code", 'printf "bad seed %s\\n" "$SEED" >&2; exit 4')
    environ = {"SEED": seed, "AWS_MFA_PROCESS_DEBUG": str(practice.path / "debug")}
    result = practice.run(*LINE, "--mfa-process", f"{practice.path}/bin/code a-b", environ=environ)
    assert result.status == 3
    assert result.err == (
        f"aws-mfa-process: error: mfa_process {practice.path}/bin/code failed with exit status 4\n"
        "hint: run the command of mfa_process by hand to see why\n"
    )
    assert list(practice.cache.iterdir())
    files = [path for path in practice.path.rglob("*") if path.is_file()]
    assert not [path for path in files if seed.encode() in path.read_bytes()]


HEADING = r"bastion\S* wants the MFA code of alice, for \S+ \(\d+\): asking code\r+\n"


def touch_key(home: Home) -> Path:
    """Let a command give the code as soon as its key is touched; return the key."""
    key = home.path / "touched"
    wait = f"while [ ! -e {key} ]; do sleep 0.05; done"
    give = f"exec {need('oathtool')} --totp -b {SEED}"
    put(home.path / "bin", "code", f"printf 'Touch your key ...' >&2; {wait}; {give}")
    config = (home.aws / "config").read_text()
    command = f"mfa_process = {home.path}/bin/code"
    (home.aws / "config").write_text(config.replace("mfa_serial", f"{command}\nmfa_serial"))
    return key


@pytest.mark.parametrize("who", ["boto3", "login"])
def test_touch_prompt_of_a_command_is_seen_in_time(practice: Home, who: str) -> None:
    """What a command says while it waits is on the terminal, whatever an SDK does with ours."""
    key = touch_key(practice)
    script = (
        "import boto3\nsession = boto3.Session(profile_name='bastion')\n"
        "print(session.client('sts').get_caller_identity()['Account'], 'seen')"
    )
    if who == "boto3":
        terminal = practice.terminal("-c", script, program=sys.executable)
    else:
        terminal = practice.terminal("login", "bastion-keys")
    terminal.expect(HEADING if who == "boto3" else "asking code\r+\n")
    terminal.expect(r"^code: Touch your key \.\.\.\r+\n")
    key.touch()
    terminal.expect_exact("seen" if who == "boto3" else "MFA session until")
    terminal.expect(pexpect.EOF)
    assert "Touch" not in (terminal.before or "")


def test_background_job_does_not_show_what_a_command_says(practice: Home, sandbox: Sandbox) -> None:
    """A command of a background job is not heard, and its words do not stop the job."""
    touch_key(practice).touch()
    shell = practice.terminal("--norc", "-i", program=need("bash"), environ={"PS1": "READY> "})
    shell.expect_exact("READY> ")
    shell.sendline("stty tostop")
    shell.expect_exact("READY> ")
    shell.sendline(f"{shlex.join([PROGRAM, *LINE])} >~/out 2>~/err & wait $!; echo =$?")
    shell.expect_exact("\n=0\r")
    assert "Touch" not in (shell.before or "")
    assert len(sandbox.calls) == 1
    assert not (practice.path / "err").read_text()
    shell.close(force=True)


def test_words_of_a_command_are_harmless_on_a_terminal(practice: Home) -> None:
    """What a command says cannot steer the terminal, nor fill it."""
    say = "printf '\\033[2Jred\\tx\\n\\n%0500d\\n' 7 >&2; seq 100 >&2; exit 4"
    put(practice.path / "bin", "code", say)
    line = (*LINE, "--mfa-process", f"{practice.path}/bin/code")
    terminal = practice.terminal(*line)
    terminal.expect(HEADING)
    terminal.expect(pexpect.EOF)
    lines = (terminal.before or "").replace("\r", "").splitlines()
    said = [line for line in lines if line.startswith("code: ")]
    assert said[0] == "code: ?[2Jred?x"
    assert said[1] == f"code: {'0' * 193}…"
    assert said[2:] == [f"code: {number}" for number in range(1, 19)]
    assert "failed with exit status 4" in "".join(lines)


MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("chatter", ["cat /dev/zero", "yes"], ids=["one line", "many lines"])
def test_chatter_of_a_command_is_bounded(practice: Home, sandbox: Sandbox, chatter: str) -> None:
    """100 MB on standard error cost neither much time nor memory, and the code is used."""
    give = f"exec {need('oathtool')} --totp -b {SEED}"
    put(practice.path / "bin", "code", f"{chatter} | head -c 100000000 >&2; {give}")
    line = (PROGRAM, *LINE, "--mfa-process", f"{practice.path}/bin/code")
    result = practice.run("-c", MEASURE, *line, program=sys.executable, timeout=40)
    assert (result.status, result.out[:12]) == (0, '{"Version":1')
    assert int(result.err) < 90_000
    assert len(sandbox.calls) == 1


def test_command_that_prints_without_end_is_ended(practice: Home) -> None:
    """More than a code on standard output is an error, and the end of the command."""
    status, error = run_command(practice, "exec yes 123456")
    assert status == 3
    assert "printed more than a code" in error


def test_command_that_hangs_is_ended(practice: Home) -> None:
    """A command has the time of a person; then it is ended and that is said."""
    started = time.monotonic()
    status, error = run_command(practice, "exec sleep 60", "--prompt-seconds", "5")
    assert status == 3
    assert "printed no code within 5 seconds" in error
    assert time.monotonic() - started < 40


def test_agent_that_a_command_leaves_behind_is_not_awaited(
    practice: Home, sandbox: Sandbox
) -> None:
    """What a command leaves behind ends with it, but for an agent, which may hold its output."""
    agent, left = practice.path / "agent", practice.path / "left"
    code = f"{need('oathtool')} --totp -b {SEED}"
    starts = f"setsid sh -c 'echo $$ >{agent}; exec sleep 300' & sleep 301 & echo $! >{left}"
    waits = f"until [ -s {agent} ]; do sleep 0.05; done"
    put(practice.path / "bin", "code", f"{starts}; {waits}; {code}")
    result = practice.run(*LINE, "--mfa-process", f"{practice.path}/bin/code", timeout=20)
    os.kill(int(agent.read_text()), signal.SIGKILL)
    with contextlib.suppress(FileNotFoundError):  # gone, or not yet fetched by its parent
        state = Path(f"/proc/{int(left.read_text())}/stat").read_text()
        assert state.rpartition(")")[2].split()[0] in "ZX"
    assert (result.status, result.err) == (0, "")
    assert [call.action for call in sandbox.calls] == ["GetSessionToken"]


@pytest.mark.parametrize(
    ("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGQUIT", 131)]
)
def test_command_ends_with_us(practice: Home, name: str, status: int) -> None:
    """A command that still runs when we are ended is ended too: it may hold a key's device."""
    put(practice.path / "bin", "code", f"echo $$ >{practice.path}/number; exec sleep 300")
    process = practice.start(*LINE, "--mfa-process", f"{practice.path}/bin/code")
    number = practice.path / "number"
    wait_until(lambda: number.exists() and number.read_text())
    process.send_signal(getattr(signal, name))
    assert process.communicate() == (b"", b"")
    assert process.returncode == status
    wait_until(lambda: not Path(f"/proc/{number.read_text().strip()}").exists())


@pytest.mark.skipif(sys.platform != "linux", reason="drives the program with strace")
def test_command_that_has_just_started_ends_with_us(practice: Home) -> None:
    """A signal that comes when the command runs, but before we know it, ends the command too."""
    script = f"kill -INT $PPID; echo $$ >{practice.path}/number; exec sleep 300"
    put(practice.path / "bin", "code", script)
    slow = ("-o", "/dev/null", "-e", "inject=vfork,clone,clone3:delay_exit=300000")
    line = (PROGRAM, *LINE, "--mfa-process", f"{practice.path}/bin/code")
    result = practice.run(*slow, *line, program=need("strace"), timeout=20)
    assert (result.status, result.err) == (130, "")
    number = (practice.path / "number").read_text().strip()
    wait_until(lambda: not Path(f"/proc/{number}").exists())


def test_command_does_not_read_our_input(practice: Home, sandbox: Sandbox) -> None:
    """A command that reads gets an end of file, not what the caller has there."""
    put(practice.path / "bin", "code", f"cat; {need('oathtool')} --totp -b {SEED}")
    client = subprocess.Popen(
        [PROGRAM, *LINE, "--mfa-process", f"{practice.path}/bin/code"],
        env=practice.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    with client.stdin, client.stdout:
        assert client.stdout.read(12) == b'{"Version":1'
        client.stdout.read()
    assert not client.wait()
    assert len(sandbox.calls) == 1


def test_command_that_leads_back_is_refused(practice: Home) -> None:
    """A command that runs this program again ends at once instead of in a circle."""
    status, error = run_command(practice, f"exec {PROGRAM} {shlex.join(LINE)}")
    assert status == 3
    assert "failed with exit status 2: it leads back to itself" in error


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo hello", "printed no MFA code, which is six digits"),
        ("echo 1234567 12345", "printed no MFA code, which is six digits"),
        ("true", "printed nothing"),
    ],
)
def test_command_that_prints_no_code(
    practice: Home, sandbox: Sandbox, script: str, said: str
) -> None:
    """What is no code is not sent, and the error says it of the command, without its output."""
    status, error = run_command(practice, script)
    assert status == 3
    assert f"mfa_process {practice.path}/bin/code {said}\n" in error
    assert "hint: run the command of mfa_process by hand" in error
    assert "12345" not in error
    assert not sandbox.calls


@pytest.mark.parametrize(
    "script",
    [
        "echo Your code: {}.",
        "echo 'AWS:alice@111111111111  {}'",
        "printf '\\033[1m%s\\033[0m lasts 12s\\n' {}",
        """echo '{{"otp":"{}","period":30}}'""",
        "echo {}; echo {}",
        "printf '%040000d %s' 0 {}",
    ],
)
def test_code_with_words_around_it(practice: Home, sandbox: Sandbox, script: str) -> None:
    """The one group of six digits in the output is the code, also if it stands there twice."""
    put(practice.path / "bin", "code", script.replace("{}", sandbox.code()).replace("{{", "{"))
    result = practice.run(*LINE, "--mfa-process", f"{practice.path}/bin/code")
    assert (result.status, result.err) == (0, "")
    assert actions(sandbox) == ["GetSessionToken"]


def test_two_groups_of_six_digits(practice: Home, sandbox: Sandbox) -> None:
    """Which of two groups is the code nobody knows: none is sent, and none is shown."""
    status, error = run_command(practice, "echo 123456 654321 123456")
    assert status == 3
    assert "bin/code printed 2 different groups of six digits, and only one can be" in error
    assert "hint: let it print the code alone" in error
    assert "123456" not in error
    assert "654321" not in error
    assert not sandbox.calls


CHILDREN = "sleep 300 & sh -c 'sleep 300; :' & sh -c 'sleep 300 | cat; :'"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("how", ["late", "endless", "ended"])
def test_command_is_ended_with_its_children(practice: Home, how: str) -> None:
    """What a command has started ends with it: after its time, its output, and ours."""
    endless = {"endless": "yes 1234567 & "}.get(how, "")
    put(practice.path / "bin", "code", f"{endless}{CHILDREN}; true")
    process = practice.start(
        *LINE, "--mfa-process", f"{practice.path}/bin/code", "--prompt-seconds", "5"
    )
    if how == "ended":
        wait_until(lambda: len(processes(practice)) > 6)
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == (143 if how == "ended" else 3)
    assert not processes(practice)


def test_ps_tells_the_same_as_proc() -> None:
    """Elsewhere than on Linux the parents of processes come from ps."""
    need("ps")
    us = (os.getpid(), os.getppid())
    assert us in tree._parents()
    assert us in tree._parents_of_ps()


def test_command_with_a_zero_byte(practice: Home) -> None:
    """What no system can run is told as that."""
    config = (practice.aws / "config").read_text()
    bad = config.replace("mfa_serial", "mfa_process = co\0de\nmfa_serial")
    (practice.aws / "config").write_text(bad)
    result = practice.run(*LINE)
    assert result.status == 2
    assert "mfa_process 'co?de' cannot be run: a zero byte is in it\n" in result.err


@pytest.mark.parametrize("name", ["zenity", "kdialog", "pinentry-gtk-2"])
@pytest.mark.parametrize("where", ["out", "err"])
def test_answer_of_a_dialog_is_bounded(
    practice: Home, desktop: dict[str, str], name: str, where: str
) -> None:
    """A dialog program that writes without end costs no memory, and is ended."""
    (practice.path / "bin" / "zenity").unlink()
    endless = "/usr/bin/yes 123456" + " >&2" * (where == "err")
    put(practice.path / "bin", name, f"{endless}")
    line = (PROGRAM, *LINE, "--prompt-seconds", "5")
    measured = practice.run("-c", MEASURE, *line, program=sys.executable, environ=desktop)
    assert measured.status == 3
    error, _, memory = measured.err.rstrip().rpartition("\n")
    said = "printed more than a code" if where == "out" else "nobody gave the MFA code within 5"
    assert said in error
    assert int(memory) < 90_000
    assert not processes(practice)


def test_line_of_an_error_has_a_length(practice: Home) -> None:
    """A value of any length may stand in an error, which stays one line that can be read."""
    result = practice.run("--profile", "x" * 100_000)
    assert result.status == 2
    assert len(result.err) < 9000
    assert "…\nhint: " in result.err


@pytest.mark.parametrize(
    ("command", "status", "mark"),
    [
        ("~/bin/code", 2, "~"),
        ("$HOME/bin/code", 2, "$HOME"),
        (f"SEED={SEED} oathtool", 2, "SEED=…"),
        ("cat ~/code", 3, "~"),
        ("cat $HOME/code", 3, "$HOME"),
        ("cat /nowhere | head", 3, "|"),
        ("echo $(cat seed)", 3, "$("),
    ],
)
def test_command_that_needs_a_shell(practice: Home, command: str, status: int, mark: str) -> None:
    """What only a shell understands is named, with the way out, and no word is shown whole."""
    result = practice.run(*LINE, "--mfa-process", command)
    assert result.status == status
    assert f"no shell runs it, so {mark} means nothing\n" in result.err
    assert "hint: write whole paths and values, or let a shell run it:" in result.err
    assert SEED not in result.err


def test_command_run_by_a_shell_may_use_it(practice: Home, sandbox: Sandbox) -> None:
    """The way out that is told works: ``sh -c`` with quotation marks."""
    (practice.path / "code").write_text(sandbox.code())
    command = "sh -c 'NAME=code; cat ~/$NAME | head -1'"
    assert practice.run(*LINE, "--mfa-process", command).status == 0


@pytest.mark.parametrize("given", ["", "/dev/mine"])
@pytest.mark.parametrize("stdin", ["</dev/null", ""])
def test_pinentry_finds_the_terminal(practice: Home, given: str, stdin: str) -> None:
    """GPG_TTY names the terminal to a command, unless the caller has set it."""
    put(practice.path / "bin", "code", f'echo "$GPG_TTY" >{practice.path}/seen; exit 1')
    line = shlex.join([PROGRAM, *LINE, "--mfa-process", f"{practice.path}/bin/code"])
    environ = {"GPG_TTY": given} if given else {}
    terminal = practice.terminal("-c", f"tty; {line} {stdin}", program="sh", environ=environ)
    terminal.expect(r"(/dev/\S+)\r+\n")
    own = terminal.match[1]  # type: ignore[index]
    terminal.expect(pexpect.EOF)
    assert (practice.path / "seen").read_text() == f"{given or own}\n"


def test_pinentry_without_a_terminal(practice: Home) -> None:
    """Where there is no terminal GPG_TTY stays unset."""
    status, _ = run_command(practice, f'echo "${{GPG_TTY-unset}}" >{practice.path}/seen; exit 1')
    assert status == 3
    assert (practice.path / "seen").read_text() == "unset\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "/nowhere/code",
            "'/nowhere/code' cannot be run: No such file or directory\nhint: name a program",
        ),
        ("'open quote", "a quotation mark is not closed"),
        ("''", "cannot be run"),
    ],
)
def test_command_that_cannot_be_run(practice: Home, command: str, said: str) -> None:
    """A command that does not exist or cannot be read is an error of the config."""
    result = practice.run(*LINE, "--mfa-process", command)
    assert result.status == 2
    assert said in result.err


@pytest.mark.parametrize("make", [programs.zenity, programs.kdialog], ids=["zenity", "kdialog"])
def test_no_window_without_time(make: programs.Program) -> None:
    """When the time of all tries is over no further window is opened."""
    question = Question("GAHT1", "prod", "", "", 5, False)
    window = dialog.Dialog(question, make)
    window._deadline = time.monotonic()
    with pytest.raises(PersonNeededError, match="in time"):
        window.get("", ("GAHT1",))

"""``shell``: completion and the function that chooses a profile, in real shells."""

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aws_mfa_process.config.profiles import read_profiles
from support.home import PROGRAM, Home, assert_refused
from support.parts import need

if TYPE_CHECKING:
    import pexpect

ROOT = Path(__file__).parents[2]
SHARE = Path(PROGRAM).parents[1] / "share"
"""Where the wheel has put what package managers look for."""
CONFIG = """\
# [profile commented]
[default]
region = eu-central-1
[profile prod]
region=eu-west-1
s3 =
    region = inner
    max_concurrent_requests = 20
[profile dev]
[profile "my team"]
region :  us-gov-west-1
[profile 'it']
[profile\talice@prod:1]
[profile two words]
[services local]
[sso-session main]
[profiles]
[profile Ünï]
region = ap-south-1
[profile $(touch x)]
[profile a$HOME&b;c]
credential_process = [x]
"""
CREDENTIALS = """\
[default]
aws_access_key_id = x
[old keys]
region = sa-east-1
[prod]
region = eu-north-1
"""
SHELLS = {
    "bash": ('eval "$(aws-mfa-process shell bash{})"', ("--norc", "--noprofile", "-i")),
    "zsh": ('eval "$(aws-mfa-process shell zsh{})"', ("-f", "-i")),
    "fish": ("aws-mfa-process shell fish{} | source", ("--no-config", "-i")),
}
SHOWN = {
    "fish": "function aws-mfa-process; for i in $argv; printf '<%s>' $i; end; echo; end",
    "bash": "aws-mfa-process() { printf '<%s>' \"$@\"; echo; }",
    "zsh": "aws-mfa-process() { printf '<%s>' \"$@\"; echo; }",
}
"""A function in place of the program, which shows its arguments."""


@pytest.fixture
def configured(home: Home) -> Home:
    """A home directory with profiles of odd names."""
    home.config(CONFIG, CREDENTIALS)
    return home


def run(home: Home, shell: str, *lines: str, environ: dict[str, str] | None = None) -> str:
    """Return what a shell prints after the line of its start-up file."""
    start, _ = SHELLS[shell]
    script = "\n".join([start.format(""), *lines])
    done = home.run("-c", script, program=need(shell), environ=environ)
    assert done.err == "", done
    return done.out


def interactive(home: Home, shell: str, *lines: str, start: str = "") -> "pexpect.spawn[str]":
    """Return a shell at a terminal, whose start-up file has run."""
    usual, options = SHELLS[shell]
    start = start or usual
    environ = {"PS1": "> ", "INPUTRC": "/dev/null", "SHELL": need(shell)}
    terminal = home.terminal(*options, environ=environ, program=need(shell))
    terminal.setwinsize(24, 200)
    before = ["autoload -Uz compinit && compinit -u"] if shell == "zsh" else []
    for line in (*before, start.format(""), *lines, "echo rea''dy"):
        terminal.sendline(line)
    terminal.expect_exact("ready")
    return terminal


TYPED = [  # ~: zsh puts = between an option and its value
    ("whoa\t", "<whoami>"),
    ("whoami pro\t", "<whoami><prod>"),
    ("whoami my\t", "<whoami><my team>"),
    ("whoami alice@p\t", "<whoami><alice@prod:1>"),
    ("whoami alice@prod:\t", "<whoami><alice@prod:1>"),
    ("whoami 'a$\t", "<whoami><a$HOME&b;c>"),
    ("login prod ol\t", "<login><prod><old keys>"),
    ("export --form\tfi\t", "<export><--format~fish>"),
    ("export --format=po\t", "<export><--format~powershell>"),
    ("export --mfa-mode di\tpro\t", "<export><--mfa-mode~direct><prod>"),
    ("--profile pro\t--prompt dia\t", "<--profile~prod><--prompt~dialog>"),
    ("shell zs\t", "<shell><zsh>"),
    ("help whoa\t", "<help><whoami>"),
    ("console pro\t--swi\t", "<console><prod><--switch>"),
    ("exec pro\t-- ls /etc/pass\t", "<exec><prod><--><ls></etc/pass"),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes(configured: Home, shell: str) -> None:
    """Commands, options, their words and profiles, also those with marks, are completed."""
    terminal = interactive(configured, shell, SHOWN[shell])
    for typed, arguments in TYPED:
        terminal.send(f"aws-mfa-process {typed}\r")
        terminal.expect(re.escape(arguments).replace(r"\~", "(=|><)"))
    terminal.close(force=True)


INSTALLED = {
    "bash": ". {}/bash-completion/completions/aws-mfa-process",
    "zsh": "fpath=({}/zsh/site-functions $fpath); compinit -u",
    "fish": "set fish_complete_path {}/fish/vendor_completions.d $fish_complete_path",
}
"""How shells come to the files that are installed for package managers."""


@pytest.mark.parametrize("shell", SHELLS)
def test_installed_files_complete(configured: Home, shell: str) -> None:
    """The installed files complete by themselves, without the line of the start-up file."""
    start = INSTALLED[shell].replace("{}", str(SHARE))
    terminal = interactive(configured, shell, SHOWN[shell], start=start)
    for typed, arguments in (("whoa\tpro\t", "<whoami><prod>"), ("shell zs\t", "<shell><zsh>")):
        terminal.send(f"aws-mfa-process {typed}\r")
        terminal.expect_exact(arguments)
    terminal.close(force=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_not_taken_is_not_offered(configured: Home, shell: str) -> None:
    """Options of other commands are not completed, nor a second profile where one is taken."""
    terminal = interactive(configured, shell, SHOWN[shell])
    terminal.send("aws-mfa-process status --vers\t\r")
    terminal.expect_exact("<status><--vers>")
    terminal.send("aws-mfa-process whoami prod al\t\r")
    terminal.expect_exact("<whoami><prod><al>")
    terminal.close(force=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_function_is_completed(configured: Home, shell: str) -> None:
    """Its profiles are completed, and it sets the variables of this shell."""
    terminal = interactive(configured, shell)
    terminal.send("awsp pro\t\r")
    terminal.send('echo "<$AWS_PROFILE><$AWS_REGION>"\r')
    terminal.expect_exact("<prod><eu-north-1>")
    terminal.close(force=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_profiles_are_those_that_the_program_reads(configured: Home, shell: str) -> None:
    """The shell reads both files as botocore does, wherever they are, with any line's end."""
    expected = read_profiles(str(configured.aws / "config"), str(configured.aws / "credentials"))
    print_them = "__aws_mfa_process_profiles"
    assert sorted(set(run(configured, shell, print_them).splitlines())) == sorted(expected.profiles)
    for name, values in expected.profiles.items():
        told = run(configured, shell, f"__aws_mfa_process_profiles '{name}'")
        assert told == f"{values.get('region', '')}\n", name
    elsewhere = configured.path / "else where"
    elsewhere.write_bytes(b"[profile crlf]\r\nregion = eu-west-3\r\n[profile last]")
    environ = {"AWS_CONFIG_FILE": str(elsewhere), "AWS_SHARED_CREDENTIALS_FILE": "~/none"}
    assert run(configured, shell, print_them, environ=environ) == "crlf\nlast\n"
    assert run(configured, shell, f"{print_them} crlf", environ=environ) == "eu-west-3\n"
    environ["AWS_CONFIG_FILE"] = "~/else where"
    assert run(configured, shell, print_them, environ=environ) == "crlf\nlast\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_function_sets_and_goes_back(configured: Home, shell: str) -> None:
    """Profile and region are set for programs; ``-`` goes back, ``--off`` leaves none; no keys."""
    show = "env | grep -E '^AWS_(PROFILE|REGION|DEFAULT_REGION)' | sort | tr '\\n' ' '; echo ."
    told = run(
        configured,
        shell,
        "awsp prod",
        show,
        "awsp 'my team'",
        show,
        "awsp dev eu-south-1",
        show,
        "awsp",
        "awsp - 2>&1",
        show,
        "awsp - 2>&1",
        "awsp 'my team'",
        "awsp dev",
        show,
        "awsp --off",
        show,
        "awsp 2>&1",
        "awsp - 2>&1",
        "awsp two 2>&1",
        show,
    )
    prod = "AWS_DEFAULT_REGION=eu-north-1 AWS_PROFILE=prod AWS_REGION=eu-north-1 ."
    team = "AWS_DEFAULT_REGION=us-gov-west-1 AWS_PROFILE=my team AWS_REGION=us-gov-west-1 ."
    assert told.splitlines() == [
        prod,
        team,
        "AWS_DEFAULT_REGION=eu-south-1 AWS_PROFILE=dev AWS_REGION=eu-south-1 .",
        "dev eu-south-1",
        "awsp: my team us-gov-west-1",
        team,
        "awsp: dev eu-south-1",
        "AWS_PROFILE=dev .",
        ".",
        "awsp: no profile is used in this shell",
        "awsp: dev",
        "awsp: there is no profile two",
        "AWS_PROFILE=dev .",
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_keys_that_would_go_before_are_gone(configured: Home, shell: str) -> None:
    """Keys in the environment do not beat the chosen profile, and that is said."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_SESSION_TOKEN": "z"}
    told = run(configured, shell, "awsp prod 2>&1", "env", environ=keys)
    assert "awsp: the keys in the environment would go before the profile: they are gone" in told
    assert re.findall("^(AWS_.*)=", told, re.MULTILINE).count("AWS_PROFILE") == 1
    assert not re.search("^AWS_(ACCESS|SECRET|SESSION)", told, re.MULTILINE)


@pytest.mark.parametrize("shell", [*SHELLS, "powershell"])
def test_the_function_has_any_name(home: Home, shell: str) -> None:
    """``--function`` names it; nothing else of that name is left."""
    done = home.run("shell", shell, "--function", "use-aws")
    assert (done.status, done.err) == (0, "")
    assert "use-aws" in done.out
    assert not re.search(r"(?<!default )\bawsp\b", done.out)
    assert_refused(home.run("shell", shell, "--function", "a b"), 2, "'a b' cannot be the name")


def test_strict_shells_take_it(configured: Home) -> None:
    """Neither ``set -eu`` in bash nor unusual options of zsh break it."""
    for shell, options in (("bash", "set -eu"), ("zsh", "setopt no_unset err_exit extended_glob")):
        start = SHELLS[shell][0].format("")
        script = f"{options}\n{start}\nawsp prod\nawsp -\nawsp --off\nawsp prod\nawsp"
        done = configured.run("-c", script, program=need(shell))
        assert (done.status, done.out) == (0, "prod eu-north-1\n"), done


def test_an_alias_of_that_name_gives_way(configured: Home) -> None:
    """Where the name is an alias already, as another program has it, it is a function then."""
    for shell, options in (("bash", "shopt -s expand_aliases"), ("zsh", "setopt aliases")):
        start = SHELLS[shell][0].format("")
        script = f"{options}\nalias awsp='echo alias'\n{start}\nawsp prod\nawsp"
        done = configured.run("-c", script, program=need(shell))
        assert (done.status, done.out, done.err) == (0, "prod eu-north-1\n", ""), done


def test_powershell_has_the_same(home: Home) -> None:
    """What is printed for PowerShell has commands, options and words of the same table."""
    told = home.run("shell", "powershell").out
    assert "Register-ArgumentCompleter -Native -CommandName aws-mfa-process" in told
    assert "'--format' = @('env', 'fish', 'powershell', 'cmd', 'dotenv', 'json', 'ini')" in told
    assert "function global:awsp {" in told
    for opening, closing in ("()", "[]", "{}"):
        assert told.count(opening) == told.count(closing)


def test_it_only_reads_files(home: Home) -> None:
    """A shell that starts loads nothing that is heavy."""
    done = home.run("shell", "bash", environ={"PYTHONVERBOSE": "1"})
    assert done.status == 0
    assert not re.search(r"import '(botocore|keyring|rich|questionary|subprocess)", done.err)


def test_the_files_have_the_options_of_the_program() -> None:
    """Completion and man page are those that ``make completion`` makes."""
    check = [sys.executable, str(ROOT / ".ci" / "completion.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0), "run: make completion"


def test_package_managers_find_the_files() -> None:
    """Man page and completion are installed where others look for them, as the program has them."""
    ours = ROOT / "aws_mfa_process" / "shells" / "data" / "share"
    files = [path.relative_to(ours) for path in ours.rglob("*") if path.is_file()]
    assert sorted(map(str, files)) == [
        "bash-completion/completions/aws-mfa-process",
        "fish/vendor_completions.d/aws-mfa-process.fish",
        "man/man1/aws-mfa-process.1",
        "zsh/site-functions/_aws-mfa-process",
    ]
    for file in files:
        assert (SHARE / file).read_bytes() == (ours / file).read_bytes()


def test_the_man_page_has_no_fault(home: Home) -> None:
    """man and mandoc read it without a warning."""
    page = str(ROOT / "aws_mfa_process/shells/data/share/man/man1/aws-mfa-process.1")
    environ = {"MANROFFSEQ": "", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    done = home.run("--warnings", "-l", page, program=need("man"), environ=environ)
    assert (done.status, done.err) == (0, "")
    assert "--role-arn ARN" in done.out
    done = home.run("-T", "lint", "-W", "warning", page, program=need("mandoc"))
    assert (done.status, done.out, done.err) == (0, "", "")

"""The command line: which command, and what a failure looks like.

Its one rule: one file a command, loaded when it is called. Without a command's name this is the
credential process.
"""

import contextlib
import errno
import gc
import importlib
import io
import itertools
import os
import signal
import sys
import warnings
from types import SimpleNamespace

from aws_mfa_process import APP, DEBUG_VARIABLE, __version__, debug, signals
from aws_mfa_process.config.command_line import NAMES, parse
from aws_mfa_process.display import error_text
from aws_mfa_process.errors import ConfigError, MFAProcessError, machine_error
from aws_mfa_process.values import Any, NoReturn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

COMMANDS = {
    "setup": "setup",
    "login": "login",
    "logout": "logout",
    "status": "status",
    "doctor": "doctor",
    "exec": "exec",
    "console": "console",
    "whoami": "whoami",
    "export": "export",
    "add": "add",
    "import": "import_keys",
    "list": "list_keys",
    "remove": "remove",
    "rotate": "rotate",
    "policy": "policy",
    "audit": "audit",
    "shell": "shell",
    "sandbox": "sandbox",
}
"""The commands that the help shows, and the module of `aws_mfa_process.commands` for each.

It has ``HELP``, ``configure(parser)``, which adds its options, and ``run(arguments)``, which gives
the exit status. With ``TAKES_COMMAND`` the words behind ``--`` are not looked at: they are
``arguments.command``. ``BARE``, if it has that, is what no words are parsed to: then none is.
"""

_WORDS = {"help [COMMAND]": "show this help, or that of a command", "version": "show the version"}
"""What people type besides, answered here; the help shows them too."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a write fails with that finds no room."""
_HIDDEN = ("_renew", "_ask", "_supply", "_sweep", "_source")
"""What the program starts by itself."""
_LASTING = ("exec", "sandbox")
_LOCAL = ("status",)
"""What opens no keyring and asks nobody."""
_SHORT_WORDS = 3
_EXAMPLES = """
examples:
  in ~/.aws/config, so that every SDK gets the role's credentials:
    [profile prod]
    region = eu-central-1
    credential_process = /path/to/aws-mfa-process --profile bastion-keys \\
        --role-arn arn:aws:iam::222222222222:role/Admin        (all on one line)

  serve the profiles that are there:    aws-mfa-process setup
  give the code once, in the morning:   aws-mfa-process login prod
  what is there, and for how long:      aws-mfa-process status
  try it all without an account:        aws-mfa-process sandbox

exit status: 0 done; 1 AWS, the network or this machine said no, or a check has found something;
2 the command line or the config is wrong; 3 a person is needed; 130 Ctrl-C. Every option but
--profile and --mfa-code may stand in the profile too, such as role_arn.
"""


def main(arguments: list[str], *, has_output: bool = True) -> int:
    """Run a command line without the program's name and return the exit status."""
    signals.leave_no_core()
    word = arguments[0] if arguments else ""
    is_command = word in (*COMMANDS, *_HIDDEN)
    if word in _LASTING:
        gc.enable()
    debug.note(f"{APP} {__version__}: {word if is_command else 'credential process'}")
    status = _status(arguments, has_output=has_output)
    debug.note(f"exit status {status}")
    return status


def _status(arguments: list[str], *, has_output: bool) -> int:
    warnings.simplefilter("ignore")
    if hasattr(signal, "SIGCHLD"):  # a caller that ignores it would hide how our programs end
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # or one that blocks Ctrl-C
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = run(arguments) if has_output else _refuse_closed_output()
        sys.stdout.flush()
    except MFAProcessError as error:
        debug.note(f"{type(error).__name__}: {error.message}")
        _print_error(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read has gone: nothing is left to say, or to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort, without a secret or a traceback
        return tell(error)
    return status


def tell(error: Exception) -> int:
    """Say in one line what nobody foresaw, and whose fault it is; return the exit status."""
    reason = _output_failure(error)
    failure = machine_error(error)
    if reason:
        _print_error(
            f"standard output cannot be written: {reason}",
            "make room where it leads, and try again",
        )
        return 1
    with contextlib.suppress(Exception):  # what is needed for it may be out of order too
        debug.note_failure(error)
    if failure is not None:
        _print_error(failure.message, failure.hint)
        return failure.exit_code
    _print_error(
        f"unexpected {type(error).__name__}; this is a fault of the program",
        f"set {DEBUG_VARIABLE}=FILE, try again and report what is in the file",
    )
    return 1


def run(arguments: list[str]) -> int:
    """Run a command line."""
    first = arguments[0] if arguments else ""
    if first.startswith("-") and _asks_for_help(arguments):
        print(main_parser().format_help(), end="")  # noqa: T201 - asked for
    elif first in ("version", "--version", "-V"):
        print(f"{APP} {__version__}")  # noqa: T201 - asked for
    elif first == "help":
        return run([*arguments[1:2], "--help"])
    elif first == "_sweep" or (first in _HIDDEN and arguments[1:]):
        import aws_mfa_process.store.digests  # noqa: F401 - before botocore loads hashlib

        return int(_module(first[1:]).run(arguments[1:]))
    elif first.startswith("-") or not arguments:
        return int(_module("credential_process").run(parse(arguments)))
    elif (
        arguments[:2] == ["status", "--short"]
        and len(arguments) == _SHORT_WORDS
        and arguments[2][:1] not in ("", "-")
    ):
        return int(_module("short").run(arguments[2]))  # argparse would double what it costs
    elif first in COMMANDS:
        return _run_command(first, arguments[1:])
    else:
        raise ConfigError(f"there is no command {first!r}", hint=_commands_like(first))
    return 0


def _asks_for_help(arguments: list[str]) -> bool:
    """Tell whether an option is the one for help; ``-h`` may be the value of another one."""
    words = itertools.pairwise(["", *arguments])
    return "--help" in arguments or any(
        word == "-h" and before not in NAMES for before, word in words
    )


def _refuse_closed_output() -> NoReturn:
    raise MFAProcessError("standard output is closed", hint="run it as an SDK does, with a pipe")


def main_parser() -> "ArgumentParser":
    """Return what tells the help of the whole program."""
    from aws_mfa_process.commands import parser

    commands = [(name, _module(module).HELP) for name, module in COMMANDS.items()]
    return parser.main_parser([*commands, *_WORDS.items()], _EXAMPLES)


def command_parser(name: str) -> "ArgumentParser":
    """Return the argument parser of a command."""
    from aws_mfa_process.commands.parser import new_parser

    command = _module(COMMANDS[name])
    parser = new_parser(name, command.HELP)
    command.configure(parser)
    return parser


def _run_command(name: str, arguments: list[str]) -> int:
    if name not in _LOCAL:
        import aws_mfa_process.store.digests  # noqa: F401 - before keyring or botocore loads hashlib
    command = _module(COMMANDS[name])
    if arguments or not hasattr(command, "BARE"):
        try:
            namespace = _parsed(name, command, arguments)
        except SystemExit:  # its help was asked for
            return 0
    else:
        namespace = SimpleNamespace(**command.BARE)
    trouble = debug.trouble()
    if trouble and sys.stderr is not None:
        print(f"{APP}: warning: {trouble}", file=sys.stderr)  # noqa: T201 - for a person
    return int(command.run(namespace))


def _parsed(name: str, command: Any, arguments: list[str]) -> Any:  # noqa: ANN401 - see COMMANDS
    from aws_mfa_process.commands import parser

    takes_command = getattr(command, "TAKES_COMMAND", False)
    parse_words = parser.parse_before_command if takes_command else parser.parse
    return parse_words(command_parser(name), arguments)


def _module(name: str) -> Any:  # noqa: ANN401 - see COMMANDS
    return importlib.import_module(f"aws_mfa_process.commands.{name}")


def _commands_like(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1, cutoff=0.75)
    meant = f"did you mean {APP} {close[0]}? " if close else ""
    meant += "The" if close else "the"
    keys = f"for the credentials of a profile: {APP} --profile {name}"
    return f"{meant} commands are {', '.join(COMMANDS)}; {keys}"


def _output_failure(error: Exception) -> str:
    """Return why standard output takes nothing, if it does not.

    What is left to be written stays in its buffer; what is longer than that has failed at once.
    """
    try:
        sys.stdout.flush()
    except OSError as again:
        return again.strerror or "it takes nothing"
    if isinstance(error, OSError) and not error.filename and error.errno in _FULL:
        return error.strerror or "it takes nothing"
    return ""


def _print_error(message: str, hint: str) -> None:
    """Write an error to standard error, in one go; where there is none, nowhere."""
    trouble = debug.trouble()
    hint += f"; {trouble}" if trouble else ""
    try:
        os.write(2, error_text(message, hint).encode("utf-8", "backslashreplace"))
    except OSError:
        sys.stderr = None

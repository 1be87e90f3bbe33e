"""``sandbox``: a practice AWS on this machine, a shell in it, its authenticator, a demo."""

import argparse
import importlib.util
import os
import sys

from aws_mfa_process import APP, signals
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.sandbox import practice, shell

HELP = "practise on an AWS of your own, on this machine, with an MFA device"

_EXTRA = ("moto", "flask", "flask_cors", "pyotp", "werkzeug")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("code",),
        help="code: print the code that the practice authenticator shows now;"
        " without it: open a shell in which every AWS tool uses the practice AWS",
    )
    parser.add_argument(
        "--demo", action="store_true", help="show what this program does, without a question"
    )
    parser.add_argument(
        "--endpoint-url", metavar="URL", help="for code: which practice AWS, where several run"
    )


def run(args: argparse.Namespace) -> int:
    """Print the code, show the demo or open the shell."""
    if args.what and args.demo:
        raise ConfigError("code and --demo do not go together", hint=f"{APP} sandbox --demo")
    if args.endpoint_url and not args.what:
        hint = f"{APP} sandbox code --endpoint-url URL"
        raise ConfigError("--endpoint-url is for code", hint=hint)
    if args.what:
        _print_code(args.endpoint_url)
        return 0
    if any(importlib.util.find_spec(name) is None for name in _EXTRA):
        raise ConfigError(
            "the practice AWS needs packages that are not installed",
            hint="in a checkout: pipx install --force '.[sandbox]' or, in a virtual environment, "
            "pip install '.[sandbox]'",
        )
    if args.demo:
        _run_demo()
    else:
        _open_shell()
    return 0


def _print_code(endpoint_url: str | None) -> None:
    """Print the code alone on stdout, for ``$(…)`` and ``mfa_process``; the rest on stderr."""
    endpoint_url = endpoint_url or os.environ.get(practice.ENDPOINT_VARIABLE)
    endpoint_url = endpoint_url or _only_practice()
    shown = practice.ask(endpoint_url, "code", practice.token_of(endpoint_url))
    sys.stdout.write(f"{shown['code']}\n")
    sys.stdout.flush()
    left = shown["seconds_left"]
    used = f"used already; the next one in {left} s"
    sys.stderr.write(f"({used if shown['is_used'] else f'good for {left} s more'})\n")


def _only_practice() -> str:
    running = practice.found()
    if not running:
        raise ConfigError("no practice AWS runs", hint=f"start one: {APP} sandbox")
    if len(running) > 1:
        raise ConfigError(
            f"{len(running)} practice AWSs run: {', '.join(running)}",
            hint=f"name one: {APP} sandbox code --endpoint-url {running[0]}",
        )
    return running[0]


def _run_demo() -> None:
    if sys.platform == "win32":  # pragma: no cover
        raise ConfigError("the demo needs a terminal of Unix", hint=f"{APP} sandbox")
    from aws_mfa_process.sandbox import demo  # noqa: PLC0415 - Windows has no pty

    with practice.running() as where:
        demo.run(where)


def _open_shell() -> None:
    if practice.ENDPOINT_VARIABLE in os.environ:
        raise ConfigError("this is a practice shell already", hint="leave it first: exit")
    with practice.running() as where, signals.cores_as_before():
        shell.run(where)

"""The programs that show a window and return what is typed there: how each is run and read.

Its one rule: text reaches a program as an argument, on standard input or in the environment, never
as part of a script; and however its window ends, that is typed text, a cancel, a time-out or a
`DialogFailedError`.
"""

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from aws_mfa_process.prompt.child import MOST_BYTES, child, output
from aws_mfa_process.signals import pausable
from aws_mfa_process.values import NamedTuple

TITLE = "MFA code for AWS"
CHECKING = "Checking the MFA code"
WINDOWS = r"C:\Windows"
"""The folder of the system where no variable names it."""
_ASSUAN_BYTES = 900  # of 1000 in a line
_ZENITY_TIMEOUT = 5
_REPLY = re.compile(r"(OK|ERR)(?: ([0-9]{1,10}))?(?!\S)")
"""What a pinentry says to a line: all is well, or an error with its number."""
_GPG_TIMEOUT = 62
_GPG_CANCELED = (99, 198)
_NO_DESKTOP = (b"open display", b"reading events from display", b"connection broke", b"(-1713)")
"""What GTK, Qt and AppleScript (``errAENoUserInteraction``) say where nobody sees a window."""
_APPLE_SCRIPT = """on run argv
set answer to display dialog (item 1 of argv) with title (item 2 of argv) default answer "" ¬
buttons {"Cancel", "OK"} default button "OK" giving up after ((item 3 of argv) as integer)
if gave up of answer then return "gave up"
return text returned of answer
end run"""
_POWER_SHELL = (
    "Add-Type -AssemblyName Microsoft.VisualBasic;"
    "[Console]::Out.Write([Microsoft.VisualBasic.Interaction]::InputBox("
    "$env:AWS_MFA_PROCESS_TEXT, $env:AWS_MFA_PROCESS_TITLE))"
)


class DialogFailedError(Exception):
    """The program could not show its window."""


def _entry(status: int, out: str) -> str | None:
    """Return the line that a program printed, None for its cancel."""
    if status == 0:
        return out.removesuffix("\n")
    if status == 1:
        return None
    raise DialogFailedError


class Run(NamedTuple):
    """How a dialog program is run and read.

    Attributes:
        command: Program and arguments.
        outcome: Gives the text that was typed, from exit status and output; None for a cancel.
        stdin: What it reads.
        environ: What is added to its environment.
    """

    command: list[str]
    outcome: Callable[[int, str], str | None] = _entry
    stdin: str = ""
    environ: Mapping[str, str] = MappingProxyType({})


def _of_zenity(status: int, out: str) -> str | None:
    """Return the line that zenity printed, None for its cancel."""
    if status == _ZENITY_TIMEOUT:
        raise TimeoutError
    return _entry(status, out)


def _of_zenity_or_button(status: int, out: str) -> str | None:
    """Return the line that zenity printed; of its further button, which it names, an empty one."""
    return "" if status == 1 and out.strip() else _of_zenity(status, out)


def zenity(text: str, seconds: int, other: str) -> Run:
    """Return how to ask with zenity (GNOME; underscores would mark a shortcut)."""
    shown, button = text.replace("_", "__"), other.replace("_", "__")
    options = [f"--title={TITLE}", f"--text={shown}", f"--timeout={seconds}"]
    options += [f"--extra-button=Use {button}"] if other else []
    return Run(["zenity", "--entry", *options], _of_zenity_or_button if other else _of_zenity)


def kdialog(text: str, seconds: int, other: str) -> Run:
    """Return how to ask with kdialog (KDE), which has no time limit and no further button."""
    del seconds, other
    return Run(["kdialog", "--title", TITLE, "--inputbox", text])


def pinentry(text: str, seconds: int, other: str) -> Run:
    """Return how to ask with a pinentry that has a window; it has no further button.

    Source:
        The Assuan commands of pinentry's manual: a greeting, then one reply to each line. The
        low 16 bits of an error tell what happened (``gpg-error.h``).
    """
    del other
    shown = text.encode()[:_ASSUAN_BYTES].decode("utf-8", "ignore")
    about = [f"SETTITLE {TITLE}", f"SETDESC {shown.replace(chr(10), '%0A')}", "SETPROMPT Code:"]
    lines = [*about, f"SETTIMEOUT {seconds}", "GETPIN", "BYE"]

    def outcome(status: int, out: str) -> str | None:
        del status
        said = out.splitlines()
        replies = [found.groups() for line in said if (found := _REPLY.match(line))]
        reply = replies[lines.index("GETPIN") + 1 :][:1]
        if not reply:
            raise DialogFailedError
        if reply[0][0] == "OK":
            return next((line[2:] for line in said if line.startswith("D ")), "")
        error = int(reply[0][1] or 0) & 0xFFFF
        if error == _GPG_TIMEOUT:
            raise TimeoutError
        if error in _GPG_CANCELED:
            return None
        raise DialogFailedError

    return Run([_pinentry_name() or "pinentry"], outcome, "\n".join(lines) + "\n")


def osascript(text: str, seconds: int, other: str) -> Run:
    """Return how to ask with AppleScript (macOS; not run by this project)."""
    del other

    def outcome(status: int, out: str) -> str | None:
        if out.strip() == "gave up":
            raise TimeoutError
        return _entry(status, out)

    return Run(["/usr/bin/osascript", "-e", _APPLE_SCRIPT, text, TITLE, str(seconds)], outcome)


def powershell(text: str, seconds: int, other: str) -> Run:
    """Return how to ask with PowerShell (Windows; not run by this project)."""
    del seconds, other
    # by its whole path: Windows looks into the current folder before any other
    folder = rf"{os.environ.get('SYSTEMROOT') or WINDOWS}\System32\WindowsPowerShell\v1.0"
    command = [
        rf"{folder}\powershell.exe",
        "-NoProfile",
        "-NonInteractive",
        "-Command",
        _POWER_SHELL,
    ]
    environ = {"AWS_MFA_PROCESS_TEXT": text, "AWS_MFA_PROCESS_TITLE": TITLE}
    return Run(command, lambda status, out: _entry(status, out) or None, environ=environ)


Program = Callable[[str, int, str], Run]
"""Gives the run for a text, the seconds to answer, and the device that a button is to lead to, if
that is no empty text."""
EMPTY_IS_CANCEL: tuple[Program, ...] = (powershell,)
"""Where nobody can tell an empty answer from a cancel."""


def program() -> Program | None:
    """Return the dialog program of this desktop, or None where there is no desktop."""
    if sys.platform == "win32":
        return powershell
    if sys.platform == "darwin":
        return None if "SSH_CONNECTION" in os.environ else osascript
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    is_kde = "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    usual = [("zenity", zenity), ("kdialog", kdialog)]
    for name, make in reversed(usual) if is_kde else usual:
        if shutil.which(name):
            return make
    return pinentry if _pinentry_name() else None


def is_utf8(environ: Mapping[str, str]) -> bool:
    """Tell whether programs take more than ASCII; elsewhere than on Linux they do.

    >>> is_utf8({"LC_ALL": "C", "LANG": "C.UTF-8"})
    False
    """
    names = (environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "C")
    return sys.platform != "linux" or "utf8" in locale.lower().replace("-", "")


def typed(run: Run, seconds: int) -> str | None:
    """Run a program and return what was typed; None for a cancel.

    Raises:
        OSError: It cannot be run.
        TimeoutError: Nobody has typed anything in time.
        TooMuchError: It printed more than anybody types.
        DialogFailedError: It could not show its window.
    """
    environ = {**os.environ, **run.environ}
    said = bytearray()

    def hear(piece: bytes) -> None:
        said.extend(piece[: MOST_BYTES - len(said)])

    with pausable(), child(run.command, environ, has_input=True, has_group=True) as process:
        if process.stdin:
            with contextlib.suppress(OSError), process.stdin:  # some read nothing
                process.stdin.write(run.stdin.encode())
        out = output(process, seconds + 1, hear)
    if any(text in said for text in _NO_DESKTOP):
        raise DialogFailedError
    return run.outcome(process.returncode, out.decode("utf-8", "replace"))


@contextlib.contextmanager
def checking() -> Iterator[None]:
    """Show within the block that a code is checked, where the program of the desktop can."""
    with contextlib.ExitStack() as stack:
        if program() is zenity:
            options = [f"--title={CHECKING}", "--text=AWS checks the code.", "--width=320"]
            command = ["zenity", "--progress", "--pulsate", "--auto-close", "--no-cancel", *options]
            with contextlib.suppress(OSError):
                window = stack.enter_context(child(command, os.environ, has_input=True))
                stack.callback(window.kill)
        yield


def _pinentry_name() -> str | None:
    """Return a pinentry that has a window; the plain name is one only if it leads to such."""
    for name in ("pinentry-gnome3", "pinentry-gtk-2", "pinentry-qt", "pinentry-x11", "pinentry"):
        path = shutil.which(name)
        if path and not any(word in os.path.realpath(path) for word in ("curses", "tty")):
            return name
    return None

"""The person's browser: which one there is, and how it gets an address.

Its one rule: the address, which may be a secret, reaches the browser without standing in an
argument list, which every user of the machine can read.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aws_mfa_process.commands.browsers.one_shot import OneShotPage
from aws_mfa_process.errors import ConfigError, MFAProcessError

WAIT_SECONDS = 60
"""For a browser that has to start first."""
_PAUSE_SECONDS = 0.05
_DESKTOP = (["xdg-open"], ["gio", "open"], ["sensible-browser"], ["x-www-browser"])
_APPLE_SCRIPT = 'open location "{}"\n'
_POWER_SHELL = "Start-Process ([Console]::In.ReadLine())"
_POWER_SHELL_COMMAND = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _POWER_SHELL)


class Browser(NamedTuple):
    """A way to open an address.

    Attributes:
        command: Program and arguments; ``%s`` in them, or their end, is the place of the address.
        template: How the address is written to the program's standard input; empty: it is an
            argument.
        is_relayed: A system program brings the browser's requests to this machine.
    """

    command: tuple[str, ...]
    template: str = ""
    is_relayed: bool = False

    @property
    def name(self) -> str:
        """The program."""
        return os.path.basename(self.command[0])

    def command_for(self, address: str) -> list[str]:
        """Return program and arguments that open an address.

        >>> Browser(("firefox", "-P", "work", "%s")).command_for("http://127.0.0.1/")
        ['firefox', '-P', 'work', 'http://127.0.0.1/']
        """
        if not any("%s" in word for word in self.command):
            return [*self.command, address]
        return [word.replace("%s", address) for word in self.command]


def browser_of(environ: Mapping[str, str], instead: str) -> Browser | None:
    """Return the browser of ``$BROWSER``, else of the desktop; None: that of Windows.

    Raises:
        ConfigError: There is none; the hint is ``instead``.
    """
    if sys.platform == "win32":
        return None
    found = next(_browsers(environ), None)
    if found is None:
        is_named = bool(environ.get("BROWSER"))
        neither = "neither $BROWSER nor a program of the desktop is there"
        where = "$BROWSER names none that is installed" if is_named else neither
        raise ConfigError(f"there is no browser to open: {where}", hint=instead)
    return found


def open_address(
    browser: Browser | None, address: str, instead: str, seconds: float = WAIT_SECONDS
) -> None:
    """Open an address in a browser; return when the browser has it.

    Raises:
        MFAProcessError: The browser failed, or did not come for the address in so many seconds;
            the hint is ``instead``.
    """
    if sys.platform == "win32":
        # Argument lists are seen by the user and administrators alone.
        os.startfile(address)  # noqa: S606 - an address
        return
    assert browser is not None  # noqa: S101 - see browser_of
    try:
        if browser.template:
            _check(_start(browser, address), browser, instead)
            return
        with OneShotPage(address, is_relayed=browser.is_relayed) as page:
            _wait(_start(browser, page.url), page, browser, instead, seconds)
    except OSError as error:
        raise MFAProcessError(
            f"{browser.name} cannot be started: {error.strerror}", hint=instead
        ) from None


def _browsers(environ: Mapping[str, str]) -> Iterator[Browser]:
    """Yield the browsers that are installed, the best one first."""
    is_wsl = "WSL_DISTRO_NAME" in environ
    for text in filter(None, environ.get("BROWSER", "").split(os.pathsep)):
        words = _words(text)
        if words and shutil.which(words[0]):
            yield Browser(words, is_relayed=is_wsl)
    if sys.platform == "darwin":
        yield Browser(("/usr/bin/osascript",), _APPLE_SCRIPT)
    elif is_wsl and shutil.which(_POWER_SHELL_COMMAND[0]):
        yield Browser(_POWER_SHELL_COMMAND, "{}\n")
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        for command in _DESKTOP:
            if shutil.which(command[0]):
                yield Browser(tuple(command))


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:  # a quotation mark is not closed
        return ()


def _start(browser: Browser, address: str) -> "subprocess.Popen[bytes]":
    """Start a browser that outlives us and writes nothing of its own to the terminal."""
    command = list(browser.command) if browser.template else browser.command_for(address)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if browser.template else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if browser.template:
        process.communicate(browser.template.format(address).encode())
    return process


def _wait(
    process: "subprocess.Popen[bytes]",
    page: OneShotPage,
    browser: Browser,
    instead: str,
    seconds: float,
) -> None:
    """Wait until the browser has come for the page."""
    end = time.monotonic() + seconds
    while not page.given.wait(_PAUSE_SECONDS):
        process.poll()
        _check(process, browser, instead)
        if time.monotonic() > end:
            raise MFAProcessError(
                f"{browser.name} has not opened the page within {seconds} seconds", hint=instead
            )


def _check(process: "subprocess.Popen[bytes]", browser: Browser, instead: str) -> None:
    """Fail where a browser has ended in failure; one that runs, or has passed it on, is good."""
    if process.returncode:
        raise MFAProcessError(
            f"{browser.name} ended with status {process.returncode}", hint=instead
        )

"""A keyring as a desktop has it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from jeepney import MessageType, message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

from support.home import Home
from support.parts import need


class Keyring:
    """A real keyring daemon on a session bus of its own, for a home directory."""

    password = "of the keyring"
    _SCRIPT = """
        dbus-send --session --print-reply --dest=org.freedesktop.DBus / \\
            org.freedesktop.DBus.StartServiceByName string:org.freedesktop.secrets uint32:0 \\
            >/dev/null && echo "$DBUS_SESSION_BUS_ADDRESS"
        exec cat
    """
    # D-Bus starts the daemon, and starts it unlocked again should it end: gnome-keyring 42 aborts
    # now and then when clients come at once.
    _SERVICE = "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/sh {script}\n"
    _STARTED = """
        printf %s "{password}" |
            exec gnome-keyring-daemon --foreground --unlock --components=secrets
    """
    _COLLECTION = "/org/freedesktop/secrets/collection/login"

    def __init__(self, home: Home, folder: Path, display: str = "") -> None:
        for program in ("dbus-run-session", "gnome-keyring-daemon", "secret-tool", "dbus-send"):
            need(program)
        folder.mkdir(mode=0o700)
        services = folder / "dbus-1" / "services"
        services.mkdir(parents=True)
        self.started = folder / "start"
        self.started.write_text(self._started())
        service = services / "org.freedesktop.secrets.service"
        service.write_text(self._SERVICE.format(script=self.started))
        self.home = home
        home.environ["XDG_RUNTIME_DIR"] = str(folder)
        if display:
            home.environ["DISPLAY"] = display
        self._session = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", self._SCRIPT],
            env=home.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._session.stdout is not None
        self.address = self._session.stdout.readline().decode().strip()
        assert self.address, "no session bus"
        home.environ["DBUS_SESSION_BUS_ADDRESS"] = self.address

    def close(self) -> None:
        """End the session, and with it the bus and the daemon."""
        for stream in (self._session.stdin, self._session.stdout):
            assert stream is not None
            stream.close()
        self._session.wait()

    def text(self, profile: str) -> str:
        """Return what is stored for a profile, read by another program; empty for nothing."""
        return self._tool("lookup", profile)

    def put(self, profile: str, text: str) -> None:
        """Store a text for a profile, by another program, as keyring would."""
        self._tool("store", "--label=a test", profile, text=text, application=True)

    def put_beside(self, profile: str, text: str) -> None:
        """Store a text for a profile as other programs do that know nothing of keyring."""
        self._tool("store", "--label=another", profile, text=text)

    def clear(self, profile: str) -> None:
        """Remove what is stored for a profile, by another program."""
        self._tool("clear", profile)

    def end_while_asked(self) -> None:
        """End the daemon; the next one that D-Bus starts ends at the first thing it is asked."""
        once = self.started.with_name("once")
        faltering = f"cd {Path(__file__).parents[1]} && exec {sys.executable} -m support.keyring"
        self.started.write_text(f"if mkdir {once}; then {faltering}; fi\n{self._started()}")
        bus, call = "org.freedesktop.DBus", "GetConnectionUnixProcessID"
        words = ("/", f"{bus}.{call}", "string:org.freedesktop.secrets")
        told = self.home.run(
            "--session", "--print-reply=literal", f"--dest={bus}", *words, program="dbus-send"
        )
        os.kill(int(told.out.split()[-1]), signal.SIGKILL)

    def lock(self) -> None:
        """Lock the keyring, as a desktop does after a while."""
        name, interface = "org.freedesktop.secrets", "org.freedesktop.Secret.Service"
        call = [
            "/org/freedesktop/secrets",
            f"{interface}.Lock",
            f"array:objpath:{self._COLLECTION}",
        ]
        done = self.home.run(
            "--session", "--print-reply", f"--dest={name}", *call, program="dbus-send"
        )
        assert done.status == 0, done.err

    def _started(self) -> str:
        return self._STARTED.format(password=self.password)

    def _tool(self, command: str, *options: str, text: str = "", application: bool = False) -> str:
        *flags, profile = options
        attributes = ["service", "aws-mfa-process", "username", profile]
        attributes += ["application", "Python keyring library"] if application else []
        done = subprocess.run(
            ["secret-tool", command, *flags, *attributes],
            env=self.home.environ,
            input=text.encode(),
            capture_output=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.stdout.decode()


def falter() -> None:
    """Be a Secret Service that ends at the first thing it is asked."""
    connection = open_dbus_connection()
    connection.send(message_bus.RequestName("org.freedesktop.secrets"))
    while connection.receive().header.message_type is not MessageType.method_call:
        pass


if __name__ == "__main__":
    falter()

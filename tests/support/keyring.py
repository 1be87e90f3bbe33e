"""A keyring as a desktop has it."""

import subprocess
from pathlib import Path

from support.home import Home
from support.parts import need


class Keyring:
    """A real keyring daemon on a session bus of its own, for a home directory."""

    password = "of the keyring"
    _SCRIPT = """
        printf %s "$0" | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        echo "$DBUS_SESSION_BUS_ADDRESS"
        exec cat
    """
    _COLLECTION = "/org/freedesktop/secrets/collection/login"

    def __init__(self, home: Home, folder: Path, display: str = "") -> None:
        for program in ("dbus-run-session", "gnome-keyring-daemon", "secret-tool", "dbus-send"):
            need(program)
        folder.mkdir(mode=0o700)
        self.home = home
        home.environ["XDG_RUNTIME_DIR"] = str(folder)
        if display:
            home.environ["DISPLAY"] = display
        self._session = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", self._SCRIPT, self.password],
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

"""Dialog programs that do what none should: for each a script that stands in its place.

They print junk or without end, fail in every way, hang, die, tell secrets, and leave something
behind; some give the code all the same.
"""

import random
from pathlib import Path

from long.fuzz import garbled

PROGRAMS = ("zenity", "kdialog", "pinentry-gnome3", "pinentry")
SECRET = "SEEDSEEDSEED7777wJalrXUtnFEMI/K7MDENG"
"""What a stand-in tells, and nobody may hear of."""
_ASSUAN = b"OK Pleased to meet you\nOK\nOK\nOK\nOK\nD %s\nOK\nOK closing connection\n"
"""What a pinentry says; of the lines that it is told, it reads none."""
_PRINTED = (
    *(b"%s\n", b"%s", b"  %s  \r\n", b"code: %s\n", b"%s\n%s\n", b"\0%s\n", b"\xff\xfe%s", b"%%s"),
    *(
        _ASSUAN,
        _ASSUAN.replace(b"\nD %s", b""),
        b"OK\n" * 20,
        b"ERR\n" * 20,
        b"OK\nERR x\n" * 9,
        b"ERR 1x\n" * 20,
    ),
    *(b"ERR 83886179 cancelled\n" * 20, b"ERR 99999999999999999999 x\n" * 20, b"D %s\nOK"),
    *(b"", b"\n", b"gave up", b"Gtk-WARNING: cannot open display: :1\n", b"<b>%s</b>"),
)
_ENDS = ("exit 0", "exit 0", "exit 1", "exit 5", "exit 2", "exit 77", "exit 127", "exit 255")
_SIGNALS = ("KILL", "TERM", "SEGV", "ABRT", "HUP", "INT", "PIPE", "XCPU")


class StandIns:
    """The dialog programs of a desktop, in a folder that is all there is on ``PATH``."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        folder.mkdir()
        self._folder = folder
        self._chance = chance
        self._name = ""
        self._ways = (
            *(self._answers, self._prints, self._prints, self._dies, self._tells_secrets),
            *(self._floods, self._hangs, self._leaves_behind, self._closes, self._cannot_run),
        )
        self.environ = {"PATH": str(folder), "DISPLAY": ":4999"}

    def put(self, code: str) -> str:
        """Put one program there, which may know the code; return what it does."""
        for path in self._folder.iterdir():
            path.unlink()
        name = self._name = self._chance.choice(PROGRAMS)
        known = self._chance.choice((code, code, "123456", "12345"))
        script = self._chance.choice(self._ways)(known)
        path = self._folder / name
        path.write_text(f"#!{script}" if script[:1] == "/" else f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return f"{name}: {script}"

    def _print(self, code: str) -> str:
        """Return a command that prints something."""
        data = self._chance.choice(_PRINTED).replace(b"%s", code.encode())
        if not self._chance.randrange(3):
            data = garbled(self._chance, data)
        octal = "".join(f"\\{byte:03o}" for byte in data[:4000])
        return f"printf '{octal}'{self._chance.choice(('', '', '', ' >&2'))}"

    def _answers(self, code: str) -> str:
        """Return what a program does that works, and chatters."""
        said = _ASSUAN if self._name.startswith("pinentry") else b"%s\n"
        lines = said.replace(b"%s", code.encode()).decode().replace("\n", "\\n")
        noise = "head -c 200000 /dev/zero" if self._chance.randrange(2) else "echo failed"
        return f"PATH=/usr/bin:/bin\n{noise} >&2\nprintf '{lines}'"

    def _prints(self, code: str) -> str:
        reads = self._chance.choice(("", "", "/bin/cat >/dev/null\n"))
        return f"{reads}{self._print(code)}\n{self._chance.choice(_ENDS)}"

    def _dies(self, code: str) -> str:
        return f"{self._print(code)}\nkill -{self._chance.choice(_SIGNALS)} $$\nexit 0"

    def _tells_secrets(self, code: str) -> str:
        told = f"aws_secret_access_key = {SECRET}"
        end = self._chance.choice(_ENDS)
        return f"echo '{told}' >&2\n{self._print(code)}\necho '{told}'\n{end}"

    def _floods(self, code: str) -> str:
        where = self._chance.choice(("", " >&2", " & /usr/bin/yes >&2"))
        return f"{self._print(code)}\n/usr/bin/yes {code}{where}"

    def _hangs(self, code: str) -> str:
        how = self._chance.choice(
            ("exec /bin/sleep 1000", "/bin/sleep 1000", "trap '' TERM INT HUP\n/bin/sleep 1000")
        )
        return f"{self._print(code)}\n{how}"

    def _leaves_behind(self, code: str) -> str:
        return f"/bin/sleep 3 &\n{self._print(code)}\n{self._chance.choice(_ENDS)}"

    def _closes(self, code: str) -> str:
        pause = "/bin/sleep 1"
        return f"{self._print(code)}\nexec <&- >&- 2>&-\n{pause}\n{self._chance.choice(_ENDS)}"

    def _cannot_run(self, code: str) -> str:
        del code
        return self._chance.choice(("/nowhere\n", "/dev/null\n", "/bin/sh -n\n", "/bin/true\n"))

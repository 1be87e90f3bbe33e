"""A phone before a terminal: what it reads there as a QR code."""

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp

_RUN = re.compile(r"\x1b\[38;5;(\d+);48;5;(\d+)m([ ▄]+)")
_DARK = {"16": 1, "231": 0}
_PIXELS, _AROUND = 6, 8


class App:
    """An authenticator app with one account."""

    def __init__(self, uri: str) -> None:
        """Read what a QR code says."""
        parts = urlsplit(uri)
        values = {name: texts[0] for name, texts in parse_qs(parts.query).items()}
        self.kind, self.label = parts.netloc, unquote(parts.path.removeprefix("/"))
        self.issuer, self.seed = values.get("issuer", ""), values["secret"]
        self._shown: set[str] = set()

    def code(self, now: float, step: int = 0) -> str:
        """Return the code of a step of 30 seconds."""
        code = pyotp.TOTP(self.seed).generate_otp(int(now) // 30 + step)
        self._shown.add(code)
        return code

    def fresh_code(self, now: float) -> str:
        """Return a code that was not shown before, and that AWS takes."""
        shown = set(self._shown)
        steps = (2, 1, 0, -1, -2)
        return next(code for step in steps if (code := self.code(now, step)) not in shown)


def screen_of(shown: str) -> list[list[tuple[int, int]]]:
    """Return the cells of the QR code that was drawn last, line by line: above and below."""
    lines = []
    for line in shown.rpartition("\x1b[2J\x1b[H")[2].splitlines():
        cells = []
        for below, above, marks in _RUN.findall(line):
            lower = {"▄": _DARK[below], " ": _DARK[above]}
            cells += [(_DARK[above], lower[mark]) for mark in marks]
        lines += [cells] if cells else []
    return lines


def scanned(shown: str, folder: Path) -> App:
    """Read the QR code on a terminal, with a dark terminal around it."""
    lines = screen_of(shown)
    width = len(lines[0]) + 2 * _AROUND
    side = [1] * _AROUND
    rows = [[1] * width] * _AROUND
    for line in lines:
        rows += [[*side, *(cell[half] for cell in line), *side] for half in (0, 1)]
    rows += [[1] * width] * _AROUND
    pixels = [[module for module in row for _ in range(_PIXELS)] for row in rows]
    text = "\n".join(" ".join(map(str, row)) for row in pixels for _ in range(_PIXELS))
    path = folder / "screen.pbm"
    path.write_text(f"P1\n{width * _PIXELS} {len(rows) * _PIXELS}\n{text}\n", encoding="ascii")
    command = ["zbarimg", "--quiet", "--raw", str(path)]
    return App(subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip())

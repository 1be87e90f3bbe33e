"""What a long run has found, as the lines of a table."""

import platform
import sys
import time
from collections import Counter


class Figures:
    """Counts of what was done and of what must not happen.

    Attributes:
        bad: What must not happen, with how often it did.
        examples: One line for each bad thing, to look at.
    """

    def __init__(self, *bad: str) -> None:
        self.done: Counter[str] = Counter()
        self.bad: Counter[str] = Counter(dict.fromkeys(bad, 0))
        self.examples: list[str] = []
        self._began = time.monotonic()

    def note(self, kind: str, example: str) -> None:
        """Count a bad thing."""
        self.bad[kind] += 1
        self.examples.append(f"{kind}: {example}")

    def text(self) -> str:
        """Return the table, with the machine and the time that it took."""
        minutes = (time.monotonic() - self._began) / 60
        today = time.strftime("%Y-%m-%d", time.gmtime())
        python = ".".join(map(str, sys.version_info[:3]))
        machine = f"{platform.system()} {platform.machine()}"
        head = f"{today}, {machine}, Python {python}, {minutes:.1f} minutes"
        rows = [*self.done.items(), *self.bad.items()]
        lines = [f"| {name} | {count:,} |" for name, count in rows]
        return "\n".join([head, *lines, *self.examples[:20]])

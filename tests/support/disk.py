"""A disk on which there is no room."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.parts import missing


@contextlib.contextmanager
def full_disk(place: Path) -> Iterator[None]:
    """Have a folder on a disk of its own, where folders can be made, but nothing written."""
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        missing("the right to mount a file system")
    try:
        with contextlib.suppress(OSError), (place / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)

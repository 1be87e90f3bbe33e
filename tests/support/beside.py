"""The program in an environment of its own, with other packages beside it."""

import sysconfig
import venv
from pathlib import Path

from support.home import PROGRAM


def beside(folder: Path, place: Path) -> str:
    """Return the program as installed in an environment that has the modules of a folder too."""
    venv.create(place, symlinks=True)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "beside.pth").write_text(f"{folder}\n{sysconfig.get_path('purelib')}\n")
    program = place / "bin" / Path(PROGRAM).name
    head, _, rest = Path(PROGRAM).read_text(encoding="utf-8").partition("\n")
    assert head.startswith("#!")
    program.write_text(f"#!{place}/bin/python\n{rest}", encoding="utf-8")
    program.chmod(0o755)
    return str(program)

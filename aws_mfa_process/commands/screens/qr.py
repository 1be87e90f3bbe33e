"""A QR code as lines of a terminal, for the camera of a phone.

Its one rule: black on white whatever the colours of the terminal are, and of several texts the
first one whose code fits.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

_BLACK, _WHITE = 16, 231
"""Of the 256 colours two that no theme changes."""
_HALF = "▄"
_NO_COLOUR = "\x1b[0m"
_BORDERS = (4, 2)
"""Modules of white around it: four are the rule, and with two it can be read, too."""

Matrix = Sequence[Sequence[int]]


def fitting(texts: Sequence[str], columns: int, lines: int) -> list[str]:
    """Return the lines of a QR code that has room; none if there is too little.

    Args:
        texts: The best one first.
        columns: The room that there is.
        lines: Likewise.
    """
    for text in texts:
        matrix = _matrix(text)
        for border in _BORDERS:
            shown = list(_lines(matrix, border))
            if len(shown) <= lines and len(matrix) + 2 * max(_BORDERS) <= columns:
                return shown
    return []


def _matrix(text: str) -> Matrix:
    import segno  # noqa: PLC0415 - only where a device is made

    return tuple(segno.make(text, error="l", micro=False, boost_error=False).matrix)


def _lines(matrix: Matrix, border: int) -> Iterator[str]:
    """Yield two rows of modules as one line, with white above and below."""
    side = (0,) * max(_BORDERS)
    rows = [(*side, *row, *side) for row in matrix]
    white = (0,) * len(rows[0])
    rows = [*[white] * border, *rows, *[white] * border]
    rows += [white] * (len(rows) % 2)
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        cells = groupby(zip(upper, lower, strict=True))
        yield "".join(_run(*modules, len(list(run))) for modules, run in cells) + _NO_COLOUR


def _run(upper: int, lower: int, length: int) -> str:
    """Return equal cells: the background is the upper module, and the whole of two equal ones.

    A font draws marks with a gap between them, which a background has not.
    """
    above, below = (_BLACK if module else _WHITE for module in (upper, lower))
    mark = " " if upper == lower else _HALF
    return f"\x1b[38;5;{below};48;5;{above}m{mark * length}"

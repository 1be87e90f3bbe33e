"""What commands show of lists and lives: as text, and on a terminal drawn by rich.

Its one rule: both show the same words in the same order; drawing adds colour and bars, and cuts
long names to the width of the terminal. Text is neither cut nor wrapped, and needs no rich.
"""

import os
import sys
from collections.abc import Callable, Sequence

from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.values import Literal, NamedTuple

Style = Literal["", "lives", "ends", "person", "dim"]
"""What colour says: it lives, it ends within 15 minutes, a person is needed, it is not ours."""
ENDS_SECONDS = 900


class Cell(NamedTuple):
    """A piece of a line.

    Attributes:
        short: The same in fewer words, for a narrow terminal; empty: there is no other way.
    """

    text: str
    style: Style = ""
    is_number: bool = False
    short: str = ""


class Line(NamedTuple):
    """A sentence or a title; empty for a blank line."""

    text: str = ""
    style: Style = ""


class Bar(NamedTuple):
    """A life, and the share that is left of it, from 0 to 1."""

    title: str
    share: float
    told: Cell


class Table(NamedTuple):
    """Rows of as many cells each.

    Attributes:
        rows: The first one is the header.
        names: Numbers of the columns that are cut first where there is no room.
        spare: Numbers of those that are left out where that is not enough.
    """

    rows: tuple[tuple[Cell, ...], ...]
    names: tuple[int, ...] = ()
    spare: tuple[int, ...] = ()


class Notes(NamedTuple):
    """What is to be said of profiles: name, sentence, and the command that mends it."""

    notes: tuple[tuple[str, str, str], ...]
    style: Style = ""


Block = Line | Bar | Table | Notes


def can_redraw() -> bool:
    """Tell whether standard output is a terminal on which lines can be drawn anew."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and os.environ.get("TERM", "dumb") != "dumb"


def is_drawn() -> bool:
    """Tell whether rich draws; else all is plain text, which a script can read."""
    return can_redraw() and not os.environ.get("NO_COLOR")


def show(blocks: Sequence[Block]) -> None:
    """Show blocks on standard output."""
    if is_drawn():
        from aws_mfa_process.commands.screens import drawn  # noqa: PLC0415 - rich is heavy

        drawn.show(blocks)
    else:
        say("\n".join(line for block in blocks for line in _plain(block)))


def show_until_interrupted(make: Callable[[], Sequence[Block]]) -> None:
    """Show blocks on the whole terminal, made anew every second, until Ctrl-C."""
    from aws_mfa_process.commands.screens import drawn  # noqa: PLC0415 - rich is heavy

    drawn.watch(make)


def _plain(block: Block) -> list[str]:
    """Return the lines of a block as text."""
    if isinstance(block, Line):
        return [block.text]
    if isinstance(block, Bar):
        return [f"{block.title} {block.told.text}"]
    if isinstance(block, Table):
        return columns([[cell.text for cell in row] for row in block.rows], _numbers(block))
    width = max((len(name) for name, _, _ in block.notes), default=0)
    start = f"  {'':{width}}  " if width else "  "
    lines = []
    for name, sentence, hint in block.notes:
        lines.append(f"  {name:{width}}  {sentence}" if width else f"  {sentence}")
        lines += [f"{start}{hint}"] if hint else []
    return lines


def _numbers(table: Table) -> list[bool]:
    return [cell.is_number for cell in table.rows[-1]]


def columns(rows: Sequence[Sequence[str]], are_numbers: Sequence[bool]) -> list[str]:
    """Return rows as aligned lines; numbers stand at the right of their column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, are_numbers, strict=True)
        shown = (
            f"{text:>{width}}" if right else f"{text:<{width}}" for text, width, right in cells
        )
        lines.append(f"  {'  '.join(shown)}".rstrip())
    return lines

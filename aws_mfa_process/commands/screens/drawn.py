"""The terminal: tables, bars and progress, drawn by rich.

Its one rule: no line is wider than the terminal, and no name is wrapped: the longest are cut in
the middle.
"""

import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from aws_mfa_process import APP
from aws_mfa_process.commands.screens.screen import Bar, Block, Line, Notes, Style, Table
from aws_mfa_process.display import printable

T = TypeVar("T")

_COLOURS: dict[Style, str] = {
    "": "",
    "lives": "green",
    "ends": "yellow",
    "person": "red",
    "dim": "bright_black",
}
"""Names of the terminal's own palette, so that they can be read on light and on dark."""
_SHORTEST, _LEAST_NAME = 8, 16
_BAR_WIDTH, _SHORTEST_BAR = 40, 8
_GAP = 2
_UNBROKEN = "\N{NO-BREAK SPACE}"
_FULL, _EMPTY = "━", "─"
_REDRAW_SECONDS = 1.0


def show(blocks: Sequence[Block]) -> None:
    """Draw blocks."""
    console = _console()
    console.print(_group(blocks, console.width), crop=False)


def watch(make: Callable[[], Sequence[Block]]) -> None:
    """Draw blocks on the whole screen, made anew every second, until Ctrl-C."""
    console = _console()
    with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            live.update(_group(make(), console.width), refresh=True)
            time.sleep(_REDRAW_SECONDS)


def progress(title: str, results: Iterable[T], total: int) -> Iterator[T]:
    """Yield results, and draw a bar that grows with each and the seconds that have passed."""
    bar = Progress(
        TextColumn(title),
        BarColumn(_BAR_WIDTH, style="bright_black", complete_style="green", finished_style="green"),
        MofNCompleteColumn(),
        TextColumn("{task.elapsed:.1f} s"),
        console=_console(),
    )
    with bar:
        yield from bar.track(results, total)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _group(blocks: Iterable[Block], width: int) -> RenderableType:
    lines = [line for block in blocks for line in _lines(block, width)]
    for line in lines:
        line.no_wrap = True
        line.overflow = "ignore"
    return Group(*lines)


def _lines(block: Block, width: int) -> list[Text]:
    if isinstance(block, Line):
        return [_text(line, block.style) for line in _wrapped(printable(block.text), width) or [""]]
    if isinstance(block, Bar):
        return [_bar(block, width)]
    if isinstance(block, Table):
        return list(_table(block, width))
    return [line for note in block.notes for line in _note(note, block, width)]


def _bar(bar: Bar, width: int) -> Text:
    """Return a line with a bar between title and words, where there is room for one."""
    told = printable(bar.told.text)
    title = cut(printable(bar.title), max(_SHORTEST, width - cell_len(told) - 1))
    told = cut(told, max(_SHORTEST, width - cell_len(title) - 1))
    room = min(_BAR_WIDTH, width - cell_len(title) - cell_len(told) - 2)
    text = Text(f"{title} ")
    if room >= _SHORTEST_BAR and bar.share > 0:
        full = min(room, max(1, round(room * bar.share)))
        text.append(_FULL * full, _COLOURS[bar.told.style])
        text.append(_EMPTY * (room - full) + " ", _COLOURS["dim"])
    return text.append(told, _COLOURS[bar.told.style])


def _table(table: Table, width: int) -> Iterator[Text]:
    rows = [[printable(cell.text) for cell in row] for row in table.rows]
    room = width - _GAP * len(rows[0])
    widths = _narrowed(_widths(rows), room, table.names, _LEAST_NAME)
    if sum(widths) > room:
        rows = [[printable(cell.short or cell.text) for cell in row] for row in table.rows]
        widths = _narrowed(_widths(rows), room, table.names, _SHORTEST)
        widths = _narrowed(widths, room, range(len(widths)), _SHORTEST)
        if sum(widths) > room and table.spare:
            yield from _table(_without_spare(table), width)
            return
        widths = _narrowed(widths, room, range(len(widths)), 1)
    for row, texts in zip(table.rows, rows, strict=True):
        line = Text()
        for cell, text, size in zip(row, texts, widths, strict=True):
            shown = cut(text, size)
            blank = " " * (size - cell_len(shown))
            line.append(" " * _GAP)
            line.append(blank if cell.is_number else "")
            line.append(shown, _COLOURS[cell.style])
            line.append("" if cell.is_number else blank)
        line.rstrip()
        yield line


def _without_spare(table: Table) -> Table:
    kept = [it for it in range(len(table.rows[0])) if it not in table.spare]
    rows = tuple(tuple(row[it] for it in kept) for row in table.rows)
    return Table(rows, tuple(kept.index(it) for it in table.names if it in kept))


def _widths(rows: list[list[str]]) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def _narrowed(widths: list[int], room: int, some: Sequence[int], least: int) -> list[int]:
    """Return widths of columns of which the widest of some are narrowed until all fit."""
    found = list(widths)
    while some and sum(found) > room and max(found[it] for it in some) > least:
        found[max(some, key=lambda it: found[it])] -= 1
    return found


def _note(note: tuple[str, str, str], notes: Notes, width: int) -> Iterator[Text]:
    """Yield the lines of a note; a command stands in one line, so that it can be pasted."""
    longest = max(cell_len(printable(name)) for name, _, _ in notes.notes)
    size = min(longest, max(_LEAST_NAME, width // 5))
    start = "  " + (set_cell_size(cut(printable(note[0]), size), size) + "  " if size else "")
    blank = " " * cell_len(start)
    room = max(width - len(blank), 2 * _SHORTEST)
    for number, line in enumerate(_wrapped(printable(note[1]), room)):
        yield _text(start if not number else blank).append(line, _COLOURS[notes.style])
    words, command, rest = printable(note[2]).partition(f"{APP} ")
    for line in _wrapped(words + (command + rest).replace(" ", _UNBROKEN), room):
        yield _text(blank + line.replace(_UNBROKEN, " "))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _text(text: str, style: Style = "") -> Text:
    return Text(printable(text), _COLOURS[style])


def cut(text: str, width: int) -> str:
    """Return a text that is at most so wide, cut in the middle.

    >>> cut("a-long-name-of-a-profile", 11)
    'a-lon…ofile'
    """
    if cell_len(text) <= width:
        return text
    start = width // 2
    end = width - start - 1
    head = set_cell_size(text, start).rstrip()
    tail = text[len(text) - end :] if end else ""
    while cell_len(tail) > end:
        tail = tail[1:]
    return f"{head}…{tail}"

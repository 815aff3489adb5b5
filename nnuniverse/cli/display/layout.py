"""How a table is laid out within a width: no cell is ever broken or cut.

A table that is too wide has its headings broken between words.  If that is not enough, its columns
follow one another in parts, each with the first column; where the first column is itself wide, or
the rows are too many to see two parts at once, every row takes several lines instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from nnuniverse.cli.display.streams import wrapped
from nnuniverse.text_table import TextTable

GAP = "  "
INDENT = "  "
FEW_ROWS = 24
"""Up to here the parts of a table are seen together: the lines of a common terminal."""
NUMERIC = "0123456789+-.["
"""What a number, or one that is missing, begins with; what is empty begins with all of them."""


class Block(NamedTuple):
    """Lines that belong together: the ``heading``, which may have none, and the ``body``."""

    heading: list[str]
    body: list[str]


class Layout(NamedTuple):
    """The ``blocks`` of a table, and a ``remark`` on how they make it up, "" if it is whole."""

    blocks: list[Block]
    remark: str


class _Column(NamedTuple):
    heading: str
    cells: list[str]

    @property
    def narrow(self) -> int:
        """The width with the heading broken between words."""
        return max(_widest(self.cells), _widest(self.heading.split()))

    @property
    def wide(self) -> int:
        """The width with the heading on one line."""
        return max(_widest(self.cells), cell_len(self.heading))

    @property
    def is_text(self) -> bool:
        """Whether it holds words, which begin on the left, and not numbers."""
        return any(cell[:1] not in NUMERIC for cell in self.cells)


def laid_out(table: TextTable, width: int) -> Layout:
    """Lay out ``table`` within ``width``."""
    columns = [
        _Column(heading, [row[number] for row in table.rows])
        for number, heading in enumerate(table.headings)
    ]
    if not columns:
        return Layout([], "")
    for widths in ([c.wide for c in columns], [c.narrow for c in columns]):
        if _total(widths) <= width:
            return Layout([_block(columns, widths)], "")
    parts = _balanced(columns, width)
    if parts is None or (len(table.rows) > FEW_ROWS and len(parts) > 1):
        return Layout([_records(columns, width)], "each row on several lines")
    blocks = [_block(part, [column.narrow for column in part]) for part in parts]
    return Layout(blocks, f"columns in {len(blocks)} parts")


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


# --- columns beside one another ----------------------------------------------------------------


def _balanced(columns: list[_Column], width: int) -> list[list[_Column]] | None:
    """Return the columns in as few parts as fit, about equally wide; None if there are none."""
    if 2 * columns[0].narrow > width:
        return None
    parts = _parts(columns, width)
    for narrower in range(width - 1, 0, -1):
        balanced = _parts(columns, narrower)
        if parts is None or balanced is None or len(balanced) > len(parts):
            break
        parts = balanced
    return parts


def _parts(columns: list[_Column], width: int) -> list[list[_Column]] | None:
    """Return the columns in parts that fit, each with the first one; None if there are none."""
    key, *others = columns
    parts = [[key]]
    for column in others:
        if _total([c.narrow for c in (*parts[-1], column)]) > width:
            parts.append([key])
        parts[-1].append(column)
    fits = all(_total([column.narrow for column in part]) <= width for part in parts)
    return [part for part in parts if len(part) > 1] if fits else None


def _block(columns: list[_Column], widths: list[int]) -> Block:
    """Return columns of these ``widths`` beside one another."""
    headings = [wrapped(c.heading, w) for c, w in zip(columns, widths, strict=True)]
    height = max(map(len, headings))
    lowered = [[""] * (height - len(lines)) + lines for lines in headings]
    cells = [column.cells for column in columns]
    on_the_left = [column.is_text for column in columns]
    return Block(
        list(_lines(zip(*lowered, strict=True), widths, on_the_left)),
        list(_lines(zip(*cells, strict=True), widths, on_the_left)),
    )


def _lines(
    rows: Iterable[Sequence[str]], widths: list[int], on_the_left: list[bool]
) -> Iterator[str]:
    for row in rows:
        cells = [
            _padded(cell, width, left)
            for cell, width, left in zip(row, widths, on_the_left, strict=True)
        ]
        yield GAP.join(cells).rstrip()


def _padded(cell: str, width: int, left: bool) -> str:
    space = " " * (width - cell_len(cell))
    return cell + space if left else space + cell


# --- a row over several lines ------------------------------------------------------------------


def _records(columns: list[_Column], width: int) -> Block:
    """Return every row as its first cell and, below, the others after their headings."""
    key, *others = columns
    lines = []
    for row, first in enumerate(key.cells):
        lines.append(first if key.is_text else f"{key.heading} {first}")
        line = INDENT
        for column in others:
            cell = _padded(column.cells[row] or "-", _widest(column.cells), column.is_text)
            item = f"{column.heading} {cell}".lstrip()
            if line != INDENT and cell_len(line + GAP + item) > width:
                lines.append(line.rstrip())
                line = INDENT
            line += item if line == INDENT else GAP + item
            if cell_len(line) > width:  # words, which alone are wider
                *full, line = wrapped(line, width, 2 * INDENT)
                lines += full
        lines.append(line.rstrip())
    return Block([], lines)

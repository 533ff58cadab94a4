"""Tables beside the table of targets: speed and right answers by kind and engine, printed and documented."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from pathlib import Path

from tests.services import PROJECT

_BENCHMARKS = PROJECT / "docs" / "benchmarks.md"
_README = PROJECT / "README.md"


class Section(Enum):
    """A stretch of a page between two marks, which a run writes anew."""

    SPEED = (_BENCHMARKS, "speed")
    ANSWERS = (_BENCHMARKS, "answers")
    README_SPEED = (_README, "search speed")
    README_ANSWERS = (_README, "search answers")

    @property
    def page(self) -> Path:
        """The page it stands on."""
        return self.value[0]

    @property
    def marks(self) -> tuple[str, str]:
        """What stands before and after it."""
        return f"<!-- {self.value[1]} -->", f"<!-- end of {self.value[1]} -->"

    @property
    def printed(self) -> bool:
        """Whether the terminal shows it; the README repeats what stands in the benchmarks."""
        return self.page != _README


@dataclass(frozen=True)
class Grid:
    """A table with a title; the first column names what the others are numbers of."""

    section: Section
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def text_grid(grid: Grid) -> str:
    """The table for a terminal."""
    rows = [grid.head, *grid.rows]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(grid.head))]
    lines = ["  ".join(_padded(cell, widths[at], at) for at, cell in enumerate(row)).rstrip() for row in rows]
    rule = "-" * max(map(_width, lines))
    return "\n".join([grid.title, lines[0], rule, *lines[1:]])


def markdown_grid(grid: Grid) -> str:
    """The table for a page."""
    lines = [f"**{grid.title}**", ""] if grid.title else []
    lines += ["| " + " | ".join(grid.head) + " |", "| --- |" + " ---: |" * (len(grid.head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in grid.rows]
    return "\n".join(lines)


def check_marks() -> None:
    """ValueError when a page has no place for its tables, before a long run finds out."""
    for section in Section:
        text = section.page.read_text(encoding="utf-8")
        if not all(mark in text for mark in section.marks):
            raise ValueError(f"{section.page.name} lacks the marks {' and '.join(section.marks)}")


def put(grids: Iterable[Grid], said: str) -> None:
    """Write the grids between the marks of their sections, in place of what stands there; `said` comes first."""
    ordered = sorted(grids, key=lambda grid: grid.section.name)
    for section, found in groupby(ordered, key=lambda grid: grid.section):
        begin, end = section.marks
        before, _, rest = section.page.read_text(encoding="utf-8").partition(begin)
        _, _, after = rest.partition(end)
        middle = "\n\n".join([said, *map(markdown_grid, found)])
        section.page.write_text(f"{before}{begin}\n{middle}\n{end}{after}", encoding="utf-8")


def _width(text: str) -> int:
    # A Chinese character takes two places of a terminal.
    return sum(2 if unicodedata.east_asian_width(char) in "FW" else 1 for char in text)


def _padded(cell: str, width: int, column: int) -> str:
    blanks = " " * (width - _width(cell))
    return cell + blanks if column == 0 else blanks + cell

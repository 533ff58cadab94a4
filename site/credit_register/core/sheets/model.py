"""What a sheet is made of: the columns one asks for, and the rows one is given."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Final, Self


class Kind(Enum):
    """What a column holds; it decides how the reader delivers a cell and how the writer stores it."""

    TEXT = "text"
    CODE = "code"  # digits that are no quantity: never a number, whatever the spreadsheet program made of it
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """A column by its canonical name, which is also the key of a row's values and the title that is written.

    Two columns that stand side by side in one `group` are written under a common title, which makes a
    header of two rows.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    kind: Kind = Kind.TEXT
    group: str = ""


@dataclass(frozen=True)
class HeaderSpec:
    """The columns an import knows."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not names or len(set(names)) != len(names):
            raise ValueError("a header needs columns, each name once")


@dataclass(frozen=True)
class SheetLimits:
    """How much is read before giving up, in bytes and rows; the defaults suit a command run by staff."""

    file_bytes: int = 512 * 1024**2
    rows: int = 1_000_000
    unpacked_bytes: int = 1024**3
    shared_text_bytes: int = 256 * 1024**2  # openpyxl holds the shared strings in memory
    other_part_bytes: int = 16 * 1024**2  # styles and the like are parsed as one tree
    ratio: int = 300  # a long sheet of equal rows packs to about 1 : 100


DEFAULT_LIMITS: Final = SheetLimits()


@dataclass(frozen=True)
class CellNote:
    """A doubt about one cell that does not forbid the row, as a Chinese sentence."""

    column: str
    message: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as the spreadsheet program shows it, and its values by canonical column name.

    A blank cell is None; every column that the file has is a key, and a column that it lacks is none.
    """

    number: int
    values: Mapping[str, object]
    notes: tuple[CellNote, ...] = ()

    def text(self, column: str) -> str:
        """The cell as text, blank where the cell or the whole column is missing."""
        value = self.values.get(column)
        return "" if value is None else str(value)


@dataclass
class Sheet:
    """A sheet whose header was found; iterating reads the rows from the file, and may be done again.

    `columns` are the canonical names in the order of the file, `titles` gives each as the file writes it,
    `ignored_columns` are the titles nobody asked for.
    An xlsx keeps its file open until the sheet is closed; a `with` statement does it.
    """

    columns: tuple[str, ...]
    titles: Mapping[str, str]
    ignored_columns: tuple[str, ...]
    header_row: int
    title: str
    _rows: Callable[[], Iterator[SheetRow]] = field(repr=False)
    _close: Callable[[], None] = field(repr=False, default=lambda: None)

    def __post_init__(self) -> None:
        # A sheet that nobody closed does not keep its file open longer than itself.
        self._finalizer = weakref.finalize(self, self._close)

    def __iter__(self) -> Iterator[SheetRow]:
        yield from self._rows()  # a generator holds on to the sheet while its rows are read

    def close(self) -> None:
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

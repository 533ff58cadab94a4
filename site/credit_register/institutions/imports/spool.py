"""Where the rows of a file wait between reading and writing: a file on disk that vanishes with the process.

Memory stays bounded however long the file is, and the same code that was met before is found without
holding all codes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from types import TracebackType
from typing import Any, Self

from credit_register.institutions.imports.results import Level, Note

_TABLES = """
CREATE TABLE good (
  number INTEGER PRIMARY KEY, uscc TEXT NOT NULL, key TEXT NOT NULL UNIQUE, row TEXT NOT NULL
);
CREATE INDEX good_by_code ON good (uscc, number);
CREATE TABLE original (number INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE note (
  id INTEGER PRIMARY KEY, number INTEGER NOT NULL,
  level TEXT NOT NULL, label TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX note_by_row ON note (number, id);
"""

GoodRow = tuple[int, dict[str, Any]]


class Spool:
    """The rows and remarks of one file."""

    def __init__(self) -> None:
        # The empty name is SQLite's own private temporary file; it has no name that anyone could open.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript(_TABLES)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("BEGIN")
        self.titles: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep_good(self, number: int, uscc: str, key: str, row: Mapping[str, Any]) -> int | None:
        """Keep a good row, unless a row before has the same key: then that row's number is given."""
        done = self._file.execute(
            "INSERT OR IGNORE INTO good VALUES (?, ?, ?, ?)",
            (number, uscc, key, json.dumps(row, ensure_ascii=False)),
        )
        if done.rowcount:
            return None
        first: int = self._file.execute("SELECT number FROM good WHERE key = ?", (key,)).fetchone()[0]
        return first

    def keep_original(self, number: int, cells: Mapping[str, object]) -> None:
        """Keep the cells as they were written."""
        texts = {column: None if cell is None else str(cell) for column, cell in cells.items()}
        self._file.execute(
            "INSERT INTO original VALUES (?, ?)", (number, json.dumps(texts, ensure_ascii=False))
        )

    def remark(self, number: int, level: Level, column: str, message: str) -> None:
        """Keep a remark; the column is a canonical name."""
        self._file.execute(
            "INSERT INTO note (number, level, label, message) VALUES (?, ?, ?, ?)",
            (number, level.value, column, message),
        )

    def mark(self) -> None:
        """Remember the remarks of the reading, so that a second try of the writing starts from them."""
        self._file.execute("COMMIT")
        self._file.execute("CREATE TEMP TABLE IF NOT EXISTS marked (last INTEGER)")
        self._file.execute("INSERT INTO marked SELECT COALESCE(MAX(id), 0) FROM note")

    def back_to_mark(self) -> None:
        """Forget the remarks after the mark."""
        self._file.execute("DELETE FROM note WHERE id > (SELECT last FROM marked)")

    def find_namesakes(self) -> None:
        """Find the names that several rows of a roster bear; `first_row_named` then tells of them."""
        self._file.execute("DROP TABLE IF EXISTS namesake")
        self._file.execute(
            "CREATE TEMP TABLE namesake AS SELECT json_extract(row, '$.fields.name') AS name, "
            "MIN(number) AS number FROM good GROUP BY 1 HAVING COUNT(*) > 1"
        )
        self._file.execute("CREATE INDEX namesake_by_name ON namesake (name)")

    def first_row_named(self, name: str) -> int | None:
        """The first of the rows with this name, where there are several."""
        found = self._file.execute("SELECT number FROM namesake WHERE name = ?", (name,)).fetchone()
        return int(found[0]) if found else None

    def good_count(self) -> int:
        """How many good rows wait."""
        count: int = self._file.execute("SELECT COUNT(*) FROM good").fetchone()[0]
        return count

    def good_rows(self) -> Iterator[GoodRow]:
        """The good rows in the order of the file."""
        for number, row in self._file.execute("SELECT number, row FROM good ORDER BY number"):
            yield number, json.loads(row)

    def good_rows_by_code(self) -> Iterator[tuple[str, list[GoodRow]]]:
        """The good rows of each code together, in the order of the codes."""
        rows = self._file.execute("SELECT uscc, number, row FROM good ORDER BY uscc, number")
        for uscc, group in groupby(rows, key=lambda row: str(row[0])):
            yield uscc, [(number, json.loads(row)) for _, number, row in group]

    def notes(self, levels: Iterable[Level], limit: int = -1) -> Iterator[Note]:
        """The remarks of these levels in the order of rows, each with the column as the file names it."""
        wanted = [level.value for level in levels]
        marks = ", ".join("?" * len(wanted))
        rows = self._file.execute(
            f"SELECT number, level, label, message FROM note WHERE level IN ({marks}) "  # noqa: S608 - marks only
            "ORDER BY number, id LIMIT ?",
            (*wanted, limit),
        )
        for number, level, column, message in rows:
            yield Note(number, Level(level), self.titles.get(column, column), message)

    def count(self, level: Level) -> int:
        """How many remarks of this level there are."""
        found: int = self._file.execute(
            "SELECT COUNT(*) FROM note WHERE level = ?", (level.value,)
        ).fetchone()[0]
        return found

    def rejected_rows(self) -> Iterator[tuple[int, dict[str, str | None], str]]:
        """The rejected rows: number, cells as written by canonical column, and what is wrong with them."""
        rows = self._file.execute(
            "SELECT original.number, cells, group_concat(label || '：' || message, char(10)) FROM original "
            "JOIN (SELECT * FROM note WHERE level = 'rejected' ORDER BY number, id) AS fault "
            "ON fault.number = original.number GROUP BY original.number ORDER BY original.number"
        )
        for number, cells, problems in rows:
            yield number, json.loads(cells), problems

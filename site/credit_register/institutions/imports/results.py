"""What an import found and did."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How grave a remark on a row is."""

    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    WARNING = "warning"
    CHANGE = "change"


class Verdict(StrEnum):
    """What becomes of a good row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN_INSTITUTION = "unknown_institution"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on one cell: row as the spreadsheet program numbers it, column as the file names it."""

    row: int
    level: Level
    column: str
    message: str

    def as_error(self) -> dict[str, Any]:
        """The shape of the public contract."""
        return {"row": self.row, "column": self.column, "message": self.message}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an import alters: its column, and the value before and after as a person reads them."""

    column: str
    before: str
    after: str

    @property
    def text(self) -> str:
        """For the list of changes."""
        return f"{_short(self.before) or '（空）'} → {_short(self.after)}"


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "…"


@dataclass
class Counts:
    """The numbers of an import, in rows; `published` and `matched_products` count what else was done."""

    kind: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    unknown_institution: int = 0
    rejected: int = 0
    duplicate: int = 0
    warnings: int = 0
    matched_products: int = 0
    published: int = 0
    ignored_columns: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.new + self.changed + self.unchanged

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return self.accepted + self.unknown_institution + self.rejected + self.duplicate

    def count(self, verdict: Verdict) -> None:
        """Add one row."""
        setattr(self, verdict.value, getattr(self, verdict.value) + 1)

    def contract(self) -> dict[str, int]:
        """The numbers that `--json` promises, without the errors."""
        if self.kind == "institutions":
            names = ("accepted", "unchanged", "rejected", "duplicate")
        else:
            names = ("accepted", "unchanged", "rejected", "unknown_institution")
        return {name: getattr(self, name) for name in names}


class ImportRefused(Exception):
    """Nothing was imported; the text is a Chinese sentence that says why and what to do."""

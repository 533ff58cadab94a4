"""What reading and keeping a file of records found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from credit_register.credit_records.models import BatchKind, RecordBatch, RowVerdict
from credit_register.institutions.imports.results import Note


@dataclass
class Counts:
    """The numbers of a file, in rows.

    `accepted` are good rows that found their institution (of a repair: its record), in three parts: `new`, `changed`
    and `unchanged`, which alters nothing; `unknown` are good rows whose institution or record nobody knows. `removed` is the part of
    accepted that bears a removal date, `missing` the records that a full list no longer has.
    """

    accepted: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    unknown: int = 0
    rejected: int = 0
    removed: int = 0
    missing: int = 0
    warnings: int = 0
    by_verdict: dict[str, int] = field(default_factory=dict)
    personal_columns: list[str] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return self.accepted + self.unknown + self.rejected

    @property
    def would_change(self) -> int:
        """How many things confirming the batch would do."""
        return sum(self.by_verdict.values())

    def add(self, verdict: RowVerdict) -> None:
        """Count one row that would change something."""
        self.by_verdict[verdict.value] = self.by_verdict.get(verdict.value, 0) + 1

    def contract(self, kind: BatchKind) -> dict[str, int]:
        """The numbers that `--json` promises, without the errors."""
        found = {"accepted": self.accepted, "unchanged": self.unchanged}
        if kind is BatchKind.SEVERE_LIST:
            found["removed"] = self.removed
        return {**found, "rejected": self.rejected, "unknown_institution": self.unknown}

    def summary(self) -> dict[str, Any]:
        """The numbers as the batch keeps them."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "unknown": self.unknown,
            "rejected": self.rejected,
            "removed": self.removed,
            "missing": self.missing,
            "warnings": self.warnings,
            "verdicts": self.by_verdict,
            "personal_columns": self.personal_columns,
            "ignored_columns": self.ignored_columns,
        }


@dataclass(frozen=True)
class Receipt:
    """What became of a received file: its batch, or None where it left nothing to confirm; and its first remarks."""

    kind: BatchKind
    counts: Counts
    batch: RecordBatch | None
    errors: list[Note]


class FileRefused(Exception):
    """Nothing was kept; the text is a Chinese sentence that says why and what to do."""

"""One row of a list of seriously dishonest entities, or of the facts of the registration."""

from __future__ import annotations

from datetime import date
from typing import Final

from credit_register.credit_records.imports import columns
from credit_register.credit_records.imports.cells import Cells, iso
from credit_register.credit_records.imports.line import Line, key_of
from credit_register.credit_records.models import Degree, RecordKind

_FACTS: Final = (
    ("异常", RecordKind.ABNORMAL),
    ("破产", RecordKind.BANKRUPT),
    ("注销", RecordKind.DEREGISTERED),
    ("吊销", RecordKind.REVOKED),
)


def read_listed(cells: Cells) -> Line | None:
    """An entity on the list of seriously dishonest ones; None where the row has a fault."""
    code, name = cells.code(columns.CODE), cells.name(columns.NAME)
    list_name = cells.line(columns.LIST_NAME, 120, required=True)
    authority = cells.line(columns.LIST_AUTHORITY, 120, required=True)
    document = cells.line(columns.LIST_DOCUMENT, 120)
    listed_on = cells.past_day(columns.LISTED_ON, required=True)
    content = {
        "list_name": list_name,
        "document_number": document,
        "authority": authority,
        "decided_on": iso(listed_on),
        "degree": Degree.SEVERE.value,
        "basis": cells.prose(columns.LIST_BASIS, 2000),
        "facts": cells.prose(columns.LIST_GROUND, 5000),
        "removed_on": iso(_end(cells, columns.REMOVED_ON, listed_on, "列入日期")),
        "removal_document": cells.line(columns.REMOVAL_DOCUMENT, 120),
    }
    key = key_of(list_name, document, authority, code)
    return Line(RecordKind.SEVERE.value, key, code, name, content)


def read_fact(cells: Cells) -> Line | None:
    """A fact of the registration; None where the row has a fault."""
    written = cells.raw(columns.FACT_KIND)
    kind = next((kind for word, kind in _FACTS if word in written), None)
    if kind is None:
        cells.fault(columns.FACT_KIND, "事实类型无法识别，请填写：经营异常、破产、注销、吊销")
    code, name = cells.code(columns.CODE), cells.name(columns.NAME)
    authority = cells.line(columns.FACT_AUTHORITY, 120, required=True)
    document = cells.line(columns.FACT_DOCUMENT, 120)
    day = cells.past_day(columns.FACT_DATE, required=True)
    content = {
        "document_number": document,
        "authority": authority,
        "decided_on": iso(day),
        "degree": Degree.GENERAL.value if kind is RecordKind.ABNORMAL else None,
        "facts": cells.prose(columns.FACT_GROUND, 5000),
        "removed_on": iso(_end(cells, columns.FACT_ENDED, day, "日期")),
        "removal_document": cells.line(columns.REMOVAL_DOCUMENT, 120),
    }
    # Without a number of its document the day tells one fact from the next of the same kind.
    key = key_of(document or (iso(day) or ""), authority, code)
    return Line(kind.value if kind else "", key, code, name, content)


def _end(cells: Cells, column: str, began_on: date | None, beginning: str) -> date | None:
    ended_on = cells.past_day(column)
    if began_on and ended_on and ended_on < began_on:
        cells.fault(column, f"{column}早于{beginning} {began_on}，请核对")
    return ended_on

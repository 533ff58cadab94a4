"""One row of a list of repairs: which record, when, by which document and office."""

from __future__ import annotations

from credit_register.credit_records.imports import columns
from credit_register.credit_records.imports.cells import Cells, iso
from credit_register.credit_records.imports.line import REPAIR, Line, key_of


def read_repair(cells: Cells) -> Line | None:
    """A repair that the deciding authority has decided; None where the row has a fault."""
    code = cells.code(columns.CODE)
    document = cells.line(columns.DECISION, 120, required=True)
    authority_code = cells.authority_code(columns.AUTHORITY_CODE)
    content = {
        "document_number": document,
        "authority_code": authority_code,
        "repaired_on": iso(cells.past_day(columns.REPAIRED_ON, required=True)),
        "repair_document": cells.line(columns.REPAIR_DOCUMENT, 120),
        "office": cells.line(columns.REPAIR_OFFICE, 120, required=True),
    }
    return Line(REPAIR, key_of(document, authority_code, code), code, "", content)

"""One row of a workbook may not fill the memory of the machine."""

from __future__ import annotations

import random
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from credit_register.core.sheets import Column, HeaderSpec, SuspiciousWorkbook, read_sheet

HEADER = HeaderSpec((Column("名称", required=True),))


def with_extra_row(folder: Path, cells: bytes) -> Path:
    """A workbook with a header, one honest row, and one row of the given cells."""
    workbook = Workbook()
    workbook.active.append(["名称"])
    workbook.active.append(["示例"])
    honest, made = folder / "honest.xlsx", folder / "made.xlsx"
    workbook.save(honest)
    with ZipFile(honest) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                row = b'<row r="3">' + cells + b"</row></sheetData>"
                content = content.replace(b"</sheetData>", row)
            target.writestr(name, content)
    return made


def test_a_row_of_a_million_cells_is_refused_unread(tmp_path: Path) -> None:
    digits = random.Random(7)
    cells = b"".join(b'<c r="B3"><v>%d</v></c>' % digits.randrange(10**9) for _ in range(200_000))
    with pytest.raises(SuspiciousWorkbook):
        read_sheet(with_extra_row(tmp_path, cells), HEADER)


def test_a_long_but_possible_row_is_read(tmp_path: Path) -> None:
    cells = b'<c r="A3" t="inlineStr"><is><t>' + b"x" * 30_000 + b"</t></is></c>"
    with read_sheet(with_extra_row(tmp_path, cells), HEADER) as sheet:
        assert [row.values["名称"] for row in sheet] == ["示例", "x" * 30_000]

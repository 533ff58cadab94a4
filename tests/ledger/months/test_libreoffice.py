"""Attachment 1 opens in LibreOffice without complaint and reads there as it was written."""

from __future__ import annotations

import csv
import subprocess
from datetime import date
from pathlib import Path

import pytest

from credit_register.ledger.months import form
from credit_register.ledger.months.reading import read_ledger
from credit_register.ledger.months.sheet import LedgerSheet, made_sheet, shown
from credit_register.ledger.months.writing import write_sheet
from tests.ledger.months.building import SAMPLE
from tests.services import clean_environment, find_program

PACKAGE = "libreoffice-calc-nogui"
# Comma, quotation mark, UTF-8.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76"
# Said where no Java is installed, of which a sheet without macros has no need.
HARMLESS = "Warning: failed to launch javaldx - java may not function correctly"

pytestmark = pytest.mark.slow


def opened(source: Path, folder: Path) -> list[list[str]]:
    """What LibreOffice reads in a workbook; anything that it complains of fails the test."""
    soffice = find_program("soffice")
    assert soffice, (
        f"Missing: {PACKAGE}. Please type:\n  sudo apt-get install --yes --no-install-recommends {PACKAGE}"
    )
    done = subprocess.run(
        [
            *(soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"),
            *("--convert-to", AS_CSV, "--outdir", str(folder), str(source)),
        ],
        env=clean_environment(HOME=str(folder)),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    complaints = [line for line in done.stderr.splitlines() if line.strip() and line.strip() != HARMLESS]
    assert (done.returncode, complaints) == (0, [])
    with (folder / f"{source.stem}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("verbatim", [True, False])
def test_a_written_ledger_opens_and_reads_as_it_was_written(tmp_path: Path, verbatim: bool) -> None:
    found = read_ledger(SAMPLE, region="510100")
    sheet: LedgerSheet = (
        found.sheet if verbatim else made_sheet("510100", found.sheet.rows, on=date(2026, 11, 3))
    )
    write_sheet(tmp_path / "ledger.xlsx", sheet, verbatim=verbatim)
    rows = opened(tmp_path / "ledger.xlsx", tmp_path)
    assert rows[0][0] == form.title_of("510100")
    assert [cell for cell in rows[2] if cell] == [*form.COLUMNS[:4], form.GROUP, *form.COLUMNS[9:]]
    assert [cell for cell in rows[3] if cell] == list(form.COLUMNS[4:9])
    assert [row[:11] for row in rows[4:24]] == [
        [shown(sheet.value(row, column)) for column in form.COLUMNS] for row in sheet.rows
    ]

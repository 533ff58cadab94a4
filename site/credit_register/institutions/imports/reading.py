"""From the file to the spool: each row is checked by itself; nothing of the register is looked at."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Protocol

from credit_register.core.sheets import SheetError, SheetLimits, SheetRow, read_sheet
from credit_register.institutions.imports import columns
from credit_register.institutions.imports.product_row import read_product_row
from credit_register.institutions.imports.results import Counts, ImportRefused, Level
from credit_register.institutions.imports.roster_row import RowReport, read_roster_row
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.values import sentence


class Progress(Protocol):
    """Is told how far an import is; `total` is None while nobody knows."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """For who does not look."""


def read_file(
    path: Path,
    kind: str,
    spool: Spool,
    *,
    today: date,
    limits: SheetLimits,
    keep_originals: bool = True,
    progress: Progress = silent,
) -> Counts:
    """Read and check every row into the spool; raises ImportRefused for a file that cannot be read."""
    counts = Counts(kind)
    check = _check_roster if kind == "institutions" else _check_product
    try:
        with read_sheet(path, columns.KINDS[kind], limits=limits) as sheet:
            spool.titles = dict(sheet.titles)
            own = (columns.ROW_NUMBER, columns.PROBLEMS)
            counts.ignored_columns = [title for title in sheet.ignored_columns if title not in own]
            done = 0
            for row in sheet:
                check(row, spool, counts, today)
                if keep_originals:
                    spool.keep_original(row.number, row.values)
                done += 1
                if done % 500 == 0:
                    progress("读取", done, None)
            progress("读取", done, None)
    except SheetError as error:
        raise ImportRefused(sentence(str(error))) from error
    if not done:
        raise ImportRefused("文件中只有表头，没有数据行。请确认选对了文件或工作表。")
    spool.mark()
    return counts


def _check_roster(row: SheetRow, spool: Spool, counts: Counts, today: date) -> None:
    report = RowReport()
    found = read_roster_row(row, report, today=today)
    if found is None:
        _reject(row, report, spool, counts)
        return
    first = spool.keep_good(row.number, found.uscc, found.uscc, found.dump())
    if first is not None:
        message = f"与第 {first} 行的统一社会信用代码相同，本行没有导入；请核对后只保留一行。"
        spool.remark(row.number, Level.DUPLICATE, columns.CODE, message)
        counts.duplicate += 1
        return
    _doubt(row, report, spool)


def _check_product(row: SheetRow, spool: Spool, counts: Counts, today: date) -> None:
    report = RowReport()
    found = read_product_row(row, report)
    if found is None:
        _reject(row, report, spool, counts)
        return
    first = spool.keep_good(row.number, found.uscc, found.key, found.dump())
    if first is not None:
        message = (
            f"与第 {first} 行是同一机构、同一类别、同名的产品，"
            "本行没有导入；请只保留一行，或改用不同的产品名称。"
        )
        report.faults.append((columns.PRODUCT_NAME, message))
        _reject(row, report, spool, counts)
        return
    _doubt(row, report, spool)


def _reject(row: SheetRow, report: RowReport, spool: Spool, counts: Counts) -> None:
    counts.rejected += 1
    faulty = [column for column, _ in report.faults]
    for column, message in report.faults:
        # What the reader doubted about a faulty cell helps to mend it.
        doubts = "".join(sentence(note.message) for note in row.notes if note.column == column)
        alone = faulty.count(column) == 1
        spool.remark(row.number, Level.REJECTED, column, message + doubts if alone else message)


def _doubt(row: SheetRow, report: RowReport, spool: Spool) -> None:
    for column, message in report.doubts:
        spool.remark(row.number, Level.WARNING, column, sentence(message))

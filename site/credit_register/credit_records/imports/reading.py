"""From the file to the spool: each row is checked by itself; nothing of the register is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from credit_register.core import uscc
from credit_register.core.masking import mask_personal_data
from credit_register.core.sheets import Sheet, SheetError, SheetLimits, SheetRow, read_sheet
from credit_register.credit_records.imports import columns
from credit_register.credit_records.imports.cells import Cells
from credit_register.credit_records.imports.line import Line, folded
from credit_register.credit_records.imports.list_row import read_fact, read_listed
from credit_register.credit_records.imports.penalty_row import names_a_person, read_penalty
from credit_register.credit_records.imports.repair_row import read_repair
from credit_register.credit_records.imports.results import Counts, FileRefused
from credit_register.credit_records.models import BatchKind
from credit_register.institutions.imports import columns as roster_columns
from credit_register.institutions.imports.reading import Progress, silent
from credit_register.institutions.imports.results import Level
from credit_register.institutions.imports.roster_row import RowReport
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.values import sentence

_READERS: Final[dict[BatchKind, Callable[[Cells], Line | None]]] = {
    BatchKind.PENALTIES: read_penalty,
    BatchKind.SEVERE_LIST: read_listed,
    BatchKind.FACTS: read_fact,
    BatchKind.REPAIRS: read_repair,
}
_KEY_COLUMNS: Final = {
    BatchKind.PENALTIES: columns.DOCUMENT,
    BatchKind.SEVERE_LIST: columns.LIST_DOCUMENT,
    BatchKind.FACTS: columns.FACT_DOCUMENT,
    BatchKind.REPAIRS: columns.DECISION,
}


@dataclass
class Read:
    """What a file says: its counts so far, and the codes and names of rows that could not be taken."""

    counts: Counts = field(default_factory=Counts)
    refused_codes: set[str] = field(default_factory=set)
    refused_names: set[str] = field(default_factory=set)


def read_file(
    path: Path,
    kind: BatchKind,
    spool: Spool,
    *,
    today: date,
    limits: SheetLimits,
    keep_originals: bool = False,
    progress: Progress = silent,
) -> Read:
    """Read and check every row into the spool; raises FileRefused for a file that cannot be read."""
    read = Read()
    try:
        with read_sheet(path, columns.SPECS[kind], limits=limits) as sheet:
            _look_at_header(sheet, spool, read.counts)
            done = 0
            for row in sheet:
                _check(row, kind, spool, read, today, keep_originals)
                done += 1
                if done % 500 == 0:
                    progress("读取", done, None)
            progress("读取", done, None)
    except SheetError as error:
        raise FileRefused(sentence(str(error))) from error
    if not done:
        raise FileRefused("文件中只有表头，没有数据行。请确认选对了文件或工作表。")
    spool.mark()
    return read


def _look_at_header(sheet: Sheet, spool: Spool, counts: Counts) -> None:
    spool.titles = dict(sheet.titles)
    for column in (columns.FINE, columns.CONFISCATED):
        title = folded(sheet.titles.get(column, ""))
        if "元" in title and "万元" not in title:
            raise FileRefused(
                f"金额的单位须为万元，表头写的是“{sheet.titles[column]}”。请把该列换算成万元，并改正表头后重新导入。"
            )
    quiet = columns.UNUSED | {roster_columns.ROW_NUMBER, roster_columns.PROBLEMS}
    for title in sheet.ignored_columns:
        if _bare(title) in columns.PERSONAL:
            counts.personal_columns.append(title)
        elif _bare(title) not in quiet:
            counts.ignored_columns.append(title)


def _bare(title: str) -> str:
    return folded(title).strip("*:")


def _check(
    row: SheetRow, kind: BatchKind, spool: Spool, read: Read, today: date, keep_originals: bool
) -> None:
    report = RowReport()
    line = _READERS[kind](Cells(row, report, today))
    if keep_originals and not is_about_a_person(row, kind):
        spool.keep_original(row.number, row.values)
    if line is None or report.faults:
        _reject(row, report, kind, spool, read)
        return
    first = spool.keep_good(row.number, line.uscc, f"{line.kind}|{line.key}", line.dump())
    if first is not None:
        message = f"与第 {first} 行是同一条记录，本行没有导入；请核对后只保留一行。"
        report.faults.append((_KEY_COLUMNS[kind], message))
        _reject(row, report, kind, spool, read)
        return
    for column, message in report.doubts:
        spool.remark(row.number, Level.WARNING, column, mask_personal_data(sentence(message)))


def _reject(row: SheetRow, report: RowReport, kind: BatchKind, spool: Spool, read: Read) -> None:
    read.counts.rejected += 1
    for column, message in report.faults:
        spool.remark(row.number, Level.REJECTED, column, mask_personal_data(message))
    if is_about_a_person(row, kind):
        return
    # A full list that names an institution in a row with a fault does not lack it.
    if code := uscc.normalise(row.text(columns.CODE)):
        read.refused_codes.add(code)
    name = row.text(columns.SUBJECT if kind is BatchKind.PENALTIES else columns.NAME)
    if name:
        read.refused_names.add(folded(name))


def is_about_a_person(row: SheetRow, kind: BatchKind) -> bool:
    """Whether the row names a natural person: it is told of and never handed on."""
    return names_a_person(
        row.text(columns.SUBJECT_KIND) if kind is BatchKind.PENALTIES else "", row.text(columns.CODE)
    )

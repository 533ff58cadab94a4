"""The rejected rows as a sheet: what was written, why it was not taken, to correct and import again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from credit_register.core.sheets import Column, HeaderSpec, Kind, write_xlsx
from credit_register.institutions.imports import columns

_NOTE = "请按“问题”一列改正后直接导入本文件；“行号”“问题”两列在导入时忽略，不必删除。"


RejectedRow = tuple[int, Mapping[str, object], str]


def write_rejected(
    target: BinaryIO, kind: str, titles: Mapping[str, str], rows: Iterable[RejectedRow]
) -> int:
    """Write rejected rows of a roster or product list under the titles of the file they came from; says how many."""
    title = f"未导入的行（{columns.KIND_LABELS[kind]}）"
    return write_rejected_sheet(target, columns.KINDS[kind], title, titles, rows)


def write_rejected_sheet(
    target: BinaryIO, spec: HeaderSpec, title: str, titles: Mapping[str, str], rows: Iterable[RejectedRow]
) -> int:
    """Write rejected rows of any import; says how many.

    A row is its number, its cells by canonical column, and what is wrong with it.
    """
    known = {column.name: column for column in spec.columns}
    kept = [known[name] for name in titles]
    header = [
        Column(columns.ROW_NUMBER, kind=Kind.NUMBER),
        Column(columns.PROBLEMS),
        # Dates stand as they were written, wrong or right: as text.
        *(Column(titles[column.name], kind=_kind(column)) for column in kept),
    ]
    lines = (
        [number, problems, *(_text(cells.get(column.name)) for column in kept)]
        for number, cells, problems in rows
    )
    return write_xlsx(target, header, lines, title, _NOTE)


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _kind(column: Column) -> Kind:
    return Kind.CODE if column.kind is Kind.CODE else Kind.TEXT


def write_template(target: BinaryIO, kind: str) -> None:
    """An empty sheet with all columns, to fill in."""
    spec = columns.KINDS[kind]
    required = "、".join(column.name for column in spec.columns if column.required)
    note = f"必填：{required}。空白单元格不改变已登记的内容；多个服务类别用分号隔开；日期写成 2021-03-05。"
    write_xlsx(target, spec.columns, [], f"{columns.KIND_LABELS[kind]}导入模板", note)

"""The rows that could not be taken, as a sheet to correct; and empty sheets to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from credit_register.core.sheets import write_xlsx
from credit_register.credit_records.imports import columns
from credit_register.credit_records.models import BatchKind
from credit_register.institutions.imports.rejected import RejectedRow, write_rejected_sheet

_HINTS = {
    BatchKind.PENALTIES: (
        "金额以万元为单位，最多六位小数；失信等级填轻微、一般、严重，留空的按处罚类别推定。"
        "不要填写法定代表人和任何证件号码。"
    ),
    BatchKind.SEVERE_LIST: "已移出名单的填写移出日期；同一名单的全部主体都在表内的，接收时选择“全量名单”。",
    BatchKind.FACTS: "事实类型填：经营异常、破产、注销、吊销。",
    BatchKind.REPAIRS: "只填认定部门已经决定修复的；决定书文号是原处罚或者列入决定的文号。",
}


def write_rejected(
    target: BinaryIO, kind: BatchKind, titles: Mapping[str, str], rows: Iterable[RejectedRow]
) -> int:
    """Write rejected rows under the titles of the file they came from; says how many."""
    return write_rejected_sheet(target, columns.SPECS[kind], f"未导入的行（{kind.label}）", titles, rows)


def write_template(target: BinaryIO, kind: BatchKind) -> None:
    """An empty sheet with all columns, to fill in."""
    spec = columns.SPECS[kind]
    required = "、".join(column.name for column in spec.columns if column.required)
    note = f"必填：{required}。日期写成 2026-03-05。{_HINTS[kind]}"
    write_xlsx(target, spec.columns, [], f"{kind.label}导入模板", note)

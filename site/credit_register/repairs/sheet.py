"""Who could repair and has not, as a workbook for whoever calls them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.sheets import Column, Kind, write_xlsx
from credit_register.credit_records.models import CreditRecord, RecordKind
from credit_register.repairs.guidance import degree_words, record_words
from credit_register.repairs.possible import PossibleFilter, all_possible, last_reminders
from credit_register.repairs.queries import guides

TITLE = "可以申请信用修复而尚未申请的记录"
CHUNK = 500
COLUMNS = (
    Column("地区"),
    Column("机构名称"),
    Column("统一社会信用代码", kind=Kind.CODE),
    Column("记录种类"),
    Column("文号或名单", kind=Kind.CODE),
    Column("失信程度"),
    Column("认定单位"),
    Column("认定日期", kind=Kind.DATE),
    Column("最早可申请日期", kind=Kind.DATE),
    Column("还缺"),
    Column("最近提醒日期", kind=Kind.DATE),
)


def write_possible(target: BinaryIO, actor: Actor, wanted: PossibleFilter, *, on: date) -> int:
    """Write the list of the actor's region; gives how many records it holds."""
    note = f"数据截至 {on}。信用修复由认定单位决定，不收费。"
    return write_xlsx(target, COLUMNS, _rows(actor, wanted, on), TITLE, note)


def _rows(actor: Actor, wanted: PossibleFilter, on: date) -> Iterator[Sequence[object]]:
    found = list(all_possible(actor, wanted, on=on))
    for first in range(0, len(found), CHUNK):
        some = found[first : first + CHUNK]
        told, reminders = guides(some, on=on), last_reminders(some)
        for record in some:
            missing = "；".join(each.lack for each in told[record.id].missing)
            at = reminders.get(record.id)
            yield _row(record, missing, local_date(at) if at else None)


def _row(record: CreditRecord, missing: str, reminded: date | None) -> Sequence[object]:
    institution = record.institution
    assert institution is not None  # of an institution of the actor's region
    return (
        regions.full_name(institution.region_code),
        institution.name,
        institution.uscc,
        RecordKind(record.kind).label,
        record_words(record),
        degree_words(record),
        record.authority,
        record.decided_on,
        record.earliest_on,
        missing or "无",
        reminded,
    )

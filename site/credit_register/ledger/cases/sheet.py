"""The list of cases as a sheet for the office's own use; the form of attachment 1 is another one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.sheets.model import Column, Kind
from credit_register.core.sheets.writing import write_xlsx
from credit_register.ledger.cases.missing import missing_of
from credit_register.ledger.cases.opening import is_running
from credit_register.ledger.cases.queries import ListFilter, chosen_cases
from credit_register.ledger.facts import facts_of
from credit_register.ledger.lifecycle import LEDGER_CASE
from credit_register.ledger.models import Origin, PruneReason, Subject

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH = 500  # cases whose facts are read at once
COLUMNS = (
    Column("治理对象", kind=Kind.TEXT),
    Column("统一社会信用代码", kind=Kind.CODE),
    Column("类型", kind=Kind.TEXT),
    Column("负责地区", kind=Kind.TEXT),
    Column("纳入方式", kind=Kind.TEXT),
    Column("治理轮次", kind=Kind.TEXT),
    Column("第几次纳入", kind=Kind.NUMBER),
    Column("纳入日期", kind=Kind.DATE),
    Column("状态", kind=Kind.TEXT),
    Column("失信记录数", kind=Kind.NUMBER),
    Column("其中已修复或履行", kind=Kind.NUMBER),
    Column("尚缺的退出条件", kind=Kind.TEXT),
    Column("剔除的理由", kind=Kind.TEXT),
    Column("退出日期", kind=Kind.DATE),
    Column("备注", kind=Kind.TEXT),
)


def write_sheet(target: BinaryIO, actor: Actor, wanted: ListFilter, *, on: date) -> int:
    """Write the cases of the list, in its order; gives how many."""
    place = regions.full_name(actor.region or regions.NATION)
    return write_xlsx(
        target, COLUMNS, _rows(actor, wanted, on), "专项治理台账清单", f"{place}　截至 {on.isoformat()}"
    )


def _rows(actor: Actor, wanted: ListFilter, on: date) -> Iterator[tuple[object, ...]]:
    cases = db.session.scalars(chosen_cases(actor, wanted, on=on)).all()
    for first in range(0, len(cases), BATCH):
        batch = cases[first : first + BATCH]
        facts = facts_of(batch, on=on)
        for case in batch:
            known = facts[case.id]
            missing = [each.label for each in missing_of(known)] if is_running(case) else []
            yield (
                case.name,
                case.uscc,
                Subject(case.subject).label,
                regions.full_name(case.region_code),
                Origin(case.origin).label,
                case.round.title,
                case.episode,
                case.opened_on,
                LEDGER_CASE.label(case.state),
                len(known.records),
                sum(record.is_mended for record in known.records),
                "；".join(missing),
                PruneReason(case.prune_reason).label if case.prune_reason else "",
                case.exited_on,
                case.remark,
            )

"""What a row would alter of a record, as preview and confirmation both ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from credit_register.core import regions
from credit_register.credit_records.imports.line import REPAIR, Line, folded
from credit_register.credit_records.lifecycle import CREDIT_RECORD, UNMENDED_STATES
from credit_register.credit_records.models import CreditRecord, Degree, RecordKind, RecordState, RowVerdict
from credit_register.institutions.imports.results import Change
from credit_register.institutions.models import Institution

_DATES: Final = frozenset({"decided_on", "valid_until", "listed_until", "removed_on"})
_AMOUNTS: Final = frozenset({"fine", "confiscated"})

# Attribute → what people call it, in the order in which pages list them.
LABELS: Final = {
    "name": "主体名称",
    "list_name": "名单名称",
    "document_number": "文号",
    "authority": "认定机关",
    "authority_code": "认定机关代码",
    "decided_on": "认定日期",
    "degree": "失信等级",
    "conduct": "违法行为类型",
    "facts": "事实",
    "basis": "依据",
    "penalty_kinds": "处罚类别",
    "content": "处罚内容",
    "fine": "罚款（万元）",
    "confiscated": "没收金额（万元）",
    "licence": "暂扣或吊销的证照",
    "valid_until": "处罚有效期",
    "listed_until": "公示截止期",
    "source": "数据来源单位",
    "remark": "备注（不公开）",
    "removed_on": "移出日期",
    "removal_document": "移出文号",
}


@dataclass
class Judged:
    """`verdict` is None where the row alters nothing; `move` is the step by which the record leaves or comes back."""

    verdict: RowVerdict | None
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    move: str = ""

    @property
    def words(self) -> str:
        """Before → after, one line for each column."""
        return "\n".join(f"{change.column}：{change.text}" for change in self.changes)


def read_value(attribute: str, value: Any) -> Any:
    """A value of a row's content in the type that the record's column has."""
    if value is None:
        return None
    if attribute in _DATES:
        return date.fromisoformat(value)
    return Decimal(value) if attribute in _AMOUNTS else value


def values_of(line: Line) -> dict[str, Any]:
    """The columns of a new record."""
    return {
        "name": line.name,
        **{
            attribute: read_value(attribute, value)
            for attribute, value in line.content.items()
            if attribute in LABELS
        },
    }


def judge(
    line: Line, record: CreditRecord | None, *, known: Institution | None = None, region: str = ""
) -> Judged:
    """What the row makes of its record; blank cells leave what is there, save those of the removal.

    `known` is the institution of the row, which lies in `region`, the one of the office that brings the row.
    """
    if record is None:
        return Judged(RowVerdict.NEW)
    found = Judged(None)
    wanted = values_of(line)
    if line.content.get("degree_derived") and record.penalty_kinds == wanted.get("penalty_kinds"):
        wanted.pop("degree", None)  # somebody may have said better than the kinds of penalty do
    removal = wanted.pop("removed_on", None), wanted.pop("removal_document", "")
    if "removed_on" in line.content:
        _judge_removal(record, removal, wanted.get("decided_on"), found)
    elif record.state == RecordState.REMOVED:
        _relist(
            record, found
        )  # kinds without a removal date: the full list had it no more, and now has it again
    if known is not None:
        _judge_place(record, known, region, found)
    for attribute, value in wanted.items():
        present = getattr(record, attribute)
        if value not in (None, "") and value != present:
            found.values[attribute] = value
            found.changes.append(
                Change(LABELS[attribute], shown(attribute, present), shown(attribute, value))
            )
    if line.key != record.key and line.content.get("authority_code"):
        found.values["key"] = line.key  # the same record, now with the code of its authority
    if found.values or found.move:
        found.verdict = RowVerdict.CHANGED
    return found


def _judge_removal(
    record: CreditRecord, removal: tuple[date | None, str], decided_on: date | None, found: Judged
) -> None:
    removed_on, document = removal
    state = RecordState(record.state)
    if removed_on is not None:
        if record.removed_on != removed_on:
            found.values["removed_on"] = removed_on
            found.changes.append(
                Change(LABELS["removed_on"], shown("removed_on", record.removed_on), removed_on.isoformat())
            )
        if document and record.removal_document != document:
            found.values["removal_document"] = document
            found.changes.append(Change(LABELS["removal_document"], record.removal_document, document))
        if state in (*UNMENDED_STATES, RecordState.EXPIRED):
            found.move = "remove"
            found.changes.append(Change("状态", CREDIT_RECORD.label(state), "已移出名单"))
        return
    newer = decided_on is not None and decided_on > record.decided_on
    left = state not in (RecordState.PUBLISHED, RecordState.WITHHELD)
    if state is RecordState.REMOVED or (left and newer):
        _relist(record, found)


def _relist(record: CreditRecord, found: Judged) -> None:
    found.move = "relist"
    found.values |= {"removed_on": None, "removal_document": ""}
    found.changes.append(Change("状态", CREDIT_RECORD.label(record.state), "重新列入"))


def _judge_place(record: CreditRecord, known: Institution, region: str, found: Judged) -> None:
    """Whether the record waits at an office that does not speak for its institution, which matching would never give."""
    if record.institution_id is None and not regions.covers(record.region_code, known.region_code):
        found.values |= {"institution": known, "region_code": region}
        before = f"未归入机构（由{regions.full_name(record.region_code)}接收）"
        found.changes.append(Change("机构", before, f"归入 {known.name}"))


def judge_repair(line: Line, records: Sequence[CreditRecord]) -> Judged:
    """What a repair makes of the records it may mean: one at the most, see `meant_by`."""
    if not records:
        return Judged(RowVerdict.UNKNOWN)
    [record] = records
    if record.state not in (*UNMENDED_STATES, RecordState.REMOVED):
        return Judged(None)
    change = Change("状态", CREDIT_RECORD.label(record.state), f"已修复（{line.content['repaired_on']}）")
    return Judged(RowVerdict.CHANGED, changes=[change], move="repair")


def meant_by(line: Line, records: Sequence[CreditRecord]) -> list[CreditRecord]:
    """The records that a row may speak of, out of all of its institution.

    By the key; else by the number of the document and the authority, where one of the two lacks the authority's code.
    """
    if line.kind == REPAIR:
        return _repaired(line, records)
    mine = [record for record in records if record.kind == line.kind]
    exact = [record for record in mine if record.key == line.key]
    if exact or line.kind != RecordKind.PENALTY:
        return exact
    document, authority = folded(line.content["document_number"]), folded(line.content["authority"])
    return [
        record
        for record in mine
        if folded(record.document_number) == document
        and folded(record.authority) == authority
        and not (record.authority_code and line.content["authority_code"])
    ][:1]


def same_document(line: Line, records: Sequence[CreditRecord]) -> list[CreditRecord]:
    """The records of dishonesty that bear the document number of a repair."""
    document = folded(line.content["document_number"])
    return [
        record
        for record in records
        if record.degree is not None and folded(record.document_number) == document
    ]


def _repaired(line: Line, records: Sequence[CreditRecord]) -> list[CreditRecord]:
    """A repair says nothing of what was decided after it, as of a listing that came anew."""
    code, repaired_on = line.content["authority_code"], date.fromisoformat(line.content["repaired_on"])
    return [
        record
        for record in same_document(line, records)
        if record.decided_on <= repaired_on
        and (not code or not record.authority_code or record.authority_code == code)
    ]


def shown(attribute: str, value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if attribute == "degree":
        return Degree(value).label
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)

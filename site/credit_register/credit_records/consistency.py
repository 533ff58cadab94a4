"""信息的准确性、一致性: where register, records and the lists received last say different things, and what to do about it.

What is kept of a list are its records and the rows that changed something; both are compared with the register. A list that
waits for its decision or was refused has changed nothing here, so that all its rows are differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import load_only

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import RECORD_BATCH, TAKEN_DOWN_STATES
from credit_register.credit_records.models import (
    STILL_LISTED,
    BatchState,
    CreditRecord,
    RecordBatch,
    RecordKind,
    RecordRow,
    RecordState,
    RowVerdict,
)
from credit_register.credit_records.public_queries import heading_of
from credit_register.credit_records.publication import region_of
from credit_register.credit_records.queries import REGION, records_in_scope
from credit_register.credit_records.undecided import changing_rows, new_rows
from credit_register.institutions.models import Institution, Status

PER_PAGE = 40
MOST = 2000  # of each kind; more than this is no list for people but a wrong import
_STANDING = (RecordState.PUBLISHED, RecordState.WITHHELD, RecordState.LAPSED)
_LEFT_REGISTER = {
    RecordKind.DEREGISTERED: "已注销",
    RecordKind.REVOKED: "已吊销",
    RecordKind.BANKRUPT: "进入破产程序",
    RecordKind.ABNORMAL: "列入经营异常名录",
}


class Difference(StrEnum):
    """What may differ."""

    NAME = "name"
    CODE = "code"
    STATUS = "status"
    LISTED = "listed"
    UNLISTED = "unlisted"
    PERIOD = "period"
    CONTENT = "content"
    NOT_HERE = "not_here"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            Difference.NAME: "代码相同，名称不同",
            Difference.CODE: "名称相同，代码不同",
            Difference.STATUS: "登记状态与事实不符",
            Difference.LISTED: "名单仍列，本系统已撤下",
            Difference.UNLISTED: "名单已无，本系统仍存",
            Difference.PERIOD: "来源的公示截止日更晚",
            Difference.CONTENT: "内容不同",
            Difference.NOT_HERE: "名单有、本系统无",
        }[self]

    @property
    def action(self) -> str:
        """What to do about it."""
        return {
            Difference.NAME: "核对营业执照：机构更名的，更正登记名称；名单写错的，请提供单位更正",
            Difference.CODE: "核对代码：登记代码有误的更正登记；名单有误的，请提供单位更正后重新提供",
            Difference.STATUS: "核实后变更登记状态；仍正常经营的，请提供单位更正",
            Difference.LISTED: "将修复、撤销或异议结果告知提供单位，请其同步更新名单",
            Difference.UNLISTED: "复核批次中的移出建议，确认移出；误删的，请提供单位补报",
            Difference.PERIOD: "以规则计算的公示期为准；请提供单位同步停止公示，或核对失信程度",
            Difference.CONTENT: "复核批次：名单无误的确认更新；名单写错的，退回提供单位更正后重新提供",
            Difference.NOT_HERE: "复核批次：名单无误的确认登记；已不予确认的，退回提供单位更正名单",
        }[self]


@dataclass(frozen=True)
class Line:
    """One difference: about whom, what each side says, and the row it was seen in.

    `batch_id` is the batch that says so, where its decision is what is to be done and the reader may see it.
    """

    difference: Difference
    name: str
    uscc: str
    region: str
    here: str
    there: str
    source: str
    record_id: int | None
    institution_id: int | None
    batch_id: int | None = None


@dataclass(frozen=True)
class Filter:
    """How the page is narrowed; an empty part does not narrow."""

    difference: str = ""
    region: str = ""
    text: str = ""


@dataclass(frozen=True)
class Comparison:
    """The differences of a region: how many of each kind, and those that the filter lets through."""

    lines: Sequence[Line]
    counts: dict[str, int]
    capped: bool

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.lines) // PER_PAGE))

    def page(self, number: int) -> Sequence[Line]:
        """The lines of one page, from 1."""
        return self.lines[(number - 1) * PER_PAGE : number * PER_PAGE]


def compare(actor: Actor, wanted: Filter) -> Comparison:
    """Every difference in the actor's region; the counts tell of all kinds, whichever is chosen."""
    found: list[Line] = []
    counts: dict[str, int] = {}
    capped = False
    for difference, question in _QUESTIONS.items():
        lines = [line for line in question(actor) if _matches(line, wanted)]
        capped = capped or len(lines) >= MOST
        counts[difference.value] = len(lines)
        if wanted.difference in ("", difference.value):
            found += lines
    return Comparison(found, counts, capped)


def _matches(line: Line, wanted: Filter) -> bool:
    if wanted.region and not regions.covers(wanted.region, line.region):
        return False
    text = wanted.text
    return not text or any(
        text in part for part in (line.name, line.uscc, line.here, line.there, line.source)
    )


def _records(actor: Actor, *conditions: ColumnElement[bool]) -> Sequence[CreditRecord]:
    return db.session.scalars(
        records_in_scope(actor)
        .where(*conditions)
        .order_by(REGION, CreditRecord.name, CreditRecord.id)
        .limit(MOST)
        .options(
            load_only(
                CreditRecord.kind,
                CreditRecord.state,
                CreditRecord.uscc,
                CreditRecord.name,
                CreditRecord.region_code,
                CreditRecord.list_name,
                CreditRecord.document_number,
                CreditRecord.authority,
                CreditRecord.decided_on,
                CreditRecord.listed_until,
                CreditRecord.latest_on,
                CreditRecord.left_on,
                CreditRecord.institution_id,
                CreditRecord.key,
            )
        )
    ).all()


def _line(difference: Difference, record: CreditRecord, here: str, there: str) -> Line:
    return Line(
        difference,
        record.name,
        record.uscc,
        region_of(record),
        here,
        there,
        f"{record.authority} {heading_of(record)}".strip(),
        record.id,
        record.institution_id,
    )


def _names(actor: Actor) -> Iterator[Line]:
    """The list names the code differently than the register does; a former name is no difference."""
    for record in _records(
        actor, CreditRecord.institution_id.is_not(None), Institution.name != CreditRecord.name
    ):
        institution = record.institution
        assert institution is not None
        if record.name not in institution.former_names and record.state in _STANDING:
            yield _line(Difference.NAME, record, f"登记名称“{institution.name}”", f"名单名称“{record.name}”")


def _codes(actor: Actor) -> Iterator[Line]:
    """A code that the register does not know under a name that it has."""
    rows = db.session.execute(
        select(CreditRecord, Institution)
        .join(
            Institution,
            and_(Institution.name == CreditRecord.name, Institution.uscc != CreditRecord.uscc),
        )
        .where(CreditRecord.institution_id.is_(None), actor.region_filter(CreditRecord.region_code))
        .order_by(CreditRecord.name, CreditRecord.id)
        .limit(MOST)
    )
    for record, institution in rows:
        yield Line(
            Difference.CODE,
            record.name,
            record.uscc,
            record.region_code,
            f"登记代码 {institution.uscc}",
            f"名单代码 {record.uscc}",
            f"{record.authority} {heading_of(record)}".strip(),
            record.id,
            institution.id if actor.sees_region(institution.region_code) else None,
        )


def _statuses(actor: Actor) -> Iterator[Line]:
    """A fact of the registration says that the agency is gone or lost while the register has it in force."""
    for record in _records(
        actor,
        CreditRecord.kind.in_([kind.value for kind in _LEFT_REGISTER]),
        CreditRecord.state.in_([state.value for state in _STANDING]),
        Institution.status == Status.REGISTERED.value,
    ):
        fact = _LEFT_REGISTER[RecordKind(record.kind)]
        yield _line(Difference.STATUS, record, "登记状态“登记机构”", f"{record.decided_on} {fact}")


def _still_listed(actor: Actor) -> Iterator[Line]:
    """A list still has what was repaired, annulled, objected to or removed here: by its rows, or as its reading noted."""
    noted = _noted_as_listed()
    for record in _records(
        actor,
        CreditRecord.state.in_([state.value for state in TAKEN_DOWN_STATES]),
        or_(
            # A row that bears the day of the removal says the same as we do.
            _last_rows(
                RecordRow.verdict.in_([RowVerdict.NEW.value, RowVerdict.CHANGED.value]),
                RecordRow.content["removed_on"].as_string().is_(None),
            ),
            CreditRecord.id.in_(noted),
        ),
    ):
        yield _line(Difference.LISTED, record, f"{record.left_on} 起不公示", "最近收到的名单仍列有这条记录")


def _noted_as_listed() -> list[int]:
    """The records of which the last full list of each kind and region said that they are still in it."""
    last = (
        select(func.max(RecordBatch.id))
        .where(RecordBatch.full_list, RecordBatch.state != BatchState.REFUSED.value)
        .group_by(RecordBatch.kind, RecordBatch.region_code)
    )
    summaries = db.session.scalars(select(RecordBatch.summary).where(RecordBatch.id.in_(last)))
    return [number for summary in summaries for number in summary.get(STILL_LISTED, ())][:MOST]


def _no_longer_listed(actor: Actor) -> Iterator[Line]:
    """The last full list no longer has what stands here."""
    for record in _records(
        actor,
        CreditRecord.state.in_([state.value for state in _STANDING]),
        _last_rows(RecordRow.verdict == RowVerdict.REMOVAL.value),
    ):
        yield _line(Difference.UNLISTED, record, "记录仍然有效", "最近收到的完整名单中已没有这条记录")


def _last_rows(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a list that waits for its decision, or came after the record's last change, has such a row of it."""
    return (
        select(RecordRow.id)
        .join(RecordBatch, RecordBatch.id == RecordRow.batch_id)
        .where(
            RecordRow.kind == CreditRecord.kind,
            RecordRow.key == CreditRecord.key,
            *conditions,
            RecordBatch.state != BatchState.REFUSED.value,
            or_(RecordBatch.state == BatchState.RECEIVED.value, RecordBatch.id > CreditRecord.batch_id),
        )
        .correlate(CreditRecord)
        .exists()
    )


def _periods(actor: Actor) -> Iterator[Line]:
    """The sender shows the record for longer than the rules allow."""
    for record in _records(
        actor,
        CreditRecord.state.in_([state.value for state in _STANDING]),
        CreditRecord.listed_until > CreditRecord.latest_on,
    ):
        yield _line(
            Difference.PERIOD, record, f"按规则公示至 {record.latest_on}", f"来源公示至 {record.listed_until}"
        )


def _contents(actor: Actor) -> Iterator[Line]:
    """A list that waits for its decision, or was refused, says else of a record than what stands here."""
    for record, row, batch in changing_rows(actor, _STANDING, most=MOST):
        changes = row.changes.splitlines()
        columns = "、".join(change.partition("：")[0] for change in changes)
        line = _line(Difference.CONTENT, record, f"{columns}与名单不同", "；".join(changes))
        yield replace(line, there=f"{line.there}（{_batch_words(batch)}）", batch_id=_seen(actor, batch))


def _not_here(actor: Actor) -> Iterator[Line]:
    """Such a list has what stands in no record."""
    for row, batch, institution in new_rows(actor, most=MOST):
        said = row.content
        heading = said.get("document_number") or said.get("list_name") or said.get("decided_on") or ""
        yield Line(
            Difference.NOT_HERE,
            row.name,
            row.uscc,
            institution.region_code if institution else batch.region_code,
            "没有这条记录",
            f"{RecordKind(row.kind).label} {heading}（{_batch_words(batch)}）",
            str(said.get("authority") or ""),
            None,
            institution.id if institution else None,
            _seen(actor, batch),
        )


def _batch_words(batch: RecordBatch) -> str:
    received = local_date(batch.received_at)
    return f"{received} 接收的第 {batch.id} 号批次，{RECORD_BATCH.label(batch.state)}"


def _seen(actor: Actor, batch: RecordBatch) -> int | None:
    """The number of a batch whose page the actor may open."""
    return batch.id if actor.sees_region(batch.region_code) else None


_QUESTIONS = {
    Difference.STATUS: _statuses,
    Difference.CODE: _codes,
    Difference.NAME: _names,
    Difference.LISTED: _still_listed,
    Difference.UNLISTED: _no_longer_listed,
    Difference.PERIOD: _periods,
    Difference.CONTENT: _contents,
    Difference.NOT_HERE: _not_here,
}

"""What is told to the national platform of the cases of a region: each event as plain data, and what takes it back."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, cast, false, or_, select

from credit_register.audit.models import AuditEvent
from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI
from credit_register.core.database import db
from credit_register.core.sheets import Column, Kind
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.institutions.models import Institution
from credit_register.ledger.facts import CLUE_IS_ABOUT_CASE
from credit_register.ledger.lifecycle import KIND as CASE_KIND
from credit_register.ledger.lifecycle import MEASURE_KIND
from credit_register.ledger.models import (
    CaseRecord,
    CaseState,
    InterviewForm,
    LedgerCase,
    Measure,
    MeasureKind,
    MeasureState,
    PlatformBatch,
    PlatformRow,
)
from credit_register.letters.models import Letter, LetterClue
from credit_register.letters.models import State as LetterState
from credit_register.transparency.services import canonical_json

INTERVIEW, MEASURE, COMMITMENT, REPAIR, RESULT = "约谈", "治理措施", "信用承诺", "信用修复", "治理结果"
# What a line says of an event; docs/platform-exchange.md explains each.
CATEGORY, NAME, CODE, REGION, DAY, OFFICE, CONTENT, DOCUMENT = (
    "类别",
    "治理对象",
    "统一社会信用代码",
    "行政区划代码",
    "日期",
    "单位",
    "内容",
    "文号",
)
COLUMNS: Final = (
    Column(CATEGORY),
    Column(NAME),
    Column(CODE, kind=Kind.CODE),
    Column(REGION, kind=Kind.CODE),
    Column(DAY, kind=Kind.DATE),
    Column(OFFICE),
    Column(CONTENT),
    Column(DOCUMENT),
)

LETTER_KIND: Final = "letter"
COMMITMENT_KIND: Final = "commitment"
RECORD_KIND: Final = "credit_record"

TAKEN_BACK: Final = "撤销："  # before the 内容 of the line that is taken back
# By which deeds an event of each kind is recorded or changes its words, and by which a case becomes one of an office.
_RECORDED_BY: Final[Mapping[str, Sequence[str]]] = {
    MEASURE_KIND: ("complete", "end", "lift"),
    COMMITMENT_KIND: ("countersign",),
    RECORD_KIND: ("repair",),
    CASE_KIND: ("exit",),
    LETTER_KIND: ("answer", "supplement"),
}
_CAME_BY: Final = ("open", "reassign")
# A commitment that has run its time was made all the same; one that was withdrawn is taken back.
_RAN_OUT: Final = (CommitmentState.EXPIRED.value, CommitmentState.REPLACED.value)

Key = tuple[str, int]  # kind and number of the row of an event


@dataclass(frozen=True)
class Event:
    """One thing that happened; `subject_kind` and `subject_id` name its row, by which the platform knows it again."""

    subject_kind: str
    subject_id: int
    day: date
    content: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """By which one that is unchanged is known."""
        return hashlib.sha256(canonical_json(self.content).encode()).hexdigest()

    @property
    def key(self) -> Key:
        return self.subject_kind, self.subject_id


def events_of(region: str, *, since: date, until: date) -> list[Event]:
    """The events of the cases of a region that its next batch is made from, in the order of their days.

    Those that the region has told before are there whatever their day: each may have changed since. Of the others,
    those from one day to another, both included, and those that were recorded, or whose case came to the ledger or to
    the office, on or after the first day: the days of measures and answers are typed, and may lie long before.
    """
    return _events(_Wanted(region, told_by=region, period=(since, until)))


def still_true(told_by: str) -> set[Key]:
    """What a region has told and what is so still, also where another office is responsible for the case by now."""
    return {event.key for event in _events(_Wanted(regions.NATION, told_by=told_by, period=None))}


def taken_back(kind: str, subject_id: int, content: Mapping[str, Any]) -> Event:
    """That an event which was told as `content` did not happen or holds no longer."""
    day = date.fromisoformat(content[DAY])
    return Event(kind, subject_id, day, {**content, CONTENT: f"{TAKEN_BACK}{content[CONTENT]}"})


def takes_back(content: Mapping[str, Any]) -> bool:
    """Whether a line takes back what an earlier one said."""
    return str(content[CONTENT]).startswith(TAKEN_BACK)


def _events(wanted: _Wanted) -> list[Event]:
    found = {
        event.key: event
        for events in (_measures, _commitments, _repairs, _exits, _answers)
        for event in events(wanted)
    }
    return sorted(found.values(), key=lambda event: (event.day, event.key))


@dataclass(frozen=True)
class _Wanted:
    """Cases of which region, told by whom before, and the days of what was never told; None for nothing of that."""

    region: str
    told_by: str
    period: tuple[date, date] | None

    def rows(self, happened: ColumnElement[bool], row: Any, kind: str) -> ColumnElement[bool]:
        """The condition for the rows of one kind, by their numbers; `happened` is one of `within`."""
        if self.period is None:
            return self.told(row, kind)
        return or_(
            happened,
            self._recorded(kind, _RECORDED_BY[kind], row),
            self._recorded(CASE_KIND, _CAME_BY, LedgerCase.id),
            self.told(row, kind),
        )

    def within(self, column: Any) -> ColumnElement[bool]:
        """That the day of an event is one of the period."""
        return false() if self.period is None else column.between(*self.period)

    def told(self, row: Any, kind: str) -> ColumnElement[bool]:
        """That a line about the row was sent before, whatever became of it."""
        told: ColumnElement[bool] = row.in_(
            select(PlatformRow.subject_id)
            .join(PlatformBatch, PlatformBatch.id == PlatformRow.batch_id)
            .where(PlatformBatch.region_code == self.told_by, PlatformRow.subject_kind == kind)
        )
        return told

    def _recorded(self, kind: str, deeds: Iterable[str], row: Any) -> ColumnElement[bool]:
        assert self.period is not None
        return cast(row, String).in_(
            select(AuditEvent.subject_id).where(
                AuditEvent.subject_kind == kind,
                AuditEvent.action.in_([f"{kind}.{deed}" for deed in deeds]),
                AuditEvent.at >= datetime.combine(self.period[0], time.min, SHANGHAI),
            )
        )

    @property
    def cases(self) -> ColumnElement[bool]:
        return regions.within(LedgerCase.region_code, self.region)


def _content(
    category: str, case: LedgerCase, day: date, *, office: str = "", content: str = "", document: str = ""
) -> dict[str, Any]:
    return {
        CATEGORY: category,
        NAME: case.name,
        CODE: case.uscc,
        REGION: case.region_code,
        DAY: day.isoformat(),
        OFFICE: office,
        CONTENT: content,
        DOCUMENT: document,
    }


def _day(day: date | None) -> date:
    """The day of a thing that has happened; the tables demand one of it."""
    assert day is not None
    return day


def _measures(wanted: _Wanted) -> Iterator[Event]:
    """Measures that took place; their words to the institution and the record of an interview stay here."""
    rows = db.session.execute(
        select(Measure, LedgerCase)
        .join(LedgerCase, LedgerCase.id == Measure.case_id)
        .where(
            wanted.cases,
            Measure.state.in_([MeasureState.DONE.value, MeasureState.ENDED.value]),
            Measure.done_on.is_not(None),  # what ended with its case before it was held did not happen
            wanted.rows(wanted.within(Measure.done_on), Measure.id, MEASURE_KIND),
        )
    )
    for measure, case in rows:
        day = _day(measure.done_on)
        kind = MeasureKind(measure.kind)
        interview = kind is MeasureKind.INTERVIEW
        words = InterviewForm(measure.form).label if measure.form else kind.label
        if kind is MeasureKind.SUPERVISION:
            words += f"（{measure.level}）" + ("，已暂停其开展相关业务" if measure.suspended else "")
        if measure.ended_on is not None:
            words += f"，{measure.ended_on.isoformat()}解除"
        content = _content(
            INTERVIEW if interview else MEASURE, case, day, office=measure.office, content=words
        )
        yield Event(MEASURE_KIND, measure.id, day, content)


def _commitments(wanted: _Wanted) -> Iterator[Event]:
    """Commitments of a governed institution that are public, and of those told before also what has run its time."""
    rows = db.session.execute(
        select(Commitment, LedgerCase)
        .join(Institution, Institution.id == Commitment.institution_id)
        .join(LedgerCase, LedgerCase.institution_id == Institution.id)
        .where(
            wanted.cases,
            or_(
                Commitment.state == CommitmentState.PUBLISHED.value,
                and_(Commitment.state.in_(_RAN_OUT), wanted.told(Commitment.id, COMMITMENT_KIND)),
            ),
            wanted.rows(wanted.within(Commitment.published_on), Commitment.id, COMMITMENT_KIND),
        )
        .order_by(LedgerCase.episode)
    )
    for commitment, case in rows:
        content = _content(
            COMMITMENT,
            case,
            _day(commitment.published_on),
            content="机构和法定代表人已签署并公示",
            document=commitment.number or "",
        )
        yield Event(COMMITMENT_KIND, commitment.id, _day(commitment.published_on), content)


def _repairs(wanted: _Wanted) -> Iterator[Event]:
    rows = db.session.execute(
        select(CreditRecord, LedgerCase)
        .join(CaseRecord, CaseRecord.record_id == CreditRecord.id)
        .join(LedgerCase, LedgerCase.id == CaseRecord.case_id)
        .where(
            wanted.cases,
            CreditRecord.state == RecordState.REPAIRED.value,
            wanted.rows(wanted.within(CreditRecord.left_on), CreditRecord.id, RECORD_KIND),
        )
        .order_by(LedgerCase.episode)
    )
    for record, case in rows:
        kind = RecordKind(record.kind)
        content = _content(
            REPAIR,
            case,
            _day(record.left_on),
            office=record.authority,
            content=f"{record.list_name or kind.label}：已修复",
            document=record.document_number,
        )
        yield Event(RECORD_KIND, record.id, _day(record.left_on), content)


def _exits(wanted: _Wanted) -> Iterator[Event]:
    rows = db.session.scalars(
        select(LedgerCase).where(
            wanted.cases,
            LedgerCase.state == CaseState.EXITED.value,
            wanted.rows(wanted.within(LedgerCase.exited_on), LedgerCase.id, CASE_KIND),
        )
    )
    for case in rows:
        day = _day(case.exited_on)
        yield Event(CASE_KIND, case.id, day, _content(RESULT, case, day, content="退出台账"))


def _answers(wanted: _Wanted) -> Iterator[Event]:
    """Letters about a case that a regulator has answered, on the day of its last result; what it wrote stays here."""
    # All clues of a letter that are about cases are one event, and one of them may have been answered later.
    answered = Letter.id.in_(
        select(LetterClue.letter_id).where(wanted.within(LetterClue.answered_on)).correlate(None)
    )
    rows = db.session.execute(
        select(Letter, LedgerCase, LetterClue)
        .join(LetterClue, LetterClue.letter_id == Letter.id)
        .join(LedgerCase, CLUE_IS_ABOUT_CASE)
        .where(
            wanted.cases,
            Letter.state == LetterState.ANSWERED.value,
            wanted.rows(answered, Letter.id, LETTER_KIND),
        )
        .order_by(Letter.id, LedgerCase.id, LetterClue.id)
    )
    for letter, group in groupby(rows, key=lambda row: row[0]):
        clues = [(case, clue) for _, case, clue in group]
        day = max(_day(clue.answered_on) for _, clue in clues)
        content = _content(
            RESULT,
            clues[0][0],
            day,
            office=letter.addressee,
            content=f"提示函反馈：{_results([(case.name, clue.result_label) for case, clue in clues])}",
            document=letter.number or "",
        )
        names = "、".join(dict.fromkeys(case.name for case, _ in clues))
        yield Event(LETTER_KIND, letter.id, day, content | {NAME: names})


def _results(answers: Sequence[tuple[str, str]]) -> str:
    """What was answered: one result for all, or each result with the names that it is about."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, result in answers:
        names[result].append(name)
    if len(names) == 1:
        return answers[0][1]
    return "；".join(f"{result}（{'、'.join(dict.fromkeys(each))}）" for result, each in names.items())

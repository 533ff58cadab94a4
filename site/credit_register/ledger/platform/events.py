"""What is told to the national platform of the cases of a region: each event once, as plain data."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select

from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.core import regions
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
    def key(self) -> tuple[str, int]:
        return self.subject_kind, self.subject_id


def events_of(region: str, *, since: date, until: date, only: Iterable[tuple[str, int]] = ()) -> list[Event]:
    """The events of the cases of a region from one day to another, both included, in the order of their days.

    `only` names rows that are told however old they are: those that the platform gave back.
    """
    wanted = _Wanted(region, since, until, frozenset(only))
    found = {
        event.key: event
        for events in (_measures, _commitments, _repairs, _exits, _answers)
        for event in events(wanted)
    }
    return sorted(found.values(), key=lambda event: (event.day, event.key))


@dataclass(frozen=True)
class _Wanted:
    region: str
    since: date
    until: date
    only: frozenset[tuple[str, int]]

    def days(self, column: Any, row: Any, kind: str) -> ColumnElement[bool]:
        """The condition of the period, or that the row was given back."""
        again = [subject_id for subject_kind, subject_id in self.only if subject_kind == kind]
        within = column.between(self.since, self.until)
        return or_(within, row.in_(again)) if again else within

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
            wanted.days(Measure.done_on, Measure.id, MEASURE_KIND),
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
    """Commitments that a governed institution published since it is on the ledger."""
    rows = db.session.execute(
        select(Commitment, LedgerCase)
        .join(Institution, Institution.id == Commitment.institution_id)
        .join(LedgerCase, LedgerCase.institution_id == Institution.id)
        .where(
            wanted.cases,
            Commitment.state == CommitmentState.PUBLISHED.value,
            wanted.days(Commitment.published_on, Commitment.id, COMMITMENT_KIND),
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
            wanted.days(CreditRecord.left_on, CreditRecord.id, RECORD_KIND),
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
            wanted.days(LedgerCase.exited_on, LedgerCase.id, CASE_KIND),
        )
    )
    for case in rows:
        day = _day(case.exited_on)
        yield Event(CASE_KIND, case.id, day, _content(RESULT, case, day, content="退出台账"))


def _answers(wanted: _Wanted) -> Iterator[Event]:
    """Letters about a case that a regulator has answered; what it wrote stays here."""
    rows = db.session.execute(
        select(Letter, LedgerCase, LetterClue)
        .join(LetterClue, LetterClue.letter_id == Letter.id)
        .join(LedgerCase, CLUE_IS_ABOUT_CASE)
        .where(
            wanted.cases,
            Letter.state == LetterState.ANSWERED.value,
            wanted.days(Letter.answered_on, Letter.id, LETTER_KIND),
        )
        .order_by(Letter.id, LedgerCase.id, LetterClue.id)
    )
    for letter, group in groupby(rows, key=lambda row: row[0]):
        found = [(case, clue.result_label) for _, case, clue in group]
        content = _content(
            RESULT,
            found[0][0],
            _day(letter.answered_on),
            office=letter.addressee,
            content=f"提示函反馈：{_results([(case.name, result) for case, result in found])}",
            document=letter.number or "",
        )
        names = "、".join(dict.fromkeys(case.name for case, _ in found))
        yield Event(LETTER_KIND, letter.id, _day(letter.answered_on), content | {NAME: names})


def _results(answers: Sequence[tuple[str, str]]) -> str:
    """What was answered: one result for all, or each result with the names that it is about."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, result in answers:
        names[result].append(name)
    if len(names) == 1:
        return answers[0][1]
    return "；".join(f"{result}（{'、'.join(dict.fromkeys(each))}）" for result, each in names.items())

"""The lines of attachment 1 as of a day, read for many cases with one question to each table.

Everything counts by the day on which it happened, so that a correction made later says again how it was on the day
of the closing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, not_, or_, select
from sqlalchemy.orm import load_only

from credit_register.core import regions
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import GROUNDLESS_STATES
from credit_register.credit_records.models import CreditRecord, RecordKind, RecordState
from credit_register.ledger.conditions import LetterFact
from credit_register.ledger.facts import Orders, commitments_of, letters_of
from credit_register.ledger.figures import on_the_ledger, was_pruned
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, MeasureKind, MeasureState, Subject
from credit_register.ledger.months import form
from credit_register.ledger.months.sheet import CellValue

CHUNK = 500

# Told after each chunk: lines made so far, and all.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """No progress is shown."""


@dataclass
class _Records:
    """What became of the records of a case."""

    total: int = 0
    repaired: int = 0
    groundless: int = 0
    settled: int = 0  # obligations met, or a settlement, without a repair
    open: int = 0
    last_decided: date | None = None


@dataclass
class _Measures:
    """What an office had done at a case."""

    interviewers: dict[str, None] = field(default_factory=dict)
    orders: Orders = field(default_factory=Orders)
    supervised: bool = False
    suspended: bool = False


def rows_of(region: str, *, on: date, progress: Progress = silent) -> list[list[CellValue]]:
    """The cases of a region and all below it, without those that were pruned, in the order of the regions."""
    cases = db.session.scalars(
        select(LedgerCase)
        .where(
            regions.within(LedgerCase.region_code, region),
            *on_the_ledger(on),
            not_(was_pruned(on)),
        )
        .order_by(LedgerCase.region_code, LedgerCase.opened_on, LedgerCase.id)
        .options(
            load_only(
                LedgerCase.subject,
                LedgerCase.institution_id,
                LedgerCase.uscc,
                LedgerCase.name,
                LedgerCase.remark,
                LedgerCase.state,
                LedgerCase.exited_on,
            )
        )
    ).all()
    rows: list[list[CellValue]] = []
    for first in range(0, len(cases), CHUNK):
        chunk = cases[first : first + CHUNK]
        rows += _lines(chunk, first + 1, on)
        progress(len(rows), len(cases))
    return rows


def _lines(cases: Sequence[LedgerCase], first: int, on: date) -> Iterator[list[CellValue]]:
    ids = [case.id for case in cases]
    records, measures, letters = _records(ids, on), _measures(ids, on), letters_of(ids)
    decided = {case_id: found.last_decided for case_id, found in records.items()}
    commitments = commitments_of(cases, decided, on=on)
    for number, case in enumerate(cases, first):
        record, measure = records[case.id], measures[case.id]
        promise = commitments.get(case.id)
        collected = (
            promise is not None
            and promise.public
            and promise.institution_signed
            and promise.legal_representative_signed
            and promise.published_on is not None
            and promise.published_on <= on
        )
        yield [
            number,
            case.name,
            case.uscc or None,
            record.total,
            f"{'、'.join(measure.interviewers)}已约谈" if measure.interviewers else None,
            form.CORRECTED if _is_corrected(record, measure) else None,
            form.COLLECTED if collected else None,
            f"已经修复{record.repaired}条失信记录" if record.total else None,
            form.SUSPENDED if measure.suspended else form.YES if measure.supervised else form.NO,
            form.YES if case.exited_on is not None and case.exited_on <= on else form.NO,
            "；".join(_remarks(case, record, letters.get(case.id, ()), on)) or None,
        ]


def _is_corrected(record: _Records, measure: _Measures) -> bool:
    orders = measure.orders
    return bool(record.total or orders.fulfilled) and not (record.open or orders.open or orders.dropped)


def _remarks(case: LedgerCase, record: _Records, letters: Sequence[LetterFact], on: date) -> Iterator[str]:
    if case.subject == Subject.IMPERSONATOR:
        sent = sum(letter.was_sent_by(on) for letter in letters)
        answered = sum(letter.is_answered_by(on) for letter in letters)
        yield f"冒名主体，已发提示函{sent}件，收到查处结果{answered}件"
    if record.settled:
        yield f"其中{record.settled}条已履行义务或者达成和解"
    if record.groundless:
        yield f"其中{record.groundless}条文书已撤销或者异议成立"
    if case.remark:
        yield case.remark


def _records(ids: Sequence[int], on: date) -> Mapping[int, _Records]:
    found: defaultdict[int, _Records] = defaultdict(_Records)
    rows = db.session.execute(
        select(
            CaseRecord.case_id,
            CreditRecord.kind,
            CreditRecord.state,
            CreditRecord.decided_on,
            CreditRecord.met_on,
            CreditRecord.left_on,
        )
        .join(CreditRecord, CreditRecord.id == CaseRecord.record_id)
        .where(CaseRecord.case_id.in_(ids), CaseRecord.added_on <= on)
    )
    for case_id, kind, state, decided_on, met_on, left_on in rows:
        record = found[case_id]
        record.total += 1
        record.last_decided = max(record.last_decided or decided_on, decided_on)
        left = left_on is not None and left_on <= on
        mended = state == RecordState.REPAIRED or (
            kind == RecordKind.SEVERE and state == RecordState.REMOVED  # off the list is what repair is there
        )
        if left and mended:
            record.repaired += 1
        elif left and state in GROUNDLESS_STATES:
            record.groundless += 1
        elif met_on is not None and met_on <= on:
            record.settled += 1
        else:
            record.open += 1
    return found


def _measures(ids: Sequence[int], on: date) -> Mapping[int, _Measures]:
    found: defaultdict[int, _Measures] = defaultdict(_Measures)
    rows = db.session.execute(
        select(
            Measure.case_id,
            Measure.kind,
            Measure.state,
            Measure.office,
            Measure.suspended,
            Measure.done_on,
            Measure.ended_on,
        )
        .where(
            Measure.case_id.in_(ids),
            Measure.kind.in_(
                [MeasureKind.INTERVIEW.value, MeasureKind.ORDER.value, MeasureKind.SUPERVISION.value]
            ),
            Measure.state != MeasureState.CANCELLED.value,
            # An order counts from the day it was given, all else from the day it took place.
            or_(
                and_(Measure.kind == MeasureKind.ORDER.value, Measure.planned_on <= on),
                and_(Measure.kind != MeasureKind.ORDER.value, Measure.done_on <= on),
            ),
        )
        .order_by(Measure.id)
    )
    for case_id, kind, state, office, suspended, done_on, ended_on in rows:
        measure = found[case_id]
        done = state in (MeasureState.DONE, MeasureState.ENDED) and done_on is not None and done_on <= on
        if kind == MeasureKind.ORDER:
            if done and done_on is not None:
                measure.orders.fulfilled.append(done_on)
            elif ended_on is not None and ended_on <= on:
                measure.orders.lifted.append(ended_on)
            else:
                measure.orders.open += 1
        elif not done:
            continue
        elif kind == MeasureKind.INTERVIEW:
            measure.interviewers[office] = None
        elif ended_on is None or ended_on > on:
            measure.supervised = True
            measure.suspended = measure.suspended or suspended
    return found

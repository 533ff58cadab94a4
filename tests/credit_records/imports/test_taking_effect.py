"""A large batch takes effect in parts: others write meanwhile, and whoever is killed leaves what can be completed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.outbox import SearchOutbox
from credit_register.credit_records.imports import applying, taking_effect
from credit_register.credit_records.imports.applying import (
    StoppedHalfway,
    carry_on,
    confirm_batch,
    finish_batches,
    outcomes,
)
from credit_register.credit_records.imports.results import Receipt
from credit_register.credit_records.models import BatchKind, CreditRecord, RecordBatch, RecordRow
from credit_register.credit_records.public_queries import received_dates
from credit_register.reports.models import Report
from credit_register.transparency.models import PublicEvent
from credit_register.web.jobs import JOBS
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import (
    bring,
    bring_in,
    confirm,
    listed,
    penalty,
    records,
    repaired,
)
from tests.credit_records.imports.confirming import BETWEEN, WITHIN, confirm_and_kill
from tests.factories import make_institution
from tests.institutions.importing import audits
from tests.reports.citizens import seed_deadline_rules, send_report

CHUNK = 3
ROWS = 8


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_effect, "CHUNK", CHUNK)


def batch_of(receipt: Receipt) -> RecordBatch:
    assert receipt.batch is not None
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(RecordBatch, receipt.batch.id)


def bring_penalties(folder: Path, moment: datetime, count: int = ROWS) -> Receipt:
    """A batch of new penalties of one institution each."""
    rows = [penalty(make_institution().uscc, number) for number in range(count)]
    return bring(folder, BatchKind.PENALTIES, rows, now=moment)[0]


def decide(receipt: Receipt, by: Account, moment: datetime, *, chunks: int | None = None) -> None:
    batch = batch_of(receipt)
    confirm_batch(batch, with_removals=True, version=batch.version, actor=by.actor, now=moment, chunks=chunks)


def assert_all_stand_once(receipt: Receipt, by: Account, count: int = ROWS) -> None:
    """Each row is one record, published once, with one trace and one line of the log, and the batch is done."""
    batch = batch_of(receipt)
    assert (batch.state, batch.decided_by_id, batch.summary["done"]) == (
        "confirmed",
        by.id,
        {"created": count},
    )
    assert [record.state for record in records()] == ["published"] * count
    for action in ("credit_record.create", "credit_record.publish"):
        found = audits(action)
        assert len({event.subject_id for event in found}) == len(found) == count
        assert {event.actor_id for event in found} == {by.id}
    published = db.session.scalars(
        select(PublicEvent.subject_key).where(PublicEvent.kind == "credit_record.publish")
    ).all()
    assert sorted(published) == sorted(record.public_id for record in records())
    assert len(audits("record_batch.confirm")) == len(audits("record_batch.finish")) == 1
    waiting = set(db.session.scalars(select(SearchOutbox.key)))
    assert {f"record:{record.id}" for record in records()} <= waiting
    assert {record.uscc for record in records()} <= waiting


class TestInParts:
    def test_a_small_batch_is_confirmed_in_one_transaction(
        self, tmp_path: Path, moment: datetime, national: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_second() -> None:
            raise AssertionError("a second transaction")

        monkeypatch.setattr(applying, "let_others_write", no_second)
        receipt = bring_penalties(tmp_path, moment)
        decide(receipt, national, moment)
        assert_all_stand_once(receipt, national)

    def test_a_large_one_in_many_and_every_row_knows_what_became_of_it(
        self, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        receipt = bring_penalties(tmp_path, moment)
        decide(receipt, national, moment)
        assert_all_stand_once(receipt, national)
        assert set(db.session.scalars(select(RecordRow.outcome))) == {"created"}

    def test_what_is_left_is_done_by_the_clock_as_the_second_person_decided(
        self, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        receipt = bring_penalties(tmp_path, moment)
        decide(receipt, national, moment, chunks=1)
        batch = batch_of(receipt)
        assert (batch.state, batch.decided_at, outcomes(batch)) == (
            "taking_effect",
            moment,
            {"created": CHUNK},
        )
        assert len(records()) == CHUNK
        later = moment + timedelta(minutes=1)
        assert JOBS["finish_batches"](later) == 1
        assert_all_stand_once(receipt, national)
        assert {record.confirmed_at for record in records()} == {moment}
        assert audits("credit_record.create")[-1].at == later
        assert finish_batches(later) == 0

    def test_removals_are_done_later_only_where_the_second_person_said_so(
        self, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        codes = [make_institution().uscc for _ in range(ROWS)]
        rows = [listed(code, number) for number, code in enumerate(codes)]
        bring_in(tmp_path, BatchKind.SEVERE_LIST, rows, national, moment)
        for with_removals, done in ((False, {"kept": ROWS - 1}), (True, {"removed": ROWS - 1})):
            receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows[:1], now=moment, full_list=True)
            batch = batch_of(receipt)
            confirm_batch(
                batch,
                with_removals=with_removals,
                version=batch.version,
                actor=national.actor,
                now=moment,
                chunks=1,
            )
            finish_batches(moment)
            assert batch_of(receipt).summary["done"] == done

    def test_until_it_is_done_no_date_of_the_data_names_it_and_its_file_makes_no_second_batch(
        self, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        rows = [penalty(make_institution().uscc, number) for number in range(ROWS)]
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment, full_list=True)
        decide(receipt, national, moment, chunks=1)
        assert received_dates("000000")[BatchKind.PENALTIES] is None
        again, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment, full_list=True)
        assert again.batch is None
        finish_batches(moment)
        assert received_dates("000000")[BatchKind.PENALTIES] == moment.date()

    def test_a_repair_waits_as_soon_as_its_own_row_found_no_record(
        self, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        codes = [make_institution().uscc for _ in range(ROWS)]
        mended = [repaired(code, number) for number, code in enumerate(codes)]
        rows = [penalty(code, number) for number, code in enumerate(codes)]
        first, _ = bring(tmp_path, BatchKind.REPAIRS, mended, now=moment)
        second, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment)
        decide(first, national, moment, chunks=1)
        decide(second, national, moment)
        assert batch_of(second).summary["done"] == {"created": ROWS, "placed": CHUNK}
        finish_batches(moment)
        assert batch_of(first).summary["done"]["repaired"] == ROWS - CHUNK
        assert {record.state for record in records()} == {"repaired"}

    def test_a_newer_batch_that_was_confirmed_in_between_is_not_undone(
        self, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        codes = [make_institution().uscc for _ in range(ROWS)]
        old = [penalty(code, number, CF_NR_FK="1") for number, code in enumerate(codes)]
        new = [penalty(code, number, CF_NR_FK="2") for number, code in enumerate(codes)]
        first, _ = bring(tmp_path, BatchKind.PENALTIES, old, now=moment)
        second, _ = bring(tmp_path, BatchKind.PENALTIES, new, now=moment)
        decide(first, national, moment, chunks=1)
        decide(second, national, moment)
        finish_batches(moment)
        assert batch_of(first).summary["done"] == {"created": CHUNK, "superseded": ROWS - CHUNK}
        assert {str(record.fine) for record in records()} == {"2.000000"}


class TestAllAtOnceAsOneByOne:
    def test_a_mixed_batch_does_the_same_with_many_rows_at_once_as_row_by_row(
        self, tmp_path: Path, moment: datetime, national: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        together = _mixed(tmp_path / "a", moment, national, 1)
        monkeypatch.setattr(taking_effect, "CHUNK", 1)
        assert _mixed(tmp_path / "b", moment, national, 2) == together

    def test_two_rows_that_mean_one_record_make_one(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        rows = [penalty(code, 1, CF_CFJGDM=""), penalty(code, 1, CF_NR_FK="9")]
        assert bring_in(tmp_path, BatchKind.PENALTIES, rows, national, moment) == {"created": 1, "changed": 1}
        [record] = records()
        assert (str(record.fine), record.state) == ("9.000000", "published")
        said = db.session.scalars(
            select(PublicEvent.kind)
            .where(PublicEvent.subject_kind == "credit_record")
            .order_by(PublicEvent.id)
        ).all()
        assert said == ["credit_record.publish", "credit_record.change"]


def _mixed(folder: Path, moment: datetime, by: Account, serial: int) -> Any:
    """Bring every sort of row twice over; gives what became of rows, records, log and audit."""
    folder.mkdir()
    known = [make_institution(name=f"成都示例第{serial}{n}信用管理有限公司").uscc for n in range(7)]
    unknown = uscc(division="510100", serial=980 + serial)
    sender = {"CF_SJLY": f"示例信用中心{serial}"}
    first = [penalty(code, number, **sender) for number, code in enumerate(known)]
    before = {each.id for each in records()}
    since = db.session.scalar(select(func.max(AuditEvent.id))) or 0
    logged = db.session.scalar(select(func.max(PublicEvent.id))) or 0
    done = [bring_in(folder, BatchKind.PENALTIES, first, by, moment)]
    done.append(
        bring_in(folder, BatchKind.REPAIRS, [repaired(known[0], 0), repaired(known[1], 77)], by, moment)
    )
    second = [
        *first[:2],
        penalty(known[2], 2, CF_NR_FK="3", **sender),
        penalty(known[3], 3, CF_CFLB="警告", CF_GSJZQ="", **sender),
        penalty(known[4], 4, CF_JDRQ="2020-01-01", CF_GSJZQ="", **sender),
        penalty(known[5], 50, **sender),
        penalty(unknown, 60, **sender),
        penalty(unknown, 60, CF_CFJGDM="", CF_NR_FK="8", **sender),
    ]
    receipt, _ = bring(folder, BatchKind.PENALTIES, second, now=moment, full_list=True)
    done.append(confirm(receipt, by, moment, with_removals=True))
    receipt, _ = bring(folder, BatchKind.PENALTIES, first, now=moment, full_list=True)
    done.append(confirm(receipt, by, moment))
    mine = [record for record in records() if record.id not in before]
    place = {record.public_id: number for number, record in enumerate(mine)}
    numbers = {str(record.id): number for number, record in enumerate(mine)}
    log = db.session.execute(
        select(PublicEvent.kind, PublicEvent.subject_key, PublicEvent.payload.is_(None)).where(
            PublicEvent.id > logged, PublicEvent.subject_kind == "credit_record"
        )
    )
    trail = db.session.execute(
        select(AuditEvent.action, AuditEvent.subject_id).where(
            AuditEvent.id > since, AuditEvent.subject_kind == "credit_record"
        )
    )
    return (
        done,
        [
            (record.state, record.document_number, str(record.fine), record.latest_on, record.left_reason)
            for record in mine
        ],
        Counter((kind, place[key], gone) for kind, key, gone in log),
        Counter((action, numbers[subject]) for action, subject in trail),
    )


class TestBadDays:
    @pytest.mark.parametrize("place", [BETWEEN, WITHIN])
    @pytest.mark.parametrize("completed_by", ["the clock", "a person"])
    def test_a_confirmation_that_is_killed_is_completed_and_nothing_is_doubled_or_lost(
        self,
        tmp_path: Path,
        database_url: str,
        instance_path: Path,
        moment: datetime,
        national: Account,
        place: str,
        completed_by: str,
    ) -> None:
        receipt = bring_penalties(tmp_path, moment)
        confirm_and_kill(database_url, instance_path, batch_of(receipt), national, place=place, chunk=CHUNK)
        batch = batch_of(receipt)
        assert (batch.state, batch.decided_by_id, batch.with_removals) == ("taking_effect", national.id, True)
        assert outcomes(batch) == {"created": CHUNK}
        assert len(records()) == CHUNK
        if completed_by == "the clock":
            assert finish_batches(moment) == 1
        else:
            carry_on(batch, now=moment)
        assert_all_stand_once(receipt, national)

    def test_two_who_carry_on_at_once_share_the_rows(
        self, app: Flask, tmp_path: Path, moment: datetime, national: Account, small_chunks: None
    ) -> None:
        receipt = bring_penalties(tmp_path, moment, 20)
        decide(receipt, national, moment, chunks=1)
        number = batch_of(receipt).id
        db.session.rollback()
        start = threading.Barrier(2)

        def go_on() -> None:
            with app.app_context(), clock_at(moment):
                start.wait()
                carry_on(db.session.get_one(RecordBatch, number), now=moment)

        _both(go_on)
        assert_all_stand_once(receipt, national, 20)

    def test_a_busy_database_stops_it_halfway_and_it_goes_on_later(
        self,
        tmp_path: Path,
        moment: datetime,
        national: Account,
        small_chunks: None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        receipt = bring_penalties(tmp_path, moment)

        def busy(*_: Any, **__: Any) -> None:
            raise OperationalError("UPDATE", {}, Exception("locked"))

        with monkeypatch.context() as patched:
            patched.setattr(
                applying, "let_others_write", lambda: patched.setattr(applying, "hold_the_records", busy)
            )
            with pytest.raises(StoppedHalfway):
                decide(receipt, national, moment)
            assert finish_batches(moment) == 0
        assert batch_of(receipt).state == "taking_effect"
        assert finish_batches(moment) == 1
        assert_all_stand_once(receipt, national)

    def test_a_batch_that_cannot_go_on_holds_up_no_other(
        self,
        tmp_path: Path,
        moment: datetime,
        national: Account,
        small_chunks: None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        stuck, other = bring_penalties(tmp_path, moment), bring_penalties(tmp_path, moment)
        for receipt in (stuck, other):
            decide(receipt, national, moment, chunks=1)
        number, apply_next_rows = batch_of(stuck).id, taking_effect.apply_next_rows

        def fail_one(batch: RecordBatch, **options: Any) -> bool:
            if batch.id == number:
                raise RuntimeError
            return apply_next_rows(batch, **options)

        monkeypatch.setattr(applying, "apply_next_rows", fail_one)
        assert finish_batches(moment) == 1
        assert (batch_of(stuck).state, batch_of(other).state) == ("taking_effect", "confirmed")

    def test_a_first_part_that_fails_decides_nothing(
        self, tmp_path: Path, moment: datetime, national: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        receipt = bring_penalties(tmp_path, moment)

        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(taking_effect, "settle_all", fail)
        with pytest.raises(RuntimeError):
            decide(receipt, national, moment)
        assert (batch_of(receipt).state, batch_of(receipt).decided_at) == ("received", None)
        assert not records()
        assert not audits("record_batch.confirm")

    def test_citizens_report_while_two_thousand_rows_are_confirmed(
        self, app: Flask, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        seed_deadline_rules()
        codes = [make_institution().uscc for _ in range(20)]
        rows = [penalty(codes[number % 20], number) for number in range(2_000)]
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment)
        batch = batch_of(receipt)
        number, version, actor = batch.id, batch.version, national.actor
        db.session.remove()

        def confirm_all() -> None:
            with app.app_context(), clock_at(moment):
                found = db.session.get_one(RecordBatch, number)
                confirm_batch(found, with_removals=False, version=version, actor=actor, now=moment)

        confirming = threading.Thread(target=confirm_all)
        confirming.start()
        accepted, longest = 0, 0.0
        while confirming.is_alive() and accepted < 4:
            citizen, started = app.test_client(), time.monotonic()
            assert send_report(citizen).status_code == 303
            longest = max(longest, time.monotonic() - started)
            accepted += confirming.is_alive()
        confirming.join()
        assert accepted, "nobody was let in before the batch was done"
        assert longest < 5, "half of what SQLite waits for before it refuses"
        assert db.session.scalar(select(func.count()).select_from(Report)) >= accepted
        assert db.session.scalar(select(func.count()).select_from(CreditRecord)) == 2_000
        assert batch_of(receipt).summary["done"] == {"created": 2_000}


def _both(deed: Callable[[], None]) -> None:
    threads = [threading.Thread(target=deed) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

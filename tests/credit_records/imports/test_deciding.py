"""Deciding a batch: by a second person, by what is registered then, and once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.credit_records.imports.applying import (
    ConfirmedMeanwhile,
    OwnBatch,
    confirm_batch,
    refuse_batch,
)
from credit_register.credit_records.imports.results import Receipt
from credit_register.credit_records.matching import match_records
from credit_register.credit_records.models import BatchKind, RecordBatch
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import make_account
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import (
    bring,
    bring_in,
    confirm,
    fact,
    listed,
    only_record,
    penalty,
    records,
    repaired,
)
from tests.factories import make_institution
from tests.institutions.importing import audits

UNKNOWN = uscc(division="510100", serial=990)


def batch_of(receipt: Receipt) -> RecordBatch:
    assert receipt.batch is not None
    db.session.expire_all()
    return db.session.get_one(RecordBatch, receipt.batch.id)


def events() -> list[str]:
    return list(db.session.scalars(select(PublicEvent.kind).order_by(PublicEvent.id)))


def test_confirming_makes_records_that_the_rules_publish_or_withhold(
    tmp_path: Path, moment: datetime, national: Account
) -> None:
    institution = make_institution()
    receipt, _ = bring(
        tmp_path,
        BatchKind.PENALTIES,
        [
            penalty(institution.uscc, 1),
            penalty(institution.uscc, 2, CF_CFLB="警告", CF_GSJZQ=""),
            penalty(institution.uscc, 3, CF_JDRQ="2020-01-01", CF_GSJZQ=""),
            penalty(UNKNOWN, 4),
        ],
        now=moment,
    )
    assert confirm(receipt, national, moment) == {"created": 4}
    public, minor, old, unmatched = records()
    assert (public.state, public.institution_id, public.batch_id) == (
        "published",
        institution.id,
        batch_of(receipt).id,
    )
    assert public.latest_on is not None
    assert (minor.state, old.state) == ("withheld", "lapsed")
    assert (unmatched.state, unmatched.institution_id) == ("withheld", None)
    batch = batch_of(receipt)
    assert (batch.state, batch.decided_by_id, batch.summary["done"]) == (
        "confirmed",
        national.id,
        {"created": 4},
    )
    assert len(audits("credit_record.create")) == 4
    assert events().count("credit_record.publish") == 1


def test_what_the_file_says_stands_in_the_record(tmp_path: Path, moment: datetime, national: Account) -> None:
    bring_in(tmp_path, BatchKind.PENALTIES, [penalty(make_institution().uscc)], national, moment)
    record = only_record()
    assert (record.name, record.document_number, record.degree) == (
        "成都示例第一信用管理有限公司",
        "示例罚〔2026〕1号",
        "general",
    )
    assert str(record.fine) == "1.500000"
    assert (record.facts, record.source) == ("在宣传中夸大服务效果。", "示例信用中心")


class TestTheSecondPerson:
    def test_nobody_decides_about_what_he_brought(
        self, tmp_path: Path, moment: datetime, local: Account, provincial: Account
    ) -> None:
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment, actor=local.actor)
        batch = batch_of(receipt)
        with pytest.raises(OwnBatch):
            confirm(receipt, local, moment)
        with pytest.raises(OwnBatch):
            refuse_batch(batch_of(receipt), reason="错", version=batch.version, actor=local.actor, now=moment)
        db.session.rollback()
        assert not records()
        confirm(receipt, provincial, moment)
        assert len(records()) == 1

    def test_who_may_not_confirm_is_refused(self, tmp_path: Path, moment: datetime) -> None:
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment)
        inspector = make_account(Role.INSPECTOR, email="inspector@example.cn").account
        with pytest.raises(NotPermitted):
            confirm(receipt, inspector, moment)

    def test_a_batch_is_decided_once(self, tmp_path: Path, moment: datetime, national: Account) -> None:
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment)
        seen = batch_of(receipt).version
        confirm(receipt, national, moment)
        with pytest.raises(StaleVersion):
            confirm_batch(
                batch_of(receipt), with_removals=False, version=seen, actor=national.actor, now=moment
            )
        with pytest.raises(MoveNotAllowed):
            confirm(receipt, national, moment)
        assert len(records()) == 1

    def test_refusing_needs_a_reason_and_lets_nothing_in(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment)
        batch = batch_of(receipt)
        with pytest.raises(ReasonMissing):
            refuse_batch(batch, reason=" ", version=batch.version, actor=national.actor, now=moment)
        db.session.rollback()
        refuse_batch(batch, reason="来源不明", version=batch.version, actor=national.actor, now=moment)
        assert (batch_of(receipt).state, batch_of(receipt).reason) == ("refused", "来源不明")
        assert not records()
        again, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment)
        assert again.batch is not None

    def test_of_two_who_confirm_at_once_one_is_told(
        self, app: Flask, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        other = make_account(Role.NATIONAL, email="other@example.cn").account
        receipt, _ = bring(
            tmp_path,
            BatchKind.PENALTIES,
            [penalty(make_institution().uscc, number) for number in range(20)],
            now=moment,
        )
        batch = batch_of(receipt)
        number, version = batch.id, batch.version
        actors = [national.actor, other.actor]
        db.session.rollback()
        outcomes: list[str] = []
        start = threading.Barrier(2)

        def decide(actor: Any) -> None:
            with app.app_context(), clock_at(moment):
                start.wait()
                try:
                    found = db.session.get_one(RecordBatch, number)
                    confirm_batch(found, with_removals=False, version=version, actor=actor, now=moment)
                    outcomes.append("done")
                except (StaleVersion, MoveNotAllowed, ConfirmedMeanwhile):
                    outcomes.append("told")

        threads = [threading.Thread(target=decide, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "told"]
        assert len(records()) == 20


class TestUpdates:
    def test_a_second_import_updates_and_never_doubles(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
        changed = penalty(code, CF_WSH="示例罚[2026] 1号", CF_NR_FK="2")
        assert bring_in(tmp_path, BatchKind.PENALTIES, [changed], national, moment) == {"changed": 1}
        assert str(only_record().fine) == "2.000000"
        assert events()[-1] == "credit_record.change"
        [event] = audits("credit_record.change")
        assert "罚款（万元）：1.5 → 2" in event.detail["changes"]

    def test_rows_are_judged_again_by_what_is_registered_at_the_confirmation(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        first, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_NR_FK="1")], now=moment)
        second, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code, CF_NR_FK="2")], now=moment)
        assert confirm(second, national, moment) == {"created": 1}
        assert confirm(first, national, moment) == {"superseded": 1}
        assert str(only_record().fine) == "2.000000"

    def test_an_institution_that_moved_away_in_between_is_left_alone(
        self, tmp_path: Path, moment: datetime, local: Account, provincial: Account
    ) -> None:
        institution = make_institution()
        receipt, _ = bring(
            tmp_path, BatchKind.PENALTIES, [penalty(institution.uscc)], now=moment, actor=local.actor
        )
        institution.region_code = "330100"
        db.session.commit()
        assert confirm(receipt, provincial, moment) == {"elsewhere": 1}
        assert not records()


class TestLeaving:
    def test_a_removal_date_takes_the_record_off_and_a_new_listing_brings_it_back(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code)], national, moment)
        assert only_record().state == "published"
        gone = listed(code, 移出日期="2026-03-01", 移出文号="示例移〔2026〕1号")
        bring_in(tmp_path, BatchKind.SEVERE_LIST, [gone], national, moment)
        record = only_record()
        assert (record.state, str(record.removed_on), record.removal_document) == (
            "removed",
            "2026-03-01",
            "示例移〔2026〕1号",
        )
        assert events()[-1] == "credit_record.withdraw"
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, [gone], now=moment)
        assert receipt.batch is None
        bring_in(tmp_path, BatchKind.SEVERE_LIST, [listed(code)], national, moment)
        record = only_record()
        assert (record.state, record.removed_on, record.left_on) == ("published", None, None)

    def test_a_row_that_comes_with_its_removal_is_never_public(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        row = listed(make_institution().uscc, 移出日期="2026-03-01")
        bring_in(tmp_path, BatchKind.SEVERE_LIST, [row], national, moment)
        assert only_record().state == "removed"
        assert "credit_record.publish" not in events()

    def test_missing_records_leave_only_where_the_second_person_says_so(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        codes = [make_institution().uscc for _ in range(2)]
        rows = [listed(code, number) for number, code in enumerate(codes)]
        bring_in(tmp_path, BatchKind.SEVERE_LIST, rows, national, moment)
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows[:1], now=moment, full_list=True)
        assert confirm(receipt, national, moment) == {"kept": 1}
        assert [record.state for record in records()] == ["published", "published"]
        receipt, _ = bring(tmp_path, BatchKind.SEVERE_LIST, rows[:1], now=moment, full_list=True)
        assert confirm(receipt, national, moment, with_removals=True) == {"removed": 1}
        assert [record.state for record in records()] == ["published", "removed"]

    def test_a_penalty_that_the_full_list_had_no_more_comes_back_when_it_is_listed_again(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        codes = [make_institution().uscc for _ in range(2)]
        rows = [penalty(code, number) for number, code in enumerate(codes)]
        bring_in(tmp_path, BatchKind.PENALTIES, rows, national, moment)
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows[:1], now=moment, full_list=True)
        assert confirm(receipt, national, moment, with_removals=True) == {"removed": 1}
        records()[1].met_on = moment.date()
        db.session.commit()
        assert bring_in(tmp_path, BatchKind.PENALTIES, rows, national, moment) == {"changed": 1}
        record = records()[1]
        assert (record.state, record.left_on, record.left_reason) == ("published", None, "")
        assert record.met_on == moment.date()  # the document is the same, and so are its obligations
        assert events()[-1] == "credit_record.publish"
        [event] = audits("credit_record.relist")
        assert event.detail["reason"] == "名单重新载明本条记录"
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment)
        assert receipt.batch is None

    def test_a_repair_takes_its_record_off_at_once_and_sets_nothing_else(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], national, moment)
        assert bring_in(tmp_path, BatchKind.REPAIRS, [repaired(code)], national, moment) == {"repaired": 1}
        record = only_record()
        assert (record.state, record.left_reason, record.met_on) == (
            "repaired",
            "示例市监局于 2026-03-01 决定信用修复（示例修〔2026〕3号）",
            None,
        )
        assert events()[-1] == "credit_record.withdraw"
        receipt, _ = bring(tmp_path, BatchKind.REPAIRS, [repaired(code)], now=moment)
        assert receipt.batch is None
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(code)], now=moment)
        assert receipt.batch is None  # an old list does not bring back what was repaired

    def test_facts_are_never_public_save_the_abnormal_list(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        code = make_institution().uscc
        rows = [fact(code, kind) for kind in ("经营异常", "破产", "注销", "吊销")]
        bring_in(tmp_path, BatchKind.FACTS, rows, national, moment)
        assert {record.kind: record.state for record in records()} == {
            "abnormal": "published",
            "bankrupt": "withheld",
            "deregistered": "withheld",
            "revoked": "withheld",
        }


class TestMatching:
    def test_a_record_finds_its_institution_when_it_appears_and_the_rules_decide(
        self, tmp_path: Path, moment: datetime, national: Account
    ) -> None:
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], national, moment)
        assert match_records(moment) == 0
        institution = make_institution(uscc=UNKNOWN)
        later = moment + timedelta(days=1)
        assert match_records(later) == 1
        record = only_record()
        assert (record.institution_id, record.state) == (institution.id, "published")
        assert audits("credit_record.match")[0].region_code == "510100"
        assert match_records(later) == 0

    @pytest.mark.parametrize(("region", "matched"), [("510104", 1), ("510100", 1), ("330100", 0)])
    def test_an_office_speaks_for_its_region_only(
        self,
        tmp_path: Path,
        moment: datetime,
        local: Account,
        provincial: Account,
        region: str,
        matched: int,
    ) -> None:
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], provincial, moment, actor=local.actor)
        make_institution(uscc=UNKNOWN, region_code=region)
        assert match_records(moment) == matched

    def test_what_another_region_brought_first_goes_to_its_institution_by_the_right_office(
        self,
        tmp_path: Path,
        moment: datetime,
        local: Account,
        provincial: Account,
        national: Account,
    ) -> None:
        stranger = make_account(Role.PROVINCIAL, email="other@example.cn", region="330000").account
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], national, moment, actor=stranger.actor)
        institution = make_institution(uscc=UNKNOWN)
        assert match_records(moment) == 0
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment, actor=local.actor)
        assert (receipt.counts.changed, receipt.counts.unchanged) == (1, 0)
        [row] = batch_of(receipt).rows
        assert row.changes == f"机构：未归入机构（由浙江省接收） → 归入 {institution.name}"
        assert confirm(receipt, provincial, moment) == {"changed": 1}
        record = only_record()
        assert (record.institution_id, record.region_code, record.state) == (
            institution.id,
            "510100",
            "published",
        )
        assert events()[-1] == "credit_record.publish"
        again, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment, actor=local.actor)
        assert (again.batch, again.counts.unchanged) == (None, 1)

    def test_what_waits_for_its_own_institution_is_no_change(
        self, tmp_path: Path, moment: datetime, local: Account, provincial: Account
    ) -> None:
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], provincial, moment, actor=local.actor)
        make_institution(uscc=UNKNOWN)
        again, _ = bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment, actor=local.actor)
        assert again.batch is None
        assert match_records(moment) == 1

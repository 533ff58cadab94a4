"""Closing a month freezes it: what it holds, that nothing alters it, and that only a numbered correction takes its place."""

from __future__ import annotations

import hashlib
import io
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion
from credit_register.institutions.entries import Upload
from credit_register.ledger.cases.pruning import prune_case, unprune_case
from credit_register.ledger.conditions import conditions_of
from credit_register.ledger.facts import facts_of
from credit_register.ledger.figures import figures
from credit_register.ledger.models import LedgerCase, LedgerMonth, PruneReason
from credit_register.ledger.months import form, queries, services
from credit_register.ledger.months.case_rows import rows_of
from credit_register.ledger.months.reading import read_ledger
from credit_register.ledger.months.sheet import made_sheet, sheet_of
from credit_register.ledger.months.writing import write_sheet
from credit_register.letters.models import LetterClue
from tests.core.handmade_files import PDF
from tests.ledger.months.building import (
    SAMPLE,
    at,
    cells,
    make_case,
    make_case_letter,
    make_measure,
    make_promise,
    make_record,
    make_round,
    run,
)

TODAY = date(2026, 3, 12)


def prune(case: LedgerCase, by: Account, now: datetime) -> None:
    prune_case(
        db.session.get_one(LedgerCase, case.id),
        prune_reason=PruneReason.OTHER,
        note="示例理由",
        upload=Upload(io.BytesIO(PDF), "证明.pdf"),
        version=case.version,
        actor=by.actor,
        now=now,
    )


def unprune(case: LedgerCase, by: Account, now: datetime) -> None:
    unprune_case(case, reason="联系上了", version=case.version, actor=by.actor, now=now)


def close(account: Account, moment: datetime, month: str = "2026-02") -> LedgerMonth:
    return services.close_month(month, actor=account.actor, now=moment)


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerMonth)) or 0


class TestLines:
    def test_a_mended_exited_case_reads_as_the_form_wants_it(self, city: Account, province: Account) -> None:
        case = make_case(
            state="exited",
            exit_proposed_by_id=city.id,
            exit_decided_by_id=province.id,
            exited_on=TODAY,
            remark="已申请异议",
        )
        for _ in range(2):
            make_record(case, state="repaired")
        make_measure(case, "interview", account_id=city.id)
        make_measure(case, "interview", account_id=city.id, office="成都市市场监管局", form="warning")
        make_measure(case, "order", account_id=city.id)
        make_measure(case, "supervision", account_id=city.id, suspended=True)
        make_promise(case)
        assert rows_of("510100", on=TODAY) == [
            [
                1,
                case.name,
                case.uscc,
                2,
                "成都市发展改革委、成都市市场监管局已约谈",
                "已纠正并履行义务",
                "已归集上报",
                "已经修复2条失信记录",
                "是 已暂停其开展相关业务",
                "是",
                "已申请异议",
            ]
        ]

    def test_an_untouched_case_claims_nothing(self, moment: datetime) -> None:
        case = make_case()
        make_record(case)
        assert rows_of("510100", on=TODAY) == [
            [1, case.name, case.uscc, 1, None, None, None, "已经修复0条失信记录", "否", "否", None]
        ]

    def test_what_is_announced_cancelled_ended_or_half_signed_does_not_count(self, city: Account) -> None:
        case = make_case()
        make_record(case, met_on=date(2026, 2, 1))
        make_measure(case, "interview", account_id=city.id, state="announced", done_on=None)
        make_measure(case, "interview", account_id=city.id, state="cancelled")
        make_measure(case, "supervision", account_id=city.id, state="ended", ended_on=date(2026, 3, 1))
        make_measure(case, "order", account_id=city.id, state="responded", done_on=None)
        make_promise(case, parties=("institution",))
        row = rows_of("510100", on=TODAY)[0]
        assert row[4:10] == [None, None, None, "已经修复0条失信记录", "否", "否"]
        assert row[10] == "其中1条已履行义务或者达成和解"
        # As of a day on which it still was so:
        assert rows_of("510100", on=date(2026, 2, 20))[0][8] == "是"

    def test_an_impersonator_has_no_code_and_tells_of_its_letters(
        self, city: Account, province: Account
    ) -> None:
        case = make_case(subject="impersonator")
        make_case_letter(case, account_id=city.id, second_id=province.id, state="answered")
        make_case_letter(case, account_id=city.id)
        row = rows_of("510100", on=TODAY)[0]
        assert (row[2], row[3], row[7]) == (None, 0, None)
        assert row[10] == "冒名主体，已发提示函1件，收到查处结果1件"

    def test_letters_of_an_impersonator_count_as_the_exit_counts_them(
        self, city: Account, province: Account
    ) -> None:
        case = make_case(subject="impersonator", source_kind="report", source_id=12)
        people = {"account_id": city.id, "second_id": province.id}
        make_case_letter(case, **people, state="answered", result="being_handled")
        from_report = make_case_letter(case, **people, state="answered")
        from_report.clues[0].source_kind, from_report.clues[0].source_id = "report", 12
        make_case_letter(case, account_id=city.id, state="discarded")
        db.session.commit()
        remark = rows_of("510100", on=TODAY)[0][10]
        assert remark == "冒名主体，已发提示函2件，收到查处结果1件"
        facts = facts_of([case], on=TODAY)[case.id]
        words = [condition.words for condition in conditions_of(facts)]
        assert words == ["2 件中已发出 2 件", "2 件中 1 件已有查处结果"]
        before = rows_of("510100", on=TODAY - timedelta(days=1))[0][10]
        assert before == "冒名主体，已发提示函0件，收到查处结果0件"

    def test_pruned_cases_and_other_regions_are_left_out_and_the_province_has_its_cities(
        self, city: Account
    ) -> None:
        make_case(state="pruned", account_id=city.id)
        here, there = make_case(), make_case(region_code="510700")
        make_case(region_code="330100")
        assert [row[1] for row in rows_of("510100", on=TODAY)] == [here.name]
        assert [row[1] for row in rows_of("510000", on=TODAY)] == [here.name, there.name]
        assert len(rows_of("000000", on=TODAY)) == 3

    def test_progress_is_told_to_the_last_line(self, moment: datetime) -> None:
        make_case()
        told: list[tuple[int, int]] = []
        rows_of("510100", on=TODAY, progress=lambda done, total: told.append((done, total)))
        assert told == [(1, 1)]


class TestForm:
    def test_a_made_sheet_has_the_title_date_header_merges_and_notes_of_the_form(
        self, moment: datetime, tmp_path: Path
    ) -> None:
        case = make_case()
        sheet = made_sheet("510100", rows_of("510100", on=TODAY), on=TODAY)
        write_sheet(tmp_path / "a.xlsx", sheet, verbatim=False)
        rows, merges = cells(tmp_path / "a.xlsx")
        assert rows[0][0] == "四川省成都市信用服务机构失信问题专项治理台账"
        assert rows[1][0] == "时间：2026年3月12日"
        assert rows[2] == [*form.COLUMNS[:4], form.GROUP, None, None, None, None, "是否退出台账", "备注"]
        assert rows[3] == [None] * 4 + list(form.COLUMNS[4:9]) + [None, None]
        assert merges == {"A1:K1", "E3:I3", *(f"{letter}3:{letter}4" for letter in "ABCDJK")}
        assert [row[0] for row in rows[5:]] == list(form.NOTES)
        book = load_workbook(tmp_path / "a.xlsx").active
        assert book is not None
        assert (book["C5"].value, book["C5"].number_format) == (case.uscc, "@")
        found = read_ledger(tmp_path / "a.xlsx", region="510100")
        assert (found.rows, list(found.warnings), list(found.errors)) == (1, [], [])

    def test_text_that_a_program_would_run_stands_behind_an_apostrophe(
        self, moment: datetime, tmp_path: Path
    ) -> None:
        make_case(remark='=HYPERLINK("http://example.cn")')
        sheet = made_sheet("510100", rows_of("510100", on=TODAY), on=TODAY)
        write_sheet(tmp_path / "a.xlsx", sheet, verbatim=False)
        assert cells(tmp_path / "a.xlsx")[0][4][10] == '\'=HYPERLINK("http://example.cn")'

    @pytest.mark.parametrize(
        ("region", "place"),
        [("000000", "全国"), ("510000", "四川省"), ("660000", "新疆生产建设兵团"), ("110000", "北京市")],
    )
    def test_the_title_names_the_place(self, region: str, place: str) -> None:
        assert form.title_of(region) == f"{place}信用服务机构失信问题专项治理台账"


class TestClosing:
    def test_a_closed_month_keeps_lines_figures_and_hash_and_is_exported(
        self, app: Flask, city: Account, moment: datetime, tmp_path: Path
    ) -> None:
        make_case()
        make_case(state="pruned", account_id=city.id, pruned_on=date(2026, 2, 20))
        month = close(city, moment)
        assert month.figures == {
            "on": "2026-02-28",
            "pushed": 2,
            "opened": 0,
            "pruned": 1,
            "exited": 0,
            "rate": 0.0,
            "rows": 1,
        }
        assert month.sha256 == hashlib.sha256(sheet_of(month).canonical.encode()).hexdigest()
        audit = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "ledger_case.close_month")
        ).one()
        assert (audit.detail["month"], audit.detail["sha256"]) == ("2026-02", month.sha256)
        where = ("--region", "510100", "--month", "2026-02")
        assert run(app, "export", "ledger", *where, tmp_path / "a.xlsx")[2] == {"rows": 1}
        assert cells(tmp_path / "a.xlsx")[0][4][1] == month.rows[0][1]

    def test_a_month_without_cases_is_closed_as_a_report_of_none(
        self, city: Account, moment: datetime
    ) -> None:
        month = close(city, moment)
        assert month.rows == []
        assert month.figures["rate"] is None

    def test_a_month_that_runs_cannot_be_closed_and_none_is_closed_twice(
        self, city: Account, moment: datetime
    ) -> None:
        with pytest.raises(services.MonthNotOver, match="还没有结束"):
            close(city, moment, "2026-03")
        first = close(city, moment)
        with pytest.raises(services.AlreadyClosed, match="关账人甲于 2026-03-12 10:30 关账") as known:
            close(city, moment)
        assert known.value.month.id == first.id
        assert count() == 1

    def test_the_last_finished_month_holds_nothing_of_the_month_in_which_it_is_closed(
        self, city: Account, province: Account, moment: datetime
    ) -> None:
        people = {"exit_proposed_by_id": city.id, "exit_decided_by_id": province.id}
        make_case(state="exited", exited_on=date(2026, 2, 28), **people)
        make_case(state="exited", exited_on=date(2026, 3, 1), **people)
        make_case(state="pruned", account_id=city.id, pruned_on=date(2026, 3, 1))
        make_case(opened_on=date(2026, 3, 1))
        month = close(city, moment)
        assert (month.figures["on"], month.date_line) == ("2026-02-28", "时间：2026年2月28日")
        assert (month.figures["pushed"], month.figures["pruned"], month.figures["exited"]) == (3, 0, 1)
        assert [row[9] for row in month.rows] == ["是", "否", "否"]

    def test_an_earlier_month_is_frozen_as_of_its_own_last_day(
        self, city: Account, province: Account, moment: datetime
    ) -> None:
        proposals = {"exit_proposed_by_id": city.id, "exit_decided_by_id": province.id}
        exited_since = make_case(state="exited", exited_on=date(2026, 2, 10), **proposals)
        make_measure(exited_since, "interview", account_id=city.id, done_on=date(2026, 2, 3))
        make_case(opened_on=date(2026, 2, 1))  # nobody knew of it in January
        month = close(city, moment, "2026-01")
        assert (month.figures["on"], month.date_line) == ("2026-01-31", "时间：2026年1月31日")
        assert (month.figures["pushed"], month.figures["exited"]) == (1, 0)
        assert [(row[1], row[4], row[9]) for row in month.rows] == [(exited_since.name, None, "否")]
        assert month.made_at == moment
        # A correction asks again how it was on that day.
        db.session.get_one(LedgerCase, exited_since.id).remark = "补记"
        db.session.commit()
        made = services.correct_month(month, number=0, reason="漏填备注", actor=city.actor, now=moment)
        assert (made.date_line, [row[9] for row in made.rows]) == (month.date_line, ["否"])

    def test_a_month_before_the_first_case_of_the_office_cannot_be_closed(
        self, city: Account, moment: datetime
    ) -> None:
        make_case(region_code="510700", opened_on=date(2025, 6, 1))  # another city's
        make_case(opened_on=date(2026, 1, 31))
        for month in ("2019-01", "2025-12"):
            with pytest.raises(services.MonthBeforeLedger, match="最早月份是2026年1月"):
                close(city, moment, month)
        assert count() == 0
        close(city, moment, "2026-01")

    def test_an_office_without_cases_reports_none_for_the_last_month_only(
        self, city: Account, moment: datetime
    ) -> None:
        with pytest.raises(services.MonthBeforeLedger, match="最早月份是2026年2月"):
            close(city, moment, "2026-01")
        assert close(city, moment).rows == []

    def test_a_closed_month_stays_as_it_is_whatever_happens_to_its_cases(
        self, city: Account, moment: datetime
    ) -> None:
        case = make_case()
        month = close(city, moment)
        before = sheet_of(month).canonical
        case.name, case.remark = "改名后的示例公司", "补记"
        db.session.commit()
        db.session.expire_all()
        assert sheet_of(db.session.get_one(LedgerMonth, month.id)).canonical == before

    @pytest.mark.parametrize("deed", ["orm", "update", "delete"])
    def test_the_database_itself_refuses_to_alter_a_frozen_month(
        self, city: Account, moment: datetime, deed: str
    ) -> None:
        month = close(city, moment)
        month.reason = "悄悄改动" if deed == "orm" else ""
        deeds = {
            "orm": db.session.flush,
            "update": lambda: db.session.execute(update(LedgerMonth).values(sha256="0" * 64)),
            "delete": lambda: db.session.execute(delete(LedgerMonth)),
        }
        with pytest.raises(DatabaseError, match="append only"):
            deeds[deed]()
        db.session.rollback()
        assert count() == 1

    def test_two_officers_who_close_at_once_freeze_one_month(
        self, app: Flask, city: Account, moment: datetime
    ) -> None:
        make_case()
        actor = city.actor
        db.session.rollback()
        found: list[str] = []
        together = threading.Barrier(2)

        def officer() -> None:
            with app.app_context():
                together.wait()
                try:
                    services.close_month("2026-02", actor=actor, now=moment)
                    found.append("closed")
                except services.AlreadyClosed:
                    found.append("told")
                except DatabaseError:  # SQLite, outside of a request: the second waited in vain for the lock
                    db.session.rollback()
                    found.append("told")

        threads = [threading.Thread(target=officer) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == ["closed", "told"]
        assert count() == 1


class TestCorrecting:
    def test_a_correction_says_how_it_was_on_the_day_of_the_closing(
        self, city: Account, province: Account, moment: datetime
    ) -> None:
        wrong, right = make_case(remark="写错"), make_case()
        first = close(city, moment)
        later = moment + timedelta(days=20)
        case = db.session.get_one(LedgerCase, wrong.id)
        case.remark = "写对"
        proposer, decider = city.id, province.id
        with db.session.no_autoflush:
            right.exit_proposed_by_id, right.exit_decided_by_id = proposer, decider
            right.state, right.exited_on = "exited", later.date()
        db.session.commit()
        made = services.correct_month(first, number=0, reason="备注写错", actor=city.actor, now=later)
        assert (made.number, made.reason, made.date_line) == (1, "备注写错", first.date_line)
        assert [(row[9], row[10]) for row in made.rows] == [("否", "写对"), ("否", None)]
        assert db.session.get_one(LedgerMonth, first.id).rows[0][10] == "写错"

    def test_a_case_that_was_put_back_since_stays_pruned_in_the_months_before(
        self, city: Account, province: Account, moment: datetime
    ) -> None:
        make_case()
        case = make_case(opened_on=date(2026, 1, 10))
        prune(case, province, at("2026-01-20T10:00"))
        first = close(city, moment, "2026-01")
        unprune(case, province, at("2026-02-27T23:30"))  # the 27th in China, the 27th too in UTC
        prune(case, province, at("2026-03-01T00:30"))  # still the 28th in UTC
        unprune(case, province, at("2026-03-05T10:00"))
        for day, pruned in (
            (date(2026, 1, 19), 0),
            (date(2026, 1, 20), 1),
            (date(2026, 2, 26), 1),
            (date(2026, 2, 27), 0),
            (date(2026, 2, 28), 0),
            (date(2026, 3, 1), 1),
            (date(2026, 3, 4), 1),
            (date(2026, 3, 5), 0),
        ):
            assert (figures("510100", on=day).pruned, len(rows_of("510100", on=day))) == (
                pruned,
                2 - pruned,
            ), day
        with pytest.raises(services.NothingToCorrect):
            services.correct_month(first, number=0, reason="核对", actor=city.actor, now=moment)

    def test_a_case_pruned_in_an_earlier_round_and_put_back_in_the_next_counts_in_that_round_from_then_on(
        self, city: Account, province: Account
    ) -> None:
        case = make_case(opened_on=date(2026, 1, 10))
        prune(case, province, at("2026-01-20T10:00"))
        make_round(date(2026, 2, 1))
        assert figures("510100", on=date(2026, 2, 10)).opened == 0
        unprune(case, province, at("2026-03-05T10:00"))
        before, since = (figures("510100", on=date(2026, *day)) for day in ((2, 10), (3, 5)))
        assert (before.pushed, before.pruned, since.pushed, since.pruned) == (0, 0, 1, 0)
        assert (rows_of("510100", on=date(2026, 2, 10)), len(rows_of("510100", on=TODAY))) == ([], 1)

    def test_an_order_of_a_later_day_takes_nothing_away_from_the_days_before(
        self, city: Account, moment: datetime
    ) -> None:
        case = make_case()
        make_record(case, state="repaired", left_on=date(2026, 2, 10))
        order: dict[str, Any] = {"account_id": city.id, "state": "announced", "done_on": None}
        make_measure(case, "order", planned_on=date(2026, 3, 2), **order)
        assert [rows_of("510100", on=date(2026, *day))[0][5] for day in ((2, 28), (3, 2))] == [
            form.CORRECTED,
            None,
        ]

    def test_an_order_that_ended_unfulfilled_with_a_pruning_corrects_nothing_until_a_new_one_is_fulfilled(
        self, city: Account
    ) -> None:
        case = make_case()
        make_record(case, state="repaired", left_on=date(2026, 1, 20))
        order: dict[str, Any] = {"account_id": city.id, "planned_on": date(2026, 1, 12)}
        make_measure(case, "order", state="ended", done_on=None, ended_on=date(2026, 2, 2), **order)
        assert rows_of("510100", on=date(2026, 2, 5))[0][5] is None
        # One that was fulfilled before the pruning stands for none that was lifted by it.
        make_measure(
            case, "order", account_id=city.id, planned_on=date(2026, 1, 13), done_on=date(2026, 1, 30)
        )
        assert rows_of("510100", on=date(2026, 2, 5))[0][5] is None
        make_measure(case, "order", account_id=city.id, done_on=date(2026, 2, 9))
        assert [rows_of("510100", on=date(2026, 2, day))[0][5] for day in (8, 9)] == [None, form.CORRECTED]

    def test_an_answer_counts_from_the_day_on_which_its_own_clue_was_settled(
        self, city: Account, province: Account
    ) -> None:
        case, other = make_case(subject="impersonator"), make_case(subject="impersonator")
        letter = make_case_letter(
            case,
            account_id=city.id,
            second_id=province.id,
            state="answered",
            issued_on=date(2026, 1, 15),
            delivered_on=date(2026, 1, 16),
            answered_on=date(2026, 2, 9),
        )
        letter.clues[0].answered_on = date(2026, 3, 5)  # it was still being looked into in February
        letter.clues.append(
            LetterClue(
                name=other.name,
                description="冒用名称。",
                source_kind="ledger_case",
                source_id=other.id,
                result="handled",
                answered_on=date(2026, 2, 9),
            )
        )
        db.session.commit()
        answered = {
            day: [row[10][-2:] for row in rows_of("510100", on=day)]
            for day in (date(2026, 2, 28), date(2026, 3, 5))
        }
        assert answered == {date(2026, 2, 28): ["0件", "1件"], date(2026, 3, 5): ["1件", "1件"]}

    def test_what_reads_the_same_needs_no_correction(self, city: Account, moment: datetime) -> None:
        make_case()
        first = close(city, moment)
        with pytest.raises(services.NothingToCorrect):
            services.correct_month(first, number=0, reason="再来一份", actor=city.actor, now=moment)

    def test_a_correction_needs_its_office_a_reason_and_the_newest_number(
        self, city: Account, province: Account, moment: datetime
    ) -> None:
        case = make_case()
        first = close(city, moment)
        case.remark = "改"
        db.session.commit()
        wanted: dict[str, Any] = {"number": 0, "reason": "备注写错", "actor": city.actor, "now": moment}
        for change, refusal in (
            ({"actor": province.actor}, NotPermitted),
            ({"reason": " "}, ReasonMissing),
            ({"reason": "长" * 401}, services.ReasonTooLong),
            ({"number": 1}, StaleVersion),
        ):
            with pytest.raises(refusal):
                services.correct_month(first, **(wanted | change))
        services.correct_month(first, **wanted)
        with pytest.raises(StaleVersion):
            services.correct_month(first, **wanted)
        assert count() == 2

    def test_an_imported_month_is_not_corrected_by_cases(
        self, app: Flask, city: Account, moment: datetime
    ) -> None:
        run(app, "import", "ledger", "--region", "510100", "--month", "2026-02", SAMPLE)
        imported = db.session.scalars(select(LedgerMonth)).one()
        with pytest.raises(NotPermitted):
            services.correct_month(imported, number=0, reason="不行", actor=city.actor, now=moment)
        closed = close(city, moment)  # what was imported does not stand in the way
        assert count() == 2
        assert queries.exportable("510100", "2026-02") == closed

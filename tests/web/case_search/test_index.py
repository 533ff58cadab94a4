"""Cases reach their index: with every change, in its transaction, complete again after every bad day."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, text, update

from credit_register.access.actor import OPERATOR
from credit_register.audit.labels import STEPS
from credit_register.core import search
from credit_register.core.clock import now
from credit_register.core.database import Model, db
from credit_register.core.outbox import IndexName, UnnoticedChange
from credit_register.institutions.publishing import publish
from credit_register.registrations.models import State as ApplicationState
from credit_register.reports.models import ImpostorWarning, Message, Report
from credit_register.spotchecks.models import SpotCheck
from credit_register.web.case_search.index import document
from credit_register.web.case_search.kinds import KIND_OF, KINDS
from search_index import Delete, IndexUnavailable, Query
from tests.factories import make_institution, make_registration, make_report, republish
from tests.web.case_search.cases import (
    WORD,
    forget_waiting,
    index_cases,
    index_folder,
    make_cases,
    waiting_keys,
)

# What hangs on a case and says nothing that is looked for, or must not be found.
NOT_SEARCHED = {
    "report",  # a merged report names the one that leads
    "report_identity",
    "report_file",
    "report_note",
    "report_inquiry",
    "report_evidence",
    "report_extension",
    "report_tag",
    "filing_proof",
    "published_outcome",  # a kind of its own
    "spot_check",  # as one that came of a report
    "commitment_signature",
    "spot_check_file",
    "repair_file",
    "impostor_warning",
    "repair_application",  # a kind of its own
    "letter_file",
}
# Cases that are not looked for by themselves: a measure is found with its governed case, a batch stands in its own list.
NO_KINDS = {"ledger_measure", "record_batch"}


def found(text: str) -> list[str]:
    return [hit.key for hit in search.engine(IndexName.CASES).search(Query(text=text)).hits]


def test_every_domain_with_cases_is_searched() -> None:
    cases = {step.rpartition(".")[0] for step in STEPS}
    assert {kind.model.__tablename__ for kind in KINDS} == cases - NO_KINDS


def test_whatever_hangs_on_a_case_is_searched_with_it_or_left_out_on_purpose() -> None:
    tables = {kind.model.__tablename__ for kind in KINDS}
    hanging = {
        table.name
        for table in Model.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in tables
    }
    parts = {model.__tablename__ for kind in KINDS for model in kind.parts}
    assert hanging == parts | NOT_SEARCHED


def test_kinds_have_names_and_numbers_of_their_own() -> None:
    assert len({kind.category for kind in KINDS}) == len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(len(kind.category) == 2 and kind.category.isdecimal() for kind in KINDS)


class TestChanges:
    def test_a_new_case_of_every_kind_waits_in_the_outbox(self, app: Flask) -> None:
        cases = make_cases()
        assert set(waiting_keys()) == {
            f"report:{cases.report.id}",
            f"registration:{cases.registration.id}",
            f"commitment:{cases.commitment.id}",
            f"spotcheck:{cases.check.id}",
            f"warning:{cases.warning.id}",
            f"letter:{cases.letter.id}",
            f"outcome:{cases.outcome.id}",
            f"ledger:{cases.governed.id}",
            f"record:{cases.repair.record_id}",
            f"repair:{cases.repair.id}",
        }

    def test_what_is_rolled_back_leaves_nothing(self, app: Flask) -> None:
        cases = make_cases()
        forget_waiting()
        cases.report.facts = "改写的事实"
        cases.check.found = "改写的发现"
        db.session.add(Message(report_id=cases.report.id, at=now(), author="reporter", text="补充"))
        db.session.flush()
        assert waiting_keys()
        db.session.rollback()
        assert waiting_keys() == []

    def test_a_savepoint_that_is_rolled_back_takes_only_its_own_rows_along(self, app: Flask) -> None:
        report = make_report()
        forget_waiting()
        savepoint = db.session.begin_nested()
        report.facts = "改写的事实"
        db.session.flush()
        savepoint.rollback()
        assert waiting_keys() == []
        report.facts = "再次改写"
        db.session.commit()
        assert waiting_keys() == [f"report:{report.id}"]

    def test_a_message_is_a_change_of_its_report(self, app: Flask) -> None:
        report = make_report()
        index_cases()
        db.session.add(Message(report_id=report.id, at=now(), author="reporter", text="我找到了合同原件"))
        db.session.commit()
        assert waiting_keys() == [f"report:{report.id}"]
        index_cases()
        assert found("合同原件") == [f"report:{report.id}"]

    def test_a_row_that_is_only_read_or_set_to_what_it_was_is_no_change(self, app: Flask) -> None:
        report = make_report()
        forget_waiting()
        report.facts = str(report.facts)
        db.session.commit()
        assert waiting_keys() == []

    def test_a_deleted_case_leaves_the_index(self, app: Flask) -> None:
        cases = make_cases()
        index_cases()
        db.session.delete(cases.warning)
        db.session.commit()
        index_cases()
        assert found("冒名团队") == []
        assert search.check(IndexName.CASES).ok

    def test_the_new_name_and_region_of_an_institution_reach_its_cases(self, app: Flask) -> None:
        cases = make_cases()
        index_cases()
        cases.institution.introduction = "不在案件中的介绍"
        republish(cases.institution)
        assert waiting_keys() == []
        cases.institution.name = "示例白鹭信用管理有限公司"
        cases.institution.region_code = "330100"
        republish(cases.institution)
        of_the_institution = {
            f"report:{cases.report.id}",
            f"commitment:{cases.commitment.id}",
            f"spotcheck:{cases.check.id}",
            f"outcome:{cases.outcome.id}",
            f"repair:{cases.repair.id}",
        }
        record = (
            f"record:{cases.repair.record_id}"  # it lies in the region, and keeps the name of its document
        )
        assert set(waiting_keys()) == {*of_the_institution, record}
        index_cases()
        assert set(found("白鹭")) == of_the_institution
        assert search.check(IndexName.CASES).ok

    def test_an_institution_without_cases_puts_nothing_there(self, app: Flask) -> None:
        institution = make_institution()
        institution.name = "示例改名信用管理有限公司"
        publish([institution], actor=OPERATOR, reason="更名", now=now())
        db.session.commit()
        assert waiting_keys() == []

    def test_a_statement_past_the_session_is_refused(self, app: Flask) -> None:
        make_cases()
        for statement in (
            update(Report).values(facts="改写"),
            delete(ImpostorWarning),
        ):
            with pytest.raises(UnnoticedChange):
                db.session.execute(statement)
            db.session.rollback()
        with pytest.raises(UnnoticedChange):
            db.session.query(SpotCheck).delete()


class TestDocuments:
    def test_what_no_office_sees_is_in_no_index(self, app: Flask) -> None:
        cases = make_cases()
        cases.registration.state = ApplicationState.DRAFT.value
        db.session.commit()
        index_cases()
        assert found("新设") == []
        assert search.check(IndexName.CASES).ok

    def test_an_application_that_is_being_changed_is_found_by_its_code_only(self, app: Flask) -> None:
        registration = make_cases().registration
        registration.state, registration.decided_at = ApplicationState.RETURNED.value, registration.sent_at
        registration.saved_at, registration.name = now(), "示例尚未提交的新名称"
        db.session.commit()
        index_cases()
        assert found("尚未提交") == []
        assert found(registration.uscc)[0] == f"registration:{registration.id}"

    def test_numbers_of_persons_are_masked(self, app: Flask) -> None:
        phone, mail, card = "13912345678", "zhang.san@example.cn", "6222021234567890128"
        report = make_report(
            subject_name=f"示例某某{phone}",
            facts=f"对方电话 139 1234 5678，邮箱 {mail}，要求转入 {card}。",
            messages=(f"又换了号码：{phone}",),
        )
        identity = "11010519491231002X"
        by_code = make_report(subject_uscc=identity, subject_name="示例自称的机构")
        kind = KIND_OF["report"]
        assert identity not in repr(document(kind, kind.describe(by_code)))
        made = repr(document(kind, kind.describe(report)))
        assert "139****5678" in made
        for number in (phone, "139 1234 5678", mail, card):
            assert number not in made

    def test_reading_all_documents_never_asks_for_an_identity_or_an_account(self, app: Flask) -> None:
        make_cases()
        asked: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            asked.append(statement)

        db.session.expire_all()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert len(list(search.source(IndexName.CASES).everything())) == len(KINDS)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        statements = " ".join(asked)
        assert "FROM report" in statements
        assert "report_identity" not in statements
        assert "FROM account" not in statements
        assert "JOIN account" not in statements


class TestBadDays:
    def test_a_process_killed_between_index_and_outbox_repeats_and_loses_nothing(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report = make_report(subject_name="示例蓝鲸咨询")
        search.rebuild(name=IndexName.CASES)
        report.subject_name = "示例白鹭咨询"
        db.session.commit()

        def killed(ids: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(search, "_done", killed)
            with pytest.raises(KeyboardInterrupt):
                search.apply_outbox(IndexName.CASES)
        db.session.rollback()
        assert search.waiting(IndexName.CASES) == 1
        assert search.apply_outbox(IndexName.CASES) == 1
        assert found("白鹭") == [f"report:{report.id}"]
        assert search.check(IndexName.CASES).ok

    def test_what_was_changed_behind_the_program_is_stale_missing_or_left_over(self, app: Flask) -> None:
        cases = make_cases()
        index_cases()
        db.session.execute(text("UPDATE report SET facts = '在数据库中直接改写'"))
        db.session.execute(text("DELETE FROM impostor_warning"))
        db.session.commit()
        search.engine(IndexName.CASES).apply([Delete(f"spotcheck:{cases.check.id}")])
        report = search.check(IndexName.CASES)
        assert report.stale == (f"report:{cases.report.id}",)
        assert report.missing == (f"spotcheck:{cases.check.id}",)
        assert len(report.extra) == 1
        search.rebuild(name=IndexName.CASES)
        assert search.check(IndexName.CASES).ok

    def test_a_lost_index_is_built_anew_and_the_other_is_left_alone(
        self, app: Flask, client: FlaskClient
    ) -> None:
        make_cases()
        search.rebuild()
        index_cases()
        lose_the_index(app)
        with pytest.raises(IndexUnavailable):
            search.engine(IndexName.CASES).search(Query())
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert (ready.get_json()["index"], ready.get_json()["case_index"]) == (True, False)
        assert not search.heal()
        assert search.heal(IndexName.CASES)
        assert search.check(IndexName.CASES).ok
        assert client.get("/readyz").get_json()["case_index"] is True

    def test_the_worker_takes_the_outbox_of_one_index_and_leaves_that_of_the_other(self, app: Flask) -> None:
        make_cases()
        search.rebuild()
        search.rebuild(name=IndexName.CASES)
        make_report()
        make_institution()
        assert (search.waiting(), search.waiting(IndexName.CASES)) == (1, 1)
        search.apply_outbox(IndexName.CASES)
        assert (search.waiting(), search.waiting(IndexName.CASES)) == (1, 0)

    def test_its_folder_is_closed_to_others_on_the_machine(self, app: Flask) -> None:
        index_cases()
        assert index_folder().stat().st_mode & 0o077 == 0


class TestPublicIndex:
    def test_no_case_is_in_the_public_index_decided_or_not(self, app: Flask, client: FlaskClient) -> None:
        cases = make_cases()
        make_report(institution_id=cases.institution.id, state="closed", facts="只在案件里的词语：石榴树")
        code, number = cases.institution.uscc, cases.report.id
        search.rebuild()
        index_cases()
        public = search.engine().search(Query(per_page=100))
        assert [hit.key for hit in public.hits] == [code]
        assert search.engine().search(Query(text="石榴树")).total == 0
        assert found("石榴树") == [f"report:{number + 1}"]
        for page in ("/institutions", "/api/v1/institutions", "/verify"):
            body = client.get(page, query_string={"q": WORD}).text
            assert "冒名团队" not in body
            assert "新设服务" not in body

    def test_the_two_indexes_lie_in_folders_of_their_own(self, app: Flask) -> None:
        make_cases()
        search.rebuild()
        index_cases()
        public = index_folder().with_name("search")
        words = "冒名团队".encode()
        assert not any(words in path.read_bytes() for path in files_of(public))
        assert any(words in path.read_bytes() for path in files_of(index_folder()))


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def lose_the_index(app: Flask) -> None:
    """Delete the index of the cases under the running program."""
    for file in files_of(index_folder()):
        file.unlink()
    search.engine(IndexName.CASES).close()
    settings = app.extensions["settings"]
    search.init_search(app, settings, search.source(IndexName.CASES), IndexName.CASES)


def test_an_application_by_itself_is_found_by_the_name_of_its_institution(app: Flask) -> None:
    registration = make_cases().registration
    make_registration(make_cases("330100", "红杉").registration.account, state="refused", name="示例另一件")
    index_cases()
    assert found("蓝鲸新设") == [f"registration:{registration.id}"]

"""Screening: who is opened, where, what is added, who relapses, and that twice does nothing more."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from credit_register.access.actor import OPERATOR
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.ledger.cases.pruning import prune_case, unprune_case
from credit_register.ledger.cases.screening import Deed, findings, screen
from credit_register.ledger.cases.services import reassign_case
from credit_register.ledger.models import LedgerRound, PruneReason
from credit_register.notices.models import Notice
from tests.factories import make_institution
from tests.ledger.cases.casework import (
    REASON,
    all_cases,
    commit_publicly,
    deeds_of,
    exited,
    fresh,
    impersonator,
    make_record,
    mend,
    newest,
    proposed,
    pushed,
    ready,
    unmend,
)


def test_each_institution_with_unmended_records_gets_one_case_with_all_of_them(
    moment: datetime, institution: Institution, people: Account, province: Account
) -> None:
    first = make_record(institution, document_number="示例罚〔2026〕甲号")
    severe = make_record(institution, kind="severe", document_number="")
    make_record(institution, state="repaired")
    make_record(institution, kind="abnormal")
    make_record(make_institution(), state="repaired")
    done = screen("510000", actor=province.actor, now=moment)
    assert vars(done) == {"opened": 1, "relapsed": 0, "added": 0, "overtaken": 0, "left": 0}
    case = newest()
    assert (case.state, case.origin, case.subject, case.episode) == ("open", "pushed", "institution", 1)
    assert (case.region_code, case.uscc, case.name) == ("510100", institution.uscc, institution.name)
    assert [link.record_id for link in case.records] == [first.id, severe.id]
    assert case.ground == (
        "尚未修复的行政处罚 1 条、严重失信主体名单 1 条（示例罚〔2026〕甲号、示例严重失信主体名单）"
    )
    assert deeds_of(case) == ["open"]
    assert db.session.scalars(select(LedgerRound.title)).all() == ["信用服务机构失信问题专项治理"]
    told = db.session.scalars(select(Notice)).one()
    assert (told.account_id, told.path) == (people.id, "/workspace/governance")


def test_screening_again_changes_nothing(
    moment: datetime, institution: Institution, province: Account
) -> None:
    make_record(institution)
    pushed(province, moment)
    version = newest().version
    done = screen("510000", actor=province.actor, now=moment)
    assert sum(vars(done).values()) == 0
    assert (len(all_cases()), newest().version) == (1, version)


def test_a_lapsed_record_counts_and_one_that_is_withheld_too(
    moment: datetime, institution: Institution, province: Account
) -> None:
    make_record(institution, state="lapsed")
    make_record(make_institution(), state="withheld", degree="minor")
    screen("510000", actor=province.actor, now=moment)
    assert len(all_cases()) == 2


def test_a_new_record_is_added_to_the_running_case_and_takes_a_proposed_exit_back(
    moment: datetime, institution: Institution, people: Account, province: Account, worker: Account
) -> None:
    make_record(institution)
    case = proposed(ready(pushed(province, moment), people), worker, moment)
    new = make_record(institution)
    (found,) = findings("510000")
    assert (found.deed, found.records, found.case_id) == (Deed.ADD, (new.id,), case.id)
    done = screen("510000", actor=province.actor, now=moment)
    assert (done.opened, done.added) == (0, 1)
    case = fresh(case)
    assert (case.state, len(case.records)) == ("open", 2)
    assert deeds_of(case) == ["open", "propose_exit", "fall_back", "add_records"]
    assert findings("510000") == []


def test_a_pruned_institution_stays_pruned_and_gets_what_it_missed_when_it_is_back(
    moment: datetime, institution: Institution, province: Account
) -> None:
    make_record(institution)
    make_record(institution, kind="bankrupt")
    case = pushed(province, moment)
    seen = {"actor": province.actor, "now": moment}
    prune_case(case, prune_reason=PruneReason.BANKRUPT, note="", upload=None, version=case.version, **seen)
    make_record(institution)
    assert findings("510000") == []
    unprune_case(fresh(case), reason=REASON, version=fresh(case).version, **seen)
    assert [found.deed for found in findings("510000")] == [Deed.ADD]


@pytest.fixture
def gone(
    moment: datetime,
    institution: Institution,
    people: Account,
    province: Account,
    worker: Account,
    second: Account,
) -> Institution:
    """An institution that left the ledger."""
    make_record(institution)
    exited(ready(pushed(province, moment), people), worker, second, moment)
    return institution


def test_who_left_the_ledger_comes_back_only_for_something_new(
    moment: datetime, gone: Institution, province: Account
) -> None:
    screen("510000", actor=province.actor, now=moment)
    assert len(all_cases()) == 1
    new = make_record(gone)
    done = screen("510000", actor=province.actor, now=moment)
    assert vars(done) == {"opened": 0, "relapsed": 1, "added": 0, "overtaken": 0, "left": 0}
    old, again = all_cases()
    assert (old.state, old.episode, len(old.records)) == ("exited", 1, 1)
    assert (again.state, again.episode, again.origin) == ("open", 2, "pushed")
    assert [link.record_id for link in again.records] == [new.id]


def test_a_record_that_was_restored_is_a_relapse(
    moment: datetime, gone: Institution, province: Account
) -> None:
    record = newest().records[0].record
    unmend(record)
    (found,) = findings("510000")
    assert (found.deed, found.records) == (Deed.RELAPSE, (record.id,))
    screen("510000", actor=province.actor, now=moment)
    assert newest().episode == 2
    mend(record)
    assert findings("510000") == []


def test_a_severe_entry_that_was_settled_before_the_exit_is_no_relapse(
    moment: datetime,
    institution: Institution,
    people: Account,
    province: Account,
    worker: Account,
    second: Account,
) -> None:
    record = make_record(institution, kind="severe")
    case = pushed(province, moment)
    record.met_on = moment.date()
    db.session.commit()
    assert case.institution is not None
    commit_publicly(case.institution, people)
    exited(fresh(case), worker, second, moment)
    assert findings("510000") == []


def test_each_region_screens_its_own_and_follows_a_case_that_was_reassigned(
    moment: datetime, institution: Institution, province: Account
) -> None:
    make_record(institution)
    far = make_institution(region_code="330100")
    make_record(far)
    assert [found.name for found in findings("330000")] == [far.name]
    assert [found.name for found in findings("000000")] == [institution.name, far.name]
    assert findings("510700") == []
    case = pushed(province, moment)
    reassign_case(
        case, region="510700", reason=REASON, version=case.version, actor=province.actor, now=moment
    )
    make_record(institution)
    assert [found.case_id for found in findings("510700")] == [case.id]
    assert findings("510100") == []


def test_who_may_not_work_or_not_there_cannot_screen(
    moment: datetime, province: Account, people: Account
) -> None:
    with pytest.raises(NotPermitted):
        screen("330000", actor=province.actor, now=moment)
    with pytest.raises(NotPermitted):
        screen("000000", actor=people.actor, now=moment)


def test_an_impersonator_is_none_of_the_screening(moment: datetime, worker: Account) -> None:
    impersonator(worker, moment)
    assert findings("000000") == []


def test_the_command_says_what_it_did(app: Flask, moment: datetime, institution: Institution) -> None:
    make_record(institution)
    runner = app.test_cli_runner()
    db.session.remove()
    result = runner.invoke(args=["ledger", "screen", "--region", "51", "--json"])
    assert json.loads(result.output) == {"opened": 1, "relapsed": 0, "added": 0, "overtaken": 0, "left": 0}
    assert newest().opened_by_id is None
    db.session.remove()
    assert "新纳入 0 家" in runner.invoke(args=["ledger", "screen"]).output
    wrong = runner.invoke(args=["ledger", "screen", "--region", "99"])
    assert wrong.exit_code == 2


def test_a_large_screening_is_done_in_batches_and_misses_nobody(
    moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credit_register.ledger.cases.screening.BATCH", 3)
    for _ in range(7):
        make_record(make_institution())
    done = screen("000000", actor=OPERATOR, now=moment)
    assert done.opened == 7
    assert db.session.scalar(select(func.count()).select_from(LedgerRound)) == 1

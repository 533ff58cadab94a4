"""Who is told when a case is pruned, put back, grows or goes to another office."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.ledger.cases.pruning import prune_case, unprune_case
from credit_register.ledger.cases.screening import screen
from credit_register.ledger.cases.services import add_new_records, reassign_case
from credit_register.ledger.models import LedgerCase, PruneReason
from credit_register.notices.models import Notice
from tests.accounts.signing_in import client_of, make_account
from tests.ledger.cases.casework import REASON, fresh, impersonator, make_record, proposed, pushed, ready
from tests.ledger.measures.measuring import titles


@pytest.fixture
def case(institution: Institution, people: Account, province: Account, moment: datetime) -> LedgerCase:
    make_record(institution)
    return pushed(province, moment)


def last_told(account: Account) -> Notice:
    db.session.expire_all()
    found = db.session.scalars(
        select(Notice).where(Notice.account_id == account.id).order_by(Notice.id.desc())
    ).first()
    assert found is not None
    return found


def prune(case: LedgerCase, by: Account, moment: datetime) -> LedgerCase:
    assert case.institution is not None
    make_record(case.institution, kind="bankrupt")
    case = fresh(case)
    prune_case(
        case,
        prune_reason=PruneReason.BANKRUPT,
        note="办案人员的话",
        upload=None,
        version=case.version,
        actor=by.actor,
        now=moment,
    )
    return fresh(case)


def test_the_institution_hears_that_it_is_pruned_and_that_it_is_put_back(
    app: Flask, case: LedgerCase, people: Account, province: Account, moment: datetime
) -> None:
    case = prune(case, province, moment)
    told = last_told(people)
    assert (told.title, told.path) == ("贵机构已从专项治理台账剔除", "/workspace/governance")
    assert "已进入破产程序" in told.text
    assert "办案人员的话" not in told.text
    agent = client_of(app, people)
    assert agent.get(told.path).status_code == 200
    unprune_case(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
    told = last_told(people)
    assert told.title == "贵机构已恢复到专项治理台账"
    assert "主管部门会重新责令" in told.text
    assert agent.get(told.path).status_code == 200


def test_who_proposed_an_exit_hears_that_the_case_was_pruned(
    case: LedgerCase, people: Account, worker: Account, province: Account, moment: datetime
) -> None:
    prune(proposed(ready(case, people), worker, moment), province, moment)
    assert titles(worker) == ["您提出退出的案件已剔除，提出的退出不再办理"]


@pytest.mark.parametrize("by_screening", [True, False])
def test_the_institution_and_who_proposed_the_exit_hear_of_new_records(
    case: LedgerCase,
    institution: Institution,
    people: Account,
    worker: Account,
    province: Account,
    moment: datetime,
    by_screening: bool,
) -> None:
    case = proposed(ready(case, people), worker, moment)
    make_record(institution)
    if by_screening:
        screen("510000", actor=province.actor, now=moment)
    else:
        add_new_records(case, version=case.version, actor=province.actor, now=moment)
    assert fresh(case).state == "open"
    told = last_told(people)
    assert told.title == "贵机构的专项治理增加了失信记录"
    assert "增加失信记录 1 条" in told.text
    assert titles(worker) == ["您提出的退出已退回：增加失信记录 1 条"]
    screen("510000", actor=province.actor, now=moment)
    assert titles(people).count("贵机构的专项治理增加了失信记录") == 1


def test_both_offices_hear_that_a_case_goes_to_another(
    app: Flask, case: LedgerCase, worker: Account, second: Account, province: Account, moment: datetime
) -> None:
    case = fresh(case)
    former = case.region_code
    here = make_account(Role.INSPECTOR, email="here@example.cn", region=former).account
    there = make_account(Role.INSPECTOR, email="there@example.cn", region="510700").account
    elsewhere = make_account(Role.INSPECTOR, email="elsewhere@example.cn", region="510400").account
    reassign_case(
        case, region="510700", reason=REASON, version=case.version, actor=province.actor, now=moment
    )
    assert titles(there) == ["一件治理台账案件改派由本地区负责"]
    assert titles(here) == ["一件治理台账案件已改派其他地区"]
    assert titles(elsewhere) == titles(province) == []
    for account in (here, there):
        assert client_of(app, account).get(last_told(account).path).status_code == 200


def test_of_an_impersonator_no_institution_hears(
    people: Account, worker: Account, province: Account, moment: datetime
) -> None:
    case = impersonator(worker, moment)
    reassign_case(
        case, region="510700", reason=REASON, version=case.version, actor=province.actor, now=moment
    )
    assert titles(people) == []

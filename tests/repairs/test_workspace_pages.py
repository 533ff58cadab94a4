"""Repair on the pages of an institution: guidance, the papers, the own entry, and nobody else's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import local_date
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.models import Institution
from credit_register.repairs import services
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_institution, make_record
from tests.repairs.repairing import (
    NUMBER,
    answer,
    apply,
    confirm,
    fresh,
    only_application,
    picture,
    post,
    propose,
    ripe_record,
)

LIST = "/workspace/repairs"


def entry(moment: datetime, **changes: object) -> dict[str, object]:
    return {"applied_on": local_date(moment).isoformat(), "applied_to": "“信用中国”网站", **changes}


def test_without_records_the_page_says_so(agent: FlaskClient) -> None:
    page = agent.get(LIST).text
    assert "没有信用记录" in page
    assert "信用修复不收费" in page


def test_who_is_not_confirmed_sees_no_record(app: Flask, record: CreditRecord) -> None:
    account = make_account(
        Role.LEGAL_REP, email="new@example.cn", uscc_code=record.uscc, confirmed=False
    ).account
    client = client_of(app, account)
    page = client.get(LIST).text
    assert "账号尚未通过核对" in page
    assert record.document_number not in page
    assert client.get(f"{LIST}/{record.id}").status_code == 404


def test_every_own_record_stands_in_the_list_public_or_not(agency: Institution, agent: FlaskClient) -> None:
    records = [
        ripe_record(agency),
        make_record(agency, degree="minor", document_number="川示例罚〔2026〕轻微号"),
        ripe_record(agency, state="lapsed", document_number="川示例罚〔2026〕期满号"),
        make_record(agency, kind="bankrupt", document_number="川示例破〔2026〕1号"),
    ]
    page = agent.get(LIST).text
    for record in records:
        assert record.document_number in page
        assert agent.get(f"{LIST}/{record.id}").status_code == 200
    assert "可以申请" in page
    assert "不需要修复" in page


def test_a_record_says_whether_when_with_what_and_where(record: CreditRecord, agent: FlaskClient) -> None:
    page = agent.get(f"{LIST}/{record.id}").text
    assert 'data-state="can_apply"' in page
    for words in (
        "条件已齐备，现在就可以申请修复",
        "谁认定、谁修复",
        "义务履行完毕的证明",
        "信用承诺书",
        "国家企业信用信息公示系统",
        "信用修复不收费",
        "10 个工作日",
        "3 个工作日",
        "未确认",
        "2026-04-01 起施行的规则",
        "我已经申请",
    ):
        assert words in page, words


def test_what_is_missing_is_named(moment: datetime, app: Flask) -> None:
    institution = make_institution()
    record = ripe_record(institution, met_on=None)
    client = signed_in(app, Role.AGENT, uscc_code=institution.uscc)
    page = client.get(f"{LIST}/{record.id}").text
    assert 'data-state="prepare"' in page
    assert "本网站没有履行完毕的记录" in page
    assert "没有公示中的信用承诺书" in page


def test_the_papers_can_be_printed(record: CreditRecord, agent: FlaskClient) -> None:
    page = agent.get(f"{LIST}/{record.id}/checklist").text
    for words in (
        "信用修复材料清单",
        record.uscc,
        record.document_number,
        "法定代表人（签字）",
        "承诺机构（盖章）",
    ):
        assert words in page, words


def test_an_entry_is_kept_with_its_papers_and_the_course_is_shown(
    record: CreditRecord, agent: FlaskClient, moment: datetime
) -> None:
    answered = post(
        agent,
        f"{LIST}/{record.id}/apply",
        entry(moment, reference="XF-2026-9", obligations=[picture("缴款凭证.png")]),
    )
    assert answered.status_code == 302
    made = only_application()
    page = agent.get(answered.location).text
    assert 'data-state="applied"' in page
    assert "XF-2026-9" in page
    assert "2026-12-10" in page
    assert "缴款凭证.png" in page
    assert "登记申请</button>" not in page
    assert agent.get(f"{LIST}/{record.id}/files/{made.files[0].file_id}", buffered=True).status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"applied_on": ""}, "请填写申请日期"),
        ({"applied_on": "昨天"}, "不是有效日期"),
        ({"applied_to": ""}, "请填写向哪里申请"),
        ({"applied_on": "2020-01-01"}, "申请日期须在认定日期"),
    ],
)
def test_what_cannot_be_taken_is_told_beside_the_field_and_kept(
    record: CreditRecord, agent: FlaskClient, moment: datetime, changes: dict[str, object], sentence: str
) -> None:
    answered = post(agent, f"{LIST}/{record.id}/apply", entry(moment, reference="保留的编号", **changes))
    assert answered.status_code == 422
    assert sentence in answered.text
    assert "保留的编号" in answered.text


def test_a_second_entry_is_told_plainly(
    record: CreditRecord, agent: FlaskClient, second: Account, moment: datetime
) -> None:
    apply(record, second.actor, on=local_date(moment) - timedelta(days=1))
    answered = post(agent, f"{LIST}/{record.id}/apply", entry(moment))
    assert answered.status_code == 409
    assert "已有进行中的修复申请" in answered.text


def test_a_mistake_is_taken_back_once(record: CreditRecord, agent: FlaskClient, own: Actor) -> None:
    made = apply(record, own)
    assert "撤回登记</button>" in agent.get(f"{LIST}/{record.id}").text
    answered = post(agent, f"{LIST}/{record.id}/retract", {"version": made.version})
    assert answered.status_code == 302
    assert fresh(made).state == "closed"
    again = post(agent, f"{LIST}/{record.id}/retract", {"version": made.version})
    assert again.status_code == 409


def test_the_institution_reads_every_step_and_no_officer(
    record: CreditRecord, agent: FlaskClient, own: Actor, first: Account, second: Account, moment: datetime
) -> None:
    made = apply(record, own)
    services.accept_application(
        made, answer(text="材料齐全。"), version=made.version, actor=first.actor, now=moment
    )
    propose(made, first.actor)
    page = agent.get(f"{LIST}/{record.id}").text
    assert 'data-state="confirming"' in page
    assert "材料齐全。" in page
    services.send_back_repair(
        made, reason="内部意见：截图不清。", version=made.version, actor=second.actor, now=moment
    )
    assert "内部意见" not in agent.get(f"{LIST}/{record.id}").text
    propose(made, first.actor)
    confirm(made, second.actor)
    page = agent.get(f"{LIST}/{record.id}").text
    assert 'data-state="repaired"' in page
    assert NUMBER in page
    for name in ("登记员甲", "复核人乙"):
        assert name not in page


def test_the_proof_of_the_office_is_not_handed_to_the_institution(
    record: CreditRecord, agent: FlaskClient, own: Actor, first: Account
) -> None:
    made = apply(record, own)
    propose(made, first.actor)
    (proof,) = fresh(made).files
    assert agent.get(f"{LIST}/{record.id}/files/{proof.file_id}").status_code == 404


def test_another_institution_reaches_nothing(
    app: Flask, record: CreditRecord, own: Actor, moment: datetime
) -> None:
    made = apply(record, own)
    other = make_institution()
    stranger = signed_in(app, Role.AGENT, email="other@example.cn", uscc_code=other.uscc)
    for path in (f"{LIST}/{record.id}", f"{LIST}/{record.id}/checklist"):
        assert stranger.get(path).status_code == 404
    assert post(stranger, f"{LIST}/{record.id}/apply", entry(moment)).status_code == 404
    assert post(stranger, f"{LIST}/{record.id}/retract", {"version": made.version}).status_code == 404
    assert fresh(made).state == "applied"


def test_the_first_page_of_the_workspace_points_to_what_can_be_repaired(
    record: CreditRecord, agent: FlaskClient, own: Actor
) -> None:
    assert "1 条信用记录已到可申请修复的日期" in agent.get("/workspace").text
    apply(record, own)
    assert "已到可申请修复的日期" not in agent.get("/workspace").text


def test_the_help_says_that_it_is_free_and_who_decides(client: FlaskClient, moment: datetime) -> None:
    page = client.get("/help/repair").text
    for words in ("信用修复不收费", "谁认定、谁修复", "征信洗白", "10 个工作日", "未确认", "两项材料"):
        assert words in page, words
    assert 'href="/help/repair"' in client.get("/help").text


def test_the_help_stands_without_the_rules_too(client: FlaskClient) -> None:
    assert "以认定单位的答复为准" in client.get("/help/repair").text

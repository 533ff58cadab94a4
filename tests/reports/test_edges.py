"""Where the ways of a report meet: reviews and refusals, merging and reviews, marks, lines of another region."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.institutions.profile import product_key
from credit_register.notices.models import Notice
from credit_register.reports import disputable, extensions, reviews, tracking
from credit_register.reports.models import Report
from tests.accounts.signing_in import actor, send, signed_in
from tests.factories import make_institution, make_product, make_report, republish
from tests.reports.citizens import file_report, form_of, open_case, seed_deadline_rules, the_report
from tests.reports.officers import act, done, fresh


def reexamined(app: Flask, client: FlaskClient) -> tuple[Report, FlaskClient, FlaskClient]:
    seed_deadline_rules()
    open_case(client, file_report(client))
    report = the_report()
    report.region_code = "510100"
    db.session.commit()
    first = signed_in(app, Role.LOCAL)
    done(report, "take", first)
    done(report, "decide", first, outcome="unfounded", reason="未发现所反映的情况。")
    done(report, "answer", first, text="经核查未发现。")
    token = form_of(client, "/account/login")
    client.post("/reports/track/review", data={**token, "reason": "请再核对转账记录。"})
    other = signed_in(app, Role.LOCAL, email="second@example.cn", name="乙")
    done(report, "reexamine", other, reason="没有核对。")
    return report, first, other


def test_the_first_decider_is_told_and_not_crashed_when_refusing_after_a_review(
    app: Flask, client: FlaskClient
) -> None:
    report, first, _ = reexamined(app, client)
    answer = act(first, report, "refuse", reason="不属于受理范围。")
    assert answer.status_code in (409, 422), answer.status_code


def test_what_is_decided_anew_after_a_review_is_merged_into_nothing(app: Flask, client: FlaskClient) -> None:
    report, _, other = reexamined(app, client)
    lead = make_report(subject_name="示例", state="investigating", received_at=now() - timedelta(days=4))
    answer = act(other, report, "merge", other=lead.number, reason="同一情况")
    assert answer.status_code == 422
    assert "须由另一人单独作出决定" in answer.text


def test_the_answer_to_one_reporter_names_that_one_to_nobody_whose_report_was_merged(
    app: Flask, client: FlaskClient
) -> None:
    seed_deadline_rules()
    officer = signed_in(app, Role.LOCAL)
    lead = make_report(
        named=True,
        subject_name="示例",
        state="investigating",
        region_code="510100",
        received_at=now() - timedelta(days=4),
    )
    child = make_report(subject_name="示例", state="investigating", region_code="510100")
    assert act(officer, child, "merge", other=lead.number, reason="同一情况").status_code == 302
    done(lead, "decide", officer, outcome="upheld", reason="王示例反映的情况属实。")
    act(officer, lead, "answer", text="王示例：您 13800000000 来电反映的情况属实。")
    child = fresh(child)
    assert child.state == "answered"
    told = child.decision + "".join(each.text for each in child.messages)
    assert "王示例" not in told


def test_a_merged_report_is_tracked_like_any_other_under_investigation(app: Flask) -> None:
    seed_deadline_rules()
    officer = signed_in(app, Role.LOCAL)
    lead = make_report(
        subject_name="示例",
        state="investigating",
        region_code="510100",
        received_at=now() - timedelta(days=4),
    )
    child = make_report(subject_name="示例", state="investigating", region_code="510100")
    before = tracking.case_of(child.id, today=today())
    assert act(officer, child, "merge", other=lead.number, reason="同一情况").status_code == 302
    child = fresh(child)
    assert child.state == "merged"
    after = tracking.case_of(child.id, today=today())
    assert before is not None
    assert after is not None
    assert bool(after.promises) == bool(before.promises), "no deadline tells that others reported too"


def test_what_an_impostor_left_behind_does_not_name_the_reporter(app: Flask, client: FlaskClient) -> None:
    seed_deadline_rules()
    file_report(
        client,
        anonymous="0",
        contact_name="王示例",
        contact_phone="13800000000",
        subject_account="微信群“王示例维权”，加我 13800000000",
        subject_contract="王示例 2026-1",
    )
    report = the_report()
    assert "王示例" not in report.subject_account + report.subject_contract


def test_a_public_mark_does_not_name_who_objected(app: Flask) -> None:
    seed_deadline_rules()
    institution = make_institution(name="成都示例信用管理有限公司")
    report = make_report(
        kind="objection",
        named=True,
        state="investigating",
        region_code="510100",
        institution_id=institution.id,
        subject_uscc=institution.uscc,
    )
    act(signed_in(app, Role.LOCAL), report, "mark", text="王示例对业务范围")
    assert "王示例" not in fresh(report).mark


def test_an_officer_of_another_region_does_not_take_down_a_line(app: Flask) -> None:
    seed_deadline_rules()
    institution = make_institution(name="成都示例信用管理有限公司")
    make_product(institution, name="企业信用报告")
    key = f"product:{product_key(institution.categories[0].code, '企业信用报告')}"
    line = disputable.line_of(institution, key)
    assert line is not None
    report = make_report(
        kind="objection",
        named=True,
        state="investigating",
        region_code="330100",
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        disputed_key=line.key,
        disputed_text=line.words,
    )
    officer = signed_in(app, Role.LOCAL, region="330100")
    answer = act(officer, report, "decide", outcome="upheld", reason="有误。", withdraw_line="1")
    db.session.expire_all()
    assert disputable.line_of(institution, key) is not None, (institution.region_code, answer.status_code)


def test_who_decided_before_that_stood_in_the_row_is_known_from_the_record(app: Flask) -> None:
    seed_deadline_rules()
    first = signed_in(app, Role.LOCAL)
    report = make_report(state="investigating")
    done(report, "decide", first, outcome="unfounded", reason="未发现所反映的情况。")
    report = done(report, "answer", first, text="经核查未发现。")
    decider, report.concluded_by_id = report.concluded_by_id, None
    db.session.commit()
    reviews.request_review(report.id, text="请再核对转账记录。", now=now())
    assert fresh(report).original_decider_id == decider
    assert act(first, report, "uphold", reason="没有问题。").status_code == 409


def test_more_time_that_nobody_has_granted_falls_with_the_decision(app: Flask) -> None:
    seed_deadline_rules()
    officer = signed_in(app, Role.LOCAL)
    report = make_report(state="investigating")
    page = f"/staff/reports/{report.id}"
    fields = {"days": "5", "reason": "需要调取三家银行的流水。"}
    assert send(officer, f"{page}/extension", fields, page=page).status_code == 302
    done(report, "decide", officer, outcome="upheld", reason="情况属实。")
    assert extensions.waiting_for(fresh(report)) is None
    assert "等待批准" not in officer.get(page).text


def test_more_time_asked_for_in_time_is_granted_though_the_answer_took_longer(app: Flask) -> None:
    seed_deadline_rules()
    report = make_report(state="investigating")
    asked, above = actor(Role.LOCAL), actor(Role.PROVINCIAL)
    request = extensions.request_extension(report, days=5, reason="需要调取流水。", actor=asked, now=now())
    late = now() + timedelta(days=60)
    extensions.decide_extension(report, extension_id=request.id, approve=True, actor=above, now=late)
    assert extensions.extendable(report) is None, "once for a report"


def test_a_result_that_changes_is_told_to_whoever_was_answered_with_it(app: Flask) -> None:
    seed_deadline_rules()
    officer = signed_in(app, Role.LOCAL)
    lead = make_report(subject_name="示例", state="investigating", received_at=now() - timedelta(days=4))
    child = make_report(subject_name="示例", state="investigating")
    done(child, "merge", officer, other=lead.number, reason="同一情况")
    done(lead, "decide", officer, outcome="unfounded", reason="未发现。")
    done(lead, "answer", officer, text="未发现。")
    assert fresh(child).outcome == "unfounded"
    above = signed_in(app, Role.PROVINCIAL)
    done(lead, "reopen", above, reason="有新证据。")
    done(lead, "decide", above, outcome="upheld", reason="新证据属实。")
    done(lead, "answer", above, text="情况属实，已处理。")
    row = fresh(child)
    assert (row.outcome, row.decision, row.state) == ("upheld", "新证据属实。", "answered")
    assert row.messages[-1].text == "处理结果有变化。情况属实，已处理。"


def test_by_the_answer_to_one_sender_another_could_recognise_that_one(app: Flask) -> None:
    seed_deadline_rules()
    officer = signed_in(app, Role.LOCAL)
    facts = "对方来电称可以包修复征信，收取三千元后失去联系，合同编号 HT-2026-00981。"
    lead = make_report(
        subject_name="示例", state="investigating", facts=facts, received_at=now() - timedelta(days=4)
    )
    child = make_report(subject_name="示例", state="investigating")
    done(child, "merge", officer, other=lead.number, reason="同一情况")
    refused = act(officer, lead, "decide", outcome="upheld", reason="合同 HT-2026-00981 确系该团队所签。")
    assert refused.status_code == 422
    assert "会原样告知每位提交人" in refused.text
    done(lead, "decide", officer, outcome="upheld", reason="冒名收费属实。")
    assert act(officer, lead, "answer", text="合同 HT-2026-00981 已移送。").status_code == 422
    done(lead, "answer", officer, text="已移送公安机关。")


def test_an_objection_that_is_right_is_not_put_away_while_the_wrong_line_stands(app: Flask) -> None:
    seed_deadline_rules()
    institution = make_institution(name="成都示例信用管理有限公司")
    line = disputable.line_of(institution, "fact:address")
    assert line is not None
    report = make_report(
        kind="objection",
        named=True,
        state="investigating",
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        disputed_key=line.key,
        disputed_text=line.words,
    )
    officer = signed_in(app, Role.LOCAL)
    done(report, "decide", officer, outcome="upheld", reason="住所已经变更。")
    done(report, "answer", officer, text="将更正。")
    assert "仍照原样公示" in officer.get(f"/staff/reports/{report.id}").text
    refused = act(officer, report, "close")
    assert refused.status_code == 409
    assert "请先更正或撤下这条信息" in refused.text
    institution.address = "四川省成都市示例新路 9 号"
    republish(institution)
    done(report, "close", officer)


def test_a_message_to_a_merged_report_reaches_whoever_handles_the_lead(app: Flask) -> None:
    seed_deadline_rules()
    officer = signed_in(app, Role.LOCAL)
    lead = make_report(
        subject_name="示例", state="received", region_code="510100", received_at=now() - timedelta(days=4)
    )
    done(lead, "take", officer)
    child = make_report(subject_name="示例", state="investigating", region_code="510100")
    lead = fresh(lead)
    act(officer, child, "merge", other=lead.number, reason="同一情况")
    assert fresh(child).state == "merged" or fresh(lead).state == "merged"
    merged = child if fresh(child).state == "merged" else lead
    merged.handler_id = None
    db.session.commit()
    tracking.write(merged.id, "补充：对方又来电话。", now=now())
    assert db.session.scalars(select(Notice).where(Notice.title == "提交人有新留言")).first() is not None


def test_a_review_of_a_refusal_that_is_upheld_stays_a_refusal(app: Flask, client: FlaskClient) -> None:
    seed_deadline_rules()
    open_case(client, file_report(client))
    report = the_report()
    report.region_code = "510100"
    db.session.commit()
    first = signed_in(app, Role.LOCAL)
    done(report, "refuse", first, reason="不属于受理范围，请向消费者协会反映。", referral="consumer")
    token = form_of(client, "/account/login")
    assert (
        client.post("/reports/track/review", data={**token, "reason": "请再核对转账记录。"}).status_code
        == 303
    )
    other = signed_in(app, Role.LOCAL, email="second@example.cn", name="乙")
    report = done(report, "uphold", other, reason="原处理正确。")
    assert report.state == "refused", (report.state, report.outcome, report.closed_at)

"""The pages of an office: a form for each kind, the page of a measure with its steps, and the list of what waits."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.ledger.measures import queries
from credit_register.ledger.measures.publicity import propose_publication
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from credit_register.ledger.views import measures_case
from credit_register.web.desk import cards
from tests.accounts.signing_in import signed_in
from tests.factories import make_case, make_institution
from tests.ledger.measures.measuring import (
    LEVELS,
    OFFICE,
    PUBLIC_TEXT,
    REASON,
    TODAY,
    fresh,
    move,
    only_measure,
    published,
    record,
)
from tests.spotchecks.checking import picture, post

TEXT = "停止以承诺信用等级的方式揽业。"
FIELDS: dict[MeasureKind, dict[str, str]] = {
    MeasureKind.INTERVIEW: {"form": "reminder", "day": "2026-03-16", "place": "示例会议室"},
    MeasureKind.ORDER: {"day": "2026-03-12"},
    MeasureKind.SUPERVISION: {"day": "2026-03-12", "level": LEVELS[1], "replaces": "0"},
    MeasureKind.CIRCULAR: {"day": "2026-03-12", "addressee": "全市信用服务机构"},
    MeasureKind.PUBLICATION: {
        "day": "2026-03-12",
        "public_text": PUBLIC_TEXT,
        "public_until": "2027-03-12",
    },
    MeasureKind.HANDOVER: {"day": "2026-03-12", "addressee": "成都市示例监管局"},
    MeasureKind.JOINT: {"day": "2026-03-12", "addressee": "成都市示例部门", "reference": "示例措施"},
}


def new_path(case: LedgerCase, kind: str) -> str:
    return f"/staff/ledger/{case.id}/measures/new?kind={kind}"


def send_new(client: FlaskClient, case: LedgerCase, kind: MeasureKind, **changes: object) -> object:
    data = {"text": TEXT, "office": OFFICE, **FIELDS[kind], **changes}
    return post(client, new_path(case, kind.value), data)


def test_the_kinds_are_offered_and_each_form_asks_only_what_it_needs(
    case: LedgerCase, inspector: FlaskClient
) -> None:
    page = inspector.get(f"/staff/ledger/{case.id}/measures/new").text
    for kind in MeasureKind:
        assert kind.label in page
        form = inspector.get(new_path(case, kind.value))
        assert form.status_code == 200
        for field in ("place", "level", "addressee", "public_text"):
            assert (f'name="{field}"' in form.text) == (field in FIELDS[kind]), (kind, field)


@pytest.mark.parametrize("kind", list(MeasureKind))
def test_every_kind_can_be_recorded_on_its_page(
    case: LedgerCase, inspector: FlaskClient, kind: MeasureKind
) -> None:
    answer = send_new(inspector, case, kind)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    measure = only_measure()
    assert (measure.kind, measure.text, measure.office) == (kind.value, TEXT, OFFICE)
    assert measure.public_state == ("proposed" if kind is MeasureKind.PUBLICATION else "hidden")
    page = inspector.get(f"/staff/ledger/measures/{measure.id}").text
    assert f'data-state="{measure.state}"' in page
    assert TEXT in page


def test_what_is_missing_is_told_beside_the_field_and_what_was_typed_is_kept(
    case: LedgerCase, inspector: FlaskClient
) -> None:
    answer = send_new(inspector, case, MeasureKind.INTERVIEW, form="", day="某天", text=TEXT)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = answer.text  # type: ignore[attr-defined]
    assert "请选择约谈形式" in page
    assert "某天" in page
    assert TEXT in page
    refused = send_new(inspector, case, MeasureKind.ORDER, text=f"{TEXT}联系 13800000000")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "手机号" in refused.text  # type: ignore[attr-defined]
    assert db.session.query(Measure).count() == 0


def test_the_office_is_filled_in_as_it_was_written_last(case: LedgerCase, inspector: FlaskClient) -> None:
    assert "四川省成都市信用主管部门" in inspector.get(new_path(case, "order")).text
    send_new(inspector, case, MeasureKind.ORDER, contact_name="王示例", contact_phone="028-12345678")
    page = inspector.get(new_path(case, "order")).text
    assert f'value="{OFFICE}"' in page
    assert 'value="028-12345678"' in page


def test_files_are_kept_with_the_measure_and_are_told_apart(
    case: LedgerCase, inspector: FlaskClient, agent: FlaskClient
) -> None:
    send_new(inspector, case, MeasureKind.INTERVIEW, day="2026-03-12", files=[picture("通知附件.png")])
    measure = only_measure()
    held = move(
        inspector,
        measure,
        "hold",
        day="2026-03-12",
        present="双方各两人",
        minutes="指出问题。",
        files=[picture("签字记录.png")],
    )
    assert held.status_code == 302
    given, kept = [(each.file_id, each.shown) for each in fresh(measure).files]
    assert (given[1], kept[1]) == (True, False)
    for number in (given[0], kept[0]):
        assert (
            inspector.get(f"/staff/ledger/measures/{measure.id}/files/{number}", buffered=True).status_code
            == 200
        )
    assert agent.get(f"/workspace/measures/{measure.id}/files/{given[0]}", buffered=True).status_code == 200
    assert agent.get(f"/workspace/measures/{measure.id}/files/{kept[0]}", buffered=True).status_code == 404
    assert inspector.get(f"/staff/ledger/measures/{measure.id}/files/999").status_code == 404


def test_a_case_that_is_over_takes_no_measure_and_says_so(
    agency: Institution, second: Account, inspector: FlaskClient
) -> None:
    case = make_case(agency, state="pruned", pruned_by_id=second.id)
    assert "不能再登记治理措施" in inspector.get(f"/staff/ledger/{case.id}/measures/new").text
    answer = send_new(inspector, case, MeasureKind.ORDER)
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert TEXT in answer.text  # type: ignore[attr-defined]


def test_an_impersonator_is_not_offered_a_public_record(inspector: FlaskClient) -> None:
    case = make_case()
    page = inspector.get(f"/staff/ledger/{case.id}/measures/new").text
    assert MeasureKind.PUBLICATION.label not in page
    assert "没有机构工作台" in inspector.get(new_path(case, "interview")).text


def test_a_second_officer_who_did_not_see_the_level_is_told_who_was_first(
    case: LedgerCase, inspector: FlaskClient, office: FlaskClient
) -> None:
    send_new(inspector, case, MeasureKind.SUPERVISION)
    late = send_new(office, case, MeasureKind.SUPERVISION, level=LEVELS[2])
    assert late.status_code == 409  # type: ignore[attr-defined]
    assert "经办人甲" in late.text  # type: ignore[attr-defined]
    assert LEVELS[1] in late.text  # type: ignore[attr-defined]
    first = only_measure()
    again = send_new(office, case, MeasureKind.SUPERVISION, level=LEVELS[2], replaces=str(first.id))
    assert again.status_code == 302  # type: ignore[attr-defined]
    assert fresh(first).state == "ended"


def test_an_order_goes_its_way_on_the_page(
    case: LedgerCase, first: Account, inspector: FlaskClient, office: FlaskClient, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    page = inspector.get(f"/staff/ledger/measures/{order.id}").text
    assert "确认已纠正" in page
    assert "登记约谈情况" not in page
    assert "解除重点监管" not in page
    seen = fresh(order).version
    assert move(inspector, order, "fulfil", reason="", version=seen).status_code == 422
    assert move(inspector, order, "fulfil", version=seen).status_code == 302
    assert move(inspector, order, "fulfil", version=seen).status_code == 302, "the second of two clicks"
    late = move(office, order, "cancel", reason="登记有误", version=seen)
    assert late.status_code == 409
    assert "经办人甲" in late.text
    assert "登记有误" in late.text
    assert fresh(order).state == "done"


def test_wrong_steps_are_refused_with_a_sentence(
    case: LedgerCase, first: Account, inspector: FlaskClient, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    answer = move(inspector, order, "miss")
    assert answer.status_code == 409
    assert "没有这一步" in answer.text
    assert move(inspector, order, "publish").status_code == 403


def test_the_tabs_add_up_to_what_waits(
    case: LedgerCase, first: Account, office: FlaskClient, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    record(case, MeasureKind.INTERVIEW, first, moment)
    page = office.get("/staff/ledger/measures").text
    tabs = {
        label: int(count)
        for label, count in re.findall(r'>(待\w+|限期纠正中) <span class="number">(\d+)</span>', page)
    }
    assert "共 2 项待办。" in page
    assert tabs == {"待约谈": 1, "限期纠正中": 1, "待核对纠正": 0, "待复核公示": 0}

    propose_publication(
        order,
        text=PUBLIC_TEXT,
        until=moment.date() + timedelta(days=365),
        version=order.version,
        actor=first.actor,
        now=moment,
    )
    assert (
        "共 2 项待办，其中 1 项同时在等复核公示，两类中各计一次。"
        in office.get("/staff/ledger/measures").text
    )


def test_what_is_late_is_shown_and_counted(
    case: LedgerCase, first: Account, second: Account, office: FlaskClient, moment: datetime
) -> None:
    record(case, MeasureKind.ORDER, first, moment)
    record(case, MeasureKind.CIRCULAR, first, moment)
    published(case, MeasureKind.SUPERVISION, first, second, moment)
    late = moment + timedelta(days=30)
    with clock_at(late):
        counts = queries.desk_counts(second.actor, on=late.date())
        assert (counts.orders_late, counts.overdue) == (1, 1)
        block = queries.measures_of_case(second.actor, case, on=late.date())
        assert (len(block.lines), block.overdue, block.may_record) == (3, 1, True)
        page = office.get("/staff/ledger/measures?waiting=overdue").text
        assert "已逾期 2026-03-26" in page
        assert "共 1 项" in page
        with office.application.test_request_context():
            found = {card.label: (card.waiting, card.overdue) for card in cards(second.actor, on=late.date())}
        assert found["待办治理措施"] == (1, 1)


def test_the_block_on_the_page_of_a_case_lists_its_measures_and_leads_to_the_forms(
    app: Flask, case: LedgerCase, first: Account, second: Account, moment: datetime
) -> None:
    with app.test_request_context():
        part = measures_case.case_measures(first.actor, case)
        empty = render_template("ledger/_measures.html", part=part, case=case, actor=first.actor)
        assert "还没有登记治理措施" in empty
        assert f"/staff/ledger/{case.id}/measures/new?kind=interview" in empty
        order = record(case, MeasureKind.ORDER, first, moment)
        record(make_case(make_institution()), MeasureKind.JOINT, first, moment)
        part = measures_case.case_measures(first.actor, case)
        block = render_template("ledger/_measures.html", part=part, case=case, actor=first.actor)
    assert f"/staff/ledger/measures/{order.id}" in block
    assert "治理措施（1）" in block
    assert "期限内 2026-03-26" in block


def test_the_list_is_narrowed(
    case: LedgerCase, first: Account, office: FlaskClient, moment: datetime
) -> None:
    record(case, MeasureKind.ORDER, first, moment)
    record(case, MeasureKind.JOINT, first, moment)

    def count(query: str) -> int:
        return office.get(f"/staff/ledger/measures?{query}").text.count("/staff/ledger/measures/")

    assert (count(""), count("waiting=all"), count("waiting=all&kind=joint")) == (1, 2, 1)
    assert (count("waiting=all&q=被治理"), count("waiting=all&q=没有的")) == (2, 0)
    assert office.get("/staff/ledger/measures?waiting=none").status_code == 400


def test_another_region_sees_nothing(app: Flask, case: LedgerCase, first: Account, moment: datetime) -> None:
    measure = record(case, MeasureKind.ORDER, first, moment)
    number, case_id = measure.id, case.id
    client = signed_in(app, Role.LOCAL, region="330100", email="other@example.cn")
    assert client.get(f"/staff/ledger/measures/{number}").status_code == 404
    assert client.get(f"/staff/ledger/{case_id}/measures/new?kind=order").status_code == 404
    assert move(client, measure, "cancel").status_code == 404
    assert "被治理" not in client.get("/staff/ledger/measures?waiting=all").text


def test_an_auditor_reads_and_does_nothing(
    app: Flask, case: LedgerCase, first: Account, moment: datetime
) -> None:
    measure = record(case, MeasureKind.ORDER, first, moment)
    number, case_id = measure.id, case.id
    auditor = signed_in(app, Role.AUDITOR)
    page = auditor.get(f"/staff/ledger/measures/{number}").text
    assert "您的账号只能查看" in page
    assert auditor.get(f"/staff/ledger/{case_id}/measures/new").status_code == 403


def test_a_published_measure_is_withdrawn_and_then_cancelled(
    case: LedgerCase, first: Account, second: Account, office: FlaskClient, moment: datetime
) -> None:
    measure = published(case, MeasureKind.CIRCULAR, first, second, moment)
    page = office.get(f"/staff/ledger/measures/{measure.id}").text
    assert 'data-public-state="published"' in page
    assert "作废（登记有误）" not in page
    assert move(office, measure, "withdraw").status_code == 302
    assert move(office, measure, "cancel").status_code == 302
    found = fresh(measure)
    assert (found.state, found.public_state, found.planned_on) == ("cancelled", "withdrawn", TODAY)
    assert REASON in office.get(f"/staff/ledger/measures/{measure.id}").text


def test_an_institution_elsewhere_is_no_case_of_this_office(inspector: FlaskClient) -> None:
    case = make_case(make_institution(region_code="330100"))
    assert inspector.get(new_path(case, "order")).status_code == 404

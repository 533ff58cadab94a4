"""The office's pages of records: the list, one record, and what can be done with it."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core import search
from credit_register.core.database import db
from credit_register.core.outbox import IndexName
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import take_off
from credit_register.credit_records.refusals import RecordRefused
from credit_register.credit_records.services import Revocation, annul_record
from credit_register.institutions.models import Institution
from tests.accounts.signing_in import csrf_token, signed_in
from tests.credit_records.conftest import MOMENT
from tests.credit_records.settings import fresh, log_of
from tests.factories import make_institution, make_record

TODAY = MOMENT.date()
NOTE = "罚款已缴纳，凭证编号示例 001。"
REASON = "示例市监撤〔2026〕1号，原处罚决定已撤销。"


def picture() -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PNG")
    content.seek(0)
    return content, "凭证.png"


def do(client: FlaskClient, record: CreditRecord, move: str, **fields: Any) -> TestResponse:
    """Do one deed with the version that the row has now, unless another is given."""
    proof = {"document": "示例撤〔2026〕1号", "office": "示例法院"} if move == "annul" else {}
    data = {"reason": REASON, "version": fresh(record).version, **proof, **fields}
    token = csrf_token(client, "/account")
    return client.post(f"/staff/records/{record.id}/{move}", data={"csrf_token": token, **data})


def listed(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/staff/records{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_list_is_narrowed_and_shows_the_region_only(office: FlaskClient, agency: Institution) -> None:
    public = make_record(agency)
    unmatched = make_record(None, region_code="510100")
    foreign = make_record(make_institution(region_code="330100", name="杭州示例外地信用有限公司"))
    # Received by an office of the province, of an institution of another one: the institution's region counts.
    received = make_record(make_institution(region_code="330100"), region_code="510100")
    repairable = make_record(agency, decided_on=date(2026, 5, 1))
    ending = make_record(agency, decided_on=date(2026, 11, 1), listed_until=TODAY + timedelta(days=10))
    lapsed = make_record(agency, decided_on=date(2018, 1, 1))
    severe = make_record(agency, kind="severe")

    def shown(query: str = "") -> set[int]:
        text = listed(office, query)
        every = (public, unmatched, foreign, received, repairable, ending, lapsed, severe)
        return {one.id for one in every if f'href="/staff/records/{one.id}"' in text}

    mine = {public.id, unmatched.id, repairable.id, ending.id, lapsed.id, severe.id}
    assert shown() == mine
    assert shown("?show=unmatched") == {unmatched.id}
    assert shown("?show=repairable") == {repairable.id, lapsed.id}
    assert shown("?show=ending") == {ending.id}
    assert shown("?state=lapsed") == {lapsed.id}
    assert shown("?kind=severe") == {severe.id}
    assert shown("?degree=severe") == {severe.id}
    assert shown("?region=330000") == set()
    assert shown(f"?q={public.document_number}") == {public.id}
    assert shown(f"?q={agency.uscc}") == mine - {unmatched.id}
    assert "没有符合条件的记录" in listed(office, "?q=不存在的名称")
    assert "页码超出了范围" in listed(office, "?page=9")
    assert office.get("/staff/records?state=nonsense").status_code == 400


def test_an_empty_list_says_what_to_do(office: FlaskClient) -> None:
    assert "上传批次" in listed(office)


def test_the_page_of_a_record_shows_all_of_it(office: FlaskClient, agency: Institution) -> None:
    record = make_record(agency, decided_on=date(2026, 5, 31), remark="只给内部看的备注")
    shown = office.get(f"/staff/records/{record.id}").text
    for words in (
        record.document_number,
        "2026-08-31",
        "2027-05-31",
        '自 <span class="number">2026-04-01',
        "只给内部看的备注",
        record.batch.sha256,
        "按规定公示",
        "3 个工作日内",
    ):
        assert words in shown, words


def test_a_record_of_another_region_is_not_there(office: FlaskClient, moment: datetime) -> None:
    record = make_record(make_institution(region_code="330100"))
    assert office.get(f"/staff/records/{record.id}").status_code == 404
    assert do(office, record, "annul", day="2026-11-26").status_code == 404
    assert fresh(record).state == "published"


def test_a_revoked_document_takes_the_record_down_and_another_person_brings_it_back(
    office: FlaskClient, province: FlaskClient, client: FlaskClient, agency: Institution
) -> None:
    record = make_record(agency)
    assert do(office, record, "annul", day="2026-11-25").status_code == 302
    assert fresh(record).state == "annulled"
    assert (
        fresh(record).left_reason == f"2026-11-25 收到示例法院的撤销、变更文书（示例撤〔2026〕1号）：{REASON}"
    )
    assert record.document_number not in client.get(f"/institutions/{agency.uscc}").text
    own = office.get(f"/staff/records/{record.id}").text
    assert "示例法院的撤销、变更文书（示例撤〔2026〕1号）" in own
    assert "这条记录是您撤下的" in own
    assert "/restore" not in own
    refused = do(office, record, "restore", reason="撤错了对象")
    assert refused.status_code == 409
    assert "须由另一位" in refused.text
    assert "撤错了对象" in refused.text
    assert fresh(record).state == "annulled"
    assert do(province, record, "restore", reason="撤错了对象").status_code == 302
    assert fresh(record).state == "published"
    assert record.document_number in client.get(f"/institutions/{agency.uscc}").text


@pytest.mark.parametrize(
    ("number", "by", "field"), [("撤  1", "示例法院", "document"), ("示例撤〔2026〕1号", " ", "office")]
)
def test_nothing_is_taken_down_without_the_document_that_revokes_it(
    agency: Institution, first: Account, number: str, by: str, field: str
) -> None:
    record = make_record(agency)
    with pytest.raises(RecordRefused) as refused:
        annul_record(
            record,
            revocation=Revocation(TODAY, number, by),
            reason=REASON,
            version=record.version,
            actor=first.actor,
            now=MOMENT,
        )
    assert refused.value.field == field
    assert fresh(record).state == "published"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": "2026-11-25", "document": ""}, "请填写撤销文书的文号"),
        ({"day": "2026-11-25", "document": "1号"}, "文号须为 4 至 80 字"),
        ({"day": "2026-11-25", "office": ""}, "请填写作出机关"),
        ({"day": "2026-11-25", "office": "张某 13800000000"}, "手机号"),
        ({"day": "2026-12-31"}, "日期须在"),
        ({"day": "2020-01-01"}, "日期须在"),
        ({"day": ""}, "请填写收到的日期"),
        ({"day": "2026-11-25", "reason": ""}, "请填写理由"),
        ({"day": "2026-11-25", "reason": "联系 13800000000"}, "手机号"),
    ],
)
def test_what_cannot_be_taken_is_told_beside_its_field_and_kept(
    office: FlaskClient, agency: Institution, fields: dict[str, str], words: str
) -> None:
    record = make_record(agency)
    answer = do(office, record, "annul", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert fields.get("reason", REASON) in answer.text
    assert fresh(record).state == "published"


def test_the_second_click_is_no_error_and_the_second_officer_is_told_who_was_first(
    office: FlaskClient, province: FlaskClient, agency: Institution
) -> None:
    record = make_record(agency)
    version = record.version
    assert do(office, record, "annul", day="2026-11-25", version=version).status_code == 302
    assert do(office, record, "annul", day="2026-11-25", version=version).status_code == 302
    second = do(province, record, "annul", day="2026-11-25", version=version, reason="另一个理由")
    assert second.status_code == 409
    assert "经办人甲" in second.text
    assert "另一个理由" in second.text


def test_obligations_are_noted_with_proof_and_shown_in_public(
    office: FlaskClient, client: FlaskClient, agency: Institution
) -> None:
    record = make_record(agency)
    missing = do(office, record, "meet", day="2026-11-20", reason=NOTE)
    assert missing.status_code == 422
    assert "请上传一个证明文件" in missing.text
    done = do(office, record, "meet", day="2026-11-20", reason=NOTE, files=picture())
    assert done.status_code == 302, done.text
    now = fresh(record)
    assert (now.met_on, now.met_note, now.state) == (date(2026, 11, 20), NOTE, "published")
    assert "已履行义务" in client.get(f"/institutions/{agency.uscc}").text
    assert NOTE not in client.get(f"/institutions/{agency.uscc}").text
    content = log_of(now)[-1][1]
    assert content is not None
    assert content["obligations_met_on"] == "2026-11-20"
    with office.get(f"/staff/records/{record.id}/proof") as proof:
        assert proof.status_code == 200
    assert NOTE in office.get(f"/staff/records/{record.id}").text
    assert do(office, record, "unmeet", reason="凭证系他案").status_code == 302
    assert fresh(record).met_on is None
    assert office.get(f"/staff/records/{record.id}/proof").status_code == 404


def test_a_lapsed_record_is_closed_by_its_obligations_and_opened_again_when_that_was_wrong(
    office: FlaskClient, agency: Institution
) -> None:
    record = make_record(agency, decided_on=date(2018, 1, 1))
    left = record.left_on
    assert record.state == "lapsed"
    version = record.version
    assert do(office, record, "meet", day="2026-11-20", reason=NOTE, files=picture()).status_code == 302
    assert (fresh(record).state, fresh(record).left_on) == ("expired", left)
    again = do(office, record, "meet", day="2026-11-20", reason=NOTE, files=picture(), version=version)
    assert again.status_code == 302
    assert do(office, record, "unmeet", reason="凭证系他案").status_code == 302
    assert fresh(record).state == "lapsed"
    assert do(office, record, "unmeet", reason="凭证系他案").status_code == 302


def test_a_removed_penalty_can_be_noted_as_met_and_stays_removed(
    office: FlaskClient, client: FlaskClient, agency: Institution
) -> None:
    record = make_record(agency, state="removed")
    listed = make_record(agency, kind="severe", state="removed")
    assert "/meet" not in office.get(f"/staff/records/{listed.id}").text
    assert "/meet" in office.get(f"/staff/records/{record.id}").text
    told = log_of(record)
    assert do(office, record, "meet", day="2026-11-20", reason=NOTE, files=picture()).status_code == 302
    assert (fresh(record).state, fresh(record).met_on) == ("removed", date(2026, 11, 20))
    assert do(office, record, "unmeet", reason="凭证系他案").status_code == 302
    assert (fresh(record).state, fresh(record).met_on) == ("removed", None)
    assert log_of(record) == told


def test_whoever_works_on_the_ledger_may_note_obligations_but_not_take_records_down(
    app: Flask, agency: Institution
) -> None:
    record = make_record(agency)
    inspector = signed_in(app, Role.INSPECTOR)
    assert "/annul" not in inspector.get(f"/staff/records/{record.id}").text
    assert do(inspector, record, "annul", day="2026-11-25").status_code == 403
    assert do(inspector, record, "meet", day="2026-11-20", reason=NOTE, files=picture()).status_code == 302


def test_an_auditor_reads_and_changes_nothing(app: Flask, agency: Institution) -> None:
    record = make_record(agency)
    auditor = signed_in(app, Role.AUDITOR)
    assert "您的账号只能查看" in auditor.get(f"/staff/records/{record.id}").text
    for move in ("annul", "restore", "meet", "unmeet"):
        answer = do(auditor, record, move, day="2026-11-20", reason=NOTE, files=picture())
        assert answer.status_code == 403, move
    assert fresh(record).met_on is None


def test_a_fact_of_the_registration_has_no_obligations(office: FlaskClient, agency: Institution) -> None:
    record = make_record(agency, kind="bankrupt")
    page = office.get(f"/staff/records/{record.id}").text
    assert "/meet" not in page
    assert "没有公示期" in page
    assert do(office, record, "meet", day="2026-11-20", reason=NOTE, files=picture()).status_code == 409


def test_what_a_batch_took_down_any_officer_with_the_permission_may_restore(
    office: FlaskClient, agency: Institution, moment: datetime
) -> None:
    record = make_record(agency)
    take_off(record, "remove", reason="移出名单", actor=OPERATOR, now=moment)
    db.session.commit()
    assert do(office, record, "restore", reason="名单有误").status_code == 302
    assert fresh(record).state == "published"


def test_staff_find_records_by_name_and_number(office: FlaskClient, agency: Institution) -> None:
    record = make_record(agency)
    search.rebuild(name=IndexName.CASES)
    answer = office.get(f"/staff/search?q={record.document_number}&kind=record").text
    assert f"/staff/records/{record.id}" in answer
    assert "公示中" in answer


def test_the_desk_counts_what_ended_unmended(office: FlaskClient, agency: Institution) -> None:
    make_record(agency, decided_on=date(2018, 1, 1))
    desk = office.get("/staff").text
    assert "期满未纠正信用记录" in desk
    assert "/staff/records?state=lapsed" in desk

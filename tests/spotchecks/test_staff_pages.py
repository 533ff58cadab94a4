"""Checks on the pages of the office: opened, concluded, confirmed by a second person, corrected, withdrawn."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import SHANGHAI, clock_at
from credit_register.core.database import db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import open_deadline
from credit_register.institutions.models import Institution
from credit_register.notices.models import Notice
from credit_register.spotchecks.lifecycle import KIND
from credit_register.spotchecks.models import SpotCheck
from tests.accounts.signing_in import client_of, make_account, signed_in
from tests.factories import make_check, make_institution, make_product, republish
from tests.spotchecks.checking import (
    CLEAN,
    FINDING,
    FOUND,
    REASON,
    fresh,
    move,
    only_check,
    picture,
    post,
)

NEW = "/staff/spotchecks/new"


def begin(client: FlaskClient, agency: Institution, **fields: Any) -> Any:
    return post(client, NEW, {"uscc": agency.uscc, "matter": "fees", **fields})


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


def ordered_check(agency: Institution, inspector: FlaskClient, office: FlaskClient) -> SpotCheck:
    """A falsehood, confirmed, with an order to correct it."""
    begin(inspector, agency, found=FOUND, verdict="falsehood", reason=FINDING)
    check = only_check()
    assert move(office, check, "confirm").status_code == 302
    assert move(inspector, check, "order", reason="请把公示的收费标准改为实际标价。").status_code == 302
    return fresh(check)


class TestANewCheck:
    def test_everything_given_and_no_fault_found_is_public_at_once(
        self, agency: Institution, inspector: FlaskClient, moment: datetime
    ) -> None:
        answer = begin(inspector, agency, found=FOUND, verdict="no_problem", reason=CLEAN)
        check = only_check()
        assert answer.status_code == 302
        assert answer.location.endswith(f"/staff/spotchecks/{check.id}")
        assert (check.state, check.published_on) == ("published", moment.date())
        assert "企业信用报告（信用管理咨询）：200 元/份" in check.declared
        page = inspector.get(answer.location).text
        assert 'data-state="published"' in page
        assert "已办结，结论公示中" in page
        # The period for publication began and ended with it.
        assert [row.closed_at is None for row in db.session.scalars(select(Deadline))] == [False]
        actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_kind == KIND)).all()
        assert actions == ["spot_check.open", "spot_check.conclude"]

    @pytest.mark.parametrize(
        ("fields", "missing"),
        [
            ({}, ""),
            ({"found": FOUND}, "缺少结论、理由"),
            ({"found": FOUND, "verdict": "falsehood"}, "缺少理由"),
        ],
    )
    def test_what_is_not_complete_stays_open_and_keeps_what_was_typed(
        self, agency: Institution, inspector: FlaskClient, fields: dict[str, str], missing: str
    ) -> None:
        answer = begin(inspector, agency, **fields)
        check = only_check()
        assert (check.state, check.found) == ("open", fields.get("found", ""))
        page = inspector.get(answer.location).text
        assert fields.get("found", "记录结论") in page
        assert missing in page

    @pytest.mark.parametrize(
        ("matter", "expected"),
        [
            ("fees", ("fees", "")),
            ("服务产品与收费标准", ("fees", "")),
            (" Licences ", ("licences", "")),
            ("许可 和 备案", ("licences", "")),
            ("收费标准", ("fees", "")),
            ("信息", ("other", "信息")),
            ("官网的宣传用语", ("other", "官网的宣传用语")),
            ("other", ("other", "")),
        ],
    )
    def test_the_matter_may_be_its_value_its_words_or_any_short_text(
        self, agency: Institution, inspector: FlaskClient, matter: str, expected: tuple[str, str]
    ) -> None:
        assert begin(inspector, agency, matter=matter).status_code == 302
        check = only_check()
        assert (check.matter, check.matter_text) == expected

    @pytest.mark.parametrize(
        "verdict", ["falsehood", "公示信息隐瞒真实情况、弄虚作假", "公示信息隐瞒真实情况,弄虚作假"]
    )
    def test_the_verdict_may_be_its_value_or_its_words(
        self, agency: Institution, inspector: FlaskClient, verdict: str
    ) -> None:
        begin(inspector, agency, found=FOUND, verdict=verdict, reason=FINDING)
        check = only_check()
        assert (check.verdict, check.state) == ("falsehood", "proposed")

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"matter": ""}, "请选择核查事项"),
            ({"matter": "很长的事项" * 13}, "最多 60 字"),
            ({"verdict": "guilty"}, "没有这个结论"),
            ({"uscc": ""}, "请填写统一社会信用代码"),
            ({"uscc": "1' OR '1'='1"}, "辖区内没有这家机构"),
            ({"found": FOUND, "verdict": "falsehood", "reason": "不符"}, "理由须为 4 至 600 字"),
            (
                {"found": FOUND, "verdict": "falsehood", "reason": "负责人手机 13800138000 无人接听"},
                "内容里有手机号",
            ),
            ({"matter_text": "联系 13800138000"}, "内容里有手机号"),
            ({"found": "长" * 4001}, "最多 4000 字"),
        ],
    )
    def test_what_cannot_be_taken_is_told_beside_the_field_and_nothing_typed_is_lost(
        self, agency: Institution, inspector: FlaskClient, fields: dict[str, str], message: str
    ) -> None:
        answer = begin(inspector, agency, **{"declared": "机构网站截图所示的标价", **fields})
        assert answer.status_code == 422
        assert message in answer.text
        assert "机构网站截图所示的标价" in answer.text
        assert db.session.scalar(select(func.count()).select_from(SpotCheck)) == 0

    def test_an_institution_of_another_region_reads_the_same_as_none(self, inspector: FlaskClient) -> None:
        foreign = make_institution(name="杭州示例外地信用有限公司", region_code="330100")
        for code in (foreign.uscc, "91510100MA000001XX"):
            answer = post(inspector, NEW, {"uscc": code, "matter": "fees"})
            assert answer.status_code == 422
            assert "辖区内没有这家机构" in answer.text
            assert "外地" not in answer.text
        assert "外地" not in inspector.get(f"{NEW}?uscc={foreign.uscc}").text

    def test_the_page_shows_what_is_public_now_and_says_how_is_checked(
        self, agency: Institution, inspector: FlaskClient, first: Account
    ) -> None:
        make_check(agency, opened_by_id=first.id, matter="licences")
        page = inspector.get(f"{NEW}?uscc={agency.uscc.lower()}").text
        assert agency.name in page
        assert "200 元/份" in page
        assert "网络核查和书面核查" in page
        assert "未办结的核查" in page
        assert (
            f"/staff/spotchecks/new?uscc={agency.uscc}"
            in inspector.get(f"/staff/institutions/{agency.id}").text
        )

    def test_two_clicks_make_one_check(self, agency: Institution, inspector: FlaskClient) -> None:
        fields = {"found": FOUND, "verdict": "falsehood", "reason": FINDING}
        places = {begin(inspector, agency, **fields).location for _ in range(2)}
        assert places == {f"/staff/spotchecks/{only_check().id}"}


def test_what_was_declared_stays_as_it_was(
    agency: Institution, inspector: FlaskClient, office: FlaskClient
) -> None:
    begin(inspector, agency)
    check = only_check()
    institution = db.session.get_one(Institution, agency.id)
    institution.products[0].fee_low = institution.products[0].fee_high = Decimal(500)
    republish(institution, reason="调整收费")
    move(inspector, check, "conclude", found=FOUND, verdict="falsehood", reason=FINDING)
    page = office.get(f"/staff/spotchecks/{check.id}").text
    assert "200 元/份" in page
    assert f"/institutions/{agency.uscc}/history/2" in page
    assert "第 2 版" in page
    assert fresh(check).snapshot["products"][0]["fee_low"] == "200.0000"
    assert "500 元/份" in inspector.get(f"{NEW}?uscc={agency.uscc}").text


def test_words_typed_for_what_was_declared_stand_beside_the_frozen_content(
    agency: Institution, inspector: FlaskClient
) -> None:
    begin(inspector, agency, declared="官网首页写明“全网最低价”。")
    page = inspector.get(f"/staff/spotchecks/{only_check().id}").text
    assert "全网最低价" in page
    assert "系统当日自动保存的内容" in page
    assert "200 元/份" in page


class TestTheSecondPerson:
    def test_a_fault_waits_and_only_another_person_confirms_it(
        self, app: Flask, agency: Institution, second: Account, office: FlaskClient, moment: datetime
    ) -> None:
        begin(office, agency, found=FOUND, verdict="falsehood", reason=FINDING)
        check = only_check()
        assert check.state == "proposed"
        assert open_deadline(KIND, check.id, "spotcheck_publication") is not None
        page = office.get(f"/staff/spotchecks/{check.id}").text
        assert "须由另一位有复核权限的人员复核" in page
        assert f"/staff/spotchecks/{check.id}/confirm" not in page
        refused = move(office, check, "confirm", reason="我自己复核通过")
        assert refused.status_code == 409
        assert "这个结论是您作出的" in refused.text
        assert "我自己复核通过" in refused.text
        assert fresh(check).state == "proposed"
        third = make_account(Role.PROVINCIAL, email="third@example.cn").account
        assert move(client_of(app, third), check, "confirm").status_code == 302
        check = fresh(check)
        assert (check.state, check.confirmed_by_id, check.published_on) == (
            "published",
            third.id,
            moment.date(),
        )
        assert open_deadline(KIND, check.id, "spotcheck_publication") is None

    def test_the_database_itself_refuses_the_same_person(self, agency: Institution, second: Account) -> None:
        with pytest.raises(IntegrityError):
            make_check(agency, opened_by_id=second.id, confirmed_by_id=second.id, state="published")
        db.session.rollback()
        with pytest.raises(IntegrityError):
            make_check(agency, opened_by_id=second.id, state="published", verdict="falsehood")
        db.session.rollback()

    def test_an_inspector_cannot_confirm(
        self, agency: Institution, second: Account, inspector: FlaskClient
    ) -> None:
        check = make_check(agency, opened_by_id=second.id, state="proposed")
        assert move(inspector, check, "confirm").status_code == 403
        assert move(inspector, check, "withdraw").status_code == 403
        assert fresh(check).state == "proposed"

    def test_a_rejected_verdict_comes_back_as_a_draft_and_can_be_given_again(
        self, agency: Institution, first: Account, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        begin(inspector, agency, found=FOUND, verdict="falsehood", reason=FINDING)
        check = only_check()
        assert move(office, check, "reject", reason="请补充官网截图").status_code == 302
        check = fresh(check)
        assert (check.state, check.concluded_by_id, check.found) == ("open", None, FOUND)
        told = db.session.scalars(select(Notice.title).where(Notice.account_id == first.id)).all()
        assert told == ["一项核查结论已退回，请重新核查"]
        page = inspector.get(f"/staff/spotchecks/{check.id}").text
        assert "请补充官网截图" in page
        assert FINDING in page
        move(inspector, check, "conclude", found=FOUND, verdict="falsehood", reason=FINDING)
        assert fresh(check).state == "proposed"
        assert open_deadline(KIND, check.id, "spotcheck_publication") is not None


class TestCorrection:
    def test_an_order_runs_for_ten_working_days_over_a_holiday(
        self, agency: Institution, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        # Ordered on Thursday 24 September 2026: mid-autumn and the national week lie in between.
        with clock_at(datetime(2026, 9, 24, 10, tzinfo=SHANGHAI)):
            check = ordered_check(agency, inspector, office)
            due = open_deadline(KIND, check.id, "correction")
            assert due is not None
            assert due.due_on > datetime(2026, 10, 8, tzinfo=SHANGHAI).date() + timedelta(days=4)
            last = datetime.combine(due.due_on, datetime.min.time(), SHANGHAI)
        with clock_at(last):
            assert names(office.get("/staff/spotchecks?overdue=1").text) == []
        with clock_at(last + timedelta(days=1)):
            assert names(office.get("/staff/spotchecks?overdue=1").text) == [agency.name]
            assert "已逾期" in office.get(f"/staff/spotchecks/{check.id}").text
            assert "逾期 1 件" in office.get("/staff").text

    def test_what_finds_no_fault_cannot_be_ordered_to_be_corrected(
        self, agency: Institution, first: Account, inspector: FlaskClient
    ) -> None:
        check = make_check(agency, opened_by_id=first.id, state="published")
        assert (
            f"/staff/spotchecks/{check.id}/order" not in inspector.get(f"/staff/spotchecks/{check.id}").text
        )
        answer = move(inspector, check, "order", reason="请改正收费标准")
        assert answer.status_code == 409
        assert "不需要责令改正" in answer.text
        assert "请改正收费标准" in answer.text
        assert fresh(check).state == "published"

    def test_reported_insisted_and_found_to_be_corrected(
        self,
        agency: Institution,
        inspector: FlaskClient,
        office: FlaskClient,
        agent: FlaskClient,
        first: Account,
        moment: datetime,
    ) -> None:
        check = ordered_check(agency, inspector, office)
        path = f"/workspace/spotchecks/{check.id}"
        data = {"text": "已更新公示的收费标准。", "files": [picture()], "version": check.version}
        assert post(agent, f"{path}/respond", data).status_code == 302
        assert fresh(check).state == "responded"
        assert names(office.get("/staff/spotchecks?state=responded").text) == [agency.name]
        titles = db.session.scalars(select(Notice.title).where(Notice.account_id == first.id)).all()
        assert "机构报告了改正情况，请确认" in titles
        assert move(inspector, check, "insist", reason="官网价格没有变化").status_code == 302
        assert "官网价格没有变化" in agent.get(path).text
        data = {"text": "官网价格已经改了。", "version": fresh(check).version}
        assert post(agent, f"{path}/respond", data).status_code == 302
        page = inspector.get(f"/staff/spotchecks/{check.id}").text
        assert "已更新公示的收费标准。" in page
        assert "官网价格已经改了。" in page
        file_id = fresh(check).files[0].file_id
        for reader, place in ((inspector, f"/staff/spotchecks/{check.id}"), (agent, path)):
            assert reader.get(f"{place}/files/{file_id}", buffered=True).status_code == 200
        assert move(inspector, check, "fulfil", reason="官网与公示一致").status_code == 302
        check = fresh(check)
        assert (check.state, check.corrected_on) == ("corrected", moment.date())
        assert open_deadline(KIND, check.id, "correction") is None


class TestFiles:
    def test_evidence_is_kept_while_open_and_handed_out_to_readers(
        self, app: Flask, agency: Institution, inspector: FlaskClient
    ) -> None:
        begin(inspector, agency, files=[picture()])
        check = only_check()
        path, seen = f"/staff/spotchecks/{check.id}/files", check.version
        for _ in range(2):  # the second of two clicks is no error, and the file is not stored twice
            more = {"files": [picture("第二张.png")], "version": seen}
            assert post(inspector, path, more).status_code == 302
        check = fresh(check)
        assert [entry.file.original_name for entry in check.files] == ["截图.png", "第二张.png"]
        file_id = check.files[0].file_id
        answer = signed_in(app, Role.AUDITOR).get(f"{path}/{file_id}", buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert inspector.get(f"{path}/{file_id + 100}").status_code == 404
        foreign = signed_in(app, Role.LOCAL, email="foreign@example.cn", region="330100")
        assert foreign.get(f"{path}/{file_id}").status_code == 404
        move(inspector, check, "conclude", found=FOUND, verdict="no_problem", reason=CLEAN)
        late = {"files": [picture()], "version": fresh(check).version}
        assert post(inspector, path, late).status_code == 409

    @pytest.mark.parametrize(
        ("content", "name", "message"),
        [
            (b"MZ\x90\x00 program", "附件.exe", "可以上传的文件"),
            (b"%PDF-1.4 nothing", "损坏.pdf", "“损坏.pdf”"),
            (b"", "空.png", "“空.png”"),
        ],
    )
    def test_a_file_that_cannot_be_taken_is_named_and_nothing_is_opened(
        self, agency: Institution, inspector: FlaskClient, content: bytes, name: str, message: str
    ) -> None:
        answer = begin(inspector, agency, found=FOUND, files=[picture(), (io.BytesIO(content), name)])
        assert answer.status_code == 422
        assert message in answer.text
        assert FOUND in answer.text
        assert db.session.scalar(select(func.count()).select_from(SpotCheck)) == 0

    def test_eleven_files_are_too_many(self, agency: Institution, inspector: FlaskClient) -> None:
        answer = begin(inspector, agency, files=[picture(f"{number}.png") for number in range(11)])
        assert answer.status_code == 422
        assert "最多 10 个文件" in answer.text

    def test_a_step_without_a_file_says_so(self, agency: Institution, inspector: FlaskClient) -> None:
        begin(inspector, agency)
        check = only_check()
        answer = post(inspector, f"/staff/spotchecks/{check.id}/files", {"version": check.version})
        assert answer.status_code == 422
        assert "请选择要上传的文件" in answer.text


class TestTwoOfficers:
    def test_the_second_is_told_who_was_first_and_loses_nothing(
        self, app: Flask, agency: Institution, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        begin(inspector, agency, found=FOUND, verdict="falsehood", reason=FINDING)
        check = only_check()
        seen = check.version
        third = client_of(app, make_account(Role.PROVINCIAL, email="third@example.cn").account)
        assert move(third, check, "confirm").status_code == 302
        answer = move(office, check, "reject", reason="证据不足，请退回补充", version=seen)
        assert answer.status_code == 409
        assert "省级牵头单位人员甲" in answer.text
        assert "复核并公示" in answer.text
        assert "证据不足，请退回补充" in answer.text
        assert fresh(check).state == "published"

    def test_the_draft_of_the_second_stands_in_the_form_with_the_new_version(
        self, agency: Institution, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        begin(inspector, agency)
        check = only_check()
        seen = check.version
        post(inspector, f"/staff/spotchecks/{check.id}/files", {"files": [picture()], "version": seen})
        fields = {"found": FOUND, "verdict": "falsehood", "reason": FINDING}
        answer = move(office, check, "conclude", version=seen, **fields)
        assert answer.status_code == 409
        assert FOUND in answer.text
        assert f'name="version" type="hidden" value="{seen + 1}"' in answer.text
        assert move(office, check, "conclude", **fields).status_code == 302

    @pytest.mark.parametrize("deed", ["conclude", "cancel"])
    def test_the_same_click_twice_is_quiet(
        self, agency: Institution, inspector: FlaskClient, deed: str
    ) -> None:
        begin(inspector, agency)
        check = only_check()
        fields = {"found": FOUND, "verdict": "falsehood", "reason": FINDING, "version": check.version}
        assert [move(inspector, check, deed, **fields).status_code for _ in range(2)] == [302, 302]
        assert fresh(check).state == {"conclude": "proposed", "cancel": "cancelled"}[deed]

    def test_a_step_needs_a_reason_and_the_version(self, agency: Institution, inspector: FlaskClient) -> None:
        begin(inspector, agency)
        check = only_check()
        assert "请填写理由" in move(inspector, check, "cancel", reason="  ").text
        expired = move(inspector, check, "cancel", version="")
        assert (expired.status_code, "页面已过期" in expired.text) == (422, True)
        assert fresh(check).state == "open"


class TestWhoMay:
    def test_rows_of_another_region_are_not_there(
        self, app: Flask, agency: Institution, first: Account
    ) -> None:
        check = make_check(agency, opened_by_id=first.id)
        foreign = signed_in(app, Role.LOCAL, email="foreign@example.cn", region="330100")
        assert foreign.get(f"/staff/spotchecks/{check.id}").status_code == 404
        assert names(foreign.get("/staff/spotchecks?state=all").text) == []
        for name in ("conclude", "cancel", "confirm", "reject", "order", "fulfil", "insist", "withdraw"):
            assert move(foreign, check, name).status_code == 404, name
        assert post(foreign, f"/staff/spotchecks/{check.id}/files", {}).status_code == 404

    def test_an_auditor_reads_and_does_nothing(self, app: Flask, agency: Institution, first: Account) -> None:
        check = make_check(agency, opened_by_id=first.id)
        auditor = signed_in(app, Role.AUDITOR)
        page = auditor.get(f"/staff/spotchecks/{check.id}").text
        assert "您的账号只能查看" in page
        assert "case-move" not in page
        assert names(auditor.get("/staff/spotchecks").text) == [agency.name]
        assert auditor.get(NEW).status_code == 403
        for name in ("conclude", "confirm"):
            assert move(auditor, check, name).status_code == 403

    def test_a_reviewer_of_registrations_has_no_part_in_it(self, app: Flask, moment: datetime) -> None:
        reviewer = signed_in(app, Role.REVIEWER)
        assert reviewer.get("/staff/spotchecks").status_code == 403
        assert "/staff/spotchecks" not in reviewer.get("/staff").text


class TestQueue:
    @pytest.fixture
    def checks(self, agency: Institution, first: Account, second: Account) -> dict[str, SpotCheck]:
        def one(name: str, **values: Any) -> SpotCheck:
            institution = make_institution(name=name, region_code=values.pop("region_code", "510100"))
            make_product(institution)
            values.setdefault("opened_by_id", first.id)
            return make_check(institution, **values)

        return {
            "open": one("成都示例核查中有限公司", matter="licences"),
            "mine": one("成都示例乙的结论有限公司", state="proposed", opened_by_id=second.id),
            "proposed": one("成都示例待复核有限公司", state="proposed", region_code="510104"),
            "clean": one("成都示例没问题有限公司", state="published"),
            "withdrawn": one("成都示例撤下有限公司", state="withdrawn", confirmed_by_id=second.id),
        }

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {"open", "mine", "proposed"}),
            ("state=all", {"open", "mine", "proposed", "clean", "withdrawn"}),
            ("state=published", {"clean"}),
            ("waiting=1", {"proposed"}),
            ("matter=licences", {"open"}),
            ("verdict=falsehood&state=all", {"mine", "proposed", "withdrawn"}),
            ("region=510104", {"proposed"}),
            ("q=没问题&state=all", {"clean"}),
            ("q=100%25&state=all", set()),
            ("overdue=1", set()),
        ],
    )
    def test_each_filter_narrows(
        self, checks: dict[str, SpotCheck], office: FlaskClient, query: str, expected: set[str]
    ) -> None:
        found = set(names(office.get(f"/staff/spotchecks?{query}").text))
        assert found == {fresh(checks[key]).institution.name for key in expected}

    @pytest.mark.parametrize(
        "query", ["state=gone", "verdict=x", "matter=7", "region=ab", "waiting=yes", "page=0"]
    )
    def test_a_parameter_that_cannot_be_read_is_refused(self, office: FlaskClient, query: str) -> None:
        assert office.get(f"/staff/spotchecks?{query}").status_code == 400

    def test_the_desk_counts_what_waits_for_this_person(
        self, checks: dict[str, SpotCheck], office: FlaskClient, inspector: FlaskClient
    ) -> None:
        desk = office.get("/staff").text
        assert re.search(r'waiting=1"><span class="big-number">1<', desk)
        assert re.search(r'state=proposed"><span class="big-number">2<', inspector.get("/staff").text)

    def test_forty_stand_on_a_page_and_the_nearest_end_comes_first(
        self, agency: Institution, first: Account, inspector: FlaskClient, office: FlaskClient
    ) -> None:
        ordered = ordered_check(agency, inspector, office)
        for _ in range(40):
            make_check(agency, opened_by_id=first.id)
        page = office.get("/staff/spotchecks").text
        assert len(names(page)) == 40
        assert page.index(f'/staff/spotchecks/{ordered.id}"') < page.index(
            f'/staff/spotchecks/{ordered.id + 40}"'
        )
        assert len(names(office.get("/staff/spotchecks?page=2").text)) == 1


def test_personal_data_stays_out_of_reasons_which_the_audit_keeps(
    agency: Institution, inspector: FlaskClient
) -> None:
    begin(inspector, agency)
    check = only_check()
    answer = move(inspector, check, "cancel", reason="联系人 13800138000 已离职")
    assert answer.status_code == 422
    assert "内容里有手机号" in answer.text
    assert fresh(check).state == "open"
    found = "经办人王示例 13800138000 电话说明了情况。"  # kept inside, so it may name people
    move(inspector, check, "conclude", found=found, verdict="no_problem", reason=REASON)
    kept = [
        row.detail for row in db.session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == KIND))
    ]
    assert "13800138000" not in str(kept)
    assert fresh(check).found == found

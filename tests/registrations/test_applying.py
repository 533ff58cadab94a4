"""The institution's side: what is sent, kept, taken back, and how every fault is told beside its field."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at, now
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.files import StoredFile
from credit_register.registrations import queries, services
from credit_register.registrations.application import LICENCE_FILES, Facts
from credit_register.registrations.lifecycle import KIND
from credit_register.registrations.models import Kind
from tests.accounts.signing_in import client_of, csrf_token, hidden, make_account, signed_in
from tests.conftest import MOMENT
from tests.core.codes import uscc
from tests.core.handmade_files import PDF, take
from tests.factories import make_institution, make_product
from tests.registrations.applying import (
    CODE,
    NAME,
    PAGE,
    apply,
    decide,
    filled,
    licence,
    number_of_rows,
    picture,
    press,
    the_row,
)


def state_of(page: str) -> str:
    found = re.search(r'data-state="([^"]*)"', page)
    assert found
    return found[1]


def value_of(page: str, name: str) -> str:
    """What stands in a field of the form."""
    return unescape(hidden(page, name))


def ticked(page: str) -> list[str]:
    boxes = re.findall(r"<input[^>]*name=\"categories\"[^>]*>", page)
    return [re.search(r'value="(\d\d)"', box)[1] for box in boxes if " checked" in box]  # type: ignore[index]


def error_of(page: str, name: str) -> str:
    """The sentence beside a field."""
    found = re.search(rf'<p class="form-error" id="{name}-error">(.*?)</p>', page, re.S)
    return unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


def files() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(StoredFile.original_name).order_by(StoredFile.id)))


class TestTheWay:
    def test_a_person_without_an_application_learns_what_is_needed_and_how_long_it_takes(
        self, applicant: FlaskClient
    ) -> None:
        page = applicant.get(PAGE).text
        assert state_of(page) == "none"
        assert "提交之日起 5 个工作日内" in page
        assert value_of(page, "uscc") == CODE
        assert '<option value="四川省成都市武侯区">' in page

    def test_the_fields_of_the_contract_alone_send_the_application(
        self, applicant: FlaskClient, account: Account
    ) -> None:
        with clock_at(MOMENT):
            answer = apply(applicant)
        assert (answer.status_code, answer.location) == (302, PAGE)
        row = the_row()
        assert (row.state, row.kind, row.account_id) == ("submitted", "new", account.id)
        assert (row.region_code, row.office_region, row.categories) == ("510100", "510100", ["04", "06"])
        assert row.sent_at == MOMENT
        [deadline] = open_deadlines(KIND, row.id)
        assert deadline.due_on.isoformat() == "2026-03-19"
        page = applicant.get(PAGE).text
        assert state_of(page) == "submitted"
        assert "2026-03-19" in page
        assert "四川省成都市信用主管部门" in page
        assert NAME in page

    @pytest.mark.parametrize("typed", ["510107", "四川省成都市武侯区", "武侯区", "成都市武侯区"])
    def test_a_place_is_understood_by_code_or_by_name(self, applicant: FlaskClient, typed: str) -> None:
        assert apply(applicant, region=typed).status_code == 302
        assert the_row().region_code == "510107"

    def test_the_same_sent_twice_is_one_application(self, applicant: FlaskClient) -> None:
        token = csrf_token(applicant, PAGE)
        for _ in range(2):
            answer = applicant.post(PAGE, data={"csrf_token": token, "version": "0", **filled()})
            assert (answer.status_code, answer.location) == (302, PAGE)
        assert number_of_rows() == 1
        assert len(files()) == 1

    def test_another_content_under_review_has_to_wait_for_the_first_to_be_taken_back(
        self, applicant: FlaskClient
    ) -> None:
        apply(applicant)
        answer = apply(applicant, address="四川省成都市新写的地址 9 号")
        assert answer.status_code == 409
        assert "已提交待审核，如需修改请先撤回" in answer.text
        assert value_of(answer.text, "address") == "四川省成都市新写的地址 9 号"
        assert the_row().address == "四川省成都市示例路 8 号"
        assert state_of(answer.text) == "submitted"

    def test_taken_back_changed_and_sent_again_it_runs_anew(self, applicant: FlaskClient) -> None:
        with clock_at(MOMENT):
            apply(applicant)
        answer = press(applicant, f"{PAGE}/recall", page=PAGE)
        assert answer.status_code == 302
        row = the_row()
        assert row.state == "draft"
        assert open_deadlines(KIND, row.id) == []
        page = applicant.get(PAGE).text
        assert state_of(page) == "draft"
        assert "营业执照.png" in page
        with clock_at(MOMENT + timedelta(days=7)):
            assert apply(applicant, address="四川省成都市新地址 9 号", licence_file=None).status_code == 302
        assert the_row().address == "四川省成都市新地址 9 号"
        [deadline] = open_deadlines(KIND, row.id)
        assert deadline.due_on.isoformat() == "2026-03-26"
        assert number_of_rows() == 1

    def test_taking_back_twice_is_quiet_and_after_a_decision_it_is_told(
        self, applicant: FlaskClient, officer: FlaskClient
    ) -> None:
        apply(applicant)
        seen = applicant.get(PAGE).text
        data = {"csrf_token": hidden(seen, "csrf_token"), "version": hidden(seen, "version")}
        decide(officer, the_row(), "return", "请补充住所的门牌号")
        answer = applicant.post(f"{PAGE}/recall", data=data)
        assert answer.status_code == 409
        assert "状态刚刚有变化" in answer.text
        assert state_of(answer.text) == "returned"
        apply(applicant)
        press(applicant, f"{PAGE}/recall", page=PAGE)
        assert applicant.post(f"{PAGE}/recall", data=data).status_code == 302
        assert the_row().state == "draft"

    def test_given_up_it_leaves_no_file_and_a_new_one_may_begin(self, applicant: FlaskClient) -> None:
        apply(applicant, draft="1")
        assert files() == ["营业执照.png"]
        assert press(applicant, f"{PAGE}/discard", page=PAGE).status_code == 302
        assert files() == []
        assert the_row().state == "discarded"
        assert state_of(applicant.get(PAGE).text) == "none"
        token = csrf_token(applicant, PAGE)
        again = applicant.post(f"{PAGE}/discard", data={"csrf_token": token, "version": "2"})
        assert again.status_code == 302
        assert apply(applicant).status_code == 302
        assert number_of_rows() == 2


class TestDrafts:
    def test_a_draft_takes_anything_that_fits_and_shows_it_again(self, applicant: FlaskClient) -> None:
        answer = apply(
            applicant,
            draft="1",
            name="=还没想好",
            phone="打什么都行",
            region="",
            categories=["99", "01", "<b>"],
            legal_representative="",
        )
        assert answer.status_code == 302
        page = applicant.get(PAGE).text
        assert state_of(page) == "draft"
        assert value_of(page, "name") == "=还没想好"
        assert value_of(page, "phone") == "打什么都行"
        assert ticked(page) == ["01", "99"]
        assert open_deadlines(KIND, the_row().id) == []
        assert apply(applicant, draft="1", name="", categories=[]).status_code == 302
        assert (the_row().name, the_row().categories) == ("", [])

    def test_what_does_not_fit_is_told_and_the_rest_is_kept(self, applicant: FlaskClient) -> None:
        answer = apply(applicant, draft="1", name="长" * 121, region="没有这个地方", phone="028-1111111")
        assert answer.status_code == 422
        assert "最多 120 个字，现为 121 个字" in error_of(answer.text, "name")
        assert "没有找到地区“没有这个地方”" in error_of(answer.text, "region")
        assert value_of(answer.text, "name") == "长" * 121
        assert value_of(answer.text, "region") == "没有这个地方"
        row = the_row()
        assert (row.name, row.phone, row.region_code) == ("", "028-1111111", "")
        assert files() == ["营业执照.png"]

    @pytest.mark.parametrize("phone", ["13900001111", "０２８-87654321；139 0000 1111"])
    def test_a_mobile_number_is_taken_and_the_applicant_is_told_beside_it_that_it_will_be_public(
        self, applicant: FlaskClient, phone: str
    ) -> None:
        told = "这是手机号，将在名录公开；如属个人号码请改为办公电话"
        apply(applicant, phone="028-87654321", draft="1")
        assert told not in applicant.get(PAGE).text
        apply(applicant, phone=phone, draft="1")
        assert re.search(
            rf'aria-describedby="phone-hint phone-note".*?{told}', applicant.get(PAGE).text, re.DOTALL
        )
        assert apply(applicant, phone=phone).status_code == 302
        assert the_row().state == "submitted"
        assert told in applicant.get(PAGE).text

    def test_the_file_stays_is_replaced_by_a_new_one_and_downloads_as_an_attachment(
        self, applicant: FlaskClient
    ) -> None:
        apply(applicant, draft="1")
        apply(applicant, draft="1", licence_file=None, address="新地址")
        assert files() == ["营业执照.png"]
        apply(applicant, draft="1", licence_file=licence(PDF, "新执照.pdf"))
        assert files() == ["新执照.pdf"]
        page = applicant.get(PAGE).text
        assert re.search(r'href="/workspace/registration/licence">新执照.pdf</a>（1 KB', page)
        with applicant.get(f"{PAGE}/licence") as answer:
            assert answer.data == take(PDF, "新执照.pdf")
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert apply(applicant, licence_file=None).status_code == 302

    def test_two_windows_do_not_overwrite_each_other_unseen(self, applicant: FlaskClient) -> None:
        apply(applicant, draft="1")
        late = applicant.get(PAGE).text
        apply(applicant, draft="1", address="先改的地址", licence_file=None)
        data = {**filled(address="后改的地址", licence_file=None), "draft": "1"}
        data |= {"csrf_token": hidden(late, "csrf_token"), "version": hidden(late, "version")}
        answer = applicant.post(PAGE, data=data)
        assert answer.status_code == 409
        assert "另一个窗口" in answer.text
        assert value_of(answer.text, "address") == "后改的地址"
        assert the_row().address == "先改的地址"
        again = applicant.post(PAGE, data={**data, "version": hidden(answer.text, "version")})
        assert again.status_code == 302
        assert the_row().address == "后改的地址"

    def test_two_first_clicks_at_the_same_moment_make_one_row(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first look finds nothing, as it does while the other click has not been committed."""
        facts = Facts(name=NAME)
        services.save_draft(services.Filled(facts, CODE), actor=account.actor, now=now())
        real, looks = queries.open_registration, []

        def too_early(actor: Any, **options: Any) -> Any:
            looks.append(actor)
            return None if len(looks) == 1 else real(actor, **options)

        monkeypatch.setattr(queries, "open_registration", too_early)
        row = services.save_draft(services.Filled(facts, CODE), actor=account.actor, now=now())
        assert len(looks) == 2
        assert (number_of_rows(), the_row().id) == (1, row.id)


def archive() -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w") as packed:
        packed.writestr("执照.png", picture())
    return target.getvalue()


class TestFaults:
    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"name": ""}, "name", "机构名称为空"),
            ({"name": "=cmd|calc"}, "name", "会被表格软件当作公式"),
            ({"uscc": uscc(serial=5)}, "uscc", f"您的账号属于统一社会信用代码为 {CODE} 的机构"),
            ({"uscc": None}, "uscc", f"统一社会信用代码为 {CODE} 的机构"),
            ({"legal_representative": "无"}, "legal_representative", "请填写营业执照上的法定代表人"),
            ({"region": ""}, "region", "请填写所在地区"),
            ({"region": "000000"}, "region", "不能是全国"),
            ({"region": "999999"}, "region", "没有找到地区“999999”"),
            ({"region": "朝阳区"}, "region", "叫“朝阳区”的地区不止一个"),
            ({"categories": None}, "categories", "请至少选择一个服务类别"),
            ({"categories": ["06", "77"]}, "categories", "请从列表中选择服务类别"),
            ({"address": ""}, "address", "请填写营业执照上的住所"),
            ({"phone": "abc"}, "phone", "联系电话“abc”无法识别"),
            ({"introduction": "=1+1"}, "introduction", "是公式"),
            ({"introduction": "长" * 5001}, "introduction", "最多 5000 个字"),
            ({"licence_file": None}, "licence_file", "请选择营业执照的扫描件或照片"),
            ({"licence_file": licence(b"", "空.png")}, "licence_file", "文件是空的"),
            ({"licence_file": licence(PDF, "执照.jpg")}, "licence_file", "内容却是PDF 文档"),
            ({"licence_file": licence(archive(), "执照.zip")}, "licence_file", "不接受压缩包"),
            (
                {"licence_file": licence(b"\x00\x00\x00\x18ftypheic" + b"\x00" * 20, "IMG_1.HEIC")},
                "licence_file",
                "HEIC 图片请先转为 JPEG",
            ),
            (
                {"licence_file": licence(bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600, "执照.doc")},
                "licence_file",
                "旧版 Office 文件",
            ),
            ({"licence_file": licence(b"MZ\x90\x00" * 9, "执照.exe")}, "licence_file", "不接受程序"),
            ({"licence_file": licence("执照".encode(), "执照.txt")}, "licence_file", "这里不接受纯文本"),
            ({"licence_file": [licence(), licence(PDF, "另.pdf")]}, "licence_file", "最多上传 1 个文件"),
        ],
    )
    def test_each_is_told_beside_its_field_and_everything_typed_is_kept(
        self, applicant: FlaskClient, changes: dict[str, Any], field: str, sentence: str
    ) -> None:
        answer = apply(applicant, **changes)
        assert answer.status_code == 422
        assert sentence in error_of(answer.text, field)
        for name, typed in filled(**changes).items():
            if name == "categories":
                assert ticked(answer.text) == [code for code in typed if code != "77"]
            elif name == "introduction":
                assert typed in unescape(answer.text)
            elif name != "licence_file":
                assert value_of(answer.text, name) == typed

    def test_a_good_file_survives_a_mistake_elsewhere(self, applicant: FlaskClient) -> None:
        answer = apply(applicant, phone="abc")
        assert answer.status_code == 422
        assert state_of(answer.text) == "draft"
        assert "已上传：" in answer.text
        assert "申请还没有提交" in answer.text
        version = hidden(answer.text, "version")
        again = apply(applicant, licence_file=None, version=version)
        assert again.status_code == 302, again.text
        assert the_row().state == "submitted"

    def test_a_file_that_is_too_large_is_told(
        self, applicant: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "不超过 10 MB" in applicant.get(PAGE).text
        small = replace(LICENCE_FILES, max_bytes=1024)
        monkeypatch.setattr(services, "LICENCE_FILES", small)
        answer = apply(applicant, licence_file=licence(picture() + b"\x00" * 2000))
        assert answer.status_code == 422
        assert "文件超过 1 KB。请压缩图片" in error_of(answer.text, "licence_file")

    def test_a_bad_new_file_leaves_the_good_old_one(self, applicant: FlaskClient) -> None:
        apply(applicant, draft="1")
        answer = apply(applicant, licence_file=licence(PDF, "执照.jpg"))
        assert answer.status_code == 422
        assert files() == ["营业执照.png"]
        assert the_row().state == "draft"

    def test_a_mistake_without_a_file_leaves_nothing_behind(self, applicant: FlaskClient) -> None:
        assert apply(applicant, phone="abc", licence_file=None).status_code == 422
        assert number_of_rows() == 0

    def test_a_session_that_ran_out_loses_no_word(self, app: Flask, account: Account) -> None:
        client = client_of(app, account)
        text = "第一段 <b>&\n第二段，" + "很长" * 1000
        data = {"csrf_token": csrf_token(client, PAGE), **filled(introduction=text)}
        client.delete_cookie("register_session")
        answer = client.post(
            PAGE, data=data, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        )
        assert answer.status_code == 401
        fields = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', answer.text, re.S)
        back = [(name, unescape(value).replace("\r\n", "\n")) for name, value in fields]
        assert ("introduction", text) in back
        assert [value for name, value in back if name == "categories"] == ["04", "06"]
        assert ("name", NAME) in back
        again = client_of(app, account)
        form = {"csrf_token": csrf_token(again, PAGE), "categories": ["04", "06"]}
        form |= {name: value for name, value in back if name not in form}
        answer = again.post(PAGE, data=form)
        assert answer.status_code == 422
        assert "请选择营业执照" in error_of(answer.text, "licence_file")
        assert again.post(PAGE, data={**form, **filled(introduction=text)}).status_code == 302
        assert the_row().introduction == text


class TestEntriesOfTheRegister:
    def test_an_entry_is_claimed_from_its_public_facts_by_the_office_that_registered_it(
        self, applicant: FlaskClient
    ) -> None:
        make_institution(uscc=CODE, name="成都示例名单信用有限公司", region_code="510104")
        page = applicant.get(PAGE).text
        assert "认领登记" in page
        assert value_of(page, "name") == "成都示例名单信用有限公司"
        assert value_of(page, "region") == "四川省成都市锦江区"
        assert ticked(page) == ["06"]
        assert apply(applicant, name="成都示例名单信用有限公司", region="510107").status_code == 302
        row = the_row()
        assert (row.kind, row.region_code, row.office_region) == (Kind.CLAIM, "510107", "510104")

    def test_confirmed_people_apply_for_a_change_and_only_for_one(self, app: Flask) -> None:
        entry = make_institution(uscc=CODE, name=NAME, phone="028-1234567", introduction="")
        client = signed_in(app, Role.LEGAL_REP, uscc_code=CODE)
        same = {
            "legal_representative": entry.legal_representative,
            "address": entry.address,
            "phone": entry.phone,
            "introduction": "",
            "categories": ["06"],
        }
        answer = apply(client, **same)
        assert answer.status_code == 422
        assert "没有需要变更的内容" in answer.text
        assert apply(client, **{**same, "phone": "028-7654321"}).status_code == 302
        assert the_row().kind == Kind.CHANGE

    def test_what_the_entry_says_already_is_not_judged_anew(self, applicant: FlaskClient) -> None:
        make_institution(uscc=CODE, name=NAME, phone="总机转人事")
        assert apply(applicant, phone="总机转人事").status_code == 302

    def test_a_category_whose_products_are_offered_cannot_be_left_out(self, applicant: FlaskClient) -> None:
        entry = make_institution(uscc=CODE, name=NAME, categories=("06", "10"))
        make_product(entry, category="10", name="示例培训")
        answer = apply(applicant)
        assert answer.status_code == 422
        assert "“信用培训”下还有 1 项服务产品" in error_of(answer.text, "categories")

    @pytest.mark.parametrize("status", ["deregistered", "withdrawn"])
    def test_an_entry_that_left_the_register_cannot_be_claimed(
        self, applicant: FlaskClient, status: str
    ) -> None:
        make_institution(uscc=CODE, status=status)
        page = applicant.get(PAGE).text
        assert "请向四川省成都市信用主管部门提出" in page
        assert 'name="licence_file"' not in page
        assert apply(applicant).status_code == 422
        assert number_of_rows() == 0


class TestOthers:
    def test_nobody_sees_the_application_of_another_account_not_even_of_the_same_code(
        self, app: Flask, applicant: FlaskClient
    ) -> None:
        apply(applicant)
        colleague = make_account(Role.LEGAL_REP, uscc_code=CODE).account
        stranger = make_account(Role.AGENT, email="other@example.cn", uscc_code=uscc(serial=8)).account
        for other in (colleague, stranger):
            client = client_of(app, other)
            page = client.get(PAGE).text
            assert state_of(page) == "none"
            assert NAME not in page
            assert client.get(f"{PAGE}/licence").status_code == 404
            token = csrf_token(client, PAGE)
            client.post(f"{PAGE}/recall", data={"csrf_token": token, "version": "2"})
            assert the_row().state == "submitted"

    def test_staff_have_no_application_of_their_own(self, officer: FlaskClient) -> None:
        assert officer.get(PAGE).status_code == 403

    def test_the_audit_tells_who_sent_it_and_nothing_of_its_content(
        self, applicant: FlaskClient, account: Account
    ) -> None:
        apply(applicant)
        rows = db.session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == KIND)).all()
        assert [(row.action, row.actor_id, row.detail) for row in rows] == [
            ("registration.save", account.id, {}),
            ("registration.send", account.id, {}),
        ]

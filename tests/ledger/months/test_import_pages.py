"""A month that comes as a file, on the pages: looked at first, kept once, corrected with a reason, and never lost halfway."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.ledger.models import LedgerMonth
from credit_register.ledger.months import queries, services, uploads
from credit_register.web.jobs import run_due
from tests.accounts.signing_in import client_of, hidden, make_account, signed_in
from tests.ledger.cases.test_at_once import at_once, person
from tests.ledger.months.building import LINE, SAMPLE, cells, make_case, run, write_form
from tests.spotchecks.checking import post

INDEX = "/staff/ledger/months"
IMPORT = f"{INDEX}/import"
GOOD = [*LINE, "否", "是", None]
OTHER = [*LINE, "否", "否", None]


def months() -> Sequence[LedgerMonth]:
    db.session.expire_all()
    return db.session.scalars(select(LedgerMonth).order_by(LedgerMonth.id)).all()


def held() -> Sequence[StoredFile]:
    db.session.expire_all()
    return db.session.scalars(select(StoredFile).where(StoredFile.purpose == uploads.HELD)).all()


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., bytes]:
    """Attachment 1 of the lines that are given."""

    def make(*lines: Sequence[Any], **options: Any) -> bytes:
        return write_form(tmp_path / "form.xlsx", lines, **options).read_bytes()

    return make


def send(
    client: FlaskClient, content: bytes, *, name: str = "张三的台账.xlsx", **fields: str
) -> TestResponse:
    data = {"region": "510100", "month": "2026-01", "file": (io.BytesIO(content), name), **fields}
    return post(client, IMPORT, data, content_type="multipart/form-data")


def look(client: FlaskClient, content: bytes, **fields: str) -> tuple[str, str]:
    """Upload a file and look at it: the address of the preview and its page."""
    answer = send(client, content, **fields)
    assert answer.status_code == 302, answer.text
    page = client.get(answer.location)
    assert page.status_code == 200
    return answer.location, page.text


def named_in(address: str) -> str:
    """The name of the held file in the address of its preview."""
    found = re.search(r"/import/([^?]+)", address)
    assert found
    return found[1]


def keep(client: FlaskClient, address: str, page: str, reason: str = "") -> TestResponse:
    return post(client, address, {"version": hidden(page, "version"), "reason": reason})


def counts(page: str) -> dict[str, int]:
    return {
        name: int(value) for name, value in re.findall(r'data-(rows|exited|warnings|errors)="(\d+)"', page)
    }


class TestLooking:
    def test_the_empty_page_of_months_leads_to_the_form_with_the_own_region(
        self, office: FlaskClient
    ) -> None:
        assert f'href="{IMPORT}"' in office.get(INDEX).text
        page = office.get(IMPORT).text
        assert re.search(r'<option selected value="510100">', page)
        assert "510104" in page
        assert "510700" not in page

    def test_a_preview_counts_and_names_row_and_column_and_keeps_nothing_as_a_month(
        self, office: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        doubtful = ["成都示例乙公司", *LINE[1:4], None, *LINE[5:], "否", "是", None]
        wrong = ["成都示例丙公司", "123", *LINE[2:], "否", "也许", None]
        _, page = look(office, sheet(GOOD, doubtful, wrong))
        assert counts(page) == {"rows": 3, "exited": 2, "errors": 2, "warnings": 1}
        text = re.sub(r"<[^>]+>", " ", page)
        assert re.search(r"第 6 行\s+纠正行为履行义务\s+已退出台账", text)
        assert re.search(r"第 7 行\s+是否退出台账\s+应填写", text)
        assert re.search(r"第 7 行\s+统一社会信用代码", text)
        assert "四川省成都市信用服务机构失信问题专项治理台账" in page
        assert "时间：2026年2月6日" in page
        assert page.index(">成都示例丙公司</th>") < page.index("保存 3 户")
        assert months() == []

    def test_ten_columns_are_taken_too(self, office: FlaskClient, sheet: Callable[..., bytes]) -> None:
        _, page = look(office, sheet([*LINE, "是", None], supervision=False))
        assert counts(page)["rows"] == 1
        assert "10 列" in page

    def test_the_sample_gives_what_the_command_gives(self, app: Flask, office: FlaskClient) -> None:
        _, page = look(office, SAMPLE.read_bytes())
        _, _, said = run(app, "import", "ledger", "--region", "510100", "--month", "2026-02", SAMPLE)
        shown = counts(page)
        assert (shown["rows"], shown["exited"]) == (said["rows"], said["exited"])
        assert (shown["warnings"], shown["errors"]) == (len(said["warnings"]), len(said["errors"]))

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"region": "510700"}, "请从列表中选择"),
            ({"month": "一月"}, "不是月份"),
            ({"month": ""}, "请填写月份"),
            ({"month": "2026-04"}, "还没有到"),
        ],
    )
    def test_a_wrong_place_is_told_beside_its_field(
        self, office: FlaskClient, sheet: Callable[..., bytes], fields: dict[str, str], sentence: str
    ) -> None:
        answer = send(office, sheet(GOOD), **fields)
        assert answer.status_code == 422
        assert re.search(rf'class="form-error"[^>]*>.*{sentence}', answer.text)
        assert held() == []

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"", "a.xlsx", "没有内容|请选择"),
            (b"MZ\x90\x00 no sheet at all", "a.xlsx", "无法读取"),
            (b"\xef\xbb\xbf\xe5\xba\x8f\xe5\x8f\xb7,1\n", "a.csv", "表头|xlsx"),
        ],
    )
    def test_a_file_that_is_no_attachment_1_is_refused_and_not_held(
        self, office: FlaskClient, content: bytes, name: str, sentence: str
    ) -> None:
        answer = send(office, content, name=name)
        assert answer.status_code == 422
        assert re.search(rf'class="form-error"[^>]*>.*(?:{sentence})', answer.text)
        assert 'value="2026-01"' in answer.text
        assert held() == []

    def test_without_a_file_the_form_says_so(self, office: FlaskClient) -> None:
        answer = post(office, IMPORT, {"region": "510100", "month": "2026-01"})
        assert answer.status_code == 422
        assert "请选择附件1的文件" in answer.text

    def test_a_file_of_another_region_is_doubted_and_the_place_can_be_changed_without_a_new_upload(
        self, above: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        address, page = look(above, sheet(GOOD), region="510700")
        assert "请核对地区是否选对" in page
        there = address.split("?")[0]
        right = above.get(f"{there}?region=510100&month=2025-12")
        assert "请核对地区是否选对" not in right.text
        assert "四川省成都市2025年12月台账" in right.text
        wrong = above.get(f"{there}?region=330100&month=2025-13")
        assert wrong.status_code == 422
        assert "请从列表中选择" in wrong.text
        assert 'value="2025-13"' in wrong.text
        assert len(held()) == 1

    def test_the_name_of_the_file_is_not_kept(
        self, office: FlaskClient, sheet: Callable[..., bytes], moment: datetime
    ) -> None:
        address, page = look(office, sheet(GOOD))
        assert [file.original_name for file in held()] == ["暂存.xlsx"]
        keep(office, address, page)
        (month,) = months()
        file = db.session.get_one(StoredFile, month.file_id)
        assert file.original_name == "四川省成都市2026-01专项治理台账.xlsx"
        assert "张三" not in str(db.session.scalars(select(AuditEvent.detail)).all())


class TestKeeping:
    def test_what_was_looked_at_is_kept_as_the_command_keeps_it(
        self, office: FlaskClient, city: Account, sheet: Callable[..., bytes], tmp_path: Path
    ) -> None:
        content = sheet(GOOD, OTHER)
        address, page = look(office, content)
        answer = keep(office, address, page)
        (month,) = months()
        assert answer.location == f"{INDEX}/{month.id}"
        assert "已按原样保存，共 2 户" in office.get(answer.location).text
        assert (month.origin, month.number, month.month, month.region_code) == (
            "imported",
            0,
            "2026-01",
            "510100",
        )
        assert (month.figures["rows"], month.figures["exited"], month.made_by_id) == (2, 1, city.id)
        (tmp_path / "in.xlsx").write_bytes(content)
        (tmp_path / "out.xlsx").write_bytes(office.get(f"{INDEX}/{month.id}/sheet.xlsx").data)
        assert cells(tmp_path / "in.xlsx") == cells(tmp_path / "out.xlsx")
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "ledger_case.import_month")
        ).one()
        assert (event.actor_id, event.region_code, event.detail["sha256"]) == (
            city.id,
            "510100",
            month.sha256,
        )
        assert held() == []

    def test_a_second_click_keeps_nothing_more_and_leads_to_the_same_month(
        self, office: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        address, page = look(office, sheet(GOOD))
        first, second = keep(office, address, page), keep(office, address, page)
        assert first.location == second.location
        assert office.get(address).location == first.location
        assert len(months()) == 1

    def test_two_clicks_at_the_same_moment_keep_one_month(
        self, app: Flask, office: FlaskClient, city: Account, sheet: Callable[..., bytes], moment: datetime
    ) -> None:
        address, _ = look(office, sheet(GOOD))
        held_id, account_id = named_in(address), city.id

        def click() -> None:
            who = person(account_id).actor
            uploads.keep_held(
                held_id, region="510100", month="2026-01", reason="", seen=0, actor=who, now=moment
            )

        said = at_once(app, [click, click])
        assert sorted(said) == ["HeldGone", "done"]
        assert len(months()) == 1

    def test_of_two_officers_at_the_same_moment_one_keeps_and_the_others_file_waits_on(
        self,
        app: Flask,
        office: FlaskClient,
        city: Account,
        sheet: Callable[..., bytes],
        moment: datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        other = make_account(Role.LOCAL, email="other@example.cn", name="关账人乙").account
        sent = [
            (city.id, look(office, sheet(GOOD))[0]),
            (other.id, look(client_of(app, other), sheet(OTHER))[0]),
        ]
        newest = queries.newest

        def slowly(*words: Any) -> Any:
            found = newest(*words)
            time.sleep(0.2)  # long enough for the other to find no month either
            return found

        monkeypatch.setattr(queries, "newest", slowly)

        def keeping(account_id: int, address: str) -> Callable[[], object]:
            held_id = named_in(address)
            return lambda: uploads.keep_held(
                held_id,
                region="510100",
                month="2026-01",
                reason="",
                seen=0,
                actor=person(account_id).actor,
                now=moment,
            )

        said = at_once(app, [keeping(*each) for each in sent])
        assert said.count("done") == 1
        assert set(said) - {"done"} <= {"AlreadyClosed", "StaleVersion"}
        assert len(months()) == 1
        assert len(held()) == 1

    def test_the_same_content_again_is_said_and_kept_once(
        self, office: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        content = sheet(GOOD)
        keep(office, *look(office, content))
        address, page = look(office, content)
        assert "文件内容与已导入的相同" in page
        assert "保存更正" not in page
        forced = post(office, address, {"version": 1, "reason": ""}, follow_redirects=True)
        assert "文件内容与已导入的相同，没有改动" in forced.text
        assert len(months()) == 1

    def test_other_content_needs_a_reason_and_becomes_a_correction(
        self, office: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        keep(office, *look(office, sheet(GOOD)))
        assert f"{IMPORT}?region=510100&amp;month=2026-01" in office.get(f"{INDEX}/{months()[0].id}").text
        address, page = look(office, sheet(OTHER))
        assert "保存为更正第 1 号" in page
        without = keep(office, address, page)
        assert without.status_code == 422
        assert "请写明更正的理由" in without.text
        long = keep(office, address, page, reason="长" * 401)
        assert long.status_code == 422
        assert "长" * 401 in long.text
        answer = keep(office, address, page, reason="原件漏盖章，退出一栏有误")
        assert "编为更正第 1 号" in office.get(answer.location).text
        first, second = months()
        assert (second.number, second.reason) == (1, "原件漏盖章，退出一栏有误")
        assert first.figures["exited"] == 1

    def test_who_comes_second_is_told_keeps_the_reason_and_may_then_correct(
        self, app: Flask, office: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        other = client_of(app, make_account(Role.LOCAL, email="other@example.cn", name="关账人乙").account)
        address, page = look(office, sheet(OTHER))
        keep(other, *look(other, sheet(GOOD)))
        late = keep(office, address, page)
        assert late.status_code == 409
        assert "关账人乙已于 03-12 10:30 导入2026年1月的台账（首次导入）" in late.text
        assert "保存为更正第 1 号" in late.text
        # In between the other one corrects, too: what was typed stays.
        keep(other, *look(other, sheet(GOOD, OTHER)), reason="补一户")
        again = keep(office, address, late.text, reason="我的理由")
        assert again.status_code == 409
        assert "更正第 1 号" in again.text
        assert "我的理由</textarea>" in again.text
        assert keep(office, address, again.text, reason="我的理由").status_code == 302
        assert [month.number for month in months()] == [0, 1, 2]

    def test_after_a_day_the_file_is_gone_and_what_was_typed_is_shown_again(
        self, app: Flask, office: FlaskClient, sheet: Callable[..., bytes], moment: datetime
    ) -> None:
        keep(office, *look(office, sheet(GOOD)))
        address, page = look(office, sheet(OTHER))
        db.session.rollback()
        assert run_due(moment + timedelta(hours=24))["drop_held_ledgers"] == 0
        assert run_due(moment + timedelta(hours=24, seconds=1))["drop_held_ledgers"] == 1
        answer = keep(office, address, page, reason="写了半天的理由")
        assert answer.status_code == 410
        assert "已经不在了" in answer.text
        assert "写了半天的理由" in answer.text
        assert 'value="2026-01"' in answer.text
        assert office.get(address).status_code == 410
        assert len(months()) == 1

    def test_a_page_without_its_version_says_that_it_is_old(
        self, office: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        address, _ = look(office, sheet(GOOD))
        answer = post(office, address, {"reason": "某个理由"})
        assert answer.status_code == 422
        assert "页面已过期" in answer.text
        assert months() == []


def test_a_month_that_was_closed_here_takes_no_file(
    office: FlaskClient, city: Account, sheet: Callable[..., bytes], moment: datetime
) -> None:
    make_case()
    address, page = look(office, sheet(GOOD), month="2026-02")
    closed_id = services.close_month("2026-02", actor=city.actor, now=moment).id
    late = keep(office, address, page)
    assert late.status_code == 409
    assert "已由关账人甲于 2026-03-12 10:30 在本系统关账" in late.text
    assert [month.id for month in months()] == [closed_id]
    _, page = look(office, sheet(GOOD), month="2026-02")
    assert "这个月已在本系统关账" in page
    assert f'href="{INDEX}/{closed_id}"' in page
    assert "data-rows" in page
    assert 'name="version"' not in page
    _, page = look(office, sheet(GOOD), month="2026-01")
    assert "这个月已在本系统关账" not in page


def test_a_version_that_no_import_has_is_told_and_the_file_waits_on(
    office: FlaskClient, sheet: Callable[..., bytes]
) -> None:
    address, _ = look(office, sheet(GOOD))
    answer = post(office, address, {"version": 3, "reason": ""})
    assert answer.status_code == 409
    assert "2026年1月还没有导入过台账，您的文件没有保存" in answer.text
    assert months() == []
    assert keep(office, address, answer.text).status_code == 302


class TestWho:
    @pytest.mark.parametrize("role", [Role.INSPECTOR, Role.REVIEWER, Role.AUDITOR, Role.SYSADMIN])
    def test_only_who_closes_months_may(
        self, app: Flask, moment: datetime, sheet: Callable[..., bytes], role: Role
    ) -> None:
        client = signed_in(app, role)
        assert client.get(IMPORT).status_code == 403
        assert send(client, sheet(GOOD)).status_code == 403
        if role in (Role.INSPECTOR, Role.AUDITOR):
            assert f'href="{IMPORT}"' not in client.get(INDEX).text

    def test_those_above_bring_a_month_of_a_city_and_the_nation_one_of_anybody(
        self, app: Flask, above: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        assert keep(above, *look(above, sheet(GOOD), region="510700")).status_code == 302
        nation = signed_in(app, Role.NATIONAL)
        assert keep(nation, *look(nation, sheet(GOOD), region="330100")).status_code == 302
        assert [month.region_code for month in months()] == ["510700", "330100"]

    def test_a_month_of_a_district_is_corrected_from_its_page_by_the_nation_too(
        self, app: Flask, sheet: Callable[..., bytes], tmp_path: Path, moment: datetime
    ) -> None:
        (tmp_path / "a.xlsx").write_bytes(sheet(GOOD))
        run(app, "import", "ledger", "--region", "510104", "--month", "2026-01", tmp_path / "a.xlsx")
        nation = signed_in(app, Role.NATIONAL)
        page = nation.get(f"{INDEX}/{months()[0].id}").text
        found = re.search(rf'href="({IMPORT}[^"]+)"', page)
        assert found
        assert '<option selected value="510104">' in nation.get(found[1].replace("&amp;", "&")).text
        address, page = look(nation, sheet(OTHER), region="510104")
        assert keep(nation, address, page, reason="更正").status_code == 302
        assert [(month.region_code, month.number) for month in months()] == [("510104", 0), ("510104", 1)]

    def test_nobody_else_reaches_an_upload_and_no_region_outside_can_be_named_afterwards(
        self, app: Flask, office: FlaskClient, above: FlaskClient, sheet: Callable[..., bytes]
    ) -> None:
        address, page = look(office, sheet(GOOD))
        assert above.get(address).status_code == 404
        assert keep(above, address, page).status_code == 404
        outside = address.replace("region=510100", "region=510000")
        assert keep(office, outside, page).status_code == 422
        assert months() == []

    def test_a_file_of_another_purpose_is_no_upload(
        self, office: FlaskClient, city: Account, sheet: Callable[..., bytes]
    ) -> None:
        look(office, sheet(GOOD))
        (file,) = held()
        file.purpose = "letter"
        db.session.commit()
        assert office.get(f"{IMPORT}/{file.public_id}").status_code == 404
        assert db.session.scalar(select(func.count()).select_from(LedgerMonth)) == 0


@pytest.mark.parametrize(
    ("month", "date_line", "doubted"),
    [
        ("2026-02", "时间：2026年2月6日", False),
        ("2026-01", "时间：2026年2月6日", False),
        ("2026-03", "时间：2026年2月6日", True),
        ("2025-02", "时间：2026年2月6日", True),
        ("2025-12", "填报日期：2026-01-05", False),
        ("2026-03", "时间：    年  月  日", False),
    ],
)
def test_a_month_that_the_file_does_not_name_is_doubted(
    office: FlaskClient, sheet: Callable[..., bytes], month: str, date_line: str, doubted: bool
) -> None:
    _, page = look(office, sheet(GOOD, above=(("四川省成都市台账",), (date_line,))), month=month)
    assert ("写明的时间与所选的月份不符" in page) is doubted


def test_the_month_that_runs_is_doubted(
    office: FlaskClient, sheet: Callable[..., bytes], moment: datetime
) -> None:
    with clock_at(moment):
        _, page = look(office, sheet(GOOD), month="2026-03")
    assert "这个月还没有结束" in page


@pytest.mark.parametrize("name", ["x", "%00", "%F0%9F%98%80", "信" * 200])
def test_a_name_that_no_upload_has_is_answered_like_one_that_is_gone(
    office: FlaskClient, moment: datetime, name: str
) -> None:
    assert office.get(f"{IMPORT}/{name}?region=510100&month=2026-01").status_code in (404, 410)

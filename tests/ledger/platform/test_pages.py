"""Batches and receipts on the page: made and read there as the commands do, each by the office that reports."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.ledger.models import LedgerCase, PlatformBatch, PlatformRow
from credit_register.ledger.platform import services
from tests.accounts.signing_in import client_of, hidden, make_account, signed_in
from tests.conftest import MOMENT
from tests.ledger.cases.test_at_once import at_once, person
from tests.ledger.months.building import make_case, make_measure
from tests.spotchecks.checking import post, seed

PATH = "/staff/ledger/platform"
SINCE = "2026-02-01"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[None]:
    with clock_at(MOMENT):
        seed(MOMENT)
        yield


@pytest.fixture
def city() -> Account:
    return make_account(Role.LOCAL, email="city@example.cn", name="上报人甲").account


@pytest.fixture
def office(app: Flask, city: Account) -> FlaskClient:
    return client_of(app, city)


@pytest.fixture
def case(city: Account) -> LedgerCase:
    """A case of Chengdu with two measures that are told."""
    case = make_case()
    make_measure(case, "interview", account_id=city.id)
    make_measure(case, "circular", account_id=city.id, done_on=date(2026, 2, 4))
    return case


def batches() -> Sequence[PlatformBatch]:
    db.session.expire_all()
    return db.session.scalars(select(PlatformBatch).order_by(PlatformBatch.id)).all()


def send(client: FlaskClient, page: str | None = None, **fields: Any) -> TestResponse:
    """Send the form of a page, by default of the one as it is now."""
    seen = hidden(page or client.get(PATH).text, "seen")
    return post(client, PATH, {"seen": seen, "since": SINCE, **fields})


def csv(*rows: Sequence[object]) -> bytes:
    lines = [["批次号", "行号", "结果", "错误说明"], *rows]
    return "\n".join(",".join(map(str, line)) for line in lines).encode("utf-8-sig")


def give(client: FlaskClient, content: bytes, name: str = "张三的回执.csv") -> TestResponse:
    data = {"file": (io.BytesIO(content), name)}
    return post(client, f"{PATH}/receipts", data, content_type="multipart/form-data")


class TestSending:
    def test_a_batch_is_made_on_the_page_and_downloaded_from_its_own(
        self, office: FlaskClient, case: LedgerCase, tmp_path: Path
    ) -> None:
        answer = send(office)
        (batch,) = batches()
        assert answer.location == f"{PATH}/{batch.id}"
        page = office.get(answer.location).text
        assert "批次 510100-2026-0001 已导出，共 2 行" in page
        assert (batch.number, batch.made_by, batch.since) == (
            "510100-2026-0001",
            "上报人甲",
            date(2026, 2, 1),
        )
        (tmp_path / "batch.xlsx").write_bytes(office.get(f"{PATH}/{batch.id}/batch.xlsx").data)
        sheet = load_workbook(tmp_path / "batch.xlsx").active
        assert sheet is not None
        assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [batch.number] * 2
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "platform_batch.send")).one()
        assert (event.region_code, event.detail["rows"]) == ("510100", 2)

    def test_nothing_to_tell_takes_no_number_and_again_tells_what_is_on_its_way(
        self, office: FlaskClient, case: LedgerCase
    ) -> None:
        send(office)
        nothing = send(office)
        assert nothing.status_code == 200
        assert "没有需要报送的事项" in nothing.text
        assert f'value="{SINCE}"' in nothing.text
        assert send(office, again="y").status_code == 302
        assert [len(batch.rows) for batch in batches()] == [2, 2]

    @pytest.mark.parametrize(
        ("since", "sentence"),
        [("", "请填写起始日期"), ("某日", "日期"), ("2027-01-01", "在今天以后")],
    )
    def test_a_wrong_day_is_told_beside_its_field(
        self, office: FlaskClient, case: LedgerCase, since: str, sentence: str
    ) -> None:
        answer = send(office, since=since)
        assert answer.status_code == 422
        assert re.search(rf'class="form-error"[^>]*>.*{sentence}', answer.text)
        assert f'value="{since}"' in answer.text
        assert batches() == []

    def test_a_second_click_makes_nothing_more_even_where_all_is_told_again(
        self, office: FlaskClient, case: LedgerCase
    ) -> None:
        page = office.get(PATH).text
        first, second = (send(office, page, again="y") for _ in range(2))
        assert first.location == second.location
        assert "没有重复导出" in office.get(second.location).text
        assert len(batches()) == 1

    def test_who_comes_second_is_told_and_may_then_send(
        self, app: Flask, office: FlaskClient, case: LedgerCase
    ) -> None:
        page = office.get(PATH).text
        other = client_of(app, make_account(Role.LOCAL, email="other@example.cn", name="上报人乙").account)
        send(other)
        late = send(office, page, again="y", since="2026-01-15")
        assert late.status_code == 409
        assert "上报人乙已于 03-12 10:30 导出批次 510100-2026-0001" in late.text
        assert 'value="2026-01-15"' in late.text
        assert re.search(r'name="again"[^>]*checked|checked[^>]*name="again"', late.text)
        assert send(office, late.text, again="y").status_code == 302
        assert [batch.number for batch in batches()] == ["510100-2026-0001", "510100-2026-0002"]

    def test_of_two_at_the_same_moment_one_makes_the_batch_and_the_other_is_told(
        self, app: Flask, city: Account, case: LedgerCase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account_ids = (city.id, make_account(Role.LOCAL, email="other@example.cn").account.id)
        events = services.events_of

        def slowly(*words: Any, **options: Any) -> Any:
            found = events(*words, **options)
            time.sleep(0.2)  # long enough for the other to find the same events and the same number
            return found

        monkeypatch.setattr(services, "events_of", slowly)

        def sending(account_id: int) -> Callable[[], object]:
            return lambda: services.make_batch(
                region="510100",
                since=date(2026, 2, 1),
                again=True,
                seen=0,
                actor=person(account_id).actor,
                now=MOMENT,
            )

        assert sorted(at_once(app, [sending(each) for each in account_ids])) == ["BatchMeanwhile", "done"]
        assert [batch.number for batch in batches()] == ["510100-2026-0001"]

    def test_an_office_reports_its_own_cases_and_below_and_sees_no_batch_of_others(
        self, app: Flask, office: FlaskClient, case: LedgerCase
    ) -> None:
        neighbour = signed_in(app, Role.LOCAL, region="510700", email="neighbour@example.cn")
        assert "没有需要报送的事项" in send(neighbour).text
        send(office)
        assert "510100-2026-0001" not in neighbour.get(PATH).text
        province = signed_in(app, Role.PROVINCIAL)
        assert "510100-2026-0001" in province.get(PATH).text
        send(province)
        assert batches()[-1].number == "510000-2026-0001"


class TestReceipts:
    @pytest.fixture
    def number(self, office: FlaskClient, case: LedgerCase) -> str:
        send(office)
        return batches()[0].number

    def test_counts_and_lines_that_could_not_be_used_are_shown_and_twice_changes_nothing(
        self, office: FlaskClient, number: str
    ) -> None:
        content = csv(
            [number, 1, "接收"], [number, 2, "退回", "地区不符"], [number, 9, "接收"], ["x", 1, "接收"]
        )
        answer = give(office, content)
        assert answer.status_code == 200
        text = " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
        assert "可用 2 行，其中与已登记的一致 0 行；平台接收 1 行，退回 1 行；未能识别 2 行" in text
        assert "第 4 行 行号 批次" in text
        assert "第 5 行 批次号 没有批次" in text
        rows = db.session.scalars(select(PlatformRow).order_by(PlatformRow.line)).all()
        assert [(row.status, row.error) for row in rows] == [("accepted", ""), ("rejected", "地区不符")]
        again = give(office, content)
        assert 'data-unchanged="2"' in again.text
        events = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "platform_batch.take_receipts")
        ).all()
        assert [event.detail["file_name"] for event in events] == ["回执"]

    def test_receipts_of_another_offices_batch_alter_nothing(self, app: Flask, number: str) -> None:
        neighbour = signed_in(app, Role.LOCAL, region="510700", email="neighbour@example.cn")
        answer = give(neighbour, csv([number, 1, "接收"]))
        assert 'data-rejected="1"' in answer.text
        assert f"没有批次“{number}”" in answer.text
        db.session.expire_all()
        assert {row.status for row in db.session.scalars(select(PlatformRow))} == {"sent"}
        assert 'data-accepted="1"' in give(signed_in(app, Role.PROVINCIAL), csv([number, 1, "接收"])).text

    @pytest.mark.parametrize(
        ("content", "sentence"), [(b"", "没有内容|请选择"), (b"MZ\x90\x00", "无法"), (b"a,b\n1,2\n", "表头")]
    )
    def test_a_file_that_is_no_receipt_is_refused_beside_its_field(
        self, office: FlaskClient, content: bytes, sentence: str
    ) -> None:
        answer = give(office, content)
        assert answer.status_code == 422
        assert re.search(rf'class="form-error"[^>]*>.*(?:{sentence})', answer.text)

    def test_without_a_file_the_form_says_so(self, office: FlaskClient) -> None:
        answer = post(office, f"{PATH}/receipts", {})
        assert answer.status_code == 422
        assert "请选择回执文件" in answer.text
        assert office.get(f"{PATH}/receipts").location == PATH


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.REVIEWER, Role.AUDITOR, Role.SYSADMIN])
def test_only_who_reports_may_send_and_take_receipts(app: Flask, role: Role) -> None:
    client = signed_in(app, role)
    assert post(client, PATH, {"seen": 0, "since": SINCE}).status_code == 403
    assert give(client, csv()).status_code == 403
    if role in (Role.INSPECTOR, Role.AUDITOR):
        page = client.get(PATH).text
        assert "导出新的批次" not in page
        assert "由有上报权限的人员" in page

"""Batches on the pages of the office: receiving, looking, deciding, and what the second of two is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.credit_records.imports import batch_page, taking_effect
from credit_register.credit_records.models import BatchKind, RecordBatch
from tests.accounts.signing_in import csrf_token, signed_in
from tests.core.codes import uscc
from tests.credit_records.imports.bringing import (
    bring,
    bring_in,
    confirm,
    listed,
    penalty,
    records,
    repaired,
)
from tests.factories import make_institution
from tests.institutions.importing import Row, audits, csv_file
from tests.spotchecks.checking import post

LIST = "/staff/records/batches"
NEW = f"{LIST}/new"
UNKNOWN = uscc(division="510100", serial=990)


def upload(client: FlaskClient, folder: Path, rows: Sequence[Row], **fields: Any) -> TestResponse:
    data = {"kind": "penalties", "csrf_token": csrf_token(client, "/account"), **fields}
    content = csv_file(folder, rows).read_bytes()
    return client.post(
        NEW, data={**data, "file": (BytesIO(content), "示例处罚.csv")}, content_type="multipart/form-data"
    )


def only_batch() -> RecordBatch:
    db.session.expire_all()
    return db.session.scalars(select(RecordBatch)).one()


def decide(client: FlaskClient, batch: RecordBatch, move: str, **fields: Any) -> TestResponse:
    data = {"version": batch.version, **fields}
    return post(client, f"{LIST}/{batch.id}/{move}", data)


class TestTheList:
    def test_an_empty_list_says_what_to_do(self, app: Flask, receiver: FlaskClient) -> None:
        page = receiver.get(LIST).text
        assert "还没有接收过信用记录" in page
        assert f'href="{NEW}"' in page
        assert "没有符合条件的批次" in receiver.get(f"{LIST}?state=refused").text
        assert f'href="{NEW}"' not in signed_in(app, Role.AUDITOR).get(LIST).text

    def test_what_waits_stands_first(
        self,
        tmp_path: Path,
        moment: datetime,
        second: FlaskClient,
        local: Account,
        provincial: Account,
    ) -> None:
        for number in range(3):
            bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN, number)], now=moment, actor=local.actor)
        for receipt in db.session.scalars(select(RecordBatch).order_by(RecordBatch.id)).all()[1:]:
            decide(second, receipt, "confirm")
        page = second.get(LIST).text
        assert re.findall(r"第 (\d+) 号", page) == ["1", "3", "2"]
        assert re.findall(r"第 (\d+) 号", second.get(f"{LIST}?state=confirmed").text) == ["3", "2"]
        assert not re.findall(r"第 (\d+) 号", second.get(f"{LIST}?kind=repairs").text)

    @pytest.mark.parametrize("query", ["state=x", "kind=x", "page=0"])
    def test_a_parameter_that_cannot_be_read_is_refused(self, receiver: FlaskClient, query: str) -> None:
        assert receiver.get(f"{LIST}?{query}").status_code == 400

    def test_the_desk_counts_what_waits_for_this_person(
        self, tmp_path: Path, moment: datetime, receiver: FlaskClient, second: FlaskClient, local: Account
    ) -> None:
        bring(tmp_path, BatchKind.PENALTIES, [penalty(UNKNOWN)], now=moment, actor=local.actor)
        card = r'<strong class="number">(\d+)</strong>[^<]*待复核信用记录批次|待复核信用记录批次'
        assert re.search(card, second.get("/staff").text)
        assert '待复核 <span class="number">1</span>' in second.get(LIST).text
        assert '待复核 <span class="number">0</span>' in receiver.get(LIST).text


class TestReceiving:
    def test_a_file_becomes_a_batch_and_its_page_tells_the_second_person_rule(
        self, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        institution = make_institution()
        answer = upload(
            receiver,
            tmp_path,
            [penalty(institution.uscc), penalty(UNKNOWN, 2), penalty(UNKNOWN, 3, CF_WSH="")],
        )
        batch = only_batch()
        assert answer.location == f"{LIST}/{batch.id}"
        assert (batch.region_code, batch.file_name) == ("510100", "示例处罚.csv")
        page = receiver.get(answer.location).text
        assert 'data-state="received"' in page
        assert "这个批次是您接收的，须由另一位有复核权限的人员确认" in page
        assert "复核确认</button>" not in page
        assert batch.sha256 in page
        assert 'data-accepted="1"' in page
        assert "示例罚〔2026〕1号" in page
        assert "按处罚类别推定" in page
        assert "名录中没有这些代码的机构" in receiver.get(f"{answer.location}?show=unmatched").text
        assert "行政处罚决定书文号为空" in receiver.get(f"{answer.location}?show=errors").text
        assert receiver.get(f"{answer.location}?show=love").status_code == 400

    def test_a_file_that_changes_nothing_says_so_and_makes_no_batch(
        self, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        answer = upload(receiver, tmp_path, [penalty(UNKNOWN)])
        assert answer.status_code == 200
        assert "没有新建批次" in answer.text
        only_batch()

    def test_a_refused_file_is_told_beside_the_field_and_the_choices_stay(
        self, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        answer = upload(receiver, tmp_path, [listed(UNKNOWN)], kind="repairs", full_list="y")
        assert answer.status_code == 422
        assert "表头缺少" in answer.text
        assert '<option selected value="repairs">' in answer.text
        assert re.search(r'<input[^>]* checked [^>]*id="full_list"', answer.text)

    def test_the_templates_can_be_filled_in_and_come_back(
        self, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        for kind in BatchKind:
            answer = receiver.get(f"{LIST}/template/{kind.value}.xlsx")
            assert answer.status_code == 200
            assert load_workbook(BytesIO(answer.data)).active is not None

    def test_bad_rows_come_as_a_sheet_that_can_be_sent_again(
        self, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        institution = make_institution()
        upload(
            receiver,
            tmp_path,
            [
                penalty(institution.uscc),
                penalty(institution.uscc, 2, CF_JDRQ="明天"),
                penalty("", CF_XDR_LB="自然人"),
            ],
        )
        answer = receiver.get(f"{LIST}/{only_batch().id}/rejected.xlsx")
        sheet = load_workbook(BytesIO(answer.data)).active
        assert sheet is not None
        lines = list(sheet.iter_rows(values_only=True))
        assert [line[0] for line in lines[3:]] == [3]
        assert "不是有效日期" in str(lines[3][1])


class TestDeciding:
    def test_the_second_person_confirms_and_the_page_says_what_was_done(
        self, tmp_path: Path, receiver: FlaskClient, second: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(make_institution().uscc), penalty(UNKNOWN, 2)])
        batch = only_batch()
        assert "复核确认</button>" in second.get(f"{LIST}/{batch.id}").text
        answer = decide(second, batch, "confirm")
        assert answer.status_code == 302
        page = second.get(answer.location).text
        assert 'data-state="confirmed"' in page
        assert "新增记录" in page
        assert len(records()) == 2
        assert "示例罚〔2026〕2号" in second.get(f"{LIST}/unmatched").text

    def test_a_second_click_is_no_error_and_another_person_is_told(
        self, app: Flask, tmp_path: Path, receiver: FlaskClient, second: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        batch = only_batch()
        seen = batch.version
        decide(second, batch, "confirm")
        assert decide(second, batch, "confirm", version=seen).status_code == 302
        other = signed_in(app, Role.NATIONAL)
        answer = decide(other, batch, "refuse", version=seen, reason="我写的理由")
        assert answer.status_code == 409
        assert "复核人丙" in answer.text
        assert "我写的理由" in answer.text
        assert only_batch().state == "confirmed"

    def test_a_large_batch_shows_how_far_it_is_and_goes_on_when_asked(
        self,
        app: Flask,
        tmp_path: Path,
        receiver: FlaskClient,
        second: FlaskClient,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(taking_effect, "CHUNK", 2)
        monkeypatch.setattr(batch_page, "AT_ONCE", 1)
        upload(receiver, tmp_path, [penalty(UNKNOWN, number) for number in range(5)])
        batch = only_batch()
        seen = batch.version
        page = second.get(decide(second, batch, "confirm").location).text
        assert 'data-state="taking_effect"' in page
        assert 'data-rows-done="2"' in page
        assert "其余的行由系统分批生效" in page
        assert "复核确认</button>" not in page
        assert decide(second, batch, "confirm", version=seen).status_code == 302  # a second click
        other = decide(signed_in(app, Role.NATIONAL), batch, "confirm", version=seen)
        assert other.status_code == 409
        assert "复核人丙" in other.text
        assert "正在生效" in receiver.get(LIST).text
        reader = signed_in(app, Role.AUDITOR)
        assert "继续办理" not in reader.get(f"{LIST}/{batch.id}").text
        assert decide(reader, batch, "resume").status_code == 403
        assert 'data-rows-done="4"' in second.get(decide(second, batch, "resume").location).text
        page = second.get(decide(second, batch, "resume").location).text
        assert 'data-state="confirmed"' in page
        assert "新增记录" in page
        assert decide(second, batch, "resume").status_code == 302
        assert len(records()) == 5

    def test_going_on_confirms_nothing_that_waits_for_its_second_person(
        self, tmp_path: Path, receiver: FlaskClient, second: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        assert decide(second, only_batch(), "resume").status_code == 302
        assert only_batch().state == "received"
        assert not records()

    def test_the_receiver_is_told_even_when_he_sends_the_form(
        self, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        answer = decide(receiver, only_batch(), "confirm")
        assert answer.status_code == 409
        assert "须由另一位" in answer.text
        assert only_batch().state == "received"

    def test_refusing_asks_for_a_reason_and_tells_it(
        self, tmp_path: Path, receiver: FlaskClient, second: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        batch = only_batch()
        answer = decide(second, batch, "refuse", reason=" ")
        assert answer.status_code == 422
        assert "请填写理由" in answer.text
        decide(second, batch, "refuse", reason="来源单位否认报送")
        assert "来源单位否认报送" in receiver.get(f"{LIST}/{batch.id}").text

    def test_proposed_removals_need_a_tick(
        self,
        tmp_path: Path,
        moment: datetime,
        local: Account,
        provincial: Account,
        receiver: FlaskClient,
        second: FlaskClient,
    ) -> None:
        codes = [make_institution().uscc for _ in range(2)]
        rows = [listed(code, number) for number, code in enumerate(codes)]
        bring_in(tmp_path, BatchKind.SEVERE_LIST, rows, provincial, moment, actor=local.actor)
        upload(receiver, tmp_path, rows[:1], kind="severe_list", full_list="y")
        batch = db.session.scalars(select(RecordBatch).order_by(RecordBatch.id.desc())).first()
        assert batch is not None
        page = second.get(f"{LIST}/{batch.id}").text
        assert "同时移出全量名单中已没有的记录" in page
        assert "状态：公示中 → 已移出名单" in page
        decide(second, batch, "confirm", with_removals="y")
        assert [record.state for record in records()] == ["published", "removed"]

    def test_a_full_list_that_has_not_changed_is_confirmed_for_its_day(
        self,
        tmp_path: Path,
        moment: datetime,
        local: Account,
        provincial: Account,
        receiver: FlaskClient,
        second: FlaskClient,
    ) -> None:
        rows = [listed(make_institution().uscc)]
        bring_in(tmp_path, BatchKind.SEVERE_LIST, rows, provincial, moment, actor=local.actor)
        upload(receiver, tmp_path, rows, kind="severe_list", full_list="y")
        batch = db.session.scalars(select(RecordBatch).order_by(RecordBatch.id.desc())).first()
        assert batch is not None
        assert "名单与已登记的内容一致" in second.get(f"{LIST}/{batch.id}").text
        decide(second, batch, "confirm")
        db.session.refresh(batch)
        assert batch.state == "confirmed"
        assert "名单与已登记的内容一致" in receiver.get(f"{LIST}/{batch.id}").text

    def test_repairs_show_their_record(
        self,
        tmp_path: Path,
        moment: datetime,
        local: Account,
        provincial: Account,
        receiver: FlaskClient,
        second: FlaskClient,
    ) -> None:
        code = make_institution().uscc
        bring_in(tmp_path, BatchKind.PENALTIES, [penalty(code)], provincial, moment, actor=local.actor)
        receipt, _ = bring(
            tmp_path, BatchKind.REPAIRS, [repaired(code), repaired(code, 5)], now=moment, actor=local.actor
        )
        assert receipt.batch is not None
        address = f"{LIST}/{receipt.batch.id}"
        page = second.get(address).text
        assert "状态：公示中 → 已修复（2026-03-01）" in page
        assert "成都示例第一信用管理有限公司" in page
        assert "没有找到这些文号的信用记录" in second.get(f"{address}?show=unknown").text
        confirm(receipt, provincial, moment)
        assert "信用修复撤下" in second.get(address).text


class TestTheSource:
    def test_the_file_comes_as_it_was_and_each_look_is_recorded(
        self, tmp_path: Path, receiver: FlaskClient, second: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        batch = only_batch()
        answer = post(second, f"{LIST}/{batch.id}/source", {}, buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "CF_XDR_MC" in answer.text
        [looked] = audits("record_batch.open_source")
        assert looked.actor_name == "复核人丙"

    def test_who_only_reads_gets_no_file_and_no_button(
        self, app: Flask, tmp_path: Path, receiver: FlaskClient
    ) -> None:
        upload(receiver, tmp_path, [penalty(UNKNOWN)])
        auditor = signed_in(app, Role.AUDITOR)
        address = f"{LIST}/{only_batch().id}"
        page = auditor.get(address).text
        assert "等待有复核权限的人员确认" in page
        assert "下载来源文件" not in page
        assert post(auditor, f"{address}/source", {}).status_code == 403


def test_another_region_sees_nothing(app: Flask, tmp_path: Path, receiver: FlaskClient) -> None:
    upload(receiver, tmp_path, [penalty(UNKNOWN)])
    stranger = signed_in(app, Role.LOCAL, region="330100", email="stranger@example.cn")
    assert "示例处罚.csv" not in stranger.get(LIST).text
    assert stranger.get(f"{LIST}/{only_batch().id}").status_code == 404


def test_forty_rows_cost_no_more_questions_than_one(
    tmp_path: Path, moment: datetime, second: FlaskClient, local: Account
) -> None:
    costs = []
    for count in (1, 40):
        rows = [penalty(UNKNOWN, 100 * count + number) for number in range(count)]
        receipt, _ = bring(tmp_path, BatchKind.PENALTIES, rows, now=moment, actor=local.actor)
        assert receipt.batch is not None
        number = receipt.batch.id
        second.get(f"{LIST}/{number}")
        asked: list[str] = []
        listener = lambda *arguments: asked.append(str(arguments[2]))  # noqa: E731, B023
        event.listen(db.engine, "before_cursor_execute", listener)
        try:
            second.get(f"{LIST}/{number}")
        finally:
            event.remove(db.engine, "before_cursor_execute", listener)
        costs.append(len(asked))
    assert costs[0] == costs[1]

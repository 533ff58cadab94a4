"""The papers of measures: the same words on the printed page and in the Word document, which runs nothing."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import docx
from docx.oxml.ns import qn
from flask.testing import FlaskClient

from credit_register.accounts.models import Account
from credit_register.core.macros import declares_macros, has_macro_part
from credit_register.ledger.measures import services
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from credit_register.letters.official import MEDIA_TYPE, TEXT_FONT
from tests.ledger.measures.measuring import REASON, TODAY, record


def document_of(client: FlaskClient, measure: Measure, paper: str) -> bytes:
    answer = client.get(f"/staff/ledger/measures/{measure.id}/{paper}/document")
    assert answer.status_code == 200
    assert answer.mimetype == MEDIA_TYPE
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.data


def lines_of(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]


def test_the_notice_says_when_where_and_what(
    case: LedgerCase, first: Account, inspector: FlaskClient, moment: datetime
) -> None:
    measure = record(case, MeasureKind.INTERVIEW, first, moment)
    content = document_of(inspector, measure, "notice")
    lines = lines_of(content)
    assert lines[0] == "警示约谈通知"
    assert f"{case.name}：" in lines
    assert "一、时间：2026年3月16日上午 9:30。" in lines
    assert "二、地点：示例会议室。" in lines
    assert "联系人：王示例，联系电话：028-12345678。" in lines
    assert lines[-1] == "2026年3月12日"
    page = inspector.get(f"/staff/ledger/measures/{measure.id}/notice/print").text
    for line in lines:
        assert line in page
    document = docx.Document(io.BytesIO(content))
    top = document.sections[0].top_margin
    assert top is not None
    assert round(top.mm) == 37
    fonts = {
        run._r.rPr.rFonts.get(qn("w:eastAsia")) for paragraph in document.paragraphs for run in paragraph.runs
    }
    assert TEXT_FONT in fonts
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not has_macro_part(archive.namelist())
        assert not declares_macros(archive.read("[Content_Types].xml").decode())


def test_the_record_leaves_room_until_the_interview_was_held(
    case: LedgerCase, first: Account, inspector: FlaskClient, moment: datetime
) -> None:
    measure = record(case, MeasureKind.INTERVIEW, first, moment)

    def rows() -> dict[str, str]:
        table = docx.Document(io.BytesIO(document_of(inspector, measure, "record"))).tables[0]
        return {row.cells[0].text: row.cells[1].text for row in table.rows}

    assert rows()["约谈内容"].strip() == ""
    assert rows()["被约谈单位"] == case.name
    services.hold_interview(
        measure,
        services.Talk(TODAY, "双方各两人", "指出问题。\n听取说明。", "退还费用。"),
        version=measure.version,
        actor=first.actor,
        now=moment,
    )
    held = rows()
    assert (held["时间"], held["约谈内容"]) == ("2026年3月12日", "指出问题。\n听取说明。")
    assert held["被约谈单位的承诺"] == "退还费用。"
    page = inspector.get(f"/staff/ledger/measures/{measure.id}/record/print").text
    assert "被约谈单位参加人（签名并盖章）" in page
    assert "指出问题。" in page


def test_the_order_names_its_last_day_also_when_it_is_fulfilled_and_says_when_it_is_void(
    case: LedgerCase, first: Account, inspector: FlaskClient, moment: datetime
) -> None:
    measure = record(case, MeasureKind.ORDER, first, moment)
    before = lines_of(document_of(inspector, measure, "order"))
    assert before[0] == "责令限期纠正通知书"
    assert any("于2026年3月26日前（含当日）" in line for line in before)
    services.fulfil_order(measure, reason=REASON, version=measure.version, actor=first.actor, now=moment)
    assert lines_of(document_of(inspector, measure, "order")) == before
    services.cancel_measure(measure, reason=REASON, version=measure.version, actor=first.actor, now=moment)
    assert lines_of(document_of(inspector, measure, "order"))[0] == "已作废，不得使用"


def test_a_measure_has_only_its_own_papers(
    case: LedgerCase, first: Account, inspector: FlaskClient, moment: datetime
) -> None:
    order = record(case, MeasureKind.ORDER, first, moment)
    circular = record(case, MeasureKind.CIRCULAR, first, moment)
    for measure, paper in ((order, "notice"), (order, "record"), (circular, "order")):
        assert inspector.get(f"/staff/ledger/measures/{measure.id}/{paper}/print").status_code == 404
        assert inspector.get(f"/staff/ledger/measures/{measure.id}/{paper}/document").status_code == 404

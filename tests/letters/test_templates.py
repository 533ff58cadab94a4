from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.core.files import file_store
from credit_register.letters.layout import shipped_layout
from credit_register.letters.models import FileRole, Kind, Letter, LetterSeries, LetterTemplate, TemplatePart
from credit_register.letters.templates import in_force, words_in_force
from credit_register.letters.wording import wording_of
from tests.accounts.signing_in import client_of, make_account
from tests.factories import make_letter
from tests.spotchecks.checking import post

ADDRESS = "/staff/letters/templates/impersonation"
REASON = "示例市信用办〔2026〕3号文件"
BODY = "请查处{线索条数}条线索，涉及{市场主体家数}家，{反馈期限}内反馈给{落款单位}。"


def layout(text: str) -> bytes:
    """A layout with one more line."""
    document = Document(io.BytesIO(shipped_layout()))
    document.paragraphs[0].insert_paragraph_before(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def upload(client: FlaskClient, content: bytes, *, name: str = "版式.docx", **fields: Any) -> tuple[int, str]:
    data = {"seen": 0, "reason": REASON, "file": (io.BytesIO(content), name), **fields}
    answer = post(client, f"{ADDRESS}/layout", data, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def words(client: FlaskClient, **fields: Any) -> tuple[int, str]:
    data = {"seen": 0, "reason": REASON, "title": "关于示例的函", "body": BODY, **fields}
    answer = post(client, f"{ADDRESS}/words", data)
    return answer.status_code, answer.get_data(as_text=True)


def rows() -> list[LetterTemplate]:
    db.session.expire_all()
    return list(db.session.scalars(select(LetterTemplate).order_by(LetterTemplate.id)))


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)


def issue(client: FlaskClient, letter: Letter) -> int:
    db.session.refresh(letter)
    answer = post(client, f"/staff/letters/{letter.id}/issue", {"version": letter.version})
    return answer.status_code


def document(client: FlaskClient, letter: Letter) -> bytes:
    with client.get(f"/staff/letters/{letter.id}/document") as answer:
        return answer.get_data()


def test_an_office_replaces_the_words_of_new_letters(
    office: FlaskClient, inspector: FlaskClient, first: Account
) -> None:
    old = make_letter(drafted_by_id=first.id)
    assert words(office)[0] == 302
    assert words_in_force(Kind.IMPERSONATION, region="510100").body == BODY
    assert words_in_force(Kind.OVERDUE, region="510100") == wording_of(Kind.OVERDUE)
    assert words_in_force(Kind.IMPERSONATION, region="330100") == wording_of(Kind.IMPERSONATION)
    page = inspector.get("/staff/letters/new").get_data(as_text=True)
    assert "关于示例的函" in page
    assert "系统拟稿" not in page
    db.session.refresh(old)
    assert old.body == wording_of(Kind.IMPERSONATION).body
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "letter_template.replace")).one()
    assert event.region_code == "510100"


def test_simple_places_of_the_words_are_filled_in(office: FlaskClient, first: Account) -> None:
    letter = make_letter(drafted_by_id=first.id, body=f"{BODY}联系人{{联系人}}。", office="示例{线索条数}办")
    page = office.get(f"/staff/letters/{letter.id}/print").get_data(as_text=True)
    assert "请查处1条线索，涉及1家" in page
    assert "反馈给示例{线索条数}办" in page  # what was filled in is not read again
    assert "联系人王示例。" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"body": f"{BODY}\n见{{附件}}"}, "第 2 行"),
        ({"body": f"{BODY}{{{{ ''.__class__ }}}}"}, "不能识别"),
        ({"body": f"{BODY}{{% for x in y %}}"}, "不能识别"),
        ({"body": "没有期限{线索条数}{市场主体家数}"}, "{反馈期限}"),
        ({"body": f"{BODY}手机13800138000"}, "个人信息"),
        ({"title": "关于{线索条数}的函"}, "标题中不能用"),
        ({"title": ""}, "请填写标题"),
        ({"reason": ""}, "请填写依据"),
    ],
)
def test_words_that_would_not_make_a_letter_are_refused(
    office: FlaskClient, fields: dict[str, str], said: str
) -> None:
    status, page = words(office, **fields)
    assert status == 422
    assert said in page
    assert rows() == []


def test_a_layout_is_used_after_it_was_tried_and_issued_letters_keep_theirs(
    office: FlaskClient, inspector: FlaskClient, first: Account
) -> None:
    before = make_letter(drafted_by_id=first.id, state="awaiting_issue")
    assert issue(office, before) == 302
    kept = document(office, before)
    assert upload(office, layout("〇〇市示例单位文件"))[0] == 302
    assert document(office, before) == kept
    draft = make_letter(drafted_by_id=first.id, state="awaiting_issue")
    assert "〇〇市示例单位文件" in text_of(document(inspector, draft))
    assert "尚未签发" in text_of(document(inspector, draft))
    assert issue(office, draft) == 302
    issued = document(office, draft)
    db.session.refresh(draft)
    assert str(draft.number) in text_of(issued)
    assert "尚未签发" not in text_of(issued)
    assert upload(office, layout("第二种"), seen=1)[0] == 302
    assert document(office, draft) == issued
    assert [each.role for each in draft.files] == [FileRole.DOCUMENT]
    assert [row.number for row in rows()] == [1, 2]


def test_a_layout_that_cannot_be_read_issues_nothing_and_takes_no_number(
    app: Flask, office: FlaskClient, first: Account
) -> None:
    assert upload(office, layout("市的版式"))[0] == 302
    (row,) = rows()
    assert row.file is not None
    letter = make_letter(drafted_by_id=first.id, state="awaiting_issue")
    for name in (row.file.public_id + ".original", row.file.public_id + ".clean"):
        file_store().delete(name)
    assert issue(office, letter) == 503
    db.session.expire_all()
    assert (letter.state, letter.number, letter.files) == ("awaiting_issue", None, [])
    assert db.session.scalars(select(LetterSeries)).all() == []
    back = {"seen": 1, "reason": REASON}
    assert post(office, f"{ADDRESS}/layout_back", back).status_code == 302
    assert issue(office, letter) == 302
    db.session.refresh(letter)
    assert str(letter.number).endswith("〕1号")


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (layout("{{ ''.__class__.__mro__ }}"), "版式.docx", "第 1 段"),
        (layout("{% include '/etc/passwd' %}"), "版式.docx", "不支持语句"),
        (layout("{{不存在}}"), "版式.docx", "没有“{{不存在}}”这个占位符"),
        (b"%PDF-1.4", "版式.docx", "版式.docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "版式.doc", "旧版 Office"),
    ],
)
def test_a_file_that_cannot_be_a_layout_is_refused_with_its_reason(
    office: FlaskClient, content: bytes, name: str, said: str
) -> None:
    status, page = upload(office, content, name=name)
    assert status == 422
    assert said in page.replace("&#39;", "'")
    assert rows() == []


def test_the_layout_of_the_office_above_holds_until_the_own_one_comes(
    app: Flask, moment: datetime, office: FlaskClient
) -> None:
    province = client_of(app, make_account(Role.PROVINCIAL, email="p@example.cn", region="510000").account)
    assert upload(province, layout("省的版式"))[0] == 302
    found = in_force(Kind.IMPERSONATION, TemplatePart.LAYOUT, region="510100")
    assert found.row is not None
    assert (found.row.region_code, found.is_own) == ("510000", False)
    assert upload(office, layout("市的版式"))[0] == 302
    back = {"seen": 1, "reason": REASON}
    assert post(office, f"{ADDRESS}/layout_back", back).status_code == 302
    found = in_force(Kind.IMPERSONATION, TemplatePart.LAYOUT, region="510100")
    assert found.row is not None
    assert found.row.region_code == "510000"
    assert post(province, f"{ADDRESS}/layout_back", back).status_code == 302
    assert in_force(Kind.IMPERSONATION, TemplatePart.LAYOUT, region="510100").row is None
    assert len(rows()) == 4
    page = office.get(ADDRESS).get_data(as_text=True)
    assert "停用本单位的" in page
    again = post(office, f"{ADDRESS}/layout_back", {"seen": 2, "reason": REASON + "二"})
    assert again.status_code == 422


def test_a_second_click_adds_nothing_and_a_second_officer_is_told(app: Flask, office: FlaskClient) -> None:
    assert [words(office)[0] for _ in range(2)] == [302, 302]
    assert len(rows()) == 1
    other = client_of(app, make_account(Role.LOCAL, email="o@example.cn", name="丙").account)
    status, page = words(other, title="另一个标题")
    assert status == 409
    assert "签发人乙" in page
    assert "另一个标题" in page
    content = layout("同一个")
    assert [upload(office, content)[0] for _ in range(2)] == [302, 302]
    assert len(rows()) == 2


def test_who_only_drafts_reads_the_templates_and_changes_none(
    app: Flask, office: FlaskClient, inspector: FlaskClient
) -> None:
    assert upload(office, layout("市的版式"))[0] == 302
    assert words(inspector)[0] == 403
    assert inspector.get("/staff/letters/templates").status_code == 200
    page = inspector.get(ADDRESS).get_data(as_text=True)
    assert "上传并试填" not in page
    (row,) = rows()
    for path in (f"{row.id}/sample", "shipped", "sample"):
        answer = inspector.get(f"/staff/letters/templates/{path}")
        assert answer.status_code == 200
        Document(io.BytesIO(answer.get_data()))
    foreign = client_of(app, make_account(Role.LOCAL, email="f@example.cn", region="330100").account)
    assert foreign.get(f"/staff/letters/templates/{row.id}/file").status_code == 404
    assert foreign.get(f"/staff/letters/templates/{row.id}/sample").status_code == 404


def test_the_proof_of_delivery_and_the_answer_are_kept_with_the_letter(
    app: Flask, office: FlaskClient, inspector: FlaskClient, first: Account, second: Account
) -> None:
    letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="issued")
    step = f"/staff/letters/{letter.id}"

    def send(name: str, file: str, **fields: Any) -> int:
        db.session.refresh(letter)
        data = {
            "version": letter.version,
            "day": letter.issued_on.isoformat() if letter.issued_on else "",
            "files": (io.BytesIO(layout(file)), f"{file}.docx"),
            **fields,
        }
        answer = post(inspector, f"{step}/{name}", data, content_type="multipart/form-data")
        return answer.status_code

    assert send("deliver", "回证", delivery="post") == 302
    assert send("answer", "复函", result="being_handled", text="正在查处。") == 302
    assert send("supplement", "结果", result="handled", text="已查处。") == 302
    db.session.expire_all()
    assert [(each.role, each.file.original_name) for each in letter.files] == [
        ("delivery", "回证.docx"),
        ("answer", "复函.docx"),
        ("answer", "结果.docx"),
    ]
    page = inspector.get(step).get_data(as_text=True)
    for name in ("回证.docx", "复函.docx", "结果.docx"):
        assert name in page
    file_id = letter.files[0].file_id
    with inspector.get(f"{step}/files/{file_id}") as answer:
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert inspector.get(f"{step}/files/{file_id + 99}").status_code == 404


def test_a_file_that_is_refused_leaves_the_step_undone_and_keeps_what_was_typed(
    inspector: FlaskClient, first: Account, second: Account
) -> None:
    letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered")
    answer = post(
        inspector,
        f"/staff/letters/{letter.id}/answer",
        {
            "version": letter.version,
            "day": letter.delivered_on.isoformat() if letter.delivered_on else "",
            "result": "handled",
            "text": "已依法查处示例。",
            "files": (io.BytesIO(b"MZ program"), "复函.pdf"),
        },
        content_type="multipart/form-data",
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "不接受程序" in page
    assert "已依法查处示例。" in page
    db.session.refresh(letter)
    assert letter.state == "delivered"

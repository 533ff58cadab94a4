"""The letter on paper: the same words on the printed page and in the Word document, which opens and runs nothing."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from urllib.parse import unquote

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from flask.testing import FlaskClient

from credit_register.accounts.models import Account
from credit_register.core.files.recognition import cleaned, recognise
from credit_register.core.macros import declares_macros, has_macro_part
from credit_register.letters.drafting import Clue
from credit_register.letters.models import Kind, Letter
from credit_register.letters.official import MEDIA_TYPE, NOT_ISSUED
from credit_register.spotchecks.evidence import EVIDENCE
from tests.letters.writing import CLUE, draft, issued

NUMBER = "510100信提函〔2026〕1号"
OTHER = Clue(name="示例乙", description="冒用公章。\n第二行 <b>&", uscc="91510100MA0000001X")


@pytest.fixture
def letter(moment: datetime, first: Account, second: Account) -> Letter:
    return issued(first, second, moment, clues=[CLUE, OTHER])


def document_of(client: FlaskClient, letter: Letter) -> bytes:
    with client.get(f"/staff/letters/{letter.id}/document") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == MEDIA_TYPE
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.data


def test_the_document_reads_back_with_number_title_requests_and_clues(
    inspector: FlaskClient, letter: Letter
) -> None:
    document = docx.Document(io.BytesIO(document_of(inspector, letter)))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[0] == NUMBER
    assert letter.title in lines
    assert "成都市示例监管局：" in lines
    for beginning in ("一、", "二、", "三、", "四、"):
        assert any(line.startswith(beginning) for line in lines)
    assert any("线索2条、涉及市场主体2家" in line for line in lines)
    assert "联系人：王示例，联系电话：028-12345678。" in lines
    assert (
        lines.index("附件：治理对象清单")
        < lines.index("成都市示例信用主管部门")
        < lines.index("2026年3月12日")
    )
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows == [
        ["序号", "治理对象", "统一社会信用代码", "线索情况"],
        ["1", CLUE.name, "—", CLUE.description],
        ["2", OTHER.name, OTHER.uscc, OTHER.description],
    ]
    assert document.core_properties.author == "成都市示例信用主管部门"
    assert document.core_properties.title == letter.title


def test_it_is_laid_out_as_an_official_document(inspector: FlaskClient, letter: Letter) -> None:
    document = docx.Document(io.BytesIO(document_of(inspector, letter)))
    assert len(document.sections) == 2  # the annex begins a page
    for section in document.sections:
        measured = (
            section.page_width,
            section.page_height,
            section.top_margin,
            section.bottom_margin,
            section.left_margin,
            section.right_margin,
        )
        wanted = (Mm(210), Mm(297), Mm(37), Mm(35), Mm(28), Mm(26))
        # Word keeps twentieths of a point.
        assert all(abs(one - other) < Mm(0.05) for one, other in zip(measured, wanted, strict=True))
        assert "PAGE" in section.footer._element.xml
    fonts = {
        run.text: (run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size.pt)
        for paragraph in document.paragraphs
        for run in paragraph.runs
    }
    assert fonts[letter.title] == ("方正小标宋简体", 22)
    assert fonts["成都市示例监管局："] == ("仿宋_GB2312", 16)
    assert fonts["附件"] == ("黑体", 16)


def test_it_carries_no_macro_no_link_and_no_font(inspector: FlaskClient, letter: Letter) -> None:
    content = document_of(inspector, letter)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert not has_macro_part(names)
        assert not declares_macros(archive.read("[Content_Types].xml").decode())
        assert not [name for name in names if "font" in name.lower() and not name.endswith("fontTable.xml")]
        links = "".join(archive.read(name).decode() for name in names if name.endswith(".rels"))
        assert 'TargetMode="External"' not in links
    kind = recognise(content, "提示函.docx", EVIDENCE)
    assert cleaned(content, kind, EVIDENCE)  # the site itself would take it from anybody


def test_the_file_is_called_by_its_number(inspector: FlaskClient, letter: Letter) -> None:
    with inspector.get(f"/staff/letters/{letter.id}/document") as answer:
        assert f"{NUMBER}.docx" in unquote(answer.headers["Content-Disposition"])


def test_what_is_not_issued_says_so_and_has_no_number(
    inspector: FlaskClient, first: Account, moment: datetime
) -> None:
    letter = draft(first, moment, kind=Kind.OVERDUE)
    document = docx.Document(io.BytesIO(document_of(inspector, letter)))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[:2] == [NOT_ISSUED, "（发文字号）"]
    assert "（签发日期）" in lines
    page = inspector.get(f"/staff/letters/{letter.id}/print").text
    assert NOT_ISSUED in page
    header = inspector.get(f"/staff/letters/{letter.id}/document").headers["Content-Disposition"]
    assert "草稿" in unquote(header)


def test_the_printed_page_says_the_same(inspector: FlaskClient, letter: Letter) -> None:
    page = inspector.get(f"/staff/letters/{letter.id}/print").text
    for words in (NUMBER, letter.title, "成都市示例监管局：", "四、", "附件：治理对象清单", "2026年3月12日"):
        assert words in page
    assert "91510100MA0000001X" in page
    assert "第二行 &lt;b&gt;&amp;" in page
    assert NOT_ISSUED not in page
    assert "letter.css" in page


def test_two_hundred_clues_fit(
    inspector: FlaskClient, first: Account, second: Account, moment: datetime
) -> None:
    clues = [Clue(name=f"示例主体{number}", description="冒名收费。" * 20) for number in range(200)]
    letter = issued(first, second, moment, clues=clues)
    document = docx.Document(io.BytesIO(document_of(inspector, letter)))
    assert len(document.tables[0].rows) == 201
    assert inspector.get(f"/staff/letters/{letter.id}").status_code == 200
    assert inspector.get(f"/staff/letters/{letter.id}/print").text.count("示例主体") == 200

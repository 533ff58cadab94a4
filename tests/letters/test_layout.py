from __future__ import annotations

import io
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from credit_register.letters.layout import (
    LayoutRefused,
    check_layout,
    filled_layout,
    sample_sheet,
    shipped_layout,
)
from credit_register.letters.official import NOT_ISSUED, Line, Sheet, docx_of
from credit_register.letters.wording import LONGEST_BODY, MOST_CLUES

SHEET = Sheet(
    number="510100信提函〔2026〕1号",
    title="关于示例线索的提示函",
    addressee="成都市示例监管局",
    paragraphs=["第一段。", "第二段{{标题}}<b>&。"],
    contact="联系人：王示例，联系电话：028-12345678。",
    annex_title="治理对象清单",
    office="成都市示例信用主管部门",
    day=None,
    lines=[Line("示例甲", "91110000600037341L", "收取费用。\n屡次。"), Line("示例乙", "", "冒名。")],
    contact_name="王示例",
    contact_phone="028-12345678",
    entities=2,
    day_text="2026年3月12日",
)


def changed(change: Callable[[Any], None], content: bytes | None = None) -> bytes:
    """The shipped layout with one thing changed."""
    document = Document(io.BytesIO(content or shipped_layout()))
    change(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def added(text: str) -> bytes:
    return changed(lambda document: document.add_paragraph(text))


def words(content: bytes) -> list[str]:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def test_the_shipped_layout_filled_in_says_what_the_program_writes_itself() -> None:
    check_layout(shipped_layout())
    assert words(filled_layout(shipped_layout(), SHEET)) == words(docx_of(SHEET))


def test_fonts_and_sizes_of_a_place_stay() -> None:
    document = Document(io.BytesIO(filled_layout(shipped_layout(), SHEET)))
    title = next(each for each in document.paragraphs if each.text == SHEET.title)
    fonts = title.runs[0]._r.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "方正小标宋简体"
    bodies = [each for each in document.paragraphs if each.text in SHEET.paragraphs]
    assert [each.paragraph_format.first_line_indent is not None for each in bodies] == [True, True]


def test_a_place_that_the_word_processor_cut_into_pieces_is_found() -> None:
    def cut(document: Any) -> None:
        title = next(each for each in document.paragraphs if each.text == "{{标题}}")
        title.runs[0].text = "《{"
        for piece in ("{ 标", "题 }", "}》"):
            title.add_run(piece)

    filled = words(filled_layout(changed(cut), SHEET))
    assert f"《{SHEET.title}》" in filled


def test_what_was_filled_in_is_not_read_as_a_template_again() -> None:
    filled = words(filled_layout(shipped_layout(), SHEET))
    assert "第二段{{标题}}<b>&。" in filled


def test_places_in_headers_and_footers_are_filled_too() -> None:
    def head(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "{{落款单位}}"

    document = Document(io.BytesIO(filled_layout(changed(head), SHEET)))
    assert document.sections[0].header.paragraphs[0].text == SHEET.office


def test_a_draft_says_that_it_is_one_whatever_the_layout_says() -> None:
    draft = Sheet(**{**vars(SHEET), "number": "", "day_text": ""})
    filled = words(filled_layout(shipped_layout(), draft))
    assert filled[0] == NOT_ISSUED
    assert "（发文字号）" in filled
    assert "（签发日期）" in filled


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{标题.__class__}}",
        "{{标题|upper}}",
        "{{ config }}",
        "{{ 7*7 }}",
        "{% for x in range(1000000000) %}x{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{%tr for line in lines %}",
        "{# note #}",
        "{{标题",
        "}}",
        "{线索条数}",
        "{{{标题}}}",
        "{{{{标题}}}}",
        "{{}}",
    ],
)
def test_whatever_is_no_known_place_is_refused_with_where_it_stands(hostile: str) -> None:
    with pytest.raises(LayoutRefused) as refused:
        check_layout(added(f"凭空一段 {hostile}"))
    assert "凭空一段" in str(refused.value)
    assert "段（" in str(refused.value)


def test_a_layout_without_a_needed_place_is_told_which() -> None:
    def without_title(document: Any) -> None:
        next(each for each in document.paragraphs if each.text == "{{标题}}").clear()

    with pytest.raises(LayoutRefused, match="标题"):
        check_layout(changed(without_title))


def test_the_body_stands_alone_once_and_outside_tables() -> None:
    for content in (added("{{正文}}"), changed(_text_beside_the_body)):
        with pytest.raises(LayoutRefused, match="单独成段"):
            check_layout(content)


def _text_beside_the_body(document: Any) -> None:
    next(each for each in document.paragraphs if each.text == "{{正文}}").add_run("等")


def test_places_of_clues_stand_in_one_row() -> None:
    with pytest.raises(LayoutRefused, match="同一行"):
        check_layout(added("{{线索情况}}"))


def test_links_to_elsewhere_and_fields_that_fetch_are_refused() -> None:
    def link(document: Any) -> None:
        document.part.relate_to("https://example.invalid/x", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)

    def field(document: Any) -> None:
        run = document.add_paragraph().add_run()
        element = OxmlElement("w:instrText")
        element.text = ' INCLUDEPICTURE "http://example.invalid/a.png" '
        run._r.append(element)

    with pytest.raises(LayoutRefused, match="外部的链接"):
        check_layout(changed(link))
    with pytest.raises(LayoutRefused, match="域"):
        check_layout(changed(field))


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PART_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"


def with_part(kind: str, name: str, inner: str, *, relation: str = "") -> bytes:
    """The shipped layout with one more part of Word, in a prefix that is not the usual one."""

    def add(document: Any) -> None:
        content = f'<x:{kind} xmlns:x="{WORD}">{inner}</x:{kind}>'.encode()
        part = Part(PackURI(name), PART_TYPE.format(kind), content, document.part.package)
        document.part.relate_to(part, RELATION.format(relation or kind))

    return changed(add)


FETCHES = "<x:p><x:r><x:instrText>INCLUDEPICTURE &#34;x&#34;</x:instrText></x:r></x:p>"
SEPARATOR = '<x:footnote x:type="separator" x:id="-1"><x:p/></x:footnote>'


@pytest.mark.parametrize(
    ("kind", "name"),
    [("header", "/word/kopf.xml"), ("footnotes", "/word/footnotes.xml"), ("comments", "/word/x.xml")],
)
def test_a_field_is_found_in_every_part_whatever_it_is_called(kind: str, name: str) -> None:
    with pytest.raises(LayoutRefused, match="域"):
        check_layout(with_part(kind, name, FETCHES))


def test_what_is_in_a_header_of_another_name_is_judged_and_filled_in() -> None:
    def text(inner: str) -> bytes:
        return with_part("header", "/word/kopf.xml", f"<x:p><x:r><x:t>{inner}</x:t></x:r></x:p>")

    with pytest.raises(LayoutRefused, match=r"没有“\{\{不知\}\}”"):
        check_layout(text("{{不知}}"))
    with ZipFile(io.BytesIO(filled_layout(text("{{落款单位}}"), SHEET))) as archive:
        assert SHEET.office in archive.read("word/kopf.xml").decode()


def test_notes_and_building_blocks_are_refused_and_the_lines_between_text_and_notes_are_not() -> None:
    note = '<x:footnote x:id="2"><x:p><x:r><x:t>脚注</x:t></x:r></x:p></x:footnote>'
    check_layout(with_part("footnotes", "/word/footnotes.xml", SEPARATOR))
    with pytest.raises(LayoutRefused, match="脚注或者尾注"):
        check_layout(with_part("footnotes", "/word/footnotes.xml", SEPARATOR + note))
    with pytest.raises(LayoutRefused, match="脚注或者尾注"):
        check_layout(with_part("endnotes", "/word/n.xml", note.replace("footnote", "endnote")))
    with pytest.raises(LayoutRefused, match="文档部件"):
        check_layout(
            with_part(
                "document.glossary", "/word/glossary/document.xml", "<x:p/>", relation="glossaryDocument"
            )
        )


def test_comments_and_traces_of_changes_are_refused() -> None:
    def inserted(document: Any) -> None:
        document.add_paragraph()._p.append(OxmlElement("w:ins"))

    def commented(document: Any) -> None:
        document.add_paragraph("批注").add_run()._r.append(OxmlElement("w:commentReference"))

    for change in (inserted, commented):
        with pytest.raises(LayoutRefused, match="修订痕迹或者批注"):
            check_layout(changed(change))


def test_what_there_may_be_one_of_is_not_copied_with_the_body() -> None:
    def ends_a_section(document: Any) -> None:
        body = next(each for each in document.paragraphs if each.text == "{{正文}}")
        body._p.get_or_add_pPr().append(deepcopy(document.sections[-1]._sectPr))
        body._p.set("{http://schemas.microsoft.com/office/word/2010/wordml}paraId", "0A0B0C0D")
        mark = OxmlElement("w:bookmarkStart")
        mark.set(qn("w:name"), "here")
        body._p.append(mark)

    template = changed(ends_a_section)
    filled = Document(io.BytesIO(filled_layout(template, SHEET)))
    assert len(filled.sections) == len(Document(io.BytesIO(template)).sections)
    assert b"0A0B0C0D" not in str(filled.element.xml).encode()
    assert "bookmarkStart" not in str(filled.element.xml)


def test_what_would_grow_with_each_clue_is_bounded() -> None:
    def heavy(document: Any) -> None:
        document.tables[0].rows[1].cells[3].add_paragraph("长" * 20_000)

    def heavy_body(document: Any) -> None:
        body = next(each for each in document.paragraphs if each.text == "{{正文}}")
        for _ in range(2000):
            body.add_run("")

    for change in (heavy, heavy_body):
        with pytest.raises(LayoutRefused, match="过于复杂"):
            check_layout(changed(change))
    with pytest.raises(LayoutRefused, match="段落"):
        check_layout(changed(lambda document: [document.add_paragraph() for _ in range(2001)]))


def test_a_file_that_is_no_document_is_refused() -> None:
    for content in (b"", b"PK\x03\x04broken", b"text"):
        with pytest.raises(LayoutRefused):
            check_layout(content)


def test_the_longest_letter_is_filled_in_quickly() -> None:
    sheet = sample_sheet(MOST_CLUES)
    longest = Sheet(**{**vars(sheet), "paragraphs": ["长"] * (LONGEST_BODY // 2)})
    started = time.perf_counter()
    content = filled_layout(shipped_layout(), longest)
    assert time.perf_counter() - started < 10
    assert len(content) < 2 * 1024 * 1024

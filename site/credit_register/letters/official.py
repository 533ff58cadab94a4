"""The letter on paper after GB/T 9704: what stands on the sheet, and the same as a Word document without macros."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from credit_register.letters.drafting import body_as_read
from credit_register.letters.models import Letter
from credit_register.letters.wording import ANNEX_TITLE

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NOT_ISSUED = "草稿，尚未签发，不得对外使用"
# Named, not shipped: a machine without them shows its own in their place.
TITLE_FONT, TEXT_FONT, HEAD_FONT, PAGE_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
LATIN_FONT = "Times New Roman"
SIZE_2, SIZE_3, SIZE_4 = Pt(22), Pt(16), Pt(14)  # 2号, 3号, 4号
LINE = Pt(29)  # 22 lines on the 225 mm of a page
FORM_COLUMNS = (Mm(40), Mm(116))
COLUMNS = (("序号", Mm(14)), ("治理对象", Mm(44)), ("统一社会信用代码", Mm(42)), ("线索情况", Mm(56)))


@dataclass(frozen=True)
class Line:
    """One line of the annex."""

    name: str
    uscc: str
    description: str
    number: str = ""  # instead of its place in the list


@dataclass(frozen=True)
class Sheet:
    """All that stands on the paper; `number` is empty while the letter is not issued."""

    number: str
    title: str
    addressee: str
    paragraphs: Sequence[str]
    contact: str
    annex_title: str
    office: str
    day: date | None
    lines: Sequence[Line]
    contact_name: str = ""
    contact_phone: str = ""
    entities: int = 0
    day_text: str = ""  # instead of the day in words

    @property
    def issued(self) -> bool:
        """Whether it may be sent."""
        return bool(self.number)

    @property
    def day_words(self) -> str:
        """The date in the form of official documents."""
        if self.day_text:
            return self.day_text
        return day_words(self.day) if self.day else "（签发日期）"

    @property
    def not_issued(self) -> str:
        """What stands above a letter that may not be sent."""
        return "" if self.issued else NOT_ISSUED


def day_words(day: date) -> str:
    """A date in the form of official documents."""
    return f"{day.year}年{day.month}月{day.day}日"


def sheet_of(letter: Letter, *, on: date) -> Sheet:
    """What goes onto paper; a draft as it would be issued on a day."""
    body = body_as_read(letter, on=on)
    return Sheet(
        number=letter.number or "",
        title=letter.title,
        addressee=letter.addressee,
        paragraphs=[line.strip() for line in body.splitlines() if line.strip()],
        contact=f"联系人：{letter.contact_name}，联系电话：{letter.contact_phone}。",
        annex_title=ANNEX_TITLE,
        office=letter.office,
        day=letter.issued_on,
        lines=[Line(clue.name, clue.uscc, clue.description) for clue in letter.clues],
        contact_name=letter.contact_name,
        contact_phone=letter.contact_phone,
        entities=letter.entity_count,
    )


def docx_of(sheet: Sheet) -> bytes:
    """The sheet as a Word document that Word and WPS open: no macros, no links, nothing embedded."""
    document = Document()
    describe(document, sheet)
    lay_out(document.sections[0])
    writer = Writer(document)
    if sheet.not_issued:
        writer.line(sheet.not_issued, font=HEAD_FONT, align=WD_ALIGN_PARAGRAPH.CENTER)
    writer.line(sheet.number or "（发文字号）", align=WD_ALIGN_PARAGRAPH.RIGHT)
    writer.line("")
    writer.line(sheet.title, font=TITLE_FONT, size=SIZE_2, align=WD_ALIGN_PARAGRAPH.CENTER)
    writer.line("")
    writer.line(f"{sheet.addressee}：")
    for paragraph in (*sheet.paragraphs, sheet.contact):
        writer.line(paragraph, indent=2)
    writer.line("")
    writer.line(f"附件：{sheet.annex_title}", indent=2)
    writer.line("")
    writer.line(sheet.office, align=WD_ALIGN_PARAGRAPH.RIGHT, right=2)
    writer.line(sheet.day_words, align=WD_ALIGN_PARAGRAPH.RIGHT, right=4)
    annex = document.add_section(WD_SECTION.NEW_PAGE)
    lay_out(annex)
    writer.line("附件", font=HEAD_FONT)
    writer.line(sheet.annex_title, font=TITLE_FONT, size=SIZE_2, align=WD_ALIGN_PARAGRAPH.CENTER)
    writer.table(sheet.lines)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def draft_notice(paragraph: Any, text: str) -> None:
    """The words above a letter that may not be sent."""
    _set(paragraph, WD_ALIGN_PARAGRAPH.CENTER)
    _dress(paragraph.add_run(text), HEAD_FONT, SIZE_3)


class Described(Protocol):
    """What every paper has, and its file says of itself."""

    @property
    def title(self) -> str: ...

    @property
    def office(self) -> str: ...

    @property
    def day(self) -> date | None: ...


def describe(document: Any, sheet: Described) -> None:
    """The library's own template names its maker and a year of its own."""
    properties = document.core_properties
    moment = datetime.combine(sheet.day or date(2000, 1, 1), time())
    properties.author = properties.last_modified_by = sheet.office
    properties.title, properties.comments, properties.keywords = sheet.title, "", ""
    properties.created = properties.modified = moment


def lay_out(section: Any) -> None:
    """A4, the margins of GB/T 9704, and the number of the page below."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    section.footer.is_linked_to_previous = False
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _dress(paragraph.add_run("— "), PAGE_FONT, SIZE_4)
    _dress(_page_number(paragraph.add_run()), PAGE_FONT, SIZE_4)
    _dress(paragraph.add_run(" —"), PAGE_FONT, SIZE_4)


def _page_number(run: Any) -> Any:
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    return run


def _dress(run: Any, font: str, size: Pt) -> None:
    run.font.name, run.font.size = LATIN_FONT, size
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


class Writer:
    """Adds paragraphs and tables in the sizes of an official document."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def line(
        self,
        text: str,
        *,
        font: str = TEXT_FONT,
        size: Pt = SIZE_3,
        align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
        indent: int = 0,
        right: int = 0,
    ) -> None:
        """One paragraph; `indent` and `right` are characters."""
        paragraph = self._document.add_paragraph()
        _set(paragraph, align)
        paragraph.paragraph_format.first_line_indent = size * indent
        paragraph.paragraph_format.right_indent = size * right
        _dress(paragraph.add_run(text), font, size)

    def table(self, lines: Sequence[Line]) -> None:
        """The annex, its head repeated on each page."""
        table = self._document.add_table(rows=1, cols=len(COLUMNS), style="Table Grid")
        table.autofit = False
        for cell, (label, width) in zip(table.rows[0].cells, COLUMNS, strict=True):
            cell.width = width
            self._fill(cell, label, HEAD_FONT)
        head = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(head)
        for number, line in enumerate(lines, start=1):
            values = (line.number or str(number), line.name, line.uscc or "—", line.description)
            for cell, text, (_, width) in zip(table.add_row().cells, values, COLUMNS, strict=True):
                cell.width = width
                self._fill(cell, text, TEXT_FONT)

    def form(self, rows: Sequence[tuple[str, str]]) -> None:
        """A form of two columns: what is asked, and the answer or room for it."""
        table = self._document.add_table(rows=0, cols=2, style="Table Grid")
        table.autofit = False
        for label, text in rows:
            first, second = table.add_row().cells
            first.width, second.width = FORM_COLUMNS
            self._fill(first, label, HEAD_FONT)
            self._fill(second, text, TEXT_FONT)

    @staticmethod
    def _fill(cell: Any, text: str, font: str) -> None:
        paragraph = cell.paragraphs[0]
        _set(paragraph, WD_ALIGN_PARAGRAPH.LEFT, spacing=Pt(20))
        _dress(paragraph.add_run(text), font, Pt(12))


def _set(paragraph: Any, align: WD_ALIGN_PARAGRAPH, spacing: Pt = LINE) -> None:
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, spacing

"""The layout of a letter as a Word file of the office's own: named places are filled in, and nothing in it is run.

There is no language of templates behind it: a place is {{标题}} and nothing else, so that no expression, loop, filter or
include exists that somebody could misuse. What is not a known place is refused with where it stands.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final
from zipfile import ZipFile

from docx import Document
from docx.opc.constants import CONTENT_TYPE
from docx.opc.part import XmlPart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from credit_register.letters.official import Line, Sheet, describe, docx_of, draft_notice

BODY: Final = "正文"
CONTACT: Final = "联系方式"
ROW: Final = ("序号", "治理对象", "统一社会信用代码", "线索情况")
WORDS: Final = (
    "发文字号",
    "标题",
    "主送机关",
    CONTACT,
    "联系人",
    "联系电话",
    "附件名称",
    "落款单位",
    "成文日期",
    "线索条数",
    "市场主体家数",
)
NEEDED: Final = ("发文字号", "标题", "主送机关", BODY, "落款单位", "成文日期", "治理对象", "线索情况")
_KNOWN: Final = frozenset((BODY, *ROW, *WORDS))

LARGEST_PART: Final = 2 * 1024 * 1024  # bytes of XML
LARGEST_FILE: Final = 20 * 1024 * 1024  # bytes unpacked
MOST_PARAGRAPHS: Final = 2000
LARGEST_BODY: Final = 8 * 1024  # bytes of XML of the one paragraph that is repeated for each of the body
LARGEST_ROW: Final = 32 * 1024  # the same of the row that is repeated for each clue

_PLACE: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_BRACES: Final = re.compile(r"[{}]")
_FIELD: Final = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b[\s\\*A-Za-z]*")
# Marks that must be one of their kind in a file; a copy goes without.
_ONLY_ONE: Final = ("w:bookmarkStart", "w:bookmarkEnd")
_IDENTITIES: Final = re.compile(
    r"\{http://schemas\.microsoft\.com/office/word/2010/wordml\}(?:paraId|textId)"
)
_NOT_FINAL: Final = ("w:ins", "w:del", "w:moveFrom", "w:moveTo", "w:commentReference", "w:commentRangeStart")
_XML: Final = re.compile(r"[+/.](?:xml|vml|rels)(?:\s|$)", re.IGNORECASE)
_SIDES: Final = {"hdr": "页眉", "ftr": "页脚"}
_SHOWN: Final = 24


class LayoutRefused(ValueError):
    """The file cannot be a layout; the text says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class _Spot:
    """One paragraph of the template and where it stands."""

    element: Any
    where: str

    @property
    def texts(self) -> list[Any]:
        """The pieces of its text; a box inside it has paragraphs of its own."""
        return [text for text in self.element.iter(qn("w:t")) if _parent(text, "w:p") is self.element]

    @property
    def text(self) -> str:
        return "".join(piece.text or "" for piece in self.texts)

    @property
    def places(self) -> list[str]:
        return _PLACE.findall(self.text)

    @property
    def cited(self) -> str:
        """Where it stands and how it begins, for the person who has to mend it."""
        text = self.text.strip()
        return f"{self.where}（“{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}”）"


def check_layout(content: bytes) -> None:
    """Raises LayoutRefused where the file cannot be filled in, or would not be a whole letter."""
    _judged(content)


def filled_layout(content: bytes, sheet: Sheet) -> bytes:
    """The letter in the layout of the file. Raises LayoutRefused."""
    document, spots = _judged(content)
    row = _row_of(spots)
    in_row = {id(spot.element) for spot in spots if row is not None and _parent(spot.element, "w:tr") is row}
    for spot in spots:
        if id(spot.element) in in_row:
            continue
        if BODY in spot.places:
            _fill_body(spot, sheet.paragraphs)
        elif spot.places:
            _fill(spot, _words(sheet))
    if row is not None:
        _fill_rows(row, sheet.lines)
    if sheet.not_issued:
        first = OxmlElement("w:p")
        document.element.body.insert(0, first)
        draft_notice(Paragraph(first, document), sheet.not_issued)
    describe(document, sheet)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def shipped_layout() -> bytes:
    """The layout of the program with its places, as the file to begin with."""
    names = {name: f"{{{{{name}}}}}" for name in (*WORDS, BODY, *ROW)}
    return docx_of(
        Sheet(
            number=names["发文字号"],
            title=names["标题"],
            addressee=names["主送机关"],
            paragraphs=[names[BODY]],
            contact=names[CONTACT],
            annex_title=names["附件名称"],
            office=names["落款单位"],
            day=None,
            lines=[Line(names["治理对象"], names["统一社会信用代码"], names["线索情况"], names["序号"])],
            day_text=names["成文日期"],
        )
    )


def sample_sheet(clues: int) -> Sheet:
    """Invented words for a test of a layout, with braces that must come out as they are."""
    return Sheet(
        number="示例提函〔2026〕000000-0001",
        title="关于示例线索的提示函",
        addressee="示例市示例监管局",
        paragraphs=["示例正文第一段，含有“{{标题}}”字样。", "示例正文第二段。"],
        contact="联系人：示例，联系电话：000-00000000。",
        annex_title="治理对象清单",
        office="示例市示例信用主管部门",
        day=None,
        lines=[Line("示例治理对象", "", "示例线索情况。") for _ in range(clues)],
        contact_name="示例",
        contact_phone="000-00000000",
        day_text="2026年1月1日",
        entities=clues,
    )


def _judged(content: bytes) -> tuple[Any, list[_Spot]]:
    _measure(content)
    try:
        document = Document(io.BytesIO(content))
    except Exception as error:  # a malformed file makes the library raise nearly anything
        raise LayoutRefused("文件不能作为 Word 文档打开，请用 WPS 或 Word 另存为 .docx 后重新上传") from error
    _refuse_links(document)
    _refuse_notes(document)
    _refuse_what_is_not_final(document)
    spots = list(_spots(document))
    if len(spots) > MOST_PARAGRAPHS:
        raise LayoutRefused(f"文件有 {len(spots)} 个段落，最多 {MOST_PARAGRAPHS} 个，请精简")
    for spot in spots:
        _judge_text(spot)
    _judge_whole(spots)
    return document, spots


def _measure(content: bytes) -> None:
    """By the directory of the archive, which cannot understate the sizes."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception as error:
        raise LayoutRefused("文件不是 Word 文档（.docx），请另存后重新上传") from error
    if sum(part.file_size for part in parts) > LARGEST_FILE or any(
        part.file_size > LARGEST_PART for part in parts if part.filename.endswith(".xml")
    ):
        raise LayoutRefused("文件解开后太大，版式文件只需要一页函和一张表，请精简后重新上传")


def _refuse_links(document: Any) -> None:
    parts = list(document.part.package.iter_parts())
    for part in parts:
        if any(relation.is_external for relation in part.rels.values()):
            raise LayoutRefused("文件中有指向外部的链接（超链接、外部图片等），请取消链接后重新上传")
    for part in parts:
        for instruction in _instructions(_tree(part)):
            if instruction.strip() and not _FIELD.fullmatch(instruction):
                shown = instruction.strip()[:_SHOWN]
                raise LayoutRefused(f"文件中有域“{shown}”，只可以用页码域，请删去后重新上传")


def _instructions(root: Any) -> Iterator[str]:
    """Those of all fields, in whichever of the namespaces that Word knows."""
    for element in root.iter("{*}instrText", "{*}delInstrText"):
        yield "".join(element.itertext())
    for element in root.iter("{*}fldSimple"):
        yield from (value for key, value in element.attrib.items() if key.rpartition("}")[2] == "instr")


def _tree(part: Any) -> Any:
    """The XML of a part, whatever it is called and whoever reads it; nothing where it is a picture."""
    if isinstance(part, XmlPart):
        return part.element
    if not _XML.search(f"{part.content_type} {part.partname}"):
        return OxmlElement("w:p")
    try:
        return parse_xml(part.blob)
    except Exception as error:
        raise LayoutRefused("文件结构异常，请用 WPS 或 Word 另存为 .docx 后重新上传") from error


def _refuse_notes(document: Any) -> None:
    """Nothing is filled in there, and nobody would look there; the lines between text and notes may stay."""
    for source in (document.part.package, *document.part.package.iter_parts()):
        for relation in source.rels.values():
            if relation.is_external:
                continue
            part = relation.target_part
            kind = f"{relation.reltype.rpartition('/')[2]} {part.content_type}".lower()
            if "glossary" in kind:
                raise LayoutRefused(
                    "文件中带有文档部件（自动图文集），请把内容复制到新建的空白文档中，再重新上传"
                )
            if ("footnotes" in kind or "endnotes" in kind) and any(
                note.get(qn("w:type"), "normal") == "normal"
                for note in _tree(part).iter("{*}footnote", "{*}endnote")
            ):
                raise LayoutRefused("文件中有脚注或者尾注，请删去后重新上传")


def _refuse_what_is_not_final(document: Any) -> None:
    for root in _roots(document):
        if any(next(root.iter(qn(tag)), None) is not None for tag in _NOT_FINAL):
            raise LayoutRefused("文件中有修订痕迹或者批注，会随函发出。请接受全部修订、删去批注后重新上传")


def _roots(document: Any) -> Iterator[Any]:
    yield document.element.body
    for part in document.part.package.iter_parts():
        if part.content_type in (CONTENT_TYPE.WML_HEADER, CONTENT_TYPE.WML_FOOTER):
            yield part.element


def _spots(document: Any) -> Iterator[_Spot]:
    for root in _roots(document):
        side = _SIDES.get(root.tag.rpartition("}")[2], "")
        for number, element in enumerate(root.iter(qn("w:p")), 1):
            yield _Spot(element, f"{side}第 {number} 段")


def _judge_text(spot: _Spot) -> None:
    for name in spot.places:
        if name not in _KNOWN:
            raise LayoutRefused(
                f"{spot.cited}：没有“{{{{{name[:_SHOWN]}}}}}”这个占位符。可以用的有：{'、'.join((*WORDS, BODY, *ROW))}"
            )
    if _BRACES.search(_PLACE.sub("", spot.text)):
        raise LayoutRefused(
            f"{spot.cited}：花括号只能用于占位符，例如 {{{{标题}}}}；不支持语句、循环、表达式和过滤器，请改正"
        )


def _judge_whole(spots: Sequence[_Spot]) -> None:
    found = [name for spot in spots for name in spot.places]
    missing = [f"{{{{{name}}}}}" for name in NEEDED if name not in found]
    if CONTACT not in found and not {"联系人", "联系电话"} <= set(found):
        missing.append(f"{{{{{CONTACT}}}}}")
    if missing:
        raise LayoutRefused(f"文件中没有占位符：{'、'.join(missing)}。请补上后重新上传")
    bodies = [spot for spot in spots if BODY in spot.places]
    if len(bodies) > 1 or _PLACE.sub("", bodies[0].text).strip() or len(bodies[0].places) > 1:
        raise LayoutRefused(f"{bodies[-1].cited}：{{{{{BODY}}}}}只能出现一次，并且单独成段")
    if _parent(bodies[0].element, "w:tr") is not None:
        raise LayoutRefused(f"{bodies[0].cited}：{{{{{BODY}}}}}不能放在表格中")
    if _size(bodies[0].element) > LARGEST_BODY:
        raise LayoutRefused(f"{bodies[0].cited}：这一段的格式过于复杂，请清除格式后重新设置")
    row = _row_of(spots)
    for spot in spots:
        if set(spot.places) & set(ROW):
            own = _parent(spot.element, "w:tr")
            if own is None or own is not row:
                raise LayoutRefused(
                    f"{spot.cited}：{'、'.join(ROW)}的占位符须放在附件表格的同一行，系统按线索逐条重复这一行"
                )
    if row is not None and (_size(row) > LARGEST_ROW or next(row.iter(qn("w:tbl")), None) is not None):
        raise LayoutRefused("附件表格的那一行格式过于复杂（或者表中有表），请清除格式后重新设置")


def _row_of(spots: Sequence[_Spot]) -> Any:
    """The row that is repeated for each clue."""
    return next((_parent(spot.element, "w:tr") for spot in spots if set(spot.places) & set(ROW)), None)


def _words(sheet: Sheet) -> Mapping[str, str]:
    return {
        "发文字号": sheet.number or "（发文字号）",
        "标题": sheet.title,
        "主送机关": sheet.addressee,
        CONTACT: sheet.contact,
        "联系人": sheet.contact_name,
        "联系电话": sheet.contact_phone,
        "附件名称": sheet.annex_title,
        "落款单位": sheet.office,
        "成文日期": sheet.day_words,
        "线索条数": str(len(sheet.lines)),
        "市场主体家数": str(sheet.entities),
    }


def _fill_body(spot: _Spot, paragraphs: Sequence[str]) -> None:
    for number, text in enumerate(paragraphs, 1):
        copy = _copy(spot.element)
        if number < len(paragraphs):  # a section that ends with the body ends once
            for end in list(copy.iter(qn("w:sectPr"))):
                end.getparent().remove(end)
        spot.element.addprevious(copy)
        _fill(_Spot(copy, spot.where), {BODY: text})
    spot.element.getparent().remove(spot.element)


def _fill_rows(row: Any, lines: Sequence[Line]) -> None:
    for number, line in enumerate(lines, 1):
        copy = _copy(row)
        row.addprevious(copy)
        values = dict(zip(ROW, (str(number), line.name, line.uscc or "—", line.description), strict=True))
        for element in list(copy.iter(qn("w:p"))):
            _fill(_Spot(element, ""), values)
    row.getparent().remove(row)


def _fill(spot: _Spot, values: Mapping[str, str]) -> None:
    """Put the values in, each into the piece where its place begins; what was put in is not looked at again."""
    texts = spot.texts
    whole = spot.text
    for match in reversed(list(_PLACE.finditer(whole))):
        _put(texts, match.start(), match.end(), values.get(match[1], ""))
    for piece in texts:
        piece.set(qn("xml:space"), "preserve")
        _break_lines(piece)


def _put(texts: Sequence[Any], start: int, end: int, value: str) -> None:
    at = 0
    spans = []
    for piece in texts:
        length = len(piece.text or "")
        spans.append((piece, max(start - at, 0), min(end - at, length), at, length))
        at += length
    put = False
    for piece, first, last, begins, length in spans:
        if begins + length <= start or begins >= end:
            continue
        text = piece.text or ""
        piece.text = f"{text[:first]}{'' if put else value}{text[last:]}"
        put = True


def _break_lines(piece: Any) -> None:
    lines = (piece.text or "").split("\n")
    piece.text = lines[0]
    after = piece
    for line in lines[1:]:
        for element in (OxmlElement("w:br"), OxmlElement("w:t")):
            after.addnext(element)
            after = element
        after.text = line
        after.set(qn("xml:space"), "preserve")


def _copy(element: Any) -> Any:
    copy = deepcopy(element)
    for tag in _ONLY_ONE:
        for mark in list(copy.iter(qn(tag))):
            mark.getparent().remove(mark)
    for part in copy.iter():
        for name in [name for name in part.attrib if _IDENTITIES.fullmatch(name)]:
            del part.attrib[name]
    return copy


def _parent(element: Any, tag: str) -> Any:
    """The nearest ancestor of this kind."""
    return next(element.iterancestors(qn(tag)), None)


def _size(element: Any) -> int:
    return len(str(element.xml).encode())

"""The papers of measures after GB/T 9704: 约谈通知, 约谈记录 and 责令限期纠正通知书, printed and as Word documents."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

from credit_register.core.clock import local_date
from credit_register.ledger.measures.queries import ordered_until
from credit_register.ledger.measures.words import title_of
from credit_register.ledger.models import Measure, MeasureKind, MeasureState
from credit_register.letters.official import (
    HEAD_FONT,
    SIZE_2,
    TITLE_FONT,
    Writer,
    day_words,
    describe,
    lay_out,
)

GROUND = "发改办财金〔2021〕156号"
VOID = {MeasureState.CANCELLED: "已作废，不得使用", MeasureState.ENDED: "已解除，不再执行"}
ROOM = "\n\n\n"  # to be written by hand
# 待主管单位确认：系统拟稿，文件没有给出这三种文书的格式。
NOTE = "文书格式由系统拟定，须主管单位确认"


class Paper(StrEnum):
    """The papers that a measure may have."""

    NOTICE = "notice"
    RECORD = "record"
    ORDER = "order"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {Paper.NOTICE: "约谈通知", Paper.RECORD: "约谈记录", Paper.ORDER: "责令限期纠正通知书"}[self]


@dataclass(frozen=True)
class MeasureSheet:
    """All that stands on the paper: a letter with paragraphs, or a form with rows and lines to sign."""

    paper: Paper
    title: str
    addressee: str
    paragraphs: Sequence[str]
    rows: Sequence[tuple[str, str]]
    signatures: Sequence[str]
    office: str
    day: date
    void: str = ""

    @property
    def day_words(self) -> str:
        """The date in the form of official documents."""
        return day_words(self.day)


def papers_of(measure: Measure) -> list[Paper]:
    """The papers of a measure."""
    if measure.kind == MeasureKind.INTERVIEW:
        return [Paper.NOTICE, Paper.RECORD]
    return [Paper.ORDER] if measure.kind == MeasureKind.ORDER else []


def sheet_of(measure: Measure, paper: Paper) -> MeasureSheet:
    """What goes onto a paper of a measure; its date is the day on which the measure was recorded or taken."""
    parts = {Paper.NOTICE: _notice, Paper.RECORD: _record, Paper.ORDER: _order}[paper]
    title, paragraphs, rows, signatures, day = parts(measure)
    return MeasureSheet(
        paper=paper,
        title=title,
        addressee="" if rows else measure.case.name,
        paragraphs=paragraphs,
        rows=rows,
        signatures=signatures,
        office=measure.office,
        day=day,
        void=VOID.get(MeasureState(measure.state), ""),
    )


_Parts = tuple[str, list[str], list[tuple[str, str]], list[str], date]


def _notice(measure: Measure) -> _Parts:
    form, when = title_of(measure), _when(measure)
    paragraphs = [
        _opening(measure, f"现决定对你单位进行{form}。有关事项通知如下："),
        f"一、时间：{when}。",
        f"二、地点：{measure.place}。",
        "三、约谈事项：",
        *_lines(measure.text),
        "四、请你单位法定代表人或者主要负责人携带身份证明参加；委托他人参加的，须出具授权委托书。请准备书面说明和有关材料。",
        "五、不能按时参加的，请提前书面说明理由；无正当理由不参加的，记入治理情况。",
        *_contact(measure),
    ]
    return f"{form}通知", paragraphs, [], [], _told_on(measure)


def _record(measure: Measure) -> _Parts:
    held = measure.state == MeasureState.DONE
    when = day_words(measure.done_on) if held and measure.done_on else _when(measure)
    rows = [
        ("约谈形式", title_of(measure)),
        ("时间", when),
        ("地点", measure.place),
        ("约谈单位", measure.office),
        ("被约谈单位", measure.case.name),
        ("统一社会信用代码", measure.case.uscc or "—"),
        ("双方参加人员", measure.present if held else ROOM),
        ("约谈事项", measure.text),
        ("约谈内容", measure.minutes if held else ROOM * 3),
        ("被约谈单位的承诺", (measure.promises or "没有作出承诺") if held else ROOM * 2),
    ]
    signatures = ["约谈人（签名）：", "记录人（签名）：", "被约谈单位参加人（签名并盖章）："]
    return f"{title_of(measure)}记录", [], rows, signatures, measure.done_on or measure.planned_on


def _order(measure: Measure) -> _Parts:
    last = ordered_until(measure)
    until = f"于{day_words(last)}前（含当日）" if last else "在规定期限内"
    paragraphs = [
        _opening(measure, f"现责令你单位{until}纠正以下事项："),
        *_lines(measure.text),
        "请在期限内完成纠正，并在信用服务机构专栏的机构工作台报告纠正情况、上传证明材料，或者书面报送本单位。",
        "逾期不纠正的，本单位将依法依规采取进一步的治理措施。",
        "对本通知有异议的，可以向本单位陈述、申辩。",
        *_contact(measure),
    ]
    return "责令限期纠正通知书", paragraphs, [], [], measure.planned_on


def docx_of(sheet: MeasureSheet) -> bytes:
    """The sheet as a Word document that Word and WPS open: no macros, no links, nothing embedded."""
    document = Document()
    describe(document, sheet)
    lay_out(document.sections[0])
    writer = Writer(document)
    if sheet.void:
        writer.line(sheet.void, font=HEAD_FONT, align=WD_ALIGN_PARAGRAPH.CENTER)
    writer.line(sheet.title, font=TITLE_FONT, size=SIZE_2, align=WD_ALIGN_PARAGRAPH.CENTER)
    writer.line("")
    if sheet.rows:
        writer.form(sheet.rows)
        for signature in sheet.signatures:
            writer.line("")
            writer.line(signature)
    else:
        writer.line(f"{sheet.addressee}：")
        for paragraph in sheet.paragraphs:
            writer.line(paragraph, indent=2)
        writer.line("")
        writer.line(sheet.office, align=WD_ALIGN_PARAGRAPH.RIGHT, right=2)
        writer.line(sheet.day_words, align=WD_ALIGN_PARAGRAPH.RIGHT, right=4)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _when(measure: Measure) -> str:
    return f"{day_words(measure.planned_on)}{measure.hour}"


def _told_on(measure: Measure) -> date:
    """A notice bears the day on which it was recorded, and never one after the interview."""
    return min(local_date(measure.recorded_at), measure.planned_on)


def _opening(measure: Measure, decision: str) -> str:
    ground = measure.case.ground.strip().rstrip("。；;.")
    return f"按照{GROUND}文件关于信用服务机构失信问题专项治理的要求，因你单位{ground}，{decision}"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _contact(measure: Measure) -> list[str]:
    if not measure.contact_phone:
        return []
    name = f"联系人：{measure.contact_name}，" if measure.contact_name else ""
    return [f"{name}联系电话：{measure.contact_phone}。"]

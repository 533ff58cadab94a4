"""The words and looks of measures: where one stands, in the language of its kind, and what the page asks for."""

from __future__ import annotations

from dataclasses import dataclass

from credit_register.ledger.lifecycle import MEASURE
from credit_register.ledger.models import InterviewForm, Measure, MeasureKind, MeasureState

_A, _R, _D = MeasureState.ANNOUNCED, MeasureState.RESPONDED, MeasureState.DONE
_BY_KIND: dict[tuple[MeasureKind, MeasureState], str] = {
    (MeasureKind.INTERVIEW, _A): "已通知，待约谈",
    (MeasureKind.INTERVIEW, _D): "已约谈",
    (MeasureKind.ORDER, _A): "限期纠正中",
    (MeasureKind.ORDER, _R): "机构已报告，待核对",
    (MeasureKind.ORDER, _D): "已纠正",
    (MeasureKind.SUPERVISION, _D): "执行中",
    (MeasureKind.CIRCULAR, _D): "已通报",
    (MeasureKind.PUBLICATION, _D): "已登记",
    (MeasureKind.HANDOVER, _D): "已移送",
    (MeasureKind.JOINT, _D): "已建议",
}
_LOOKS: dict[MeasureState, tuple[str, str]] = {
    MeasureState.ANNOUNCED: ("warning", "clock"),
    MeasureState.RESPONDED: ("warning", "info"),
    MeasureState.DONE: ("good", "check"),
    MeasureState.MISSED: ("bad", "cross"),
    MeasureState.ENDED: ("plain", "check"),
    MeasureState.CANCELLED: ("plain", "remove"),
}


@dataclass(frozen=True)
class Standing:
    """Where a measure stands: the word of its kind, tone and symbol of the badge."""

    state: MeasureState
    word: str
    tone: str
    symbol: str


def standing(kind: MeasureKind, state: MeasureState, *, told_public: bool = False) -> Standing:
    """Where a measure of a kind stands; the public is not told whether the institution has reported."""
    if told_public and state is MeasureState.RESPONDED:
        state = MeasureState.ANNOUNCED
    word = _BY_KIND.get((kind, state), MEASURE.label(state))
    tone, symbol = _LOOKS[state]
    if kind is MeasureKind.SUPERVISION and state is MeasureState.DONE:
        tone, symbol = "warning", "warning"
    elif kind not in (MeasureKind.INTERVIEW, MeasureKind.ORDER) and state is MeasureState.DONE:
        tone = "plain"
    return Standing(state, word, tone, symbol)


def standing_of(measure: Measure) -> Standing:
    """Where a measure stands, for the office and for its institution."""
    return standing(MeasureKind(measure.kind), MeasureState(measure.state))


def title_of(measure: Measure) -> str:
    """What a measure is called: 提示约谈, 重点监管（二级）."""
    name = name_of(measure)
    return f"{name}（{measure.level}）" if measure.level else name


def name_of(measure: Measure) -> str:
    """What a measure is called in public, without its level."""
    return InterviewForm(measure.form).label if measure.form else MeasureKind(measure.kind).label


@dataclass(frozen=True)
class KindWords:
    """What a kind of measure is for, how its form names the day and the text, and what comes of recording it."""

    purpose: str
    day: str
    text: str
    text_hint: str
    button: str
    done: str


KIND_WORDS: dict[MeasureKind, KindWords] = {
    MeasureKind.INTERVIEW: KindWords(
        "通知机构到场，当面指出问题、听取说明、督促作出承诺；谈过以后登记约谈记录。",
        "约谈日期",
        "约谈事项",
        "写明要谈的失信行为和希望机构准备的材料；机构会看到，并印入约谈通知",
        "通知约谈",
        "约谈已登记，可以打印约谈通知。",
    ),
    MeasureKind.ORDER: KindWords(
        "要求机构在期限内纠正失信行为、履行义务；机构在工作台报告，本单位核对后确认。",
        "责令日期",
        "纠正要求",
        "逐项写明要纠正什么、怎样算纠正；机构会看到，并印入责令限期纠正通知书",
        "责令限期纠正",
        "已责令限期纠正，可以打印通知书。",
    ),
    MeasureKind.SUPERVISION: KindWords(
        "按本地区的分级分类确定检查频次和是否暂停开展相关业务；新的等级自动代替原来的等级。",
        "起始日期",
        "纳入理由",
        "写明为什么适用这一等级；机构会看到",
        "纳入重点监管",
        "已纳入重点监管。",
    ),
    MeasureKind.CIRCULAR: KindWords(
        "在一定范围内通报批评。登记不等于公示，是否写入公开记录另行提出并复核。",
        "通报日期",
        "通报内容",
        "通报的事实和要求",
        "登记通报批评",
        "通报批评已登记。",
    ),
    MeasureKind.PUBLICATION: KindWords(
        "把已经查实的失信信息写入机构的公开记录；登记后由另一人复核，复核前不公示。",
        "决定日期",
        "决定内容",
        "依据什么、决定公示什么；只供内部办案",
        "登记并提出公示",
        "已登记，公示内容等待另一人复核，复核前不公示。",
    ),
    MeasureKind.HANDOVER: KindWords(
        "超出本单位职责的，移送有权处理的行业监管部门。只在内部记录，不公示。",
        "移送日期",
        "移送事项",
        "移送的事实和理由",
        "登记移送",
        "移送已登记。",
    ),
    MeasureKind.JOINT: KindWords(
        "建议有权的部门依法采取措施。本系统只记录建议，从不实施惩戒；也不公示。",
        "建议日期",
        "建议理由",
        "事实和依据，须在《全国失信惩戒措施基础清单》范围之内",
        "登记建议",
        "建议已登记。",
    ),
}

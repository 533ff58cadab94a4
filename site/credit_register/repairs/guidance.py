"""What an institution is told of repair for one record: whether, from when, with what, where; rules without a database.

Whoever found the dishonesty decides on its repair (谁认定、谁修复); nothing here anticipates that decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credit_register.credit_records.lifecycle import is_repairable
from credit_register.credit_records.models import CreditRecord, Degree, RecordKind, RecordState
from credit_register.repairs.lifecycle import RUNNING_STATES
from credit_register.repairs.models import Paper, RepairApplication, RepairState

FREE = "信用修复不收费。任何机构和个人都不得收费代办、承诺“包修复”；遇到收费的，请保留证据举报。"
WHO_DECIDES = "谁认定、谁修复：是否修复由作出认定的单位决定，本网站不受理也不决定，只提示条件、登记进展。"


class Standing(StrEnum):
    """Where a record stands on the way to its repair, as the tracker shows it."""

    NOT_NEEDED = "not_needed"
    NOT_YET = "not_yet"
    PREPARE = "prepare"  # the day has come, something else is missing
    CAN_APPLY = "can_apply"
    APPLIED = "applied"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONFIRMING = "confirming"
    NOT_REPAIRED = "not_repaired"
    REPAIRED = "repaired"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            Standing.NOT_NEEDED: "不需要修复",
            Standing.NOT_YET: "未到可申请日期",
            Standing.PREPARE: "已到日期，条件待补",
            Standing.CAN_APPLY: "可以申请",
            Standing.APPLIED: "已申请",
            Standing.ACCEPTED: "已受理",
            Standing.REFUSED: "不予受理",
            Standing.CONFIRMING: "待复核修复结果",
            Standing.NOT_REPAIRED: "不予修复",
            Standing.REPAIRED: "已修复",
        }[self]


@dataclass(frozen=True)
class PublicCommitment:
    """The commitment of the institution that is in force."""

    number: str
    published_on: date


@dataclass(frozen=True)
class Condition:
    """One condition of an application: met or not, with the proof or with what to do; `lack` names it where it is not."""

    label: str
    met: bool
    words: str
    lack: str


@dataclass(frozen=True)
class Document:
    """One of the two documents of an application, and what serves as it."""

    paper: Paper
    words: str


@dataclass(frozen=True)
class Where:
    """Who decides, and where the application is handed in."""

    decides: str
    online: str
    offline: str


@dataclass(frozen=True)
class Guidance:
    """What is told of one record.

    `possible_on` is the first day of an application, where it is known. `may_enter`: whether an application that was
    made elsewhere can be entered. Conditions, documents and places are empty where nothing is to be repaired.
    """

    standing: Standing
    sentence: str
    possible_on: date | None = None
    may_enter: bool = False
    conditions: tuple[Condition, ...] = ()
    documents: tuple[Document, ...] = ()
    where: Where | None = None

    @property
    def missing(self) -> tuple[Condition, ...]:
        """What is still to be done before applying."""
        return tuple(condition for condition in self.conditions if not condition.met)

    @property
    def needs_commitment(self) -> bool:
        """Whether a commitment is still to be signed and published."""
        return bool(self.conditions) and not self.conditions[-1].met


_NO_DISHONESTY = "这是登记状态的事实，不属于失信信息，不公示也不需要修复。"
_FACTS = {
    RecordKind.BANKRUPT: f"{_NO_DISHONESTY}破产重整完成的，可凭法院裁定向认定单位申请（具体规定须向认定单位确认）。",
    RecordKind.DEREGISTERED: f"{_NO_DISHONESTY}登记有误的，向登记机关申请更正。",
    RecordKind.REVOKED: f"{_NO_DISHONESTY}对吊销有异议的，依法申请行政复议或者提起诉讼。",
}
_LEFT = {
    RecordState.REPAIRED: "已于 {day} 修复，停止公示，不需要再申请。",
    RecordState.ANNULLED: "依据的文书已撤销，记录于 {day} 撤下，不需要修复。",
    RecordState.OBJECTED: "异议成立，记录于 {day} 撤下，不需要修复。",
    RecordState.REMOVED: "已移出名单，记录于 {day} 撤下，不需要修复。",
    RecordState.EXPIRED: "义务已履行，公示期满，已于 {day} 停止公示，不需要申请修复。",
}
_COURSE = {
    RepairState.APPLIED: "{day} 向{to}申请，等待答复。",
    RepairState.ACCEPTED: "{by}已于 {accepted} 受理，等待是否修复的决定。",
    RepairState.CONFIRMING: "认定单位已修复的材料已登记，主管部门正在复核；复核通过后立即停止公示。",
    RepairState.REFUSED: "{by}于 {decided} 不予受理。补齐所缺的条件和材料后，可以再次申请。",
    RepairState.NOT_REPAIRED: "{by}于 {decided} 决定不予修复。改正、履行后，可以再次申请。",
}
_OBLIGATIONS = {
    RecordKind.PENALTY: "请先缴清罚没款项、改正违法行为。",
    RecordKind.SEVERE: "请先履行生效法律文书确定的义务，或者达成执行和解。",
    RecordKind.ABNORMAL: "请先消除列入的原因，例如补报年报、更正公示信息、恢复联系。",
}
_PROOFS = {
    RecordKind.PENALTY: "罚没款缴款凭证、整改报告或处罚机关出具的履行完毕证明",
    RecordKind.SEVERE: "结案通知、执行和解协议或认定单位出具的履行完毕证明",
    RecordKind.ABNORMAL: "补报、更正后的公示页面或列入机关出具的证明",
}
_MARKET = ("市场监督", "市场监管", "工商行政")
_COURT = "法院"


def guide(
    record: CreditRecord,
    *,
    applications: Sequence[RepairApplication] = (),
    commitment: PublicCommitment | None = None,
    on: date,
) -> Guidance:
    """What is told of a record on a day; `applications` are all that were made for it, in any order."""
    kind, state = RecordKind(record.kind), RecordState(record.state)
    if not kind.is_adverse:
        return Guidance(Standing.NOT_NEEDED, _FACTS[kind])
    if not is_repairable(record):
        standing = Standing.REPAIRED if state is RecordState.REPAIRED else Standing.NOT_NEEDED
        return Guidance(standing, _LEFT[state].format(day=record.left_on))
    conditions = (_period(record, on), _obligations(record, kind), _commitment(record, commitment))
    latest = max(applications, key=lambda each: each.id, default=None)
    standing = _standing(conditions, latest)
    return Guidance(
        standing,
        _sentence(record, state, standing, latest),
        possible_on=record.earliest_on,
        may_enter=latest is None or latest.state not in RUNNING_STATES,
        conditions=conditions,
        documents=documents_of(kind),
        where=where_of(record, kind),
    )


def _standing(conditions: Sequence[Condition], latest: RepairApplication | None) -> Standing:
    # A repair that was followed by a restored or renewed record, and an entry by mistake, say nothing of today.
    if latest is not None and latest.state not in (RepairState.REPAIRED, RepairState.CLOSED):
        return Standing(latest.state)
    if not conditions[0].met:
        return Standing.NOT_YET
    return Standing.CAN_APPLY if all(each.met for each in conditions) else Standing.PREPARE


def _sentence(
    record: CreditRecord, state: RecordState, standing: Standing, latest: RepairApplication | None
) -> str:
    if latest is not None and latest.state in _COURSE:
        return _COURSE[RepairState(latest.state)].format(
            day=latest.applied_on,
            to=latest.applied_to,
            by=latest.decided_by,
            accepted=latest.accepted_on,
            decided=latest.decided_on,
        )
    if standing is Standing.NOT_YET:
        when = (
            f"自 {record.earliest_on} 起可以申请修复，可以先履行义务、备齐材料。"
            if record.earliest_on
            else "系统还没有算出可以申请的日期，请向认定单位咨询。"
        )
    elif standing is Standing.PREPARE:
        when = f"{record.earliest_on} 起已可以申请修复，请先补齐下面所缺的条件。"
    else:
        when = f"条件已齐备，现在就可以申请修复（最早日期 {record.earliest_on}）。"
    return _of_state(record, state) + when


def _of_state(record: CreditRecord, state: RecordState) -> str:
    """What an unmended record means while nobody has applied."""
    if state is RecordState.WITHHELD:
        return "按规定不公示，但仍作为尚未纠正的记录留存。"
    if state is RecordState.LAPSED:
        return f"最长公示期已满，{record.left_on} 停止公示，但没有收到纠正、履行的记录，仍作为尚未纠正的记录留存。"
    if state is RecordState.REMOVED:
        return (
            f"已移出名单，{record.left_on} 停止公示；移出名单不等于修复，处罚仍作为尚未修复的记录留存，"
            "名单再次载明时会重新公示。"
        )
    if record.kept_by:
        return f"最长公示期已满，因尚未纠正，按“{record.kept_by}”继续公示。"
    return f"公示中，最长公示至 {record.latest_on}。"


def _period(record: CreditRecord, on: date) -> Condition:
    label, lack = "已过最短公示期", "未过最短公示期"
    if record.earliest_on is None:
        return Condition(label, False, "尚未算出日期", lack)
    if record.earliest_on <= on:
        return Condition(label, True, f"{record.earliest_on} 起可以申请", lack)
    left = (record.earliest_on - on).days
    return Condition(label, False, f"自 {record.earliest_on} 起可以申请，还有 {left} 天", lack)


def _obligations(record: CreditRecord, kind: RecordKind) -> Condition:
    label, lack = "已纠正失信行为并履行义务", "履行义务的记录"
    if record.met_on is not None:
        return Condition(label, True, f"已登记 {record.met_on} 履行", lack)
    words = f"本网站没有履行完毕的记录。{_OBLIGATIONS[kind]}已经履行的，备好证明即可申请。"
    return Condition(label, False, words, lack)


def _commitment(record: CreditRecord, commitment: PublicCommitment | None) -> Condition:
    label, lack = "已公开作出信用承诺", "认定之后的信用承诺书"
    if commitment is None:
        words = "没有公示中的信用承诺书，请由机构和法定代表人签署并公示。"
        return Condition(label, False, words, lack)
    # A promise that was given before the dishonesty is the one that was broken.
    if commitment.published_on < record.decided_on:
        words = f"公示中的承诺书 {commitment.number} 作于认定之前，请重新签署并公示。"
        return Condition(label, False, words, lack)
    return Condition(label, True, f"承诺书 {commitment.number} 公示中", lack)


def documents_of(kind: RecordKind) -> tuple[Document, ...]:
    """The two documents of an application."""
    return (
        Document(Paper.OBLIGATIONS, _PROOFS[kind]),
        Document(Paper.COMMITMENT, "机构盖章、法定代表人签字；可打印本网站的格式，也可用受理平台提供的格式"),
    )


def where_of(record: CreditRecord, kind: RecordKind) -> Where:
    """Where an application for a record is handed in, in words: this site sends nothing anywhere."""
    if kind is RecordKind.SEVERE and _COURT in record.authority:
        online = f"向作出列入决定的{record.authority}申请；“信用中国”网站按其结果更新"
    elif kind is RecordKind.ABNORMAL or any(word in record.authority for word in _MARKET):
        online = "国家企业信用信息公示系统（市场监管领域）；“信用中国”网站同步更新"
    else:
        online = "“信用中国”网站的信用修复栏目，或所在地信用门户的同名栏目"
    return Where(record.authority, online, "当地政务服务大厅的信用修复窗口")


def degree_words(record: CreditRecord) -> str:
    """How grave the dishonesty is; empty for a fact."""
    return f"{Degree(record.degree).label}失信" if record.degree else ""


def record_words(record: CreditRecord) -> str:
    """How a record is called in a list."""
    return record.document_number or record.list_name or RecordKind(record.kind).label

"""The page of one measure for the office: what can be done, and what becomes of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds, was_done
from credit_register.audit.step_pages import answer_step, forms_of_page, put_apart
from credit_register.core.clock import now, today
from credit_register.core.database import read_first
from credit_register.ledger.lifecycle import MEASURE, MEASURE_KIND, PUBLICITY
from credit_register.ledger.measures import publicity, queries, services
from credit_register.ledger.measures.forms import STEP_FORMS, ReasonForm, uploads_of
from credit_register.ledger.measures.papers import papers_of
from credit_register.ledger.measures.refusals import MeasureRefused, SamePerson
from credit_register.ledger.measures.words import KIND_WORDS, standing_of, title_of
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind, MeasureState, PublicState
from credit_register.ledger.views.case_parts import register_part


@dataclass(frozen=True)
class Words:
    """What a step says: its button, what it brings about, what to write, and that it was done."""

    button: str
    hint: str
    reason: str
    done: str
    tone: str = "outline-primary"


WORDS = {
    "hold": Words(
        "登记约谈情况",
        "谈过以后登记；约谈期限随之办结，机构会收到通知，可以看到参加人员、约谈内容和承诺。",
        "",
        "约谈情况已登记，可以打印约谈记录。",
        "primary",
    ),
    "miss": Words(
        "登记未到场", "机构没有来的，记在这里；需要再谈的，另行登记一次约谈。", "情况说明", "已登记未到场。"
    ),
    "fulfil": Words(
        "确认已纠正",
        "纠正期限随之办结，机构会收到通知，并看到下面的依据。",
        "确认的依据",
        "已确认纠正。",
        "primary",
    ),
    "insist": Words(
        "尚未纠正，退回",
        "机构会收到通知，并看到下面的理由；原期限继续计算。",
        "还需要纠正什么",
        "已退回，请机构继续纠正。",
    ),
    "end": Words("解除重点监管", "机构会收到通知，并看到下面的理由。", "解除的理由", "重点监管已解除。"),
    "cancel": Words(
        "作废（登记有误）",
        "措施不能修改或删除；登记有误的作废，留下记录，再登记正确的。机构能看到的，会收到通知和理由。",
        "作废的理由",
        "已作废。",
        "outline-danger",
    ),
    "propose_publication": Words(
        "提出公示",
        "写入机构的公开记录，由另一位有复核权限的人员复核；复核前公众看不到。",
        "",
        "已提出公示，等待另一人复核。",
    ),
    "recall_publication": Words("撤回公示提议", "还没有复核，可以撤回再提出。", "", "公示提议已撤回。"),
    "publish": Words(
        "复核并公示",
        "复核后立即写入机构的公开记录，并通知机构。",
        "复核意见",
        "已复核并公示。",
        "primary",
    ),
    "refuse_publication": Words("不予公示", "提出的人会收到消息。", "不予公示的理由", "已决定不予公示。"),
    "withdraw": Words(
        "撤下公示",
        "公开页面立即撤下，机构会收到通知；措施本身不受影响。",
        "撤下的理由",
        "公示已撤下，公开页面不再显示。",
        "outline-danger",
    ),
}
WITH_REASON: dict[str, Callable[..., None]] = {
    "miss": services.miss_interview,
    "fulfil": services.fulfil_order,
    "insist": services.insist_on_correction,
    "end": services.end_supervision,
    "cancel": services.cancel_measure,
    "publish": publicity.publish_measure,
    "refuse_publication": publicity.refuse_publication,
    "withdraw": publicity.withdraw_publication,
}
DECISIONS = ("publish", "refuse_publication", "withdraw")
_IN_TABLE = {"hold": "complete", "fulfil": "complete"}  # what the table of moves calls a step of the page


def act(measure_id: int, name: str) -> ResponseReturnValue:
    """Take one step at a measure and answer: its page again, with what was typed, where the step failed."""
    actor = current_actor()
    if name == "hold":
        read_first()  # files are cleaned before anything is locked
    measure = queries.measure_for(actor, measure_id)
    deed = _IN_TABLE.get(name, name)
    return answer_step(
        name,
        measure,
        _form(name, measure),
        kind=MEASURE_KIND,
        load=lambda: queries.measure_for(actor, measure_id),
        take=lambda row, form: _take(name, row, form, actor),
        was_done=lambda row, seen: was_done(MEASURE_KIND, row, deed, actor=actor, seen=seen),
        page=page,
        done=lambda row: WORDS[name].done,
        url=url_for("measures_staff.show", measure_id=measure_id),
        refused=(MeasureRefused,),
        told={SamePerson: 409},
    )


def _take(name: str, measure: Measure, form: Any, actor: Actor) -> None:
    seen: dict[str, Any] = {"version": form.version.data, "actor": actor, "now": now()}
    match name:
        case "hold":
            services.hold_interview(measure, form.talk(), uploads=uploads_of(form.files), **seen)
        case "propose_publication":
            publicity.propose_publication(
                measure, text=form.public_text.data, until=form.public_until.data, **seen
            )
        case "recall_publication":
            publicity.recall_publication(measure, **seen)
        case _:
            WITH_REASON[name](measure, reason=form.reason.data, **seen)


def _form(name: str, measure: Measure, *, sent: bool = True) -> Any:
    """The form of a step: as it was sent, or as it stands on the page before."""
    values: dict[str, Any] = {"version": measure.version}
    if name == "hold":
        values["day"] = min(measure.planned_on, today())
    elif name == "propose_publication":
        values |= {"public_text": measure.public_text, "public_until": publicity.usual_end(today())}
    form: Any = STEP_FORMS.get(name, ReasonForm)(**({} if sent else {"formdata": None}), data=values)
    if WORDS[name].reason:
        form.reason.label.text = WORDS[name].reason
    return put_apart(form, name)


def _may_be_cancelled(measure: Measure) -> bool:
    if measure.public_state == PublicState.PUBLISHED:
        return False
    return measure.state != MeasureState.ENDED or services.still_asks(measure)


def _offers(measure: Measure, actor: Actor) -> list[str]:
    """The steps that stand on the page: those of the measure, then those of its publication."""
    kind, names = MeasureKind(measure.kind), []
    for move in moves_for(MEASURE, measure.state, actor):
        if move.name == "complete":
            names.append("hold" if kind is MeasureKind.INTERVIEW else "fulfil")
        elif (
            move.name == "respond"
            or (move.name == "end" and kind is not MeasureKind.SUPERVISION)
            or (move.name == "miss" and (kind is not MeasureKind.INTERVIEW or measure.planned_on > today()))
            or (move.name == "cancel" and not _may_be_cancelled(measure))
        ):
            continue
        else:
            names.append(move.name)
    own = measure.public_proposed_by_id == actor.account_id
    for move in moves_for(PUBLICITY, measure.public_state, actor):
        if move.name == "propose_publication" and not publicity.may_be_published(measure):
            continue
        if move.name == "publish" and own:
            continue
        names.append(move.name)
    # What usually comes next stands first, the rare mistake last.
    return sorted(names, key=lambda name: (name == "cancel", WORDS[name].tone != "primary"))


def case_measures(actor: Actor, case: LedgerCase) -> queries.CaseMeasures:
    """What the block ledger/_measures.html on the page of a case shows."""
    return queries.measures_of_case(actor, case, on=today())


def register_case_measures() -> None:
    """Let the measures stand on the page of their case."""
    register_part("measures", case_measures, "ledger/_measures.html")


def page(
    measure: Measure, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a measure; `failed` is the step that came back, with what was typed in it."""
    actor = current_actor()
    offers = _offers(measure, actor)
    forms, left_over = forms_of_page(offers, lambda name: _form(name, measure, sent=False), failed)
    proposed = measure.public_state == PublicState.PROPOSED
    rendered = render_template(
        "ledger/measure_show.html",
        actor=actor,
        measure=measure,
        case=measure.case,
        case_url=url_for("ledger_staff.show", case_id=measure.case_id),
        kind=MeasureKind(measure.kind),
        kind_words=KIND_WORDS[MeasureKind(measure.kind)],
        title=title_of(measure),
        standing=standing_of(measure),
        public_label=PUBLICITY.label(measure.public_state),
        publishable=publicity.may_be_published(measure),
        due=queries.due_of(measure, on=today()),
        ordered_until=queries.ordered_until(measure) if measure.kind == MeasureKind.ORDER else None,
        papers=papers_of(measure),
        offers=offers,
        decisions=DECISIONS,
        forms=forms,
        failed=failed[0] if failed else "",
        left_over=left_over,
        told=told,
        words=WORDS,
        own_proposal=proposed and measure.public_proposed_by_id == actor.account_id,
        still_asks=services.still_asks(measure),
        over=measure.state in (MeasureState.CANCELLED, MeasureState.ENDED),
        office_files=[each for each in measure.files if not each.by_institution],
        proofs=[each for each in measure.files if each.by_institution],
        deeds=deeds(MEASURE_KIND, measure.id),
    )
    return rendered, status

"""The page of one case for the office: what is missing, what can be done, and what becomes of a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds, was_done
from credit_register.audit.step_pages import answer_step, forms_of_page, put_apart
from credit_register.commitments.lifecycle import COMMITMENT
from credit_register.core.clock import now, today
from credit_register.core.database import read_first
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import RecordKind
from credit_register.ledger.cases import exit as exits
from credit_register.ledger.cases import pruning, queries, services
from credit_register.ledger.cases.forms import MOVE_FORMS
from credit_register.ledger.cases.letters import may_lead_to_letter
from credit_register.ledger.cases.own_hand import met_by_hand
from credit_register.ledger.cases.refusals import CaseRefused, ConditionsUnmet, MetByHand, SamePerson
from credit_register.ledger.conditions import ConditionName, all_met, conditions_of
from credit_register.ledger.facts import facts_of
from credit_register.ledger.lifecycle import KIND, LEDGER_CASE, RUNNING_STATES
from credit_register.ledger.measures.lifting import endings_of
from credit_register.ledger.models import CaseState, LedgerCase, Origin, PruneReason, Subject
from credit_register.ledger.views.case_parts import parts_of
from credit_register.ledger.views.regions_offered import region_choices
from credit_register.letters.lifecycle import LETTER
from credit_register.letters.sources import source_link


@dataclass(frozen=True)
class Words:
    """What a step says: its button, what it brings about, what to write, and that it was done."""

    button: str
    hint: str
    done: str
    reason: str = ""
    tone: str = "outline-primary"


WORDS = {
    "propose_exit": Words(
        "提出退出",
        "退出条件已全部满足。由另一位有复核权限的人员决定，决定时系统再核对一次条件。",
        "已提出退出，等待另一人复核。",
        "满足退出条件的情况",
        "primary",
    ),
    "exit": Words(
        "确认退出",
        "系统会再核对一次条件；有一项不再满足的，自动退回治理中。退出后机构会收到通知。",
        "已退出台账。",
        "复核意见",
        "primary",
    ),
    "refuse_exit": Words("不同意退出", "退回治理中，提出的人会收到通知。", "已退回治理中。", "不同意的理由"),
    "add_records": Words(
        "列入新的失信记录",
        "机构在纳入以后又有失信记录，列入本案一并治理。",
        "新的失信记录已列入本案。",
        tone="primary",
    ),
    "remark": Words("修改备注", "", "备注已保存。"),
    "reassign": Words("改派地区", "", "已改派。", "改派的理由"),
    "prune": Words(
        "剔除",
        "剔除后不计入退出率的分母，记录保留，可以恢复。",
        "已从台账剔除。",
        tone="outline-danger",
    ),
    "unprune": Words(
        "恢复到台账",
        "恢复后重新计入分母，继续治理。剔除时解除的治理措施不会恢复，仍需要的请重新登记；"
        "其中没有完成的责令纠正，须重新责令并完成，才能退出台账。",
        "已恢复到台账。剔除时解除的治理措施不会恢复，仍需要的请重新登记；没有完成的责令纠正须重新责令并完成。",
        "恢复的理由",
        "primary",
    ),
}
# The steps with which what still runs at a case ends, and how the page calls that moment.
ENDING = {"propose_exit": "确认退出", "exit": "确认退出", "prune": "剔除"}
# Where each condition is worked on, on the page itself.
ANCHORS = {
    ConditionName.RECORDS: "records",
    ConditionName.ORDERS: "measures",
    ConditionName.INSTITUTION_COMMITTED: "commitments",
    ConditionName.LEGAL_REPRESENTATIVE_COMMITTED: "commitments",
    ConditionName.COMMITMENT_PUBLIC: "commitments",
    ConditionName.LETTERS_SENT: "letters",
    ConditionName.RESULTS_RETURNED: "letters",
}
CASE_TONES = {
    CaseState.OPEN: ("warning", "info"),
    CaseState.EXIT_PROPOSED: ("warning", "clock"),
    CaseState.EXITED: ("good", "check"),
    CaseState.PRUNED: ("plain", "remove"),
}


def act(case_id: int, name: str) -> ResponseReturnValue:
    """Take one step at a case and answer: its page again, with what was typed, where the step failed."""
    actor = current_actor()
    if name == "prune":
        read_first()  # the proof is cleaned before anything is locked
    case = queries.case_for(actor, case_id)
    return answer_step(
        name,
        case,
        _form(name, case, actor),
        kind=KIND,
        load=lambda: queries.case_for(actor, case_id),
        take=lambda row, form: _take(name, row, form, actor),
        was_done=lambda row, seen: was_done(KIND, row, name, actor=actor, seen=seen),
        page=page,
        done=lambda row: WORDS[name].done,
        url=url_for("ledger_staff.show", case_id=case_id),
        refused=(CaseRefused,),
        told={ConditionsUnmet: 409, SamePerson: 409, MetByHand: 409},
    )


def _take(name: str, case: LedgerCase, form: Any, actor: Actor) -> None:
    seen: dict[str, Any] = {"version": form.version.data, "actor": actor, "now": now()}
    match name:
        case "propose_exit":
            exits.propose_exit(case, reason=form.reason.data, **seen)
        case "exit":
            exits.decide_exit(case, reason=form.reason.data, **seen)
        case "refuse_exit":
            exits.refuse_exit(case, reason=form.reason.data, **seen)
        case "prune":
            pruning.prune_case(
                case,
                prune_reason=PruneReason(form.prune_reason.data),
                note=form.note.data or "",
                upload=form.upload(),
                **seen,
            )
        case "unprune":
            pruning.unprune_case(case, reason=form.reason.data, **seen)
        case "reassign":
            services.reassign_case(case, region=form.region.data or "", reason=form.reason.data, **seen)
        case "remark":
            services.write_remark(case, text=form.text.data or "", **seen)
        case _:
            services.add_new_records(case, **seen)


def _form(name: str, case: LedgerCase, actor: Actor, *, sent: bool = True) -> Any:
    """The form of a step: as it was sent, or as it stands on the page before."""
    formdata = {} if sent else {"formdata": None}
    data = {"version": case.version, "text": case.remark, "prune_reason": _suggested(name, case)}
    form: Any = MOVE_FORMS[name](**formdata, data=data)
    if WORDS[name].reason:
        form.reason.label.text = WORDS[name].reason
    if name == "reassign":
        form.region.choices = region_choices(actor, present=case.region_code, empty="请选择")
    return put_apart(form, name)


def _suggested(name: str, case: LedgerCase) -> str:
    """The reason to prune that a fact of the register proves."""
    if name != "prune":
        return ""
    return next((reason.value for reason in pruning.proving_facts(case)), "")


def _offers(case: LedgerCase, actor: Actor, *, ready: bool, overlooked: bool, by_hand: bool) -> list[str]:
    """The steps that stand on the page, in the order of the table; the exit only where every condition is met.

    `by_hand` says that the actor has made one of them met alone.
    """
    names = [move.name for move in moves_for(LEDGER_CASE, case.state, actor)]
    own = case.exit_proposed_by_id == actor.account_id
    names = [
        name
        for name in names
        if not (name == "propose_exit" and not ready)
        and not (name in ("exit", "refuse_exit") and own)
        and not (name == "exit" and by_hand)
    ]
    works, running = actor.can(Permission.LEDGER_WORK), case.state in RUNNING_STATES
    if works and running and overlooked:
        names.insert(0, "add_records")
    if works:
        names.append("remark")
    if running and actor.can(Permission.LEDGER_PRUNE):
        names.append("reassign")
    return names


def _waits_for(case: LedgerCase, actor: Actor) -> bool:
    """Whether somebody else has proposed an exit that the actor may decide."""
    return (
        case.state == CaseState.EXIT_PROPOSED
        and case.exit_proposed_by_id != actor.account_id
        and actor.can(Permission.LEDGER_EXIT)
    )


def page(
    case: LedgerCase, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a case; `failed` is the step that came back, with what was typed in it."""
    actor = current_actor()
    facts = facts_of([case], on=today())[case.id]
    running = case.state in RUNNING_STATES
    ready = all_met(facts)
    by_hand = met_by_hand(case, actor) if _waits_for(case, actor) else []
    offers = _offers(case, actor, ready=ready, overlooked=bool(facts.overlooked), by_hand=bool(by_hand))
    forms, left_over = forms_of_page(offers, lambda name: _form(name, case, actor, sent=False), failed)
    source_label, source_url = source_link(case.source_kind, case.source_id)
    mended = {record.id: record.is_mended for record in facts.records}
    rendered = render_template(
        "ledger/case.html",
        actor=actor,
        case=case,
        subject=Subject(case.subject),
        origin=Origin(case.origin),
        state_label=LEDGER_CASE.label(case.state),
        look=CASE_TONES[CaseState(case.state)],
        running=running,
        ready=ready,
        conditions=conditions_of(facts),
        anchors=ANCHORS,
        overlooked=facts.overlooked,
        records=[(link, record, mended[record.id]) for link, record in queries.records_of(case)],
        record_kind=RecordKind,
        record_state=CREDIT_RECORD.label,
        commitments=queries.commitments_of(case),
        commitment_state=COMMITMENT.label,
        letters=queries.letters_of(actor, case) if actor.can(Permission.LETTER_READ) else [],
        letter_state=LETTER.label,
        results=lambda letter: "、".join(
            clue.result_label
            for clue in letter.clues_from((KIND, case.id), (case.source_kind, case.source_id))
        ),
        letter_source=f"{KIND}:{case.id}" if may_lead_to_letter(actor, case) else "",
        source=(source_label, source_url),
        proofs=pruning.proving_facts(case) if running and actor.can(Permission.LEDGER_PRUNE) else {},
        prune_reason=PruneReason(case.prune_reason) if case.prune_reason else None,
        waits_for_another=case.state == CaseState.EXIT_PROPOSED
        and case.exit_proposed_by_id == actor.account_id,
        by_hand=by_hand,
        endings=endings_of(case) if any(name in ENDING for name in offers) else [],
        ends=ENDING,
        episodes=queries.episodes_of(actor, case),
        parts=parts_of(actor, case),
        state_of=LEDGER_CASE.label,
        offers=offers,
        forms=forms,
        failed=failed[0] if failed else "",
        left_over=left_over,
        told=told,
        words=WORDS,
        endpoints=ENDPOINTS,
        deeds=deeds(KIND, case.id),
    )
    return rendered, status


ENDPOINTS = {
    **dict.fromkeys(("propose_exit", "remark", "add_records"), "ledger_staff.work"),
    **dict.fromkeys(("exit", "refuse_exit"), "ledger_staff.decide"),
    **dict.fromkeys(("prune", "unprune", "reassign"), "ledger_staff.assign"),
}

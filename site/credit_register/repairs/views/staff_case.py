"""The page of one application for the office: what can be done, and what becomes of a step."""

from __future__ import annotations

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
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import RecordKind
from credit_register.repairs import queries, services
from credit_register.repairs.following import overtaken_words
from credit_register.repairs.forms import MOVE_FORMS, uploads_of, values_of
from credit_register.repairs.guidance import WHO_DECIDES, degree_words, record_words
from credit_register.repairs.lifecycle import KIND, REPAIR
from credit_register.repairs.models import Paper, RepairApplication, RepairState
from credit_register.repairs.refusals import RepairRefused, SamePerson


@dataclass(frozen=True)
class Words:
    """What a step says: its button, what it brings about, and that it was done."""

    button: str
    hint: str
    done: str
    tone: str = "outline-primary"


WORDS = {
    "accept": Words(
        "登记受理",
        "认定单位受理后登记；它作出决定的期限从受理日期起计算，只作提示。",
        "受理已登记，并通知机构。",
        "primary",
    ),
    "propose": Words(
        "登记已修复，送复核",
        "认定单位决定修复的，填写决定并上传证明，由另一人复核；复核前仍照常公示。",
        "修复结果已登记，等待另一人复核。",
    ),
    "refuse": Words(
        "登记不予受理", "机构会收到通知，看到理由；补齐后可以再次申请。", "不予受理已登记，并通知机构。"
    ),
    "deny": Words("登记不予修复", "机构会收到通知，看到理由。", "不予修复已登记，并通知机构。"),
    "confirm": Words(
        "复核确认修复",
        "核对左侧的决定和证明。确认后立即从页面、检索、接口和下载中撤下，并计入专项治理台账。",
        "修复已确认，记录已停止公示。",
        "primary",
    ),
    "send_back": Words("退回核对", "退回给登记的人；已填写的内容保留。", "已退回核对。"),
    "discard": Words(
        "登记有误，销案", "实际没有申请过的才用；机构会收到通知。", "已销案。", "outline-danger"
    ),
}
WITH_FILES = ("propose", "deny")


def act(application_id: int, name: str) -> ResponseReturnValue:
    """Take one step and answer: the page again, with what was typed, where the step failed."""
    actor = current_actor()
    if name in WITH_FILES:
        read_first()  # files are cleaned before anything is locked
    application = queries.application_for(actor, application_id)
    return answer_step(
        name,
        application,
        _form(name, application),
        kind=KIND,
        load=lambda: queries.application_for(actor, application_id),
        take=lambda row, form: _take(name, row, form, actor),
        was_done=lambda row, seen: was_done(KIND, row, _deed(name, row), actor=actor, seen=seen),
        page=page,
        done=lambda row: WORDS[name].done,
        url=url_for("repairs_staff.show", application_id=application_id),
        refused=(RepairRefused,),
        told={SamePerson: 409},
    )


def _take(name: str, application: RepairApplication, form: Any, actor: Actor) -> None:
    seen: dict[str, Any] = {"version": form.version.data, "actor": actor, "now": now()}
    match name:
        case "accept":
            services.accept_application(application, form.answer(), **seen)
        case "refuse":
            services.refuse_application(application, form.answer(), **seen)
        case "propose":
            uploads = uploads_of(form.decision)
            services.propose_repair(application, form.answer(), uploads=uploads, **seen)
        case "deny":
            uploads = uploads_of(form.decision)
            services.deny_repair(application, form.answer(), uploads=uploads, **seen)
        case "confirm":
            services.confirm_repair(application, **seen)
        case "send_back":
            services.send_back_repair(application, reason=form.reason.data, **seen)
        case _:
            services.discard_application(application, reason=form.reason.data, **seen)


def _deed(name: str, application: RepairApplication) -> str:
    """The name of the deed in the audit."""
    return "send_back_applied" if name == "send_back" and application.accepted_on is None else name


def _form(name: str, application: RepairApplication, *, sent: bool = True) -> Any:
    """The form of a step: as it was sent, or as it stands on the page before."""
    formdata = {} if sent else {"formdata": None}
    return put_apart(MOVE_FORMS[name](**formdata, data=values_of(application)), name)


def _offers(application: RepairApplication, actor: Actor) -> list[str]:
    """The steps that stand on the page, in the order of the table."""
    if overtaken_words(application):
        return []
    own = application.proposed_by_id == actor.account_id
    names = [move.name for move in moves_for(REPAIR, application.state, actor) if move.name in MOVE_FORMS]
    return [name for name in names if name != "confirm" or not own]


def page(
    application: RepairApplication,
    *,
    failed: tuple[str, Any] | None = None,
    told: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    """The page of an application; `failed` is the step that came back, with what was typed in it."""
    actor, record = current_actor(), application.record
    offers = _offers(application, actor)
    forms, left_over = forms_of_page(offers, lambda name: _form(name, application, sent=False), failed)
    rendered = render_template(
        "repairs/staff_show.html",
        actor=actor,
        application=application,
        record=record,
        record_words=record_words(record),
        kind=RecordKind(record.kind),
        degree=degree_words(record),
        record_state=CREDIT_RECORD.label(record.state),
        guidance=queries.guidance_of(record, on=today()),
        periods=queries.periods_of(record, on=today()),
        state_label=REPAIR.label(application.state),
        due=queries.due_of(application, on=today()),
        overtaken=overtaken_words(application),
        own_proposal=application.state == RepairState.CONFIRMING
        and application.proposed_by_id == actor.account_id,
        papers=Paper,
        earlier=[each for each in queries.applications_of(record) if each.id != application.id],
        label_of=REPAIR.label,
        final=REPAIR.is_final(application.state),
        offers=offers,
        forms=forms,
        failed=failed[0] if failed else "",
        left_over=left_over,
        told=told,
        words=WORDS,
        deeds=deeds(KIND, application.id),
        who_decides=WHO_DECIDES,
    )
    return rendered, status

"""The page of one record for the office: what can be done, and what becomes of a deed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds
from credit_register.audit.step_pages import answer_step, forms_of_page, put_apart
from credit_register.core.clock import now, today
from credit_register.core.database import read_first
from credit_register.credit_records import queries, services
from credit_register.credit_records.forms import FORMS
from credit_register.credit_records.lifecycle import CREDIT_RECORD, KIND
from credit_register.credit_records.models import CreditRecord, Degree, RecordKind
from credit_register.credit_records.public_queries import heading_of
from credit_register.credit_records.publication import is_visible, public_facts, region_of
from credit_register.credit_records.refusals import RecordRefused, SamePerson


@dataclass(frozen=True)
class Words:
    """What a deed says: its button, what it brings about, what to write, and that it was done."""

    button: str
    hint: str
    done: str
    reason: str
    tone: str = "outline-primary"


WORDS = {
    "meet": Words(
        "登记履行完毕或达成和解",
        "不改变公示期：公示中的继续公示到期满或者修复，公开页面显示履行日期；期满未纠正的随即办结。",
        "已登记履行义务。",
        "履行或和解的情况",
        "primary",
    ),
    "unmeet": Words(
        "撤销履行登记",
        "登记有误时使用。系统按规则重新判断是否公示。",
        "已撤销履行登记。",
        "撤销的理由",
    ),
    "annul": Words(
        "依据文书被撤销，撤下",
        "须有撤销、变更原文书的文书为证。所有公开页面、检索、接口立即停止显示，内部保留经过。",
        "已撤下，所有公开页面不再显示。",
        "撤销、变更的内容",
        "outline-danger",
    ),
    "restore": Words(
        "恢复记录",
        "由撤下人以外的人员核对后恢复；仍在公示期内的立即重新公示。",
        "已恢复，系统已按规则判断是否公示。",
        "恢复的理由",
    ),
}


def act(record_id: int, name: str) -> ResponseReturnValue:
    """Do one deed at a record and answer: its page again, with what was typed, where the deed failed."""
    actor = current_actor()
    if name == "meet":
        read_first()  # the proof is cleaned before anything is locked
    record = queries.record_for(actor, record_id)
    form = _form(name, record)
    return answer_step(
        name,
        record,
        form,
        kind=KIND,
        load=lambda: queries.record_for(actor, record_id),
        take=lambda row, form: _take(name, row, form, actor),
        was_done=lambda row, seen: queries.was_done(row, name, actor=actor, reason=_reason(name, form)),
        page=page,
        done=lambda row: WORDS[name].done,
        url=url_for("records_staff.show", record_id=record_id),
        refused=(RecordRefused,),
        told={SamePerson: 409},
    )


def _take(name: str, record: CreditRecord, form: Any, actor: Actor) -> None:
    seen: dict[str, Any] = {"version": form.version.data, "actor": actor, "now": now()}
    match name:
        case "annul":
            services.annul_record(record, revocation=form.revocation(), reason=form.reason.data, **seen)
        case "restore":
            services.restore_record(record, reason=form.reason.data, **seen)
        case "meet":
            if not services.may_meet(record, actor):
                services.refuse_meeting(actor)
            proof = services.bring_proof(form.uploads(), actor=actor, now=seen["now"])
            services.meet_obligations(
                queries.record_for(actor, record.id),
                met_on=form.day.data,
                note=form.reason.data,
                proof=proof,
                **seen,
            )
        case _:
            services.take_back_meeting(record, reason=form.reason.data, **seen)


def _reason(name: str, form: Any) -> str:
    """How the audit names what was typed."""
    typed: str = form.reason.data or ""
    if name == "annul":
        return services.annul_reason(form.revocation(), typed)
    return services.meet_reason(form.day.data, typed) if name == "meet" else typed


def _form(name: str, record: CreditRecord, *, sent: bool = True) -> Any:
    """The form of a deed: as it was sent, or as it stands on the page before."""
    formdata = {} if sent else {"formdata": None}
    form: Any = FORMS[name](**formdata, data={"version": record.version, "day": today()})
    form.reason.label.text = WORDS[name].reason
    return put_apart(form, name)


def _offers(record: CreditRecord, actor: Actor) -> list[str]:
    """The deeds that stand on the page."""
    names = []
    if services.may_meet(record, actor):
        names.append("meet")
    if services.may_unmeet(record, actor):
        names.append("unmeet")
    names += [move.name for move in moves_for(CREDIT_RECORD, record.state, actor)]
    return [name for name in names if name != "restore" or not _own(record, actor)]


def _own(record: CreditRecord, actor: Actor) -> bool:
    return actor.account_id is not None and queries.taken_off_by(record) == actor.account_id


def page(
    record: CreditRecord, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a record; `failed` is the deed that came back, with what was typed in it."""
    actor = current_actor()
    offers = _offers(record, actor)
    forms, left_over = forms_of_page(offers, lambda name: _form(name, record, sent=False), failed)
    kind = RecordKind(record.kind)
    words = dict(WORDS)
    if "annul" in offers:
        removal = services.removal_period(today())
        words["annul"] = replace(words["annul"], hint=f"{words['annul'].hint}{removal.words}")
    rendered = render_template(
        "records/staff_show.html",
        actor=actor,
        record=record,
        kind=kind,
        degree=Degree(record.degree) if record.degree else None,
        heading=heading_of(record),
        region_code=region_of(record),
        state_label=CREDIT_RECORD.label(record.state),
        in_public=is_visible(record, today()),
        facts=public_facts(record),
        may_repair=record.earliest_on is not None and record.earliest_on <= today(),
        offers=offers,
        forms=forms,
        failed=failed[0] if failed else "",
        left_over=left_over,
        told=told,
        words=words,
        own_removal=_own(record, actor) and bool(moves_for(CREDIT_RECORD, record.state, actor)),
        deeds=deeds(KIND, record.id),
    )
    return rendered, status

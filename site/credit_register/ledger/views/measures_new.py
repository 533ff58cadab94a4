"""The form of a new measure: only what its kind needs, with what the office wrote before."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.audit.queries import who_was_first
from credit_register.core.clock import now, today
from credit_register.core.database import db, read_first
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.ledger.lifecycle import LEDGER_CASE, MEASURE_KIND, RUNNING_STATES
from credit_register.ledger.measures import queries
from credit_register.ledger.measures.forms import (
    NEW_FORMS,
    InterviewMeasureForm,
    NewMeasureForm,
    SupervisionMeasureForm,
    uploads_of,
)
from credit_register.ledger.measures.publicity import is_mended, usual_end
from credit_register.ledger.measures.recording import record_measure, supervision_in_force
from credit_register.ledger.measures.refusals import MeasureRefused
from credit_register.ledger.measures.scheme import scheme_of
from credit_register.ledger.measures.words import KIND_WORDS
from credit_register.ledger.models import LedgerCase, MeasureKind


def page(case_id: int, *, sent: bool) -> ResponseReturnValue:
    """The kinds to choose from, the form of one, or what becomes of a form that was sent."""
    actor = current_actor()
    if sent:
        read_first()  # files are cleaned before anything is locked
    case = queries.case_in_scope(actor, case_id)
    kind = _kind(case)
    if kind is None:
        return _choice(case)
    form = _form(kind, case, actor, sent=sent)
    if not sent:
        return _shown(case, form)
    if not form.validate():
        return _shown(case, form, status=422)
    try:
        measure = record_measure(case, form.measure(), uploads=uploads_of(form.files), actor=actor, now=now())
    except MeasureRefused as refusal:
        db.session.rollback()
        field = form[refusal.field]
        field.errors = [*field.errors, str(refusal)]
        return _shown(case, form, status=422)
    except (StaleVersion, MoveNotAllowed) as trouble:
        db.session.rollback()
        case = queries.case_in_scope(actor, case_id)
        told = str(trouble)
        if isinstance(trouble, StaleVersion) and isinstance(form, SupervisionMeasureForm):
            told = _see_anew(case, form)
        return _shown(case, form, told=told, status=409)
    flash(KIND_WORDS[kind].done, "success")
    return redirect(url_for("measures_staff.show", measure_id=measure.id))


def _kind(case: LedgerCase) -> MeasureKind | None:
    """What the address asks for; an impersonator has no public record, and of what is mended nothing is published."""
    asked = request.args.get("kind", "")
    return next((kind for kind in _kinds(case) if kind == asked), None)


def _kinds(case: LedgerCase) -> list[MeasureKind]:
    known = case.institution_id is not None and not is_mended(case)
    return [kind for kind in MeasureKind if known or kind is not MeasureKind.PUBLICATION]


def _choice(case: LedgerCase) -> ResponseReturnValue:
    page = render_template(
        "ledger/measure_kinds.html",
        case=case,
        case_url=url_for("ledger_staff.show", case_id=case.id),
        running=case.state in RUNNING_STATES,
        state_label=LEDGER_CASE.label(case.state),
        kinds=[(kind, KIND_WORDS[kind]) for kind in _kinds(case)],
    )
    return page, 422 if request.method == "POST" else 200


def _form(kind: MeasureKind, case: LedgerCase, actor: Actor, *, sent: bool) -> NewMeasureForm:
    words = KIND_WORDS[kind]
    office = queries.office_words(actor)
    values: dict[str, Any] = {
        "office": office.office,
        "contact_name": office.contact_name,
        "contact_phone": office.contact_phone,
        "day": None if kind is MeasureKind.INTERVIEW else today(),
        "public_until": usual_end(today()) if kind is MeasureKind.PUBLICATION else None,
    }
    if kind is MeasureKind.SUPERVISION:
        running = supervision_in_force(case)
        values["replaces"] = running.id if running else 0
    form = NEW_FORMS[kind](**({} if sent else {"formdata": None}), data=values)
    form.day.label.text, form.text.label.text, form.text.description = words.day, words.text, words.text_hint
    if isinstance(form, SupervisionMeasureForm):
        form.offer(scheme_of(case.region_code, on=today()))
    if isinstance(form, InterviewMeasureForm):
        form.day.description = "约谈通知发出之日起按“约谈”时限规则计算期限"
    return form


def _see_anew(case: LedgerCase, form: SupervisionMeasureForm) -> str:
    """Let the form be sent again after the person was told which level is in force now."""
    running = supervision_in_force(case)
    form.replaces.raw_data, form.replaces.data = None, running.id if running else 0
    if running is None:
        return "原来的重点监管刚刚已解除，您的操作没有生效。您填写的内容已保留，请核对后再登记。"
    return f"{who_was_first(MEASURE_KIND, running.id)}现在执行的是“{running.level}”。"


def _shown(
    case: LedgerCase, form: NewMeasureForm, *, told: str = "", status: int = 200
) -> ResponseReturnValue:
    kind = form.kind
    scheme = scheme_of(case.region_code, on=today()) if kind is MeasureKind.SUPERVISION else None
    page = render_template(
        "ledger/measure_new.html",
        case=case,
        case_url=url_for("ledger_staff.show", case_id=case.id),
        form=form,
        kind=kind,
        words=KIND_WORDS[kind],
        told=told,
        running=case.state in RUNNING_STATES,
        state_label=LEDGER_CASE.label(case.state),
        scheme=scheme,
        in_force=supervision_in_force(case) if scheme else None,
    )
    return page, status

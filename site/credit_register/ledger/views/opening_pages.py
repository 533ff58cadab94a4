"""How cases come onto the ledger, as pages: opened by hand, screened, and the round they belong to."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below
from credit_register.core import regions
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.institutions.form_fields import add_error
from credit_register.ledger.cases.forms import NewCaseForm, RoundForm
from credit_register.ledger.cases.opening import NewCase, case_of_source, open_case
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.cases.rounds import may_start_round, rounds_with_counts, start_round
from credit_register.ledger.cases.screening import Deed, findings, screen
from credit_register.ledger.lifecycle import KIND
from credit_register.ledger.models import Subject
from credit_register.ledger.views.regions_offered import region_choices
from credit_register.letters.drafting import Source
from credit_register.letters.sources import Proposal, proposal, read_reference

SHOWN = 200  # findings of a preview that are listed one by one
AT_ONCE = 500  # institutions of one click, so that the answer comes in seconds; the command has no such end


def new(sent: bool) -> ResponseReturnValue:
    """The form of a case that is opened by hand, or what becomes of what was sent."""
    actor = current_actor()
    source, proposed = _source(actor)
    form = NewCaseForm(
        data={
            "subject": Subject.IMPERSONATOR.value
            if proposed
            else one_of("subject", [each.value for each in Subject]) or Subject.INSTITUTION.value,
            "uscc": proposed.uscc if proposed else request.args.get("uscc", "")[:40],
            "name": proposed.name if proposed else "",
            "ground": proposed.description if proposed else "",
        }
    )
    form.region.choices = region_choices(actor, empty="按默认")
    status, standing = 200, None
    if sent:
        status = 422
        if form.validate():
            wanted = NewCase(
                form.chosen_subject(),
                ground=form.ground.data,
                region=form.region.data or "",
                uscc=form.uscc.data or "",
                name=form.name.data or "",
                source=source if form.chosen_subject() is Subject.IMPERSONATOR else None,
            )
            try:
                case = open_case(wanted, actor=actor, now=now())
            except CaseRefused as refusal:
                db.session.rollback()
                add_error(form[refusal.field], str(refusal))
                standing = refusal.case_id
            else:
                flash("已纳入台账。", "success")
                return redirect(url_for("ledger_staff.show", case_id=case.id))
    page = render_template(
        "ledger/new.html",
        actor=actor,
        form=form,
        source=proposed.label if proposed else "",
        reference=f"{source.kind}:{source.id}" if source else None,
        standing=standing,
    )
    return page, status


def _source(actor: Actor) -> tuple[Source | None, Proposal | None]:
    """What the address names, as source=report:12; what is none for this actor, or no impersonator, is not found."""
    text = request.args.get("source", "")
    if not text:
        return None, None
    source = read_reference(text)
    proposed = proposal(actor, source) if source and source.kind != KIND else None
    if source is None or proposed is None:
        abort(404)
    present = case_of_source(source.kind, source.id)
    if present is not None and request.method == "GET" and actor.sees_region(present.region_code):
        abort(redirect(url_for("ledger_staff.show", case_id=present.id)))
    return source, proposed


def screening(sent: bool) -> ResponseReturnValue:
    """The preview of a screening, or what it did."""
    actor = current_actor()
    region = region_of() or actor.region or regions.NATION
    if not actor.sees_region(region):
        abort(404)
    if sent:
        done = screen(region, actor=actor, now=now(), most=AT_ONCE)
        said = f"新纳入 {done.opened} 家，重新纳入 {done.relapsed} 家，{done.added} 家增加了失信记录"
        over = f"；{done.overtaken} 家刚刚由他人办理，没有重复纳入" if done.overtaken else ""
        if done.left:
            flash(f"已办理一部分：{said}{over}。还有 {done.left} 家，请再次点击纳入。", "warning")
            return redirect(url_for("ledger_staff.screening", region=region))
        flash(f"筛查完成：{said}{over}。", "success")
        return redirect(url_for("ledger_staff.index"))
    found = findings(region)
    counts = {deed: sum(each.deed is deed for each in found) for deed in Deed}
    return render_template(
        "ledger/screening.html",
        actor=actor,
        region=region,
        found=found[:SHOWN],
        total=len(found),
        at_once=AT_ONCE,
        counts=counts,
        regions_below=regions_below(actor, region),
    )


def rounds(sent: bool) -> ResponseReturnValue:
    """The rounds, and starting a new one."""
    actor = current_actor()
    if sent and not may_start_round(actor):
        abort(403)
    form: Any = RoundForm()
    status = 200
    if sent:
        status = 422
        if form.validate():
            try:
                start_round(form.title.data, actor=actor, now=now())
            except CaseRefused as refusal:
                db.session.rollback()
                add_error(form[refusal.field], str(refusal))
            else:
                flash("新的一轮治理已经开始，此后纳入的案件计入本轮。", "success")
                return redirect(url_for("ledger_staff.rounds"))
    page = render_template(
        "ledger/rounds.html",
        actor=actor,
        form=form if may_start_round(actor) else None,
        rounds=rounds_with_counts(actor),
    )
    return page, status

"""The queue of an office: the list with its filters, those that a person keeps, and one deed on many rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import regions_below
from credit_register.access.roles import Permission
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.paging import page_number
from credit_register.institutions.categories import CATEGORIES
from credit_register.reports import bulk, saved_filters
from credit_register.reports.models import Kind, Matter, State
from credit_register.reports.officers import name_of, officers
from credit_register.reports.queue_filter import OPEN, QueueFilter, is_number
from credit_register.reports.queue_forms import (
    ASSIGN,
    DEEDS,
    FORWARD,
    MERGE,
    TAG,
    BulkForm,
    FilterForm,
    office_words,
)
from credit_register.reports.running import lamps
from credit_register.reports.staff_forms import find_region
from credit_register.reports.surges import recent_surges
from credit_register.reports.tags import known_tags, tags_of
from credit_register.reports.triage_queue import COUNTED_TO, counts_by_state, overdue_count, queue
from credit_register.reports.views.queue_address import (
    DECIDED,
    HANDLERS,
    URGENCIES,
    filter_of_address,
    parameters_of,
    way_back,
)
from credit_register.reports.views.staff_blueprint import blueprint, to_queue
from credit_register.reports.views.staff_case import words


@dataclass
class Sent:
    """What a page of the queue shows beyond the queue: forms as they were sent, and what became of the rows."""

    many: BulkForm | None = None
    name: FilterForm | None = None
    result: bulk.Done | None = None
    status: int = 200

    @property
    def chosen_rows(self) -> Collection[int]:
        """The rows that are ticked again, so that nobody ticks them twice."""
        return self.many.versions.keys() if self.many is not None and self.result is None else ()


@blueprint.get("/staff/reports")
@access(Permission.REPORT_READ)
def index() -> ResponseReturnValue:
    """The reports of the region as a queue."""
    return _show_queue(Sent())


@blueprint.post("/staff/reports/bulk")
@access(Permission.REPORT_HANDLE)
def handle_many() -> ResponseReturnValue:
    """One deed on the rows that were ticked; what could not go through is named."""
    actor = current_actor()
    form = _bulk_form(actor, filter_of_address())
    if not form.validate_on_submit():
        return _show_queue(Sent(many=form, status=422))
    result = _handle(form, actor)
    if result.left or not result.done:
        return _show_queue(Sent(many=form, result=result, status=409))
    flash(f"“{DEEDS[form.deed.data]}”已办理 {len(result.done)} 件。", "success")
    return to_queue()


@blueprint.post("/staff/reports/filters")
@access(Permission.REPORT_READ)
def save_filter() -> ResponseReturnValue:
    """Keep the filters of this address under a name."""
    actor, form = current_actor(), FilterForm()
    query = urlencode(parameters_of(filter_of_address()))
    if not form.validate_on_submit():
        return _show_queue(Sent(name=form, status=422))
    try:
        saved_filters.save_filter(name=form.name.data or "", query=query, actor=actor)
    except saved_filters.FilterRefused as refusal:
        db.session.rollback()
        form.name.errors = [str(refusal)]
        return _show_queue(Sent(name=form, status=422))
    flash(f"已保存条件“{form.name.data}”。", "success")
    return redirect(f"{url_for('reports_staff.index')}?{query}")


@blueprint.post("/staff/reports/filters/<int:filter_id>/delete")
@access(Permission.REPORT_READ)
def delete_filter(filter_id: int) -> ResponseReturnValue:
    """Keep a filter no longer."""
    kept = saved_filters.filter_for(current_actor(), filter_id)
    name = kept.name
    saved_filters.delete_filter(kept)
    flash(f"已删除条件“{name}”。", "success")
    return to_queue()


def _handle(form: BulkForm, actor: Actor) -> bulk.Done:
    deed, reason = form.deed.data, form.reason.data or ""
    if deed == ASSIGN:
        return bulk.assign_many(
            form.versions, officer_id=form.officer_id, reason=reason, actor=actor, now=now()
        )
    if deed == FORWARD:
        target = find_region(form.region.data or "") or ""
        return bulk.forward_many(form.versions, target=target, reason=reason, actor=actor, now=now())
    if deed == MERGE:
        return bulk.merge_many(form.versions, reason=reason, actor=actor, now=now())
    tagging = bulk.tag_many if deed == TAG else bulk.untag_many
    return tagging(form.versions, word=form.tag.data or "", actor=actor, now=now())


def _bulk_form(actor: Actor, wanted: QueueFilter) -> BulkForm:
    me = actor.account_id if actor.can(Permission.REPORT_HANDLE) else None
    return BulkForm(officers(actor, region=wanted.region), me=me)


def _show_queue(sent: Sent) -> ResponseReturnValue:
    actor, wanted = current_actor(), filter_of_address()
    chosen, counts, day = parameters_of(wanted), counts_by_state(actor), lamps(today())
    found = queue(actor, wanted, page=page_number(), lamps=day, counts=counts)
    query = urlencode(chosen)
    html = render_template(
        "reports/staff_index.html",
        actor=actor,
        found=found,
        tags=tags_of([row.report.id for row in found.items]),
        by_names_only=bool(wanted.text) and found.hits is None and not is_number(wanted.text),
        counts=counts,
        overdue=overdue_count(actor, on=today(), counts=counts),
        counted_to=COUNTED_TO,
        wanted=wanted,
        chosen=chosen,
        kinds=list(Kind),
        matters=list(Matter),
        states=list(State),
        open_states=OPEN,
        handlers=_handler_choices(actor, wanted),
        urgencies=URGENCIES,
        decided=DECIDED,
        categories=CATEGORIES.values(),
        known_tags=known_tags(actor),
        regions_below=regions_below(actor, wanted.region),
        surges=recent_surges(actor, now=now()),
        kept_filters=saved_filters.filters_of(actor),
        present_query=query,
        name_form=sent.name or FilterForm(formdata=None),
        name_sent=sent.name is not None,
        bulk_form=(sent.many or _bulk_form(actor, wanted)) if actor.can(Permission.REPORT_HANDLE) else None,
        bulk_sent=sent.many is not None,
        chosen_rows=sent.chosen_rows,
        result=sent.result,
        back=way_back(),
        page_url=lambda page: url_for("reports_staff.index", page=page, **chosen),
        **words(),
    )
    return html, sent.status


def _handler_choices(actor: Actor, wanted: QueueFilter) -> dict[str, str]:
    """Mine, nobody's, those of each person of the office, and whoever is chosen now."""
    people = {str(each.id): office_words(each) for each in officers(actor, region=wanted.region)}
    if wanted.handler and wanted.handler not in {**HANDLERS, **people}:
        people[wanted.handler] = name_of(int(wanted.handler))
    return {**HANDLERS, **people}

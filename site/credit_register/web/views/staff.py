"""The desk of an office: what needs doing in its region, and the working calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.accounts.second_factor import codes_left
from credit_register.core.calendar.models import CalendarYear
from credit_register.core.calendar.queries import calendar_years, load_calendar
from credit_register.core.calendar.services import CalendarNotImported
from credit_register.core.calendar.working_days import DayKind
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.deadlines.queries import provisional_years, rules
from credit_register.core.deadlines.rules import Unit
from credit_register.core.paging import whole_number
from credit_register.core.sheets import SheetError
from credit_register.institutions import staff_queries as queries
from credit_register.institutions.models import Status
from credit_register.web.calendar_forms import CalendarForm
from credit_register.web.calendar_import import import_calendar_file
from credit_register.web.desk import cards

blueprint = Blueprint("staff", __name__)

# The State Council announces the holidays of the next year in the first half of November.
NOTICE_MONTH = 11


@dataclass(frozen=True)
class MissingYear:
    """A year without a table; `urgent` when deadlines already wait for it or it has begun."""

    year: int
    urgent: bool


@dataclass(frozen=True)
class Holiday:
    """One holiday of a year: weekdays off, and the weekend days worked in exchange."""

    name: str
    off: list[date]
    worked: list[date]


@blueprint.get("/staff")
@access(Permission.STAFF_HOME)
def home() -> ResponseReturnValue:
    """What needs doing in the region."""
    actor = current_actor()
    sees_register = actor.can(Permission.INSTITUTION_READ)
    return render_template(
        "staff/home.html",
        actor=actor,
        cards=cards(actor, on=today()),
        statuses=list(Status),
        status_counts=queries.status_counts(actor) if sees_register else None,
        need_counts=queries.need_counts(actor, on=today()) if sees_register else {},
        imports=queries.last_imports(actor) if actor.can(Permission.IMPORT_READ) else [],
        missing_years=_missing_years(today()),
        lacks_codes=bool(current_user.tf_primary_method) and codes_left(current_user) == 0,
    )


def _missing_years(day: date) -> list[MissingYear]:
    known = {entry.year for entry in calendar_years()}
    waiting = set(provisional_years())
    wanted = waiting | {day.year} | ({day.year + 1} if day.month >= NOTICE_MONTH else set())
    return [MissingYear(year, year in waiting or year <= day.year) for year in sorted(wanted - known)]


@blueprint.get("/staff/calendar")
@access(Permission.CALENDAR_READ)
def calendar() -> ResponseReturnValue:
    """The known years, the days of one of them, and the table of deadline rules."""
    return _calendar_page(CalendarForm(formdata=None))


@blueprint.post("/staff/calendar")
@access(Permission.CALENDAR_IMPORT)
def import_calendar() -> ResponseReturnValue:
    """Import the table of a year."""
    form = CalendarForm()
    if not form.validate_on_submit():
        return _calendar_page(form)
    try:
        done = import_calendar_file(
            form.file.data.stream,
            year=form.year.data or 0,
            source=form.source.data or "",
            actor=current_actor(),
            now=now(),
        )
    except (SheetError, CalendarNotImported) as refusal:
        db.session.rollback()
        form.file.errors = [*form.file.errors, str(refusal)]
        return _calendar_page(form)
    stored = done.stored
    flash(
        f"已导入 {stored.year} 年：工作日放假 {stored.holidays} 天，周末上班 {stored.makeup_days} 天；"
        f"重新计算后有 {len(done.moved)} 件时限变动。",
        "success",
    )
    return redirect(url_for("staff.calendar", year=stored.year))


def _holidays(year: CalendarYear) -> list[Holiday]:
    """The days of a year by the name that the notice gives them, in the order of the year."""
    found: dict[str, Holiday] = {}
    for entry in year.days:
        holiday = found.setdefault(entry.name or "其他", Holiday(entry.name or "其他", [], []))
        (holiday.off if entry.kind == DayKind.HOLIDAY else holiday.worked).append(entry.day)
    return list(found.values())


def _calendar_page(form: CalendarForm) -> ResponseReturnValue:
    actor: Actor = current_actor()
    known = calendar_years()
    year = whole_number("year", default=today().year, most=9999) if request.method == "GET" else today().year
    shown = next((entry for entry in known if entry.year == year), None)
    page = render_template(
        "staff/calendar.html",
        actor=actor,
        form=form,
        known=known,
        year=year,
        shown=shown,
        holidays=_holidays(shown) if shown else [],
        working=load_calendar().is_working_day(today()),
        day=today(),
        missing_years=_missing_years(today()),
        rules=rules(),
        units={unit.value: unit.label for unit in Unit},
    )
    return page, 422 if form.errors else 200

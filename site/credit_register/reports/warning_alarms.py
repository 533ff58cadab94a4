"""Published warnings as the pages of the register show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import current_app
from sqlalchemy import and_, bindparam, or_, select

from credit_register.core.database import db, look
from credit_register.institutions.alarms import Alarm, register_source
from credit_register.institutions.models import Institution
from credit_register.reports.models import ImpostorWarning, WarningKind, WarningState

_ROW = ImpostorWarning.__table__.c
_ENTRY = Institution.__table__.c
_HELD = "impostor_alarms"
# Nothing depends on the worker having ended what is over.
_IN_FORCE = (
    select(_ROW.public_id, _ROW.version)
    .where(_ROW.state == WarningState.PUBLISHED.value, _ROW.ends_on >= bindparam("on"))
    .order_by(_ROW.published_on.desc(), _ROW.id.desc())
)
_NAME = select(_ENTRY.name).where(_ENTRY.uscc == bindparam("code")).scalar_subquery()
_IMITATING = _IN_FORCE.where(
    or_(_ROW.imitated_uscc == bindparam("code"), and_(_ROW.imitated_uscc == "", _ROW.imitated_name == _NAME))
)


def alarm_of(warning: ImpostorWarning) -> Alarm:
    """A published warning for the pages of the register."""
    return Alarm(
        key=warning.public_id,
        pretender=warning.pretender,
        imitated_name=warning.imitated_name,
        imitated_uscc=warning.imitated_uscc,
        conduct=warning.conduct,
        published_on=warning.published_on or date.max,  # the database holds that what is published has a date
        ends_on=warning.ends_on,
        kind=WarningKind(warning.kind),
    )


def in_force(on: date) -> Sequence[Alarm]:
    """What is published and not over, newest first.

    Which warnings these are is asked each time, because one that was withdrawn must not stand anywhere a moment
    longer; their texts never change and are kept.
    """
    keys = look(_IN_FORCE, on=on)
    held: tuple[object, Sequence[Alarm]] | None = current_app.extensions.get(_HELD)
    if held is None or held[0] != keys:
        rows = db.session.scalars(
            select(ImpostorWarning)
            .where(ImpostorWarning.state == WarningState.PUBLISHED.value, ImpostorWarning.ends_on >= on)
            .order_by(ImpostorWarning.published_on.desc(), ImpostorWarning.id.desc())
        ).all()
        held = [(row.public_id, row.version) for row in rows], [alarm_of(row) for row in rows]
        current_app.extensions[_HELD] = held
    return held[1]


def stamp(code: str, on: date) -> str:
    """Which warnings name the agency with this code as their victim."""
    return " ".join(f"{row.public_id}:{row.version}" for row in look(_IMITATING, code=code, on=on))


register_source(in_force, stamp=stamp)

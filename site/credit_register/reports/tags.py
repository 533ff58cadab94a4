"""Reads of the words by which offices sort their reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.reports.models import Report
from credit_register.reports.queue_filter import in_scope
from credit_register.reports.work_models import Tag

PROPOSED: Final = 30
# So that a page costs the same however many tags there are; they are proposals, and any word may be typed.
_LOOKED_AT: Final = 5_000


def known_tags(actor: Actor) -> Sequence[str]:
    """The words that the region uses most on the newest cases, to be proposed."""
    newest = (
        select(Tag.report_id, Tag.word).order_by(Tag.report_id.desc(), Tag.word).limit(_LOOKED_AT).subquery()
    )
    return db.session.scalars(
        select(newest.c.word)
        .join(Report, Report.id == newest.c.report_id)
        .where(*in_scope(actor))
        .group_by(newest.c.word)
        .order_by(func.count().desc(), newest.c.word)
        .limit(PROPOSED)
    ).all()


def tags_of(report_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags of some reports, each in the order of its words."""
    found: dict[int, list[str]] = {each: [] for each in report_ids}
    rows = db.session.execute(
        select(Tag.report_id, Tag.word).where(Tag.report_id.in_(report_ids)).order_by(Tag.word)
    )
    for report_id, word in rows:
        found[report_id].append(word)
    return found

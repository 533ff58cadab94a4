"""What officers ask about one report of their region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort
from sqlalchemy import ColumnElement, Select, func, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import Author, Identity, Message, Report, ReportFile
from credit_register.reports.similar import same_subject
from credit_register.reports.work_models import Evidence, Inquiry, InquiryFile, Tag

OTHERS_SHOWN = 5
_NUMBER = re.compile(r"(?:20\d{2}-)?0*(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Said:
    """One message, with the officer's name where the office wrote it."""

    at: datetime
    by_reporter: bool
    person: str
    text: str


@dataclass(frozen=True)
class Forwarding:
    """How a report came from another office."""

    at: datetime
    person: str
    origin: str
    reason: str


def reports_in_scope(actor: Actor) -> Select[Report]:
    """The reports of the actor's region."""
    return select(Report).where(actor.region_filter(Report.region_code))


def report_for(actor: Actor, report_id: int) -> Report:
    """One report of the actor's region, or 404.

    Without joins: a service reads the row again in the same way and locks it, which PostgreSQL allows
    on no outer join.
    """
    found = db.session.scalar(reports_in_scope(actor).where(Report.id == report_id))
    if found is None:
        abort(404)
    return found


def file_for(actor: Actor, report_id: int, file_id: int) -> StoredFile:
    """A file of the evidence of this report of the actor's region, or 404."""
    sent = select(ReportFile.file_id).where(ReportFile.report_id == report_id)
    answered = (
        select(InquiryFile.file_id)
        .join(Inquiry, Inquiry.id == InquiryFile.inquiry_id)
        .where(Inquiry.report_id == report_id)
    )
    own = select(Evidence.file_id).where(Evidence.report_id == report_id)
    found = db.session.scalar(
        select(StoredFile)
        .join(Report, Report.id == report_id)
        .where(
            StoredFile.id == file_id,
            StoredFile.id.in_(sent.union_all(answered, own)),
            actor.region_filter(Report.region_code),
        )
    )
    if found is None:
        abort(404)
    return found


def messages(report: Report) -> list[Said]:
    """What was written both ways, in order."""
    rows = db.session.execute(
        select(Message.at, Message.author, Account.name, Message.text)
        .outerjoin(Account, Account.id == Message.account_id)
        .where(Message.report_id == report.id)
        .order_by(Message.id)
    )
    return [Said(at, author == Author.REPORTER, name or "提交人", text) for at, author, name, text in rows]


def is_named(report: Report) -> bool:
    """Whether an identity is kept; nothing is decrypted."""
    return db.session.scalar(select(Identity.report_id).where(Identity.report_id == report.id)) is not None


def objector(report: Report) -> Institution | None:
    """The institution whose people sent the objection while signed in."""
    if report.objector_id is None:
        return None
    return db.session.scalar(
        select(Institution)
        .join(Account, Account.uscc == Institution.uscc)
        .where(Account.id == report.objector_id)
    )


def objector_code(report: Report) -> str:
    """The code for which the objecting account acts, in the register or not."""
    if report.objector_id is None:
        return ""
    return db.session.scalar(select(Account.uscc).where(Account.id == report.objector_id)) or ""


def others_about(actor: Actor, report: Report) -> tuple[int, Sequence[Report]]:
    """How many other reports of the region are about the same subject, and the newest of them."""
    condition = same_subject(report) & actor.region_filter(Report.region_code)
    count = db.session.scalar(select(func.count()).select_from(Report).where(condition)) or 0
    if not count:
        return 0, []
    newest = select(Report).where(condition).order_by(Report.received_at.desc(), Report.id.desc())
    return count, db.session.scalars(newest.limit(OTHERS_SHOWN)).all()


def report_of_number(actor: Actor, number: str) -> Report | None:
    """The report of the actor's region with this number, as officers write it: 2026-000123, or 123."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        return None
    return db.session.scalar(reports_in_scope(actor).where(Report.id == int(match[1])))


def inquiries_of(report: Report) -> Sequence[Inquiry]:
    """The questions to the institution, the oldest first."""
    return db.session.scalars(
        select(Inquiry).where(Inquiry.report_id == report.id).order_by(Inquiry.id)
    ).all()


def tags_of(report: Report) -> Sequence[str]:
    """The words by which the office sorts the report."""
    return db.session.scalars(select(Tag.word).where(Tag.report_id == report.id).order_by(Tag.word)).all()


def forwarding(report: Report) -> Forwarding | None:
    """The last time the report was forwarded: what the receiving office reads first."""
    row = _last_deed(report.id, AuditEvent.action == f"{KIND}.forward")
    if row is None:
        return None
    detail = row.detail
    return Forwarding(
        row.at, row.actor_name, str(detail.get("from_region", "")), str(detail.get("reason", ""))
    )


def did_last(actor: Actor, report_id: int, move: str, *, reason: str = "") -> bool:
    """Whether the actor's own deed was the last one: the form that comes now was sent twice."""
    row = _last_deed(report_id)
    return (
        row is not None
        and row.action == f"{KIND}.{move}"
        and row.actor_id == actor.account_id
        and str(row.detail.get("reason", "")) == reason
    )


def forwarded_away(actor: Actor, report_id: int, *, reason: str) -> bool:
    """Whether the actor has just forwarded the report out of the own region: the form was sent twice."""
    here = select(Report.id).where(Report.id == report_id, actor.region_filter(Report.region_code))
    return did_last(actor, report_id, "forward", reason=reason) and db.session.scalar(here) is None


def wrote_last(actor: Actor, report_id: int, text: str) -> bool:
    """Whether the last message is the actor's own and says the same: the form was sent twice."""
    row = db.session.scalar(
        select(Message).where(Message.report_id == report_id).order_by(Message.id.desc()).limit(1)
    )
    return row is not None and row.account_id == actor.account_id and row.text == text


def _last_deed(report_id: int, *conditions: ColumnElement[bool]) -> AuditEvent | None:
    return db.session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == KIND, AuditEvent.subject_id == str(report_id), *conditions)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )

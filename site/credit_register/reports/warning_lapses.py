"""Warnings whose ground carries them no longer: which they are, and that their office is told of each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, func, select

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db, reading
from credit_register.core.office_settings.queries import region_chain
from credit_register.ledger.facts import letters_of
from credit_register.ledger.models import LedgerCase
from credit_register.notices.services import tell
from credit_register.reports.lifecycle import KIND, WARNING_KIND
from credit_register.reports.models import ImpostorWarning, Report, WarningState
from credit_register.reports.warning_grounds import CaseGround, Ground, ReportGround

LIVING: Final = (WarningState.PROPOSED.value, WarningState.PUBLISHED.value)
TITLE: Final = "一条公布中的冒名警示，依据已变化"

_CHUNK = 500  # warnings that one question names
_LOSES, _REGAINS = f"{WARNING_KIND}.lose_ground", f"{WARNING_KIND}.regain_ground"
_PUBLISHED = ImpostorWarning.state == WarningState.PUBLISHED.value
_CONFIRMERS = [role.value for role in Role if Permission.WARNING_CONFIRM in role.permissions]


def lapses(*conditions: ColumnElement[bool]) -> dict[int, str]:
    """What has happened to the ground of proposed and published warnings that it carries no longer, by their numbers."""
    rows = db.session.execute(
        select(ImpostorWarning.id, ImpostorWarning.report_id, ImpostorWarning.case_id)
        .where(ImpostorWarning.state.in_(LIVING), *conditions)
        .order_by(ImpostorWarning.id)
    ).all()
    found: dict[int, str] = {}
    for first in range(0, len(rows), _CHUNK):
        found |= _lapsed_among(rows[first : first + _CHUNK])
    return found


def _lapsed_among(rows: Sequence[Row[int, int | None, int | None]]) -> dict[int, str]:
    """The same of some rows, with one question to each table."""
    numbers = {row.case_id for row in rows if row.case_id is not None}
    cases = {
        case.id: case for case in db.session.scalars(select(LedgerCase).where(LedgerCase.id.in_(numbers)))
    }
    letters = letters_of(cases)
    wanted = {row.report_id for row in rows} | {
        case.source_id for case in cases.values() if case.source_kind == KIND
    }
    reports = {
        report.id: report
        for report in db.session.scalars(select(Report).where(Report.id.in_(wanted - {None})))
    }
    found: dict[int, str] = {}
    for row in rows:
        ground: Ground
        if row.case_id is not None:
            ground = CaseGround(cases[row.case_id], known_letters=letters.get(row.case_id, ()))
        elif row.report_id is not None:
            ground = ReportGround(reports[row.report_id])
        else:
            continue
        if not ground.is_true:
            found[row.id] = ground.lapsed
    return found


def tell_of_lapses(moment: datetime) -> int:
    """Job: tell the office of every published warning whose ground fell away; gives of how many.

    Of each it is told once, and again where the ground came back and fell away anew. Commits after each.
    """
    with reading():
        changed = sorted(lapses(_PUBLISHED).keys() ^ _told())
    return sum(_tell_of(warning_id, moment) for warning_id in changed)


def _told(*conditions: ColumnElement[bool]) -> set[int]:
    """The published warnings of whose lost ground the office knows: the last mark in their histories says so."""
    last = (
        select(func.max(AuditEvent.id))
        .where(AuditEvent.subject_kind == WARNING_KIND, AuditEvent.action.in_([_LOSES, _REGAINS]))
        .group_by(AuditEvent.subject_id)
    )
    marked = db.session.scalars(
        select(AuditEvent.subject_id).where(AuditEvent.id.in_(last), AuditEvent.action == _LOSES)
    )
    numbers = [int(number) for number in marked]
    return set(
        db.session.scalars(
            select(ImpostorWarning.id).where(_PUBLISHED, ImpostorWarning.id.in_(numbers), *conditions)
        )
    )


def _tell_of(warning_id: int, moment: datetime) -> int:
    """Look at one warning again, which is held now: another worker or an officer may have been faster."""
    warning = db.session.get_one(ImpostorWarning, warning_id, with_for_update=True, populate_existing=True)
    this = ImpostorWarning.id == warning_id
    words = lapses(_PUBLISHED, this).get(warning_id, "")
    if warning.state != WarningState.PUBLISHED or bool(words) == bool(_told(this)):
        db.session.rollback()
        return 0
    audit.record(
        _LOSES if words else _REGAINS,
        actor=OPERATOR,
        at=moment,
        subject_kind=WARNING_KIND,
        subject_id=warning_id,
        region=warning.region_code,
        detail={"reason": words} if words else {},
    )
    if words:
        tell(
            _office(warning.region_code),
            title=TITLE,
            text=f"{words}。警示仍在公布，系统不会自动撤下：请核对依据，不应再公布的，请撤下。",
            path=f"/staff/warnings/{warning_id}",
            now=moment,
        )
    db.session.commit()
    return int(bool(words))


def _office(region: str) -> Sequence[int]:
    """Those who may withdraw a warning, of the nearest office that has such people."""
    chain = region_chain(region)
    rows = db.session.execute(
        select(Account.id, Account.region_code).where(
            Account.role.in_(_CONFIRMERS), Account.active.is_(True), Account.region_code.in_(chain)
        )
    ).all()
    nearest = next((code for code in chain if any(row.region_code == code for row in rows)), None)
    return [row.id for row in rows if row.region_code == nearest]

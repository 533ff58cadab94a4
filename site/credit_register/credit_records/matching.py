"""Records whose institution was not in the register when they came, and appears later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from credit_register.access.actor import OPERATOR
from credit_register.audit import services as audit
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.credit_records.imports.register import hold_the_records
from credit_register.credit_records.imports.waiting import place_repairs
from credit_register.credit_records.lifecycle import KIND
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.publication import settle_all
from credit_register.institutions.models import Institution

AT_ONCE = 1000


def match_records(moment: datetime) -> int:
    """Give records to institutions that have appeared since, and let the rules decide whether they are public.

    Repairs that waited for such a record take effect first. An office speaks for its region only: an institution that
    appears elsewhere keeps no record of it. Commits; gives how many records were matched.
    """
    if not db.session.execute(_pairs(1)).all():
        db.session.rollback()  # lets go of what looking has locked
        return 0
    hold_the_records()
    pairs = db.session.execute(_pairs(AT_ONCE).execution_options(populate_existing=True)).all()
    for record, institution in pairs:
        record.institution = institution
    db.session.flush()
    audit.record_many(
        f"{KIND}.match",
        actor=OPERATOR,
        at=moment,
        subject_kind=KIND,
        subjects=[audit.Subject(record.id, institution.region_code, {}) for record, institution in pairs],
    )
    place_repairs({record.uscc for record, _ in pairs}, now=moment)
    settle_all([record for record, _ in pairs], actor=OPERATOR, now=moment, before={})
    db.session.commit()
    return len(pairs)


def _pairs(most: int) -> Select[CreditRecord, Institution]:
    return (
        select(CreditRecord, Institution)
        .join(Institution, Institution.uscc == CreditRecord.uscc)
        .where(
            CreditRecord.institution_id.is_(None),
            _lies_within(Institution.region_code, CreditRecord.region_code),
        )
        .order_by(CreditRecord.id)
        .limit(most)
    )


def _lies_within(place: Any, office: Any) -> ColumnElement[bool]:
    """`regions.covers` as a condition on two columns."""
    return or_(
        office == regions.NATION,
        office == place,
        and_(func.substr(office, 3, 4) == "0000", func.substr(office, 1, 2) == func.substr(place, 1, 2)),
        and_(func.substr(office, 5, 2) == "00", func.substr(office, 1, 4) == func.substr(place, 1, 4)),
    )

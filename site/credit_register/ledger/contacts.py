"""The one named contact of each office in a round of governance; an office's own data, seen by itself and those above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS, SUBJECT_LABELS
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.lifecycle import StaleVersion, check_version, stale_told
from credit_register.ledger.models import LedgerContact, LedgerRound
from credit_register.ledger.months.queries import cases_by_office

KIND: Final = "ledger_contact"  # in the audit

SUBJECT_LABELS[KIND] = "台账联系人"
ACTION_LABELS[f"{KIND}.set"] = "台账联系人：指定"


@dataclass(frozen=True)
class ContactLine:
    """An office below and its contact, if it has named one."""

    region: str
    cases: int
    contact: LedgerContact | None


def contact_of(region: str, round_id: int) -> LedgerContact | None:
    """The contact of an office in a round."""
    return db.session.scalar(
        select(LedgerContact).where(LedgerContact.region_code == region, LedgerContact.round_id == round_id)
    )


def contacts_below(actor: Actor, present: LedgerRound, *, on: date) -> Sequence[ContactLine]:
    """The offices directly below that have cases or have named a contact, those without a contact first."""
    own = actor.region or regions.NATION
    counts, known = cases_by_office(own, on=on), contacts_in_scope(actor, present.id)
    below = dict.fromkeys([*counts, *(code for code in known if code != own)])
    lines = [ContactLine(code, counts.get(code, 0), known.get(code)) for code in below]
    return sorted(lines, key=lambda line: (line.contact is not None, line.region))


def contacts_in_scope(actor: Actor, round_id: int) -> Mapping[str, LedgerContact]:
    """The contacts of the actor's region and all below it, by region."""
    rows = db.session.scalars(
        select(LedgerContact).where(
            LedgerContact.round_id == round_id, actor.region_filter(LedgerContact.region_code)
        )
    )
    return {row.region_code: row for row in rows}


def set_contact(
    present: LedgerRound, *, office: str, name: str, phone: str, version: int, actor: Actor, now: datetime
) -> LedgerContact:
    """Name the contact of the actor's own office; `version` is 0 where there was none. Commits; raises StaleVersion."""
    region = actor.region or regions.NATION
    contact = contact_of(region, present.id)
    if contact is None:
        if version:
            raise StaleVersion
        contact = LedgerContact(round_id=present.id, region_code=region)
    else:
        check_version(contact, version)
    contact.office, contact.name, contact.phone = office, name, phone
    contact.set_at, contact.set_by = now, actor.name
    db.session.add(contact)
    try:
        with stale_told():
            db.session.flush()
    except IntegrityError:  # somebody else named the first one at the same moment
        db.session.rollback()
        raise StaleVersion from None
    audit.record(f"{KIND}.set", actor=actor, at=now, subject_kind=KIND, subject_id=contact.id, region=region)
    db.session.commit()
    return contact

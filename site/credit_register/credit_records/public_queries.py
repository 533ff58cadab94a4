"""What everybody may ask about records: those in public on a day, and up to when the register was told of any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, union_all

from credit_register.core.clock import local_date
from credit_register.core.database import db, look
from credit_register.core.office_settings.queries import region_chain
from credit_register.credit_records.models import (
    BatchKind,
    BatchState,
    CreditRecord,
    Degree,
    RecordBatch,
    RecordKind,
    RecordState,
)
from credit_register.credit_records.publication import public_facts, visible
from credit_register.institutions.models import Institution

# Without these two nobody may say that there is nothing.
NEEDED = (BatchKind.PENALTIES, BatchKind.SEVERE_LIST)
SHOWN = (*NEEDED, BatchKind.FACTS)
_RECORD, _BATCH = CreditRecord.__table__, RecordBatch.__table__
_STAMP = union_all(
    select(_RECORD.c.id, _RECORD.c.version)
    .join(Institution.__table__, Institution.__table__.c.id == _RECORD.c.institution_id)
    .where(Institution.__table__.c.uscc == bindparam("code"), _RECORD.c.state == RecordState.PUBLISHED.value),
    # A batch that was confirmed may move the date of the data; the page that is kept rendered is of one day.
    select(literal(0), func.count()).where(_BATCH.c.state == BatchState.CONFIRMED.value),
)


@dataclass(frozen=True)
class PublicRecord:
    """A record in public as everybody may read it."""

    public_id: str
    uscc: str
    kind: RecordKind
    degree: Degree
    heading: str
    list_name: str
    document_number: str
    authority: str
    decided_on: date
    conduct: str
    facts: str
    basis: str
    penalty_kinds: str
    content: str
    fine: str
    confiscated: str
    licence: str
    source: str
    repair_from: date
    publish_until: date
    kept_by: str  # set: the last day is over, and the sector's rule keeps what was not mended
    met_on: date | None
    may_repair: bool

    @property
    def key(self) -> str:
        """What names the line where it is doubted or objected to."""
        return f"record:{self.public_id}"


@dataclass(frozen=True)
class PublicRecords:
    """The records of one institution, and the day up to which full lists of each kind were received and confirmed."""

    records: Sequence[PublicRecord]
    dates: Mapping[BatchKind, date | None]

    @property
    def as_of(self) -> date | None:
        """The day up to which the whole answer holds; None where a list is missing without which none can be given."""
        return holds_until(self.dates)

    @property
    def missing(self) -> list[BatchKind]:
        """The lists that were never received in full for the region."""
        return [kind for kind in NEEDED if self.dates[kind] is None]

    @property
    def received(self) -> list[tuple[str, date]]:
        """The lists that were received, in words, each with its day."""
        return [(kind.label, day) for kind, day in self.dates.items() if day is not None]


def holds_until(dates: Mapping[BatchKind, date | None]) -> date | None:
    """The earlier day of the lists without which none can be given an answer; None where one was never received."""
    needed = [dates[kind] for kind in NEEDED]
    return None if None in needed else min(day for day in needed if day is not None)


def records_of(code: str, *, on: date) -> PublicRecords:
    """What is in public about one institution on a day, the newest decision first."""
    rows = db.session.scalars(_in_public(on).where(Institution.uscc == code)).all()
    region = db.session.scalar(select(Institution.region_code).where(Institution.uscc == code))
    return PublicRecords(
        [_shown(row, on) for row in rows],
        received_dates(region) if region else dict.fromkeys(SHOWN),
    )


def facts_of(code: str, *, on: date) -> list[dict[str, Any]]:
    """The same as plain data, for machines."""
    rows = db.session.scalars(_in_public(on).where(Institution.uscc == code))
    return [{"id": row.public_id, **public_facts(row)} for row in rows]


def public_counts(codes: Iterable[str], *, on: date) -> Mapping[str, int]:
    """How many records of each of some institutions are in public; who has none is missing."""
    wanted = list(codes)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Institution.uscc, func.count())
        .join(CreditRecord, CreditRecord.institution_id == Institution.id)
        .where(Institution.uscc.in_(wanted), visible(on))
        .group_by(Institution.uscc)
    )
    return dict(rows.all())


def received_dates(region: str) -> Mapping[BatchKind, date | None]:
    """The day on which the last confirmed full list of each kind was received, for a region or one above it.

    A file with a part of a list says nothing of what it does not name, and waiting for its confirmation makes no list newer.
    """
    return received_dates_of([region])[region]


def received_dates_of(regions: Iterable[str]) -> Mapping[str, Mapping[BatchKind, date | None]]:
    """The same for many regions by one question."""
    rows = db.session.execute(
        select(RecordBatch.kind, RecordBatch.region_code, func.max(RecordBatch.received_at))
        .where(RecordBatch.state == BatchState.CONFIRMED.value, RecordBatch.full_list)
        .group_by(RecordBatch.kind, RecordBatch.region_code)
    )
    confirmed = {(kind, region): local_date(moment) for kind, region, moment in rows}
    found: dict[str, Mapping[BatchKind, date | None]] = {}
    for region in set(regions):
        chain = region_chain(region)
        found[region] = {
            kind: max((day for code in chain if (day := confirmed.get((kind.value, code)))), default=None)
            for kind in SHOWN
        }
    return found


def stamp(code: str) -> str:
    """A text that differs after every public change at the records of an institution."""
    rows: Sequence[Any] = look(_STAMP, code=code)
    return " ".join(sorted(f"{number}:{version}" for number, version in rows))


def institutions_with_records(on: date) -> Select[int]:
    """The numbers of institutions about whom a record is in public on a day."""
    return (
        select(Institution.id)
        .join(CreditRecord, CreditRecord.institution_id == Institution.id)
        .where(visible(on))
    )


def public_record(institution: Institution, public_id: str, *, on: date) -> CreditRecord | None:
    """The row of an institution that is in public under this name."""
    return db.session.scalar(
        select(CreditRecord).where(
            CreditRecord.institution_id == institution.id, CreditRecord.public_id == public_id, visible(on)
        )
    )


def _in_public(on: date) -> Select[CreditRecord]:
    return (
        select(CreditRecord)
        .join(CreditRecord.institution)
        .where(visible(on))
        .order_by(CreditRecord.decided_on.desc(), CreditRecord.id.desc())
    )


def heading_of(record: CreditRecord) -> str:
    """What a record is called: the list, or the document."""
    if record.kind == RecordKind.SEVERE and record.list_name:
        return record.list_name
    return " ".join(part for part in (RecordKind(record.kind).label, record.document_number) if part)


def _shown(row: CreditRecord, on: date) -> PublicRecord:
    facts = public_facts(row)
    # The database holds that what is published has a period.
    earliest, latest = row.earliest_on or date.max, row.latest_on or date.max
    return PublicRecord(
        public_id=row.public_id,
        uscc=row.institution.uscc if row.institution else row.uscc,
        kind=RecordKind(row.kind),
        degree=Degree(row.degree or ""),
        heading=heading_of(row),
        list_name=row.list_name,
        document_number=row.document_number,
        authority=row.authority,
        decided_on=row.decided_on,
        conduct=row.conduct,
        facts=row.facts,
        basis=row.basis,
        penalty_kinds=row.penalty_kinds,
        content=row.content,
        fine=facts["fine_10k_yuan"] or "",
        confiscated=facts["confiscated_10k_yuan"] or "",
        licence=row.licence,
        source=row.source,
        repair_from=earliest,
        publish_until=latest,
        kept_by=row.kept_by,
        met_on=row.met_on,
        may_repair=earliest <= on,
    )

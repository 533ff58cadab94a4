"""What the public asks about the register; everybody may see every entry, so no query takes an actor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, current_app
from sqlalchemy import bindparam, func, select

from credit_register.core import uscc
from credit_register.core.database import db, look
from credit_register.institutions.models import (
    Institution,
    InstitutionCategory,
    InstitutionVersion,
    ServiceProduct,
    Status,
)

_MOST_VERSIONS = 2**31 - 1  # what the column holds
_ROW = Institution.__table__.c
_ROW_VERSION = select(_ROW.version).where(_ROW.uscc == bindparam("code"))
COUNTS_LIVE = 60.0  # seconds that the numbers of the home page may be old


@dataclass(frozen=True)
class RegisterCounts:
    """How many entries there are by status, and how many registered ones in each category."""

    by_status: dict[str, int]
    by_category: dict[str, int]
    products: int
    regions: int

    @property
    def registered(self) -> int:
        """Entries that are registered at present."""
        return self.by_status.get(Status.REGISTERED.value, 0)


@dataclass(frozen=True)
class NewEntry:
    """A line of the newest registrations."""

    uscc: str
    name: str
    region_code: str
    registered_on: date


def institution(code: str) -> Institution | None:
    """The entry with this normalised code, with its categories and products, or None."""
    return db.session.scalar(select(Institution).where(Institution.uscc == code))


def institution_or_404(text: str) -> Institution:
    """The entry with this code, however it is spelled; where there is none, the answer is 404."""
    found = institution(normal_code(text))
    if found is None:
        abort(404)
    return found


def normal_code(text: str) -> str:
    """The code in its one form; of an over-long text enough is kept to know that it is none."""
    return uscc.normalise(text[: 4 * uscc.LENGTH])[: 2 * uscc.LENGTH]


def institutions(codes: Sequence[str]) -> dict[str, Institution]:
    """The entries with these normalised codes, by code; unknown ones are left out."""
    if not codes:
        return {}
    rows = db.session.scalars(select(Institution).where(Institution.uscc.in_(codes)))
    return {row.uscc: row for row in rows}


def names(codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name and short name of the entries with these normalised codes, by code; unknown ones are left out."""
    if not codes:
        return {}
    rows = db.session.execute(
        select(Institution.uscc, Institution.name, Institution.short_name).where(Institution.uscc.in_(codes))
    )
    return {row.uscc: (row.name, row.short_name) for row in rows}


def statuses(codes: Sequence[str]) -> dict[str, str]:
    """The status of the entries with these normalised codes, by code; unknown ones are left out."""
    if not codes:
        return {}
    rows = db.session.execute(select(Institution.uscc, Institution.status).where(Institution.uscc.in_(codes)))
    return {row.uscc: row.status for row in rows}


def nothing_registered() -> bool:
    """Whether the register has no entry at all."""
    return db.session.scalar(select(Institution.id).limit(1)) is None


def row_version(code: str) -> int | None:
    """The version number of an entry's row, which every published change counts up; None where there is none."""
    found = look(_ROW_VERSION, code=code)
    return int(found[0][0]) if found else None


def institutions_named(names: Sequence[str]) -> list[Institution]:
    """The entries whose present name is exactly one of these."""
    if not names:
        return []
    return list(db.session.scalars(select(Institution).where(Institution.name.in_(names)).limit(50)))


def newest(limit: int) -> list[NewEntry]:
    """The registered entries that came last."""
    rows = db.session.execute(
        select(Institution.uscc, Institution.name, Institution.region_code, Institution.registered_on)
        .where(Institution.status == Status.REGISTERED.value)
        .order_by(Institution.registered_on.desc(), Institution.id.desc())
        .limit(limit)
    )
    return [NewEntry(row.uscc, row.name, row.region_code, row.registered_on) for row in rows]


def register_counts() -> RegisterCounts:
    """The numbers of the home page; counted anew when they are a minute old, in each process for itself."""
    held: tuple[float, RegisterCounts] | None = current_app.extensions.get("register_counts")
    moment = time.monotonic()
    if held is None or moment - held[0] > COUNTS_LIVE:
        held = (moment, _count())
        current_app.extensions["register_counts"] = held
    return held[1]


def _count() -> RegisterCounts:
    statuses = db.session.execute(select(Institution.status, func.count()).group_by(Institution.status))
    categories = db.session.execute(
        select(InstitutionCategory.code, func.count())
        .join(Institution)
        .where(Institution.status == Status.REGISTERED.value)
        .group_by(InstitutionCategory.code)
        .order_by(InstitutionCategory.code)
    )
    provinces = select(func.count(func.distinct(func.substr(Institution.region_code, 1, 2)))).where(
        Institution.status == Status.REGISTERED.value
    )
    return RegisterCounts(
        {row.status: row[1] for row in statuses},
        {row.code: row[1] for row in categories},
        db.session.scalar(select(func.count()).select_from(ServiceProduct)) or 0,
        db.session.scalar(provinces) or 0,
    )


def versions(entry: Institution, *, page: int, per_page: int) -> tuple[list[InstitutionVersion], int]:
    """The published versions of an entry, newest first, and how many there are."""
    of_entry = InstitutionVersion.institution_id == entry.id
    total = db.session.scalar(select(func.count()).select_from(InstitutionVersion).where(of_entry)) or 0
    rows = db.session.scalars(
        select(InstitutionVersion)
        .where(of_entry)
        .order_by(InstitutionVersion.number.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return list(rows), total


def version(entry: Institution, number: int) -> InstitutionVersion | None:
    """One published version of an entry."""
    if not 0 < number <= _MOST_VERSIONS:
        return None
    return db.session.scalar(
        select(InstitutionVersion).where(
            InstitutionVersion.institution_id == entry.id, InstitutionVersion.number == number
        )
    )

"""Whom a report is about, as far as the register knows, and which region's office handles it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.uscc import check
from credit_register.institutions.models import Institution


@dataclass(frozen=True)
class Subject:
    """The institution that was meant, where the register has it."""

    institution_id: int
    uscc: str
    name: str
    region_code: str


def find_subject(code: str, name: str) -> Subject | None:
    """The institution with this code; without a code the only one of exactly this name. Nothing is guessed.

    A code that is not in the register leads to nobody, whatever the name: impostors put their own code
    beside the name of another.
    """
    columns = Institution.id, Institution.uscc, Institution.name, Institution.region_code
    if code:
        query = select(*columns).where(Institution.uscc == code)
    elif name:
        query = select(*columns).where(Institution.name == name).limit(2)
    else:
        return None
    found = db.session.execute(query).all()
    return Subject(*found[0]) if len(found) == 1 else None


def region_for(subject: Subject | None, code: str, chosen: str) -> str:
    """The region of the register, else the province in a valid code, else what the citizen chose, else the nation."""
    if subject is not None:
        return subject.region_code
    if check(code).ok:
        province = f"{code[2:4]}0000"
        if regions.find(province) is not None:
            return province
    return chosen or regions.NATION


def office_name(region_code: str) -> str:
    """How the public reads which office handles a report: the office, never the person."""
    if region_code == regions.NATION or regions.find(region_code) is None:
        return "国家级信用主管部门"
    return f"{regions.full_name(region_code)}信用主管部门"

"""Reads of settings: the nearest office that has decided, else the one above it, else the default."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.office_settings.definitions import Setting
from credit_register.core.office_settings.models import OfficeSetting


def value_of(setting: Setting, *, region: str = regions.NATION, on: date) -> Any:
    """What is in force for a region on a day."""
    row = row_of(setting, region=region, on=on)
    return setting.default if row is None else row.value


def row_of(setting: Setting, *, region: str, on: date) -> OfficeSetting | None:
    """The decision that is in force for a region on a day; None where the default is."""
    chain = region_chain(region)
    rows = db.session.scalars(
        select(OfficeSetting)
        .where(
            OfficeSetting.name == setting.name,
            OfficeSetting.region_code.in_(chain),
            OfficeSetting.valid_from <= on,
        )
        .order_by(OfficeSetting.valid_from.desc(), OfficeSetting.id.desc())
    ).all()
    for code in chain:
        for row in rows:
            if row.region_code == code:
                return row
    return None


def history_of(setting: Setting, *, region: str) -> Sequence[OfficeSetting]:
    """All decisions of one region, the newest first."""
    return db.session.scalars(
        select(OfficeSetting)
        .where(OfficeSetting.name == setting.name, OfficeSetting.region_code == region)
        .order_by(OfficeSetting.valid_from.desc(), OfficeSetting.id.desc())
    ).all()


def region_chain(region: str) -> list[str]:
    """A region and those above it, the nearest first."""
    chain = [region, f"{region[:4]}00", f"{region[:2]}0000", regions.NATION]
    return list(dict.fromkeys(chain))

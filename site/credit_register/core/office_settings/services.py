"""Writes of settings; the caller audits and commits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from credit_register.core.database import db
from credit_register.core.office_settings.definitions import Setting
from credit_register.core.office_settings.models import OfficeSetting


def decide_setting(
    setting: Setting, value: Any, *, region: str, valid_from: date, reason: str, by: str, at: datetime
) -> OfficeSetting:
    """Add a decision; `value` is what `setting.read` gave."""
    row = OfficeSetting(
        name=setting.name,
        region_code=region,
        valid_from=valid_from,
        value=value,
        reason=reason,
        set_at=at,
        set_by=by,
    )
    db.session.add(row)
    db.session.flush()
    return row

"""What an office decides in tests, and what the public log says of a record."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from credit_register.core.database import db
from credit_register.core.office_settings.definitions import Setting
from credit_register.core.office_settings.services import decide_setting
from credit_register.credit_records.models import CreditRecord
from credit_register.transparency.models import PublicEvent


def decide(setting: Setting, text: str, moment: datetime, *, valid_from: date = date(2021, 1, 1)) -> None:
    """The nation decides; committed."""
    decide_setting(
        setting,
        setting.read(text),
        region="000000",
        valid_from=valid_from,
        reason="示例文件",
        by="示例",
        at=moment,
    )
    db.session.commit()


def log_of(record: CreditRecord) -> list[tuple[str, dict[str, Any] | None]]:
    """The events of a record in order: kind, and the content where it is not withdrawn."""
    events = db.session.scalars(
        select(PublicEvent).where(PublicEvent.subject_key == record.public_id).order_by(PublicEvent.id)
    )
    return [
        (one.kind.rpartition(".")[2], json.loads(one.payload)["content"] if one.payload else None)
        for one in events
    ]


def fresh(record: CreditRecord) -> CreditRecord:
    """The record as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(CreditRecord, record.id)

"""Records of dishonesty as something to doubt or to object to; one that was wrong is taken down with the objection."""

from __future__ import annotations

from datetime import datetime

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.credit_records.public_queries import heading_of, public_record
from credit_register.credit_records.publication import take_off
from credit_register.institutions.models import Institution
from credit_register.reports.disputable import Line, LineKind, register_lines


def register_records() -> None:
    """Let records in public be doubted."""
    register_lines(LineKind("record", _line, _withdraw, Permission.RECORD_CONFIRM))


def _line(institution: Institution, public_id: str) -> Line | None:
    record = public_record(institution, public_id, on=today())
    if record is None:
        return None
    text = f"{heading_of(record)}，{record.authority}（{record.decided_on}）"
    return Line(f"record:{public_id}", "失信信息", text)


def _withdraw(institution: Institution, public_id: str, reason: str, actor: Actor, now: datetime) -> None:
    record = public_record(institution, public_id, on=today())
    assert record is not None
    take_off(record, "uphold_objection", reason=reason, actor=actor, now=now)

"""Records as staff find them, in public or not."""

from __future__ import annotations

from sqlalchemy.orm import contains_eager

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import CreditRecord, Degree, RecordKind
from credit_register.credit_records.public_queries import heading_of
from credit_register.credit_records.publication import region_of
from credit_register.credit_records.queries import matches, records_in_scope


def _describe(record: CreditRecord) -> Case:
    degree = f"{Degree(record.degree).label}失信" if record.degree else ""
    return Case(
        id=record.id,
        title=record.name,
        region=region_of(record),
        state=record.state,
        state_label=CREDIT_RECORD.label(record.state),
        day=record.decided_on,
        numbers=(record.document_number, record.uscc),
        words=tuple(word for word in (RecordKind(record.kind).label, degree) if word),
        texts=(
            heading_of(record),
            record.list_name,
            record.authority,
            record.conduct,
            record.facts,
            record.basis,
            record.penalty_kinds,
            record.content,
            record.remark,
            record.met_note,
            record.left_reason,
        ),
    )


RECORDS = CaseKind(
    name="record",
    category="08",
    label="信用记录",
    permission=Permission.RECORD_READ,
    endpoint="records_staff.show",
    argument="record_id",
    model=CreditRecord,
    in_scope=records_in_scope,
    describe=_describe,
    contains=matches,
    loading=(contains_eager(CreditRecord.institution),),
    institution_id=CreditRecord.institution_id,
)
